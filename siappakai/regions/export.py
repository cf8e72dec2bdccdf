"""A regency's villages as a spreadsheet that is ready to fill in and upload."""

from __future__ import annotations

from io import BytesIO

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from siappakai.errors import NotFound
from siappakai.regions.domains import suggest_domain
from siappakai.regions.lookup import districts_of_regency, find_regency, villages_of_regency
from siappakai.regions.official_list import attribution
from siappakai.regions.words import LocalWords, for_regency

COLUMNS = (
    ("Kode Desa", 16),
    ("Nama Desa", 30),
    ("Kecamatan", 26),
    ("Domain", 44),
    ("Email Desa", 32),
    ("Alamat Kantor", 44),
    ("Kode Pos", 10),
)


def village_sheet(
    regency_code: str, default_domain_suffix: str, words: LocalWords | None = None
) -> bytes:
    """The .xlsx of all villages of a regency: one to fill in, one with help.

    The domain column is left empty when no suffix is given. Raises NotFound for an unknown
    regency.
    """
    regency = find_regency(regency_code)
    if regency is None:
        raise NotFound(f"Kode kabupaten/kota {regency_code} tidak ada dalam daftar resmi.")
    rows = village_rows(regency.code, default_domain_suffix)
    target = BytesIO()
    with Workbook(target, {"in_memory": True, "strings_to_urls": False}) as book:
        book.set_properties({"title": regency.name, "comments": attribution()})
        _write_villages(book, rows)
        _write_help(book, help_lines(regency.name, words or for_regency(regency.code)))
    return target.getvalue()


def village_rows(regency_code: str, suffix: str) -> list[tuple[str, ...]]:
    """The filled part of the sheet: code, name, district, domain of each village."""
    districts = {d.code: d.name for d in districts_of_regency(regency_code)}
    villages = villages_of_regency(regency_code)
    return [
        (v.dotted, v.name, districts[v.district_code], suggest_domain(v, suffix) if suffix else "")
        for v in villages
    ]


def help_lines(regency_name: str, words: LocalWords) -> list[str]:
    """The help sheet's lines in Indonesian, with the regency's own words."""
    village, urban = words.village, words.urban_village
    return [
        f"Petunjuk mengisi daftar {village} {regency_name}",
        "",
        f"1. Satu baris untuk satu {village} atau {urban}. Hapus baris yang tidak ikut dipasang.",
        "2. Kode Desa: kode Kemendagri, boleh dengan titik atau tanpa titik. Jangan diubah.",
        f"3. Nama Desa dan {words.district.title()}: hanya untuk dibaca dan dicocokkan.",
        "   Nama yang dipakai adalah nama resmi menurut kodenya.",
        "4. Domain: alamat situs tanpa https:// dan tanpa garis miring,",
        "   misalnya sukamaju.desa.id. Boleh diganti; satu domain hanya untuk satu baris.",
        "   Bila dikosongkan, domain diusulkan dari nama.",
        "5. Email Desa, Alamat Kantor, Kode Pos: boleh kosong. Kode pos terdiri atas 5 angka.",
        "6. Urutan kolom boleh diubah dan kolom lain boleh ditambahkan;",
        "   kolom yang tidak dikenal akan diabaikan. Judul kolom jangan dihapus.",
        "7. Jangan menggabungkan sel. Isi sel dengan teks, bukan rumus.",
        "8. Simpan, lalu unggah berkas ini. Setiap baris diperiksa dahulu;",
        "   belum ada yang dipasang sebelum Anda menekan Pasang.",
        "",
        attribution(),
    ]


def _write_villages(book: Workbook, rows: list[tuple[str, ...]]) -> None:
    sheet = book.add_worksheet("Daftar Desa")
    header = book.add_format(
        {"bold": True, "bg_color": "#1F4E78", "font_color": "#FFFFFF", "border": 1}
    )
    text = book.add_format({"num_format": "@"})
    for at, (title, width) in enumerate(COLUMNS):
        sheet.set_column(at, at, width, text)
        sheet.write_string(0, at, title, header)
    _write_rows(sheet, rows, text)
    sheet.freeze_panes(1, 2)
    sheet.autofilter(0, 0, max(1, len(rows)), len(COLUMNS) - 1)


def _write_rows(sheet: Worksheet, rows: list[tuple[str, ...]], text: Format) -> None:
    for number, row in enumerate(rows, start=1):
        for at, value in enumerate(row):
            sheet.write_string(number, at, value, text)


def _write_help(book: Workbook, lines: list[str]) -> None:
    sheet = book.add_worksheet("Petunjuk")
    sheet.set_column(0, 0, 100)
    title = book.add_format({"bold": True, "font_size": 14})
    for number, line in enumerate(lines):
        sheet.write_string(number, 0, line, title if number == 0 else None)
