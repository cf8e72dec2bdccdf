"""Rules of checking a village list, row by row."""

from __future__ import annotations

import pytest

from siappakai.errors import InvalidInput
from siappakai.intake import (
    CheckContext,
    CheckedRow,
    ExistingVillage,
    RowStatus,
    Table,
    TableRow,
    check_rows,
    read_table,
)
from siappakai.regions import LocalWords, VillageKind

TITLES = ("Kode Desa", "Nama Desa", "Kecamatan", "Domain", "Email", "Alamat Kantor", "Kode Pos")
PATANI = ("73.05.01.2003", "Patani", "Mappakasunggu", "patani.desa.id")
SOREANG = ("73.05.01.2009", "Soreang", "Mappakasunggu", "soreang.desa.id")
TAKALAR = CheckContext("7305", "takalarkab.go.id")


def table(*rows: tuple[str, ...], titles: tuple[str, ...] = TITLES) -> Table:
    numbered = enumerate((titles, *rows), start=1)
    return Table("Desa", tuple(TableRow(number, tuple(row)) for number, row in numbered))


def check(*rows: tuple[str, ...], context: CheckContext = TAKALAR) -> tuple[CheckedRow, ...]:
    return check_rows(table(*rows), context).rows


def said(row: CheckedRow) -> str:
    return " | ".join(f"{p.column}: {p.message} {p.fix}" for p in row.problems)


def test_right_rows_are_new_with_official_values() -> None:
    rows = check((*PATANI, "Desa@Contoh.id", " Jl.  Poros ", "92254"), SOREANG)
    assert [row.status for row in rows] == [RowStatus.NEW, RowStatus.NEW]
    values = rows[0].values
    assert (values.code, values.name, values.district) == ("7305012003", "Patani", "Mappakasunggu")
    assert (values.domain, values.email) == ("patani.desa.id", "desa@contoh.id")
    assert (values.address, values.postcode) == ("Jl. Poros", "92254")
    assert (values.kind, values.domain_is_suggested) == (VillageKind.DESA, False)


def test_codes_may_come_with_or_without_dots_or_as_a_number() -> None:
    rows = check(("7305012003",), ("7305012009.0",), ("７３.０５.０２.２００１",))
    assert [row.values.code for row in rows] == ["7305012003", "7305012009", "7305022001"]


def test_one_broken_row_does_not_touch_the_others() -> None:
    rows = check(PATANI, ("99.99.99.9999", "Entah", "", "x.id"), SOREANG)
    assert [row.status for row in rows] == [RowStatus.NEW, RowStatus.WRONG, RowStatus.NEW]
    assert rows[1].row_number == 3


def test_an_unknown_code_is_answered_with_the_nearest_name() -> None:
    (row,) = check(("73.05.01.2999", "Pattani", "", "a.id"))
    assert "tidak ada dalam daftar resmi" in said(row)
    assert "Mungkin maksudnya 73.05.01.2003 (Patani, Kecamatan Mappakasunggu)" in said(row)


def test_an_unknown_code_without_a_name_is_answered_with_codes_one_digit_away() -> None:
    (row,) = check(("73.05.01.2093", "", "", "a.id"))
    assert "73.05.01.2003 (Patani" in said(row)


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("7305010003", "kode BPS"),
        ("7.30501E+09", "format kolom menjadi Teks"),
        ("73.05.01", "10 angka"),
        ("halo", "10 angka"),
        ("1108012001", "Kabupaten Aceh Utara, bukan Kabupaten Takalar"),
    ],
)
def test_a_bad_code_says_what_is_wrong_with_it(code: str, words: str) -> None:
    (row,) = check((code, "", "", "a.id"))
    assert row.status is RowStatus.WRONG
    assert words in said(row)


def test_villages_of_other_regencies_are_right_when_allowed() -> None:
    context = CheckContext("7305", "x.id", allow_other_regency=True)
    (row,) = check(("1108012001", "Keude Alue Ie Puteh"), context=context)
    assert row.status is RowStatus.NEW


def test_a_name_that_does_not_match_the_code_names_both_ways_out() -> None:
    (row,) = check(("73.05.01.2003", "Soreang", "", "a.id"))
    assert "tidak cocok dengan kode 73.05.01.2003 (Patani)" in said(row)
    assert "73.05.01.2009 (Soreang" in said(row)
    assert "Tulis nama Patani" in said(row)


def test_a_like_name_that_is_a_neighbours_own_is_a_mismatch() -> None:
    wrong, right = check(
        ("73.05.09.2009", "Kel. Pattalasang", "", "a.id"), ("73.05.07.1001", "Pattalasang")
    )
    assert (wrong.status, right.status) == (RowStatus.WRONG, RowStatus.NEW)


@pytest.mark.parametrize("name", ["PATANI", "Desa Patani", "Ds. Pa'tani", "Patanni", ""])
def test_spelling_variants_match_their_code(name: str) -> None:
    (row,) = check(("73.05.01.2003", name))
    assert row.status is RowStatus.NEW


def test_name_and_district_find_the_code_when_there_is_none() -> None:
    (row,) = check(("", "Desa Patani", "Kec. Mappakasunggu", "a.id"))
    assert (row.status, row.values.code) == (RowStatus.NEW, "7305012003")
    assert "diisi dari nama" in row.warnings[0].message


def test_a_name_used_twice_wants_its_district_or_code() -> None:
    unclear, clear, unknown = check(
        ("", "Kampung Beru", "", "a.id"),
        ("", "Kampung Beru", "Polongbangkeng Timur", "b.id"),
        ("", "Negeri Dongeng", "", "c.id"),
    )
    assert "dipakai 2 kali" in said(unclear)
    assert said(unclear).count("(Kampung Beru, Kecamatan") == 2
    assert (clear.status, clear.values.code) == (RowStatus.NEW, "7305112008")
    assert "tidak ada dalam daftar resmi" in said(unknown)


def test_a_row_without_code_and_name_says_what_to_fill_in() -> None:
    (row,) = check(("", "", "Mappakasunggu", "a.id"))
    assert row.values is None
    assert "Kode Desa: Kode kosong. Isi kode Kemendagri" in said(row)


def test_a_differing_district_is_a_warning_only() -> None:
    (row,) = check(("73.05.01.2003", "Patani", "Galesong", "a.id"))
    assert row.status is RowStatus.NEW
    assert "menurut kode: Mappakasunggu" in row.warnings[0].message


def test_differing_rows_of_one_village_are_all_wrong_and_name_each_other() -> None:
    rows = check(PATANI, SOREANG, (*PATANI[:3], "lain.desa.id"))
    assert [r.status for r in rows] == [RowStatus.WRONG, RowStatus.NEW, RowStatus.WRONG]
    assert "juga ada di baris 4" in said(rows[0])
    assert "juga ada di baris 2" in said(rows[2])


def test_of_equal_rows_the_first_stays() -> None:
    rows = check(PATANI, SOREANG, PATANI)
    assert [r.status for r in rows] == [RowStatus.NEW, RowStatus.NEW, RowStatus.WRONG]
    assert "juga ada di baris 2. Hapus baris ini." in said(rows[2])


def test_one_domain_in_two_rows_is_wrong_in_both() -> None:
    rows = check(PATANI, (*SOREANG[:3], "PATANI.desa.id"))
    assert [r.status for r in rows] == [RowStatus.WRONG, RowStatus.WRONG]
    assert "Domain patani.desa.id juga ada di baris 3" in said(rows[0])
    assert "baris 2" in said(rows[1])


def test_a_domain_of_another_village_or_use_is_taken() -> None:
    context = CheckContext(
        "7305",
        "x.id",
        existing={"7305012010": ExistingVillage("Pa'batangang", "patani.desa.id")},
        taken_domains={"Soreang.desa.id": "OpenDK Mappakasunggu"},
    )
    rows = check(PATANI, SOREANG, context=context)
    assert "sudah dipakai Pa'batangang (73.05.01.2010)" in said(rows[0])
    assert "sudah dipakai OpenDK Mappakasunggu" in said(rows[1])


@pytest.mark.parametrize(
    ("domain", "words"),
    [
        ("https://patani.desa.id/profil", "Tulis patani.desa.id"),
        ("patani.desa.id:8080", "nomor port. Tulis patani.desa.id"),
        ("patani desa.id", "spasi. Tulis patani-desa.id"),
        ("pa_tani.desa.id", "garis bawah (_). Tulis pa-tani.desa.id"),
        ("*.desa.id", "tanda *"),
        ("192.168.1.10", "alamat IP"),
        ("http://[::1]/", "alamat IP"),
        ("patani", "Tulis patani.takalarkab.go.id"),
        ("pátani.desa.id", "Tulis patani.desa.id"),
        ("desa@patani.id", "email. Tulis patani.id"),
        ("-patani.desa.id", "tanda hubung di tengah. Tulis patani.desa.id"),
        ("patani..desa.id", "titik yang berlebih"),
        ("a" * 64 + ".id", "63 huruf"),
        (".".join(["a" * 60] * 5), "253 huruf"),
        ("patani.123", "berakhir dengan angka"),
        ("https://", "kosong"),
    ],
)
def test_a_bad_domain_is_wrong_and_comes_with_what_to_write(domain: str, words: str) -> None:
    rows = check((*PATANI[:3], domain), SOREANG)
    assert [r.status for r in rows] == [RowStatus.WRONG, RowStatus.NEW]
    assert words in said(rows[0])


@pytest.mark.parametrize(
    "domain", ["HTTPS://Patani.Desa.ID/", "patani.desa.id.", "\u200bpatani.desa.id\u00a0"]
)
def test_what_is_surely_meant_is_mended(domain: str) -> None:
    (row,) = check((*PATANI[:3], domain))
    assert (row.status, row.values.domain) == (RowStatus.NEW, "patani.desa.id")
    assert bool(row.warnings) is not domain.endswith(".")


def test_an_empty_domain_is_suggested_and_never_twice() -> None:
    context = CheckContext("7305", "x.id", taken_domains={"patani.x.id": "lain"})
    rows = check(PATANI[:1], (*SOREANG[:3], ""), context=context)
    assert [r.values.domain for r in rows] == ["patani-mappakasunggu.x.id", "soreang.x.id"]
    assert all(r.values.domain_is_suggested for r in rows)


def test_without_a_suffix_an_empty_domain_is_missing() -> None:
    (row,) = check(PATANI[:3], context=CheckContext("7305"))
    assert "Domain: Domain kosong." in said(row)


@pytest.mark.parametrize("value", ["#N/A", "#REF!", "#RUMUS!", "Err:502"])
@pytest.mark.parametrize("column", [0, 1, 3])
def test_error_values_and_uncalculated_formulas_are_wrong(value: str, column: int) -> None:
    cells = list(PATANI)
    cells[column] = value
    bad, good = check(tuple(cells), SOREANG)
    assert (bad.status, good.status) == (RowStatus.WRONG, RowStatus.NEW)
    assert [p.column for p in bad.problems] == [TITLES[column]]
    assert "Ganti rumus" in said(bad)


def test_bad_details_are_left_out_with_a_warning() -> None:
    (row,) = check((*PATANI, "bukan email", "Jl. A", "1234"))
    assert row.status is RowStatus.NEW
    assert (row.values.email, row.values.postcode) == ("", "")
    assert [w.column for w in row.warnings] == ["Email", "Kode Pos"]


def test_a_merged_code_is_wrong_where_it_was_filled_in(make_xlsx) -> None:
    rows = [TITLES[:4], PATANI, ("", "Soreang", "", "soreang.desa.id")]
    content = make_xlsx(rows, lambda book, sheet: sheet.merge_range(1, 0, 2, 0, PATANI[0]))
    bad = check_rows(read_table("a.xlsx", content), TAKALAR).rows[1]
    assert "Sel digabung dengan baris 2" in said(bad)


def test_a_merged_district_is_no_problem(make_xlsx) -> None:
    rows = [TITLES[:4], PATANI, SOREANG]
    content = make_xlsx(rows, lambda book, sheet: sheet.merge_range(1, 2, 2, 2, "Mappakasunggu"))
    result = check_rows(read_table("a.xlsx", content), TAKALAR)
    assert result.counts[RowStatus.NEW] == 2
    assert not any(row.warnings for row in result.rows)


def test_layout_rows_are_left_out_and_named(make_xlsx) -> None:
    rows = [
        ("DAFTAR DESA",),
        (),
        TITLES[:4],
        ("(1)", "(2)", "(3)", "(4)"),
        (),
        PATANI,
        TITLES[:4],
        SOREANG,
        ("Jumlah", "2"),
    ]

    def merge(book, sheet):
        sheet.merge_range(4, 0, 4, 3, "MAPPAKASUNGGU")

    result = check_rows(read_table("a.xlsx", make_xlsx(rows, merge)), TAKALAR)
    assert [(row.row_number, row.status) for row in result.rows] == [
        (6, RowStatus.NEW),
        (8, RowStatus.NEW),
    ]
    said_notes = " ".join(result.notes)
    for words in ("nomor kolom dilewati: baris 4", "judul bagian dilewati: baris 5"):
        assert words in said_notes
    assert "berulang dilewati: baris 7" in said_notes
    assert "jumlah dilewati: baris 9" in said_notes


def test_a_list_of_titles_only_is_refused() -> None:
    with pytest.raises(InvalidInput, match="hanya berisi judul kolom"):
        check_rows(table(), TAKALAR)


def test_a_suffix_that_is_no_domain_is_refused() -> None:
    with pytest.raises(InvalidInput, match="Akhiran domain"):
        check_rows(table(PATANI), CheckContext("7305", "kab takalar"))


def test_the_regencys_words_are_used_in_advice() -> None:
    context = CheckContext("7305", "x.id", words=LocalWords(district="distrik"))
    (row,) = check(("73.05.01.2999", "Patani"), context=context)
    assert "Distrik Mappakasunggu" in said(row)


def test_checking_changes_nothing_it_was_given() -> None:
    existing = {"7305012003": ExistingVillage("Patani", "lama.desa.id")}
    taken = {"x.id": "lain"}
    sheet = table(PATANI, SOREANG)
    context = CheckContext("7305", "x.id", existing=existing, taken_domains=taken)
    assert check_rows(sheet, context) == check_rows(sheet, context)
    assert existing == {"7305012003": ExistingVillage("Patani", "lama.desa.id")}
    assert taken == {"x.id": "lain"}
