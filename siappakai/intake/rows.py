"""Which rows below the titles are villages, and which are only layout."""

from __future__ import annotations

import re
from collections import defaultdict

from siappakai.errors import InvalidInput
from siappakai.intake.addresses import clean_text
from siappakai.intake.columns import Columns, Field
from siappakai.intake.table import MAX_ROWS, Table, TableRow
from siappakai.regions import normalise_code

_SECTION = re.compile(
    r"(?:kecamatan|kec|distrik|kabupaten|kab|kapanewon|kemantren)\b", re.IGNORECASE
)
_TOTAL = re.compile(r"(?:jumlah|total|sub ?total|grand total)\b", re.IGNORECASE)
_NUMBERED = re.compile(r"\(?[0-9]{1,2}\)?")


def village_rows(table: Table, columns: Columns) -> tuple[list[TableRow], list[str]]:
    """The rows to check, and sentences about the rows that were left out and why.

    Raises InvalidInput when there are none, or too many.
    """
    kept: list[TableRow] = []
    left_out: defaultdict[str, list[int]] = defaultdict(list)
    for row in table.rows:
        if row.number <= columns.header.number:
            continue
        if why := _layout(row, table, columns):
            left_out[why].append(row.number)
        else:
            kept.append(row)
    _check_amount(len(kept))
    notes = [f"{why}: baris {list_numbers(numbers)}." for why, numbers in left_out.items()]
    return kept, notes


def list_numbers(numbers: list[int], most: int = 5) -> str:
    """`3, 4, 5 dan 7 lainnya`."""
    shown = ", ".join(str(number) for number in numbers[:most])
    return shown if len(numbers) <= most else f"{shown} dan {len(numbers) - most} lainnya"


def _layout(row: TableRow, table: Table, columns: Columns) -> str:
    """Why the row is no village; empty when it is one."""
    texts = [text for cell in row.cells if (text := clean_text(cell))]
    if not texts:
        return "Baris kosong dilewati"
    if row.cells == columns.header.cells:
        return "Judul kolom yang berulang dilewati"
    if _is_numbering(row, columns, texts):
        return "Baris nomor kolom dilewati"
    if normalise_code(row.cell(columns.at.get(Field.CODE))):
        return ""
    if _TOTAL.match(texts[0]):
        return "Baris jumlah dilewati"
    is_title = len(texts) == 1 and _SECTION.match(texts[0])
    is_merged_title = len(texts) <= 2 and row.number in table.spanning
    return "Baris judul bagian dilewati" if is_title or is_merged_title else ""


def _is_numbering(row: TableRow, columns: Columns, texts: list[str]) -> bool:
    """Official forms number their columns (1) (2) (3) in the row below the titles."""
    is_next = row.number <= columns.header.number + 2
    return is_next and len(texts) > 1 and all(_NUMBERED.fullmatch(text) for text in texts)


def _check_amount(count: int) -> None:
    if count == 0:
        raise InvalidInput(
            "Berkas hanya berisi judul kolom, belum ada baris desa.",
            hint="Isi satu baris untuk setiap desa di bawah judul kolom.",
        )
    if count > MAX_ROWS:
        raise InvalidInput(
            f"Berkas berisi {count:,} baris; paling banyak {MAX_ROWS:,}.".replace(",", "."),
            hint="Bagi daftar menjadi beberapa berkas.",
        )
