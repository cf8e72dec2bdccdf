"""Provinces, regencies, districts and villages as the Ministry of Home Affairs codes them."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum

_SEPARATORS = re.compile(r"[\s.\-'`’\u200b-\u200f\u2060\ufeff]+")
_EXCEL_NUMBER = re.compile(r"([0-9]{2,10})\.0*")
_CODE = re.compile(r"(?:[0-9]{2}|[0-9]{4}|[0-9]{6}|[0-9]{10})")


class VillageKind(StrEnum):
    """What a village is in law; the first digit of the code's last group tells."""

    KELURAHAN = "kelurahan"
    DESA = "desa"
    DESA_ADAT = "desa_adat"


_KINDS = {"1": VillageKind.KELURAHAN, "2": VillageKind.DESA, "3": VillageKind.DESA_ADAT}


class _Coded:
    """A place that shows its code with dots."""

    __slots__ = ()
    code: str

    @property
    def dotted(self) -> str:
        """The code as people write it: `73.05.01.2001`."""
        return dot_code(self.code)


@dataclass(frozen=True, slots=True)
class Province(_Coded):
    """A province; `code` has 2 digits."""

    code: str
    name: str


@dataclass(frozen=True, slots=True)
class Regency(_Coded):
    """A regency or city; `code` has 4 digits, `name` includes Kabupaten or Kota."""

    code: str
    name: str

    @property
    def province_code(self) -> str:
        """The 2-digit code of its province."""
        return self.code[:2]


@dataclass(frozen=True, slots=True)
class District(_Coded):
    """A district (kecamatan); `code` has 6 digits."""

    code: str
    name: str

    @property
    def regency_code(self) -> str:
        """The 4-digit code of its regency."""
        return self.code[:4]


@dataclass(frozen=True, slots=True)
class Village(_Coded):
    """A desa, kelurahan or desa adat; `code` has 10 digits."""

    code: str
    name: str

    @property
    def district_code(self) -> str:
        """The 6-digit code of its district."""
        return self.code[:6]

    @property
    def regency_code(self) -> str:
        """The 4-digit code of its regency."""
        return self.code[:4]

    @property
    def province_code(self) -> str:
        """The 2-digit code of its province."""
        return self.code[:2]

    @property
    def kind(self) -> VillageKind:
        """Desa, kelurahan or desa adat."""
        return _KINDS[self.code[6]]


def dot_code(code: str) -> str:
    """The digits of a code in groups of 2, 2, 2 and 4, parted by dots."""
    groups = (code[0:2], code[2:4], code[4:6], code[6:])
    return ".".join(group for group in groups if group)


def normalise_code(text: str) -> str | None:
    """The 2, 4, 6 or 10 digits of a code however it was typed, or None when it is not a code.

    Takes dots, dashes, spaces (also invisible ones), full-width digits, a leading apostrophe
    and a spreadsheet's number (`7305012001.0`).
    """
    plain = unicodedata.normalize("NFKC", text).strip()
    number = _EXCEL_NUMBER.fullmatch(plain)
    digits = number[1] if number else _SEPARATORS.sub("", plain)
    return digits if _CODE.fullmatch(digits) else None
