"""A real panel behind gunicorn on a loopback port, and a real browser that visits it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, sync_playwright

from siappakai import create_app
from siappakai.config import load_settings
from siappakai.models import db
from siappakai.schema import upgrade_schema
from tests.integration.web import fleet_rows
from tests.integration.web.visitor import environment

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = os.environ.get("SIAPPAKAI_UJI_CHROMIUM", "/usr/bin/chromium")
CHROMIUM_ARGS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update"),
]
DESKTOP = {"width": 1366, "height": 768}
PHONE = {"width": 390, "height": 844}
START_S = 30


@dataclass
class Panel:
    """The running panel: its address, and an application on the same database to change rows."""

    address: str
    app: Flask
    complaints: list[str] = field(default_factory=list)


@pytest.fixture
def panel(tmp_path: Path) -> Iterator[Panel]:
    environ = environment(tmp_path)
    app = create_app(load_settings(environ))
    with app.app_context():
        upgrade_schema()
        fleet_rows.add_people()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = _start_gunicorn(port, environ, tmp_path)
    try:
        address = f"http://127.0.0.1:{port}"
        _wait_until_alive(address, server, tmp_path)
        yield Panel(address, app)
    finally:
        server.terminate()
        server.wait(timeout=START_S)
        with app.app_context():
            db.session.remove()
            db.engine.dispose()


def _start_gunicorn(port: int, environ: dict[str, str], home: Path) -> subprocess.Popen[bytes]:
    command = [
        *(sys.executable, "-m", "gunicorn", "--bind", f"127.0.0.1:{port}", "--workers", "1"),
        *("--worker-class", "gthread", "--threads", "12", "--graceful-timeout", "1"),
        *("--no-control-socket", "tests.browser.panel_app:app"),
    ]
    with (home / "gunicorn.log").open("wb") as log:
        return subprocess.Popen(
            command, cwd=ROOT, env={**os.environ, **environ}, stdout=log, stderr=log
        )


def _wait_until_alive(address: str, server: subprocess.Popen[bytes], home: Path) -> None:
    ends_at = time.monotonic() + START_S
    while time.monotonic() < ends_at and server.poll() is None:
        try:
            if httpx.get(f"{address}/sehat").status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    pytest.fail((home / "gunicorn.log").read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        made = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_ARGS)
        yield made
        made.close()


@pytest.fixture
def page(browser: Browser, panel: Panel) -> Iterator[Page]:
    """A page that collects every console error, script error and request to elsewhere."""
    context = browser.new_context(viewport=DESKTOP, locale="id-ID")
    opened = context.new_page()
    opened.on("console", lambda said: _note(panel, said.type, said.text))
    opened.on("pageerror", lambda error: panel.complaints.append(str(error)))
    opened.on("request", lambda asked: _note_outside(panel, asked.url))
    yield opened
    context.close()
    assert panel.complaints == []


def _note(panel: Panel, kind: str, text: str) -> None:
    if kind in {"error", "warning"}:
        panel.complaints.append(text)


def _note_outside(panel: Panel, url: str) -> None:
    if urlsplit(url).scheme != "data" and not url.startswith(panel.address + "/"):
        panel.complaints.append(f"request to elsewhere: {url}")


def log_in(page: Page, panel: Panel, username: str = "ani") -> None:
    page.goto(panel.address + "/masuk")
    page.get_by_label("Nama pengguna").fill(username)
    page.get_by_label("Kata sandi").fill(fleet_rows.PASSWORD)
    page.get_by_role("button", name="Masuk").click()
    page.wait_for_url(lambda url: "/masuk" not in url)


@pytest.fixture
def fleet(panel: Panel) -> int:
    """Six villages in known states; the id of their batch."""
    with panel.app.app_context():
        fleet_rows.choose_regency()
        return fleet_rows.add_fleet(6)
