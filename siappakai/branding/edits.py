"""Layers are edited as rows, each change checked first and told in an event; nothing is applied.

What is edited here is a draft: instances wear it only after `versions.freeze_now` and an operation.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from siappakai.branding.assets import find_asset
from siappakai.branding.frozen import differences
from siappakai.branding.layers import Layer, kind_of, lock_of, overlaps, refuse_locked
from siappakai.branding.scope import Reach, Scope
from siappakai.branding.values import ValueKind, check_value, find_value, label_of
from siappakai.errors import InvalidInput, NotFound, Refused
from siappakai.models import (
    BrandLayer,
    LayerKind,
    Theme,
    ThemeState,
    ThemeVersion,
    Village,
    append_event,
    db,
    transaction,
    utc_now,
)
from siappakai.regions import find_district, find_regency, find_village

LONGEST_TITLE = 80
RETURN = "Kembali ke "  # how the titles of returns begin, and of no other layer
LONGEST_STRETCH = timedelta(days=366)
LEAST_SIDE = {"logo": 128, "emblem": 128, "letter_logo": 128, "favicon": 32}
LEAST_SIDE |= {"login_picture": 480, "site_picture": 480}


@dataclass(frozen=True, slots=True)
class Edit:
    """What an edit changed, and what the person should know of it; both in sentences."""

    changes: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Temporary:
    """A temporary layer to be: what is in `free` a village may overrule by its own choice.

    Without a `rank` it comes after all others of its scope, and so wins over them.
    """

    title: str
    values: Mapping[str, str]
    starts_at: datetime
    ends_at: datetime
    scope: Scope = Scope()
    free: frozenset[str] = field(default_factory=frozenset)
    rank: int | None = None


def read_layers() -> tuple[Layer, ...]:
    """All layers as they are in the rows now."""
    return tuple(layer_of(row) for row in db.session.scalars(select(BrandLayer)))


def layer_of(row: BrandLayer) -> Layer:
    return Layer(
        kind=row.kind,
        scope=Scope(row.scope_code),
        title=row.title,
        values=dict(row.values),
        locks=dict(row.locks),
        adopted=dict(row.adopted),
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        rank=row.rank,
    )


def set_values(scope: Scope, values: Mapping[str, str | None], *, by: str) -> Edit:
    """These values of the scope's layer are set; None or an empty text takes one out of it.

    All or nothing: one bad value, or one locked further out, and nothing is changed.
    """
    check_scope(scope)
    wanted = {key: text.strip() for key, text in values.items() if text and text.strip()}
    checked = {key: _checked(key, text) for key, text in wanted.items()}
    gone = {find_value(key).key for key in values} - checked.keys()
    with transaction():
        row = _row(kind_of(scope), scope)
        before = layer_of(row)
        changed = {key: text for key, text in checked.items() if before.values.get(key) != text}
        refuse_locked(read_layers(), Layer(row.kind, scope, values=changed))
        kept = {key: text for key, text in before.values.items() if key not in gone}
        row.values = kept | checked
        replaced = sorted(row.adopted.keys() & changed.keys())
        row.adopted = {key: text for key, text in row.adopted.items() if key not in replaced}
        edit = _keep(row, before, by)
    notes = tuple(f"{label_of(key)} menggantikan pilihan desa sendiri." for key in replaced)
    return Edit(edit.changes, notes)


def set_lock(scope: Scope, key: str, locked: bool | None, *, by: str) -> Edit:
    """Below this scope the key may not be changed any more (True), or may (False, None)."""
    check_scope(scope)
    label = find_value(key).label
    with transaction():
        layers = read_layers()
        locker = lock_of(layers, scope, key)
        if locker is not None:
            raise Refused(
                f"{label} sudah dikunci oleh {locker.label}.",
                hint=f"Kunci untuk {scope.label} tidak ada gunanya; ubah di {locker.label}.",
            )
        has_value = any(
            key in each.values and each.scope.holds(scope) and not each.is_temporary
            for each in layers
        )
        if locked and not has_value:
            raise InvalidInput(
                f"{label} belum diisi untuk {scope.label}, jadi belum dapat dikunci.",
                hint="Isi nilainya dahulu, lalu kunci.",
            )
        row = _row(kind_of(scope), scope)
        before = layer_of(row)
        row.locks = {name: each for name, each in row.locks.items() if name != key}
        if locked is not None:
            row.locks = row.locks | {key: locked}
        edit = _keep(row, before, by)
    return Edit(edit.changes, _blocked_notes(layers, scope, key) if locked else ())


def set_adopted(scope: Scope, chosen: Mapping[str, str | None], *, by: str) -> Edit:
    """What the place itself chose inside its application is remembered; None forgets a key.

    The values are taken as they were seen: they are already in use there.
    """
    with transaction():
        row = _row(kind_of(scope), scope)
        before = layer_of(row)
        for key in chosen:
            find_value(key)
        kept = {key: text for key, text in row.adopted.items() if key not in chosen}
        row.adopted = kept | {key: text for key, text in chosen.items() if text}
        return _keep(row, before, by)


def add_temporary(wanted: Temporary, *, by: str) -> Edit:
    """A layer that lies over the others from its start to its end; overlaps are told."""
    check_scope(wanted.scope)
    title = _checked_title(wanted.title)
    _check_stretch(wanted)
    values = {key: _checked(key, text) for key, text in wanted.values.items()}
    if not values or not wanted.free <= values.keys():
        raise InvalidInput(
            "Lapisan sementara belum berisi apa-apa.", hint="Isi paling sedikit satu nilai."
        )
    with transaction():
        layers = read_layers()
        if any(each.key == (LayerKind.TEMPORARY, wanted.scope.code, title) for each in layers):
            raise Refused(
                f"Sudah ada lapisan sementara «{title}» untuk {wanted.scope.label}.",
                hint="Pakai nama lain, misalnya dengan tahunnya, atau hapus yang lama.",
            )
        row = BrandLayer(
            kind=LayerKind.TEMPORARY,
            scope_code=wanted.scope.code,
            title=title,
            values=values,
            locks=dict.fromkeys(sorted(wanted.free), False),
            adopted={},
            starts_at=wanted.starts_at.astimezone(UTC),
            ends_at=wanted.ends_at.astimezone(UTC),
            rank=_next_rank(layers, wanted.scope) if wanted.rank is None else wanted.rank,
        )
        refuse_locked(layers, layer_of(row))
        db.session.add(row)
        edit = _keep(row, None, by)
        return Edit(edit.changes, tuple(overlaps(layers, layer_of(row))))


def remove_temporary(scope: Scope, title: str, *, by: str) -> Edit:
    """A temporary layer or a return is gone from the draft; versions still remember it."""
    with transaction():
        row = db.session.scalars(
            select(BrandLayer).filter_by(
                kind=LayerKind.TEMPORARY, scope_code=scope.code, title=title
            )
        ).first()
        if row is None:
            raise NotFound(
                f"Tidak ada lapisan sementara «{title}» untuk {scope.label}.",
                hint="Lihat: siappakai merek lapisan",
            )
        before = layer_of(row)
        db.session.delete(row)
        changes = tuple(differences([before], []))
        _tell(before, changes, by)
        return Edit(changes)


def replace_layers(old: Iterable[Layer], new: Iterable[Layer]) -> None:
    """Rows of the old layers are gone and those of the new ones are there; the caller commits."""
    wanted = {each.key: each for each in new}
    named = {each.key for each in old}
    for row in db.session.scalars(select(BrandLayer)):
        if (key := layer_of(row).key) in named and key not in wanted:
            db.session.delete(row)
    db.session.flush()
    for layer in wanted.values():
        row = _row(layer.kind, layer.scope, layer.title)
        row.values, row.locks = dict(layer.values), dict(layer.locks)
        row.adopted, row.rank = dict(layer.adopted), layer.rank
        row.starts_at, row.ends_at = layer.starts_at, layer.ends_at
    db.session.flush()


def check_scope(scope: Scope) -> None:
    """InvalidInput for a code that is neither in the official list nor one of our villages."""
    code = scope.code
    is_known = (
        scope.reach == Reach.ALL
        or (scope.reach == Reach.REGENCY and find_regency(code) is not None)
        or (scope.reach == Reach.DISTRICT and find_district(code) is not None)
        or find_village(code) is not None
        or db.session.get(Village, code) is not None
    )
    if not is_known:
        raise InvalidInput(
            f"Kode {code} tidak ada dalam daftar resmi.",
            hint="Periksa kodenya; tampil di bawah nama desa di halaman Data desa.",
        )


def _checked(key: str, text: str) -> str:
    """The value in its kept form; a picture or a theme must really be there."""
    value = check_value(key, text)
    kind = find_value(key).kind
    if kind == ValueKind.IMAGE:
        _check_picture(key, value)
    elif kind == ValueKind.THEME and "@" in value:
        _check_theme(value)
    return value


def _check_picture(key: str, sha256: str) -> None:
    asset = find_asset(sha256)
    least = LEAST_SIDE[key]
    if asset.media_type != "image/svg+xml" and max(asset.width, asset.height) < least:
        raise InvalidInput(
            f"{label_of(key)} terlalu kecil: {asset.width} × {asset.height} titik.",
            hint=f"Sisi terpanjangnya paling sedikit {least} titik; SVG boleh berapa pun.",
        )


def _check_theme(name: str) -> None:
    slug, _, version = name.partition("@")
    found = db.session.scalars(
        select(ThemeVersion).join(Theme).where(Theme.slug == slug, ThemeVersion.version == version)
    ).first()
    if found is None or found.state != ThemeState.READY:
        raise InvalidInput(
            f"Tema {name} belum ada atau tidak siap dipakai.", hint="Unggah paketnya dahulu."
        )


def _checked_title(title: str) -> str:
    wanted = " ".join(title.split())
    if not wanted or len(wanted) > LONGEST_TITLE or not wanted.isprintable():
        raise InvalidInput(
            "Nama lapisan sementara belum diisi atau terlalu panjang.",
            hint=f"Paling panjang {LONGEST_TITLE} huruf, misalnya HUT RI 2026.",
        )
    if wanted.startswith(RETURN):
        raise InvalidInput(f"Nama tidak boleh diawali «{RETURN.strip()}».", hint="Pakai nama lain.")
    return wanted


def _check_stretch(wanted: Temporary) -> None:
    if wanted.starts_at.tzinfo is None or wanted.ends_at.tzinfo is None:
        raise ValueError("a temporary layer's times are aware")
    if wanted.ends_at <= wanted.starts_at:
        raise InvalidInput("Berakhirnya mendahului mulainya.", hint="Periksa kedua tanggalnya.")
    if wanted.ends_at <= utc_now():
        raise InvalidInput("Waktunya sudah lewat.", hint="Pilih tanggal berakhir yang akan datang.")
    if wanted.ends_at - wanted.starts_at > LONGEST_STRETCH:
        raise InvalidInput(
            "Lapisan sementara paling lama satu tahun.", hint="Untuk selamanya, isi nilainya biasa."
        )


def _next_rank(layers: Iterable[Layer], scope: Scope) -> int:
    ranks = [each.rank for each in layers if each.is_temporary and each.scope == scope]
    return max(ranks, default=0) + 1


def _blocked_notes(layers: Iterable[Layer], scope: Scope, key: str) -> tuple[str, ...]:
    """Told when a lock silences what nearer layers have of their own; they keep it."""
    silenced = [
        each
        for each in layers
        if scope.holds(each.scope) and each.scope != scope and not each.is_temporary
        if key in each.values or key in each.adopted
    ]
    if not silenced:
        return ()
    return (
        f"{len(silenced)} kecamatan atau desa punya {label_of(key)} sendiri; isiannya tetap "
        "disimpan, tetapi tidak dipakai selama dikunci.",
    )


def _row(kind: LayerKind, scope: Scope, title: str = "") -> BrandLayer:
    """The row of that layer, new if there is none."""
    names = {"kind": kind, "scope_code": scope.code, "title": title}
    row = db.session.scalars(select(BrandLayer).filter_by(**names)).first()
    if row is None:
        row = BrandLayer(**names, values={}, locks={}, adopted={}, rank=0)
        db.session.add(row)
    return row


def _keep(row: BrandLayer, before: Layer | None, by: str) -> Edit:
    """The changed row says who and when; an edit that changed nothing leaves no trace."""
    after = layer_of(row)
    changes = tuple(differences([before] if before else [], [after]))
    if not changes:
        is_empty = not (row.values or row.locks or row.adopted)
        if row in db.session.new:
            db.session.expunge(row)
        elif is_empty:
            db.session.delete(row)
        return Edit()
    row.updated_by, row.updated_at = by, utc_now()
    _tell(after, changes, by)
    return Edit(changes)


def _tell(layer: Layer, changes: tuple[str, ...], by: str) -> None:
    subject = f"brand:{layer.kind}:{layer.scope.code}"
    append_event("brand_layer_changed", subject, by=by, title=layer.title, changes=list(changes))
