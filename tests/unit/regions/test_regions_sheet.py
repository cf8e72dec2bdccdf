"""Rules of suggested domains, local words and the ready-to-fill sheet."""

from __future__ import annotations

import io
import re
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st
from python_calamine import load_workbook

from siappakai import regions
from siappakai.errors import NotFound
from siappakai.regions.words import CHOICES

LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")


@pytest.mark.parametrize("code", ["7305", "1108", "1201", "3525", "9103"])
def test_every_village_of_a_regency_has_its_own_valid_label(code: str) -> None:
    labels = regions.domain_labels(code)
    assert set(labels) == {v.code for v in regions.villages_of_regency(code)}
    assert len(set(labels.values())) == len(labels)
    assert all(LABEL.fullmatch(label) for label in labels.values())


def test_villages_that_share_a_name_get_their_district_in_the_label() -> None:
    shared = [v for v in regions.villages_of_regency("7305") if v.name == "Kampung Beru"]
    labels = regions.domain_labels("7305")
    assert len(shared) > 1
    for village in shared:
        district = regions.find_district(village.district_code).name
        assert labels[village.code] == f"kampung-beru-{regions.slug(district)}"


def test_a_taken_domain_is_not_suggested_again() -> None:
    village = regions.find_village("73.05.01.2003")
    first = regions.suggest_domain(village, ".Takalarkab.go.id")
    second = regions.suggest_domain(village, "takalarkab.go.id", taken={first})
    assert (first, second) == (
        "patani.takalarkab.go.id",
        "patani-mappakasunggu.takalarkab.go.id",
    )


@given(st.text())
def test_a_slug_is_empty_or_a_label(text: str) -> None:
    made = regions.slug(text)
    assert made == "" or LABEL.fullmatch(made)


def test_the_sheet_lists_all_villages_with_codes_as_text_and_help_beside() -> None:
    content = regions.village_sheet("73.05", "takalarkab.go.id")
    book = load_workbook(io.BytesIO(content))
    rows = book.get_sheet_by_name("Daftar Desa").to_python()
    assert book.sheet_names == ["Daftar Desa", "Petunjuk"]
    assert rows[0] == [
        *("Kode Desa", "Nama Desa", "Kecamatan", "Domain"),
        *("Email Desa", "Alamat Kantor", "Kode Pos"),
    ]
    assert len(rows) == 111
    assert rows[2][:4] == ["73.05.01.2003", "Patani", "Mappakasunggu", "patani.takalarkab.go.id"]
    assert len({row[3] for row in rows[1:]}) == 110
    text = " ".join(str(row[0]) for row in book.get_sheet_by_name("Petunjuk").to_python())
    assert regions.attribution() in text
    assert "Jangan menggabungkan sel" in text


def test_the_sheet_freezes_its_titles() -> None:
    with zipfile.ZipFile(io.BytesIO(regions.village_sheet("7305", "x.id"))) as archive:
        xml = archive.read("xl/worksheets/sheet1.xml").decode()
    assert 'state="frozen"' in xml
    assert "<v>7305" not in xml


def test_without_a_suffix_the_domain_column_waits_to_be_filled() -> None:
    content = regions.village_sheet("7305", "")
    rows = load_workbook(io.BytesIO(content)).get_sheet_by_index(0).to_python()
    assert {row[3] for row in rows[1:]} == {""}


def test_an_unknown_regency_has_no_sheet() -> None:
    with pytest.raises(NotFound):
        regions.village_sheet("99.99", "x.id")


@pytest.mark.parametrize(
    ("code", "village", "head"),
    [
        ("73.05", "desa", "kepala desa"),
        ("11.08", "gampong", "keuchik"),
        ("11.17", "kampung", "reje"),
        ("13.06", "nagari", "wali nagari"),
        ("13.09", "desa", "kepala desa"),
        ("18.06", "pekon", "kepala pekon"),
        ("18.04", "pekon", "peratin"),
        ("18.02", "kampung", "kepala kampung"),
        ("64.07", "kampung", "petinggi"),
        ("73.26", "lembang", "kepala lembang"),
        ("91.03", "kampung", "kepala kampung"),
        ("34.04", "kalurahan", "lurah"),
    ],
)
def test_a_regency_speaks_its_own_words(code: str, village: str, head: str) -> None:
    words = regions.for_regency(code)
    assert (words.village, words.head_of_village) == (village, head)
    assert words.village in CHOICES["village"]
    assert words.head_of_village in CHOICES["head_of_village"]


def test_papua_has_distrik_and_a_city_is_a_kota() -> None:
    assert regions.for_regency("95.01").district == "distrik"
    assert regions.for_regency("73.71").regency == "kota"
    assert regions.for_regency("73.05").regency == "kabupaten"
    assert regions.for_regency("tidak ada") == regions.LocalWords()


def test_a_setting_overrides_the_usual_words_and_blanks_do_not() -> None:
    words = regions.for_regency("11.08").changed_by(
        {"village": " Desa ", "hamlet": "", "district": None, "lain": "x"}
    )
    assert (words.village, words.head_of_village, words.hamlet) == ("desa", "keuchik", "dusun")
    assert words.word_of(regions.VillageKind.KELURAHAN) == "kelurahan"
    assert words.word_of(regions.VillageKind.DESA_ADAT) == "desa adat"
