"""Touch: run one task from its claim to its final state."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Flask

from siappakai.errors import SiapPakaiError, StepErrored, Unavailable
from siappakai.log import get_logger
from siappakai.models import OperationState, Task, TaskKind, db, transaction, utc_now
from siappakai.provision.lease import Heartbeat, LeaseLost, claim
from siappakai.provision.lifecycle import next_wait_s
from siappakai.tasks.lines import KEPT_LINES, TaskLines
from siappakai.tasks.order import move_task
from siappakai.tasks.work import WORK, TaskFacts

log = get_logger(__name__)

# Somebody looks at the page and waits for the answer: told at once, not after five tries.
TOLD_AT_ONCE = frozenset({TaskKind.DISCOVER, TaskKind.ADD_THEME})


def run_task(app: Flask, task_id: int, worker: str, lease_s: int) -> None:
    """Claim the task and carry it out; returns quietly when it isn't ours to run.

    Each kind of work is safe to do again from its beginning, so that is what a worker does which
    follows a killed one.
    """
    if not claim(task_id, worker, lease_s, Task):
        return
    try:
        with Heartbeat(app, task_id, worker, lease_s, Task) as heartbeat:
            _carry_out(app, task_id, heartbeat)
    except LeaseLost:
        log.warning("lease_lost", task=task_id, worker=worker)
    except SiapPakaiError as error:
        _settle(task_id, worker, error)
    except BaseException:
        _settle(task_id, worker, _unexpected())
        raise


def _carry_out(app: Flask, task_id: int, heartbeat: Heartbeat) -> None:
    task = db.session.get_one(Task, task_id)
    facts = TaskFacts(
        task.id, task.kind, task.product, task.release_id, task.requested_by, dict(task.parameters)
    )
    before = f"{task.lines}\n— percobaan ke-{task.attempt} —" if task.lines else ""
    db.session.rollback()
    with TaskLines(app, task_id, heartbeat, before) as on_line:
        result = WORK[facts.kind](facts, on_line)
    heartbeat.check()
    _finish(task_id, heartbeat.worker, result)


def _finish(task_id: int, worker: str, result: dict[str, Any]) -> None:
    with transaction():
        task = _own_task(task_id, worker)
        task.result, task.error_message, task.error_hint = result, "", ""
        move_task(task, OperationState.SUCCEEDED, by=worker)


def _settle(task_id: int, worker: str, error: SiapPakaiError) -> None:
    """After an error: wait and try again when it may pass, else failed or errored, with why."""
    log.warning("task_stopped", task=task_id, error=error.message)
    try:
        with transaction():
            _stop(_own_task(task_id, worker), worker, error)
    except LeaseLost:
        log.warning("lease_lost", task=task_id, worker=worker)


def _stop(task: Task, worker: str, error: SiapPakaiError) -> None:
    task.error_message, task.error_hint = error.message, error.hint
    told = [*task.lines.splitlines(), *error.log_tail[-6000:].splitlines()]
    task.lines = "\n".join(told[-KEPT_LINES:])
    may_pass = isinstance(error, Unavailable) and task.kind not in TOLD_AT_ONCE
    wait_s = next_wait_s(task.attempt) if may_pass else None
    if wait_s is not None:
        task.not_before_at = utc_now() + timedelta(seconds=wait_s)
        move_task(task, OperationState.QUEUED, by=worker, reason=error.message)
        return
    could_not_run = isinstance(error, StepErrored | Unavailable)
    state = OperationState.ERRORED if could_not_run else OperationState.FAILED
    move_task(task, state, by=worker, reason=error.message)


def _own_task(task_id: int, worker: str) -> Task:
    task = db.session.get(Task, task_id)
    if task is None or task.claimed_by != worker:
        raise LeaseLost
    return task


def _unexpected() -> SiapPakaiError:
    return StepErrored(
        "Terjadi kesalahan yang tidak diduga pada program.",
        hint="Lihat log pekerja (`siappakai log`), laporkan, lalu tekan Coba lagi.",
    )
