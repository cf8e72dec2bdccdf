"""A batch: one uploaded or picked village list, its checked rows, and what was started from it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from siappakai.models.base import Base, UtcDateTime, Word, utc_now


class BatchState(StrEnum):
    CHECKED = "diperiksa"
    SAVED = "disimpan"
    STARTED = "dipasang"


class Batch(Base):
    """`upload_id` comes from the form: sending the same form twice gives the same batch."""

    __tablename__ = "batches"

    id: Mapped[int] = mapped_column(primary_key=True)
    upload_id: Mapped[str] = mapped_column(String(36), unique=True)
    file_name: Mapped[str] = mapped_column(String(255))
    regency_code: Mapped[str] = mapped_column(String(4))
    state: Mapped[BatchState] = mapped_column(Word(BatchState), default=BatchState.CHECKED)
    columns: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    row_count: Mapped[int] = mapped_column(default=0)
    wrong_count: Mapped[int] = mapped_column(default=0)
    created_by: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    saved_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    started_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    rows = relationship("BatchRow", back_populates="batch", order_by="BatchRow.row_number")
    operations = relationship("Operation", back_populates="batch")


class BatchRow(Base):
    """One row of the list as it was checked; `problems` are shown with the row's own number."""

    __tablename__ = "batch_rows"
    __table_args__ = (UniqueConstraint("batch_id", "row_number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    batch_id: Mapped[int] = mapped_column(ForeignKey("batches.id"), index=True)
    row_number: Mapped[int]
    status: Mapped[str] = mapped_column(String(16), index=True)
    village_code: Mapped[str] = mapped_column(String(10), default="")
    cells: Mapped[list[str]] = mapped_column(JSON, default=list)
    values: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    problems: Mapped[list[dict[str, str]]] = mapped_column(JSON, default=list)

    batch = relationship("Batch", back_populates="rows")
