"""One recipe a product; adding one touches this table, its file, its image and its templates."""

from __future__ import annotations

from collections.abc import Iterable

from siappakai.errors import NotFound
from siappakai.models.release import Release
from siappakai.products.contract import Recipe
from siappakai.products.mobile_api import MobileApi
from siappakai.products.opendk import OpenDk
from siappakai.products.openkab import OpenKab
from siappakai.products.opensid import OpenSid
from siappakai.products.pbb import Pbb
from siappakai.products.satu_data_api import SatuDataApi

RECIPES: dict[str, Recipe] = {
    recipe.product: recipe
    for recipe in (OpenSid(), Pbb(), MobileApi(), SatuDataApi(), OpenKab(), OpenDk())
}


def find_recipe(product: str) -> Recipe:
    try:
        return RECIPES[product]
    except KeyError as error:
        raise NotFound(
            f"Produk {product!r} tidak dikenal.", hint="Yang ada: " + ", ".join(sorted(RECIPES))
        ) from error


def in_order_of_needs(releases: Iterable[Release]) -> list[Release]:
    """The releases, each after those of the products it needs."""
    left = {release.product: release for release in releases}
    ordered: list[Release] = []
    while left:
        ready = [
            product for product in left if not any(need in left for need in RECIPES[product].needs)
        ]
        ordered += [left.pop(product) for product in ready]
    return ordered
