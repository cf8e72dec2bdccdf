"""A rehearsal: every village's migration tried on a clone of its own database, then thrown away."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from siappakai.models.base import Base, UtcDateTime, Word, utc_now


class RehearsalState(StrEnum):
    RUNNING = "berjalan"
    PAUSED = "dijeda"
    FINISHED = "selesai"
    STOPPED = "dihentikan"


class Verdict(StrEnum):
    UNKNOWN = "belum"
    GREEN = "hijau"
    YELLOW = "kuning"
    RED = "merah"


class Rehearsal(Base):
    """`at_once` is how many clones may be worked on together: the share of the machine.

    `digest` is the image that was tried; a release that was rebuilt since has another one.
    """

    __tablename__ = "rehearsals"

    id: Mapped[int] = mapped_column(primary_key=True)
    product: Mapped[str] = mapped_column(String(32))
    release_id: Mapped[int] = mapped_column(ForeignKey("releases.id"), index=True)
    digest: Mapped[str] = mapped_column(String(80), default="")
    state: Mapped[RehearsalState] = mapped_column(
        Word(RehearsalState), default=RehearsalState.RUNNING
    )
    at_once: Mapped[int] = mapped_column(default=1)
    blocked_because: Mapped[str] = mapped_column(Text, default="")
    not_before_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_by: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    release = relationship("Release")
    items = relationship("RehearsalItem", back_populates="rehearsal", order_by="RehearsalItem.id")

    @property
    def is_outdated(self) -> bool:
        """The release was rebuilt with another image: this rehearsal says nothing of that one."""
        return self.digest != self.release.digest


class RehearsalItem(Base):
    """One village in a rehearsal; those of a combined database share one operation.

    `findings` are what was found: code, severity, sentence, remedy, fingerprint. `measures` are
    seconds and bytes: dump_s, load_s, migrate_s, first_page_s, dump_bytes. A verdict is in force,
    since `judged_at`, until the next one falls: also while the village waits or runs once more
    (`finished_at` is empty then). `is_again` was asked for by name in a rehearsal that rests.
    """

    __tablename__ = "rehearsal_items"
    __table_args__ = (UniqueConstraint("rehearsal_id", "instance_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    rehearsal_id: Mapped[int] = mapped_column(ForeignKey("rehearsals.id"), index=True)
    instance_id: Mapped[int] = mapped_column(ForeignKey("instances.id"), index=True)
    group_id: Mapped[int] = mapped_column(ForeignKey("database_groups.id"))
    from_release_id: Mapped[int] = mapped_column(ForeignKey("releases.id"))
    operation_id: Mapped[int | None] = mapped_column(ForeignKey("operations.id"))
    verdict: Mapped[Verdict] = mapped_column(Word(Verdict), default=Verdict.UNKNOWN)
    findings: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    measures: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    judged_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    is_again: Mapped[bool] = mapped_column(default=False)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    rehearsal = relationship("Rehearsal", back_populates="items")
    instance = relationship("Instance")
    operation = relationship("Operation", foreign_keys=[operation_id])

    @property
    def is_waiting(self) -> bool:
        return self.operation_id is None and self.finished_at is None
