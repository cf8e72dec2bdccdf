"""Touch: what a task tells while it works reaches its row every second, from a thread of its own.

A line may come in the middle of anything, so it never touches the worker's own session.
"""

from __future__ import annotations

import re
import threading
from types import TracebackType

from flask import Flask
from sqlalchemy import update
from sqlalchemy.exc import SQLAlchemyError

from siappakai.log import get_logger
from siappakai.models import OperationState, Task, db, transaction
from siappakai.provision.lease import Heartbeat

log = get_logger(__name__)

EVERY_S = 1.0
KEPT_LINES = 200
LONGEST_LINE = 300
_DIGITS = re.compile(r"[0-9.,]+")


class TaskLines:
    """Call it with a line; it raises LeaseLost when another worker has taken the task over."""

    def __init__(self, app: Flask, task_id: int, heartbeat: Heartbeat, before: str = "") -> None:
        self._app, self._task_id, self._heartbeat = app, task_id, heartbeat
        self._lines = before.splitlines()
        self._lock, self._stop = threading.Lock(), threading.Event()
        self._written = before
        self._thread = threading.Thread(target=self._write_often, name="lines", daemon=True)

    def __call__(self, line: str) -> None:
        self._heartbeat.check()
        plain = line.replace("\x00", "").rstrip()[:LONGEST_LINE]
        with self._lock:
            self._lines = [*join_line(self._lines, plain)][-KEPT_LINES:] if plain else self._lines

    def __enter__(self) -> TaskLines:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop.set()
        self._thread.join()

    def _write_often(self) -> None:
        while not self._stop.wait(EVERY_S):
            self._write()
        self._write()

    def _write(self) -> None:
        with self._lock:
            text = "\n".join(self._lines)
        if text == self._written:
            return
        try:
            with self._app.app_context(), transaction():
                db.session.execute(
                    update(Task)
                    .where(
                        Task.id == self._task_id,
                        Task.claimed_by == self._heartbeat.worker,
                        Task.state == OperationState.RUNNING,
                    )
                    .values(lines=text)
                )
            self._written = text
        except SQLAlchemyError as error:
            log.warning("lines_not_written", task=self._task_id, error=str(error))


def join_line(lines: list[str], line: str) -> list[str]:
    """The lines with one more; a counter (`12%`, then `13%`) takes the place of its last step."""
    is_step = bool(lines) and "%" in line and _shape(lines[-1]) == _shape(line)
    return [*(lines[:-1] if is_step else lines), line]


def _shape(line: str) -> str:
    return _DIGITS.sub("#", line).removesuffix(", done.").partition("|")[0].strip()
