"""Which column of a sheet holds what, told by Indonesian titles in any order, case and row."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from rapidfuzz import fuzz, process

from siappakai.errors import InvalidInput
from siappakai.intake.table import Table, TableRow
from siappakai.regions.words import CHOICES, LocalWords

_HEADER_WITHIN = 60


class Field(StrEnum):
    """What a village list can tell about a village."""

    CODE = "code"
    NAME = "name"
    DISTRICT = "district"
    DOMAIN = "domain"
    EMAIL = "email"
    ADDRESS = "address"
    POSTCODE = "postcode"


LABELS: dict[Field, str] = {
    Field.CODE: "Kode Desa",
    Field.NAME: "Nama Desa",
    Field.DISTRICT: "Kecamatan",
    Field.DOMAIN: "Domain",
    Field.EMAIL: "Email Desa",
    Field.ADDRESS: "Alamat Kantor",
    Field.POSTCODE: "Kode Pos",
}
REPORT_TITLES = ("Baris", "Alasan", "Saran")
_EXPECTED = ("no", "nomor", "nomer", "nomorurut", "nourut", *(t.lower() for t in REPORT_TITLES))

# Titles as _plain_title leaves them: any village word is "desa", any district word "kecamatan".
_TITLES: dict[Field, str] = {
    Field.CODE: "kode|kode desa|kode wilayah|kode wilayah desa|kode desa wilayah|kode kemendagri"
    "|kode desa kemendagri|kode kemendagri desa|kode wilayah kemendagri|kode permendagri"
    "|kode wil|kode administrasi|kode wilayah administrasi|id desa|kd desa|kd|kd wilayah"
    "|kode desa permendagri|village code|code",
    Field.NAME: "nama|nama desa|desa|nm desa|nama wilayah|nama wilayah desa|nama resmi"
    "|nama resmi desa|pemerintah desa|pemdes|village|village name|name",
    Field.DISTRICT: "kecamatan|nama kecamatan|kec|nama kec|nm kec|nm kecamatan|district",
    Field.DOMAIN: "domain|nama domain|alamat domain|web|website|alamat web|alamat website"
    "|situs|situs web|alamat situs|alamat situs web|laman|alamat laman|laman web|url|subdomain"
    "|sub domain|nama subdomain|domain opensid|domain website|domain web|url website|url web"
    "|nama website|nama web|domain sid|website opensid|alamat url",
    Field.EMAIL: "email|e mail|alamat email|alamat e mail|surel|alamat surel|pos el|posel",
    Field.ADDRESS: "alamat|alamat kantor|alamat kantor desa|alamat lengkap|kantor desa"
    "|alamat kantor lengkap|alamat surat",
    Field.POSTCODE: "kode pos|kodepos|kd pos|pos",
}
_FIELD_BY_TITLE = {
    title.replace(" ", ""): field
    for field, titles in _TITLES.items()
    for title in titles.split("|")
}
_IN_BRACKETS = re.compile(r"[(\[].*?[)\]]")
_NOT_WORD = re.compile(r"[^0-9a-z]+")
_JOINED = re.compile(r"^(kode|kd|id|nama|nm)(.+)$")


@dataclass(frozen=True, slots=True)
class Columns:
    """Where each field stands.

    `header` is the row with the titles; `at` gives column positions; `titles` the words the sheet
    itself uses; `ignored` the titles not understood; `repeated` those that come a second time.
    """

    header: TableRow
    at: Mapping[Field, int]
    titles: Mapping[Field, str]
    ignored: tuple[str, ...]
    repeated: tuple[str, ...]

    def title(self, field: Field) -> str:
        """The sheet's own title for the field, else the usual one."""
        return self.titles.get(field, LABELS[field])


def header_score(cells: list[str] | tuple[str, ...], words: LocalWords | None = None) -> int:
    """How many different fields the cells name as titles."""
    return len({field for cell in cells if (field := field_of_title(cell, words))})


def field_of_title(title: str, words: LocalWords | None = None) -> Field | None:
    """The field a column title names, or None."""
    if len(title) > 60 or not title.strip():
        return None
    return _field_of(title, words.village if words else "", words.district if words else "")


def find_columns(table: Table, words: LocalWords | None = None) -> Columns:
    """The columns of a table; raises InvalidInput when the required ones are not there.

    Required is the code, or the name together with the district.
    """
    head = table.rows[:_HEADER_WITHIN]
    header = max(head, key=lambda row: header_score(row.cells, words), default=None)
    if header is None or header_score(header.cells, words) == 0:
        raise _missing(head[0].cells if head else (), "")
    columns = _columns_of(header, words)
    if Field.CODE not in columns.at and not {Field.NAME, Field.DISTRICT} <= set(columns.at):
        raise _missing(header.cells, f" di baris {header.number}")
    return columns


@lru_cache(maxsize=4096)
def _field_of(title: str, village: str, district: str) -> Field | None:
    words = _plain_title(title, village, district)
    for form in (words, words[:-1] if words[-1:] == ("desa",) else words):
        if field := _FIELD_BY_TITLE.get("".join(form)):
            return field
    return None


def _plain_title(title: str, village: str, district: str) -> tuple[str, ...]:
    """The title's words: one word for all kinds of village, no brackets, no repetition."""
    plain = _IN_BRACKETS.sub(" ", unicodedata.normalize("NFKC", title)).casefold()
    words: list[str] = []
    for word in _NOT_WORD.sub(
        " ", plain.replace(village.lower(), " desa ") if village else plain
    ).split():
        joined = _JOINED.match(word)
        parts = joined.groups() if joined and _same(joined[2], district) != joined[2] else (word,)
        words += [same for part in parts if (same := _same(part, district)) not in words]
    return tuple(word for word in words if word not in ("atau", "dan", "or"))


_VILLAGE_WORDS = frozenset(
    {w for word in (*CHOICES["village"], *CHOICES["urban_village"]) for w in word.split()}
    | {"desa", "kel", "kampong", "kelurahan", "gampoeng", "desakelurahan", "desakel"}
)
_DISTRICT_WORDS = frozenset(CHOICES["district"])


def _same(word: str, district: str) -> str:
    if word in _VILLAGE_WORDS:
        return "desa"
    return "kecamatan" if word in _DISTRICT_WORDS or word == district.lower() else word


def _columns_of(header: TableRow, words: LocalWords | None) -> Columns:
    at: dict[Field, int] = {}
    titles: dict[Field, str] = {}
    ignored: list[str] = []
    repeated: list[str] = []
    for position, cell in enumerate(header.cells):
        title, field = " ".join(cell.split()), field_of_title(cell, words)
        if field is None:
            ignored += [title] if title and _plain_word(title) not in _EXPECTED else []
        elif field in at:
            repeated.append(title)
        else:
            at[field], titles[field] = position, title
    return Columns(header, at, titles, tuple(ignored), tuple(repeated))


def _plain_word(title: str) -> str:
    return _NOT_WORD.sub("", title.casefold())


def _missing(found: tuple[str, ...], where: str) -> InvalidInput:
    titles = [" ".join(cell.split())[:40] for cell in found if cell.strip()][:20]
    listed = ", ".join(f"“{title}”" for title in titles) or "tidak ada"
    guesses = [guess for title in titles if (guess := _guess(title))]
    return InvalidInput(
        "Kolom wajib tidak ditemukan: Kode Desa (atau Nama Desa bersama Kecamatan). "
        f"Yang terbaca{where}: {listed}.",
        hint=" ".join(guesses)
        or "Beri judul “Kode Desa” pada kolom yang berisi kode "
        "Kemendagri, atau isi contoh lembar yang dapat diunduh.",
    )


def _guess(title: str) -> str:
    known = {field: label.lower() for field, label in LABELS.items()}
    if field_of_title(title):
        return ""
    best = process.extractOne(title.lower(), known, scorer=fuzz.ratio, score_cutoff=75)
    return f"Mungkin “{title}” maksudnya “{LABELS[best[2]]}”." if best else ""
