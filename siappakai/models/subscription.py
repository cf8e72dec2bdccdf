"""What we remember of subscription tokens; the tokens themselves lie in the vault."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Date, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from siappakai.models.base import Base, UtcDateTime, utc_now


class Subscription(Base):
    """A village's token: what it says of itself, and which warning was given last.

    `fingerprint` tells one token from another and is safe to show; `ends_on` is the last day
    covered, in the village's own time; `warned_stage` is 30, 14, 7 or 0 (ended).
    """

    __tablename__ = "subscriptions"

    village_code: Mapped[str] = mapped_column(ForeignKey("villages.code"), primary_key=True)
    starts_on: Mapped[date | None] = mapped_column(Date)
    ends_on: Mapped[date] = mapped_column(Date, index=True)
    fingerprint: Mapped[str] = mapped_column(String(12))
    warned_stage: Mapped[int | None]
    added_by: Mapped[str] = mapped_column(String(64))
    added_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)

    village = relationship("Village")


class SubscriptionPush(Base):
    """Which token an instance was last given."""

    __tablename__ = "subscription_pushes"

    instance_id: Mapped[int] = mapped_column(ForeignKey("instances.id"), primary_key=True)
    fingerprint: Mapped[str] = mapped_column(String(12))
    operation_id: Mapped[int | None] = mapped_column(ForeignKey("operations.id"))
    pushed_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)


class SubscriptionCheck(Base):
    """Checked lines that wait to be kept; `id` comes from the form, so sending it twice is one."""

    __tablename__ = "subscription_checks"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    only_code: Mapped[str] = mapped_column(String(10), default="")
    created_by: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    saved_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    lines = relationship(
        "SubscriptionLine", back_populates="check", order_by="SubscriptionLine.number"
    )


class SubscriptionLine(Base):
    """One line of a check: its verdict and dates, never the token nor what was written."""

    __tablename__ = "subscription_lines"

    check_id: Mapped[str] = mapped_column(ForeignKey("subscription_checks.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    outcome: Mapped[str] = mapped_column(String(16))
    village_code: Mapped[str] = mapped_column(String(10), default="")
    village_name: Mapped[str] = mapped_column(String(120), default="")
    ends_on: Mapped[date | None] = mapped_column(Date)
    fingerprint: Mapped[str] = mapped_column(String(12), default="")
    before_ends_on: Mapped[date | None] = mapped_column(Date)
    before_fingerprint: Mapped[str] = mapped_column(String(12), default="")
    message: Mapped[str] = mapped_column(Text, default="")
    hint: Mapped[str] = mapped_column(Text, default="")

    check = relationship("SubscriptionCheck", back_populates="lines")
