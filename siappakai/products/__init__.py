"""One recipe a product; adding one touches this table, its file, its image and its templates."""

from __future__ import annotations

from siappakai.errors import NotFound
from siappakai.products.contract import Recipe
from siappakai.products.opensid import OpenSid

RECIPES: dict[str, Recipe] = {recipe.product: recipe for recipe in (OpenSid(),)}


def find_recipe(product: str) -> Recipe:
    try:
        return RECIPES[product]
    except KeyError as error:
        raise NotFound(
            f"Produk {product!r} tidak dikenal.", hint="Yang ada: " + ", ".join(sorted(RECIPES))
        ) from error
