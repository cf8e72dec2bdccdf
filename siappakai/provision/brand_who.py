"""Touch: who may be told a brand, as conditions for queries over `Instance`."""

from __future__ import annotations

from sqlalchemy import ColumnElement, ScalarSelect, and_, select
from sqlalchemy.orm import aliased

from siappakai.models import (
    ACTIVE,
    DatabaseGroup,
    Instance,
    InstanceBrand,
    Operation,
    OperationKind,
)
from siappakai.provision.stuck import is_stuck


def is_free() -> ColumnElement[bool]:
    """No operation waits or runs on it, and none that concerns it stopped on its way back."""
    operation = aliased(Operation)
    busy = select(operation.id).where(operation.active_key == Instance.id)
    return and_(~busy.correlate(Instance).exists(), ~is_stuck())


def is_locked() -> ColumnElement[bool]:
    """Another operation works on its database right now, perhaps led by another instance."""
    operation = aliased(Operation)
    holder = (
        select(DatabaseGroup.id)
        .join(operation, operation.id == DatabaseGroup.lock_operation_id)
        .where(DatabaseGroup.id == Instance.database_group_id, operation.state.in_(ACTIVE))
    )
    return holder.correlate(Instance).exists()


def tried_version() -> ScalarSelect[int | None]:
    """The version that its newest brand operation was for, however that ended."""
    operation = aliased(Operation)
    newest = (
        select(operation.parameters["brand_version_id"].as_integer())
        .where(
            operation.instance_id == Instance.id,
            operation.kind == OperationKind.APPLY_BRAND,
        )
        .order_by(operation.id.desc())
        .limit(1)
    )
    return newest.correlate(Instance).scalar_subquery()


def waits_for_version() -> ColumnElement[bool]:
    """It should wear another version than it does, and that one was never tried on it.

    What was tried and failed waits for a person.
    """
    wanted = InstanceBrand.wanted_version_id
    return and_(
        wanted.is_not(None),
        wanted.is_distinct_from(InstanceBrand.applied_version_id),
        tried_version().is_distinct_from(wanted),
    )
