"""What the pages of the look read: places and their layers, what waits, who wears what."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import func, or_, select
from sqlalchemy.orm import joinedload

from siappakai.branding.edits import layer_of, read_layers
from siappakai.branding.frozen import differences, freeze_layers, thaw_layers
from siappakai.branding.layers import Layer
from siappakai.branding.scope import Reach, Scope
from siappakai.branding.versions import local_zone
from siappakai.errors import InvalidInput
from siappakai.models import (
    BrandAsset,
    BrandLayer,
    BrandVersion,
    Instance,
    InstanceBrand,
    LayerKind,
    Rollout,
    Village,
    db,
    read_setting,
    utc_now,
)
from siappakai.provision.order_brand import WEARERS
from siappakai.regions import (
    District,
    districts_of_regency,
    dot_code,
    find_district,
    find_regency,
    find_village,
)
from siappakai.web.formatting import sentence
from siappakai.web.paging import Page
from siappakai.web.words import local_words

PLACE_FIRST = re.compile(r"^(Kabupaten|Kecamatan|Desa) ([0-9]{2}(?:\.[0-9]+){1,3})(?=[: ])")
PICTURE = re.compile(r"«gambar ([0-9a-f]{8})»")


def regency_scope() -> Scope:
    """The regency of this panel; InvalidInput while none was chosen."""
    code = read_setting("regency_code")
    if not code:
        raise InvalidInput(
            "Kabupaten/kota belum dipilih.", hint="Buka Wilayah & sebutan, lalu pilih dahulu."
        )
    return Scope(str(code))


def districts() -> list[District]:
    return list(districts_of_regency(regency_scope().code))


def homes_of_wearers() -> list[tuple[str, str]]:
    """Dotted code and name of every village that has an application, by name."""
    rows = db.session.execute(
        select(Village.code, Village.name)
        .where(Village.code.in_(select(Instance.village_code)))
        .order_by(Village.name, Village.code)
    )
    return [(dot_code(row.code), row.name) for row in rows]


def place_name(scope: Scope) -> str:
    """What people call the place: `Kabupaten Takalar`, `Kecamatan Galesong`, a village's name."""
    code, words = scope.code, local_words()
    if scope.reach == Reach.ALL:
        return "Semua wilayah"
    if scope.reach == Reach.REGENCY:
        found = find_regency(code)
        return found.name if found else f"{sentence(words.regency)} {dot_code(code)}"
    if scope.reach == Reach.DISTRICT:
        district = find_district(code)
        return f"{sentence(words.district)} {district.name if district else dot_code(code)}"
    row = db.session.get(Village, code)
    official = None if row else find_village(code)
    return row.name if row else (official.name if official else dot_code(code))


# --- layers


class LayerIndex:
    """All layers of a version or draft, found by the places that they concern."""

    def __init__(self, layers: Iterable[Layer]) -> None:
        self._by_code: dict[str, list[Layer]] = defaultdict(list)
        for each in layers:
            self._by_code[each.scope.code].append(each)

    def of(self, code: str) -> list[Layer]:
        """The layers that lie over the place of this code, its own included."""
        codes = dict.fromkeys(("", code[:4], code[:6], code))
        return [each for one in codes for each in self._by_code.get(one, ())]

    def face(self, code: str) -> list[dict[str, object]]:
        """Differs whenever an application of the place has to be told; own choices apart."""
        return freeze_layers(_without_choices(self.of(code)), utc_now())


def draft_index() -> LayerIndex:
    return LayerIndex(read_layers())


@dataclass(frozen=True, slots=True)
class PlaceRow:
    """A place in the list of layers: how many values it sets, locks, and chose itself."""

    scope: Scope
    name: str
    district: str
    values: int = 0
    locks: int = 0
    adopted: int = 0


def find_places(text: str, number: int, size: int) -> Page:
    """Districts and villages that were searched; without a text, those that say anything."""
    rows = {
        each.scope_code: each
        for each in db.session.scalars(
            select(BrandLayer).where(BrandLayer.kind.in_((LayerKind.DISTRICT, LayerKind.VILLAGE)))
        )
    }
    places = _searched(text) if text else _known(rows)
    at = min(number, max(1, -(-len(places) // size)))
    shown = [_place_row(*each, rows.get(each[0])) for each in places[(at - 1) * size : at * size]]
    return Page(shown, at, size, len(places))


def _searched(text: str) -> list[tuple[str, str, str]]:
    plain = text.lower().replace("%", "").replace("_", "")
    digits = plain.replace(".", "").strip()
    word = sentence(local_words().district)
    found = [
        (each.code, f"{word} {each.name}", "")
        for each in districts()
        if plain in each.name.lower() or (digits.isdigit() and each.code.startswith(digits))
    ]
    villages = db.session.execute(
        select(Village.code, Village.name, Village.district_name)
        .where(
            or_(
                Village.search_text.like(f"%{plain}%"),
                Village.code.startswith(digits) if digits.isdigit() else Village.code == "",
            )
        )
        .order_by(Village.name, Village.code)
    )
    return [*found, *((row.code, row.name, row.district_name) for row in villages)]


def _known(rows: dict[str, BrandLayer]) -> list[tuple[str, str, str]]:
    """Places whose layer says anything; a village that only chose something itself too."""
    codes = [code for code, row in rows.items() if row.values or row.locks or row.adopted]
    names = {
        row.code: (row.name, row.district_name)
        for row in db.session.execute(select(Village.code, Village.name, Village.district_name))
    }
    word = sentence(local_words().district)
    found = []
    for code in sorted(codes, key=lambda each: (len(each), each)):
        district = find_district(code) if len(code) == 6 else None
        other = names.get(code, (dot_code(code), ""))
        found.append((code, *((f"{word} {district.name}", "") if district else other)))
    return found


def _place_row(code: str, name: str, district: str, row: BrandLayer | None) -> PlaceRow:
    if row is None:
        return PlaceRow(Scope(code), name, district)
    locks = sum(1 for each in row.locks.values() if each)
    return PlaceRow(Scope(code), name, district, len(row.values), locks, len(row.adopted))


# --- what was edited and is not yet worn


def reference_version() -> BrandVersion | None:
    """The newest version that anyone was given: what the draft is compared with."""
    launched = select(Rollout.brand_version_id).where(Rollout.started_at.is_not(None))
    worn = select(InstanceBrand.wanted_version_id)
    query = (
        select(BrandVersion)
        .where(or_(BrandVersion.id.in_(launched), BrandVersion.id.in_(worn)))
        .order_by(BrandVersion.number.desc())
        .limit(1)
    )
    return db.session.scalars(query).first()


def pending_changes() -> list[str]:
    """What was edited since then, a sentence each; what villages chose is in use already."""
    reference = reference_version()
    old = _without_choices(thaw_layers(reference.layers)) if reference else []
    new = thaw_layers(freeze_layers(_without_choices(read_layers()), utc_now()))
    return with_names(differences(old, new, local_zone()))


def with_names(sentences: Sequence[str]) -> list[str]:
    """`Desa 73.05.05.2001: …` as `Desa Tamasaju: …`, and pictures by the names of their files."""
    sentences = _with_pictures(sentences)
    found = [each for one in sentences if (each := PLACE_FIRST.match(one))]
    codes = {each[2].replace(".", "") for each in found}
    villages = select(Village.code, Village.name).where(Village.code.in_(codes))
    names = {row.code: row.name for row in db.session.execute(villages)} if codes else {}

    def named(place: re.Match[str]) -> str:
        code = place[2].replace(".", "")
        name = names.get(code) or _official_name(code)
        is_whole = len(code) == 4 and name  # `Kabupaten Takalar`, `Kota Parepare`
        return name if is_whole else f"{place[1]} {name or place[2]}"

    return [PLACE_FIRST.sub(named, each) for each in sentences]


def _with_pictures(sentences: Sequence[str]) -> list[str]:
    """`gambar 1f2e3d4c` as `logo-takalar.png`, where the picture came under a name."""
    found = {start for one in sentences for start in PICTURE.findall(one)}
    if not found:
        return list(sentences)
    rows = db.session.execute(
        select(BrandAsset.sha256, BrandAsset.original_name).where(
            func.substr(BrandAsset.sha256, 1, 8).in_(found), BrandAsset.original_name != ""
        )
    )
    names = {row.sha256[:8]: row.original_name for row in rows}
    often = Counter(names.values())

    def named(picture: re.Match[str]) -> str:
        name = names.get(picture[1])
        if name is None:
            return picture[0]
        return f"«{name}»" if often[name] == 1 else f"«{name} ({picture[1]})»"

    return [PICTURE.sub(named, one) for one in sentences]


def _official_name(code: str) -> str:
    place = find_regency(code) or find_district(code)
    return place.name if place else ""


def _without_choices(layers: Iterable[Layer]) -> list[Layer]:
    return [replace(each, adopted={}) for each in layers]


def changes_between(old: BrandVersion | None, new: Iterable[Layer]) -> list[str]:
    """From a version (or nothing) to these layers, a sentence each."""
    before = thaw_layers(old.layers) if old else ()
    after = thaw_layers(freeze_layers(new, utc_now()))
    return with_names(differences(before, after, local_zone()))


# --- who wears what


@dataclass(frozen=True, slots=True)
class Wearing:
    """An application and the version it was told to wear; `scope_code` is its place's."""

    instance_id: int
    product: str
    scope_code: str
    wanted_version_id: int | None


def wearers(scope: Scope) -> list[Wearing]:
    """Serving applications of the scope that know a look."""
    rows = db.session.execute(
        select(
            *(Instance.id, Instance.product, Instance.scope_code),
            InstanceBrand.wanted_version_id,
        )
        .outerjoin(InstanceBrand, InstanceBrand.instance_id == Instance.id)
        .where(
            Instance.product.in_(WEARERS),
            Instance.scope_code.startswith(scope.code, autoescape=True),
            Instance.is_serving,
        )
        .order_by(Instance.scope_code, Instance.product)
    )
    return [Wearing(*row) for row in rows]


def who_is_told(new: Sequence[Layer], among: Sequence[Wearing]) -> list[Wearing]:
    """Those for whom any layer over them says something else than in the version they wear."""
    wanted, ids = LayerIndex(new), {each.wanted_version_id for each in among} - {None}
    versions = db.session.scalars(select(BrandVersion).where(BrandVersion.id.in_(ids)))
    worn = {each.id: LayerIndex(thaw_layers(each.layers)) for each in versions}
    seen: dict[tuple[str, int | None], bool] = {}
    told = []
    for each in among:
        key = (each.scope_code, each.wanted_version_id)
        if key not in seen:
            old = worn.get(each.wanted_version_id or 0)
            seen[key] = old is None or old.face(key[0]) != wanted.face(key[0])
        if seen[key]:
            told.append(each)
    return told


def product_counts(among: Sequence[Wearing]) -> list[tuple[str, int]]:
    return sorted(Counter(each.product for each in among).items())


def products_of(instance_ids: Sequence[int]) -> dict[int, str]:
    query = select(Instance.id, Instance.product).where(Instance.id.in_(instance_ids))
    return {row.id: row.product for row in db.session.execute(query)}


def village_count(among: Sequence[Wearing]) -> int:
    return len({each.scope_code for each in among if len(each.scope_code) == 10})


def wearer_counts(version_ids: Sequence[int]) -> dict[int, int]:
    """Version → applications proven to wear it now."""
    rows = db.session.execute(
        select(InstanceBrand.applied_version_id, func.count())
        .where(InstanceBrand.applied_version_id.in_(version_ids))
        .group_by(InstanceBrand.applied_version_id)
    )
    return {int(version): count for version, count in rows if version is not None}


# --- temporary layers


@dataclass(frozen=True, slots=True)
class TemporaryRow:
    """A temporary layer as a page shows it."""

    id: int
    layer: Layer
    place: str
    by: str


def temporary_rows() -> list[TemporaryRow]:
    """All temporary layers and returns, the newest beginning first."""
    rows = db.session.scalars(
        select(BrandLayer)
        .filter_by(kind=LayerKind.TEMPORARY)
        .order_by(BrandLayer.starts_at.desc(), BrandLayer.id.desc())
    ).all()
    codes = {each.scope_code for each in rows if len(each.scope_code) == 10}
    villages = select(Village.code, Village.name).where(Village.code.in_(codes))
    known = {row.code: row.name for row in db.session.execute(villages)} if codes else {}
    return [
        TemporaryRow(
            each.id,
            layer_of(each),
            known.get(each.scope_code) or place_name(Scope(each.scope_code)),
            each.updated_by,
        )
        for each in rows
    ]


# --- one village


def brands_of(code: str) -> list[InstanceBrand]:
    """What the applications of one village wear, with their versions."""
    query = (
        select(InstanceBrand)
        .join(Instance, Instance.id == InstanceBrand.instance_id)
        .where(Instance.scope_code == code)
        .options(
            joinedload(InstanceBrand.instance),
            joinedload(InstanceBrand.applied_version).load_only(
                BrandVersion.number, BrandVersion.title
            ),
            joinedload(InstanceBrand.wanted_version).load_only(
                BrandVersion.number, BrandVersion.title
            ),
        )
        .order_by(Instance.product)
    )
    return list(db.session.scalars(query))
