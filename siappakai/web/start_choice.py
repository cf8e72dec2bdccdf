"""What an admin chose to install: one release a product, and which database OpenSID uses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from siappakai.errors import InvalidInput
from siappakai.models import Release
from siappakai.products import RECIPES
from siappakai.products.contract import Recipe, Scope
from siappakai.provision.start import StartChoice
from siappakai.web.formatting import product_rank
from siappakai.web.queries_batches import installable_releases

SEPARATE, NEW = "terpisah", "baru"
COMBINABLE = "opensid"
LONGEST_NAME = 80


@dataclass(frozen=True, slots=True)
class ProductOffer:
    """A product for villages, its installable releases newest first, and what was chosen.

    `chosen` is the text of the field: a release's id, or empty for "not installed".
    """

    recipe: Recipe
    releases: list[Release]
    chosen: str

    @property
    def field(self) -> str:
        return f"rilis_{self.recipe.product}"


@dataclass(frozen=True, slots=True)
class ChoiceForm:
    """The form as it was filled in, right or wrong, so that nothing typed is ever lost."""

    offers: list[ProductOffer]
    database: str
    group_name: str

    @property
    def has_combinable(self) -> bool:
        return any(each.recipe.product == COMBINABLE and each.chosen for each in self.offers)

    def choice(self) -> StartChoice:
        """What was chosen, for starting; InvalidInput when a part of it is wrong."""
        chosen = self.choice_to_plan()
        if self.database == NEW and self.has_combinable:
            return replace(chosen, new_group=self._new_name())
        return chosen

    def choice_to_plan(self) -> StartChoice:
        """What was chosen, for a plan: the name of a new database makes no difference to it."""
        numbers = (read_number(each.chosen) for each in self.offers)
        chosen = tuple(each for each in numbers if each is not None)
        if self.database in (SEPARATE, NEW) or not self.has_combinable:
            return StartChoice(chosen)
        return StartChoice(chosen, group_id=read_number(self.database))

    def _new_name(self) -> str:
        if not self.group_name:
            raise InvalidInput(
                "Basis data gabungan baru belum diberi nama.",
                hint="Isi namanya, misalnya “Gabungan Takalar”, lalu tekan Pasang.",
            )
        if len(self.group_name) > LONGEST_NAME:
            raise InvalidInput(
                f"Nama basis data gabungan terlalu panjang: paling banyak {LONGEST_NAME} huruf."
            )
        return self.group_name


def read_form(form: Mapping[str, str]) -> ChoiceForm:
    """The form, or what it begins with: the newest release of every product, separate."""
    return ChoiceForm(
        offers=_offers(form),
        database=form.get("basis", SEPARATE),
        group_name=" ".join(form.get("nama_gabungan", "").split()),
    )


def _offers(form: Mapping[str, str]) -> list[ProductOffer]:
    offers = []
    for recipe in sorted(RECIPES.values(), key=lambda each: product_rank(each.product)):
        releases = installable_releases(recipe.product)
        if recipe.scope == Scope.VILLAGE and releases:
            chosen = form.get(f"rilis_{recipe.product}", str(releases[0].id))
            offers.append(ProductOffer(recipe, releases, chosen))
    return offers


def read_number(text: str) -> int | None:
    """The number of a choice, None for an empty one; InvalidInput for anything else."""
    if not text:
        return None
    if not (text.isascii() and text.isdigit()) or len(text) > 9:
        raise InvalidInput("Pilihan tidak dikenal.", hint="Muat ulang halaman, lalu pilih lagi.")
    return int(text)
