"""A day on which no rollout starts anything: a holiday, joint leave, or a freeze of our own."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import Date, String
from sqlalchemy.orm import Mapped, mapped_column

from siappakai.models.base import Base, UtcDateTime, Word, utc_now


class DayKind(StrEnum):
    HOLIDAY = "libur nasional"
    JOINT_LEAVE = "cuti bersama"
    FREEZE = "beku"


class CalendarDay(Base):
    __tablename__ = "calendar_days"

    day: Mapped[date] = mapped_column(Date, primary_key=True)
    kind: Mapped[DayKind] = mapped_column(Word(DayKind))
    name: Mapped[str] = mapped_column(String(120))
    added_by: Mapped[str] = mapped_column(String(64))
    added_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
