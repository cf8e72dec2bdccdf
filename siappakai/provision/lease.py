"""Touch: who works on an operation: claimed by a conditional UPDATE, kept by a heartbeat."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta
from types import TracebackType

from flask import Flask
from sqlalchemy import ColumnElement, CursorResult, and_, or_, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import aliased

from siappakai.log import get_logger
from siappakai.models import (
    ACTIVE,
    DatabaseGroup,
    Instance,
    Operation,
    OperationState,
    Task,
    append_event,
    db,
    transaction,
    utc_now,
)
from siappakai.provision.stuck import MOVES, is_half_moved

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
    """Lock the database group for this operation; a lock left by a finished one is free.

    Not while the holder has stopped on its way back, nor while one moves the database that the
    operation's instance reads: nobody may work on, or serve from, a database between releases.
    """
    holder = aliased(Operation)
    is_held = (
        select(holder.id)
        .where(
            holder.id == DatabaseGroup.lock_operation_id,
            or_(holder.state.in_(ACTIVE), is_half_moved(holder)),
        )
        .exists()
    )
    with transaction():
        if _reads_what_moves(operation_id):
            return False
        locked: CursorResult[tuple[()]] = db.session.execute(
            update(DatabaseGroup)
            .where(
                DatabaseGroup.id == group_id,
                or_(DatabaseGroup.lock_operation_id == operation_id, ~is_held),
            )
            .values(lock_operation_id=operation_id, lock_reason=reason, locked_at=utc_now())
            .execution_options(synchronize_session=False)
        )
        return locked.rowcount == 1


def _reads_what_moves(operation_id: int) -> bool:
    """Whether a move holds the database that this operation's instance only looks into."""
    operation, holder = aliased(Operation), aliased(Operation)
    query = (
        select(holder.id)
        .join(DatabaseGroup, DatabaseGroup.lock_operation_id == holder.id)
        .join(Instance, Instance.reads_group_id == DatabaseGroup.id)
        .join(operation, operation.instance_id == Instance.id)
        .where(
            operation.id == operation_id,
            holder.kind.in_(MOVES),
            or_(holder.state.in_(ACTIVE), is_half_moved(holder)),
        )
    )
    return db.session.scalar(query) is not None


def unlock_group(group_id: int, operation_id: int) -> None:
    """Part of the transaction that finishes the operation.

    One that left its database between two releases keeps the lock until it has arrived.
    """
    db.session.execute(
        update(DatabaseGroup)
        .where(
            DatabaseGroup.id == group_id,
            DatabaseGroup.lock_operation_id == operation_id,
            ~select(Operation.id)
            .where(Operation.id == operation_id, is_half_moved(Operation))
            .exists(),
        )
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
