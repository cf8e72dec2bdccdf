"""A release: one version and edition of a product, and the one image that holds it."""

from __future__ import annotations

import re
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from siappakai.models.base import Base, UtcDateTime, Word, utc_now


class ReleaseState(StrEnum):
    NEW = "baru"
    BUILT = "dibangun"
    TESTED = "teruji"
    OFFERED = "ditawarkan"
    WITHDRAWN = "ditarik"


INSTALLABLE = frozenset({ReleaseState.TESTED, ReleaseState.OFFERED})


class Edition(StrEnum):
    GENERAL = "umum"
    PREMIUM = "premium"
    SAMPLE = "contoh"  # the small products of tests/samples, never a real village


class Release(Base):
    """`notes` are the makers' release notes; `balance_toml` adds to the product's balance contract.

    `state_reason` says why it stands where it stands (why not tested, why withdrawn).
    """

    __tablename__ = "releases"
    __table_args__ = (UniqueConstraint("product", "version", "edition"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    product: Mapped[str] = mapped_column(String(32))
    version: Mapped[str] = mapped_column(String(32))
    edition: Mapped[Edition] = mapped_column(Word(Edition))
    state: Mapped[ReleaseState] = mapped_column(Word(ReleaseState), default=ReleaseState.NEW)
    schema_version: Mapped[str] = mapped_column(String(64), default="")
    php_version: Mapped[str] = mapped_column(String(8), default="")
    origin: Mapped[str] = mapped_column(String(255), default="")
    revision: Mapped[str] = mapped_column(String(64), default="")
    image_tag: Mapped[str] = mapped_column(String(128), default="")
    digest: Mapped[str] = mapped_column(String(80), default="")
    content_sha256: Mapped[str] = mapped_column(String(64), default="")
    size_bytes: Mapped[int] = mapped_column(default=0)
    components: Mapped[str] = mapped_column(
        Text().with_variant(Text(16_000_000), "mysql", "mariadb"), default=""
    )
    component_count: Mapped[int] = mapped_column(default=0)
    patches: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    notes: Mapped[str] = mapped_column(Text, default="", server_default="")
    balance_toml: Mapped[str] = mapped_column(Text, default="", server_default="")
    state_reason: Mapped[str] = mapped_column(String(200), default="", server_default="")
    offered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    added_by: Mapped[str] = mapped_column(String(64), default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    built_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    templates = relationship("TemplateDump", back_populates="release")

    @property
    def is_installable(self) -> bool:
        return self.state in INSTALLABLE


# What follows the numbers: steps before the plain release, revisions after it, any other word.
_STAGES = {"dev": -5, "alpha": -4, "beta": -3, "pre": -2, "rc": -1, "rev": 1}
_END, _OTHER = (0, "", 0), 2
_NUMBERS = re.compile(r"[0-9]+(?:\.[0-9]+)*")
_PART = re.compile(r"([a-z]+)[-._+]*([0-9]*)|([0-9]+)")

VersionKey = tuple[tuple[int, ...], tuple[tuple[int, str, int], ...]]


def version_key(version: str) -> VersionKey:
    """Sorts versions as people mean them, any text among them; equal versions have equal keys.

    `2602.1.0-rc1` < `2602.1.0` = `v2602.1.0` < `2602.1.0-rev01` < `2602.1.0-rev2` <
    `2602.1.0-rusak` < `2602.10.0`. Text without a leading number sorts before every version.
    """
    text = version.strip().lower()
    text = text[1:] if re.match("v[0-9]", text) else text
    found = _NUMBERS.match(text)
    numbers = [int(part) for part in found[0].split(".")] if found else []
    while numbers and numbers[-1] == 0:
        numbers.pop()
    parts = _PART.findall(text[found.end() :] if found else text)
    return tuple(numbers), (*(_rank(word, number or alone) for word, number, alone in parts), _END)


def is_preview(version: str) -> bool:
    """Whether the version comes before the release it is named after (`-beta2`, `-rc1`)."""
    return any(stage < 0 for stage, _, _ in version_key(version)[1])


def _rank(word: str, number: str) -> tuple[int, str, int]:
    stage = _STAGES.get(word, _OTHER)
    return stage, word if stage == _OTHER else "", int(number or 0)


class TemplateDump(Base):
    """The database of a fresh installation of one release, kept on one server for cloning."""

    __tablename__ = "template_dumps"
    __table_args__ = (UniqueConstraint("release_id", "server_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    release_id: Mapped[int] = mapped_column(ForeignKey("releases.id"))
    server_id: Mapped[int] = mapped_column(ForeignKey("servers.id"))
    file_name: Mapped[str] = mapped_column(String(160))
    sha256: Mapped[str] = mapped_column(String(64))
    size_bytes: Mapped[int]
    table_count: Mapped[int]
    seconds: Mapped[float]
    made_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)

    release = relationship("Release", back_populates="templates")
