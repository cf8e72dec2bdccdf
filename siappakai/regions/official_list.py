"""The packed official list, read once per process at first use.

Codes are kept sorted beside their names, so a place's children are one slice found by
bisection and no index is built. All 83,762 villages load in some tens of milliseconds.
"""

from __future__ import annotations

import gzip
from bisect import bisect_left
from dataclasses import dataclass
from functools import cache
from pathlib import Path

OFFICIAL_FOLDER = Path(__file__).parent / "official"
LEVELS = ("provinces", "regencies", "districts", "villages")


@dataclass(frozen=True, slots=True)
class CodedNames:
    """One level of the list: sorted codes (digits) and, at the same position, their names."""

    codes: list[str]
    names: list[str]

    def name_of(self, code: str) -> str | None:
        """The name that belongs to the code, or None."""
        at = bisect_left(self.codes, code)
        return self.names[at] if at < len(self.codes) and self.codes[at] == code else None

    def below(self, prefix: str) -> slice:
        """The positions of all codes that begin with the prefix."""
        return slice(bisect_left(self.codes, prefix), bisect_left(self.codes, prefix + ":"))


@cache
def load_level(level: str) -> CodedNames:
    """The codes and names of one of LEVELS."""
    text = gzip.decompress((OFFICIAL_FOLDER / f"{level}.csv.gz").read_bytes()).decode()
    lines = text.splitlines()
    pairs = [line.partition(",") for line in lines]
    return CodedNames([pair[0] for pair in pairs], [pair[2] for pair in pairs])


def attribution() -> str:
    """The sentence the list's licence asks every screen that shows it to carry."""
    return "Data wilayah: idn-area-data, ODbL"
