"""What the pages of themes read: packages, their versions, in how many villages each is worn."""

from __future__ import annotations

import re
import tarfile
from collections import defaultdict
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload, selectinload

from siappakai.errors import NotFound
from siappakai.models import (
    InstanceBrand,
    Theme,
    ThemeState,
    ThemeVersion,
    db,
)
from siappakai.models.release import version_key
from siappakai.themes.findings import Finding, Permission, Severity
from siappakai.themes.keep import findings_of, package_path, permissions_of
from siappakai.web.status import Status

SHIPPED = "nusantara"
OF_OPENSID = {"natra": "Natra", "esensi": "Esensi"}
STATES = {
    ThemeState.READY: Status("Siap dipakai", "green", "circle-check"),
    ThemeState.REFUSED: Status("Ditolak", "red", "circle-x"),
    ThemeState.WITHDRAWN: Status("Ditarik", "secondary", "ban"),
}
WAITS = Status("Menunggu izin", "orange", "alert-triangle")
SEVERITIES = {
    Severity.REFUSED: ("Tidak dapat diterima", "red"),
    Severity.EXCEPTION: ("Perlu izin Anda", "orange"),
    Severity.NOTE: ("Catatan", "secondary"),
}
PICTURE = re.compile(
    r"(?:[^/]+/){0,2}(?:screen-?shot|cuplikan|tangkapan|thumbnail|preview|pratinjau)[^/]*"
    r"\.(?:png|jpe?g|webp)",
    re.IGNORECASE,
)
MOST_PICTURE_BYTES = 4_000_000
MAGIC = {b"\x89PNG": "image/png", b"\xff\xd8\xff": "image/jpeg", b"RIFF": "image/webp"}


@dataclass(frozen=True, slots=True)
class ThemeCard:
    """A theme of the list; `newest` is its highest version that is ready, else its last one."""

    theme: Theme
    newest: ThemeVersion
    used: int
    has_picture: bool


@dataclass(frozen=True, slots=True)
class FindingLine:
    """One finding with the permission that covers it, if any does."""

    finding: Finding
    permission: Permission | None

    @property
    def choice(self) -> str:
        return f"{self.finding.code}|{self.finding.path}"


def theme_cards() -> list[ThemeCard]:
    counts = use_counts()
    themes = db.session.scalars(
        select(Theme).options(selectinload(Theme.versions)).order_by(Theme.slug)
    )
    found = [_card(each, counts) for each in themes if each.versions]
    return sorted(found, key=lambda each: (each.theme.slug != SHIPPED, each.theme.slug))


def _card(theme: Theme, counts: dict[str, int]) -> ThemeCard:
    newest = _newest(theme.versions)
    used = sum(counts.get(f"{theme.slug}@{one.version}", 0) for one in theme.versions)
    return ThemeCard(theme, newest, used, bool(picture_name(newest)))


def _newest(versions: list[ThemeVersion]) -> ThemeVersion:
    ready = [each for each in versions if each.state == ThemeState.READY]
    return max(ready or versions, key=lambda each: (version_key(each.version), each.id))


# --- versions


def use_counts() -> dict[str, int]:
    """The kit's value of a theme → applications proven to wear it."""
    name = InstanceBrand.applied_values["theme"].as_string()
    rows = db.session.execute(select(name, func.count()).where(name.is_not(None)).group_by(name))
    return {str(value): count for value, count in rows if value}


def get_theme_version(version_id: int) -> ThemeVersion:
    row = db.session.scalars(
        select(ThemeVersion)
        .filter_by(id=version_id)
        .options(joinedload(ThemeVersion.theme).selectinload(Theme.versions))
    ).first()
    if row is None:
        raise NotFound("Versi tema itu tidak ada.", hint="Buka Tema dan pilih dari sana.")
    return row


def finding_groups(row: ThemeVersion) -> list[tuple[str, str, str, list[FindingLine]]]:
    """Title, colour, severity and lines, the gravest first."""
    allowed = permissions_of(row)
    groups: dict[Severity, list[FindingLine]] = defaultdict(list)
    for each in findings_of(row):
        by = next((one for one in allowed if one.covers(each)), None)
        groups[each.severity].append(FindingLine(each, by))
    return [
        (title, colour, str(severity), groups[severity])
        for severity, (title, colour) in SEVERITIES.items()
        if groups[severity]
    ]


def open_choices(row: ThemeVersion) -> set[tuple[str, str]]:
    """(code, path) of findings that wait for a permission."""
    lines = [line for *_, group in finding_groups(row) for line in group]
    return {
        (line.finding.code, line.finding.path)
        for line in lines
        if line.finding.severity == Severity.EXCEPTION and line.permission is None
    }


def has_refused(row: ThemeVersion) -> bool:
    return any(each.severity == Severity.REFUSED for each in findings_of(row))


def status_of(row: ThemeVersion) -> Status:
    """How the version is; refused only for want of a permission is not yet refused."""
    is_waiting = row.state == ThemeState.REFUSED and not has_refused(row)
    return WAITS if is_waiting else STATES[row.state]


def picture_name(row: ThemeVersion) -> str:
    """The file in its package that shows how the theme looks; empty when there is none."""
    path = package_path(row.sha256) if row.sha256 else None
    return _picture_in(path) if path is not None and path.is_file() else ""


@lru_cache(maxsize=64)
def _picture_in(package: Path) -> str:
    """A package's name is the hash of its content, so the answer never changes."""
    with tarfile.open(package, "r:") as members:
        found = (each.name for each in members if each.isfile() and PICTURE.fullmatch(each.name))
        return next(found, "")


def theme_picture(row: ThemeVersion) -> tuple[bytes, str]:
    """The picture that a theme brings of itself, out of its kept package; NotFound without one."""
    name = picture_name(row)
    if not name:
        raise NotFound("Tema ini tidak membawa gambar.")
    with tarfile.open(package_path(row.sha256), "r:") as package:
        stream: Any = package.extractfile(name)
        content = stream.read(MOST_PICTURE_BYTES + 1) if stream else b""
    kind = next((kind for start, kind in MAGIC.items() if content.startswith(start)), "")
    if not kind or len(content) > MOST_PICTURE_BYTES:
        raise NotFound("Gambar tema ini tidak dapat ditampilkan.")
    return content, kind
