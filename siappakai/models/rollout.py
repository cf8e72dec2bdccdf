"""A rollout: a frozen, hashed plan that moves instances to a release or brand in waves."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from siappakai.models.base import Base, UtcDateTime, Word, utc_now


class RolloutState(StrEnum):
    PLANNED = "rencana"  # frozen and shown; nothing starts
    APPROVED = "disetujui"
    RUNNING = "berjalan"
    PAUSED = "dijeda"  # by a person
    HALTED = "tertahan"  # by a limit or the guard; a person decides
    STOPPED = "dihentikan"
    FINISHED = "selesai"
    DISCARDED = "dibatalkan"


class ItemState(StrEnum):
    WAITING = "menunggu"
    RETRY_WAITING = "menunggu diulang"  # a person wants it again; it starts though the rest is held
    STARTED = "berjalan"
    SUCCEEDED = "berhasil"
    FAILED = "gagal"  # on its old release again
    SKIPPED = "dilewati"
    RETURN_WAITING = "menunggu mundur"
    RETURNING = "sedang mundur"
    RETURNED = "sudah mundur"
    RETURN_FAILED = "gagal mundur"


class Rollout(Base):
    """`plan` is the frozen plan and `plan_sha256` its hash: what was approved is what runs.

    `blocked_because` is the one sentence on why nothing starts now, empty while all goes on.
    `forgiven` holds ids of items whose failure a person has seen and gone on after.
    `guard` is what the self-check has counted so far. One of `release_id` and `brand_version_id`
    is set: what the instances get.
    """

    __tablename__ = "rollouts"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(120))
    product: Mapped[str] = mapped_column(String(32))
    release_id: Mapped[int | None] = mapped_column(ForeignKey("releases.id"))
    brand_version_id: Mapped[int | None] = mapped_column(ForeignKey("brand_versions.id"))
    state: Mapped[RolloutState] = mapped_column(Word(RolloutState), default=RolloutState.PLANNED)
    policy: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    plan: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    plan_sha256: Mapped[str] = mapped_column(String(64))
    blocked_because: Mapped[str] = mapped_column(Text, default="")
    forgiven: Mapped[list[int]] = mapped_column(JSON, default=list)
    guard: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    created_by: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    approved_by: Mapped[str] = mapped_column(String(64), default="")
    approved_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    started_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    release = relationship("Release")
    brand_version = relationship("BrandVersion")
    waves = relationship("RolloutWave", back_populates="rollout", order_by="RolloutWave.number")
    items = relationship(
        "RolloutItem",
        back_populates="rollout",
        order_by="(RolloutItem.wave_number, RolloutItem.position)",
    )


class RolloutWave(Base):
    """`finished_at`: its last item ended; `bake_until_at`: when the next may begin."""

    __tablename__ = "rollout_waves"
    __table_args__ = (UniqueConstraint("rollout_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    rollout_id: Mapped[int] = mapped_column(ForeignKey("rollouts.id"), index=True)
    number: Mapped[int]
    name: Mapped[str] = mapped_column(String(80))
    bake_s: Mapped[int] = mapped_column(default=0)
    waits_for_person: Mapped[bool] = mapped_column(default=False)
    is_confirmed: Mapped[bool] = mapped_column(default=False)
    started_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    bake_until_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    verdict: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)

    rollout = relationship("Rollout", back_populates="waves")


class RolloutItem(Base):
    """One database group that moves: one instance, or all of a combined database at once.

    `instance_id` leads it: its operation moves the whole group. `members` are all instances that
    move with it (the leader too).
    """

    __tablename__ = "rollout_items"
    __table_args__ = (UniqueConstraint("rollout_id", "instance_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    rollout_id: Mapped[int] = mapped_column(ForeignKey("rollouts.id"), index=True)
    wave_number: Mapped[int]
    position: Mapped[int]
    group_id: Mapped[int] = mapped_column(ForeignKey("database_groups.id"))
    instance_id: Mapped[int] = mapped_column(ForeignKey("instances.id"), index=True)
    members: Mapped[list[int]] = mapped_column(JSON, default=list)
    from_release_id: Mapped[int] = mapped_column(ForeignKey("releases.id"))
    state: Mapped[ItemState] = mapped_column(Word(ItemState), default=ItemState.WAITING)
    reason: Mapped[str] = mapped_column(Text, default="")
    fingerprint: Mapped[str] = mapped_column(String(64), default="")
    operation_id: Mapped[int | None] = mapped_column(ForeignKey("operations.id"))
    started_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    rollout = relationship("Rollout", back_populates="items")
    instance = relationship("Instance")
    from_release = relationship("Release")
    operation = relationship("Operation", foreign_keys=[operation_id])
