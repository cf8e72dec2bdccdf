"""Which releases and database a command line chose to install."""

from __future__ import annotations

from sqlalchemy import select

from siappakai.errors import NotFound
from siappakai.models import DatabaseGroup, DatabaseMode, Release, db
from siappakai.products import RECIPES
from siappakai.products.contract import Scope
from siappakai.provision.catalogue import newest_first
from siappakai.provision.start import StartChoice


def choose_start(releases: tuple[str, ...], combined: str) -> StartChoice:
    """`releases` like `opensid:2410.0.0`; none: the newest of each product for villages.

    `combined` names a combined database, existing or to be made; empty: one for each village.
    """
    ready = [row for row in newest_first(db.session.scalars(select(Release))) if row.is_installable]
    chosen = [_named(ready, text) for text in releases] if releases else _newest(ready)
    if not chosen:
        raise NotFound(
            "Tidak ada rilis yang siap dipasang.", hint="Jalankan: siappakai rilis daftar"
        )
    group = find_group(combined) if combined else None
    return StartChoice(
        tuple(release.id for release in chosen),
        group_id=group.id if group else None,
        new_group="" if group else combined,
    )


def find_group(label: str) -> DatabaseGroup | None:
    """The combined database of that name, if there is one."""
    return db.session.scalar(
        select(DatabaseGroup).filter_by(label=label, mode=DatabaseMode.COMBINED)
    )


def get_group(label: str) -> DatabaseGroup:
    """The combined database of that name; NotFound when there is none."""
    group = find_group(label)
    if group is None:
        raise NotFound(f"Basis data gabungan “{label}” tidak ada.")
    return group


def _named(ready: list[Release], text: str) -> Release:
    product, _, version = text.partition(":")
    wanted = (product, version.removeprefix("v"))
    for release in ready:
        if (release.product, release.version) == wanted:
            return release
    raise NotFound(
        f"Rilis {text} tidak ada atau belum siap dipasang.", hint="Lihat: siappakai rilis daftar"
    )


def _newest(ready: list[Release]) -> list[Release]:
    newest: dict[str, Release] = {}
    for release in ready:
        if RECIPES[release.product].scope == Scope.VILLAGE:
            newest.setdefault(release.product, release)
    return list(newest.values())
