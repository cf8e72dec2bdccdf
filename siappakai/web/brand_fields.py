"""The kit's form: its groups, what each field shows, and what a person typed into it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import select
from werkzeug.datastructures import FileStorage, MultiDict

from siappakai.branding.assets import keep_asset
from siappakai.branding.colours import ColourAdvice, advise
from siappakai.branding.edits import read_layers
from siappakai.branding.fonts import FONTS
from siappakai.branding.images import MAX_BYTES
from siappakai.branding.layers import Layer, Resolved, kind_of, lock_of, resolve
from siappakai.branding.scope import Scope
from siappakai.branding.values import VALUES, BrandValue, ValueKind, check_value
from siappakai.errors import InvalidInput, SiapPakaiError
from siappakai.models import BrandAsset, LayerKind, Theme, ThemeState, ThemeVersion, db, utc_now
from siappakai.models.release import version_key
from siappakai.web.queries_brand import place_name

GROUPS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    (
        "nama",
        "Nama & kata",
        ("app_name", "site_title", "login_title", "admin_title", "village_word", "regency_word"),
    ),
    (
        "warna",
        "Warna",
        ("primary_colour", "secondary_colour", "accent_colour", "admin_skin"),
    ),
    ("huruf", "Huruf", ("heading_font", "body_font")),
    (
        "gambar",
        "Gambar",
        ("logo", "emblem", "favicon", "login_picture", "site_picture", "letter_logo"),
    ),
    (
        "kontak",
        "Kaki halaman & kontak",
        ("footer_text", "contact_address", "contact_phone", "contact_email"),
    ),
    ("sosial", "Media sosial", ("facebook", "instagram", "youtube", "x", "tiktok", "whatsapp")),
    ("tema", "Tema", ("theme",)),
    ("pita", "Pita", ("ribbon_kind", "ribbon_text")),
)
SHIPPED_THEMES = {"natra": "Natra (bawaan OpenSID)", "esensi": "Esensi (bawaan OpenSID)"}
LONGEST_TYPED = 400


@dataclass(slots=True)
class Typed:
    """What a form holds; `problems` stand beside their fields, `cleared` falls back."""

    values: dict[str, str] = field(default_factory=dict)
    locks: dict[str, bool] = field(default_factory=dict)
    problems: dict[str, SiapPakaiError] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FieldView:
    """One value as the form shows it.

    `now` is what the place wears and `below` what it would without this layer; `locked_by` names
    the layer further out that forbids a change; `nearer` counts places below with their own.
    """

    value: BrandValue
    typed: str
    is_locked: bool
    now: Resolved | None
    below: Resolved | None
    locked_by: str
    chosen: str
    nearer: int
    options: Sequence[tuple[str, str]]
    asset: BrandAsset | None
    advice: ColourAdvice | None
    problem: SiapPakaiError | None

    @property
    def key(self) -> str:
        return self.value.key

    @property
    def now_from(self) -> str:
        return from_words(self.now)

    @property
    def below_from(self) -> str:
        return from_words(self.below)


@dataclass(frozen=True, slots=True)
class KitView:
    """The whole form of one layer; `seen` differs once anyone else has changed the layer."""

    scope: Scope
    layer: Layer
    groups: Sequence[tuple[str, str, Sequence[FieldView]]]
    assets: Mapping[str, BrandAsset]
    seen: str

    @property
    def filled(self) -> int:
        return len(self.layer.values)


def from_words(worn: Resolved | None) -> str:
    """Where a value comes from, as people call the place."""
    if worn is None:
        return ""
    kind, code, _ = worn.layer_key
    is_lasting = kind and kind != LayerKind.TEMPORARY and not worn.is_own
    return place_name(Scope(code)) if is_lasting else worn.layer


def layer_at(layers: Iterable[Layer], scope: Scope) -> Layer:
    """The lasting layer of the place, empty if it has none."""
    wanted = kind_of(scope)
    found = [each for each in layers if each.kind == wanted and each.scope == scope]
    return found[0] if found else Layer(wanted, scope)


def seen_hash(layer: Layer) -> str:
    text = json.dumps([dict(layer.values), dict(layer.locks)], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def kit_view(scope: Scope, typed: Typed | None = None, seen: str = "") -> KitView:
    """The form, with what the person typed where that was not kept."""
    layers = read_layers()
    own, now = layer_at(layers, scope), utc_now()
    worn = resolve(layers, scope, now)
    without = resolve([each for each in layers if each.key != own.key], scope, now, {})
    nearer = _nearer(layers, scope)
    told = typed or Typed(dict(own.values), {key: bool(each) for key, each in own.locks.items()})
    assets = _assets([*told.values.values(), *(each.value for each in worn.values())])
    options = _options(own)

    def view(key: str) -> FieldView:
        locker = lock_of(layers, scope, key)
        text = own.values.get(key, "") if locker else told.values.get(key, "")
        value = VALUES[key]
        return FieldView(
            value=value,
            typed=text,
            is_locked=told.locks.get(key, False),
            now=worn.get(key),
            below=without.get(key),
            locked_by=place_name(locker.scope) if locker else "",
            chosen=own.adopted.get(key, ""),
            nearer=nearer.get(key, 0),
            options=options.get(key, ()),
            asset=assets.get(text) if value.kind == ValueKind.IMAGE else None,
            advice=_advice(value, text),
            problem=told.problems.get(key),
        )

    groups = [(name, title, [view(key) for key in keys]) for name, title, keys in GROUPS]
    return KitView(scope, own, groups, assets, seen or seen_hash(own))


def _nearer(layers: Iterable[Layer], scope: Scope) -> dict[str, int]:
    counted: dict[str, int] = {}
    for each in layers:
        if each.is_temporary or each.scope == scope or not scope.holds(each.scope):
            continue
        for key in each.values.keys() | each.adopted.keys():
            counted[key] = counted.get(key, 0) + 1
    return counted


def _assets(hashes: Iterable[str]) -> dict[str, BrandAsset]:
    wanted = {each for each in hashes if len(each) == 64}
    rows = db.session.scalars(select(BrandAsset).where(BrandAsset.sha256.in_(wanted)))
    return {each.sha256: each for each in rows} if wanted else {}


def _options(own: Layer) -> dict[str, Sequence[tuple[str, str]]]:
    """Key → what can be picked: value and words."""
    made: dict[str, Sequence[tuple[str, str]]] = {
        key: list(value.choices.items())
        for key, value in VALUES.items()
        if value.kind == ValueKind.CHOICE
    }
    fonts = [(each.key, f"{each.label}: {each.note}") for each in FONTS.values()]
    made["heading_font"] = made["body_font"] = fonts
    made["theme"] = theme_options(own.values.get("theme", ""))
    return made


def theme_options(kept: str = "") -> list[tuple[str, str]]:
    """The themes that may be chosen, and the one that is chosen already."""
    rows = db.session.execute(
        select(Theme.slug, Theme.title, ThemeVersion.version)
        .join(ThemeVersion, ThemeVersion.theme_id == Theme.id)
        .where(ThemeVersion.state == ThemeState.READY)
    ).all()
    ordered = sorted(rows, key=lambda each: version_key(each.version), reverse=True)
    ordered.sort(key=lambda each: (each.slug != "nusantara", each.slug))
    found = [
        (f"{each.slug}@{each.version}", f"{each.title or each.slug} {each.version}")
        for each in ordered
    ]
    found += list(SHIPPED_THEMES.items())
    if kept and kept not in dict(found):
        found.append((kept, f"{kept} (dipakai sekarang, tidak ditawarkan lagi)"))
    return found


def _advice(value: BrandValue, text: str) -> ColourAdvice | None:
    if value.kind != ValueKind.COLOUR or not text:
        return None
    try:
        return advise(text)
    except InvalidInput:
        return None


# --- what a person sent


def read_typed(
    form: MultiDict[str, str],
    files: MultiDict[str, FileStorage],
    layer: Layer,
    locked: frozenset[str],
    by: str,
) -> Typed:
    """Every field of the form; pictures are kept at once, so that none must be sent again."""
    typed = Typed()
    cleared, taken = form.get("kosongkan", ""), form.get("pakai", "").partition("=")
    for key, value in VALUES.items():
        if key in locked:
            typed.values[key] = layer.values.get(key, "")
            typed.locks[key] = bool(layer.locks.get(key))
            continue
        text = form.get(key, "")[:LONGEST_TYPED].strip()
        if value.kind == ValueKind.IMAGE:
            text = _picture(key, text, files, typed, by)
        if key == cleared:
            text = ""
        elif key == taken[0] and value.kind == ValueKind.COLOUR:
            text = taken[2][:7]
        typed.values[key] = text
        typed.locks[key] = form.get(f"kunci_{key}") == "ya"
    for key, text in typed.values.items():
        if key not in typed.problems and key not in locked and text != layer.values.get(key, ""):
            _check(key, text, typed)
    return typed


def _picture(key: str, kept: str, files: MultiDict[str, FileStorage], typed: Typed, by: str) -> str:
    """The hash of the picture that was sent now, else of the one that was there."""
    sent = files.get(f"berkas_{key}")
    if sent is None or not sent.filename:
        return kept
    try:
        return keep_asset(sent.read(MAX_BYTES + 1), sent.filename, by).sha256
    except SiapPakaiError as problem:
        db.session.rollback()
        typed.problems[key] = problem
        return kept


def _check(key: str, text: str, typed: Typed) -> None:
    if not text:
        return
    try:
        check_value(key, text)
    except InvalidInput as problem:
        typed.problems[key] = problem


def changed_values(typed: Typed, layer: Layer) -> dict[str, str | None]:
    """Only what differs from the layer, checked; None takes a value out of it."""
    found: dict[str, str | None] = {}
    for key, text in typed.values.items():
        wanted = check_value(key, text) if text and text != layer.values.get(key) else text
        if wanted != layer.values.get(key, ""):
            found[key] = wanted or None
    return found


def changed_locks(typed: Typed, layer: Layer) -> dict[str, bool | None]:
    """Key → locked or not, where that is not as it was; what has no value can't be locked."""
    return {
        key: locked or None
        for key, locked in typed.locks.items()
        if locked != bool(layer.locks.get(key))
    }
