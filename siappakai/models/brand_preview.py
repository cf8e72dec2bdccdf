"""A preview: pictures of sample villages as they look now and by a brand version."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from siappakai.models.base import Base, UtcDateTime, utc_now


class BrandPreview(Base):
    """Its pictures lie in the panel's home, in `pratinjau/<id>/`; `is_whole`: of whole pages.

    No number is given twice, so that nothing of a dropped one is taken for a new one's.
    """

    __tablename__ = "brand_previews"
    __table_args__ = {"sqlite_autoincrement": True}

    id: Mapped[int] = mapped_column(primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("brand_versions.id"), index=True)
    is_whole: Mapped[bool] = mapped_column(default=False)
    created_by: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)

    version = relationship("BrandVersion")
    items = relationship(
        "BrandPreviewItem",
        back_populates="preview",
        order_by="BrandPreviewItem.id",
        cascade="all, delete-orphan",
    )


class BrandPreviewItem(Base):
    """One instance of a preview, worked on by one operation.

    `pictures` is a row a page and screen: page, screen, before, after, marked (file names), width,
    height, share (0 to 1), is_equal, boxes, status, outside, wrong. `note` says why there are none.
    """

    __tablename__ = "brand_preview_items"
    __table_args__ = (UniqueConstraint("preview_id", "instance_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    preview_id: Mapped[int] = mapped_column(ForeignKey("brand_previews.id"), index=True)
    instance_id: Mapped[int] = mapped_column(ForeignKey("instances.id"), index=True)
    operation_id: Mapped[int | None] = mapped_column(ForeignKey("operations.id"))
    pictures: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    note: Mapped[str] = mapped_column(Text, default="")
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    preview = relationship("BrandPreview", back_populates="items")
    instance = relationship("Instance")
    operation = relationship("Operation", foreign_keys=[operation_id])
