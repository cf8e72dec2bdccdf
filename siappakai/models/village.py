"""A village of the regency: desa, kelurahan, nagari, gampong … by its official code."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from siappakai.models.base import Base, UtcDateTime, utc_now


class Village(Base):
    __tablename__ = "villages"
    __table_args__ = (
        Index("ix_villages_regency_name", "regency_code", "name"),
        Index("ix_villages_name_code", "name", "code"),
    )

    code: Mapped[str] = mapped_column(String(10), primary_key=True)
    name: Mapped[str] = mapped_column(String(120))
    district_code: Mapped[str] = mapped_column(String(6), index=True)
    district_name: Mapped[str] = mapped_column(String(120))
    regency_code: Mapped[str] = mapped_column(String(4))
    regency_name: Mapped[str] = mapped_column(String(120))
    province_code: Mapped[str] = mapped_column(String(2))
    province_name: Mapped[str] = mapped_column(String(120))
    domain: Mapped[str] = mapped_column(String(253), unique=True)
    email: Mapped[str] = mapped_column(String(120), default="")
    office_address: Mapped[str] = mapped_column(String(255), default="")
    postal_code: Mapped[str] = mapped_column(String(5), default="")
    search_text: Mapped[str] = mapped_column(String(640), default="")
    batch_id: Mapped[int | None] = mapped_column(ForeignKey("batches.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)

    instances = relationship("Instance", back_populates="village", order_by="Instance.product")

    @property
    def dotted_code(self) -> str:
        return f"{self.code[:2]}.{self.code[2:4]}.{self.code[4:6]}.{self.code[6:]}"

    def refresh_search_text(self) -> None:
        words = (self.name, self.code, self.dotted_code, self.domain, self.district_name)
        self.search_text = " ".join(words).lower()
