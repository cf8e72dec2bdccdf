"""What the preview's page says of each picture."""

from __future__ import annotations

import pytest

from siappakai.branding.preview_matrix import make_cells, percent
from siappakai.provision.preview_files import NAME, find_picture, picture_name, store_picture
from siappakai.provision.preview_pages import PAGES, SCREENS, linked_path, pages_of, path_on_domain

KEPT = {
    "page": "depan",
    "screen": "ponsel",
    "wrong": "",
    "sebelum": "4-depan-ponsel-sebelum.png",
    "sesudah": "4-depan-ponsel-sesudah.png",
    "beda": "4-depan-ponsel-beda.png",
    "status_sebelum": 200,
    "status_sesudah": 200,
    "outside_sebelum": ["fonts.example"],
    "outside_sesudah": ["cdn.example"],
    "share": 0.1243,
    "is_equal": False,
    "boxes": [[0, 0, 16, 16], [32, 0, 48, 16]],
}


def cell(**more):
    return make_cells([{**KEPT, **more}])[0]


def test_a_change_is_told_in_percent_and_parts() -> None:
    assert cell().sentence == "12,4 % berubah, 2 bagian"
    assert (cell().page_label, cell().screen_label) == ("Halaman depan", "Ponsel")
    assert cell().outside == ("cdn.example", "fonts.example")


def test_what_is_equal_broken_or_missing_says_so() -> None:
    assert cell(is_equal=True, share=0.0, boxes=[]).sentence == "Tidak berubah"
    assert cell(share=0.0, boxes=[]).sentence == "Berubah sangat sedikit, tak terlihat mata"
    assert cell(status_sesudah=500).sentence == "Halaman menjadi galat 500"
    assert cell(status_sesudah=500).is_broken
    assert not cell(status_sebelum=404, status_sesudah=404).is_broken
    assert cell(wrong="Tidak terbuka.", sesudah="", status_sesudah=0).is_broken
    assert not cell(wrong="Tidak terbuka.", sebelum="", status_sebelum=0).is_broken
    assert cell(wrong="Halaman tidak terbuka.").sentence == "Halaman tidak terbuka."
    blank = cell(is_blank_sebelum=False, is_blank_sesudah=True)
    assert blank.sentence == "Tampak kosong di sini, karena memerlukan server luar"
    assert not cell(is_blank_sebelum=True, is_blank_sesudah=True).became_blank
    assert make_cells([{"page": "depan", "screen": "layar"}])[0].sentence == "Belum dipotret"


@pytest.mark.parametrize(
    ("share", "spoken"),
    [(0.0, "0,0 %"), (0.0002, "kurang dari 0,1 %"), (0.5, "50,0 %"), (1.0, "100,0 %")],
)
def test_a_share_that_is_not_nothing_never_reads_as_nothing(share: float, spoken: str) -> None:
    assert percent(share) == spoken


def test_every_page_of_every_product_has_a_picture_name_of_its_own() -> None:
    names = [
        picture_name(12, page.word, screen.word, when)
        for pages in PAGES.values()
        for page in pages
        for screen in SCREENS
        for when in ("sebelum", "sesudah", "beda")
    ]
    assert all(NAME.fullmatch(name) for name in names)
    for pages in PAGES.values():
        assert len({page.word for page in pages}) == len(pages)
    assert pages_of("mobile_api") == ()


def test_a_page_lies_below_its_products_web_path() -> None:
    login = pages_of("pbb")[0]
    assert path_on_domain("/pbb", login) == "/pbb/login"
    assert path_on_domain("/", pages_of("opensid")[0]) == "/"


def test_an_inner_page_is_one_that_the_home_page_leads_to() -> None:
    home = """<a href="https://lain.id/artikel/1/jauh">x</a> <a href='/artikel/2026/1/panen'>y</a>
    <a href="https://desa.id/artikel/2026/2/lain?x=1">z</a>"""
    assert linked_path(home, "https://desa.id", "/artikel/") == "/artikel/2026/1/panen"
    assert linked_path(home, "https://desa.id", "/berita/") == ""
    assert linked_path("<a href=/artikel/1>", "https://desa.id", "/artikel/") == ""


def test_only_a_pictures_name_finds_a_file(tmp_path) -> None:
    (tmp_path / "rahasia").write_text("x")
    store_picture(tmp_path, 3, "4-depan-ponsel-sebelum.png", b"satu")
    store_picture(tmp_path, 3, "4-depan-ponsel-sebelum.png", b"dua")
    found = find_picture(tmp_path, 3, "4-depan-ponsel-sebelum.png")
    assert found is not None and found.read_bytes() == b"dua"
    assert found.stat().st_mode & 0o777 == 0o640
    assert find_picture(tmp_path, 3, "../../rahasia") is None
    assert find_picture(tmp_path, 4, "4-depan-ponsel-sebelum.png") is None
    assert [each.name for each in found.parent.iterdir()] == [found.name]
