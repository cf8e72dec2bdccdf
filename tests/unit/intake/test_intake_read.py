"""Rules of reading: any usual file becomes the same table; anything else is explained."""

from __future__ import annotations

import csv
import io
import os
import time
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from siappakai.errors import InvalidInput
from siappakai.intake import read_table
from siappakai.intake.table import MAX_BYTES

ROWS = [
    ["Kode Desa", "Nama Desa", "Domain"],
    ["73.05.01.2003", "Patani", "patani.desa.id"],
    ["73.05.01.2009", "Soreang", "soreang.desa.id"],
]


def cells(content: bytes, filename: str = "daftar.csv") -> list[list[str]]:
    return [list(row.cells) for row in read_table(filename, content).rows]


def as_csv(delimiter: str = ",", rows=ROWS) -> str:
    target = io.StringIO()
    csv.writer(target, delimiter=delimiter).writerows(rows)
    return target.getvalue()


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"]
)
def test_csv_is_read_in_every_delimiter_and_encoding(delimiter: str, encoding: str) -> None:
    assert cells(as_csv(delimiter).encode(encoding)) == ROWS


def test_windows_1252_letters_survive() -> None:
    rows = [ROWS[0], ["73.05.01.2003", "Désa Pa’tani – “baru”", "a.id"]]
    assert cells(as_csv(";", rows).encode("cp1252")) == rows


def test_an_excel_separator_line_is_obeyed() -> None:
    assert cells(b"sep=;\r\n" + as_csv(";").encode()) == ROWS


def test_commas_inside_cells_do_not_win_over_semicolons() -> None:
    rows = [ROWS[0], ["73.05.01.2003", "Jl. A, B, C, D", "x"]]
    text = "\r\n".join(";".join(row) for row in rows)
    assert cells(text.encode()) == rows


def test_row_numbers_are_the_spreadsheets_own_also_after_blank_lines() -> None:
    table = read_table("a.csv", b"Kode,Nama\n\n73.05.01.2003,Patani\n,,\n73.05.01.2009,X\n")
    assert [row.number for row in table.rows] == [1, 3, 5]


def test_a_line_break_inside_quotes_is_one_row() -> None:
    table = read_table("a.csv", b'Kode,Alamat\n1,"Jl. A\nNo. 2"\n2,b\n')
    assert [(row.number, row.cell(0)) for row in table.rows] == [(1, "Kode"), (2, "1"), (3, "2")]


def test_xlsx_and_ods_give_the_same_rows_as_csv(make_xlsx, make_ods) -> None:
    assert cells(make_xlsx(ROWS)) == ROWS
    assert cells(make_ods(ROWS)) == ROWS


def test_the_name_of_the_file_decides_nothing(make_xlsx, make_ods) -> None:
    assert cells(make_xlsx(ROWS), "daftar.csv") == ROWS
    assert cells(make_ods(ROWS), "daftar.xlsx") == ROWS
    assert cells(as_csv().encode(), "daftar.xlsx") == ROWS


def test_numbers_come_without_a_decimal_point(make_xlsx, make_ods) -> None:
    rows = [["Kode", "Nama"], [7305012003, "Patani"], [7305012009, 2.5]]
    expected = [["Kode", "Nama"], ["7305012003", "Patani"], ["7305012009", "2.5"]]
    assert cells(make_xlsx(rows)) == expected
    assert cells(make_ods(rows)) == expected


def test_row_and_column_places_hold_when_the_sheet_starts_lower_right(make_xlsx, make_ods) -> None:
    rows = [[], [], ["", "", *ROWS[0]], [], ["", "", *ROWS[1]]]
    for content in (make_xlsx(rows), make_ods(rows)):
        table = read_table("a", content)
        assert [row.number for row in table.rows] == [3, 5]
        assert table.rows[1].cell(2) == "73.05.01.2003"


def test_a_merged_cell_gives_its_value_to_the_rows_beside_it(make_xlsx) -> None:
    rows = [["Kode", "Kecamatan"], ["a", None], ["b", None], ["c", "Lain"]]

    def merge(book, sheet):
        sheet.merge_range(1, 1, 2, 1, "Mappakasunggu")
        sheet.merge_range(5, 0, 5, 1, "Kecamatan Marbo")

    table = read_table("a.xlsx", make_xlsx(rows, merge))
    assert [row.cell(1) for row in table.rows[:4]] == [
        *("Kecamatan", "Mappakasunggu", "Mappakasunggu", "Lain")
    ]
    assert table.filled == {(3, 1): 2}
    assert table.spanning == {6}


def test_error_values_and_formulas_without_a_value_are_seen(make_xlsx) -> None:
    def write(book, sheet):
        sheet.write_formula(1, 0, "=NA()", None, "#N/A")
        sheet.write_formula(1, 1, '="x"', None, "")
        sheet.write_formula(1, 2, '="a.id"', None, "a.id")
        sheet.write_formula(2, 0, "=A99", None, "#REF!")

    rows = cells(make_xlsx([ROWS[0], ["", "", ""], ["", "Soreang", ""]], write))
    assert rows[1] == ["#N/A", "#RUMUS!", "a.id"]
    assert rows[2] == ["#REF!", "Soreang"]


def test_the_sheet_with_known_columns_is_read_and_the_others_are_named(make_xlsx) -> None:
    first = [["Pengantar"], ["Daftar desa ada di lembar lain"]]
    content = make_xlsx(first, sheets={"Isi": ROWS, "Isi 2": ROWS, "Petunjuk": [["Baca dulu"]]})
    table = read_table("a.xlsx", content)
    assert (table.sheet, table.other_sheets) == ("Isi", ("Isi 2",))
    assert [list(row.cells) for row in table.rows] == ROWS


def test_a_hidden_sheet_is_not_read(make_xlsx) -> None:
    content = make_xlsx(ROWS, sheets={"Tampak": [ROWS[0], ROWS[2]]})
    assert read_table("a.xlsx", content).sheet == "Desa"
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    book = parts["xl/workbook.xml"].replace(b'sheetId="1"', b'sheetId="1" state="hidden"')
    parts["xl/workbook.xml"] = book
    assert read_table("a.xlsx", zipped(parts)).sheet == "Tampak"


def zipped(parts: dict[str, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return target.getvalue()


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"", "kosong"),
        (b"\n \r\n\t", "kosong"),
        (b"\xef\xbb\xbf", "kosong"),
        (b",,,\n,,\n", "kosong"),
        (b"\x89PNG\r\n\x1a\n" + os.urandom(200), "PNG"),
        (b"\xff\xd8\xff\xe0" + os.urandom(200), "JPEG"),
        (b"%PDF-1.7\n...", "PDF"),
        (b"<html><table><tr><td>Kode</td></tr></table></html>", "halaman web"),
        (b"PK\x03\x04" + os.urandom(300), "rusak"),
        (bytes.fromhex("d0cf11e0a1b11ae1") + bytes(600), "rusak"),
        (bytes(range(256)) * 4, "bukan lembar kerja"),
        (b"Encrypted\x00\x01\x02", "bukan lembar kerja"),
    ],
)
def test_what_is_no_list_is_refused_by_what_it_is(content: bytes, word: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        read_table("daftar.xlsx", content)
    assert word in caught.value.message
    assert caught.value.hint


def test_locked_workbooks_say_that_they_are_locked(make_ods) -> None:
    ole = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(600) + "EncryptedPackage".encode("utf-16-le")
    ods = make_ods(ROWS, extra_manifest="<m:file-entry><m:encryption-data/></m:file-entry>")
    for content in (ole, ods):
        with pytest.raises(InvalidInput, match="kata sandi"):
            read_table("daftar.xlsx", content)


def test_word_documents_and_plain_archives_are_refused() -> None:
    with pytest.raises(InvalidInput, match="Word"):
        read_table("a.xlsx", zipped({"word/document.xml": b"<w/>"}))
    with pytest.raises(InvalidInput, match="arsip ZIP"):
        read_table("a.xlsx", zipped({"catatan.txt": b"halo"}))


def test_an_empty_workbook_is_empty(make_xlsx, make_ods) -> None:
    for content in (make_xlsx([]), make_ods([])):
        with pytest.raises(InvalidInput, match="kosong"):
            read_table("a.xlsx", content)


def test_a_file_over_the_size_limit_is_refused() -> None:
    with pytest.raises(InvalidInput, match="20 MB"):
        read_table("a.csv", b"a" * (MAX_BYTES + 1))


def test_a_zip_bomb_is_refused_before_it_is_unpacked(make_xlsx) -> None:
    with zipfile.ZipFile(io.BytesIO(make_xlsx(ROWS))) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts["xl/worksheets/sheet1.xml"] = bytes(210 * 1024 * 1024)
    content = zipped(parts)
    assert len(content) < 1024 * 1024
    with pytest.raises(InvalidInput, match="terlalu besar"):
        read_table("a.xlsx", content)


def test_one_cell_in_the_last_corner_is_an_error_and_not_the_end_of_the_process(make_xlsx) -> None:
    content = make_xlsx(ROWS, lambda book, sheet: sheet.write_string(1048575, 16383, "x"))
    with pytest.raises(InvalidInput, match="terlalu besar"):
        read_table("a.xlsx", content)


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_fifty_thousand_rows_are_read_in_reasonable_time(kind: str, make_xlsx) -> None:
    rows = [[f"73.05.01.{n:04}", f"Desa {n}", f"desa-{n}.id", "Kec", ""] for n in range(50_000)]
    rows.insert(0, ["Kode", "Nama", "Domain", "Kecamatan", "Email"])
    content = as_csv(";", rows).encode() if kind == "csv" else make_xlsx(rows)
    started = time.perf_counter()
    table = read_table("a", content)
    assert time.perf_counter() - started < 15
    assert (len(table.rows), table.rows[-1].number) == (50_001, 50_001)


def test_more_rows_than_allowed_are_refused(make_xlsx) -> None:
    content = make_xlsx([["Kode", "Nama"], *([str(n), "a"] for n in range(53_000))])
    with pytest.raises(InvalidInput, match=r"50\.000"):
        read_table("a.xlsx", content)


CELL = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]) | st.sampled_from("\n,;\t\"' "),
    max_size=30,
)


@given(
    rows=st.lists(st.lists(CELL, min_size=3, max_size=3), min_size=1, max_size=8),
    delimiter=st.sampled_from(",;\t"),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
def test_reading_a_written_csv_gives_back_every_cell(rows, delimiter, encoding) -> None:
    text = as_csv(delimiter, [ROWS[0], *rows])
    expected = [ROWS[0], *(list(row) for row in rows)]
    read = {row.number: row for row in read_table("a.csv", text.encode(encoding)).rows}
    for number, row in enumerate(expected, start=1):
        if any(cell.strip() for cell in row):
            assert [read[number].cell(at).strip() for at in range(3)] == [c.strip() for c in row]
        else:
            assert number not in read


@settings(max_examples=300)
@given(st.binary(max_size=400))
def test_any_bytes_give_a_table_or_a_clear_error(content: bytes) -> None:
    try:
        assert read_table("a.xlsx", content).rows
    except InvalidInput as error:
        assert error.message
