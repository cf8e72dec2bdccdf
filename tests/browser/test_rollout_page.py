"""Peluncuran in a browser: a plan is made, approved and launched, and the page follows the run."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from siappakai.models import (
    OperationState,
    Rehearsal,
    RehearsalState,
    StepState,
    Task,
    Verdict,
    db,
    transaction,
    utc_now,
)
from siappakai.rollout.verdicts import migration_failed
from tests.browser.conftest import PHONE, Panel, log_in
from tests.integration.rows.rollout_rows import active_operations
from tests.integration.web import fleet_rows
from tests.integration.web import release_day_rows as rows
from tests.rollout_cast import add_rehearsal

pytestmark = pytest.mark.browser
SOON_MS = 15_000
SHOTS = os.environ.get("SIAPPAKAI_UJI_GAMBAR", "")


@pytest.fixture
def day(panel: Panel, tmp_path: Path) -> rows.ReleaseDay:
    """Twelve villages, the last three in one combined database."""
    with panel.app.app_context():
        fleet_rows.choose_regency()
        return rows.add_release_day(tmp_path / "srv", 12)


def shoot(page: Page, name: str) -> None:
    """A picture for a person to look at, when a folder for it is named."""
    if SHOTS:
        page.screenshot(path=f"{SHOTS}/{name}.png", full_page=True)


def no_sideways(page: Page) -> None:
    wide = page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    assert wide <= 0, f"{page.url} is {wide} px too wide"


def test_a_release_day_from_the_plan_to_the_way_back(
    page: Page, panel: Panel, day: rows.ReleaseDay
) -> None:
    log_in(page, panel)
    page.goto(panel.address + "/peluncuran")
    shoot(page, "peluncuran-kosong")
    page.get_by_role("link", name="Rencana baru").first.click()
    shoot(page, "peluncuran-pilih")
    page.get_by_role("link", name="OpenSID 2410.0.0").click()
    page.get_by_text("Sesuaikan aturannya").click()
    page.get_by_label("Kenari").fill("dua")
    page.get_by_label("Diamati antar gelombang").fill("0")
    page.get_by_label("Menunggu Anda sebelum gelombang").fill("2")
    page.get_by_role("button", name="Hitung ulang rencana").click()
    expect(page.get_by_text("Tulis bilangan bulat")).to_be_visible()
    expect(page.get_by_label("Diamati antar gelombang")).to_have_value("0")
    shoot(page, "peluncuran-salah")
    page.get_by_label("Kenari").fill("2")
    page.get_by_role("button", name="Hitung ulang rencana").click()
    expect(page.get_by_text("3 desa berpindah bersama", exact=True)).to_be_visible()
    page.get_by_role("link", name="Simulasikan").click()
    expect(page.get_by_role("region", name="Hasil simulasi")).to_be_visible(timeout=SOON_MS)
    assert "simulasi=1" not in page.url  # fetched into the page
    shoot(page, "peluncuran-rencana")
    page.get_by_role("button", name="Bekukan rencana").click()
    expect(page.get_by_text("masih cocok dengan keadaan")).to_be_visible(timeout=SOON_MS)
    shoot(page, "peluncuran-dibekukan")
    _approve_and_launch(page, panel)
    _follow(page, panel)
    _go_back(page, panel)


def _approve_and_launch(page: Page, panel: Panel) -> None:
    gate = page.get_by_role("region", name="Sebelum mulai")
    expect(gate.get_by_role("button", name="Setujui rencana ini")).to_be_disabled()
    gate.get_by_role("button", name="Kirim & buktikan citra").click()
    expect(page.locator("#kemajuan")).to_have_attribute("data-live-by", "stream", timeout=SOON_MS)
    _say_delivered(panel)
    expect(gate.get_by_text("terbukti ada di setiap server")).to_be_visible(timeout=SOON_MS)
    gate.get_by_role("button", name="Setujui rencana ini").click()
    gate.get_by_role("button", name="Luncurkan").click()
    expect(page.get_by_text("Peluncuran dimulai.")).to_be_visible()


def _say_delivered(panel: Panel) -> None:
    with panel.app.app_context():
        rows.prove_image()
        with transaction():
            task = db.session.get_one(Task, 1)
            task.state, task.active_key = OperationState.SUCCEEDED, None
            task.lines, task.finished_at = "local: citra terbukti ada", utc_now()


def _follow(page: Page, panel: Panel) -> None:
    expect(page.locator("#kemajuan")).to_have_attribute("data-live-by", "stream", timeout=SOON_MS)
    expect(page.get_by_text("Menunggu pekerja mengambilnya").first).to_be_visible()
    with panel.app.app_context(), transaction():
        step = db.session.get_one(type(active_operations()[0]), active_operations()[0].id).steps[0]
        step.state, step.started_at = StepState.RUNNING, utc_now()
        step.operation.state = "berjalan"
    expect(page.get_by_text("Memeriksa server, ruang, dan citra rilis")).to_be_visible(
        timeout=SOON_MS
    )
    shoot(page, "peluncuran-berjalan")
    with panel.app.app_context():
        rows.play(1, True, True)
    sentence = page.get_by_text("Gelombang 2 menunggu persetujuan Anda untuk mulai.")
    expect(sentence).to_be_visible(timeout=SOON_MS)
    page.get_by_role("button", name="Mulai gelombang Gelombang 2").click()
    with panel.app.app_context():
        rows.put_log(active_operations()[0].id, "PHP Fatal error: kelas hilang")
        rows.play(1, False, True)
    expect(page.get_by_text("1 gagal karena 1 sebab")).to_be_visible(timeout=SOON_MS)
    page.get_by_text("Baris terakhir log").click()
    expect(page.get_by_text("PHP Fatal error: kelas hilang")).to_be_visible()
    page.get_by_label("Cari desa").press_sequentially("galeso")
    page.get_by_label("Gelombang", exact=True).select_option("Gelombang 2")
    with panel.app.app_context():
        rows.play(1, True)
    expect(page.locator("#kemajuan .panel-counts")).to_contain_text("4", timeout=SOON_MS)
    expect(page.get_by_text("PHP Fatal error: kelas hilang")).to_be_visible()  # stays open
    expect(page.get_by_label("Cari desa")).to_have_value("galeso")  # what is typed stays
    expect(page.get_by_label("Gelombang", exact=True)).to_have_value("2")
    shoot(page, "peluncuran-gagal")
    page.set_viewport_size(PHONE)
    no_sideways(page)
    shoot(page, "hp-peluncuran-gagal")
    page.set_viewport_size({"width": 1366, "height": 768})


def _go_back(page: Page, panel: Panel) -> None:
    page.get_by_role("link", name="Mundurkan gelombang Kenari").click()
    expect(page.get_by_text("Yang hilang dari aplikasi")).to_be_visible()
    shoot(page, "peluncuran-mundur")
    page.get_by_label("Ketik").fill("99")
    page.get_by_role("button", name="Mundurkan").click()
    expect(page.get_by_text("tidak ada yang berubah")).to_be_visible()
    assert all("422" in each for each in panel.complaints), panel.complaints
    panel.complaints.clear()  # the browser tells of the page that was refused
    asked = page.locator("label[for=ketik] strong").inner_text()
    page.get_by_label("Ketik").fill(asked)
    page.get_by_role("button", name="Mundurkan").click()
    expect(page.get_by_text("sedang dimundurkan, yang terakhir")).to_be_visible()
    expect(page.get_by_text("Dijeda", exact=True)).to_be_visible()
    shoot(page, "peluncuran-dijeda")


def test_every_page_of_a_rollout_fits_a_phone(
    page: Page, panel: Panel, day: rows.ReleaseDay
) -> None:
    with panel.app.app_context():
        number = rows.add_plan(day)
        rows.launch(number)
        rows.play(number, True)
    log_in(page, panel)
    page.set_viewport_size(PHONE)
    paths = (
        *("peluncuran", "peluncuran/baru", f"peluncuran/baru/{day.new}", "peluncuran/1"),
        *("peluncuran/1/rencana", "peluncuran/1/riwayat", "peluncuran/1/hentikan"),
        *("peluncuran/1/mundur", "peluncuran/1/bagian/2/lewati", f"peluncuran/1/desa/{day.ids[1]}"),
    )
    for path in paths:
        page.goto(f"{panel.address}/{path}")
        no_sideways(page)
        shoot(page, "hp-" + path.replace("/", "-"))


def test_a_rehearsal_shows_its_causes_and_the_calendar_its_days(
    page: Page, panel: Panel, day: rows.ReleaseDay
) -> None:
    with panel.app.app_context():
        _add_rehearsal(day)
    log_in(page, panel)
    page.goto(panel.address + "/gladi/1")
    expect(page.get_by_text("Merah: 3 desa, 1 sebab")).to_be_visible()
    page.get_by_role("region", name="Merah").locator("summary").first.click()
    shoot(page, "gladi")
    page.goto(panel.address + "/gladi")
    shoot(page, "gladi-daftar")
    page.goto(panel.address + "/gladi/baru")
    page.get_by_label("Kecamatan tertentu").check()
    expect(page.get_by_label("Kecamatan 05")).to_be_visible()
    shoot(page, "gladi-baru")
    page.goto(panel.address + "/kalender")
    shoot(page, "kalender-kosong")
    page.get_by_role("button", name="Muat libur nasional").click()
    expect(page.get_by_text("Kalender dimuat")).to_be_visible()
    shoot(page, "kalender")
    page.goto(panel.address + "/")
    shoot(page, "beranda")
    page.set_viewport_size(PHONE)
    for path in ("gladi", "gladi/1", "gladi/baru", "kalender", ""):
        page.goto(f"{panel.address}/{path}")
        no_sideways(page)
        shoot(page, "hp-" + (path or "beranda").replace("/", "-"))


def _add_rehearsal(day: rows.ReleaseDay) -> None:
    verdicts = dict.fromkeys(day.ids, Verdict.GREEN) | dict.fromkeys(day.ids[:3], Verdict.RED)
    number = add_rehearsal(day.new, verdicts, hold_s=12.5, migrate_s=3.2)
    tail = "SQLSTATE[22007]: Incorrect date value: '0000-00-00' for column `tanggal`"
    with transaction():
        made = db.session.get_one(Rehearsal, number)
        made.state = RehearsalState.PAUSED
        made.blocked_because = "Dijeda."
        for item in made.items:
            is_red = item.verdict == Verdict.RED
            item.findings = [migration_failed(tail, tail).to_json()] if is_red else []
