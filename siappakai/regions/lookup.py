"""Look-ups by code in the official list; every code may have dots or not."""

from __future__ import annotations

from siappakai.regions.official_list import CodedNames, load_level
from siappakai.regions.places import District, Province, Regency, Village, normalise_code


def find_province(code: str) -> Province | None:
    """The province of a 2-digit code, or None."""
    found = _find("provinces", code)
    return Province(*found) if found else None


def find_regency(code: str) -> Regency | None:
    """The regency or city of a 4-digit code, or None."""
    found = _find("regencies", code)
    return Regency(*found) if found else None


def find_district(code: str) -> District | None:
    """The district of a 6-digit code, or None."""
    found = _find("districts", code)
    return District(*found) if found else None


def find_village(code: str) -> Village | None:
    """The village of a 10-digit code, or None."""
    found = _find("villages", code)
    return Village(*found) if found else None


def provinces() -> list[Province]:
    """All provinces by code."""
    return [Province(*pair) for pair in _below("provinces", "")]


def regencies(province_code: str = "") -> list[Regency]:
    """All regencies and cities by code, or those of one province."""
    return [Regency(*pair) for pair in _below("regencies", province_code)]


def districts_of_regency(code: str) -> list[District]:
    """The districts of a regency by code; empty for an unknown one."""
    return [District(*pair) for pair in _below("districts", _exact(code, 4))]


def villages_of_regency(code: str) -> list[Village]:
    """The villages of a regency by code; empty for an unknown one."""
    return [Village(*pair) for pair in _below("villages", _exact(code, 4))]


def villages_of_district(code: str) -> list[Village]:
    """The villages of a district by code; empty for an unknown one."""
    return [Village(*pair) for pair in _below("villages", _exact(code, 6))]


def _find(level: str, code: str) -> tuple[str, str] | None:
    digits = normalise_code(code)
    name = load_level(level).name_of(digits) if digits else None
    return (digits, name) if digits and name else None


def _below(level: str, prefix: str) -> list[tuple[str, str]]:
    listed: CodedNames = load_level(level)
    digits = normalise_code(prefix) if prefix else ""
    if digits is None:
        return []
    part = listed.below(digits) if digits else slice(None)
    return list(zip(listed.codes[part], listed.names[part], strict=True))


def _exact(code: str, length: int) -> str:
    digits = normalise_code(code)
    return digits if digits and len(digits) == length else "-"
