"""What an admin chose to install: one release a product, and which database OpenSID uses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select

from siappakai.errors import InvalidInput
from siappakai.models import DatabaseGroup, DatabaseMode, Release, db
from siappakai.products import RECIPES
from siappakai.products.contract import Recipe, Scope
from siappakai.provision.start import StartChoice
from siappakai.web.queries_batches import installable_releases

SEPARATE, NEW = "terpisah", "baru"


@dataclass(frozen=True, slots=True)
class ProductOffer:
    """A product for villages, its installable releases newest first, and the chosen one."""

    recipe: Recipe
    releases: list[Release]
    chosen_id: int | None

    @property
    def field(self) -> str:
        return f"rilis_{self.recipe.product}"


def village_offers(form: Mapping[str, str]) -> list[ProductOffer]:
    """Every product for villages that has a release; the newest is chosen until told otherwise."""
    offers = []
    for recipe in RECIPES.values():
        releases = installable_releases(recipe.product)
        if recipe.scope == Scope.VILLAGE and releases:
            field = f"rilis_{recipe.product}"
            chosen = _number(form[field]) if field in form else releases[0].id
            offers.append(ProductOffer(recipe, releases, chosen))
    return offers


def read_choice(form: Mapping[str, str], offers: list[ProductOffer]) -> StartChoice:
    chosen = tuple(offer.chosen_id for offer in offers if offer.chosen_id is not None)
    database = form.get("basis", SEPARATE)
    if database == SEPARATE:
        return StartChoice(chosen)
    if database == NEW:
        return StartChoice(chosen, new_group=_group_name(form))
    return StartChoice(chosen, group_id=_number(database))


def _group_name(form: Mapping[str, str]) -> str:
    name = form.get("nama_gabungan", "").strip()
    if not name:
        raise InvalidInput(
            "Basis data gabungan baru belum diberi nama.",
            hint="Isi namanya, misalnya “Gabungan Takalar”, lalu tekan Pasang.",
        )
    return name


def _number(text: str) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdigit()) or len(text) > 9:
        raise InvalidInput("Pilihan tidak dikenal.", hint="Muat ulang halaman, lalu pilih lagi.")
    return int(text)


def combined_groups() -> list[DatabaseGroup]:
    query = select(DatabaseGroup).filter_by(mode=DatabaseMode.COMBINED)
    return list(db.session.scalars(query.order_by(DatabaseGroup.id)))
