"""Touch: an operation that stopped waits again, where it stopped or from its first step."""

from __future__ import annotations

from sqlalchemy import select

from siappakai.errors import Refused
from siappakai.models import Operation, OperationKind, OperationState, StepState, db
from siappakai.provision.lifecycle import COMING_BACK
from siappakai.provision.run import has_unfinished_return, move


def start_again(operation: Operation, by: str) -> None:
    """Part of the caller's transaction, who knows that the operation still makes sense.

    One that was stuck on its way back goes on with that. An installation keeps its finished
    steps; all others start anew, for what their steps found may be long past.
    """
    busy = db.session.scalar(select(Operation.id).filter_by(active_key=operation.instance_id))
    if busy is not None:
        raise Refused("Operasi lain sedang berjalan untuk desa ini.", hint="Tunggu sampai selesai.")
    if not has_unfinished_return(operation.id):
        _forget(operation, keeps_done=_goes_on(operation))
    operation.attempt, operation.not_before_at, operation.finished_at = 0, None, None
    move(operation, OperationState.QUEUED, by=by, reason="diulang")


def _goes_on(operation: Operation) -> bool:
    """Whether it is an installation, and nothing else was done with its instance since."""
    later = select(Operation.id).where(
        Operation.instance_id == operation.instance_id,
        Operation.id != operation.id,
        Operation.finished_at > operation.finished_at,
    )
    return operation.kind == OperationKind.INSTALL and db.session.scalar(later.limit(1)) is None


def _forget(operation: Operation, *, keeps_done: bool) -> None:
    for step in list(operation.steps):
        if step.name == COMING_BACK:
            db.session.delete(step)
        elif not keeps_done or step.state != StepState.DONE:
            step.state, step.note, step.result = StepState.PENDING, "", {}
    # A database that vanished or a stopped container shows in the earlier, cheap steps.
    for step in operation.steps:
        if step.name in ("check", "files"):
            step.state = StepState.PENDING
