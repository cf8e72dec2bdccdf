"""A theme of OpenSID: a checked package of templates and styles, in versions."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from siappakai.models.base import Base, UtcDateTime, Word, utc_now


class ThemeState(StrEnum):
    READY = "siap"
    REFUSED = "ditolak"  # its findings say why; nothing of it is kept but the reasons
    WITHDRAWN = "ditarik"


class Theme(Base):
    """`slug` names its folder in every village; `origin` is where new versions come from."""

    __tablename__ = "themes"

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(40), unique=True)
    title: Mapped[str] = mapped_column(String(120), default="")
    origin: Mapped[str] = mapped_column(String(255), default="")
    created_by: Mapped[str] = mapped_column(String(64), default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)

    versions = relationship(
        "ThemeVersion", back_populates="theme", order_by="ThemeVersion.id.desc()"
    )


class ThemeVersion(Base):
    """One package by the hash of its content.

    `findings` are what the check saw, `exceptions` what an admin let pass (who, when, why), and
    `facts` what it says of itself (files, kinds of pages, reach for other servers).
    """

    __tablename__ = "theme_versions"
    __table_args__ = (UniqueConstraint("theme_id", "version"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    theme_id: Mapped[int] = mapped_column(ForeignKey("themes.id"), index=True)
    version: Mapped[str] = mapped_column(String(32))
    state: Mapped[ThemeState] = mapped_column(Word(ThemeState))
    state_reason: Mapped[str] = mapped_column(Text, default="")
    sha256: Mapped[str] = mapped_column(String(64), default="")
    size_bytes: Mapped[int] = mapped_column(default=0)
    file_count: Mapped[int] = mapped_column(default=0)
    origin: Mapped[str] = mapped_column(String(255), default="")
    revision: Mapped[str] = mapped_column(String(64), default="")
    findings: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    exceptions: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    facts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    added_by: Mapped[str] = mapped_column(String(64), default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)

    theme = relationship("Theme", back_populates="versions")
