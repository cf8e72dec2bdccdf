"""Rules of finding columns by their titles."""

from __future__ import annotations

import pytest

from siappakai.errors import InvalidInput
from siappakai.intake import Field, Table, TableRow, find_columns
from siappakai.intake.columns import field_of_title
from siappakai.regions import LocalWords


def table(*rows: list[str]) -> Table:
    numbered = enumerate(rows, start=1)
    return Table("Desa", tuple(TableRow(n, tuple(cells)) for n, cells in numbered if cells))


@pytest.mark.parametrize(
    ("title", "field"),
    [
        ("Kode Desa", Field.CODE),
        ("KODE_DESA", Field.CODE),
        ("kodedesa", Field.CODE),
        ("Kode", Field.CODE),
        ("Kode Wilayah", Field.CODE),
        ("Kode Desa/Kelurahan", Field.CODE),
        ("KodeKelurahan", Field.CODE),
        ("Kode Kemendagri (10 angka)", Field.CODE),
        ("Desa", Field.NAME),
        ("Nama Desa/Kelurahan", Field.NAME),
        ("Nama Nagari", Field.NAME),
        ("nama gampong *", Field.NAME),
        ("Nama Desa atau Kelurahan", Field.NAME),
        ("Kelurahan", Field.NAME),
        ("Domain", Field.DOMAIN),
        ("Alamat Web", Field.DOMAIN),
        ("Website Desa", Field.DOMAIN),
        ("URL", Field.DOMAIN),
        ("Kecamatan", Field.DISTRICT),
        ("Nama Distrik", Field.DISTRICT),
        ("E-mail Desa", Field.EMAIL),
        ("Surel", Field.EMAIL),
        ("Alamat Kantor Desa", Field.ADDRESS),
        ("Kode Pos", Field.POSTCODE),
        ("Kode BPS", None),
        ("Kode Kecamatan", None),
        ("Nama Kepala Desa", None),
        ("Jumlah Penduduk", None),
        ("", None),
        ("desa " * 40, None),
    ],
)
def test_a_title_names_its_field(title: str, field: Field | None) -> None:
    assert field_of_title(title) is field


def test_the_title_row_need_not_be_the_first() -> None:
    sheet = table(
        ["DAFTAR DESA KABUPATEN TAKALAR"],
        ["Tahun 2024"],
        [],
        ["No", "Domain", "KECAMATAN", "Desa", "Kode Desa"],
        ["1", "a.id", "Marbo", "Patani", "73.05.01.2003"],
    )
    columns = find_columns(sheet)
    assert columns.header.number == 4
    assert columns.at == {
        Field.DOMAIN: 1,
        Field.DISTRICT: 2,
        Field.NAME: 3,
        Field.CODE: 4,
    }
    assert columns.title(Field.DISTRICT) == "KECAMATAN"


def test_unknown_and_repeated_columns_are_named_and_report_columns_are_not() -> None:
    titles = ["No", "Kode", "Luas", "Domain", "Website", "Baris", "Alasan", "Saran"]
    columns = find_columns(table(titles, ["1"]))
    assert (columns.ignored, columns.repeated) == (("Luas",), ("Website",))
    assert columns.at[Field.DOMAIN] == 3


def test_a_regencys_own_words_are_understood() -> None:
    words = LocalWords(village="banua", district="onderdistrik")
    columns = find_columns(table(["Kode Banua", "Nama Banua", "Onderdistrik"], ["1"]), words)
    assert set(columns.at) == {Field.CODE, Field.NAME, Field.DISTRICT}


def test_name_and_district_do_in_place_of_a_code() -> None:
    assert find_columns(table(["Kecamatan", "Desa"], ["a", "b"]))
    with pytest.raises(InvalidInput):
        find_columns(table(["Desa", "Domain"], ["a", "b"]))


def test_a_missing_code_column_lists_what_was_found_and_what_may_be_meant() -> None:
    with pytest.raises(InvalidInput) as caught:
        find_columns(table(["Judul"], ["Kdoe Desa", "Domain", "Luas"], ["73", "a", "b"]))
    assert "Kode Desa" in caught.value.message
    assert "baris 2" in caught.value.message
    assert "“Kdoe Desa”, “Domain”, “Luas”" in caught.value.message
    assert "Mungkin “Kdoe Desa” maksudnya “Kode Desa”" in caught.value.hint
