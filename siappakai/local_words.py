"""The words this regency uses for its villages: the usual ones, changed by its own setting."""

from __future__ import annotations

from siappakai.models import read_setting
from siappakai.products import RECIPES
from siappakai.products.contract import Scope
from siappakai.regions.lookup import find_village
from siappakai.regions.words import LocalWords, for_regency


def words_of_regency(regency_code: str) -> LocalWords:
    return for_regency(regency_code).changed_by(read_setting("local_words", {}))


def home_word(product: str, words: LocalWords | None = None) -> str:
    """What one application of the product serves, in the regency's own word: `desa`, …

    Without words the chosen regency's are read.
    """
    known = words or words_of_regency(read_setting("regency_code") or "")
    homes = {Scope.DISTRICT: known.district, Scope.REGENCY: known.regency}
    recipe = RECIPES.get(product)
    return homes.get(recipe.scope, known.village) if recipe else known.village


def word_of_village(code: str) -> str:
    """`gampong`, `kelurahan`, …: what this village is called where it lies."""
    words = words_of_regency(code[:4])
    village = find_village(code)
    return words.word_of(village.kind) if village else words.village
