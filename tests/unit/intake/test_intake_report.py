"""Rules of the report of wrong rows: it explains, is harmless, and can be uploaded again."""

from __future__ import annotations

import io
import zipfile

from siappakai.intake import (
    CheckContext,
    RowStatus,
    Table,
    TableRow,
    check_rows,
    read_table,
    wrong_rows_sheet,
)

CONTEXT = CheckContext("7305", "takalarkab.go.id")
TITLES = ("No", "Kode Desa", "Nama Desa", "Catatan", "Domain")


def table(*rows: tuple[str, ...]) -> Table:
    numbered = enumerate((("DAFTAR",), TITLES, *rows), start=1)
    return Table("Desa", tuple(TableRow(number, row) for number, row in numbered))


SHEET = table(
    ("1", "73.05.01.2003", "Patani", "=1+1", "patani.desa.id"),
    ("2", "73.05.01.2999", "Soreang", '=cmd|"/c calc"!A1', "soreang.desa.id"),
    ("3", "73.05.02.2001", "Lengkese", "+62 811", "@lengkese", "sel lebih"),
)


def report() -> bytes:
    return wrong_rows_sheet(check_rows(SHEET, CONTEXT), SHEET)


def test_the_report_keeps_own_columns_and_adds_number_reason_and_advice() -> None:
    rows = read_table("a.xlsx", report()).rows
    assert rows[0].cells == (*TITLES, "", "Baris", "Alasan", "Saran")
    assert [row.cells[6] for row in rows[1:]] == ["4", "5"]
    assert rows[1].cells[:5] == SHEET.rows[3].cells
    assert rows[2].cells[:6] == SHEET.rows[4].cells
    assert "tidak ada dalam daftar resmi" in rows[1].cells[7]
    assert "73.05.01.2009 (Soreang" in rows[1].cells[8]
    assert "Domain: Domain “@lengkese”" in rows[2].cells[7]


def test_no_cell_of_the_report_is_a_formula() -> None:
    with zipfile.ZipFile(io.BytesIO(report())) as archive:
        xml = archive.read("xl/worksheets/sheet1.xml").decode()
        styles = archive.read("xl/styles.xml").decode()
    assert "<f>" not in xml
    assert 'quotePrefix="1"' in styles


def test_the_mended_report_is_right_when_uploaded(make_xlsx) -> None:
    rows = [list(row.cells) for row in read_table("a.xlsx", report()).rows]
    rows[1][1] = "73.05.01.2009"
    rows[2][4] = "lengkese.desa.id"
    result = check_rows(read_table("b.xlsx", make_xlsx(rows)), CONTEXT)
    assert result.counts[RowStatus.NEW] == 2
    assert result.counts[RowStatus.WRONG] == 0
    assert not any("Alasan" in note for note in result.notes)


def test_an_unmended_report_is_wrong_for_the_same_reasons() -> None:
    first = check_rows(SHEET, CONTEXT)
    content = wrong_rows_sheet(first, SHEET)
    again = check_rows(read_table("b.xlsx", content), CONTEXT)
    reasons = [[p.message for p in row.problems] for row in first.wrong_rows]
    assert [[p.message for p in row.problems] for row in again.rows] == reasons
    assert wrong_rows_sheet(again, read_table("b.xlsx", content))


def test_a_list_without_wrong_rows_gives_titles_only() -> None:
    sheet = table(("1", "73.05.01.2003", "Patani"), ("2", "73.05.01.2009", "Soreang"))
    content = wrong_rows_sheet(check_rows(sheet, CONTEXT), sheet)
    assert len(read_table("a.xlsx", content).rows) == 1
