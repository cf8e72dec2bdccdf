"""How an instance follows releases: its channel, whether it is pinned, until when it is held."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import Date, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from siappakai.models.base import Base, UtcDateTime, Word, utc_now


class Channel(StrEnum):
    FAST = "cepat"
    ORDINARY = "biasa"
    SLOW = "lambat"


class InstancePolicy(Base):
    """No row means the ordinary channel, neither pinned nor held."""

    __tablename__ = "instance_policies"

    instance_id: Mapped[int] = mapped_column(ForeignKey("instances.id"), primary_key=True)
    channel: Mapped[Channel] = mapped_column(Word(Channel), default=Channel.ORDINARY)
    is_pinned: Mapped[bool] = mapped_column(default=False)
    held_until_on: Mapped[date | None] = mapped_column(Date)
    reason: Mapped[str] = mapped_column(String(200), default="")
    set_by: Mapped[str] = mapped_column(String(64))
    set_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now, onupdate=utc_now)

    instance = relationship("Instance")
