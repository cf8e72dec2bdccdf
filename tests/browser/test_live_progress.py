"""A page that is open changes by itself: by the stream, and by polling where no stream works."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from siappakai.models import Operation, db, transaction
from tests.browser.conftest import Panel, log_in
from tests.integration.web import fleet_rows

pytestmark = pytest.mark.browser
SOON_MS = 15_000


def change(panel: Panel, places: list[int]) -> None:
    """The batch's operations at these places end well."""
    with panel.app.app_context(), transaction():
        rows = list(db.session.scalars(select(Operation).order_by(Operation.id)))
        for at in places:
            fleet_rows.finish(rows[at])


def watch_live(page: Page, panel: Panel, by: str) -> None:
    """Open the batch, change rows behind the open page, and see each change and the end."""
    page.goto(panel.address + "/batch/1")
    part = page.locator("#kemajuan")
    expect(part).to_have_attribute("data-live-by", by, timeout=SOON_MS)
    expect(page.get_by_role("heading", name="3 dari 6 aplikasi selesai")).to_be_visible()
    change(panel, [2])
    expect(page.get_by_role("heading", name="4 dari 6 aplikasi selesai")).to_be_visible(
        timeout=SOON_MS
    )
    change(panel, [3, 4])
    expect(page.get_by_role("heading", name="Selesai; 1 gagal")).to_be_visible(timeout=SOON_MS)
    expect(part).to_have_attribute("data-live-by", "none", timeout=SOON_MS)


def test_the_stream_brings_every_change_to_an_open_batch(
    page: Page, panel: Panel, fleet: int
) -> None:
    log_in(page, panel)
    watch_live(page, panel, "stream")


def test_without_event_source_the_page_polls(page: Page, panel: Panel, fleet: int) -> None:
    log_in(page, panel)
    page.add_init_script("delete window.EventSource")
    watch_live(page, panel, "polling")


def test_when_the_stream_is_refused_the_page_polls(page: Page, panel: Panel, fleet: int) -> None:
    log_in(page, panel)
    page.route("**/arus", lambda route: route.fulfill(status=204))
    watch_live(page, panel, "polling")


def test_an_opened_log_stays_open_while_the_page_refreshes(
    page: Page, panel: Panel, fleet: int
) -> None:
    log_in(page, panel)
    page.goto(panel.address + "/batch/1")
    page.get_by_text("Baris terakhir log").click()
    expect(page.get_by_text("ERROR 1114")).to_be_visible()
    change(panel, [2])
    expect(page.get_by_role("heading", name="4 dari 6 aplikasi selesai")).to_be_visible(
        timeout=SOON_MS
    )
    expect(page.get_by_text("ERROR 1114")).to_be_visible()


def test_a_villages_steps_move_while_its_page_is_open(page: Page, panel: Panel, fleet: int) -> None:
    log_in(page, panel)
    with panel.app.app_context():
        code = (
            db.session.scalars(select(Operation).order_by(Operation.id))
            .all()[2]
            .instance.scope_code
        )
    page.goto(f"{panel.address}/desa/{code}")
    expect(page.locator(".panel-step-selesai")).to_have_count(3)
    with panel.app.app_context(), transaction():
        operation = db.session.scalars(select(Operation).order_by(Operation.id)).all()[2]
        fleet_rows.set_step(operation, 7)
    expect(page.locator(".panel-step-selesai")).to_have_count(7, timeout=SOON_MS)
    change(panel, [2])
    expect(page.get_by_role("link", name="https://")).to_be_visible(timeout=SOON_MS)
