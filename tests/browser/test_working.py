"""The main ways through the panel in a real browser, from the first log-in to an installation."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import func, select

from siappakai.models import Operation, db, transaction
from siappakai.regions import villages_of_regency
from tests.browser.conftest import PHONE, Panel, log_in
from tests.integration.web import fleet_rows

pytestmark = pytest.mark.browser
ALL = villages_of_regency("7305")
PAGES = (
    *("/", "/desa", "/unggah", "/batch", "/batch/1", "/batch/1/periksa", "/batch/1/pasang"),
    *("/desa/7305011001", "/rilis", "/rilis/1", "/server", "/server/1", "/riwayat"),
    *("/penyiapan", "/penyiapan?cari=takalar", "/sandi", "/tidak-ada"),
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
    page.get_by_role("button", name="Pasang 2 desa").dblclick()

    expect(page.get_by_role("heading", name="0 dari 2 selesai")).to_be_visible()
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


def test_every_page_is_labelled_named_and_fits_a_phone(
    page: Page, panel: Panel, fleet: int
) -> None:
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
