"""Fuzzy search by name in the official list, best match first."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache

from rapidfuzz import fuzz, process

from siappakai.regions.lookup import regencies, villages_of_regency
from siappakai.regions.names import full_key, name_key, name_keys, name_score
from siappakai.regions.official_list import load_level
from siappakai.regions.places import Regency, Village, normalise_code

_LEAST_SCORE = 60.0
_REGENCY_WORDS = ("kabupaten administrasi", "kota administrasi", "kabupaten", "kota", "kab.", "kab")


@dataclass(frozen=True, slots=True)
class Match:
    """A village that a search found; `score` is 60 to 100."""

    village: Village
    score: float


@dataclass(frozen=True, slots=True)
class RegencyMatch:
    """A regency that a search found; `score` is 60 to 100."""

    regency: Regency
    score: float


def search_villages(text: str, regency_code: str | None = None, limit: int = 10) -> list[Match]:
    """The villages whose name, or whose code's beginning, comes nearest to the text."""
    pool, keys = _pool(normalise_code(regency_code) if regency_code else None)
    if digits := normalise_code(text):
        return [Match(v, 100.0) for v in pool if v.code.startswith(digits)][:limit]
    wanted = name_key(text)
    if not wanted:
        return []
    found = process.extract(
        wanted, keys, scorer=fuzz.WRatio, processor=None, limit=limit * 5, score_cutoff=_LEAST_SCORE
    )
    ranked = [Match(pool[at], _rank(pool[at].name, text)) for _, _, at in found]
    matches = [match for match in ranked if match.score >= _LEAST_SCORE]
    return sorted(matches, key=lambda match: (-match.score, match.village.code))[:limit]


def nearest_village(text: str, regency_code: str) -> Village | None:
    """The village of the regency whose name is most like the text, however little; quick."""
    pool, keys = _pool(regency_code)
    best = process.extractOne(name_key(text), keys, scorer=fuzz.ratio, processor=None)
    return pool[best[2]] if best else None


def search_regencies(text: str, limit: int = 10) -> list[RegencyMatch]:
    """The regencies and cities whose name, or whose code's beginning, comes nearest to the text."""
    if digits := normalise_code(text):
        return [RegencyMatch(r, 100.0) for r in regencies() if r.code.startswith(digits)][:limit]
    wanted, is_city = _plain_regency(text), text.casefold().lstrip().startswith("kota ")
    if not wanted:
        return []
    scored = [RegencyMatch(r, _regency_score(r, wanted, is_city)) for r in regencies()]
    good = [match for match in scored if match.score >= _LEAST_SCORE]
    return sorted(good, key=lambda match: (-match.score, match.regency.code))[:limit]


def _rank(official: str, typed: str) -> float:
    """100 for an equal name, from 90 when it begins so, 80 when it contains it, else likeness."""
    exact = name_score(official, typed)
    if exact == 100.0:
        return exact
    name, wanted = full_key(official), full_key(typed)
    likeness = max(exact, fuzz.ratio(name, wanted) - (0.0 if exact else 10.0))
    if name.startswith(wanted):
        likeness = max(likeness, 90.0 + likeness / 20)
    elif len(wanted) > 2 and wanted in name:
        likeness = max(likeness, 80.0 + likeness / 20)
    return round(min(99.0, likeness), 1)


@lru_cache(maxsize=16)
def _pool(regency_code: str | None) -> tuple[list[Village], list[str]]:
    villages = villages_of_regency(regency_code) if regency_code else _all_villages()
    return villages, name_keys([village.name for village in villages])


@cache
def _all_villages() -> list[Village]:
    listed = load_level("villages")
    return [Village(code, name) for code, name in zip(listed.codes, listed.names, strict=True)]


def _plain_regency(name: str) -> str:
    plain = " ".join(name.casefold().split())
    for word in _REGENCY_WORDS:
        plain = plain.removeprefix(f"{word} ")
    return full_key(plain)


def _regency_score(regency: Regency, wanted: str, is_city: bool) -> float:
    plain = _plain_regency(regency.name)
    same_kind = regency.name.startswith("Kota ") == is_city
    score = 100.0 if plain == wanted else min(98.0, fuzz.WRatio(plain, wanted))
    return round(score if same_kind else score - 1.0, 1)
