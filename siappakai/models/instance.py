"""An instance: a product for its scope on a server; wanted, recorded and observed kept apart."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ColumnElement, ForeignKey, String, UniqueConstraint, and_, select
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column, relationship

from siappakai.models.base import Base, UtcDateTime, Word, db, utc_now
from siappakai.models.operation import Operation
from siappakai.models.region import Region
from siappakai.models.village import Village

FIRST_UID = 200_000


class WantedState(StrEnum):
    RUNNING = "berjalan"
    REMOVED = "dihapus"


class ObservedState(StrEnum):
    UNKNOWN = "belum dilihat"
    HEALTHY = "sehat"
    UNHEALTHY = "tidak sehat"
    STOPPED = "berhenti"
    MISSING = "tidak ada"


class LicenceState(StrEnum):
    """What is known of the product's licence; never part of its health."""

    NOT_NEEDED = "tidak perlu"
    VALID = "berlaku"
    INVALID = "tidak berlaku"
    UNKNOWN = "tidak dapat diperiksa"


class Instance(Base):
    """`wanted_*` is what it should be, `recorded_*` last proven, `observed_*` seen just now.

    `exposed_at` is when the edge first got its route: never before its own answers were proven.
    `database_group` is what it works on (its own, or another product's); `reads_group` a combined
    one it may only look into. `config_id` is its village's row in a combined database.
    """

    __tablename__ = "instances"
    __table_args__ = (UniqueConstraint("product", "scope_code"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    product: Mapped[str] = mapped_column(String(32), index=True)
    scope_code: Mapped[str] = mapped_column(String(10))
    village_code: Mapped[str | None] = mapped_column(ForeignKey("villages.code"), index=True)
    region_code: Mapped[str | None] = mapped_column(ForeignKey("regions.code"), index=True)
    server_id: Mapped[int] = mapped_column(ForeignKey("servers.id"), index=True)
    database_group_id: Mapped[int] = mapped_column(ForeignKey("database_groups.id"), index=True)
    reads_group_id: Mapped[int | None] = mapped_column(ForeignKey("database_groups.id"))
    config_id: Mapped[int | None]
    web_path: Mapped[str] = mapped_column(String(32), default="/")

    wanted_state: Mapped[WantedState] = mapped_column(
        Word(WantedState), default=WantedState.RUNNING
    )
    wanted_release_id: Mapped[int] = mapped_column(ForeignKey("releases.id"))

    recorded_release_id: Mapped[int | None] = mapped_column(ForeignKey("releases.id"))
    recorded_digest: Mapped[str] = mapped_column(String(80), default="")
    recorded_spec_sha256: Mapped[str] = mapped_column(String(64), default="")
    recorded_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    observed_state: Mapped[ObservedState] = mapped_column(
        Word(ObservedState), default=ObservedState.UNKNOWN, index=True
    )
    observed_digest: Mapped[str] = mapped_column(String(80), default="")
    observed_licence: Mapped[LicenceState] = mapped_column(
        Word(LicenceState), default=LicenceState.NOT_NEEDED, server_default="tidak perlu"
    )
    observed_answer: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    observed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    exposed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)

    village = relationship("Village", back_populates="instances")
    region = relationship("Region", back_populates="instances")
    server = relationship("Server")
    database_group = relationship(
        "DatabaseGroup", back_populates="instances", foreign_keys=[database_group_id]
    )
    reads_group = relationship("DatabaseGroup", foreign_keys=[reads_group_id])
    wanted_release = relationship("Release", foreign_keys=[wanted_release_id])
    recorded_release = relationship("Release", foreign_keys=[recorded_release_id])
    operations = relationship(
        "Operation", back_populates="instance", order_by="Operation.id.desc()"
    )
    version_records = relationship(
        "VersionRecord", back_populates="instance", order_by="VersionRecord.id.desc()"
    )

    @property
    def uid(self) -> int:
        """The user id this instance runs as and owns its files with; unlike any other's."""
        return FIRST_UID + self.id

    @property
    def home(self) -> Village | Region:
        """The village, or the district or regency, that this instance serves."""
        return self.village if self.village is not None else self.region

    @property
    def is_busy(self) -> bool:
        """Whether an operation on it waits or runs."""
        active = select(Operation.id).where(Operation.active_key == self.id)
        return db.session.scalar(active) is not None

    @hybrid_property
    def is_installed(self) -> bool:
        """Proven once, and not taken away with its data since; in queries a condition."""
        return self.recorded_release_id is not None

    @is_installed.inplace.expression
    @classmethod
    def _is_installed(cls) -> ColumnElement[bool]:
        return cls.recorded_release_id.is_not(None)

    @hybrid_property
    def is_serving(self) -> bool:
        """Installed, and nobody takes it away; in queries a condition."""
        return self.is_installed and self.wanted_state == WantedState.RUNNING

    @is_serving.inplace.expression
    @classmethod
    def _is_serving(cls) -> ColumnElement[bool]:
        return and_(cls.recorded_release_id.is_not(None), cls.wanted_state == WantedState.RUNNING)
