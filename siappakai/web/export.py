"""The list of villages as a file that a spreadsheet opens and the upload page takes back."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from io import BytesIO, StringIO
from typing import Any
from zoneinfo import ZoneInfo

from flask import current_app
from xlsxwriter import Workbook

from siappakai.regions import dot_code
from siappakai.web.formatting import time_text

COLUMNS = (
    *("Kode Desa", "Nama Desa", "Kecamatan", "Domain", "Email Desa", "Alamat Kantor", "Kode Pos"),
    *("Aplikasi", "Versi", "Keadaan", "Dilihat"),
)
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def rows_as_csv(rows: Iterable[Any]) -> str:
    """CSV text; semicolons and a byte order mark, as Indonesian Excel expects."""
    buffer, zone = StringIO(), _zone()
    buffer.write("\ufeff")
    writer = csv.writer(buffer, delimiter=";", lineterminator="\r\n")
    writer.writerow(COLUMNS)
    writer.writerows([harmless(cell) for cell in _cells(row, zone)] for row in rows)
    return buffer.getvalue()


def rows_as_xlsx(rows: Iterable[Any]) -> bytes:
    """The .xlsx file; every cell is text, so that no code loses its zeros."""
    target, zone = BytesIO(), _zone()
    with Workbook(target, {"constant_memory": True, "strings_to_urls": False}) as book:
        sheet = book.add_worksheet("Data Desa")
        bold = book.add_format({"bold": True})
        for at, title in enumerate(COLUMNS):
            sheet.write_string(0, at, title, bold)
        for number, row in enumerate(rows, start=1):
            for at, cell in enumerate(_cells(row, zone)):
                sheet.write_string(number, at, cell)
    return target.getvalue()


def harmless(cell: str) -> str:
    """The cell with an apostrophe before what a spreadsheet would run as a formula."""
    return f"'{cell}" if cell.startswith(FORMULA_STARTS) else cell


def _zone() -> ZoneInfo:
    return ZoneInfo(current_app.extensions["siappakai_settings"].local_time_zone)


def _cells(row: Any, zone: ZoneInfo) -> list[str]:
    code, *texts, observed_state, observed_at = row
    seen = time_text(observed_at, zone) if observed_at else ""
    return [dot_code(code), *(text or "" for text in texts), str(observed_state or ""), seen]
