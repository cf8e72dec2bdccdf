"""Touch: which releases and dumps something still runs, wants, names or may return to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import Select, func, or_, select

from siappakai.models import (
    ACTIVE,
    Instance,
    Operation,
    OperationKind,
    OperationState,
    Rehearsal,
    RehearsalItem,
    Rollout,
    RolloutItem,
    RolloutState,
    Step,
    Task,
    db,
)

OVER = (RolloutState.STOPPED, RolloutState.FINISHED, RolloutState.DISCARDED)


def needed_releases() -> dict[int, str]:
    """Release id → why its image stays; the strongest reason wins."""
    needed: dict[int, str] = {}
    for reason, ids in (
        ("disebut gladi bersih yang belum selesai", _ids(*_rehearsed())),
        ("disebut peluncuran yang belum selesai", _ids(*_launched())),
        ("disebut pekerjaan yang belum selesai", _ids(*_worked_on())),
        ("tempat kembali sebuah aplikasi", ways_back()),
        ("dipakai sebuah aplikasi", _ids(*_run_or_wanted())),
    ):
        needed |= dict.fromkeys(ids, reason)
    return needed


def return_points() -> frozenset[int]:
    """The operations whose dump is the way back of an instance, or of an unfinished rollout."""
    launched = (
        select(RolloutItem.operation_id)
        .join(Rollout, Rollout.id == RolloutItem.rollout_id)
        .where(Rollout.state.not_in(OVER))
    )
    return frozenset(
        _ids(
            select(func.max(Operation.id)).where(_updated()).group_by(Operation.instance_id),
            launched,
        )
    )


def _updated() -> Any:
    return (Operation.kind == OperationKind.UPDATE) & (Operation.state == OperationState.SUCCEEDED)


def ways_back() -> frozenset[int]:
    """The releases before the last update of each instance, and of all that moved with it."""
    last = select(func.max(Operation.id)).where(_updated()).group_by(Operation.instance_id)
    rows = db.session.scalars(
        select(Step.result).where(Step.name == "warm", Step.operation_id.in_(last))
    )
    return frozenset(found for result in rows for found in _old_releases(result or {}))


def _old_releases(result: Any) -> Iterator[int]:
    """Every `old_release_id` in a step's result, at whatever depth."""
    if not isinstance(result, dict):
        return
    for name, value in result.items():
        if name == "old_release_id" and isinstance(value, int):
            yield value
        else:
            yield from _old_releases(value)


def _run_or_wanted() -> Iterable[Select[Any]]:
    yield select(Instance.recorded_release_id)
    yield select(Instance.wanted_release_id)


def _worked_on() -> Iterable[Select[Any]]:
    yield select(Operation.release_id).where(Operation.state.in_(ACTIVE))
    yield select(Task.release_id).where(Task.state.in_(ACTIVE))


def _launched() -> Iterable[Select[Any]]:
    going = Rollout.state.not_in(OVER)
    yield select(Rollout.release_id).where(going)
    yield (
        select(RolloutItem.from_release_id)
        .join(Rollout, Rollout.id == RolloutItem.rollout_id)
        .where(going)
    )


def _rehearsed() -> Iterable[Select[Any]]:
    going = Rehearsal.finished_at.is_(None)
    yield select(Rehearsal.release_id).where(going)
    yield (
        select(RehearsalItem.from_release_id)
        .join(Rehearsal, Rehearsal.id == RehearsalItem.rehearsal_id)
        .where(or_(going, RehearsalItem.finished_at.is_(None)))
    )


def _ids(*queries: Select[Any]) -> set[int]:
    found = {one for query in queries for one in db.session.scalars(query)}
    return {int(one) for one in found if one is not None}
