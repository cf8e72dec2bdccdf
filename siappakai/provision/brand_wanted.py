"""Touch: which values an instance is to wear by a version, and the pictures they stand for."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from siappakai.branding.edits import read_layers
from siappakai.branding.fonts import font_files, fonts_of
from siappakai.branding.frozen import thaw_layers
from siappakai.branding.icons import derive
from siappakai.branding.layers import Layer, resolve
from siappakai.branding.scope import Scope
from siappakai.errors import StepErrored
from siappakai.models import (
    BrandAsset,
    BrandVersion,
    LayerKind,
    Theme,
    ThemeState,
    ThemeVersion,
    db,
)
from siappakai.products.brand import (
    ICON_SIZES,
    PUBLIC_SIZES,
    BrandSlot,
    Picture,
    SlotKind,
    SlotState,
)
from siappakai.provision.brand_plan import Wardrobe
from siappakai.provision.brand_tree import BrandTree

States = Mapping[str, SlotState]
MADE_OF = {"favicon": "logo"}  # a picture that nobody chose is made from this one


@dataclass(frozen=True, slots=True)
class WantedBrand:
    """`values` and `locked` by key; `slot_values` are those that slots are given."""

    number: int
    values: Mapping[str, str]
    locked: frozenset[str]
    slot_values: Mapping[str, str]
    is_branded: bool  # a layer gives it a value


def find_version(version_id: int | None) -> BrandVersion | None:
    """The version; None stands for the look before the first brand."""
    if version_id is None:
        return None
    version = db.session.get(BrandVersion, version_id)
    if version is None:
        raise StepErrored(
            f"Versi wajah {version_id} tidak ada.", hint="Pilih versi dari daftar, lalu ulangi."
        )
    return version


def wanted_brand(
    version_id: int | None, scope_code: str, slots: Sequence[BrandSlot], base: States
) -> WantedBrand:
    """What the version gives this place, its own choices kept wherever they are free."""
    version = find_version(version_id)
    layers = list(thaw_layers(version.layers)) if version is not None else []
    number = version.number if version is not None else 0
    living = read_layers()
    db.session.rollback()
    scope = Scope(scope_code)
    given = resolve(layers, scope, adopted={})
    own = _own_choices(slots, base)
    inherited = _adopted_elsewhere(living, scope, given.keys() - own.keys())
    if not any(each.kind == LayerKind.VILLAGE and each.scope == scope for each in layers):
        layers.append(Layer(LayerKind.VILLAGE, scope))
    found = resolve(layers, scope, adopted={**inherited, **own})
    emptied = {each.key for each in base.values() if each.is_own and not each.value}
    values = {
        key: each.value for key, each in found.items() if each.is_locked or key not in emptied
    }
    locked = frozenset(key for key, each in found.items() if each.is_locked)
    made = _made(values, locked, base, given.keys())
    values, locked = {**values, **made}, locked | {key for key in made if MADE_OF[key] in locked}
    own_words = {key for key, each in found.items() if _is_of_village(each.layer_key)}
    skipped = {each.key for each in slots if each.is_identity} - own_words
    slot_values = {key: value for key, value in values.items() if key not in skipped}
    return WantedBrand(number, values, locked - skipped, slot_values, bool(given))


def _is_of_village(layer_key: tuple[str, str, str]) -> bool:
    return layer_key[0] == str(LayerKind.VILLAGE)


def _own_choices(slots: Sequence[BrandSlot], base: States) -> dict[str, str]:
    states = [base[each.address] for each in slots if each.address in base]
    return {each.key: each.value for each in states if each.is_own and each.value}


def _adopted_elsewhere(layers: Sequence[Layer], scope: Scope, keys: set[str]) -> dict[str, str]:
    """What the village chose in another of its applications, for values that a layer gives."""
    found: dict[str, str] = {}
    for layer in layers:
        if layer.kind == LayerKind.VILLAGE and layer.scope == scope:
            found |= {key: value for key, value in layer.adopted.items() if key in keys and value}
    return found


def _made(
    values: Mapping[str, str], locked: frozenset[str], base: States, given: Collection[str]
) -> dict[str, str]:
    """Pictures that no layer gives, made from another; a village's own only yields to a lock."""
    chosen = {each.key for each in base.values() if each.is_own and each.value}
    return {
        key: values[source]
        for key, source in MADE_OF.items()
        if key not in given
        and source in given
        and values.get(source)
        and (key not in chosen or source in locked)
    }


# --- what there is to wear


def packages() -> dict[str, str]:
    """`slug@version` → sha256 of every theme package that was accepted."""
    rows = db.session.execute(
        select(Theme.slug, ThemeVersion.version, ThemeVersion.sha256)
        .join(ThemeVersion, ThemeVersion.theme_id == Theme.id)
        .where(ThemeVersion.state != ThemeState.REFUSED)
    )
    found = {f"{slug}@{version}": sha256 for slug, version, sha256 in rows}
    db.session.rollback()
    return found


def known_wardrobe(tree: BrandTree, slots: Sequence[BrandSlot], worn: States) -> Wardrobe:
    """Enough to read what is worn: the packages, the village's own themes, known pictures."""
    folders = [each.folder for each in slots if each.kind is SlotKind.THEME]
    return Wardrobe(
        packages=packages(),
        own_themes=tree.folders(folders[0]) if folders else frozenset(),
        values_of={each.sha256: each.value for each in worn.values() if each.sha256},
    )


def slot_pictures(
    tree: BrandTree, slots: Sequence[BrandSlot], values: Mapping[str, str]
) -> dict[tuple[str, str], Picture]:
    """(value, size) → the picture that a slot is given, its bytes kept beside the instance."""
    wanted = {
        (values[each.key], each.size)
        for each in slots
        if each.kind in (SlotKind.PICTURE, SlotKind.FILE) and values.get(each.key)
    }
    return {pair: _picture(tree, *pair) for pair in sorted(wanted)}


def public_pictures(
    tree: BrandTree, keys: Sequence[str], values: Mapping[str, str]
) -> tuple[dict[str, Picture], dict[str, Picture]]:
    """Pictures by key and icons by side, as visitors and phones are given them."""
    pictures = {
        key: _picture(tree, values[key], PUBLIC_SIZES[key])
        for key in keys
        if key in PUBLIC_SIZES and values.get(key)
    }
    source = values.get("favicon") or values.get("logo")
    if not source or "icons" not in keys:
        return pictures, {}
    return pictures, {side: _picture(tree, source, size) for side, size in ICON_SIZES.items()}


def keep_fonts(tree: BrandTree, values: Mapping[str, str]) -> None:
    """The bytes of the chosen fonts are kept beside the instance."""
    keys = [each.key for each in fonts_of(values)]
    for font in font_files(keys):
        if tree.read_kept(font.sha256) is None:
            kept = tree.keep(font.path.read_bytes(), font.path.suffix[1:])
            if kept != font.sha256:
                raise StepErrored(
                    f"Berkas huruf {font.path.name} berubah.", hint="Pasang ulang panel."
                )


def _picture(tree: BrandTree, value: str, size: str) -> Picture:
    """The kit's picture in that size, or the village's own as it is."""
    asset = db.session.get(BrandAsset, value)
    db.session.rollback()
    if asset is None:
        own = tree.kept_picture(value)
        if own is None:
            raise StepErrored(
                f"Gambar {value[:12]} tidak ada.",
                hint="Unggah lagi gambarnya, lalu buat versi wajah yang baru.",
            )
        return own
    path = derive(value, size)
    content, ending = path.read_bytes(), path.suffix[1:]
    tree.keep(content, ending)
    return Picture(hashlib.sha256(content).hexdigest(), ending)
