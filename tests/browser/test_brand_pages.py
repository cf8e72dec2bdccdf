"""Wajah in a browser: a kit is filled, looked at, applied, followed, and taken back."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from siappakai.models import Rollout, db
from siappakai.rollout.drive import advance
from tests.browser.conftest import PHONE, Panel, log_in
from tests.integration.rows.rollout_rows import active_operations, end_operation
from tests.integration.web import brand_rows as rows
from tests.integration.web import fleet_rows

pytestmark = pytest.mark.browser
SOON_MS = 15_000
SHOTS = os.environ.get("SIAPPAKAI_UJI_GAMBAR", "")


@pytest.fixture
def ids(panel: Panel, tmp_path: Path) -> list[int]:
    with panel.app.app_context():
        fleet_rows.choose_regency()
        return rows.add_wearers(tmp_path / "srv", 6)


def shoot(page: Page, name: str) -> None:
    """A picture for a person to look at, when a folder for it is named."""
    if SHOTS:
        page.screenshot(path=f"{SHOTS}/{name}.png", full_page=True)


def no_sideways(page: Page) -> None:
    wide = page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    assert wide <= 0, f"{page.url} is {wide} px too wide"


def test_a_look_from_the_kit_to_the_way_back(
    page: Page, panel: Panel, ids: list[int], tmp_path: Path
) -> None:
    log_in(page, panel)
    page.get_by_role("link", name="Wajah", exact=True).click()
    _fill_the_kit(page, tmp_path)
    assert all("422" in each for each in panel.complaints), panel.complaints
    panel.complaints.clear()  # the browser tells of the page that was refused
    _apply(page)
    _follow(page, panel)
    _go_back(page, panel)


def _fill_the_kit(page: Page, tmp_path: Path) -> None:
    logo = tmp_path / "logo.png"
    logo.write_bytes(rows.png(300))
    page.get_by_label("Nama aplikasi", exact=True).fill("Layanan Desa Takalar")
    page.get_by_role("textbox", name="Warna utama", exact=True).fill("#ffff00")
    offer = page.locator("#saran-primary_colour button")
    expect(offer).to_be_visible(timeout=SOON_MS)
    shoot(page, "wajah-warna")
    offer.click()
    expect(page.get_by_text("cukup untuk tulisan")).to_be_visible(timeout=SOON_MS)
    assert page.get_by_role("textbox", name="Warna utama", exact=True).input_value() != "#ffff00"
    page.locator("#logo").set_input_files(str(logo))
    page.get_by_role("switch", name="Terkunci Nama aplikasi").check()
    page.get_by_label("Facebook", exact=True).fill("https://jahat.example/x")
    page.get_by_role("button", name="Simpan lapisan").click()
    expect(page.get_by_text("1 isian perlu diperbaiki")).to_be_visible()
    expect(page.get_by_label("Nama aplikasi", exact=True)).to_have_value("Layanan Desa Takalar")
    expect(page.get_by_alt_text("Logo sekarang")).to_be_visible()
    shoot(page, "wajah-salah")
    page.get_by_label("Facebook", exact=True).fill("https://facebook.com/pemkab.takalar")
    page.get_by_role("button", name="Simpan lapisan").click()
    expect(page.get_by_text("perubahan belum diterapkan")).to_be_visible()
    shoot(page, "wajah-tersimpan")


def _apply(page: Page) -> None:
    page.get_by_role("link", name="Terapkan", exact=True).first.click()
    expect(page.get_by_text("6 dari 6 aplikasi")).to_be_visible()
    shoot(page, "wajah-terapkan")
    start = page.get_by_role("button", name="Terapkan ke seluruh kabupaten (6 aplikasi)")
    page.get_by_label("Satu desa").check()
    expect(page.get_by_text("Pilihan Anda berubah.")).to_be_visible()
    expect(start).to_be_disabled()
    page.get_by_label("Seluruh kabupaten").check()
    page.get_by_role("button", name="Hitung ulang").click()
    expect(page.get_by_text("Pilihan Anda berubah.")).to_be_hidden()
    start.click()
    expect(page.get_by_text("nanti menunggu izin Anda").first).to_be_visible()


def _end_running(panel: Panel) -> None:
    with panel.app.app_context():
        for operation in active_operations():
            end_operation(operation.id, well=True)
        advance(db.session.query(Rollout.id).scalar())


def _follow(page: Page, panel: Panel) -> None:
    expect(page.locator("#kemajuan")).to_have_attribute("data-live-by", "stream", timeout=SOON_MS)
    expect(page.get_by_text("Menunggu pekerja mengambilnya").first).to_be_visible()
    shoot(page, "wajah-berjalan")
    _end_running(panel)
    expect(page.locator(".panel-counts dd").nth(2)).to_have_text("2", timeout=SOON_MS)
    page.get_by_role("button", name="Mulai gelombang Gelombang 2").click()
    expect(page.get_by_text("Gelombang 2 boleh mulai.")).to_be_visible()
    page.set_viewport_size(PHONE)
    no_sideways(page)
    shoot(page, "wajah-berjalan-ponsel")
    page.set_viewport_size({"width": 1366, "height": 768})


def _go_back(page: Page, panel: Panel) -> None:
    page.get_by_role("link", name="Kembalikan semuanya").click()
    page.get_by_role("button", name="Kembalikan 2 aplikasi").click()
    expect(page.get_by_text("2 aplikasi sedang dikembalikan")).to_be_visible()
    shoot(page, "wajah-kembali")


def test_before_and_after_are_compared_by_keyboard(
    page: Page, panel: Panel, ids: list[int], tmp_path: Path
) -> None:
    with panel.app.app_context():
        preview_id = rows.add_preview(tmp_path, rows.add_version(app_name="Satu"), ids[:2])
    log_in(page, panel)
    page.goto(f"{panel.address}/wajah/pratinjau/{preview_id}")
    shoot(page, "pratinjau")
    page.locator(".brand-triple").first.click()
    slider = page.get_by_role("slider")
    expect(slider).to_be_visible()
    slider.focus()
    page.keyboard.press("ArrowRight")
    assert page.locator("[data-compare-clip]").get_attribute("width") == "51%"
    page.get_by_role("button", name="Sesudah").click()
    assert page.locator("[data-compare-clip]").get_attribute("width") == "0%"
    page.get_by_role("button", name="Tandai bedanya").click()
    assert page.locator("[data-compare-marked]").get_attribute("visibility") == "visible"
    shoot(page, "pratinjau-besar")


def test_every_page_fits_a_phone_in_light_and_dark(
    page: Page, panel: Panel, ids: list[int], tmp_path: Path
) -> None:
    with panel.app.app_context():
        rows.add_ribbon()
        version_id = rows.add_version("Nama", app_name="Satu", primary_colour="#0f6b5c")
        preview_id = rows.add_preview(tmp_path, version_id, ids[:2])
        code = rows.codes_of(ids)[0]
    log_in(page, panel)
    page.set_viewport_size(PHONE)
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        for path in (
            *("wajah", f"wajah?lapisan={code}", "wajah/lapisan", "wajah/sementara", "tema"),
            *("wajah/sementara/baru?jenis=hut-ri", "wajah/terapkan", "wajah/penerapan"),
            *("wajah/riwayat", f"wajah/riwayat/{version_id}/kembali", "wajah/unduhan"),
            *(f"wajah/pratinjau/{preview_id}", "wajah/pratinjau/baru", "tema/tambah"),
            *(f"wajah/pratinjau/{preview_id}/besar/{ids[0]}/depan/ponsel", f"desa/{code}"),
        ):
            page.goto(f"{panel.address}/{path}")
            no_sideways(page)
            shoot(page, f"{scheme}-{path.replace('/', '-').replace('?', '-')}")
