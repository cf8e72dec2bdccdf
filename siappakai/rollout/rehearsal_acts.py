"""Touch: what a person may do with a rehearsal; one transaction an act, told in the history."""

from __future__ import annotations

from collections.abc import Sequence

from siappakai.errors import Refused
from siappakai.models import (
    Operation,
    OperationState,
    Rehearsal,
    RehearsalItem,
    RehearsalState,
    Verdict,
    db,
    transaction,
)
from siappakai.provision.run import move
from siappakai.rollout.rehearse import (
    RESTING,
    active_operations,
    advance_rehearsal,
    lock_rehearsal,
    move_rehearsal,
    note_ended,
    refuse_outdated,
    tell,
)

STAYS = {
    RehearsalState.PAUSED: "Yang lain tetap dijeda; tekan Lanjutkan bila semua boleh berjalan.",
    RehearsalState.STOPPED: "Gladi ini tetap dihentikan; yang lain tidak dimulai.",
}


def pause(rehearsal_id: int, *, by: str) -> None:
    """Nothing more starts; what runs is finished."""
    _move(rehearsal_id, RehearsalState.PAUSED, by)


def resume(rehearsal_id: int, *, by: str) -> None:
    """A paused or stopped rehearsal goes on with the villages that still wait."""
    _move(rehearsal_id, RehearsalState.RUNNING, by)
    advance_rehearsal(rehearsal_id)


def stop(rehearsal_id: int, *, by: str) -> None:
    """What runs is finished, what waits in the queue is taken out, the rest never starts."""
    with transaction():
        rehearsal = lock_rehearsal(rehearsal_id)
        if rehearsal.state is not RehearsalState.STOPPED or not _has_work(rehearsal):
            move_rehearsal(rehearsal, RehearsalState.STOPPED, by=by)
        rehearsal.blocked_because = ""
        for item in rehearsal.items:
            item.is_again = False
        for operation_id in active_operations(rehearsal_id):
            operation = db.session.get_one(Operation, operation_id)
            if operation.state is OperationState.QUEUED and operation.started_at is None:
                move(operation, OperationState.CANCELLED, by=by)
        note_ended(rehearsal)


def _has_work(rehearsal: Rehearsal) -> bool:
    """Some of a rehearsal that rests are tried again."""
    return any(each.is_again for each in rehearsal.items) or bool(active_operations(rehearsal.id))


def retry(rehearsal_id: int, instance_ids: Sequence[int] | None = None, *, by: str) -> int:
    """These villages (None: all that are red or without a verdict) are rehearsed again; how many.

    Those of a combined database are tried again together. What was said of a village stays in
    force until its new verdict falls. A rehearsal that is paused or stopped stays so, and of it
    only these are rehearsed.
    """
    with transaction():
        rehearsal = lock_rehearsal(rehearsal_id)
        refuse_outdated(rehearsal)
        note_ended(rehearsal)
        chosen = _to_retry(rehearsal, instance_ids)
        for item in chosen:
            item.operation_id, item.finished_at = None, None
            item.is_again = rehearsal.state in RESTING
        if rehearsal.state is RehearsalState.FINISHED:
            move_rehearsal(rehearsal, RehearsalState.RUNNING, by=by)
        tell(rehearsal, "retried", by, villages=len(chosen))
    advance_rehearsal(rehearsal_id)
    return len(chosen)


def _to_retry(rehearsal: Rehearsal, instance_ids: Sequence[int] | None) -> list[RehearsalItem]:
    again = (Verdict.RED, Verdict.UNKNOWN)
    wanted = {
        each.instance_id
        for each in rehearsal.items
        if (each.verdict in again if instance_ids is None else each.instance_id in instance_ids)
    }
    units = {each.operation_id for each in rehearsal.items if each.instance_id in wanted}
    chosen = [
        each
        for each in rehearsal.items
        if _may_again(each, rehearsal)
        and (each.instance_id in wanted or (each.operation_id and each.operation_id in units))
    ]
    if instance_ids is None:
        chosen = [each for each in chosen if not each.is_waiting or each.judged_at]
    if not chosen:
        raise Refused("Tidak ada yang perlu diulang.", hint="Yang belum selesai masih dikerjakan.")
    running = [each for each in chosen if each.operation and not each.operation.is_finished]
    if running:
        raise Refused("Sebagian masih dikerjakan.", hint="Tunggu sebentar, lalu ulangi.")
    return chosen


def _may_again(item: RehearsalItem, rehearsal: Rehearsal) -> bool:
    """It has ended; or it waits in a rehearsal that rests, where nobody else would begin it."""
    if item.is_waiting:
        return rehearsal.state in RESTING and not item.is_again
    return item.finished_at is not None


def _move(rehearsal_id: int, state: RehearsalState, by: str) -> None:
    with transaction():
        rehearsal = lock_rehearsal(rehearsal_id)
        note_ended(rehearsal)
        if state is RehearsalState.RUNNING:
            refuse_outdated(rehearsal)
        move_rehearsal(rehearsal, state, by=by)
