"""Versions: all layers frozen at one moment, compared, and brought back.

A version is never changed. Bringing something back makes a new version, so that nothing is lost.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from flask import current_app
from sqlalchemy import select

from siappakai.branding.edits import RETURN, check_scope, read_layers, replace_layers
from siappakai.branding.frozen import differences, digest_of, freeze_layers, thaw_layers
from siappakai.branding.layers import ORIGINAL, Layer, Resolved, resolve, with_runs
from siappakai.branding.scope import Reach, Scope
from siappakai.branding.values import VALUES
from siappakai.config import Settings
from siappakai.errors import NotFound
from siappakai.models import (
    BrandVersion,
    Instance,
    LayerKind,
    VersionOrigin,
    Village,
    append_event,
    db,
    transaction,
    utc_now,
)

_Face = dict[str, tuple[str, bool]]
BEFORE_ALL = f"{RETURN}sebelum ada wajah"
WHERE = "Buka Wajah, lalu Riwayat, dan pilih dari sana."


@dataclass(frozen=True, slots=True)
class NewVersion:
    """What a version is called, what made it, and by whom."""

    title: str
    by: str
    origin: VersionOrigin = VersionOrigin.PERSON
    note: str = ""


def freeze_now(title: str, *, by: str, note: str = "") -> BrandVersion:
    """The layers as they are now, as a version; the latest one if nothing has changed since."""
    with transaction():
        row = keep_version(read_layers(), NewVersion(title, by, note=note), utc_now())
        version_id = row.id
    return get_version(version_id)


def keep_version(layers: Iterable[Layer], about: NewVersion, now: datetime) -> BrandVersion:
    """The version of these layers; part of the caller's transaction."""
    frozen = freeze_layers(layers, now)
    digest = digest_of(frozen)
    latest = find_latest()
    if latest is not None and latest.sha256 == digest:
        return latest
    row = BrandVersion(
        number=(latest.number if latest else 0) + 1,
        title=about.title[:120],
        origin=about.origin,
        layers=frozen,
        sha256=digest,
        note=about.note,
        created_by=about.by,
        created_at=now,
    )
    db.session.add(row)
    db.session.flush()
    append_event(
        "brand_version_made",
        f"brand_version:{row.number}",
        by=about.by,
        origin=str(about.origin),
        sha256=digest,
    )
    return row


def find_latest() -> BrandVersion | None:
    return db.session.scalars(
        select(BrandVersion).order_by(BrandVersion.number.desc()).limit(1)
    ).first()


def get_version(version_id: int) -> BrandVersion:
    row = db.session.get(BrandVersion, version_id)
    if row is None:
        raise NotFound("Wajah itu tidak ada.", hint=WHERE)
    return row


def find_number(number: int) -> BrandVersion:
    """The version of that number."""
    row = db.session.scalars(select(BrandVersion).filter_by(number=number)).first()
    if row is None:
        raise NotFound(f"Wajah versi {number} tidak ada.", hint=WHERE)
    return row


def resolve_version(
    version: BrandVersion, scope: Scope, adopted: dict[str, str] | None = None
) -> dict[str, Resolved]:
    """What a place wears in this version; temporary layers as they were when it was frozen."""
    return resolve(thaw_layers(version.layers), scope, None, adopted)


def compare(old: BrandVersion | None, new: BrandVersion) -> list[str]:
    """What changed from one version to the other, in sentences; from nothing when there is none."""
    return differences(
        thaw_layers(old.layers) if old else (), thaw_layers(new.layers), local_zone()
    )


def draft_changes() -> list[str]:
    """What was edited since the latest version."""
    latest = find_latest()
    old = thaw_layers(latest.layers) if latest else ()
    return differences(old, thaw_layers(freeze_layers(read_layers(), utc_now())), local_zone())


def who_changes(
    old: Sequence[Layer], new: Sequence[Layer], instances: Iterable[Instance]
) -> list[int]:
    """The ids of instances that wear something else, or locked otherwise, with the new layers.

    Of each only what its product shows counts.
    """
    worn: dict[str, tuple[_Face, _Face]] = {}
    changed = []
    for instance in instances:
        code = instance.scope_code
        if code not in worn:
            worn[code] = (_worn(old, Scope(code)), _worn(new, Scope(code)))
        before, after = (_shown_by(instance.product, each) for each in worn[code])
        if before != after:
            changed.append(instance.id)
    return changed


def undo_to(version_id: int | None, scope: Scope, *, by: str) -> BrandVersion:
    """A new version in which the scope looks as in the older one; None: as before any brand.

    What was edited and never frozen is frozen first. What villages chose themselves stays theirs.
    Where layers further out have changed since, returns are laid over the places of the scope.
    """
    check_scope(scope)
    older = None if version_id is None else get_version(version_id)
    title = f"{RETURN}wajah {older.number}" if older else BEFORE_ALL
    now = utc_now()
    with transaction():
        before = read_layers()
        if find_latest() is not None or before:
            keep_version(before, NewVersion(f"Sebelum {title.lower()}", by), now)
        wanted = with_runs(thaw_layers(older.layers) if older else (), now)
        inside = [each for each in before if scope.holds(each.scope)]
        returned = [_without_run(each) for each in wanted if scope.holds(each.scope)]
        replace_layers(inside, _keeping_choices(returned, inside))
        if scope.reach != Reach.ALL:
            _lay_returns(wanted, scope, title, now)
        about = NewVersion(_titled(title, scope), by, VersionOrigin.UNDO)
        row = keep_version(read_layers(), about, now)
        version_id = row.id
    return get_version(version_id)


def _lay_returns(wanted: Sequence[Layer], scope: Scope, title: str, now: datetime) -> None:
    """Each place of the scope, the widest first, gets back what wider layers would now change."""
    for target in _targets(scope):
        current = with_runs(read_layers(), now)
        values, locks = _apart(resolve(wanted, target, now, {}), resolve(current, target, now, {}))
        if values:
            ranks = [each.rank for each in current if each.is_return and each.scope == target]
            rank = max(ranks, default=0) + 1
            back = Layer(LayerKind.TEMPORARY, target, title, values, locks, rank=rank)
            replace_layers((), [back])


def _apart(
    old: dict[str, Resolved], new: dict[str, Resolved]
) -> tuple[dict[str, str], dict[str, bool]]:
    """The values that bring the new look back to the old one, and those of them that are free.

    What only a temporary layer gave is not brought back: its time decides.
    """
    values, locks = {}, {}
    for key in sorted(old.keys() | new.keys()):
        one, other = old.get(key), new.get(key)
        if one is not None and _is_passing(one):
            continue
        if _face(one) == _face(other):
            continue
        values[key] = one.value if one else ORIGINAL
        if one is None or not one.is_locked:
            locks[key] = False
    return values, locks


def _is_passing(resolved: Resolved) -> bool:
    kind, _, title = resolved.layer_key
    return kind == LayerKind.TEMPORARY and not title.startswith(RETURN)


def _face(resolved: Resolved | None) -> tuple[str, bool] | None:
    return (resolved.value, resolved.is_locked) if resolved else None


def _targets(scope: Scope) -> list[Scope]:
    """The scope, then the districts and villages in it that we know."""
    codes = db.session.scalars(
        select(Village.code).where(Village.code.startswith(scope.code, autoescape=True))
    ).all()
    inner = {code[:6] for code in codes} | set(codes)
    found = {code for code in inner if len(code) > len(scope.code)}
    return [scope, *(Scope(code) for code in sorted(found, key=lambda each: (len(each), each)))]


def _keeping_choices(returned: Iterable[Layer], inside: Iterable[Layer]) -> list[Layer]:
    """The returned layers with what places chose themselves until now."""
    chosen = {each.key: each for each in inside if each.adopted}
    kept = {each.key: replace(each, adopted={}) for each in returned}
    for key, each in chosen.items():
        blank = Layer(each.kind, each.scope, each.title)
        kept[key] = replace(kept.get(key, blank), adopted=each.adopted)
    return list(kept.values())


def _without_run(layer: Layer) -> Layer:
    return replace(layer, runs=None)


def _worn(layers: Sequence[Layer], scope: Scope) -> _Face:
    """Key → value and whether it is locked."""
    return {key: (each.value, each.is_locked) for key, each in resolve(layers, scope).items()}


def _shown_by(product: str, face: _Face) -> tuple[bool, _Face]:
    """Whether there is a brand at all, and the part of it that the product shows."""
    return bool(face), {key: each for key, each in face.items() if _is_shown(key, product)}


def _is_shown(key: str, product: str) -> bool:
    return key not in VALUES or product in VALUES[key].products


def _titled(title: str, scope: Scope) -> str:
    return title if scope.reach == Reach.ALL else f"{title}: {scope.label}"


def local_zone() -> ZoneInfo:
    settings: Settings = current_app.extensions["siappakai_settings"]
    return ZoneInfo(settings.local_time_zone)


def draft_worn(scope: Scope) -> dict[str, Resolved]:
    """What a place would wear if the layers were frozen as they are now."""
    return resolve(read_layers(), scope, utc_now())


def all_versions(limit: int = 50) -> list[BrandVersion]:
    """The latest versions, newest first."""
    wanted = select(BrandVersion).order_by(BrandVersion.number.desc()).limit(limit)
    return list(db.session.scalars(wanted))
