"""Rilis: looking for releases, building one and following the work, without a reload."""

from __future__ import annotations

import os

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from siappakai.models import (
    OperationState,
    Release,
    ReleaseState,
    Task,
    TaskKind,
    db,
    transaction,
    utc_now,
)
from siappakai.provision.catalogue import move_release
from tests.browser.conftest import PHONE, Panel, log_in
from tests.integration.web import fleet_rows

pytestmark = pytest.mark.browser
SOON_MS = 15_000
SHOTS = os.environ.get("SIAPPAKAI_UJI_GAMBAR", "")
NOTES = (
    "Di rilis ini ada **banyak** hal.\n\n#### FITUR\n\n1. [#7689](https://contoh.invalid/1) Baru.\n"
)


def shoot(page: Page, name: str) -> None:
    """A picture for a person to look at, when a folder for it is named."""
    if SHOTS:
        page.screenshot(path=f"{SHOTS}/{name}.png", full_page=True)


def add_catalogue(panel: Panel) -> None:
    with panel.app.app_context(), transaction() as session:
        new = fleet_rows.add_release("2411.0.0", ReleaseState.NEW)
        new.digest = new.image_tag = ""
        new.size_bytes, new.built_at, new.revision = 0, None, "v2411.0.0"
        faulty = fleet_rows.add_release("2409.0.0", ReleaseState.BUILT)
        faulty.state_reason = "Pemasangan percobaan OpenSID gagal (kode 1). SQLSTATE[42S22]: kolom"
        other = fleet_rows.add_release("2607.0.0", ReleaseState.WITHDRAWN, "pbb")
        other.state_reason = "Laporan pajak salah hitung."
        for each in (new, faulty, other):
            each.notes, each.origin = NOTES, "https://contoh.invalid/opensid.git"
        session.add_all([new, faulty, other])


def change_task(panel: Panel, lines: str, state: OperationState) -> None:
    with panel.app.app_context(), transaction():
        task = db.session.scalars(select(Task).filter_by(kind=TaskKind.BUILD)).one()
        task.state, task.lines, task.started_at = state, lines, task.started_at or utc_now()
        if state == OperationState.SUCCEEDED:
            task.active_key, task.finished_at = None, utc_now()
            release = db.session.get_one(Release, task.release_id)
            release.digest, release.image_tag = fleet_rows.DIGEST, "siappakai/opensid:2411"
            move_release(release, ReleaseState.BUILT, by="pekerja")
            move_release(release, ReleaseState.TESTED, by="pekerja")


def no_sideways(page: Page) -> None:
    wide = page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    assert wide <= 0, f"{page.url} is {wide} px too wide"


def test_a_release_is_built_offered_and_withdrawn_while_the_page_stays_open(
    page: Page, panel: Panel, fleet: int
) -> None:
    add_catalogue(panel)
    log_in(page, panel)
    page.goto(panel.address + "/rilis")
    shoot(page, "rilis-lebar")
    page.get_by_role("button", name="Bangun OpenSID 2411.0.0").click()
    work = page.get_by_role("region", name="Bangun rilis OpenSID 2411.0.0")
    expect(work.get_by_text("Menunggu giliran")).to_be_visible()
    expect(page.locator("#kemajuan")).to_have_attribute("data-live-by", "stream", timeout=SOON_MS)
    change_task(panel, "Mengambil sumber …\nStep 4/14 : COPY", OperationState.RUNNING)
    expect(work.get_by_text("Step 4/14 : COPY").last).to_be_visible(timeout=SOON_MS)
    work.locator("summary").click()
    expect(work.locator("pre")).to_contain_text("Mengambil sumber")
    shoot(page, "rilis-bangun")
    change_task(panel, "Mengambil sumber …\nSelesai.", OperationState.SUCCEEDED)
    row = page.get_by_role("row", name="OpenSID 2411.0.0")
    expect(row.get_by_text("Teruji, boleh dipasang")).to_be_visible(timeout=SOON_MS)
    expect(work.locator("pre")).to_be_visible()  # what was opened stays open
    row.get_by_role("link", name="Tawarkan OpenSID 2411.0.0").click()
    page.get_by_role("button", name="Tawarkan OpenSID 2411.0.0").click()
    expect(page.get_by_text("Rilis ini sekarang ditawarkan.")).to_be_visible()
    shoot(page, "rilis-satu")
    page.get_by_role("link", name="Tarik OpenSID 2411.0.0").click()
    page.get_by_label("Alasan").fill("Laporan warga salah")
    shoot(page, "rilis-tarik")
    page.get_by_role("button", name="Tarik OpenSID 2411.0.0").click()
    expect(page.get_by_text("Sebabnya: Laporan warga salah")).to_be_visible()


def test_every_release_page_fits_a_phone(page: Page, panel: Panel, fleet: int) -> None:
    add_catalogue(panel)
    log_in(page, panel)
    page.goto(panel.address + "/rilis")
    page.get_by_role("button", name="Cari rilis baru").click()
    expect(page.get_by_text("Rilis baru OpenSID sedang dicari.")).to_be_visible()
    page.set_viewport_size(PHONE)
    paths = ("rilis", "rilis/3", "rilis/2", "rilis/tambah", "rilis/pangkas", "rilis/2/tawarkan")
    for path in (*paths, "aplikasi/1/ikut-rilis"):
        page.goto(f"{panel.address}/{path}")
        no_sideways(page)
        shoot(page, "hp-" + path.replace("/", "-"))
    expect(page.get_by_label("Tahan sampai")).to_be_visible()


def test_how_an_instance_follows_releases_is_changed_from_its_card(
    page: Page, panel: Panel, fleet: int
) -> None:
    log_in(page, panel)
    with panel.app.app_context():
        code = fleet_rows.villages_of_regency(fleet_rows.TAKALAR)[0].code
    page.goto(f"{panel.address}/desa/{code}")
    shoot(page, "desa-kartu")
    page.get_by_role("link", name="Ubah cara OpenSID ikut rilis").click()
    page.get_by_label("Lambat: 14 hari setelah rilis ditawarkan").check()
    page.get_by_label("Sematkan pada versi sekarang").check()
    page.get_by_label("Alasan").fill("Menunggu pelatihan")
    shoot(page, "ikut-rilis")
    page.get_by_role("button", name="Simpan").click()
    card = page.get_by_role("region", name="OpenSID")
    expect(card.get_by_text("Kanal lambat")).to_be_visible()
    expect(card.get_by_text("Menunggu pelatihan")).to_be_visible()
