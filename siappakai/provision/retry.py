"""Touch: operations that stopped go on, and those that wait may be cancelled."""

from __future__ import annotations

from sqlalchemy import select

from siappakai.errors import NotFound, Refused
from siappakai.models import (
    ACTIVE,
    Operation,
    OperationState,
    StepState,
    db,
    transaction,
)
from siappakai.provision.run import COMES_BACK, COMING_BACK, has_unfinished_return, move
from siappakai.queue import enqueue_operations


def retry_operation(operation_id: int, *, by: str) -> None:
    """Queue a stopped operation again; finished steps are kept, the rest runs anew."""
    with transaction():
        operation = db.session.get(Operation, operation_id)
        if operation is None:
            raise NotFound("Operasi itu tidak ada.")
        requeue(operation, by)
    enqueue_operations([operation_id])


def retry_failed(batch_id: int, *, by: str) -> int:
    """Queue every failed or errored operation of the list again; returns how many."""
    stopped = (OperationState.FAILED, OperationState.ERRORED)
    with transaction():
        rows = db.session.scalars(
            select(Operation).where(Operation.batch_id == batch_id, Operation.state.in_(stopped))
        ).all()
        for operation in rows:
            requeue(operation, by)
        ids = [operation.id for operation in rows]
    enqueue_operations(ids)
    return len(ids)


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
    """Part of the caller's transaction: the operation waits again, finished steps kept.

    One that was stuck on its way back goes on with that; one that came back starts anew.
    """
    if operation.state in ACTIVE:
        raise Refused("Operasi ini masih berjalan.", hint="Tunggu sampai selesai.")
    if operation.state == OperationState.SUCCEEDED:
        raise Refused("Operasi ini sudah berhasil; tidak ada yang perlu diulang.")
    busy = db.session.scalar(select(Operation.id).filter_by(active_key=operation.instance_id))
    if busy is not None:
        raise Refused("Operasi lain sedang berjalan untuk desa ini.", hint="Tunggu sampai selesai.")
    operation.attempt, operation.not_before_at, operation.finished_at = 0, None, None
    if not has_unfinished_return(operation.id):
        _forget_unfinished(operation)
    move(operation, OperationState.QUEUED, by=by, reason="diulang")


def _forget_unfinished(operation: Operation) -> None:
    starts_anew = operation.kind in COMES_BACK  # nothing of a returned attempt is left
    for step in list(operation.steps):
        if step.name == COMING_BACK:
            db.session.delete(step)
        elif starts_anew or step.state != StepState.DONE:
            step.state, step.note, step.result = StepState.PENDING, "", {}
    # A database that vanished or a stopped container shows in the earlier, cheap steps.
    for step in operation.steps:
        if step.name in ("check", "files"):
            step.state = StepState.PENDING
