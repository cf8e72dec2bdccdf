"""Rules of fuzzy search and of comparing typed names with official ones."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from siappakai import regions
from siappakai.regions.names import name_key, name_keys, name_matches, name_score
from siappakai.regions.official_list import load_level


def names_of(matches: list[regions.Match]) -> list[str]:
    return [match.village.name for match in matches]


@pytest.mark.parametrize(
    ("typed", "official"),
    [
        ("Kel. Pattalasang", "Pattallassang"),
        ("Kelurahan Pattallassang", "Pattallassang"),
        ("desa patani", "Patani"),
        ("Ds. Patani", "Patani"),
        ("pa batangang", "Pa'batangang"),
        ("Pa’batangang", "Pa'batangang"),
        ("PATANI ", "Patani"),
        ("Banggai", "Banggae"),
        ("Galesong  Baru", "Galesong Baru"),
    ],
)
def test_a_name_in_another_spelling_finds_its_village_first(typed: str, official: str) -> None:
    found = regions.search_villages(typed, "73.05", limit=3)
    assert names_of(found)[0] == official
    assert name_matches(found[0].village, typed)


@pytest.mark.parametrize(
    ("official", "typed"),
    [
        ("Lawe Petanduk-II", "Lawe Petanduk 2"),
        ("Siurai-Urai", "Siurai Urai"),
        ("Sei Batu", "Sungai Batu"),
        ("Kampung Baru", "Kp. Baru"),
        ("Tanjung Dua", "Tj. II"),
        ("Desa Baru", "Baru"),
        ('Soka"an', "Sokaan"),
    ],
)
def test_variants_of_one_name_score_full(official: str, typed: str) -> None:
    assert name_score(official, typed) == 100.0


@pytest.mark.parametrize(
    ("official", "typed"),
    [
        ("Galesong Utara", "Galesong Selatan"),
        ("Ramunia 1", "Ramunia 2"),
        ("Ramunia I", "Ramunia II"),
        ("Suka Maju", "Suka Maju Baru"),
        ("Patani", "Galesong"),
        ("Patani", ""),
    ],
)
def test_neighbours_with_like_names_are_not_taken_for_each_other(official, typed) -> None:
    assert not name_matches(regions.Village("7305012003", official), typed)


def test_search_over_the_whole_country_is_quick_once_warm() -> None:
    regions.search_villages("galesong")
    started = time.perf_counter()
    found = regions.search_villages("galesong baru")
    assert time.perf_counter() - started < 0.8
    assert found[0].village.dotted == "73.05.09.2001"
    assert found[0].score == 100.0


def test_search_stays_inside_the_regency() -> None:
    found = regions.search_villages("tanjung", "1108", limit=20)
    assert found
    assert {match.village.regency_code for match in found} == {"1108"}


def test_a_code_typed_into_the_search_lists_what_begins_with_it() -> None:
    found = regions.search_villages("73.05.01", limit=50)
    assert [m.village for m in found] == regions.villages_of_district("730501")


def test_matches_come_best_first_and_never_more_than_asked_for() -> None:
    found = regions.search_villages("meunasah", limit=7)
    assert len(found) == 7
    assert [m.score for m in found] == sorted((m.score for m in found), reverse=True)


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("takalar", "Kabupaten Takalar"),
        ("Kab. Tana Toraja", "Kabupaten Tana Toraja"),
        ("aceh utra", "Kabupaten Aceh Utara"),
        ("Kota Bima", "Kota Bima"),
        ("jakarta pusat", "Kota Administrasi Jakarta Pusat"),
        ("73.05", "Kabupaten Takalar"),
    ],
)
def test_a_regency_is_found_by_name_or_code(typed: str, name: str) -> None:
    assert regions.search_regencies(typed)[0].regency.name == name


@given(st.text(max_size=40))
def test_searching_and_comparing_never_raise(text: str) -> None:
    regions.search_villages(text, "7305")
    regions.search_regencies(text)
    assert 0.0 <= name_score("Patani", text) <= 100.0


def test_every_official_name_matches_itself() -> None:
    villages = regions.villages_of_regency("7305") + regions.villages_of_regency("1108")
    assert all(name_score(v.name, v.name.upper()) == 100.0 for v in villages)


def test_keys_made_in_bulk_are_those_made_one_by_one() -> None:
    names = [*load_level("villages").names[::97], 'Soka"an', "Bu Nuapu’u", "Désa  Baru\u00a0II"]
    assert name_keys(names) == [name_key(name) for name in names]
