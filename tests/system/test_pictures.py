"""Pictures of villages' pages, by the real Chromium through a real edge on loopback."""

from __future__ import annotations

import os
import shutil
import socket
import socketserver
import stat
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from siappakai.errors import InvalidInput
from siappakai.provision.browser import PICTURE_UID, Reach, find_chromium, running_browser
from siappakai.provision.pictures import (
    AFTER,
    BEFORE,
    MOST_BYTES,
    NOT_INSTALLED,
    PictureOrder,
    difference,
    picture_of,
    picture_path,
    take_pictures,
)
from tests.integration.running_edge import BONTO, CAKURA, LOOPBACK, Edge, running_edge

pytestmark = pytest.mark.system
READER_GID = 199_777
COLOURS = {BONTO.domain: (200, 30, 30), CAKURA.domain: (30, 30, 200)}
VISITS: list[str] = []
INTERFACE = "ujigambar0"
OTHER_DOMAIN = "lain.takalar.test"


class _Site(BaseHTTPRequestHandler):
    """A village's website: one colour, and a page for every way to misbehave."""

    def do_GET(self) -> None:
        domain = self.headers["Host"].split(":")[0]
        red, green, blue = COLOURS.get(domain, (0, 0, 0))
        body = f"<body style='background:rgb({red},{green},{blue})'>"
        if self.path == "/pindah":
            self.send_response(302)
            self.send_header("Location", f"https://{OTHER_DOMAIN}/")
            self.end_headers()
            return
        if self.path == "/lambat":
            VISITS.append(domain)
            time.sleep(1.5)
        if self.path == "/gantung":
            body += "<script>for(;;){}</script>"
        if self.path == "/tanya":
            body += "<script>alert('halo'); document.body.style.background='rgb(9,200,9)'</script>"
        if self.path.startswith("/intip/"):
            port = self.path.rsplit("/", 1)[1]
            body += "".join(
                f"<img src='http://{host}:{port}/{host}'>"
                for host in ("127.0.0.1", "localhost", "[::1]", "0.0.0.0")
            )
        if self.path == "/acak":
            body += "<div style='width:1280px;height:800px;background-image:url(/derau)'></div>"
        self.send_response(500 if self.path == "/rusak" else 200)
        content = _noise() if self.path == "/derau" else body.encode()
        self.send_header("Content-Type", "image/png" if self.path == "/derau" else "text/html")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def address_string(self) -> str:
        return "unix"

    def log_message(self, format: str, *args: object) -> None:
        """Stay silent."""


def _noise() -> bytes:
    target = BytesIO()
    Image.effect_noise((1280, 800), 90).convert("RGB").save(target, "PNG")
    return target.getvalue()


class _SiteServer(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True


@pytest.fixture(scope="module")
def edge() -> Iterator[Edge]:
    with running_edge() as made:
        servers = []
        for route in (BONTO, CAKURA):
            path = made.root / "instances" / route.instance_key / "situs" / "http.sock"
            path.parent.mkdir()
            servers.append(_SiteServer(str(path), _Site))
            threading.Thread(target=servers[-1].serve_forever, args=(0.05,), daemon=True).start()
            made.switch(route, "situs")
        made.apply(BONTO, CAKURA)
        yield made
        for server in servers:
            server.shutdown()
            server.server_close()


def order(edge: Edge, tmp_path: Path, route=BONTO, path: str = "/", number: int = 1, **more):
    return PictureOrder(
        target=picture_path(tmp_path, route.instance_key, number, more.pop("when", BEFORE)),
        domain=route.domain,
        edge_address=LOOPBACK,
        https_port=edge.settings.https_port,
        ca_file=edge.root / "root.pem",
        path=path,
        reader_gid=READER_GID,
        **more,
    )


def colour(path: Path) -> tuple[int, ...]:
    with Image.open(path) as picture:
        assert picture.format == "JPEG"
        assert picture.size == (1280, 800)
        return picture.getpixel((640, 700))


def is_near(seen: tuple[int, ...], wanted: tuple[int, ...]) -> bool:
    return all(abs(one - other) <= 6 for one, other in zip(seen, wanted, strict=True))


@pytest.fixture
def profiles(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where the browsers of one test have their profiles, apart from anybody else's."""
    folder = Path(tempfile.mkdtemp(prefix="ujigambar-", dir="/tmp"))
    folder.chmod(0o755)
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    yield folder
    monkeypatch.undo()
    shutil.rmtree(folder)


def processes_below(profiles: Path) -> list[str]:
    """Number and command line of every process with a profile there."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if folder.stat().st_uid == PICTURE_UID:
                home = (folder / "environ").read_text()
                line = f"{folder.name} {(folder / 'cmdline').read_text()}"
                found += [line] if str(profiles) in home else []
        except (FileNotFoundError, ProcessLookupError):
            continue
    return found


def left_after(seconds: float, profiles: Path) -> list[str]:
    """What is still there when the machine has had time to bury what was killed."""
    deadline = time.monotonic() + seconds
    while (left := processes_below(profiles)) and time.monotonic() < deadline:
        time.sleep(0.05)
    return left


def test_each_village_gets_the_picture_of_its_own_page(edge: Edge, tmp_path: Path) -> None:
    orders = [order(edge, tmp_path), order(edge, tmp_path, CAKURA)]
    taken = take_pictures(orders, at_most_s=60)
    assert [each.reason for each in taken] == ["", ""]
    assert [each.status for each in taken] == [200, 200]
    for each in taken:
        assert is_near(colour(each.path), COLOURS[each.order.domain])
    assert taken[0].path == tmp_path / "gambar" / BONTO.instance_key / "1-sebelum.jpg"


def test_a_picture_is_readable_by_root_and_the_panels_group_only(
    edge: Edge, tmp_path: Path
) -> None:
    path = picture_of(order(edge, tmp_path))
    status = path.stat()
    assert (status.st_uid, status.st_gid) == (0, READER_GID)
    assert stat.S_IMODE(status.st_mode) == 0o640
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o750
    assert [each.name for each in path.parent.iterdir()] == ["1-sebelum.jpg"]


def test_the_browser_is_sandboxed_without_rights_and_leaves_nothing(profiles: Path) -> None:
    with running_browser(find_chromium(), Reach({})) as browser:
        browser.call("Browser.getVersion", None, deadline=time.monotonic() + 15)
        running = processes_below(profiles)
        assert len(running) > 2
        assert not [line for line in running if "--no-sandbox" in line]
        first = next(line for line in running if "--type=" not in line)
        words = Path(f"/proc/{first.split(' ')[0]}/status").read_text()
        assert "NoNewPrivs:\t1" in words
        assert "CapPrm:\t0000000000000000" in words
        assert "Groups:\t \n" in words
    assert left_after(5, profiles) == []
    assert list(profiles.iterdir()) == []


def test_what_a_killed_worker_left_is_swept_once_it_is_old(profiles: Path) -> None:
    old, fresh, strange = (profiles / f"siappakai-gambar-{name}" for name in ("a", "b", "c"))
    for folder in (old, fresh, strange):
        folder.mkdir()
    for folder in (old, fresh):
        os.chown(folder, PICTURE_UID, PICTURE_UID)
    for folder in (old, strange):
        os.utime(folder, (1, 1))
    with running_browser(find_chromium(), Reach({})):
        assert (old.exists(), fresh.exists(), strange.exists()) == (False, True, True)


def test_a_busy_page_is_stored_within_100_kilobytes(edge: Edge, tmp_path: Path) -> None:
    for route in (BONTO, CAKURA):
        path = picture_of(order(edge, tmp_path, route, "/acak"))
        assert 20_000 < path.stat().st_size <= MOST_BYTES


def test_a_page_that_never_ends_costs_its_own_time_and_no_other_villages_picture(
    edge: Edge, tmp_path: Path
) -> None:
    hanging = order(edge, tmp_path, BONTO, "/gantung", at_most_s=3)
    started = time.monotonic()
    first, second = take_pictures([hanging, order(edge, tmp_path, CAKURA)], at_most_s=60)
    assert first.path is None and "pada waktunya" in first.reason
    assert is_near(colour(second.path), COLOURS[CAKURA.domain])
    assert time.monotonic() - started < 15
    assert not hanging.target.exists()


def test_a_question_of_the_page_is_answered_and_the_page_goes_on(
    edge: Edge, tmp_path: Path
) -> None:
    for route in (BONTO, CAKURA):
        assert is_near(colour(picture_of(order(edge, tmp_path, route, "/tanya"))), (9, 200, 9))


def change_networks_during_a_visit() -> None:
    """A network card of this machine's comes and goes once the page has been asked for."""
    while not VISITS:
        time.sleep(0.02)
    card = ["ip", "link", "add", INTERFACE, "type", "bridge"]
    subprocess.run(card, check=True)
    address = ["ip", "address", "add", "198.51.100.7/32", "dev", INTERFACE]
    subprocess.run(address, check=True)
    subprocess.run(["ip", "link", "set", INTERFACE, "up"], check=True)
    time.sleep(0.3)
    subprocess.run(["ip", "link", "delete", INTERFACE], check=True)


@pytest.mark.skipif(not shutil.which("ip"), reason="perlu perintah ip (paket iproute2)")
def test_a_network_that_comes_or_goes_meanwhile_costs_no_picture(
    edge: Edge, tmp_path: Path
) -> None:
    VISITS.clear()
    changing = threading.Thread(target=change_networks_during_a_visit)
    changing.start()
    orders = [order(edge, tmp_path, route, "/lambat") for route in (BONTO, CAKURA)]
    taken = take_pictures(orders, at_most_s=60)
    changing.join()
    assert [each.reason for each in taken] == ["", ""]
    assert VISITS.count(BONTO.domain) > 1, "the first visit was ended by the change"


def test_an_error_page_is_pictured_with_its_status(edge: Edge, tmp_path: Path) -> None:
    orders = [order(edge, tmp_path, route, "/rusak") for route in (BONTO, CAKURA)]
    assert [each.status for each in take_pictures(orders, at_most_s=60)] == [500, 500]


@contextmanager
def listening_neighbour() -> Iterator[tuple[int, list[str]]]:
    """A service of this machine that a village's page must not reach through our browser."""
    visits: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            visits.append(self.path)
            self.send_response(204)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Stay silent."""

    server = HTTPServer((LOOPBACK, 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield server.server_port, visits
    server.shutdown()
    server.server_close()


def test_a_villages_page_cannot_reach_services_of_this_machine(edge: Edge, tmp_path: Path) -> None:
    with listening_neighbour() as (port, visits):
        for route in (BONTO, CAKURA):
            assert picture_of(order(edge, tmp_path, route, f"/intip/{port}"))
        socket.create_connection((LOOPBACK, port)).close()
    assert visits == []


def test_a_page_that_leads_elsewhere_gives_a_reason_and_no_picture(
    edge: Edge, tmp_path: Path
) -> None:
    orders = [order(edge, tmp_path, BONTO, "/pindah"), order(edge, tmp_path, CAKURA)]
    first, second = take_pictures(orders, at_most_s=60)
    assert first.path is None and "ERR_NAME_NOT_RESOLVED" in first.reason
    assert second.path


def test_an_edge_that_cannot_prove_the_domain_is_not_pictured(edge: Edge, tmp_path: Path) -> None:
    with running_edge() as stranger:
        stranger.trust()
        wrong = replace(order(edge, tmp_path), ca_file=stranger.root / "root.pem")
        unknown = replace(order(edge, tmp_path, CAKURA), ca_file=None)
        first, second = take_pictures([wrong, unknown], at_most_s=60)
    assert first.path is None and "tidak membuktikan dirinya" in first.reason
    assert second.path is None and "ERR_CERT_AUTHORITY_INVALID" in second.reason


def test_without_chromium_every_order_says_so(
    edge: Edge, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    orders = [order(edge, tmp_path), order(edge, tmp_path, CAKURA)]
    assert [each.reason for each in take_pictures(orders, at_most_s=5)] == [NOT_INSTALLED] * 2
    assert picture_of(orders[0]) is None


def test_a_dead_edge_ends_in_reasons_within_the_time_given(edge: Edge, tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind((LOOPBACK, 0))
        port = free.getsockname()[1]
    orders = [
        replace(order(edge, tmp_path, route), https_port=port, ca_file=None)
        for route in (BONTO, CAKURA)
    ]
    started = time.monotonic()
    taken = take_pictures(orders, at_most_s=20)
    assert all("ERR_CONNECTION_REFUSED" in each.reason for each in taken)
    assert time.monotonic() - started < 20


def test_what_is_not_reached_in_time_is_left_out_with_that_reason(
    edge: Edge, tmp_path: Path
) -> None:
    hanging = order(edge, tmp_path, BONTO, "/gantung", at_most_s=60)
    taken = take_pictures([hanging, order(edge, tmp_path, CAKURA)], at_most_s=4)
    assert [each.path for each in taken] == [None, None]
    assert "waktu" in taken[1].reason


def test_a_strange_name_costs_only_its_own_picture(edge: Edge, tmp_path: Path) -> None:
    strange = replace(order(edge, tmp_path), domain="bonto.id, MAP * 127.0.0.1")
    first, second = take_pictures([strange, order(edge, tmp_path, CAKURA)], at_most_s=60)
    assert first.path is None and "tidak dapat dibuka peramban" in first.reason
    assert is_near(colour(second.path), COLOURS[CAKURA.domain])


@pytest.mark.parametrize("script", ["exit 3", "exec sleep 60", "printf 'x\\0' >&4; exec sleep 60"])
def test_a_browser_that_does_not_work_is_a_reason_not_an_error(
    edge: Edge, tmp_path: Path, profiles: Path, monkeypatch: pytest.MonkeyPatch, script: str
) -> None:
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "chromium").write_text(f"#!/bin/sh\n{script}\n")
    (folder / "chromium").chmod(0o755)
    for parent in (tmp_path, *tmp_path.parents[:2]):
        parent.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    started = time.monotonic()
    taken = take_pictures([order(edge, tmp_path), order(edge, tmp_path, CAKURA)], at_most_s=3)
    assert [each.path for each in taken] == [None, None]
    assert all(each.reason for each in taken)
    assert time.monotonic() - started < 10
    assert left_after(5, profiles) == []


@pytest.mark.parametrize("name", ["a.id, MAP * 10.0.0.1", "a.id\nx", "", "*", "A.ID b"])
def test_a_name_that_could_add_a_rule_is_refused(name: str) -> None:
    with pytest.raises(InvalidInput):
        Reach({name: LOOPBACK}).flags()


def test_difference_is_the_share_of_pixels_that_changed(edge: Edge, tmp_path: Path) -> None:
    before = picture_of(order(edge, tmp_path))
    again = picture_of(order(edge, tmp_path, number=2))
    other = picture_of(order(edge, tmp_path, path="/tanya", when=AFTER))
    assert difference(before, again) == 0.0
    assert difference(before, other) == 1.0
    half = tmp_path / "setengah.png"
    with Image.open(before) as picture:
        changed = picture.copy()
        changed.paste((255, 255, 255), (0, 0, 640, 800))
        changed.save(half)
    assert difference(before, half) == pytest.approx(0.5, abs=0.01)
