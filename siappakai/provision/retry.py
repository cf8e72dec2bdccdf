"""Touch: operations that stopped go on, and those that wait may be cancelled."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import select

from siappakai.errors import NotFound, Refused
from siappakai.models import (
    ACTIVE,
    Instance,
    Operation,
    OperationKind,
    OperationState,
    db,
    transaction,
)
from siappakai.provision.again import start_again
from siappakai.provision.gates import (
    refuse_needed,
    refuse_removed,
    refuse_uncovered,
    refuse_unfitting,
    refuse_update,
)
from siappakai.provision.group import moves_together
from siappakai.provision.run import has_unfinished_return, move
from siappakai.provision.start import installable_release
from siappakai.provision.stuck import MOVES, refuse_moving, refuse_stuck
from siappakai.queue import enqueue_operations

STOPPED = (OperationState.FAILED, OperationState.ERRORED)


def retry_operation(operation_id: int, *, by: str) -> None:
    """Queue a stopped operation again; Refused when what it was for is past."""
    with transaction():
        operation = db.session.get(Operation, operation_id)
        if operation is None:
            raise NotFound("Operasi itu tidak ada.")
        requeue(operation, by)
    enqueue_operations([operation_id])


def retry_failed(batch_id: int, *, by: str) -> int:
    """Queue every failed or errored operation of the list again; returns how many.

    One that is refused never stops the others; Refused with its reason when all are.
    """
    refusals: list[Refused] = []
    with transaction():
        rows = db.session.scalars(
            select(Operation).where(Operation.batch_id == batch_id, Operation.state.in_(STOPPED))
        ).all()
        ids = [operation.id for operation in rows if _try(operation, by, refusals)]
    if refusals and not ids:
        raise refusals[0]
    enqueue_operations(ids)
    return len(ids)


def _try(operation: Operation, by: str, refusals: list[Refused]) -> bool:
    try:
        requeue(operation, by)
    except Refused as refusal:
        refusals.append(refusal)
        return False
    return True


def cancel_queued(batch_id: int, *, by: str) -> int:
    """Cancel what has not started; what runs goes on to a safe end. Returns how many."""
    with transaction():
        rows = db.session.scalars(
            select(Operation).filter_by(batch_id=batch_id, state=OperationState.QUEUED)
        ).all()
        for operation in rows:
            move(operation, OperationState.CANCELLED, by=by)
        return len(rows)


def requeue(operation: Operation, by: str) -> None:
    """Part of the caller's transaction: the operation waits again, if a new one were taken too.

    One that was stuck on its way back goes on with that, whatever else has changed.
    """
    if operation.state in ACTIVE:
        raise Refused("Operasi ini masih berjalan.", hint="Tunggu sampai selesai.")
    if operation.state == OperationState.SUCCEEDED:
        raise Refused("Operasi ini sudah berhasil; tidak ada yang perlu diulang.")
    if not has_unfinished_return(operation.id):
        refuse_moving(operation.instance, operation.kind)
        refuse_stuck(operation.instance, operation.kind)
        GATES.get(operation.kind, _gate_serving)(operation)
    start_again(operation, by)
    _want_release(operation)


def _gate_install(operation: Operation) -> None:
    instance = operation.instance
    if instance.is_installed:
        raise Refused(
            f"Aplikasi ini sudah terpasang, versi {instance.recorded_release.version}.",
            hint="Tidak ada yang perlu diulang.",
        )
    refuse_uncovered(instance, installable_release(operation.release_id))


def _gate_update(operation: Operation) -> None:
    refuse_removed(operation.instance)
    refuse_update(operation.instance, installable_release(operation.release_id))


def _gate_return(operation: Operation) -> None:
    """It turns back the move that was the last one when it was ordered, and no other."""
    refuse_removed(operation.instance)
    later = _moved_since(operation)
    if later is not None:
        raise Refused(
            f"Sejak itu sudah berpindah versi lewat operasi nomor {later}.",
            hint="Buka aplikasinya, lalu pilih dari keadaannya yang sekarang.",
        )


def _moved_since(operation: Operation) -> int | None:
    """The last operation that moved the instance, or all of its database, after this one ended."""
    ids = [each.id for each in moves_together(operation.instance)]
    query = select(Operation.id).where(
        Operation.instance_id.in_(ids),
        Operation.kind.in_(MOVES),
        Operation.state == OperationState.SUCCEEDED,
        Operation.finished_at > operation.finished_at,
    )
    return db.session.scalar(query.order_by(Operation.id.desc()).limit(1))


def _gate_removal(operation: Operation) -> None:
    refuse_needed(operation.instance)


def _gate_revival(operation: Operation) -> None:
    """It may have come so far that its instance is wanted again: nothing speaks against it."""


def _gate_serving(operation: Operation) -> None:
    refuse_removed(operation.instance)
    refuse_unfitting(operation.kind, operation.instance)


GATES: dict[OperationKind, Callable[[Operation], None]] = {
    OperationKind.INSTALL: _gate_install,
    OperationKind.UPDATE: _gate_update,
    OperationKind.RETURN: _gate_return,
    OperationKind.REMOVE: _gate_removal,
    OperationKind.REVIVE: _gate_revival,
}


def _want_release(operation: Operation) -> None:
    """What its order wanted is wanted again: a failure had taken that back."""
    for each in _wanting(operation):
        each.wanted_release = operation.release


def _wanting(operation: Operation) -> list[Instance]:
    if operation.kind == OperationKind.INSTALL:
        return [operation.instance]
    return moves_together(operation.instance) if operation.kind in MOVES else []
