"""A Caddy process of the tests' own on loopback, with fake instances behind `current` links."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import socket
import socketserver
import ssl
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import httpx

from siappakai.errors import Unavailable
from siappakai.provision.edge import Applied, EdgeClient
from siappakai.provision.edge_config import EdgePaths, EdgeSettings, PanelRoute, Route, make_config
from siappakai.provision.http_probe import Answer, get_through_edge

CADDY = Path(sys.executable).with_name("caddy")
LOOPBACK = "127.0.0.1"
BONTO = Route("bonto.takalar.test", "opensid-7305012001", "7305012001")
CAKURA = Route("cakura.takalar.test", "opensid-7305012002", "7305012002")
CAKURA_PBB = replace(CAKURA, instance_key="pbb-7305012002", path_prefix="/pbb")
ROUTES = (BONTO, CAKURA, CAKURA_PBB)
MIB = 1024 * 1024


class _Echo(BaseHTTPRequestHandler):
    """Answers with what it was asked, as JSON."""

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.headers.get("Transfer-Encoding") == "chunked":
            while size := int(self.rfile.readline(), 16):
                body += self.rfile.read(size)
                self.rfile.readline()
        told = {
            "name": self.server.name,
            "path": self.path,
            "headers": {name.lower(): value for name, value in self.headers.items()},
            "sha256": hashlib.sha256(body).hexdigest(),
            "padding": "x" * 600,
        }
        text = json.dumps(told).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    do_GET = do_POST = _answer

    def address_string(self) -> str:
        return "unix"

    def log_message(self, format: str, *args: object) -> None:
        """Stay silent."""


class Upstream(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    """One fake release of an instance, listening on a socket of its own."""

    daemon_threads = True
    request_queue_size = 256

    def __init__(self, path: Path, name: str) -> None:
        self.name = name
        path.parent.mkdir(parents=True, exist_ok=True)
        super().__init__(str(path), _Echo)
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self) -> None:
        self.shutdown()
        self.server_close()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return probe.getsockname()[1]


@dataclass
class Edge:
    """A Caddy process of the test's own, its directory, and the upstreams behind it."""

    root: Path
    settings: EdgeSettings
    paths: EdgePaths
    client: EdgeClient
    upstreams: list[Upstream]
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        environment = {
            "HOME": str(self.root),
            "XDG_CONFIG_HOME": str(self.root / "config"),
            "XDG_DATA_HOME": str(self.root / "data"),
            "CADDY_ADMIN": f"unix/{self.paths.admin_socket}",
        }
        with (self.root / "caddy.err").open("ab") as log:
            self.process = subprocess.Popen(
                [CADDY, "run", "--resume"], env=environment, cwd=self.root, stdout=log, stderr=log
            )
        deadline = time.monotonic() + 10
        while True:
            try:
                self.client.current()
                return
            except Unavailable:
                assert time.monotonic() < deadline, (self.root / "caddy.err").read_text()
                time.sleep(0.05)

    def stop(self, how: int = signal.SIGTERM) -> None:
        self.process.send_signal(how)
        self.process.wait(20)

    def config(self, *routes: Route) -> dict:
        panel = PanelRoute("panel.takalar.test", f"{self.root}/panel.sock")
        return make_config(self.settings, self.paths, routes, panel)

    def apply(self, *routes: Route) -> Applied:
        applied = self.client.apply(self.config(*routes))
        self.trust()
        return applied

    def serve(self, route: Route, spec: str, name: str) -> None:
        """Start a release of an instance and let `current` lead to it."""
        home = self.root / "instances" / route.instance_key
        self.upstreams.append(Upstream(home / spec / "http.sock", name))
        self.switch(route, spec)

    def switch(self, route: Route, spec: str) -> None:
        home = self.root / "instances" / route.instance_key
        temporary = home / "next"
        temporary.symlink_to(f"{spec}/http.sock")
        os.replace(temporary, home / "current")

    def hold(self, route: Route) -> None:
        (self.root / "instances" / route.instance_key / "current").unlink()

    def trust(self) -> None:
        certificate = self.client.internal_root_certificate()
        (self.root / "root.pem").write_bytes(certificate)

    def get(self, domain: str, path: str = "/", **more: object) -> Answer:
        port = self.settings.https_port
        return get_through_edge(
            LOOPBACK, port, domain, path, ca_file=self.root / "root.pem", **more
        )

    def http_client(self) -> httpx.Client:
        trust = ssl.create_default_context(cafile=str(self.root / "root.pem"))
        return httpx.Client(transport=httpx.HTTPTransport(verify=trust), timeout=30)

    def send(self, client: httpx.Client, domain: str, method: str = "GET", **more: object):
        path = more.pop("path", "/")
        headers = {"Host": f"{domain}:{self.settings.https_port}"} | more.pop("headers", {})
        url = f"https://{LOOPBACK}:{self.settings.https_port}{path}"
        extensions = {"sni_hostname": domain}
        return client.request(method, url, headers=headers, extensions=extensions, **more)


@contextmanager
def running_edge() -> Iterator[Edge]:
    """An edge without rows and three running instances; all of it is gone afterwards."""
    root = Path(tempfile.mkdtemp(prefix="edge-", dir="/tmp"))  # a unix socket's path is short
    for name in ("instances", "run", "data/caddy", "logs", "config"):
        (root / name).mkdir(parents=True)
    paths = EdgePaths(f"{root}/instances", f"{root}/run", f"{root}/data/caddy", f"{root}/logs")
    settings = EdgeSettings(LOOPBACK, _free_port(), _free_port(), hold_s=5)
    edge = Edge(root, settings, paths, EdgeClient(Path(paths.admin_socket)), [])
    try:
        edge.start()
        for route in ROUTES:
            edge.serve(route, "aaaa", route.instance_key)
        yield edge
    finally:
        edge.stop(signal.SIGKILL)
        for upstream in edge.upstreams:
            upstream.stop()
        shutil.rmtree(root)


@contextmanager
def serving_edge() -> Iterator[Edge]:
    """The same, with its rows applied and each domain's certificate made."""
    with running_edge() as edge:
        edge.apply(*ROUTES)
        for route in (BONTO, CAKURA):
            assert edge.get(route.domain).status == 200
        yield edge
