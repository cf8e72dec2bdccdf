"""A task: work on a release or server, not on an instance; queued, leased and kept like one."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from siappakai.models.base import Base, UtcDateTime, Word, utc_now
from siappakai.models.operation import OperationState


class TaskKind(StrEnum):
    DISCOVER = "cari rilis"
    BUILD = "bangun rilis"
    DISTRIBUTE = "kirim rilis"
    PRUNE = "pangkas citra"
    DISTRIBUTE_THEMES = "kirim tema"
    ADD_THEME = "ambil tema"


class Task(Base):
    """`lines` is what it told while it worked, newest last; `parameters` never hold a secret.

    `active_key` names what it works on while it is active and is NULL after: one at a time.
    """

    __tablename__ = "tasks"
    __table_args__ = (Index("ix_tasks_state_lease", "state", "lease_until_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[TaskKind] = mapped_column(Word(TaskKind))
    release_id: Mapped[int | None] = mapped_column(ForeignKey("releases.id"), index=True)
    product: Mapped[str] = mapped_column(String(32), default="")
    state: Mapped[OperationState] = mapped_column(
        Word(OperationState), default=OperationState.QUEUED
    )
    parameters: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    result: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    active_key: Mapped[str | None] = mapped_column(String(64), unique=True)
    requested_by: Mapped[str] = mapped_column(String(64))
    attempt: Mapped[int] = mapped_column(default=0)
    claimed_by: Mapped[str] = mapped_column(String(80), default="")
    lease_until_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    not_before_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    lines: Mapped[str] = mapped_column(Text, default="")
    error_message: Mapped[str] = mapped_column(Text, default="")
    error_hint: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    started_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    release = relationship("Release")
