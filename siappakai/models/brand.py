"""One look for the regency: layers of values, frozen versions, and what each instance wears."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text, UniqueConstraint, event
from sqlalchemy.orm import Mapped, mapped_column, relationship

from siappakai.errors import Refused
from siappakai.models.base import Base, UtcDateTime, Word, utc_now


class LayerKind(StrEnum):
    REGENCY = "kabupaten"
    DISTRICT = "kecamatan"
    VILLAGE = "desa"
    TEMPORARY = "sementara"  # lies over the others from `starts_at` to `ends_at`


class VersionOrigin(StrEnum):
    """What made a version: a person, a temporary layer's time, a village's own choice, an undo."""

    PERSON = "orang"
    SCHEDULE = "jadwal"
    ADOPTED = "pilihan desa"
    UNDO = "kembali"


class BrandLayer(Base):
    """Values of one scope; `scope_code` is a region's or village's code, empty for all.

    `locks` holds True (locked below) or False (free) for a key; a key that is absent says nothing.
    `adopted` (villages only) is what the village chose inside its application: key to value.
    """

    __tablename__ = "brand_layers"
    __table_args__ = (UniqueConstraint("kind", "scope_code", "title"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[LayerKind] = mapped_column(Word(LayerKind))
    scope_code: Mapped[str] = mapped_column(String(10), default="")
    title: Mapped[str] = mapped_column(String(80), default="")
    values: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    locks: Mapped[dict[str, bool]] = mapped_column(JSON, default=dict)
    adopted: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    starts_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    rank: Mapped[int] = mapped_column(default=0)
    updated_by: Mapped[str] = mapped_column(String(64), default="")
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)


class BrandAsset(Base):
    """A picture or font of the kit, checked and cleaned; its bytes lie under their own hash."""

    __tablename__ = "brand_assets"

    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    media_type: Mapped[str] = mapped_column(String(40))
    size_bytes: Mapped[int]
    width: Mapped[int] = mapped_column(default=0)
    height: Mapped[int] = mapped_column(default=0)
    original_name: Mapped[str] = mapped_column(String(160), default="")
    created_by: Mapped[str] = mapped_column(String(64), default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)


class BrandVersion(Base):
    """All layers as they were at one moment, never changed again: what is applied and undone."""

    __tablename__ = "brand_versions"

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(unique=True)
    title: Mapped[str] = mapped_column(String(120), default="")
    origin: Mapped[VersionOrigin] = mapped_column(Word(VersionOrigin), default=VersionOrigin.PERSON)
    layers: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    sha256: Mapped[str] = mapped_column(String(64))
    note: Mapped[str] = mapped_column(Text, default="")
    created_by: Mapped[str] = mapped_column(String(64), default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)


class InstanceBrand(Base):
    """What one instance should wear, last proved to wear, and was last seen wearing.

    `original` is what it wore before its first brand; what no layer sets goes back to that.
    """

    __tablename__ = "instance_brands"

    instance_id: Mapped[int] = mapped_column(ForeignKey("instances.id"), primary_key=True)
    wanted_version_id: Mapped[int | None] = mapped_column(ForeignKey("brand_versions.id"))
    applied_version_id: Mapped[int | None] = mapped_column(ForeignKey("brand_versions.id"))
    applied_values: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    applied_sha256: Mapped[str] = mapped_column(String(64), default="")
    applied_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    original: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    observed_values: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    observed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    note: Mapped[str] = mapped_column(Text, default="")

    instance = relationship("Instance")
    wanted_version = relationship("BrandVersion", foreign_keys=[wanted_version_id])
    applied_version = relationship("BrandVersion", foreign_keys=[applied_version_id])


class BrandRecord(Base):
    """Append-only proof: what an operation gave an instance to wear, and what it wore before."""

    __tablename__ = "brand_records"
    __table_args__ = (Index("ix_brand_records_instance_id", "instance_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    instance_id: Mapped[int] = mapped_column(ForeignKey("instances.id"))
    operation_id: Mapped[int] = mapped_column(ForeignKey("operations.id"), unique=True)
    version_id: Mapped[int | None] = mapped_column(ForeignKey("brand_versions.id"))
    values: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    before: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)

    instance = relationship("Instance")
    version = relationship("BrandVersion")


@event.listens_for(BrandRecord, "before_update")
@event.listens_for(BrandRecord, "before_delete")
def _refuse_change(_mapper: Any, _connection: Any, _record: BrandRecord) -> None:
    raise Refused("Catatan wajah tidak dapat diubah atau dihapus.")
