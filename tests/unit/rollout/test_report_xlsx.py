"""The rollout's spreadsheet, read back by another library, holds what the receipts say."""

from __future__ import annotations

import re
import zipfile
from datetime import datetime
from io import BytesIO

import pytest
from python_calamine import CalamineWorkbook

from siappakai.rollout.report_xlsx import rollout_sheets
from tests.unit.rollout.receipts import (
    BONTO,
    CAKURA,
    HOSTILE,
    PLAN_HASH,
    SKIPPED,
    hostile_receipts,
    report_of,
)


def rows_of(content: bytes, sheet: str) -> list[list]:
    book = CalamineWorkbook.from_filelike(BytesIO(content))
    return book.get_sheet_by_name(sheet).to_python()


def villages_of(content: bytes) -> dict[str, dict]:
    header, *rows = rows_of(content, "Desa")
    return {row[1]: dict(zip(header, row, strict=True)) for row in rows}


@pytest.fixture(scope="module")
def content() -> bytes:
    return rollout_sheets(report_of())


def test_the_book_has_four_sheets(content: bytes) -> None:
    book = CalamineWorkbook.from_filelike(BytesIO(content))
    assert book.sheet_names == ["Ringkasan", "Desa", "Neraca", "Kegagalan"]


def test_sheets_and_columns_are_named_after_those_whom_the_product_serves() -> None:
    content = rollout_sheets(report_of(), "gampong/mukim")
    book = CalamineWorkbook.from_filelike(BytesIO(content))
    assert book.sheet_names == ["Ringkasan", "Gampongmukim", "Neraca", "Kegagalan"]
    assert rows_of(content, "Kegagalan")[0] == ["Sebab", "Jumlah gampong/mukim", "Gampong/mukim"]
    assert ["Gampong/mukim", "Berhasil"] in [row[4:6] for row in rows_of(content, "Ringkasan")]


def test_each_village_is_one_row_with_real_numbers_and_dates(content: bytes) -> None:
    villages = villages_of(content)
    assert set(villages) == {"73.05.01.2001", "73.05.01.2002", "73.05.01.2003"}
    bonto, cakura = villages["73.05.01.2001"], villages["73.05.01.2002"]
    assert bonto["Nama"] == "Desa Bonto Kassi"
    assert (bonto["Hasil"], cakura["Hasil"]) == ("berhasil", "kembali ke versi lama")
    assert (bonto["Ditahan (detik)"], cakura["Ditahan (detik)"]) == (3.44, 12.0)
    assert bonto["Mulai (WITA)"] == datetime(2026, 11, 22, 11, 5, 9)  # noqa: DTZ001
    assert bonto["Beralih (WITA)"] == datetime(2026, 11, 22, 11, 5, 17)  # noqa: DTZ001
    assert cakura["Dikembalikan (WITA)"] == datetime(2026, 11, 22, 11, 7, 9)  # noqa: DTZ001
    assert (bonto["Hitungan berkurang"], cakura["Hitungan berkurang"]) == (0, 1)
    assert (bonto["Versi yang melayani"], cakura["Versi yang melayani"]) == ("2410.0.0", "2408.0.0")
    assert (bonto["Nomor operasi"], bonto["Sidik rencana"]) == (41, PLAN_HASH)
    assert bonto["Disetujui oleh"] == "budi dan citra"


def test_what_is_unknown_is_an_empty_cell_not_a_zero(content: bytes) -> None:
    popo = villages_of(content)["73.05.01.2003"]
    assert popo["Ditahan (detik)"] == popo["Mulai (WITA)"] == popo["Dikembalikan (WITA)"] == ""
    assert popo["Sebab"] == SKIPPED.reason


def test_the_balance_has_a_row_a_count_with_its_difference(content: bytes) -> None:
    header, *rows = rows_of(content, "Neraca")
    assert header[2:] == ["Hitungan", "Sebelum", "Sesudah", "Selisih", "Penilaian"]
    assert len(rows) == len(BONTO.balance) + len(CAKURA.balance)
    lost = next(row for row in rows if row[2] == "Keluarga")
    assert lost == [
        *("Desa Cakura", "73.05.01.2002", "Keluarga", 1500.0, 1463.0, -37.0, "berkurang")
    ]
    money = next(row for row in rows if row[2] == "Anggaran (Rp)")
    assert money[3] == 1250000500.25


def test_failures_are_grouped_and_none_is_said_in_words(content: bytes) -> None:
    assert rows_of(content, "Kegagalan")[1] == [CAKURA.reason, 1.0, "Desa Cakura"]
    quiet = rollout_sheets(report_of(BONTO, SKIPPED))
    assert rows_of(quiet, "Kegagalan")[1][0] == "Tidak ada yang gagal."


def test_the_summary_tells_the_plan_and_adds_up(content: bytes) -> None:
    rows = {row[0]: row[1] for row in rows_of(content, "Ringkasan") if row[0] != ""}
    assert rows["Sidik rencana"] == PLAN_HASH
    assert rows["Penahanan terlama"] == "12 detik (Desa Cakura)"
    assert (rows["berhasil"], rows["kembali ke versi lama"], rows["Semua"]) == (1, 1, 3)


def test_no_name_becomes_a_formula_or_is_changed() -> None:
    content = rollout_sheets(report_of(*hostile_receipts()))
    with zipfile.ZipFile(BytesIO(content)) as archive:
        sheets = [name for name in archive.namelist() if name.startswith("xl/worksheets/sheet")]
        assert len(sheets) == 4
        for name in sheets:
            text = archive.read(name).decode()
            assert "<f>" not in text and "<hyperlink" not in text
        styles = archive.read("xl/styles.xml").decode()
    assert 'quotePrefix="1"' in styles
    villages = villages_of(content)
    for dotted, row in villages.items():
        name = HOSTILE[dotted.replace(".", "")]
        printable = re.sub(r"[\x00-\x09\x0b-\x1f]", " ", name).strip()
        assert row["Nama"].strip() == printable


def test_the_villages_sheet_has_a_filter_and_a_fixed_header(content: bytes) -> None:
    with zipfile.ZipFile(BytesIO(content)) as archive:
        text = archive.read("xl/worksheets/sheet2.xml").decode()
    assert re.search(r'<autoFilter ref="A1:\w+4"', text)
    assert re.search(r'<pane xSplit="1" ySplit="1"[^>]*state="frozen"', text)
