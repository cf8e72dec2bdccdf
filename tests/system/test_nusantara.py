"""Nusantara on the real OpenSID 2408 and 2410: every page whole, quiet, accessible and light."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser

from siappakai.branding.tokens import make_tokens
from tests.fleet import Fleet, running_fleet
from tests.system.nusantara_village import furnish
from tests.system.nusantara_visitor import (
    PAGES,
    PHONE,
    WIDE,
    Visitor,
    chromium,
    grave_findings,
    low_contrast,
    open_page,
    page_weight,
    visit,
    visitor_of,
)
from tests.system.nusantara_worn import (
    THEME,
    Dressed,
    complaints,
    dress_with,
    dressed,
    wear,
)
from tests.system.villages import install, village_list

pytestmark = [pytest.mark.system, pytest.mark.real_source, pytest.mark.timeout(1800)]

RELEASES = ("v2408.0.0", "v2410.0.0")
NUSANTARA = {"web_theme": "desa/nusantara", "apbdes_manual_input": "1"}
ODD = {  # yellow on yellow, near black, near white, and what a random designer sends
    "kuning": ("#ffee00", "#fff7a0", "#ffd000"),
    "gelap": ("#050505", "#0a0a12", "#120505"),
    "pucat": ("#fdfdfd", "#f4f4ff", "#fff6f6"),
    "acak": tuple(f"#{random.Random(at).randrange(1 << 24):06x}" for at in (7, 8, 9)),
}


@dataclass
class Ground:
    fleet: Fleet
    villages: dict[str, Dressed]

    def visitor(self, release: str) -> Visitor:
        return visitor_of(self.fleet, self.villages[release])


@pytest.fixture(scope="module")
def ground() -> Iterator[Ground]:
    """A furnished village of each release, wearing the theme; PHP is listened to."""
    source = os.environ.get("SIAPPAKAI_SUMBER_OPENSID")
    if not source:
        pytest.skip("SIAPPAKAI_SUMBER_OPENSID is not set: the real OpenSID was not tried")
    with running_fleet("ujinusa") as fleet:
        fleet.start_worker()
        villages = {name: _village(fleet, name, source, at) for at, name in enumerate(RELEASES)}
        yield Ground(fleet, villages)


def _village(fleet: Fleet, release: str, source: str, at: int) -> Dressed:
    content = village_list("7305", 40 + at, 1)
    _, ids = install(fleet, content, fleet.add_release(release, source))
    fleet.wait_finished(ids, timeout_s=400)
    code = content.decode().splitlines()[1].split(";")[0].replace(".", "")
    village = dressed(fleet, code)
    furnish(fleet, village)
    wear(village, settings=NUSANTARA)
    return village


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as opened:
        yield opened


def brand(name: str = "acak", **more: object) -> dict[str, object]:
    return {
        "format": 1,
        "version": 3,
        "names": {"app_name": "Takalar Digital", "footer_text": "Pemerintah Kabupaten Takalar"},
        "tokens": make_tokens(*ODD[name]),
        **more,
    }


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("name", PAGES)
def test_every_page_answers_whole_in_our_theme(ground: Ground, release: str, name: str) -> None:
    path, words = PAGES[name]
    answer = ground.visitor(release).get(path)
    assert answer.status_code == 200, answer.text[-2000:]
    assert words in answer.text
    assert answer.text.rstrip().endswith("</html>")
    assert "assets/css/nusantara.css" in answer.text and '<main id="isi"' in answer.text
    assert answer.text.count("<h1") == 1


@pytest.mark.parametrize("release", RELEASES)
def test_articles_agendas_and_comments_show_what_was_written(ground: Ground, release: str) -> None:
    visitor = ground.visitor(release)
    home = visitor.get("/").text
    link = next(part for part in home.split('"') if part.endswith("/uji-0"))
    article = visitor.get(link.removeprefix(visitor.address)).text
    assert "Panen raya" in article and "<h2>Rincian</h2>" in article
    assert "Semoga panen berikutnya" in article  # the tag a visitor typed is gone
    assert 'name="captcha_code"' in article and 'name="sidcsrf"' in article
    event = next(part for part in home.split('"') if part.endswith("/uji-6"))
    assert "Balai desa" in visitor.get(event.removeprefix(visitor.address)).text
    assert "Transparansi anggaran 2023" in home and "Rp850.000.000" in home


@pytest.mark.parametrize("release", RELEASES)
def test_php_complains_about_nothing_in_the_theme(ground: Ground, release: str) -> None:
    village = ground.villages[release]
    visitor = ground.visitor(release)
    village.heard.unlink(missing_ok=True)
    for path, _ in PAGES.values():
        visitor.get(path)
    dress_with(village, brand("kuning", ribbon={"kind": "merah_putih", "text": ""}))
    visitor.get("/")
    dress_with(village, None)
    assert complaints(village) == []


def test_the_listener_hears_a_notice_of_a_theme(ground: Ground) -> None:
    village = ground.villages["v2410.0.0"]
    footer = village.desa / "themes" / "nusantara" / "commons" / "kaki.php"
    whole = footer.read_text()
    footer.write_text(whole + "<?= $nobody_made_this ?>")
    try:
        _until_seen(ground.visitor("v2410.0.0"))
        assert any("nobody_made_this" in line for line in complaints(village))
    finally:
        footer.write_text(whole)
        _until_seen(ground.visitor("v2410.0.0"))
        village.heard.unlink(missing_ok=True)


def _until_seen(visitor: Visitor) -> None:
    """OPcache looks at changed files every two seconds."""
    time.sleep(2.5)
    visitor.get("/")


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_grave_on_any_page(
    ground: Ground, browser: Browser, release: str, scheme: str
) -> None:
    address = ground.visitor(release).address
    found: dict[str, list[str]] = {}
    with open_page(browser, scheme=scheme) as page:
        for name, (path, _) in PAGES.items():
            visit(page, address + path)
            page.wait_for_timeout(300)
            if grave := grave_findings(page):
                found[name] = grave
    assert found == {}


@pytest.mark.parametrize("palette", ODD)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_texts_keep_their_contrast_with_odd_palettes(
    ground: Ground, browser: Browser, palette: str, scheme: str
) -> None:
    village = ground.villages["v2410.0.0"]
    address = ground.visitor("v2410.0.0").address
    dress_with(village, brand(palette))
    try:
        with open_page(browser, scheme=scheme) as page:
            for path in ("/", "/first/statistik/13", "/pengaduan", "/arsip", "/lapak"):
                visit(page, address + path)
                assert low_contrast(page) == [], path
    finally:
        dress_with(village, None)


@pytest.mark.parametrize("size", [PHONE, WIDE], ids=["phone", "wide"])
def test_no_page_is_wider_than_its_screen(
    ground: Ground, browser: Browser, size: dict[str, int]
) -> None:
    address = ground.visitor("v2410.0.0").address
    wide = {}
    with open_page(browser, size) as page:
        for name, (path, _) in PAGES.items():
            visit(page, address + path)
            over = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
            if over > 0:
                wide[name] = over
    assert wide == {}


def test_the_menu_of_a_phone_opens_and_closes_by_keyboard(ground: Ground, browser: Browser) -> None:
    with open_page(browser, PHONE) as page:
        visit(page, ground.visitor("v2410.0.0").address)
        menu = page.locator("#menu-utama")
        assert not menu.is_visible()
        page.locator(".tombol-menu").focus()
        page.keyboard.press("Enter")
        assert menu.is_visible()
        menu.locator(".menu-induk > button").first.click()
        menu.get_by_role("link", name="Pemerintah", exact=True).click(trial=True)
        page.keyboard.press("Escape")
        page.keyboard.press("Escape")
        assert not menu.is_visible()


@pytest.mark.parametrize("release", RELEASES)
def test_remote_tables_fill_and_the_map_draws(
    ground: Ground, browser: Browser, release: str
) -> None:
    address = ground.visitor(release).address
    with open_page(browser) as page:
        for path, word in (
            ("/informasi-publik", "Dokumen nomor 0"),
            ("/peraturan-desa", "Dokumen nomor 1"),
            ("/first/statistik/bantuan_penduduk", "BLT"),
        ):
            visit(page, address + path)
            page.locator(".tabel-jauh tbody", has_text=word).wait_for(timeout=15_000)
        visit(page, address + "/peta")
        page.locator(".leaflet-interactive").first.wait_for(timeout=15_000)
        assert page.locator("path.leaflet-interactive").count() >= 4


@pytest.mark.parametrize("release", RELEASES)
def test_a_comment_and_a_complaint_reach_opensid(
    ground: Ground, browser: Browser, release: str
) -> None:
    address = ground.visitor(release).address
    with open_page(browser) as page:
        visit(page, address)
        page.locator("h2 a", has_text="Panen raya").click()
        page.get_by_label("Nama").fill("Warga Uji")
        page.get_by_label("Nomor HP").fill("081234567890")
        page.locator("#k-isi").fill("Terima kasih")
        page.get_by_label("Tulis kode pada gambar").fill("salah")
        page.get_by_role("button", name="Kirim komentar").click()
        page.locator(".kabar-form.gagal", has_text="salah").wait_for()
        assert page.locator("#k-isi").input_value() == "Terima kasih"
        visit(page, address + "/pengaduan")
        page.locator("#buat summary").click()
        page.locator("#a-nama").fill("Warga Uji")
        page.locator("#a-judul").fill("Jembatan rusak")
        page.locator("#a-isi").fill("Papannya lepas")
        page.locator("#a-kode").fill("salah")
        page.get_by_role("button", name="Kirim pengaduan").click()
        page.locator(".kabar-form.gagal", has_text="captcha").wait_for()
        assert page.locator("#a-judul").input_value() == "Jembatan rusak"


@pytest.mark.parametrize("release", RELEASES)
def test_the_home_page_weighs_at_most_half_of_the_default_themes(
    ground: Ground, browser: Browser, release: str
) -> None:
    village, address = ground.villages[release], ground.visitor(release).address
    ours, our_requests = page_weight(browser, address)
    wear(village, None, settings={"web_theme": "natra"})
    try:
        theirs, their_requests = page_weight(browser, address)
    finally:
        wear(village, THEME, settings=NUSANTARA)
    print(f"{release}: {ours} in {our_requests}, natra {theirs} in {their_requests}")
    assert ours <= theirs / 2


@pytest.mark.parametrize("release", RELEASES)
def test_the_kit_decides_colours_names_and_ribbons(
    ground: Ground, browser: Browser, release: str
) -> None:
    village, address = ground.villages[release], ground.visitor(release).address
    kit = brand("acak", ribbon={"kind": "berkabung", "text": "Turut berduka"})
    dress_with(village, kit)
    try:
        with open_page(browser) as page:
            visit(page, address)
            seen = page.evaluate(
                "getComputedStyle(document.documentElement).getPropertyValue('--sp-primary')"
            )
            assert seen.strip() == kit["tokens"]["--sp-primary"]
            assert page.locator(".pita-berkabung").inner_text() == "Turut berduka"
            assert page.locator(".sambutan-awal").inner_text() == "Takalar Digital"
            assert "Pemerintah Kabupaten Takalar" in page.locator(".kaki-dasar").inner_text()
    finally:
        dress_with(village, None)


@pytest.mark.parametrize(
    "broken",
    [
        {},
        {"tokens": {"--sp-primary": "red;}</style><script>alert(1)</script>"}, "names": [1]},
        {"fonts": {"heading": "x;}*{display:none", "faces": [{"url": "//jahat.test/a.woff2"}]}},
        {"images": {"logo": "javascript:alert(1)"}, "social": {"x": "javascript:alert(1)"}},
        {"ribbon": {"kind": "lain", "text": "<b>x</b>"}, "names": {"app_name": "<script>1"}},
    ],
    ids=["empty", "tokens", "fonts", "pictures", "words"],
)
def test_a_broken_kit_harms_no_page(ground: Ground, broken: dict[str, object]) -> None:
    village = ground.villages["v2410.0.0"]
    dress_with(village, broken)
    try:
        answer = ground.visitor("v2410.0.0").get("/")
    finally:
        dress_with(village, None)
    assert answer.status_code == 200 and answer.text.rstrip().endswith("</html>")
    for mark in ("<script>alert", "jahat.test", "javascript:", "display:none", "<script>1"):
        assert mark not in answer.text


@pytest.mark.parametrize("release", RELEASES)
def test_a_closed_village_says_so_in_our_theme(ground: Ground, release: str) -> None:
    village = ground.villages[release]
    wear(village, None, settings={"offline_mode": "2"})
    try:
        answer = ground.visitor(release).get("/")
        assert "Kami sedang berbenah" in answer.text and "nusantara.css" in answer.text
        assert complaints(village) == []
    finally:
        wear(village, None, settings={"offline_mode": "0"})
    assert "Kabar terbaru" in ground.visitor(release).get("/").text


@pytest.mark.parametrize("release", RELEASES)
def test_opensid_switches_no_widget_off_because_of_our_theme(ground: Ground, release: str) -> None:
    village = ground.villages[release]
    ground.visitor(release).get("/")
    databases = ground.fleet.tools.databases
    with databases.connection(village.database) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT isi FROM widget WHERE jenis_widget = 1 AND enabled <> 1")
        assert cursor.fetchall() == ()


@pytest.mark.parametrize("release", RELEASES)
def test_an_unknown_address_is_our_404_where_the_village_is_told_to_use_it(
    ground: Ground, release: str
) -> None:
    village = ground.villages[release]
    config = village.home / "config" / "config.php"
    before = config.read_text()
    line = "$config['error_views_path'] = FCPATH . 'desa/themes/nusantara/errors/';\n"
    config.write_text(before + line)
    try:
        answer = ground.visitor(release).get("/tidak-ada-di-sini")
        assert answer.status_code == 404
        assert "Halaman tidak ditemukan" in answer.text and "nusantara.css" in answer.text
    finally:
        config.write_text(before)
