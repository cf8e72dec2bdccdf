"""The chosen regency and its districts, and what runs for them."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from siappakai.errors import InvalidInput, NotFound
from siappakai.models import (
    Instance,
    Operation,
    Region,
    Release,
    db,
    read_setting,
)
from siappakai.products import RECIPES
from siappakai.products.contract import Recipe, Scope
from siappakai.regions import (
    District,
    Regency,
    districts_of_regency,
    find_district,
    find_regency,
    normalise_code,
)
from siappakai.web.formatting import product_rank
from siappakai.web.paging import Page
from siappakai.web.queries_batches import installable_releases
from siappakai.web.queries_villages import newest_operations

SCOPES = {4: Scope.REGENCY, 6: Scope.DISTRICT}


@dataclass(frozen=True, slots=True)
class RegionRow:
    """A regency or district of the official list, and what runs for it."""

    code: str
    name: str
    dotted: str
    domain: str
    instances: list[Instance]


@dataclass(frozen=True, slots=True)
class RegionOffer:
    """A product of this level that is not installed yet, and the releases it can start with."""

    recipe: Recipe
    releases: list[Release]

    @property
    def field(self) -> str:
        return f"rilis_{self.recipe.product}"


def chosen_regency() -> Regency:
    """The regency of this panel; InvalidInput while none is chosen."""
    regency = find_regency(read_setting("regency_code") or "")
    if regency is None:
        raise InvalidInput(
            "Kabupaten/kota belum dipilih.", hint="Buka Wilayah & sebutan, lalu pilih dahulu."
        )
    return regency


def find_place(code: str) -> Regency | District:
    """The chosen regency or one of its districts, by its code; NotFound for all others."""
    regency = chosen_regency()
    digits = normalise_code(code) or code
    if digits == regency.code:
        return regency
    district = find_district(digits)
    if district is None or district.regency_code != regency.code:
        raise NotFound(
            f"Wilayah itu bukan bagian dari {regency.name}.", hint="Pilih dari daftarnya."
        )
    return district


def region_rows(regency: Regency, number: int, size: int) -> tuple[RegionRow, Page]:
    """The regency itself, and one page of its districts in the order of their codes."""
    districts = districts_of_regency(regency.code)
    number = min(number, max(1, -(-len(districts) // size)))
    shown = districts[(number - 1) * size : number * size]
    known = _regions([regency.code, *(each.code for each in shown)])
    rows = [_row(each, known.get(each.code)) for each in shown]
    return _row(regency, known.get(regency.code)), Page(rows, number, size, len(districts))


def _regions(codes: list[str]) -> dict[str, Region]:
    query = (
        select(Region)
        .where(Region.code.in_(codes))
        .options(
            joinedload(Region.instances)
            .joinedload(Instance.recorded_release)
            .defer(Release.components)
        )
    )
    return {region.code: region for region in db.session.scalars(query).unique()}


def _row(place: Regency | District, region: Region | None) -> RegionRow:
    instances = sorted(region.instances, key=lambda e: product_rank(e.product)) if region else []
    domain = region.domain if region else ""
    return RegionRow(place.code, place.name, place.dotted, domain, instances)


def newest_of(rows: list[RegionRow]) -> dict[int, Operation]:
    """The newest operation of every instance of these rows."""
    ids = [instance.id for row in rows for instance in row.instances]
    return newest_operations(ids) if ids else {}


def find_region(code: str) -> Region | None:
    """What we remember of the district or regency; None before anything was ordered for it."""
    return db.session.get(Region, code)


def recipes_of(code: str) -> list[Recipe]:
    """Every product for this level, in the order people think of them."""
    found = [recipe for recipe in RECIPES.values() if recipe.scope == SCOPES[len(code)]]
    return sorted(found, key=lambda recipe: product_rank(recipe.product))


def region_offers(code: str) -> list[RegionOffer]:
    """The products of this level that are neither installed nor on their way."""
    there = set(
        db.session.scalars(
            select(Instance.product).where(Instance.region_code == code, Instance.is_installed)
        )
    )
    offers = [
        RegionOffer(recipe, installable_releases(recipe.product))
        for recipe in recipes_of(code)
        if recipe.product not in there
    ]
    return [offer for offer in offers if offer.releases]


def has_releases(scope: Scope) -> bool:
    """Is there an installable release of any product for this level?"""
    return any(installable_releases(r.product) for r in RECIPES.values() if r.scope == scope)
