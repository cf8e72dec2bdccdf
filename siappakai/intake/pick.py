"""Villages picked from the official list, as the same table an uploaded file becomes."""

from __future__ import annotations

from collections.abc import Iterable

from siappakai.errors import InvalidInput
from siappakai.intake.columns import LABELS, Field
from siappakai.intake.identify import district_name
from siappakai.intake.table import Table, TableRow
from siappakai.regions import (
    Village,
    VillageKind,
    dot_code,
    find_district,
    find_regency,
    normalise_code,
    villages_of_district,
    villages_of_regency,
)

ALL_KINDS = frozenset(VillageKind)


def pick_regency(regency_code: str, kinds: frozenset[VillageKind] = ALL_KINDS) -> Table:
    """All villages of a regency, or those of the given kinds, as a table ready to be checked."""
    regency = find_regency(regency_code)
    if regency is None:
        raise InvalidInput(f"Kode kabupaten/kota {regency_code} tidak ada dalam daftar resmi.")
    return table_of(_of_kinds(villages_of_regency(regency.code), kinds), regency.name)


def pick_districts(
    district_codes: Iterable[str], kinds: frozenset[VillageKind] = ALL_KINDS
) -> Table:
    """All villages of the districts, in the order of their codes, as a table to be checked."""
    codes = sorted({normalise_code(code) or code for code in district_codes})
    if unknown := [dot_code(code) for code in codes if find_district(code) is None]:
        raise InvalidInput(f"Kode kecamatan tidak ada dalam daftar resmi: {', '.join(unknown)}.")
    villages = [village for code in codes for village in villages_of_district(code)]
    return table_of(_of_kinds(villages, kinds), "Pilihan kecamatan")


def table_of(villages: Iterable[Village], title: str = "Pilihan") -> Table:
    """A table of these villages: code, name, district. Raises InvalidInput when there are none."""
    titles = tuple(LABELS[field] for field in (Field.CODE, Field.NAME, Field.DISTRICT))
    rows = [TableRow(1, titles)]
    for number, village in enumerate(villages, start=2):
        rows.append(TableRow(number, (village.dotted, village.name, district_name(village))))
    if len(rows) == 1:
        raise InvalidInput("Tidak ada desa yang dipilih.", hint="Pilih satu kecamatan atau lebih.")
    return Table(title, tuple(rows))


def _of_kinds(villages: Iterable[Village], kinds: frozenset[VillageKind]) -> list[Village]:
    return [village for village in villages if village.kind in kinds]
