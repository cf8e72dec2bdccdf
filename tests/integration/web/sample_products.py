"""Small products of every level for tests of pages, independent of the real ones."""

from __future__ import annotations

import pytest

from siappakai.products import RECIPES
from siappakai.products.contract import DatabaseNeeds, Scope
from siappakai.products.opensid import OpenSid


class Tax(OpenSid):
    """For each village, with a database of its own."""

    product = "uji_pajak"
    label = "Pajak Uji"
    web_path = "/pajak"
    database = DatabaseNeeds("ujp")
    needs_token = True
    first_admin = "petugas"


class Dashboard(OpenSid):
    """For the regency; looks into the combined database of the villages."""

    product = "uji_kab"
    label = "Kabupaten Uji"
    scope = Scope.REGENCY
    database = DatabaseNeeds("ujk", reads="opensid")


class DistrictSite(OpenSid):
    """For each district."""

    product = "uji_kec"
    label = "Kecamatan Uji"
    scope = Scope.DISTRICT
    database = DatabaseNeeds("ujc")


def add_samples(monkeypatch: pytest.MonkeyPatch) -> None:
    """For one test the table of products holds OpenSID and these three, and no others."""
    for name in set(RECIPES) - {"opensid"}:
        monkeypatch.delitem(RECIPES, name)
    for recipe in (Tax(), Dashboard(), DistrictSite()):
        monkeypatch.setitem(RECIPES, recipe.product, recipe)
