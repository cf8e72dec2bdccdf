"""Touch: who works on an operation: claimed by a conditional UPDATE, kept by a heartbeat."""

from __future__ import annotations

import threading
from datetime import timedelta
from types import TracebackType

from flask import Flask
from sqlalchemy import CursorResult, and_, or_, select, update
from sqlalchemy.exc import SQLAlchemyError

from siappakai.log import get_logger
from siappakai.models import (
    ACTIVE,
    DatabaseGroup,
    Operation,
    OperationState,
    append_event,
    db,
    transaction,
    utc_now,
)

log = get_logger(__name__)


class LeaseLost(Exception):
    """Another worker took the operation over; this one must stop without a trace."""


def claim(operation_id: int, worker: str, lease_s: int) -> bool:
    """Take the operation if it waits, or if its last worker's lease ran out."""
    now = utc_now()
    free = or_(
        and_(
            Operation.state == OperationState.QUEUED,
            or_(Operation.not_before_at.is_(None), Operation.not_before_at <= now),
        ),
        and_(Operation.state == OperationState.RUNNING, Operation.lease_until_at < now),
    )
    with transaction():
        taken: CursorResult[tuple[()]] = db.session.execute(
            update(Operation)
            .where(Operation.id == operation_id, free)
            .values(
                state=OperationState.RUNNING,
                claimed_by=worker,
                lease_until_at=now + timedelta(seconds=lease_s),
                attempt=Operation.attempt + 1,
                started_at=db.func.coalesce(Operation.started_at, now.replace(tzinfo=None)),
            )
        )
        if taken.rowcount != 1:
            return False
        append_event("operation_claimed", f"operation:{operation_id}", by=worker)
        return True


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

    def __init__(self, app: Flask, operation_id: int, worker: str, lease_s: int) -> None:
        self.app = app
        self.operation_id = operation_id
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
                log.warning("heartbeat_failed", operation=self.operation_id, error=str(error))

    def _extend(self) -> bool:
        with self.app.app_context(), transaction():
            extended: CursorResult[tuple[()]] = db.session.execute(
                update(Operation)
                .where(
                    Operation.id == self.operation_id,
                    Operation.claimed_by == self.worker,
                    Operation.state == OperationState.RUNNING,
                )
                .values(lease_until_at=utc_now() + timedelta(seconds=self.lease_s))
            )
            return extended.rowcount == 1
