"""A choice the admin made on a screen; the environment holds only what start-up needs."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, String
from sqlalchemy.orm import Mapped, mapped_column

from siappakai.models.base import Base, UtcDateTime, db, utc_now


class Setting(Base):
    __tablename__ = "settings"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    value: Mapped[Any] = mapped_column(JSON)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now, onupdate=utc_now)
    updated_by: Mapped[str] = mapped_column(String(64), default="")


def read_setting(key: str, default: Any = None) -> Any:
    row = db.session.get(Setting, key)
    return default if row is None else row.value


def write_setting(key: str, value: Any, *, by: str) -> None:
    """Set one value; the caller's transaction commits it."""
    row = db.session.get(Setting, key) or Setting(key=key)
    row.value, row.updated_by = value, by
    db.session.add(row)
