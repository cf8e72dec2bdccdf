"""A secret at rest: encrypted by the vault key, which lives outside the database."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from siappakai.models.base import Base, UtcDateTime, utc_now


class StoredSecret(Base):
    """`owner` is a subject such as `instance:12`; `ciphertext` is a Fernet token."""

    __tablename__ = "stored_secrets"
    __table_args__ = (UniqueConstraint("owner", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    owner: Mapped[str] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(String(48))
    ciphertext: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
