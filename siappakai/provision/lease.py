"""Touch: who works on an operation: claimed by a conditional UPDATE, kept by a heartbeat."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta
from types import TracebackType

from flask import Flask
from sqlalchemy import ColumnElement, CursorResult, and_, or_, select, update
from sqlalchemy.exc import SQLAlchemyError

from siappakai.log import get_logger
from siappakai.models import (
    ACTIVE,
    DatabaseGroup,
    Operation,
    OperationState,
    Task,
    append_event,
    db,
    transaction,
    utc_now,
)

log = get_logger(__name__)


Leased = type[Operation] | type[Task]


class LeaseLost(Exception):
    """Another worker took the work over; this one must stop without a trace."""


def claim(work_id: int, worker: str, lease_s: int, kind: Leased = Operation) -> bool:
    """Take the operation (or task) if it waits, or if its last worker's lease ran out."""
    now = utc_now()
    with transaction():
        taken: CursorResult[tuple[()]] = db.session.execute(
            update(kind)
            .where(kind.id == work_id, is_free(kind, now))
            .values(
                state=OperationState.RUNNING,
                claimed_by=worker,
                lease_until_at=now + timedelta(seconds=lease_s),
                attempt=kind.attempt + 1,
                started_at=db.func.coalesce(kind.started_at, now.replace(tzinfo=None)),
            )
            .execution_options(synchronize_session=False)
        )
        if taken.rowcount != 1:
            return False
        word = kind.__name__.lower()
        append_event(f"{word}_claimed", f"{word}:{work_id}", by=worker)
        return True


def is_free(kind: Leased, now: datetime) -> ColumnElement[bool]:
    """Work that any worker may take now: it waits, or nobody keeps its lease alive."""
    return or_(
        and_(
            kind.state == OperationState.QUEUED,
            or_(kind.not_before_at.is_(None), kind.not_before_at <= now),
        ),
        and_(kind.state == OperationState.RUNNING, kind.lease_until_at < now),
    )


def lock_group(group_id: int, operation_id: int, reason: str) -> bool:
    """Lock the database group for this operation; a lock left by a finished one is free."""
    holder_is_active = (
        select(Operation.id)
        .where(Operation.id == DatabaseGroup.lock_operation_id, Operation.state.in_(ACTIVE))
        .exists()
    )
    with transaction():
        locked: CursorResult[tuple[()]] = db.session.execute(
            update(DatabaseGroup)
            .where(
                DatabaseGroup.id == group_id,
                or_(DatabaseGroup.lock_operation_id == operation_id, ~holder_is_active),
            )
            .values(lock_operation_id=operation_id, lock_reason=reason, locked_at=utc_now())
            .execution_options(synchronize_session=False)
        )
        return locked.rowcount == 1


def unlock_group(group_id: int, operation_id: int) -> None:
    """Part of the transaction that finishes the operation."""
    db.session.execute(
        update(DatabaseGroup)
        .where(DatabaseGroup.id == group_id, DatabaseGroup.lock_operation_id == operation_id)
        .values(lock_operation_id=None, lock_reason="", locked_at=None)
    )


class Heartbeat:
    """Extends the lease from a thread while the work goes on; `check()` raises LeaseLost."""

    def __init__(
        self, app: Flask, work_id: int, worker: str, lease_s: int, kind: Leased = Operation
    ) -> None:
        self.app = app
        self.kind = kind
        self.work_id = work_id
        self.worker = worker
        self.lease_s = lease_s
        self._stop = threading.Event()
        self._lost = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="heartbeat", daemon=True)

    def __enter__(self) -> Heartbeat:
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

    def check(self) -> None:
        if self._lost.is_set():
            raise LeaseLost

    def _beat(self) -> None:
        while not self._stop.wait(self.lease_s / 4):
            try:
                if not self._extend():
                    self._lost.set()
                    return
            except SQLAlchemyError as error:
                log.warning(
                    "heartbeat_failed",
                    kind=self.kind.__name__,
                    id=self.work_id,
                    error=str(error),
                )

    def _extend(self) -> bool:
        with self.app.app_context(), transaction():
            extended: CursorResult[tuple[()]] = db.session.execute(
                update(self.kind)
                .where(
                    self.kind.id == self.work_id,
                    self.kind.claimed_by == self.worker,
                    self.kind.state == OperationState.RUNNING,
                )
                .values(lease_until_at=utc_now() + timedelta(seconds=self.lease_s))
            )
            return extended.rowcount == 1
