"""A database group: the unit of migration, snapshot and return; one village's or a combined one."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from siappakai.models.base import Base, UtcDateTime, Word, utc_now


class DatabaseMode(StrEnum):
    SEPARATE = "terpisah"
    COMBINED = "gabungan"


class DatabaseGroup(Base):
    """`lock_*` says which operation may touch the database now, since when and why.

    `label` is how an admin named a combined one; a separate one has none.
    """

    __tablename__ = "database_groups"
    __table_args__ = (UniqueConstraint("server_id", "database_name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    product: Mapped[str] = mapped_column(String(32))
    mode: Mapped[DatabaseMode] = mapped_column(Word(DatabaseMode), default=DatabaseMode.SEPARATE)
    server_id: Mapped[int] = mapped_column(ForeignKey("servers.id"))
    database_name: Mapped[str] = mapped_column(String(64))
    label: Mapped[str] = mapped_column(String(80), default="", server_default="")
    lock_operation_id: Mapped[int | None]
    lock_reason: Mapped[str] = mapped_column(String(120), default="")
    locked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)

    instances = relationship(
        "Instance",
        back_populates="database_group",
        foreign_keys="Instance.database_group_id",
        order_by="Instance.id",
    )

    @property
    def is_combined(self) -> bool:
        return self.mode == DatabaseMode.COMBINED
