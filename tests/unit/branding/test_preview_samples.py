"""Which villages stand for all the others."""

from __future__ import annotations

from siappakai.branding.preview_samples import Candidate, choose_samples


def village(number: int, district: str = "730501", **more) -> Candidate:
    code = f"{district}{2000 + number}"
    return Candidate(code, f"Desa {number}", district, f"Kec {district}", (number,), **more)


def reasons(found) -> dict[str, str]:
    return {each.candidate.name: each.reason for each in found}


def test_the_largest_smallest_combined_and_self_willed_are_proposed_then_one_a_district() -> None:
    everyone = [
        village(1, size_bytes=500),
        village(2, size_bytes=9000),
        village(3, size_bytes=100),
        village(4, size_bytes=99_000, is_combined=True),
        village(5, has_own_look=True),
        village(6, "730502"),
        village(7, "730502"),
        village(8, "730503"),
    ]
    assert reasons(choose_samples(everyone)) == {
        "Desa 2": "data terbesar",
        "Desa 3": "data terkecil",
        "Desa 4": "di basis data gabungan",
        "Desa 5": "punya wajah pilihan sendiri",
        "Desa 6": "kecamatan Kec 730502",
        "Desa 8": "kecamatan Kec 730503",
    }


def test_without_any_known_size_there_is_still_one_of_each_district() -> None:
    found = choose_samples([village(1), village(2, "730502"), village(3, "730502")])
    assert reasons(found) == {"Desa 1": "kecamatan Kec 730501", "Desa 2": "kecamatan Kec 730502"}


def test_no_village_is_proposed_twice_and_never_too_many() -> None:
    many = [village(1, f"{730500 + each}", size_bytes=each) for each in range(1, 40)]
    found = choose_samples(many)
    codes = [each.candidate.code for each in found]
    assert len(codes) == len(set(codes)) == 10
    assert [each.reason for each in found][:2] == ["data terbesar", "data terkecil"]
    only = choose_samples([village(1, size_bytes=5)])
    assert reasons(only) == {"Desa 1": "data terbesar"}


def test_no_villages_no_samples() -> None:
    assert choose_samples([]) == ()
