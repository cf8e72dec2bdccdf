"""Touch: what the rows remember of an instance's look: its own base, and what it last wore."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, or_, select

from siappakai.models import (
    BrandRecord,
    DatabaseGroup,
    Instance,
    InstanceBrand,
    Operation,
    OperationKind,
    OperationState,
    append_event,
    db,
    transaction,
    utc_now,
)
from siappakai.products.brand import SlotState
from siappakai.provision.brand_dress import to_rows, to_states

States = Mapping[str, SlotState]


@dataclass(frozen=True, slots=True)
class Worn:
    """`base` is the instance's own look, `states`, `files` and `locked` what it last wore.

    `was_put_back`: its database was restored since, so differences are nobody's choice.
    """

    version_id: int | None = None
    applied_at: datetime | None = None
    base: States = field(default_factory=dict)
    states: States = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    locked: frozenset[str] = frozenset()
    was_put_back: bool = False
    is_first: bool = False


@dataclass(frozen=True, slots=True)
class Dressed:
    """What an operation gave the instance to wear, to be written down at its end.

    `replaced` are keys whose own choice a person has replaced.
    """

    version_id: int | None
    values: Mapping[str, str]
    states: States
    files: Mapping[str, str]
    locked: frozenset[str]
    before: States
    sha256: str
    spec_sha256: str
    note: str
    replaced: frozenset[str] = frozenset()


def load_worn(instance_id: int) -> Worn:
    row = db.session.get(InstanceBrand, instance_id)
    if row is None or not row.original:
        db.session.rollback()
        return Worn(is_first=True)
    kept = row.original
    worn = Worn(
        version_id=row.applied_version_id,
        applied_at=row.applied_at,
        base=to_states(kept.get("base", {})),
        states=to_states(kept.get("worn", {})),
        files=dict(kept.get("files", {})),
        locked=frozenset(kept.get("locked", ())),
        was_put_back=_was_put_back(instance_id, row.applied_at),
    )
    db.session.rollback()
    return worn


def values_of(states: States) -> dict[str, str]:
    """Key → value, as a person reads it; a key of several slots by its first one."""
    found: dict[str, str] = {}
    for state in states.values():
        found.setdefault(state.key, state.value)
    return {key: value for key, value in found.items() if value}


def _was_put_back(instance_id: int, applied_at: datetime | None) -> bool:
    """Whether the database holds what it held before: nobody chose what differs now.

    The return of a combined database is one operation, of whichever instance led it; a restored
    village is its own.
    """
    if applied_at is None:
        return False
    own = Operation.instance_id == instance_id
    by_leader = and_(
        Operation.kind == OperationKind.RETURN, Operation.instance_id.in_(_leaders(instance_id))
    )
    found = db.session.scalar(
        select(Operation.id)
        .where(
            or_(
                and_(own, Operation.kind.in_([OperationKind.RETURN, OperationKind.RESTORE])),
                by_leader,
            ),
            Operation.state == OperationState.SUCCEEDED,
            Operation.finished_at > applied_at,
        )
        .limit(1)
    )
    return found is not None


def _leaders(instance_id: int) -> Select[tuple[int]]:
    """Who may lead an operation on the instance's whole database: those whose product owns it."""
    group_id = select(Instance.database_group_id).where(Instance.id == instance_id)
    return (
        select(Instance.id)
        .join(DatabaseGroup, DatabaseGroup.id == Instance.database_group_id)
        .where(
            DatabaseGroup.id == group_id.scalar_subquery(),
            Instance.product == DatabaseGroup.product,
        )
    )


def keep_base(instance_id: int, base: States) -> None:
    """The rows know the instance's own look; what it wears is left as it was."""
    with transaction():
        row = db.session.get(InstanceBrand, instance_id) or InstanceBrand(instance_id=instance_id)
        db.session.add(row)
        row.original = {
            **(row.original or {}),
            "values": values_of(base),
            "base": to_rows(base),
        }


def record_dressed(
    instance_id: int, operation_id: int, dressed: Dressed, *, by: str
) -> Mapping[str, Any]:
    """The instance's rows and one append-only record; a second call finds it and adds none."""
    with transaction():
        known = db.session.scalar(select(BrandRecord.id).filter_by(operation_id=operation_id))
        if known is not None:
            return {"brand_record": known}
        record = BrandRecord(
            instance_id=instance_id,
            operation_id=operation_id,
            version_id=dressed.version_id,
            values=dict(dressed.values),
            before=values_of(dressed.before),
        )
        db.session.add(record)
        _write_row(db.session.get_one(InstanceBrand, instance_id), dressed)
        append_event(
            "brand_worn",
            f"instance:{instance_id}",
            by=by,
            version=dressed.version_id,
            operation=operation_id,
            note=dressed.note,
        )
        db.session.flush()
        return {"brand_record": record.id}


def want_worn_again(instance_id: int) -> None:
    """What should be worn is what is worn: nobody else tries the failed version by itself."""
    with transaction():
        row = db.session.get(InstanceBrand, instance_id)
        if row is not None:
            row.wanted_version_id = row.applied_version_id


def _write_row(row: InstanceBrand, dressed: Dressed) -> None:
    row.applied_version_id = dressed.version_id
    row.applied_values, row.applied_sha256 = dict(dressed.values), dressed.sha256
    row.applied_at, row.note = utc_now(), dressed.note
    row.observed_values, row.observed_at = values_of(dressed.states), utc_now()
    base = to_states(row.original.get("base", {}))
    row.original = {
        **row.original,
        "base": to_rows(
            {
                address: replace(each, is_own=False) if each.key in dressed.replaced else each
                for address, each in base.items()
            }
        ),
        "worn": to_rows(dressed.states),
        "files": dict(dressed.files),
        "locked": sorted(dressed.locked),
    }
    row.instance.recorded_spec_sha256 = dressed.spec_sha256
