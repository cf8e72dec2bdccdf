"""Whom a layer or a version concerns: all, a regency, a district or a village, by its code."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from siappakai.errors import InvalidInput
from siappakai.regions.places import dot_code, normalise_code

_LENGTHS = {0, 4, 6, 10}


class Reach(IntEnum):
    """How far a scope reaches; what reaches further decides over what reaches less far."""

    VILLAGE = 1
    DISTRICT = 2
    REGENCY = 3
    ALL = 4


_REACH = {0: Reach.ALL, 4: Reach.REGENCY, 6: Reach.DISTRICT, 10: Reach.VILLAGE}
_WORDS = {
    Reach.ALL: "semua wilayah",
    Reach.REGENCY: "kabupaten",
    Reach.DISTRICT: "kecamatan",
    Reach.VILLAGE: "desa",
}


@dataclass(frozen=True, slots=True)
class Scope:
    """`code` has 10 digits for a village, 6 for a district, 4 for a regency, none for all."""

    code: str = ""

    def __post_init__(self) -> None:
        if len(self.code) not in _LENGTHS or (self.code and not self.code.isdecimal()):
            raise InvalidInput(
                f"{self.code!r} bukan kode wilayah.",
                hint="Tulis kode kabupaten (4 angka), kecamatan (6), atau desa (10).",
            )

    @property
    def reach(self) -> Reach:
        return _REACH[len(self.code)]

    @property
    def authority(self) -> Reach:
        """Whose word it is: a layer for all is the regency's too."""
        return min(self.reach, Reach.REGENCY)

    @property
    def regency_code(self) -> str:
        return self.code[:4]

    @property
    def district_code(self) -> str:
        return self.code[:6] if len(self.code) >= 6 else ""

    @property
    def village_code(self) -> str:
        return self.code if len(self.code) == 10 else ""

    @property
    def label(self) -> str:
        """`kecamatan 73.05.05`, as it stands inside a sentence."""
        return f"{_WORDS[self.reach]} {dot_code(self.code)}".strip()

    def holds(self, other: Scope) -> bool:
        """Whether the other lies in this one, or is it."""
        return other.code.startswith(self.code)


def read_scope(text: str) -> Scope:
    """The scope of a code however it was typed; empty is all."""
    return Scope((normalise_code(text) or text) if text.strip() else "")
