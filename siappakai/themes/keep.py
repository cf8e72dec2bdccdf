"""Touch: a checked theme becomes a version of the panel, kept by the hash of its content.

`<home>/tema/<sha256>.tar` is what servers get; what waits for a permission lies in its `tahan`.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from flask import current_app
from sqlalchemy import select

from siappakai.errors import NotFound, Refused
from siappakai.models import (
    Theme,
    ThemeState,
    ThemeVersion,
    append_event,
    db,
    transaction,
    utc_now,
)
from siappakai.models.release import version_key
from siappakai.provision.programs import OnLine
from siappakai.themes.check import Report, check_theme
from siappakai.themes.describe import (
    Described,
    checked_slug,
    checked_version,
    describe,
    version_of_tag,
)
from siappakai.themes.findings import Finding, Permission, Severity, first_reason, standing
from siappakai.themes.package import write_package
from siappakai.themes.source import Fetched, SourceOrder, fetched_theme

HELD = "tahan"


@dataclass(frozen=True, slots=True)
class ThemeOrder:
    """What an admin asks for; what is left empty is read from the theme itself."""

    source: SourceOrder
    by: str
    slug: str = ""
    version: str = ""
    title: str = ""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A theme that was fetched and checked; `sha256` is empty when something is refused."""

    slug: str
    version: str
    title: str
    fetched: Fetched
    report: Report
    licence: str = ""
    sha256: str = ""
    by: str = ""
    permissions: tuple[Permission, ...] = field(default=())


def themes_folder() -> Path:
    """Where the panel keeps its packages."""
    home: Path = current_app.extensions["siappakai_settings"].home
    return home / "tema"


def package_path(sha256: str) -> Path:
    """The tar of a kept package."""
    return themes_folder() / f"{sha256}.tar"


def add_theme(order: ThemeOrder, on_line: OnLine) -> int:
    """The id of the theme's version: ready, or refused with its findings as the reasons.

    The same content again is the same version. Raises InvalidInput for an archive that does harm
    or no name to give, and Refused for another content under a version number already taken.
    """
    with fetched_theme(order.source, themes_folder(), on_line) as fetched:
        on_line("Memeriksa isi tema")
        report = check_theme(fetched.tree)
        candidate = _candidate(order, fetched, report)
        return _keep(candidate)


def _candidate(order: ThemeOrder, fetched: Fetched, report: Report) -> Candidate:
    said = describe(fetched.tree, order.source.folder or order.source.origin)
    sha256 = ""
    if not report.refused:
        sha256 = write_package(fetched.tree, report.kept, themes_folder() / HELD).sha256
    return Candidate(
        checked_slug(order.slug or said.slug),
        _version(order, fetched, said, sha256 or fetched.revision),
        order.title or said.title,
        fetched,
        report,
        said.licence,
        sha256,
        order.by,
    )


def _version(order: ThemeOrder, fetched: Fetched, said: Described, content: str) -> str:
    """The number given, else the tag's, else the theme's own, else one made of its content."""
    named = order.version or version_of_tag(fetched.tag) or said.version
    return checked_version(named) if named else f"1.0.0+{(content or 'x' * 8)[:8]}"


def _keep(candidate: Candidate) -> int:
    with transaction():
        theme = _theme(candidate)
        known = _same_content(theme, candidate.sha256)
        if known is not None:
            _drop_held(candidate.sha256, known)
            return known.id
        row = _row(theme, candidate)
        _settle(row, candidate.by)
        db.session.add(row)
        db.session.flush()
        return row.id


def _theme(candidate: Candidate) -> Theme:
    theme = db.session.scalars(select(Theme).filter_by(slug=candidate.slug)).first()
    if theme is None:
        theme = Theme(slug=candidate.slug, title=candidate.title, created_by=candidate.by)
        db.session.add(theme)
    theme.origin = candidate.fetched.origin[:255]
    theme.title = theme.title or candidate.title
    db.session.flush()
    return theme


def _same_content(theme: Theme, sha256: str) -> ThemeVersion | None:
    if not sha256:
        return None
    found = select(ThemeVersion).filter_by(theme_id=theme.id, sha256=sha256)
    return db.session.scalars(found.order_by(ThemeVersion.id.desc())).first()


def _drop_held(sha256: str, known: ThemeVersion) -> None:
    if known.state != ThemeState.REFUSED:
        (themes_folder() / HELD / f"{sha256}.tar").unlink(missing_ok=True)


def _row(theme: Theme, candidate: Candidate) -> ThemeVersion:
    """The version's row: a new one, or one that was refused before and held nothing."""
    found = db.session.scalars(
        select(ThemeVersion).filter_by(theme_id=theme.id, version=candidate.version)
    ).first()
    if found is not None and found.state != ThemeState.REFUSED:
        if candidate.report.refused:
            raise Refused(
                f"Tema ditolak. {first_reason(candidate.report.refused)}",
                hint=f"Versi {candidate.version} yang sudah ada tidak berubah.",
            )
        raise Refused(
            f"Versi {candidate.version} tema {theme.slug} sudah ada dengan isi yang berbeda.",
            hint="Beri nomor versi baru di isian Nomor versi; versi yang sudah dipakai tidak "
            "diubah.",
        )
    row = found or ThemeVersion(theme_id=theme.id, version=candidate.version)
    report = candidate.report
    row.sha256, row.size_bytes = candidate.sha256, report.size_bytes
    row.file_count, row.added_by = len(report.kept), candidate.by
    row.origin = candidate.fetched.origin[:255]
    row.revision = candidate.fetched.revision[:64]
    row.findings = [each.as_row() for each in report.findings]
    row.exceptions = []
    row.facts = {**report.facts, "licence": candidate.licence, "tag": candidate.fetched.tag}
    return row


def _settle(row: ThemeVersion, by: str) -> None:
    """The one place where a version becomes ready or refused; its package goes where it belongs."""
    barring = standing(findings_of(row), permissions_of(row))
    row.state = ThemeState.REFUSED if barring else ThemeState.READY
    row.state_reason = first_reason(barring)
    if row.state == ThemeState.READY:
        _take_in(row.sha256)
    append_event(
        "theme_checked",
        f"theme:{row.theme_id}",
        by=by,
        version=row.version,
        state=str(row.state),
        sha256=row.sha256,
        reason=row.state_reason,
    )


def _take_in(sha256: str) -> None:
    held = themes_folder() / HELD / f"{sha256}.tar"
    if held.exists():
        os.replace(held, package_path(sha256))
    if not package_path(sha256).is_file():
        raise NotFound(f"Paket tema {sha256[:12]} hilang.", hint="Tambahkan lagi tema itu.")


def findings_of(row: ThemeVersion) -> list[Finding]:
    return [Finding.of_row(each) for each in row.findings]


def permissions_of(row: ThemeVersion) -> list[Permission]:
    return [Permission(**each) for each in row.exceptions]


def allow(version_id: int, wanted: Sequence[tuple[str, str]], *, by: str, why: str) -> ThemeVersion:
    """The version with an admin's permission for these (code, path); ready when nothing bars it.

    An empty path stands for every file of that code. A permission holds for the file's content
    only. Refused when a finding can never be allowed, or no reason is given.
    """
    if len(why.strip()) < 10:
        raise Refused("Alasan izin terlalu pendek.", hint="Tulis mengapa temuan itu aman.")
    with transaction():
        row = db.session.get_one(ThemeVersion, version_id)
        granted = [each for one in wanted for each in _matching(row, one)]
        at = utc_now().isoformat(timespec="seconds")
        more = dict.fromkeys(
            Permission(each.code, each.path, each.file_sha256, by, why.strip(), at)
            for each in granted
        )
        row.exceptions = [*row.exceptions, *(asdict(each) for each in more)]
        append_event(
            "theme_allowed",
            f"theme:{row.theme_id}",
            by=by,
            version=row.version,
            why=why.strip(),
            findings=sorted({f"{each.code} {each.path}" for each in more}),
        )
        if row.state == ThemeState.REFUSED:
            _settle(row, by)
        return row


def _matching(row: ThemeVersion, wanted: tuple[str, str]) -> list[Finding]:
    code, path = wanted
    found = [each for each in findings_of(row) if each.code == code and path in ("", each.path)]
    if not found:
        raise NotFound(f"Temuan {code} {path} tidak ada pada versi ini.".replace("  ", " "))
    if any(each.severity != Severity.EXCEPTION for each in found):
        raise Refused(
            f"Temuan {code} tidak dapat diberi izin.",
            hint="Hanya temuan bertanda “perlu izin” yang dapat diizinkan.",
        )
    return found


def withdraw(version_id: int, *, by: str, reason: str) -> None:
    """Nobody may choose the version any more; it goes on being shown where it is worn."""
    _move(version_id, ThemeState.READY, ThemeState.WITHDRAWN, by, reason.strip())


def restore(version_id: int, *, by: str) -> None:
    """A withdrawn version may be chosen again."""
    _move(version_id, ThemeState.WITHDRAWN, ThemeState.READY, by, "")


def _move(version_id: int, was: ThemeState, becomes: ThemeState, by: str, reason: str) -> None:
    with transaction():
        row = db.session.get_one(ThemeVersion, version_id)
        if row.state != was:
            raise Refused(f"Versi {row.version} berkeadaan “{row.state}”, bukan “{was}”.")
        if becomes == ThemeState.WITHDRAWN and not reason:
            raise Refused("Penarikan tema perlu alasan.", hint="Tulis di isian Alasan.")
        row.state, row.state_reason = becomes, reason
        append_event(
            "theme_moved",
            f"theme:{row.theme_id}",
            by=by,
            version=row.version,
            state=str(becomes),
            reason=reason,
        )


def find_version(reference: str) -> ThemeVersion:
    """The row of `slug@version`; of `slug` alone its highest ready version."""
    slug, _, version = reference.partition("@")
    rows = db.session.scalars(select(ThemeVersion).join(Theme).where(Theme.slug == slug)).all()
    if version:
        found = [each for each in rows if each.version == version]
    else:
        found = [each for each in rows if each.state == ThemeState.READY]
    if not found:
        raise NotFound(
            f"Tema {reference} tidak ada.", hint="Lihat daftarnya: siappakai tema daftar"
        )
    return max(found, key=lambda each: version_key(each.version))


def reference_of(row: ThemeVersion) -> str:
    """`slug@version`, the value a brand's theme key has."""
    return f"{row.theme.slug}@{row.version}"
