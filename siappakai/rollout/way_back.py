"""Touch: which units a rollout may bring back, and which are stuck on a way back of their own."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import Select, Subquery, and_, func, or_, select
from sqlalchemy.orm import aliased

from siappakai.models import (
    DatabaseGroup,
    DatabaseMode,
    Instance,
    Operation,
    OperationKind,
    OperationState,
    Release,
    Rollout,
    RolloutItem,
    StepState,
    db,
)
from siappakai.provision.lifecycle import COMING_BACK
from siappakai.rollout.machine import WORKING


def is_stuck(item: RolloutItem) -> bool:
    """Whether its operation turned back and has not arrived: neither version is proven there."""
    steps = item.operation.steps if item.operation is not None else ()
    return item.state not in WORKING and any(
        step.name == COMING_BACK and step.state != StepState.DONE for step in steps
    )


def held_back(rollout_id: int, leaders: Collection[int]) -> dict[int, str]:
    """Leading instance → why its unit can't go back by this rollout; who can is not in it.

    A return reverses the newest update of a database and nothing else. So a rollout may only
    bring back a unit that nobody has updated since; else another update's entries would be lost
    under this one's name. Two queries, however many units.
    """
    release_id = db.session.scalar(select(Rollout.release_id).filter_by(id=rollout_id))
    if release_id is None or not leaders:
        return {}
    found = {row.leader_id: row for row in db.session.execute(_newest_updates(leaders))}
    told = {each: _why(found.get(each), rollout_id, release_id) for each in leaders}
    return {each: why for each, why in told.items() if why}


def _why(row: Any, rollout_id: int, release_id: int) -> str:
    if row is None or row.update_id is None:
        return "belum pernah diperbarui; tidak ada versi sebelumnya"
    if row.rollout_id != rollout_id:
        by = f"oleh peluncuran nomor {row.rollout_id}" if row.rollout_id else "di luar peluncuran"
        return f"sudah diperbarui lagi ke {row.updated_to} {by}"
    if row.recorded_release_id != release_id:
        return f"sudah kembali; sekarang memakai {row.recorded_version}"
    return ""


def _newest_updates(leaders: Collection[int]) -> Select[Any]:
    """A row a unit: its newest successful update, whoever of its database led it."""
    newest = _newest_ids(leaders)
    updated_to, recorded = aliased(Release), aliased(Release)
    return (
        select(
            newest.c.leader_id,
            newest.c.update_id,
            newest.c.recorded_release_id,
            Operation.rollout_id,
            updated_to.version.label("updated_to"),
            recorded.version.label("recorded_version"),
        )
        .outerjoin(Operation, Operation.id == newest.c.update_id)
        .outerjoin(updated_to, updated_to.id == Operation.release_id)
        .outerjoin(recorded, recorded.id == newest.c.recorded_release_id)
    )


def _newest_ids(leaders: Collection[int]) -> Subquery:
    leader, moved = aliased(Instance), aliased(Instance)
    shares = and_(
        DatabaseGroup.mode == DatabaseMode.COMBINED,
        DatabaseGroup.product == leader.product,
        moved.database_group_id == leader.database_group_id,
        moved.product == leader.product,
        moved.is_serving,
    )
    is_update = and_(
        Operation.instance_id == moved.id,
        Operation.kind == OperationKind.UPDATE,
        Operation.state == OperationState.SUCCEEDED,
    )
    return (
        select(
            leader.id.label("leader_id"),
            leader.recorded_release_id,
            func.max(Operation.id).label("update_id"),
        )
        .join(DatabaseGroup, DatabaseGroup.id == leader.database_group_id)
        .join(moved, or_(moved.id == leader.id, shares))
        .outerjoin(Operation, is_update)
        .where(leader.id.in_(leaders))
        .group_by(leader.id, leader.recorded_release_id)
        .subquery()
    )
