"""Touch: the theme packages that a look needs are on the instance's server, or are on their way."""

from __future__ import annotations

import re
from collections.abc import Iterable

from sqlalchemy import select

from siappakai.branding.scope import Scope
from siappakai.branding.sent import ready_themes
from siappakai.branding.versions import resolve_version
from siappakai.errors import StepErrored, Unavailable
from siappakai.models import BrandVersion, ThemeVersion, db
from siappakai.products.brand import THEMES_IN_CONTAINER, SlotKind
from siappakai.provision.brand_plan import LINK
from siappakai.provision.brand_wanted import packages
from siappakai.provision.step_context import StepContext
from siappakai.tasks.order import order_theme_distribution

_PACKAGE = re.compile(re.escape(f"{LINK}{THEMES_IN_CONTAINER}/") + "([0-9a-f]{64})")


def check_theme(context: StepContext, version_id: int | None) -> None:
    """The theme of the version is on the instance's server; Unavailable while it comes."""
    job = context.job
    if version_id is None or not any(
        each.kind is SlotKind.THEME for each in job.recipe.brand_slots(job.place)
    ):
        return
    version = db.session.get_one(BrandVersion, version_id)
    found = resolve_version(version, Scope(job.place.region.code)).get("theme")
    db.session.rollback()
    sha256 = packages().get(found.value) if found is not None else None
    if sha256:
        check_packages(context, [f"{LINK}{THEMES_IN_CONTAINER}/{sha256}"])


def check_packages(context: StepContext, laid: Iterable[str]) -> None:
    """Every package that these links lead to is there; what else a village links is its own."""
    root = context.job.server.paths.root / "tema"
    for found in filter(None, map(_PACKAGE.fullmatch, laid)):
        sha256 = found[1]
        if not (root / sha256 / "template.php").is_file():
            _fetch(sha256, by=context.job.requested_by)


def _fetch(sha256: str, *, by: str) -> None:
    """Always raises: the package is on its way, or nobody has it to send."""
    known = db.session.scalar(
        select(ThemeVersion.id).where(
            ThemeVersion.sha256 == sha256, ThemeVersion.sha256.in_(ready_themes())
        )
    )
    db.session.rollback()
    if known is None:
        raise StepErrored(
            f"Paket tema {sha256[:12]} tidak ada di server ini dan tidak ada lagi di panel.",
            hint="Tambahkan lagi tema itu, atau pilih tema lain, lalu terapkan lagi.",
        )
    order_theme_distribution(by=by)
    raise Unavailable(
        f"Paket tema {sha256[:12]} belum ada di server ini; sedang dikirim.",
        hint="Operasi ini mencoba lagi sendiri. Pengirimannya ada di halaman Tema.",
    )
