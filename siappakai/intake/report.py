"""The wrong rows as a spreadsheet: mend it, upload it again."""

from __future__ import annotations

from io import BytesIO

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from siappakai.intake.columns import REPORT_TITLES
from siappakai.intake.result import CheckedRow, CheckResult
from siappakai.intake.table import Table, TableRow

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
_MOST_CHARACTERS = 32_000


def wrong_rows_sheet(result: CheckResult, table: Table) -> bytes:
    """The .xlsx of the wrong rows: the list's own columns, then row number, reason and advice.

    Every cell is text, also one that begins like a formula. The three added columns are ignored
    when the mended file is uploaded.
    """
    target = BytesIO()
    rows = {row.number: row for row in table.rows}
    with Workbook(target, {"in_memory": True}) as book:
        sheet = book.add_worksheet("Perlu diperbaiki")
        formats = _Formats(book)
        width = _width(result, rows)
        _write_header(sheet, formats, result, width)
        for at, wrong in enumerate(result.wrong_rows, start=1):
            _write_row(sheet, formats, at, _cells(rows[wrong.row_number], wrong, width))
            _mark_cells(sheet, formats, at, rows[wrong.row_number], _bad(result, wrong))
    return target.getvalue()


class _Formats:
    """The looks of the report's cells."""

    def __init__(self, book: Workbook) -> None:
        text = {"num_format": "@", "text_wrap": True, "valign": "top"}
        self.header = book.add_format(
            {"bold": True, "bg_color": "#1F4E78", "font_color": "#FFFFFF", "border": 1}
        )
        self.text = book.add_format(text)
        self.quoted = book.add_format({**text, "quote_prefix": True})
        self.bad = book.add_format({**text, "bg_color": "#FFC7CE"})
        self.bad_quoted = book.add_format({**text, "bg_color": "#FFC7CE", "quote_prefix": True})

    def for_text(self, value: str, is_bad: bool = False) -> Format:
        """The format of a cell; one that begins like a formula is marked as text for good."""
        if value.startswith(_FORMULA_STARTS):
            return self.bad_quoted if is_bad else self.quoted
        return self.bad if is_bad else self.text


def _width(result: CheckResult, rows: dict[int, TableRow]) -> int:
    wrong = [rows[row.row_number] for row in result.wrong_rows]
    return max(len(row.cells) for row in (*wrong, result.columns.header))


def _cells(row: TableRow, wrong: CheckedRow, width: int) -> list[str]:
    reasons = [f"{p.column}: {p.message}" for p in wrong.problems]
    fixes = list(dict.fromkeys(p.fix for p in wrong.problems if p.fix))
    own = [row.cell(at) for at in range(width)]
    return [*own, str(row.number), "\n".join(reasons), "\n".join(fixes)]


def _bad(result: CheckResult, wrong: CheckedRow) -> set[int]:
    columns = {problem.column for problem in wrong.problems}
    return {at for field, at in result.columns.at.items() if result.columns.title(field) in columns}


def _write_header(sheet: Worksheet, formats: _Formats, result: CheckResult, width: int) -> None:
    own = [_without_report_title(result.columns.header.cell(at)) for at in range(width)]
    for at, title in enumerate([*own, *REPORT_TITLES]):
        sheet.write_string(0, at, title[:_MOST_CHARACTERS], formats.header)
    sheet.set_column(0, max(0, width - 1), 22, formats.text)
    sheet.set_column(width, width, 8, formats.text)
    sheet.set_column(width + 1, width + 2, 60, formats.text)
    sheet.freeze_panes(1, 0)


def _without_report_title(title: str) -> str:
    """A report uploaded and reported again keeps its old reasons under a plain title."""
    return f"{title} (lama)" if title.strip() in REPORT_TITLES else title


def _write_row(sheet: Worksheet, formats: _Formats, at: int, cells: list[str]) -> None:
    for column, value in enumerate(cells):
        if value:
            sheet.write_string(at, column, value[:_MOST_CHARACTERS], formats.for_text(value))


def _mark_cells(
    sheet: Worksheet, formats: _Formats, at: int, row: TableRow, columns: set[int]
) -> None:
    for column in columns:
        value = row.cell(column)[:_MOST_CHARACTERS]
        if value:
            sheet.write_string(at, column, value, formats.for_text(value, is_bad=True))
        else:
            sheet.write_blank(at, column, None, formats.bad)
