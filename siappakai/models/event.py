"""An event: an append-only line of history, a static word with fields."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from siappakai.models.base import Base, UtcDateTime, db, utc_now


class Event(Base):
    __tablename__ = "events"
    __table_args__ = (Index("ix_events_subject", "subject", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    word: Mapped[str] = mapped_column(String(64))
    subject: Mapped[str] = mapped_column(String(64))
    by: Mapped[str] = mapped_column(String(80))
    fields: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)


def append_event(word: str, subject: str, *, by: str, **fields: Any) -> None:
    """Add one line of history to the caller's transaction; never give it a secret."""
    db.session.add(Event(word=word, subject=subject, by=by, fields=fields))
