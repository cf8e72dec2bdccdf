"""The main ways through the panel in a real browser, from the first log-in to an installation."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import func, select

from siappakai.models import (
    Instance,
    LicenceState,
    Operation,
    Release,
    Server,
    WantedState,
    db,
    transaction,
)
from siappakai.regions import villages_of_regency
from tests.browser.conftest import PHONE, Panel, log_in
from tests.integration.web import family_rows, fleet_rows

pytestmark = pytest.mark.browser
ALL = villages_of_regency("7305")
PAGES = (
    *("/", "/desa", "/unggah", "/batch", "/batch/1", "/batch/1/periksa", "/batch/1/pasang"),
    *("/desa/7305011001", "/rilis", "/rilis/1", "/server", "/server/1", "/riwayat"),
    *("/penyiapan", "/penyiapan?cari=takalar", "/sandi", "/tidak-ada"),
    *("/langganan", "/langganan/tambah", "/langganan/tambah?desa=7305011001", "/operasi"),
    *("/kabupaten", "/kabupaten/7305", "/kabupaten/730501", "/basis-data", "/basis-data/9"),
    *("/aplikasi/1/perbarui", "/aplikasi/1/mundur", "/aplikasi/1/lepas", "/desa/7305022003"),
    *("/aplikasi/8/hidupkan", "/batch/2/pasang"),
)
UNLABELLED = """() => [...document.querySelectorAll("input:not([type=hidden]), select, textarea")]
  .filter((field) => !field.labels?.length && !field.ariaLabel).map((field) => field.outerHTML)"""
NAMELESS = """() => [...document.querySelectorAll("a[href], button, summary")]
  .filter((part) => part.checkVisibility() && !(part.innerText.trim() || part.ariaLabel))
  .map((part) => part.outerHTML)"""
TWICE = """() => { const ids = [...document.querySelectorAll("[id]")].map((part) => part.id);
  return ids.filter((id, at) => ids.indexOf(id) !== at); }"""
UNDESCRIBED = (
    """() => [...document.querySelectorAll("img:not([alt])")].map((part) => part.outerHTML)"""
)


def start_new_panel(panel: Panel) -> None:
    with panel.app.app_context(), transaction() as session:
        session.add_all([fleet_rows.add_server(), fleet_rows.add_release()])


def test_from_the_first_log_in_to_queued_installations(
    page: Page, panel: Panel, tmp_path: Path
) -> None:
    start_new_panel(panel)
    sheet = tmp_path / "desa.csv"
    rows = [f"{v.dotted};{v.name};{at}.takalar.test" for at, v in enumerate(ALL[:2])]
    wrong = "73.05.99.9999;Antah Berantah;x.takalar.test"
    sheet.write_text("\n".join(["Kode Desa;Nama Desa;Domain", *rows, wrong]), encoding="utf-8")

    log_in(page, panel)
    page.get_by_label("Nama atau kode kabupaten/kota").press_sequentially("takallar")
    page.get_by_role("link", name="Kabupaten Takalar").click()
    page.get_by_role("button", name="Pakai Kabupaten Takalar").click()
    page.get_by_role("link", name="Unggah daftar pertama").click()
    page.get_by_label("Pilih berkas").set_input_files(sheet)
    expect(page.get_by_text("desa.csv")).to_be_visible()
    page.get_by_role("button", name="Periksa berkas ini").click()

    expect(page.get_by_role("heading", name="2 dari 3 baris benar")).to_be_visible()
    page.get_by_role("link", name="Hanya yang salah").click()
    expect(page.get_by_text(ALL[0].dotted)).to_have_count(0)
    expect(page.get_by_text("Antah Berantah").first).to_be_visible()
    page.get_by_role("button", name="Simpan yang benar (2)").click()
    page.get_by_role("button", name="Pasang 2 aplikasi").dblclick()

    expect(page.get_by_role("heading", name="0 dari 2 aplikasi selesai")).to_be_visible()
    with panel.app.app_context():
        assert db.session.scalar(select(func.count(Operation.id))) == 2


def test_typing_narrows_the_list_and_the_address_keeps_it(
    page: Page, panel: Panel, fleet: int
) -> None:
    log_in(page, panel)
    page.goto(panel.address + "/desa")
    expect(page.locator("#daftar tbody tr")).to_have_count(6)
    page.get_by_label("Cari desa").press_sequentially(ALL[2].dotted)
    expect(page.locator("#daftar tbody tr")).to_have_count(1)
    expect(page.get_by_label("Cari desa")).to_be_focused()
    page.get_by_label("Cari desa").fill("")
    page.get_by_label("Keadaan").select_option("sehat")
    expect(page.locator("#daftar tbody tr")).to_have_count(1)
    expect(page).to_have_url(re.compile("keadaan=sehat"))
    page.reload()
    expect(page.locator("#daftar tbody tr")).to_have_count(1)
    expect(page.get_by_label("Keadaan")).to_have_value("sehat")


def test_sorting_and_paging_work_in_place_and_with_the_back_button(
    page: Page, panel: Panel
) -> None:
    with panel.app.app_context():
        fleet_rows.choose_regency()
        with transaction() as session:
            session.add_all(fleet_rows.make_village(v.code, v.name) for v in ALL)
    log_in(page, panel)
    page.goto(panel.address + "/desa")
    first = page.locator("#daftar tbody tr").first
    page.get_by_role("link", name="Kode").click()
    expect(first).to_contain_text(ALL[0].dotted)
    page.get_by_role("link", name="Halaman berikutnya").click()
    expect(first).to_contain_text(ALL[25].dotted)
    expect(page).to_have_url(re.compile("urut=kode&hal=2"))
    page.get_by_label("Cari desa").press_sequentially("desa.test")
    expect(first).to_contain_text(ALL[0].dotted)
    page.go_back()
    expect(first).to_contain_text(ALL[25].dotted)


def test_the_list_works_without_javascript(browser: object, panel: Panel, fleet: int) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    log_in(page, panel)
    page.goto(panel.address + "/desa")
    page.get_by_label("Cari desa").fill(ALL[1].code)
    page.get_by_role("button", name="Saring").click()
    expect(page.locator("#daftar tbody tr")).to_have_count(1)
    context.close()


def test_the_admin_password_appears_only_after_the_box_is_ticked(
    page: Page, panel: Panel, fleet: int
) -> None:
    log_in(page, panel)
    page.goto(f"{panel.address}/desa/{ALL[0].code}")
    page.get_by_text("Kata sandi admin pertama").click()
    page.get_by_role("button", name="Tampilkan").click()
    expect(page.get_by_text(fleet_rows.ADMIN_SECRET)).to_have_count(0)
    page.get_by_label("Saya perlu melihatnya").check()
    page.get_by_role("button", name="Tampilkan").click()
    expect(page.get_by_text(fleet_rows.ADMIN_SECRET)).to_be_visible()


def test_the_keyboard_alone_logs_in_and_reaches_the_content(
    page: Page, panel: Panel, fleet: int
) -> None:
    page.goto(panel.address + "/masuk")
    expect(page.get_by_label("Nama pengguna")).to_be_focused()
    page.keyboard.type("ani")
    page.keyboard.press("Tab")
    page.keyboard.type(fleet_rows.PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Kabupaten Takalar")).to_be_visible()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Langsung ke isi")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#isi")).to_be_focused()


def add_family(panel: Panel) -> None:
    """What the fleet lacks: an update to go back from, a removed and a combined village, a list."""
    with panel.app.app_context(), transaction() as session:
        server, release = session.get_one(Server, 1), session.get_one(Release, 1)
        newer = [fleet_rows.add_release(version) for version in ("2501.0.0", "2502.0.0")]
        pbb = fleet_rows.add_release("2603.0.0", product="pbb")
        session.add_all([*newer, pbb])
        session.flush()
        family_rows.update(session.get_one(Instance, 1), newer[0])
        village = family_rows.add_village(6)
        family_rows.install(village, pbb, server).observed_licence = LicenceState.UNKNOWN
        family_rows.install(village, release, server).wanted_state = WantedState.REMOVED
        group = family_rows.add_group(server, "Gabungan Takalar", "sid_gabungan_7305")
        assert group.id == 9
        family_rows.install(family_rows.add_village(7), release, server, group)
        family_rows.add_saved_batch(range(8, 11))


def test_choosing_changes_the_plan_at_once_and_a_wrong_name_keeps_what_was_typed(
    page: Page, panel: Panel, fleet: int
) -> None:
    add_family(panel)
    log_in(page, panel)
    page.goto(panel.address + "/batch/2/pasang")
    expect(page.get_by_role("button", name="Pasang 6 aplikasi")).to_be_visible()
    page.get_by_label("PBB").focus()
    page.get_by_label("PBB").select_option("")
    expect(page.get_by_role("button", name="Pasang 3 aplikasi")).to_be_visible()
    expect(page.get_by_label("PBB")).to_be_focused()
    expect(page.get_by_label("Nama basis data gabungan baru")).to_be_hidden()
    page.get_by_label("Gabungan baru", exact=False).first.check()
    page.get_by_label("Nama basis data gabungan baru").fill("Gabungan Takalar")
    page.get_by_role("button", name="Pasang 3 aplikasi").click(delay=500)
    expect(page.get_by_role("alert")).to_contain_text("sudah ada")
    field = page.get_by_label("Nama basis data gabungan baru")
    expect(field).to_have_value("Gabungan Takalar")
    expect(page.get_by_label("PBB")).to_have_value("")
    field.fill("Gabungan Selatan")
    page.get_by_role("button", name="Hitung ulang rencana").click()
    expect(field).to_have_value("Gabungan Selatan")
    page.get_by_role("button", name="Pasang 3 aplikasi").click()
    expect(page.get_by_role("heading", name="0 dari 3 aplikasi selesai")).to_be_visible()
    panel.complaints[:] = [said for said in panel.complaints if "422" not in said]


def test_alike_items_open_with_the_keyboard(page: Page, panel: Panel, fleet: int) -> None:
    add_family(panel)
    log_in(page, panel)
    page.goto(panel.address + "/batch/2/pasang")
    line = page.locator("summary", has_text="PBB belum terpasang")
    expect(page.get_by_text(ALL[8].dotted)).to_have_count(2)
    expect(page.get_by_text(ALL[8].dotted).first).to_be_hidden()
    line.focus()
    page.keyboard.press("Enter")
    expect(page.locator("details[open]").get_by_text(ALL[8].dotted)).to_be_visible()


def test_an_application_is_removed_only_after_its_page_was_read_and_ticked(
    page: Page, panel: Panel, fleet: int
) -> None:
    log_in(page, panel)
    page.goto(f"{panel.address}/desa/{ALL[0].code}")
    page.get_by_role("link", name="Lepas OpenSID").click()
    expect(page.get_by_role("heading", name="Lepas OpenSID")).to_be_visible()
    page.get_by_role("button", name="Lepas OpenSID").click()
    expect(page).to_have_url(re.compile("/aplikasi/1/lepas"))
    page.get_by_label("Saya mengerti").check()
    page.get_by_role("button", name="Lepas OpenSID").click()
    expect(page.get_by_text("Semua datanya tetap disimpan")).to_be_visible()
    expect(page.locator("#kemajuan").get_by_text("Menunggu giliran").first).to_be_visible()
    expect(page.get_by_role("link", name="Lepas OpenSID")).to_have_count(0)


def test_every_page_is_labelled_named_and_fits_a_phone(
    page: Page, panel: Panel, fleet: int
) -> None:
    add_family(panel)
    log_in(page, panel)
    for path in PAGES:
        page.set_viewport_size(PHONE)
        page.goto(panel.address + path)
        assert page.locator("html").get_attribute("lang") == "id"
        assert page.locator("h1").count() == 1, path
        for finder in (UNLABELLED, NAMELESS, TWICE, UNDESCRIBED):
            assert page.evaluate(finder) == [], path
        width = page.evaluate("document.documentElement.scrollWidth")
        assert width <= PHONE["width"], path
    panel.complaints[:] = [said for said in panel.complaints if "404" not in said]
