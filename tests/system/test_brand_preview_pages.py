"""Pages behind a unix socket, pictured by the real Chromium, which can reach nothing else."""

from __future__ import annotations

import io
import itertools
import resource
import socketserver
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from PIL import Image

from siappakai.errors import StepFailed, Unavailable
from siappakai.provision import socket_pages
from siappakai.provision.browser import Browser, Reach, find_chromium, running_browser
from siappakai.provision.preview_compare import compare_pictures
from siappakai.provision.preview_pages import SCREENS
from siappakai.provision.socket_pages import MOST_HEIGHT, Shot, Site, SocketTab

pytestmark = [pytest.mark.system, pytest.mark.timeout(240)]

DESK, PHONE = SCREENS
HOST = "bontokanang.desa.test:8543"
CLOCK = 1_760_000_000.0
FONT = (
    Path(socket_pages.__file__).resolve().parents[1] / "static/vendor"
) / "figtree-latin-wght-normal.woff2"
MOVING = """<!doctype html><meta charset=utf-8><meta name=viewport content="width=device-width">
<link rel=stylesheet href=/gaya.css>
<style>@font-face{font-family:Uji;src:url(/huruf.woff2)} body{font-family:Uji;margin:0}
@keyframes putar{from{left:0}to{left:900px}} @keyframes muncul{from{opacity:0}to{opacity:1}}
#lari{position:relative;width:80px;height:80px;background:#080;animation:putar 3s infinite}
#muncul{animation:muncul 2s forwards;opacity:0} img{display:block}</style>
<h1>Desa Bontokanang</h1><marquee>Pengumuman berjalan</marquee>
<input autofocus value="ketik"><p id=jam></p><p id=acak></p><p id=geser>0</p>
<div id=lari></div><p id=muncul>muncul</p><img id=gulir src="/g.png?w=300&c=aa2211" width=300
height=150><div style="height:2200px"></div><img loading=lazy src="/g.png?w=90&c=2211aa" width=90
height=90>
<script>
let kini = 0;
setInterval(() => { jam.textContent = new Date().toISOString(); }, 50);
setInterval(() => { kini += 1; geser.textContent = kini;
  geser.style.marginLeft = (kini * 7) + 'px'; }, 700);
acak.textContent = Math.random();
let maju = 0;
const ayun = () => { maju += 1; gulir.style.marginLeft = maju % 90 + 'px';
  if (performance.now() < 2000) requestAnimationFrame(ayun); else gulir.style.marginLeft = 0; };
requestAnimationFrame(ayun);
</script>"""
REACHING = """<title>x</title><img src="https://cdn.example/a.png"><img src="http://127.0.0.1:9/b">
<script>fetch('/simpan', {method: 'POST', body: 'isi'}).catch(() => 0);
new WebSocket('wss://langsung.example/x'); navigator.sendBeacon('/suar', 'x');
fetch('/api/hitung').catch(() => 0);</script><iframe src="https://peta.example/"></iframe>"""


@dataclass
class Village:
    """A village's website behind a socket, and all that it was asked."""

    socket: Path
    asked: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)

    def paths(self, method: str = "GET") -> list[str]:
        return [path for verb, path, _ in self.asked if verb == method]

    def headers(self, path: str) -> dict[str, str]:
        return next(headers for _, each, headers in self.asked if each == path)


def _handler(village: Village) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            village.asked.append((self.command, self.path, headers))
            status, kind, body, more = _page(self.path, headers)
            self.send_response(status)
            for name, value in [("Content-Type", kind), *more]:
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_GET

        def address_string(self) -> str:
            return "unix"

        def log_message(self, format: str, *args: object) -> None:
            """Stay silent."""

    return Handler


def _page(path: str, headers: dict[str, str]) -> tuple[int, str, bytes, list[tuple[str, str]]]:
    url = urlsplit(path)
    wanted = {name: values[0] for name, values in parse_qs(url.query).items()}
    html = "text/html; charset=utf-8"
    match url.path:
        case "/gaya.css":
            return 200, "text/css", b"h1{color:#135;padding:20px;transition:all 1s}", []
        case "/huruf.woff2":
            return 200, "font/woff2", FONT.read_bytes(), []
        case "/g.png":
            time.sleep(0.15)
            return 200, "image/png", _colour(wanted["c"], int(wanted["w"])), []
        case "/pindah":
            cookie = ("Set-Cookie", "tamu=ya; Path=/; Secure; HttpOnly")
            return 302, html, b"", [("Location", f"https://{HOST}/tiba"), cookie]
        case "/tiba":
            seen = headers.get("cookie", "")
            return 200, html, f"<h1 style='color:#070'>tiba {seen}</h1>".encode(), []
        case "/jauh":
            return 302, html, b"", [("Location", "https://lain.example/")]
        case "/menjangkau":
            return 200, html, REACHING.encode(), []
        case "/gantung":
            return 200, html, b"<script>for(;;){}</script>", []
        case "/tanya":
            return 200, html, b"<script>alert(1)</script><h1>sesudah</h1>", []
        case "/hampa":
            return 500, html, b"", []
        case "/rusak":
            return 500, html, b"<h1>galat</h1>", []
        case "/pbb/login":
            return 200, html, b"<h1>PBB</h1><img src=/logo.png><img src=/pbb/g.png>", []
        case "/ketat":
            policy = ("Content-Security-Policy", "default-src 'self'; style-src 'self'")
            return 200, html, MOVING.encode(), [policy]
    return 200, html, MOVING.encode(), []


def _colour(code: str, side: int) -> bytes:
    target = io.BytesIO()
    Image.new("RGB", (side, side // 2), f"#{code}").save(target, "PNG")
    return target.getvalue()


class _Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True


@pytest.fixture(scope="module")
def village(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Village]:
    made = Village(tmp_path_factory.mktemp("situs") / "http.sock")
    server = _Server(str(made.socket), _handler(made))
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield made
    server.shutdown()
    server.server_close()


@pytest.fixture
def browser() -> Iterator[Browser]:
    with running_browser(str(find_chromium()), Reach({})) as running:
        yield running


@pytest.fixture
def tab(browser: Browser, village: Village) -> SocketTab:
    village.asked.clear()
    return SocketTab(browser, Site(village.socket, HOST, CLOCK))


def size_of(shot: Shot) -> tuple[int, int]:
    with Image.open(io.BytesIO(shot.png)) as picture:
        return picture.size


def colours(shot: Shot) -> set[tuple[int, ...]]:
    with Image.open(io.BytesIO(shot.png)) as picture:
        return {colour for _, colour in picture.convert("RGB").getcolors(1 << 24)}


@pytest.mark.parametrize("is_whole", [False, True])
@pytest.mark.parametrize("screen", SCREENS, ids=lambda each: each.word)
def test_a_page_full_of_movement_gives_the_same_picture_each_time(
    village: Village, screen, is_whole: bool
) -> None:
    shots = []
    for _ in range(3):  # three browsers, three visitors
        with running_browser(str(find_chromium()), Reach({})) as running:
            tab = SocketTab(running, Site(village.socket, HOST, CLOCK))
            shots += [tab.picture("/", screen, is_whole=is_whole) for _ in range(2)]
    for one, other in itertools.pairwise(shots):
        found = compare_pictures(one.png, other.png)
        assert found.is_equal, (found.share, found.boxes)
    assert (170, 34, 17) in colours(shots[0])  # the picture of the page is loaded
    assert ((34, 17, 170) in colours(shots[0])) == is_whole  # the lazy one, far below
    assert len(shots[0].png) > 2000


def test_each_screen_has_its_size_and_a_whole_page_has_a_limit(tab: SocketTab) -> None:
    assert size_of(tab.picture("/", DESK)) == (1280, 800)
    assert size_of(tab.picture("/", PHONE)) == (390, 844)
    assert 2400 < size_of(tab.picture("/", PHONE, is_whole=True))[1] <= MOST_HEIGHT
    assert size_of(tab.picture("/tiba", DESK, is_whole=True)) == (1280, 800)


def test_the_site_is_asked_as_the_edge_asks_it(tab: SocketTab, village: Village) -> None:
    assert tab.picture("/", PHONE).status == 200
    told = village.headers("/")
    assert told["host"] == told["x-forwarded-host"] == HOST
    assert told["x-forwarded-proto"] == "https" and "Mobile" in told["user-agent"]
    assert told["accept-encoding"] == "identity"


def test_redirects_and_cookies_work_as_for_any_visitor(tab: SocketTab, village: Village) -> None:
    assert tab.picture("/pindah", DESK).status == 200
    assert village.headers("/tiba")["cookie"] == "tamu=ya"
    assert tab.picture("/tiba", PHONE).status == 200
    assert village.asked[-1][2]["cookie"] == "tamu=ya"  # one visitor on both screens


def test_nothing_but_the_site_is_reached_and_nothing_is_sent(
    tab: SocketTab, village: Village
) -> None:
    seen = tab.picture("/menjangkau", DESK)
    assert seen.status == 200
    assert set(seen.outside) >= {"127.0.0.1", "cdn.example", "peta.example"}
    assert seen.refused == 2 and "/api/hitung" in village.paths()
    assert village.paths("POST") == []


def test_a_redirect_to_another_server_is_told(tab: SocketTab) -> None:
    with pytest.raises(StepFailed, match="/jauh"):
        tab.picture("/jauh", DESK)
    assert tab.picture("/tiba", DESK).status == 200


def test_a_page_with_an_error_is_pictured_with_its_status(tab: SocketTab) -> None:
    assert tab.picture("/rusak", DESK).status == 500
    assert tab.picture("/hampa", DESK).status == 500  # as PHP dies without a word
    assert tab.picture("/tanya", DESK).status == 200


def test_a_page_that_hangs_costs_its_own_time_only(
    tab: SocketTab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket_pages, "PAGE_S", 4.0)
    with pytest.raises(Unavailable):
        tab.picture("/gantung", DESK)
    monkeypatch.undo()
    assert tab.picture("/tiba", DESK).status == 200


def test_a_strict_policy_of_the_page_does_not_undo_the_stillness(village: Village) -> None:
    shots = []
    for _ in range(2):
        with running_browser(str(find_chromium()), Reach({})) as running:
            tab = SocketTab(running, Site(village.socket, HOST, CLOCK))
            shots.append(tab.picture("/ketat", DESK))
    assert compare_pictures(shots[0].png, shots[1].png).is_equal


def test_a_product_below_a_path_is_not_asked_for_others_addresses(
    browser: Browser, village: Village
) -> None:
    village.asked.clear()
    tab = SocketTab(browser, Site(village.socket, HOST, CLOCK, "/pbb"))
    seen = tab.picture("/pbb/login", DESK)
    assert seen.status == 200 and "/logo.png" in seen.missing
    assert "/logo.png" not in village.paths()


def test_a_site_that_is_gone_is_unavailable(browser: Browser, tmp_path: Path) -> None:
    with pytest.raises(Unavailable):
        SocketTab(browser, Site(tmp_path / "tiada.sock", HOST, CLOCK)).picture("/", DESK)


def test_a_picture_costs_at_most_four_seconds_of_processor(village: Village) -> None:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    count = 6
    with running_browser(str(find_chromium()), Reach({})) as running:
        tab = SocketTab(running, Site(village.socket, HOST, CLOCK))
        for number in range(count):
            tab.picture("/", SCREENS[number % 2], is_whole=number > 3)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    assert spent / count <= 4, spent
