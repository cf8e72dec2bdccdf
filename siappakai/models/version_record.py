"""A version record: append-only proof of which release an instance runs, since when, by whom."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, String, UniqueConstraint, event
from sqlalchemy.orm import Mapped, mapped_column, relationship

from siappakai.errors import Refused
from siappakai.models.base import Base, UtcDateTime, utc_now


class VersionRecord(Base):
    """`proof` holds what the probes answered; the row can be neither changed nor deleted."""

    __tablename__ = "version_records"
    __table_args__ = (UniqueConstraint("operation_id", "instance_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    instance_id: Mapped[int] = mapped_column(ForeignKey("instances.id"), index=True)
    operation_id: Mapped[int] = mapped_column(ForeignKey("operations.id"))
    release_id: Mapped[int] = mapped_column(ForeignKey("releases.id"))
    version: Mapped[str] = mapped_column(String(32))
    edition: Mapped[str] = mapped_column(String(16))
    digest: Mapped[str] = mapped_column(String(80))
    schema_version: Mapped[str] = mapped_column(String(64))
    proof: Mapped[dict[str, Any]] = mapped_column(JSON)
    recorded_by: Mapped[str] = mapped_column(String(64))
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)

    instance = relationship("Instance", back_populates="version_records")
    operation = relationship("Operation")
    release = relationship("Release")


@event.listens_for(VersionRecord, "before_update")
@event.listens_for(VersionRecord, "before_delete")
def _refuse_change(_mapper: Any, _connection: Any, _record: VersionRecord) -> None:
    raise Refused("Catatan versi tidak dapat diubah atau dihapus.")
