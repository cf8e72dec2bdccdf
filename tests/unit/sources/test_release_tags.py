"""Tags and lists name releases, or are told not to."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from siappakai.errors import InvalidInput
from siappakai.models import Edition
from siappakai.provision.release_notes import notes_file, notes_of
from siappakai.provision.release_tags import NEWEST, NamedRelease, read_list, read_tag, sort_tags


@pytest.mark.parametrize(
    ("tag", "version", "edition"),
    [
        ("v2410.0.0", "2410.0.0", None),
        ("22.09", "22.09", None),
        ("v2507.0.0-premium", "2507.0.0", Edition.PREMIUM),
        ("v2507.0.1-premium-rev01", "2507.0.1-rev01", Edition.PREMIUM),
        ("v2602.1.0-rev2", "2602.1.0-rev2", None),
        ("v2606.0.0-beta3", "2606.0.0-beta3", None),
        ("v2606.0.0-umum", "2606.0.0", Edition.GENERAL),
    ],
)
def test_a_tag_names_a_version_and_perhaps_an_edition(
    tag: str, version: str, edition: Edition | None
) -> None:
    assert read_tag(tag) == NamedRelease(version, tag, edition)


@pytest.mark.parametrize(
    "tag", ["akhir-tahap-2", "v.1.2.1", "v1.17-fix", "V2410.0.0", "2410", "v2410.0.0-rusak", ""]
)
def test_another_tag_names_no_release(tag: str) -> None:
    assert read_tag(tag) is None


def test_the_newest_are_found_and_older_ones_only_while_something_runs_them() -> None:
    tags = [f"v{year}{month:02d}.0.0" for year in (23, 24) for month in range(1, 13)]
    told = sort_tags([*tags, "uji-coba"])
    assert [each.tag for each in told.found] == tags[: -NEWEST - 1 : -1]
    assert told.strange == ("uji-coba",) and len(told.older) == 12
    told = sort_tags(tags, "2303.0.0")
    assert told.found[-1].version == "2303.0.0" and len(told.older) == 2


def test_two_spellings_of_one_release_are_one() -> None:
    found = sort_tags(["v2410.0.0", "2410.0.0", "v2410.0.0-premium"]).found
    assert {(each.tag, each.edition) for each in found} == {
        ("v2410.0.0", None),
        ("v2410.0.0-premium", Edition.PREMIUM),
    }


@pytest.mark.parametrize(
    "text",
    [
        "v2410.0.0\nv2409.0.0,v2409.0.0,premium\n",
        "versi;tag;edisi\nv2410.0.0;;\n# dilewati\n\n2409.0.0;v2409.0.0;premium\n",
        '["v2410.0.0", {"versi": "2409.0.0", "tag": "v2409.0.0", "edisi": "premium"}]',
    ],
)
def test_a_list_is_read_from_lines_csv_and_json(text: str) -> None:
    assert read_list(text) == [
        NamedRelease("2410.0.0", "v2410.0.0", None),
        NamedRelease("2409.0.0", "v2409.0.0", Edition.PREMIUM),
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "kosong"),
        ("v2410.0.0\nterbaru\n", "Baris 2"),
        ("v2410.0.0,,emas\n", "Baris 1"),
        ("[1", "JSON"),
        ('{"versi": "2410.0.0"}', "bukan sebuah daftar"),
    ],
)
def test_a_wrong_list_says_where(text: str, told: str) -> None:
    with pytest.raises(InvalidInput, match=told):
        read_list(text)


@given(st.text(max_size=200))
def test_no_text_crashes_the_reader(text: str) -> None:
    try:
        named = read_list(text)
    except InvalidInput:
        return
    assert named


def test_notes_are_the_part_under_the_versions_heading() -> None:
    log = "# Log\n\n## 2410.0.1\n\nbaru\n\n### rinci\n\n## 2410.0.0\n\nlama\n\n## 2409.0.0\n\ntua\n"
    assert notes_of(log, "2410.0.0") == "## 2410.0.0\n\nlama"
    assert notes_of(log, "2410.0.1") == "## 2410.0.1\n\nbaru\n\n### rinci"
    assert notes_of("hanya satu\r\n\r\nrilis", "2410.0.0") == "hanya satu\n\nrilis"
    assert notes_file(["README.md", "CHANGELOG.md"]) == "CHANGELOG.md"
    assert notes_file(["changelog.md", "Catatan_Rilis.md"]) == "Catatan_Rilis.md"
    assert notes_file(["README.md"]) is None
