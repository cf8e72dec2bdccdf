"""Rules of look-ups by code in the packed official list."""

from __future__ import annotations

import gzip
import os
import subprocess
import sys
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from siappakai import regions
from siappakai.regions.official_list import LEVELS, OFFICIAL_FOLDER, load_level
from siappakai.regions.pack import pack_folder, pack_level


def test_the_list_holds_every_province_regency_district_and_village() -> None:
    counts = [len(load_level(level).codes) for level in LEVELS]
    assert counts == [38, 514, 7285, 83762]


def test_codes_are_sorted_unique_and_have_parents() -> None:
    parents = {"regencies": ("provinces", 2), "districts": ("regencies", 4)}
    parents["villages"] = ("districts", 6)
    for level in LEVELS:
        codes = load_level(level).codes
        assert codes == sorted(set(codes))
        if level in parents:
            above, length = parents[level]
            assert {code[:length] for code in codes} <= set(load_level(above).codes)


def test_the_whole_list_loads_in_well_under_a_second_in_a_fresh_process() -> None:
    code = (
        "import time; from siappakai.regions.lookup import find_village as f;"
        "t = time.perf_counter(); f('7305012003'); f('1108012001'); print(time.perf_counter() - t)"
    )
    env = {"PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, env=env)
    assert float(done.stdout) < 0.8


@pytest.mark.parametrize("code", ["73.05.01.2003", "7305012003", " 7305 01 2003 ", "7305012003.0"])
def test_a_village_is_found_with_or_without_dots(code: str) -> None:
    village = regions.find_village(code)
    assert village == regions.Village("7305012003", "Patani")
    assert village.dotted == "73.05.01.2003"
    assert (village.district_code, village.regency_code) == ("730501", "7305")


def test_the_last_group_tells_what_a_village_is() -> None:
    kinds = [regions.find_village(c).kind for c in ("7305011001", "7305012003", "91.03.01.3007")]
    assert kinds == ["kelurahan", "desa", "desa_adat"]


def test_a_code_of_another_level_is_not_found() -> None:
    assert regions.find_village("73.05") is None
    assert regions.find_regency("73.05.01.2003") is None
    assert regions.find_village("73.05.01.2999") is None
    assert regions.find_province("99") is None


def test_takalar_luwu_and_aceh_utara_have_their_villages() -> None:
    counts = {c: len(regions.villages_of_regency(c)) for c in ("73.05", "7317", "11.08")}
    assert counts == {"73.05": 110, "7317": 227, "11.08": 852}


def test_children_are_exactly_those_whose_code_begins_with_the_parent() -> None:
    districts = regions.districts_of_regency("7305")
    villages = [v for d in districts for v in regions.villages_of_district(d.code)]
    assert villages == regions.villages_of_regency("7305")
    assert regions.find_district("730501").name == "Mappakasunggu"
    assert regions.find_regency("7305").name == "Kabupaten Takalar"
    assert regions.find_province("73").name == "Sulawesi Selatan"
    assert len(regions.regencies()) == 514
    assert len(regions.regencies("73")) == 24
    assert len(regions.provinces()) == 38


@pytest.mark.parametrize("code", ["", "73", "73050", "7305012003", "abcd", "73.05.01"])
def test_a_code_that_is_no_regency_has_no_villages(code: str) -> None:
    assert regions.villages_of_regency(code) == []


@pytest.mark.parametrize(
    ("typed", "digits"),
    [
        ("７３.０５.０１.２００３", "7305012003"),
        ("'7305012003", "7305012003"),
        ("73.05.01.2003\u00a0", "7305012003"),
        ("\ufeff73.05.01.2003", "7305012003"),
        ("73-05-01-2003", "7305012003"),
        ("7305012003.00", "7305012003"),
        ("73.05", "7305"),
        ("7.30501E+09", None),
        ("73.05.01.200", None),
        ("٧٣٠٥٠١٢٠٠٣", None),
        ("tujuh tiga", None),
        ("", None),
    ],
)
def test_a_code_is_understood_however_it_was_typed(typed: str, digits: str | None) -> None:
    assert regions.normalise_code(typed) == digits


@given(st.text())
def test_normalising_never_raises_and_gives_ascii_digits_only(text: str) -> None:
    code = regions.normalise_code(text)
    assert code is None or (code.isascii() and code.isdigit() and len(code) in (2, 4, 6, 10))


@given(st.sampled_from(load_level("villages").codes))
def test_a_dotted_code_normalises_back(code: str) -> None:
    assert regions.normalise_code(regions.dot_code(code)) == code


def test_packing_the_same_source_twice_gives_the_same_bytes(tmp_path) -> None:
    source, first, second = tmp_path / "csv", tmp_path / "a", tmp_path / "b"
    source.mkdir()
    rows = {
        "provinces": "code,name\n73,Sulawesi Selatan\n11,Aceh\n",
        "regencies": "code,province_code,name\n73.05,73,Kabupaten Takalar\n",
        "districts": "code,regency_code,name\n73.05.01,73.05,Mappakasunggu\n",
        "villages": 'code,district_code,name\n73.05.01.2003,73.05.01,"Pa""tani, dua"\n',
    }
    for level, text in rows.items():
        (source / f"{level}.csv").write_text(text, encoding="utf-8")
    (source / "LICENSE.md").write_text("ODbL", encoding="utf-8")
    assert pack_folder(source, first) == pack_folder(source, second)
    for level in LEVELS:
        name = f"{level}.csv.gz"
        assert (first / name).read_bytes() == (second / name).read_bytes()
    packed = gzip.decompress((first / "villages.csv.gz").read_bytes())
    assert packed == b'7305012003,Pa"tani, dua\n'
    assert gzip.decompress((first / "provinces.csv.gz").read_bytes()).startswith(b"11,Aceh\n73")


def test_a_village_without_its_district_is_refused_before_anything_is_written(tmp_path) -> None:
    (tmp_path / "provinces.csv").write_text("code,name\n73,Sulawesi Selatan\n")
    (tmp_path / "regencies.csv").write_text("code,province_code,name\n73.05,73,Takalar\n")
    (tmp_path / "districts.csv").write_text("code,regency_code,name\n73.05.01,73.05,X\n")
    (tmp_path / "villages.csv").write_text("code,district_code,name\n73.05.02.2001,73.05.02,Y\n")
    with pytest.raises(Exception, match="7305022001"):
        pack_folder(tmp_path, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_the_packed_files_are_what_packing_their_own_content_gives() -> None:
    for level in LEVELS:
        listed = load_level(level)
        again = pack_level(dict(zip(listed.codes, listed.names, strict=True)))
        stored = (OFFICIAL_FOLDER / f"{level}.csv.gz").read_bytes()
        assert gzip.decompress(again) == gzip.decompress(stored)
        assert stored[4:8] == b"\0\0\0\0"


def test_licence_and_attribution_travel_with_the_list() -> None:
    assert "Open Database License" in (OFFICIAL_FOLDER / "LICENSE.md").read_text(encoding="utf-8")
    readme = (OFFICIAL_FOLDER / "README.md").read_text(encoding="utf-8")
    assert regions.attribution() in readme
    assert "ODbL" in regions.attribution()


def test_ten_thousand_look_ups_are_quick() -> None:
    codes = load_level("villages").codes[::8]
    started = time.perf_counter()
    assert all(regions.find_village(code) for code in codes)
    assert time.perf_counter() - started < 2.0
