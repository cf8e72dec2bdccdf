"""Touch: run one operation from its first unfinished step to its final state."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from typing import NoReturn

from flask import Flask
from sqlalchemy import select

from siappakai.errors import SiapPakaiError, StepErrored, StepFailed, Unavailable
from siappakai.log import get_logger
from siappakai.models import (
    MOVES,
    Operation,
    OperationKind,
    OperationState,
    Step,
    StepState,
    append_event,
    db,
    transaction,
    utc_now,
)
from siappakai.provision.brand_steps import APPLY_BRAND, undress
from siappakai.provision.come_back import come_back
from siappakai.provision.install_steps import INSTALL
from siappakai.provision.job import Job, load_job
from siappakai.provision.lease import Heartbeat, LeaseLost, claim, lock_group, unlock_group
from siappakai.provision.lifecycle import COMING_BACK, MAX_ATTEMPTS, STEPS, next_wait_s
from siappakai.provision.members import load_members
from siappakai.provision.preview_steps import PREVIEW
from siappakai.provision.refresh_steps import PUSH_TOKEN
from siappakai.provision.rehearsal_steps import REHEARSE, discard
from siappakai.provision.remove_steps import REMOVE, REVIVE
from siappakai.provision.snapshots import SNAPSHOT
from siappakai.provision.step_context import Result, StepContext
from siappakai.provision.stopwatch import collect_outside_time
from siappakai.provision.update_steps import RETURN, UPDATE
from siappakai.provision.village_move_steps import JOIN, SEPARATE, move_back
from siappakai.provision.village_rows_steps import EXPORT, RESTORE, undo_rows

log = get_logger(__name__)

STEP_FUNCTIONS = {
    OperationKind.INSTALL: INSTALL,
    OperationKind.PUSH_TOKEN: PUSH_TOKEN,
    OperationKind.UPDATE: UPDATE,
    OperationKind.RETURN: RETURN,
    OperationKind.REMOVE: REMOVE,
    OperationKind.REVIVE: REVIVE,
    OperationKind.SNAPSHOT: SNAPSHOT,
    OperationKind.EXPORT: EXPORT,
    OperationKind.RESTORE: RESTORE,
    OperationKind.SEPARATE: SEPARATE,
    OperationKind.JOIN: JOIN,
    OperationKind.REHEARSE: REHEARSE,
    OperationKind.APPLY_BRAND: APPLY_BRAND,
    OperationKind.PREVIEW: PREVIEW,
}
COMES_BACK: dict[OperationKind, Callable[[StepContext], Result]] = {
    OperationKind.UPDATE: come_back,
    OperationKind.RETURN: come_back,
    OperationKind.RESTORE: undo_rows,
    OperationKind.SEPARATE: move_back,
    OperationKind.JOIN: move_back,
    OperationKind.REHEARSE: discard,
    OperationKind.APPLY_BRAND: undress,
    OperationKind.PREVIEW: discard,
}
REMEMBERING = (
    "warm",
    "check_return",
    "check_file",
    "check_separation",
    "check_joining",
    "check_rehearsal",
    "check_preview",
    "remember",
)
PROVEN = ("record", "settle", "record_brand")
RETIRING = "retire"
WAIT_S = 5


def run_operation(app: Flask, operation_id: int, worker: str, lease_s: int) -> None:
    """Claim the operation and carry it out; returns quietly when it isn't ours to run."""
    if not claim(operation_id, worker, lease_s):
        return
    try:
        with Heartbeat(app, operation_id, worker, lease_s) as heartbeat:
            _carry_out(operation_id, worker, heartbeat)
    except LeaseLost:
        log.warning("lease_lost", operation=operation_id, worker=worker)
    except SiapPakaiError as error:
        _settle(operation_id, worker, error)
    except BaseException:
        _settle(operation_id, worker, _unexpected(), is_expected=False)
        raise


def _carry_out(operation_id: int, worker: str, heartbeat: Heartbeat) -> None:
    job = load_job(operation_id)
    coming = [need.label for need in job.needs if need.is_coming and not need.is_installed]
    if coming:
        _wait(operation_id, worker, f"menunggu {' dan '.join(coming)}")
        return
    if not lock_group(job.group.id, operation_id, f"{job.kind} {job.recipe.label}"):
        _wait(operation_id, worker, "menunggu kunci basis data")
        return
    context = StepContext.of(job, _finished_results(operation_id))
    context.members = load_members(job)
    interrupted = _unfinished_return(operation_id)
    if interrupted is not None:
        _come_back(job, context, interrupted, worker)
    try:
        _go_on(job, context, heartbeat)
    except SiapPakaiError as error:
        if job.kind not in COMES_BACK or not _may_come_back(context):
            raise
        _come_back(job, context, error, worker)
    heartbeat.check()
    _finish(operation_id, worker, OperationState.SUCCEEDED)


def _go_on(job: Job, context: StepContext, heartbeat: Heartbeat) -> None:
    for name in STEPS[job.kind]:
        if name in context.results:
            continue
        heartbeat.check()
        context.results[name] = _run_step(job, name, context, heartbeat.worker)


def _may_come_back(context: StepContext) -> bool:
    """Whether the old state is known and the new one is not yet on record."""
    has_begun = any(name in context.results for name in REMEMBERING)
    return has_begun and not any(name in context.results for name in PROVEN)


def has_unfinished_return(operation_id: int | None) -> bool:
    """Whether the operation turned back and has not arrived; part of the caller's transaction."""
    states = db.session.scalars(
        select(Step.state).filter_by(operation_id=operation_id, name=COMING_BACK)
    )
    return any(state != StepState.DONE for state in states)


def _unfinished_return(operation_id: int) -> StepFailed | None:
    """Why the operation was on its way back when its worker died; None if it was not."""
    step = db.session.scalar(select(Step).filter_by(operation_id=operation_id, name=COMING_BACK))
    found = StepFailed(step.note) if step is not None and step.state != StepState.DONE else None
    db.session.rollback()
    return found


def _come_back(job: Job, context: StepContext, why: SiapPakaiError, worker: str) -> NoReturn:
    """Bring the old state back and end as failed for the reason that started it.

    LeaseLost when somebody else took the operation over: perhaps that is why it failed here, and
    two on the same way back would meet in the same database.
    """
    with transaction():
        _own_operation(job.operation_id, worker)
        step = db.session.scalar(
            select(Step).filter_by(operation_id=job.operation_id, name=COMING_BACK)
        ) or Step(operation_id=job.operation_id, name=COMING_BACK, position=99)
        step.state, step.note = StepState.RUNNING, why.message
        step.started_at = step.started_at or utc_now()  # of its first try: visitors waited since
        db.session.add(step)
    started = time.perf_counter()
    with collect_outside_time() as waits:
        result = dict(COMES_BACK[job.kind](context))
    with transaction():
        step = _own_step(job.operation_id, COMING_BACK, worker)
        _close(step, StepState.DONE, started, waits, why.message, result)
    complaint = result.get("complaint")
    seen = f" Tetapi periksa halaman {complaint}" if complaint else ""
    raise StepFailed(
        f"{why.message} Sudah kembali ke keadaan semula.{seen}",
        hint=why.hint,
        log_tail=why.log_tail,
    ) from why


def _finished_results(operation_id: int) -> dict[str, dict]:
    rows = db.session.scalars(
        select(Step).filter_by(operation_id=operation_id, state=StepState.DONE)
    )
    results = {step.name: dict(step.result) for step in rows}
    db.session.rollback()
    return results


def _run_step(job: Job, name: str, context: StepContext, worker: str) -> dict:
    """Run one step and keep its result and times; a failure is kept too, and raised on."""
    with transaction():
        step = _own_step(job.operation_id, name, worker)
        step.state, step.started_at, step.note = StepState.RUNNING, utc_now(), ""
    started = time.perf_counter()
    with collect_outside_time() as waits:
        try:
            result = dict(STEP_FUNCTIONS[job.kind][name](context))
        except SiapPakaiError as error:
            with transaction():
                step = _own_step(job.operation_id, name, worker)
                _close(step, StepState.FAILED, started, waits, error.message)
            raise
    with transaction():
        step = _own_step(job.operation_id, name, worker)
        _close(step, StepState.DONE, started, waits, "", result)
    return result


def _close(
    step: Step,
    state: StepState,
    started: float,
    waits: list[float],
    note: str,
    result: dict | None = None,
) -> None:
    """Part of the caller's transaction."""
    step.state, step.finished_at, step.note = state, utc_now(), note
    step.duration_ms = round((time.perf_counter() - started) * 1000)
    step.outside_ms = round(sum(waits) * 1000)
    step.result = result or {}


def _own_step(operation_id: int, name: str, worker: str) -> Step:
    """The step of an operation that is still ours; LeaseLost when another worker has it.

    A step that its kind has got since the operation was queued is added.
    """
    operation = _own_operation(operation_id, worker)
    for step in operation.steps:
        if step.name == name:
            return step
    step = Step(position=STEPS[operation.kind].index(name), name=name)
    operation.steps.append(step)
    return step


def move(operation: Operation, state: OperationState, *, by: str, **fields: object) -> None:
    """The one place where an operation changes its state; each change is a line of history."""
    if state not in MOVES[operation.state]:
        raise ValueError(f"operation {operation.id}: {operation.state} → {state} is not a move")
    operation.state = state
    operation.claimed_by, operation.lease_until_at = "", None
    operation.active_key = operation.instance_id if not operation.is_finished else None
    if operation.is_finished:
        operation.finished_at = utc_now()
        unlock_group(operation.instance.database_group_id, operation.id)
    append_event("operation_" + state.name.lower(), f"operation:{operation.id}", by=by, **fields)


def _finish(operation_id: int, worker: str, state: OperationState) -> None:
    with transaction():
        operation = _own_operation(operation_id, worker)
        operation.error_message = operation.error_hint = operation.error_log_tail = ""
        move(operation, state, by=worker)


def _settle(
    operation_id: int, worker: str, error: SiapPakaiError, is_expected: bool = True
) -> None:
    """After an error: wait and try again when it may pass, else failed or errored, with why.

    An operation that has begun to change something is never left in between: while it is under
    way (forward or back) what may pass is waited for without end. What is proven and on record
    stays a success, even when the last container could not be put to rest.
    """
    log.warning("operation_stopped", operation=operation_id, error=error.message)
    with transaction():
        operation = _own_operation(operation_id, worker)
        operation.error_message, operation.error_hint = error.message, error.hint
        operation.error_log_tail = error.log_tail[-8000:]
        wait_s = _wait_before_next(operation, error, is_expected)
        if wait_s is not None:
            operation.not_before_at = utc_now() + timedelta(seconds=wait_s)
            move(operation, OperationState.QUEUED, by=worker, reason=error.message)
            return
        if _lacks_only_retiring(operation):
            operation.error_message = operation.error_hint = operation.error_log_tail = ""
            move(operation, OperationState.SUCCEEDED, by=worker, not_retired=error.message)
            return
        could_not_run = isinstance(error, StepErrored | Unavailable)
        state = OperationState.ERRORED if could_not_run else OperationState.FAILED
        move(operation, state, by=worker, reason=error.message)


def _wait_before_next(
    operation: Operation, error: SiapPakaiError, is_expected: bool
) -> float | None:
    """Seconds until it is tried again; None when it ends here."""
    is_between = _is_between(operation)
    if not is_expected and is_between:
        _turn_back(operation, error)
    if _lacks_only_retiring(operation) and not isinstance(error, Unavailable):
        return next_wait_s(operation.attempt)
    if isinstance(error, Unavailable) or (is_between and not is_expected):
        is_patient = is_between or _is_proven(operation)
        attempt = min(operation.attempt, MAX_ATTEMPTS - 1) if is_patient else operation.attempt
        return next_wait_s(attempt)
    return None


def _is_between(operation: Operation) -> bool:
    """Whether what served before may not serve now: it must be brought to an end either way."""
    states = {step.name: step.state for step in operation.steps}
    has_begun = any(states.get(name) == StepState.DONE for name in REMEMBERING)
    is_back = states.get(COMING_BACK) == StepState.DONE
    return operation.kind in COMES_BACK and has_begun and not _is_proven(operation) and not is_back


def _is_proven(operation: Operation) -> bool:
    """Whether the new state is on record: what is left to do then only has to be waited for."""
    return any(step.name in PROVEN and step.state == StepState.DONE for step in operation.steps)


def _lacks_only_retiring(operation: Operation) -> bool:
    undone = {step.name for step in operation.steps if step.state != StepState.DONE}
    return _is_proven(operation) and undone <= {RETIRING}


def _turn_back(operation: Operation, error: SiapPakaiError) -> None:
    """The next attempt goes back, not forward: what failed here is a fault of our own."""
    if not any(step.name == COMING_BACK for step in operation.steps):
        operation.steps.append(
            Step(name=COMING_BACK, position=99, state=StepState.PENDING, note=error.message)
        )


def _wait(operation_id: int, worker: str, reason: str) -> None:
    with transaction():
        operation = _own_operation(operation_id, worker)
        operation.not_before_at = utc_now() + timedelta(seconds=WAIT_S)
        operation.attempt -= 1
        move(operation, OperationState.QUEUED, by=worker, reason=reason)


def _own_operation(operation_id: int, worker: str) -> Operation:
    operation = db.session.get(Operation, operation_id)
    if operation is None or operation.claimed_by != worker:
        raise LeaseLost
    return operation


def _unexpected() -> SiapPakaiError:
    return StepErrored(
        "Terjadi kesalahan yang tidak diduga pada program.",
        hint="Lihat log pekerja (`siappakai log`), laporkan, lalu tekan Coba lagi.",
    )


def make_steps(kind: OperationKind) -> list[Step]:
    """Fresh step rows for a new operation."""
    return [Step(position=index, name=name) for index, name in enumerate(STEPS[kind])]


__all__ = ["make_steps", "move", "run_operation"]
