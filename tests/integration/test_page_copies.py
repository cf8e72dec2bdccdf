"""Copies of public pages: taken from a serving site, shown by the real edge while it is away."""

from __future__ import annotations

import json
import os
import socket
import socketserver
import ssl
import statistics
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import httpx
import pytest

from siappakai.provision.edge_copies import COPY_HEADER
from siappakai.provision.edge_rows import COPIES_LINK, Route
from siappakai.provision.naming import InstancePaths, ServerPaths
from siappakai.provision.page_copies import (
    CopyOrder,
    drop_copies,
    hide_copies,
    show_copies,
    take_copies,
)
from siappakai.provision.page_copy_crawl import CopyLimits
from siappakai.provision.page_copy_links import Site
from tests.integration.running_edge import BONTO, CAKURA, LOOPBACK, ROUTES, Edge, running_edge

MARK = 'role="status"'
PIXEL = bytes.fromhex("89504e470d0a1a0a")
HTML, CSS, PNG = "text/html; charset=utf-8", "text/css", "image/png"
PAGES: dict[str, tuple[int, str, bytes]] = {
    "/": (
        200,
        HTML,
        b"<link rel=stylesheet href=/gaya.css?v=2><body>Beranda <a href=/artikel/1>1</a>"
        b"<a href=/artikel>semua</a><a href=/siteman>masuk</a><a href=/pindah>p</a>"
        b"<a href=/hilang>h</a><a href=/unduh>u</a><a href=/cari?q=1>c</a>"
        b"<form action=/kirim method=post><input type=hidden name=k value=KUNCI></form>",
    ),
    "/artikel": (200, HTML, b"<p>Semua artikel <a href=/artikel/2>2</a>"),
    "/artikel/1": (200, HTML, b"<p>Artikel satu <img src=/gambar.png?1>"),
    "/artikel/2": (200, HTML, b"<p>Artikel dua"),
    "/siteman": (200, HTML, b"<p>Masuk"),
    "/pindah": (302, HTML, b"<p>pindah"),
    "/unduh": (200, "application/octet-stream", b"RAHASIA"),
    "/gaya.css": (200, CSS, b"@font-face{src:url(huruf.woff2?v=1)} body{color:#123}"),
    "/huruf.woff2": (200, "font/woff2", b"wOF2"),
    "/gambar.png": (200, PNG, PIXEL),
}


class _Site(BaseHTTPRequestHandler):
    """A small village site that remembers who asked for what, and with which cookie."""

    def _answer(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        path = self.path.partition("?")[0]
        self.server.asked.append((self.path, self.headers.get("Cookie", "")))
        status, kind, body = self.server.pages.get(path, (404, HTML, b"<p>tidak ada"))
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Set-Cookie", "sid_session=abc; path=/; HttpOnly")
        self.end_headers()
        if self.command != "HEAD":
            with suppress(BrokenPipeError):  # who asked has gone
                self.wfile.write(body)

    do_GET = do_POST = do_HEAD = _answer

    def address_string(self) -> str:
        return "unix"

    def log_message(self, format: str, *args: object) -> None:
        """Stay silent."""


class VillageSite(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True
    request_queue_size = 256

    def __init__(self, path: Path) -> None:
        self.pages = dict(PAGES)
        self.asked: list[tuple[str, str]] = []
        path.parent.mkdir(parents=True, exist_ok=True)
        super().__init__(str(path), _Site)
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self) -> None:
        self.shutdown()
        self.server_close()


class Village:
    """One village behind the edge: its site, its paths and the order to copy it."""

    def __init__(self, edge: Edge, route: Route) -> None:
        self.edge, self.route = edge, route
        self.site = VillageSite(edge.root / "instances" / route.instance_key / "situs/http.sock")
        edge.upstreams.append(self.site)
        edge.switch(route, "situs")
        tree = edge.root / "pohon"
        tree.mkdir(exist_ok=True)
        if not (tree / "run").exists():
            (tree / "run").symlink_to(edge.root / "instances")
        self.paths: InstancePaths = ServerPaths(tree, "uji").instance(route.instance_key)
        host = f"{route.domain}:{edge.settings.https_port}"
        self.order = CopyOrder(
            socket=self.paths.run / "situs/http.sock",
            host=host,
            site=Site(frozenset({host, route.domain}), "/", ("/siteman",)),
            starts=("/",),
            paths=self.paths,
            local_time_zone="Asia/Makassar",
            uid=os.getuid(),
            gid=os.getgid(),
        )

    def send(self, method: str = "GET", path: str = "/", **more: object) -> httpx.Response:
        with self.edge.http_client() as client:
            return self.edge.send(client, self.route.domain, method, path=path, **more)

    def files(self) -> set[str]:
        folder = self.paths.run / COPIES_LINK
        found = [path for path in folder.rglob("*") if path.is_file()]
        return {str(path.relative_to(folder)) for path in found}


@pytest.fixture
def edge() -> Iterator[Edge]:
    with running_edge() as edge:
        edge.settings = replace(edge.settings, hold_s=2)
        edge.apply(*ROUTES)
        yield edge


@pytest.fixture
def bonto(edge: Edge) -> Village:
    return Village(edge, BONTO)


def test_public_pages_and_what_they_need_are_copied_and_nothing_else(bonto: Village) -> None:
    facts = take_copies(bonto.order)
    assert (facts.pages, facts.files, facts.ended_by, facts.problem) == (4, 3, "", "")
    assert show_copies(bonto.paths)
    assert bonto.files() == {
        "@.html",
        "artikel/@.html",
        "artikel/1/@.html",
        "artikel/2/@.html",
        "gaya.css",
        "huruf.woff2",
        "gambar.png",
    }
    asked = [path for path, _ in bonto.site.asked]
    assert "/siteman" not in asked
    assert len(asked) == len(set(asked)), "nothing is asked for twice"
    assert not [path for path in asked if "?" in path]
    assert bonto.site.asked[0][1] == ""
    assert {cookie for _, cookie in bonto.site.asked[1:]} == {"sid_session=abc"}


def test_only_the_edge_may_read_the_copies(bonto: Village) -> None:
    take_copies(bonto.order)
    show_copies(bonto.paths)
    folder = (bonto.paths.run / COPIES_LINK).resolve()
    modes = {oct(path.stat().st_mode & 0o777) for path in (folder, *folder.rglob("*"))}
    assert modes == {"0o750", "0o640"}
    assert not [path for path in folder.rglob("*") if path.is_symlink()]


def test_a_copied_page_answers_at_once_while_the_site_is_away(bonto: Village, edge: Edge) -> None:
    fresh = bonto.send(path="/artikel/1")
    assert (fresh.status_code, MARK in fresh.text) == (200, False)
    take_copies(bonto.order)
    assert COPY_HEADER not in bonto.send().headers, "nothing is shown before it is asked for"
    edge.hold(BONTO)
    assert show_copies(bonto.paths)
    kept = {"Cookie": "sid_session=abc", "If-None-Match": "*", "Range": "bytes=0-3"}
    for path in ("/", "/artikel", "/artikel/", "/artikel/1", "/artikel/2"):
        copy = bonto.send(path=path, headers=kept)
        assert (copy.status_code, copy.headers["content-type"]) == (200, HTML)
        assert (copy.headers[COPY_HEADER], copy.headers["cache-control"]) == ("ya", "no-store")
        assert not {"set-cookie", "etag", "last-modified", "server"} & set(copy.headers)
        assert MARK in copy.text
        assert "KUNCI" not in copy.text
        assert copy.elapsed.total_seconds() < 1
    head = bonto.send("HEAD")
    assert (head.status_code, head.headers[COPY_HEADER]) == (200, "ya")
    for path, kind in (("/gaya.css", CSS), ("/huruf.woff2", "font/woff2"), ("/gambar.png", PNG)):
        file = bonto.send(path=path)
        assert (file.status_code, file.headers["content-type"].partition(";")[0]) == (200, kind)
    assert "url(/huruf.woff2)" in bonto.send(path="/gaya.css").text


def test_what_is_not_copied_waits_and_then_reads_a_page_that_fits(
    bonto: Village, edge: Edge
) -> None:
    take_copies(bonto.order)
    edge.hold(BONTO)
    show_copies(bonto.paths)

    def waits(method: str, path: str) -> httpx.Response:
        answer = bonto.send(method, path)
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "10")
        assert answer.elapsed.total_seconds() > 1.8
        assert COPY_HEADER not in answer.headers
        return answer

    asked = [("GET", "/siteman"), ("GET", "/?q=1"), ("POST", "/"), ("POST", "/kirim")]
    with ThreadPoolExecutor(4) as pool:
        login, search, post, other = pool.map(lambda each: waits(*each), asked)
    for page in (login, search):
        assert "Situs desa sedang disiapkan" in page.text
        assert page.headers["refresh"] == "10"
    for page in (post, other):
        assert "Isian Anda belum terkirim" in page.text
        assert "refresh" not in page.headers, "it would ask again without the form"
    edge.switch(BONTO, "situs")
    assert bonto.send("POST", "/kirim").status_code == 404, "the site itself answers forms"


def test_a_form_cut_off_on_its_way_is_not_called_unsent(edge: Edge) -> None:
    path = edge.root / "instances" / BONTO.instance_key / "putus/http.sock"
    path.parent.mkdir()
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()
        edge.switch(BONTO, "putus")

        def hang_up() -> None:
            connection, _ = listener.accept()
            connection.recv(65536)
            connection.close()

        with ThreadPoolExecutor(1) as pool, edge.http_client() as client:
            pool.submit(hang_up)
            answer = edge.send(client, BONTO.domain, "POST", content=b"isian")
    assert answer.status_code == 503
    assert "belum pasti isian itu tersimpan" in answer.text


def test_hidden_copies_give_way_to_the_fresh_page_of_that_village_alone(
    bonto: Village, edge: Edge
) -> None:
    cakura = Village(edge, CAKURA)
    for village in (bonto, cakura):
        take_copies(village.order)
        assert show_copies(village.paths)
    assert hide_copies(bonto.paths)
    assert not hide_copies(bonto.paths)
    assert COPY_HEADER not in bonto.send().headers
    assert cakura.send().headers[COPY_HEADER] == "ya"
    assert json.loads(cakura.send(path="/pbb").text)["name"] == "pbb-7305012002"


def test_no_visitor_meets_an_error_from_showing_to_hiding(bonto: Village, edge: Edge) -> None:
    take_copies(bonto.order)
    ends = threading.Event()
    seen: list[tuple[int, bool]] = []
    longest: list[float] = []

    def visit(path: str) -> None:
        with edge.http_client() as client:
            while not ends.is_set():
                answer = edge.send(client, BONTO.domain, path=path)
                seen.append((answer.status_code, COPY_HEADER in answer.headers))
                longest.append(answer.elapsed.total_seconds())

    with ThreadPoolExecutor(6) as pool:
        visits = [pool.submit(visit, path) for path in ("/", "/artikel", "/artikel/1") * 2]
        time.sleep(0.3)
        for _ in range(20):  # the moment of showing and hiding, many times
            show_copies(bonto.paths)
            time.sleep(0.01)
            hide_copies(bonto.paths)
            time.sleep(0.01)
        show_copies(bonto.paths)
        edge.hold(BONTO)
        time.sleep(edge.settings.hold_s + 1.5)  # longer than anybody would wait
        edge.switch(BONTO, "situs")
        drop_copies(bonto.paths)
        time.sleep(0.3)
        ends.set()
        for each in visits:
            each.result(30)
    print(f"{len(seen)} GETs, {sum(1 for _, is_copy in seen if is_copy)} copies")
    print(f"longest {max(longest):.2f} s")
    assert {status for status, _ in seen} == {200}
    assert {is_copy for _, is_copy in seen} == {True, False}
    assert seen[-1] == (200, False)


@pytest.mark.parametrize(
    "path",
    [
        "/../rahasia.html",
        "/%2e%2e/rahasia.html",
        "/..%2frahasia.html",
        "/artikel/../../rahasia.html",
        "/artikel/%2e%2e%2f%2e%2e%2frahasia.html",
        "//../rahasia.html",
        "/.tersembunyi.html",
        "/artikel/.tersembunyi/@.html",
        "/luar/rahasia.html%00",
        "/*.html",
    ],
)
def test_no_path_leads_out_of_the_copies_or_to_what_is_hidden(
    bonto: Village, edge: Edge, path: str
) -> None:
    take_copies(bonto.order)
    show_copies(bonto.paths)
    (bonto.paths.run / "rahasia.html").write_text("RAHASIA")
    copies = (bonto.paths.run / COPIES_LINK).resolve()
    (copies / ".tersembunyi.html").write_text("RAHASIA")
    (copies / "artikel/.tersembunyi").mkdir()
    (copies / "artikel/.tersembunyi/@.html").write_text("RAHASIA")
    answer = _raw_get(edge, path)
    assert "RAHASIA" not in answer
    assert not answer.startswith("HTTP/1.1 5")


def test_a_folder_of_copies_is_never_listed(bonto: Village) -> None:
    bonto.site.pages["/"] = (200, HTML, b"<a href=/dalam/sekali>x</a>")
    take_copies(bonto.order)
    show_copies(bonto.paths)
    assert "dalam/sekali/@.html" not in bonto.files(), "it answered 404"
    (bonto.paths.run / COPIES_LINK / "kosong").mkdir()
    for path in ("/kosong", "/kosong/"):
        answer = bonto.send(path=path)
        assert (answer.status_code, COPY_HEADER in answer.headers) == (404, False)


def _raw_get(edge: Edge, target: str) -> str:
    """Send the target exactly as written; HTTP libraries would tidy it up."""
    trust = ssl.create_default_context(cafile=str(edge.root / "root.pem"))
    with (
        socket.create_connection((LOOPBACK, edge.settings.https_port), 10) as plain,
        trust.wrap_socket(plain, server_hostname=BONTO.domain) as stream,
    ):
        stream.sendall(
            f"GET {target} HTTP/1.1\r\nHost: {BONTO.domain}\r\nConnection: close\r\n\r\n".encode()
        )
        return b"".join(iter(lambda: stream.recv(65536), b"")).decode()


@pytest.mark.parametrize(
    ("limits", "ended_by"),
    [
        (CopyLimits(pages=2), "halaman"),
        (CopyLimits(size_bytes=1500), "ukuran"),
        (CopyLimits(pages=5000, seconds=0.5), "waktu"),
    ],
)
def test_a_limit_ends_the_walk_and_what_is_there_is_whole(
    bonto: Village, limits: CopyLimits, ended_by: str
) -> None:
    many = "".join(f"<a href=/h/{i}>x</a>" for i in range(2000)).encode()
    bonto.site.pages["/"] = (200, HTML, b"<p>Beranda" + (many if ended_by == "waktu" else b"")
                             + b"<a href=/artikel/1>x</a><a href=/artikel/2>x</a>")  # fmt: skip
    bonto.site.pages |= {f"/h/{i}": (200, HTML, b"<p>h") for i in range(2000)}
    facts = take_copies(replace(bonto.order, limits=limits))
    assert facts.ended_by == ended_by
    assert facts.pages >= 1
    assert facts.size_bytes <= limits.size_bytes
    assert facts.seconds < limits.seconds + 1
    show_copies(bonto.paths)
    assert all(MARK in page.read_text() for page in bonto.paths.run.rglob("@.html"))


def test_what_a_dead_worker_left_is_taken_anew_and_all_goes_in_the_end(bonto: Village) -> None:
    first = take_copies(bonto.order)
    show_copies(bonto.paths)
    (bonto.paths.run / ".salinan.baru").mkdir()
    (bonto.paths.run / ".salinan.baru/separuh.css").write_text("x")
    (bonto.paths.run / "salinan.baru").symlink_to("entah")
    second = take_copies(bonto.order)
    assert (first.pages, first.files) == (second.pages, second.files)
    assert COPY_HEADER not in bonto.send().headers, "new copies are not shown by themselves"
    for _ in range(2):
        assert show_copies(bonto.paths)
        assert bonto.send().headers[COPY_HEADER] == "ya"
    for _ in range(2):
        drop_copies(bonto.paths)
        assert COPY_HEADER not in bonto.send().headers
    assert not show_copies(bonto.paths)
    left = {path.name for path in bonto.paths.run.iterdir()}
    assert left == {"aaaa", "situs", "current"}


def test_a_site_that_does_not_answer_or_has_no_public_page_gives_no_copies_but_a_reason(
    bonto: Village,
) -> None:
    away = replace(bonto.order, socket=bonto.paths.run / "tidak-ada.sock")
    facts = take_copies(away)
    assert (facts.pages, facts.problem.endswith("tidak menjawab.")) == (0, True)
    bonto.site.pages["/"] = (302, HTML, b"")
    facts = take_copies(bonto.order)
    assert (facts.pages, facts.problem) == (0, "Tidak ada halaman umum yang dapat disalin.")
    facts = take_copies(replace(bonto.order, starts=()))
    assert (facts.pages, facts.problem) == (0, "")
    assert not show_copies(bonto.paths)


def test_the_rule_costs_next_to_nothing_where_there_are_no_copies(edge: Edge) -> None:
    """Two edges asked by turns, one without the rule, so that the machine's moods hit both."""
    with running_edge() as bare:
        config = bare.config(*ROUTES)
        rules = config["apps"]["http"]["servers"]["sites"]["routes"]
        kept = [rule for rule in rules if COPY_HEADER not in json.dumps(rule)]
        assert len(kept) == len(rules) - 1
        rules[:] = kept
        bare.client.apply(config)
        bare.trust()
        times: tuple[list[float], list[float]] = ([], [])
        with edge.http_client() as one, bare.http_client() as other:
            for _ in range(600):
                for each, client, taken in zip((edge, bare), (one, other), times, strict=True):
                    started = time.perf_counter()
                    assert each.send(client, BONTO.domain).status_code == 200
                    taken.append(time.perf_counter() - started)
    with_s, without_s = (statistics.median(taken) for taken in times)
    print(
        f"with {with_s * 1000:.2f} ms, without {without_s * 1000:.2f} ms: {with_s / without_s:.3f}"
    )
    assert with_s < without_s * 1.2
