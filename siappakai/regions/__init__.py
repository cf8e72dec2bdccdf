"""The official list of provinces, regencies, districts and villages, and look-ups in it."""

from siappakai.regions.domains import domain_labels, slug, suggest_domain
from siappakai.regions.export import village_sheet
from siappakai.regions.lookup import (
    districts_of_regency,
    find_district,
    find_province,
    find_regency,
    find_village,
    provinces,
    regencies,
    villages_of_district,
    villages_of_regency,
)
from siappakai.regions.names import name_matches, name_score
from siappakai.regions.official_list import attribution
from siappakai.regions.places import (
    District,
    Province,
    Regency,
    Village,
    VillageKind,
    dot_code,
    normalise_code,
)
from siappakai.regions.search import Match, RegencyMatch, search_regencies, search_villages
from siappakai.regions.words import LocalWords, for_regency

__all__ = [
    "District",
    "LocalWords",
    "Match",
    "Province",
    "Regency",
    "RegencyMatch",
    "Village",
    "VillageKind",
    "attribution",
    "districts_of_regency",
    "domain_labels",
    "dot_code",
    "find_district",
    "find_province",
    "find_regency",
    "find_village",
    "for_regency",
    "name_matches",
    "name_score",
    "normalise_code",
    "provinces",
    "regencies",
    "search_regencies",
    "search_villages",
    "slug",
    "suggest_domain",
    "village_sheet",
    "villages_of_district",
    "villages_of_regency",
]
