"""An operation on one instance, made of steps; its moves between states, and its lease."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from siappakai.models.base import Base, UtcDateTime, Word, utc_now


class OperationKind(StrEnum):
    INSTALL = "pasang"
    PUSH_TOKEN = "token"
    UPDATE = "perbarui"
    RETURN = "mundur"
    REMOVE = "lepas"
    REVIVE = "hidupkan"
    SNAPSHOT = "salin"
    EXPORT = "ekspor"
    RESTORE = "pulihkan"
    SEPARATE = "pisahkan"
    JOIN = "gabungkan"
    REHEARSE = "gladi"
    APPLY_BRAND = "wajah"
    PREVIEW = "pratinjau"


class OperationState(StrEnum):
    QUEUED = "antre"
    RUNNING = "berjalan"
    SUCCEEDED = "berhasil"
    FAILED = "gagal"  # ran, and failed
    ERRORED = "terhalang"  # could not run
    CANCELLED = "dibatalkan"


ACTIVE = frozenset({OperationState.QUEUED, OperationState.RUNNING})
FINISHED = frozenset(OperationState) - ACTIVE

MOVES: dict[OperationState, frozenset[OperationState]] = {
    OperationState.QUEUED: frozenset({OperationState.RUNNING, OperationState.CANCELLED}),
    OperationState.RUNNING: frozenset(
        {
            OperationState.QUEUED,  # waits for a lock or tries again later
            OperationState.SUCCEEDED,
            OperationState.FAILED,
            OperationState.ERRORED,
        }
    ),
    OperationState.FAILED: frozenset({OperationState.QUEUED}),
    OperationState.ERRORED: frozenset({OperationState.QUEUED}),
    OperationState.CANCELLED: frozenset({OperationState.QUEUED}),
    OperationState.SUCCEEDED: frozenset(),
}


class StepState(StrEnum):
    PENDING = "menunggu"
    RUNNING = "berjalan"
    DONE = "selesai"
    FAILED = "gagal"


class Operation(Base):
    """`active_key` is the instance's id while active and NULL after: one active at a time.

    `parameters` is what the operation was told beyond its instance and release; never a secret.
    """

    __tablename__ = "operations"
    __table_args__ = (Index("ix_operations_state_lease", "state", "lease_until_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[OperationKind] = mapped_column(Word(OperationKind))
    instance_id: Mapped[int] = mapped_column(ForeignKey("instances.id"), index=True)
    release_id: Mapped[int] = mapped_column(ForeignKey("releases.id"))
    batch_id: Mapped[int | None] = mapped_column(ForeignKey("batches.id"), index=True)
    rollout_id: Mapped[int | None] = mapped_column(ForeignKey("rollouts.id"), index=True)
    rehearsal_id: Mapped[int | None] = mapped_column(ForeignKey("rehearsals.id"), index=True)
    state: Mapped[OperationState] = mapped_column(
        Word(OperationState), default=OperationState.QUEUED
    )
    parameters: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    active_key: Mapped[int | None] = mapped_column(unique=True)
    requested_by: Mapped[str] = mapped_column(String(64))
    attempt: Mapped[int] = mapped_column(default=0)
    claimed_by: Mapped[str] = mapped_column(String(80), default="")
    lease_until_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    not_before_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    error_message: Mapped[str] = mapped_column(Text, default="")
    error_hint: Mapped[str] = mapped_column(Text, default="")
    error_log_tail: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    started_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    instance = relationship("Instance", back_populates="operations")
    release = relationship("Release")
    batch = relationship("Batch", back_populates="operations")
    steps = relationship("Step", back_populates="operation", order_by="Step.position")

    @property
    def is_finished(self) -> bool:
        return self.state in FINISHED


class Step(Base):
    """One idempotent part of an operation; `outside_ms` was spent waiting for others."""

    __tablename__ = "steps"
    __table_args__ = (UniqueConstraint("operation_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    operation_id: Mapped[int] = mapped_column(ForeignKey("operations.id"), index=True)
    position: Mapped[int]
    name: Mapped[str] = mapped_column(String(48))
    state: Mapped[StepState] = mapped_column(Word(StepState), default=StepState.PENDING)
    started_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    duration_ms: Mapped[int] = mapped_column(default=0)
    outside_ms: Mapped[int] = mapped_column(default=0)
    result: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    note: Mapped[str] = mapped_column(Text, default="")

    operation = relationship("Operation", back_populates="steps")
