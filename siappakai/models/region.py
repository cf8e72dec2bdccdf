"""A district or regency that has products of its own, by its official code."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from siappakai.models.base import Base, UtcDateTime, utc_now


class Region(Base):
    """`code` has 6 digits for a district (OpenDK), 4 for a regency (OpenKab, Satu Data API)."""

    __tablename__ = "regions"

    code: Mapped[str] = mapped_column(String(6), primary_key=True)
    name: Mapped[str] = mapped_column(String(120))
    regency_code: Mapped[str] = mapped_column(String(4), index=True)
    regency_name: Mapped[str] = mapped_column(String(120))
    province_code: Mapped[str] = mapped_column(String(2))
    province_name: Mapped[str] = mapped_column(String(120))
    domain: Mapped[str] = mapped_column(String(253), unique=True)
    email: Mapped[str] = mapped_column(String(120), default="")
    office_address: Mapped[str] = mapped_column(String(255), default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)

    instances = relationship("Instance", back_populates="region", order_by="Instance.product")

    @property
    def dotted_code(self) -> str:
        return ".".join(part for part in (self.code[:2], self.code[2:4], self.code[4:]) if part)
