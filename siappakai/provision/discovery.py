"""Touch: releases become known before they are built: from tags, from a list, by hand."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from flask import current_app
from sqlalchemy import select

from siappakai.config import Settings
from siappakai.errors import InvalidInput
from siappakai.models import (
    Edition,
    Instance,
    Release,
    ReleaseState,
    append_event,
    db,
    transaction,
)
from siappakai.models.release import VersionKey, version_key
from siappakai.products import find_recipe
from siappakai.provision.programs import OnLine
from siappakai.provision.release_notes import notes_file, notes_of
from siappakai.provision.release_settings import source_of
from siappakai.provision.release_tags import NamedRelease, read_tag, sort_tags
from siappakai.provision.sources import check_version, open_git

LONGEST_TAG = 64
Notes = dict[str, str]


@dataclass(frozen=True, slots=True)
class Discovered:
    """One release that an origin offers; `is_new` when the catalogue didn't have it."""

    release_id: int
    version: str
    tag: str
    edition: Edition
    is_new: bool


@dataclass(frozen=True, slots=True)
class Discovery:
    """`strange` are tags that name no release; `older` were left out for their age."""

    origin: str
    found: tuple[Discovered, ...]
    strange: tuple[str, ...] = ()
    older: tuple[str, ...] = ()

    @property
    def new(self) -> list[Discovered]:
        return [each for each in self.found if each.is_new]


@dataclass(frozen=True, slots=True)
class _CameFrom:
    """Where a name was seen; `commit` is empty where nobody looked."""

    origin: str
    tag: str
    commit: str = ""

    def is_of(self, release: Release) -> bool:
        """Whether the release was told from this tag, or built from this commit."""
        if release.state == ReleaseState.NEW:
            return (release.origin, release.revision) == (self.origin[:255], self.tag[:64])
        return bool(self.commit) and release.revision == self.commit[:64]


def discover(
    product: str, origin: str = "", *, by: str, on_line: OnLine = lambda _: None
) -> Discovery:
    """The releases among a git origin's tags stand in the catalogue, new ones as `baru`.

    No origin: the product's own. Raises InvalidInput, Refused, Unavailable; nothing then changed.
    """
    recipe, source = find_recipe(product), source_of(product, origin)
    used, known = _oldest_used(product), _known_keys(product)
    settings: Settings = current_app.extensions["siappakai_settings"]
    db.session.rollback()
    on_line(f"Mencari rilis {recipe.label} di {source.origin} …")
    with open_git(
        source.origin, token_file=source.token_file, beside=settings.sources_dir, on_line=on_line
    ) as (git, place):
        tags = {
            name.removeprefix("refs/tags/"): commit
            for name, commit in git.refs().items()
            if name.startswith("refs/tags/")
        }
        told = sort_tags(tags, used)
        notes: Notes = {}
        for each in told.found if place.is_local else ():
            if (version_key(each.version), each.edition == Edition.PREMIUM) in known:
                continue
            commit = tags[each.tag]
            if name := notes_file(git.top_files(commit)):
                notes[each.tag] = notes_of(git.read_text(commit, name), each.version)
    seen = [(each, _CameFrom(place.address, each.tag, tags[each.tag])) for each in told.found]
    rows = _keep(product, seen, notes, by)
    found = Discovery(place.address, rows, told.strange, told.older)
    _tell(found, on_line)
    return found


def add_named(
    product: str, origin: str, named: Iterable[NamedRelease], *, by: str
) -> tuple[Discovered, ...]:
    """Releases that a person named stand in the catalogue; none is looked for anywhere."""
    source, wanted = source_of(product, origin), tuple(named)
    for each in wanted:
        check_version(each.tag)
        if len(each.tag) > LONGEST_TAG:
            raise InvalidInput(f"Nama tag paling panjang {LONGEST_TAG} huruf.")
        if read_tag(each.version) is None:
            raise InvalidInput(f"“{each.version[:40]}” bukan nomor rilis.", hint="Contoh: 2410.0.0")
    seen = [(each, _CameFrom(source.origin, each.tag)) for each in wanted]
    return _keep(product, seen, {}, by)


def _keep(
    product: str, seen: Sequence[tuple[NamedRelease, _CameFrom]], notes: Notes, by: str
) -> tuple[Discovered, ...]:
    with transaction():
        return tuple(
            _keep_one(product, named, came_from, notes.get(named.tag, ""), by)
            for named, came_from in seen
        )


def _keep_one(
    product: str, named: NamedRelease, came_from: _CameFrom, notes: str, by: str
) -> Discovered:
    release = _find(product, named, came_from)
    is_new = release is None
    if release is None:
        version = named.version.removeprefix("v")
        release = Release(product=product, version=version, state=ReleaseState.NEW, added_by=by)
        release.edition = named.edition or Edition.GENERAL
        db.session.add(release)
    if release.state == ReleaseState.NEW:  # what was built keeps what it was built from
        release.origin, release.revision = came_from.origin[:255], named.tag[:64]
        release.notes = notes or release.notes or ""
    db.session.flush()
    if is_new:
        append_event(
            "release_discovered",
            f"release:{release.id}",
            by=by,
            version=f"{product} {release.version}",
            tag=named.tag,
            origin=came_from.origin,
        )
    return Discovered(release.id, release.version, named.tag, release.edition, is_new)


def _find(product: str, named: NamedRelease, came_from: _CameFrom) -> Release | None:
    """The release of that version and edition.

    A name that tells none means an ordinary one; a premium one only where that row came from
    this very tag or commit (a makers' own premium repository names no edition).
    """
    key = version_key(named.version)
    rows = [
        row
        for row in db.session.scalars(select(Release).filter_by(product=product))
        if version_key(row.version) == key
    ]
    rows.sort(key=lambda row: row.id)
    if named.edition is not None:
        return next((row for row in rows if row.edition == named.edition), None)
    ordinary = [row for row in rows if row.edition != Edition.PREMIUM]
    return next(iter([*ordinary, *filter(came_from.is_of, rows)]), None)


def _oldest_used(product: str) -> str:
    used = db.session.scalars(
        select(Release.version)
        .join(Instance, Instance.recorded_release_id == Release.id)
        .where(Release.product == product)
        .distinct()
    )
    return min(used, key=version_key, default="")


def _known_keys(product: str) -> set[tuple[VersionKey, bool]]:
    """The versions whose notes are known, each with whether it is the premium one."""
    rows = db.session.execute(
        select(Release.version, Release.edition).where(
            Release.product == product, Release.notes != ""
        )
    )
    return {(version_key(row.version), row.edition == Edition.PREMIUM) for row in rows}


def _tell(found: Discovery, on_line: OnLine) -> None:
    new = ", ".join(each.version for each in found.new)
    on_line(f"{len(found.found)} rilis terlihat, {len(found.new)} baru{f': {new}' if new else ''}.")
    if found.strange:
        on_line(f"Bukan rilis, dilewati: {', '.join(found.strange[:20])}.")
    if found.older:
        on_line(f"{len(found.older)} rilis yang lebih lama dilewati.")
