"""A whole fleet for tests: real Docker, MariaDB, Redis, edge, worker and ticker processes."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import docker
from docker.errors import NotFound
from flask import Flask

from siappakai import create_app
from siappakai.errors import SiapPakaiError
from siappakai.models import Operation, Release, ReleaseState, Server, db, transaction
from siappakai.provision.job import server_facts
from siappakai.provision.release_build import ReleaseOrder, add_release
from siappakai.provision.server_setup import ensure_local_server, prepare_server, record_prepared
from siappakai.provision.template_dump import ensure_template
from siappakai.provision.tools import Tools, tools_for
from siappakai.queue import connect_redis
from siappakai.schema import upgrade_schema
from siappakai.ticker import refill_queue
from tests.conftest import make_settings
from tests.prepared import copy_prepared

ROOT = Path(__file__).resolve().parents[1]
SAMPLES = ROOT / "tests" / "samples" / "opensid"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Fleet:
    """A prepared server in a folder of its own, with names of its own."""

    app: Flask
    home: Path
    name: str
    environ: dict[str, str]
    server_id: int = 0
    workers: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def tools(self) -> Tools:
        with self.app.app_context():
            return tools_for(server_facts(db.session.get_one(Server, self.server_id)))

    @property
    def root(self) -> Path:
        return self.home / "srv"

    def add_release(self, version: str, origin: str | None = None, product: str = "opensid") -> int:
        """The release is built and has its template; from our samples unless told otherwise."""
        with self.app.app_context():
            source = origin or str(SAMPLES / version)
            order = ReleaseOrder(product, version, source, by="uji")
            release_id = add_release(order, self.tools.engine, print)
            ensure_template(release_id, self.server_id, by="uji", on_line=print)
            return release_id

    def add_broken_release(self, version: str) -> int:
        """A sample release that no gate would let through, marked as tested all the same."""
        with self.app.app_context():
            plain, source = version.removesuffix("-rusak"), str(SAMPLES / version)
            order = ReleaseOrder("opensid", plain, source, by="uji")
            release_id = add_release(order, self.tools.engine, print)
            with transaction():
                db.session.get_one(Release, release_id).state = ReleaseState.TESTED
            return release_id

    def release_facts(self, release_id: int) -> Release:
        return db.session.get_one(Release, release_id)

    def start_worker(self, *command: str) -> subprocess.Popen[bytes]:
        """A worker process of its own; `command` replaces the ordinary one."""
        line = command or ("-c", "from siappakai.worker import work; work()")
        with (self.home / "pekerja.log").open("ab") as log:
            worker = subprocess.Popen(
                [sys.executable, *line], cwd=ROOT, env={**os.environ, **self.environ}, stderr=log
            )
        self.workers.append(worker)
        return worker

    def stop_workers(self) -> None:
        for worker in self.workers:
            if worker.poll() is None:
                worker.send_signal(signal.SIGKILL)
            worker.wait()
        self.workers.clear()

    def wait_for(
        self, is_done: Callable[[], bool], timeout_s: float = 120, what: str = "the fleet"
    ) -> float:
        """Tick like the ticker does until `is_done`; returns the seconds it took."""
        started = time.monotonic()
        while time.monotonic() - started < timeout_s:
            with self.app.app_context():
                refill_queue()
                if is_done():
                    db.session.rollback()
                    return time.monotonic() - started
                db.session.rollback()
                db.session.expire_all()
            time.sleep(0.2)
        log = (self.home / "pekerja.log").read_text(errors="replace")[-4000:]
        raise AssertionError(f"{what}: not done in {timeout_s} s\n{log}")

    def wait_finished(self, operation_ids: list[int], timeout_s: float = 180) -> float:
        def finished() -> bool:
            return all(db.session.get_one(Operation, one).is_finished for one in operation_ids)

        return self.wait_for(finished, timeout_s, f"operations {operation_ids}")


@contextmanager
def running_fleet(name: str, *, by_play: bool = False, **more: str) -> Iterator[Fleet]:
    """A fleet of its own; everything it made is gone afterwards.

    Its server is a copy of one that the play prepared (`tests.prepared`), or with `by_play` was
    prepared by the play. Its name is its own, so that two test runs on one machine never meet.
    """
    name = f"{name}{secrets.token_hex(2)}"
    home = Path(tempfile.mkdtemp(prefix=f"{name}-", dir="/var/tmp"))
    home.chmod(0o755)
    settings_values = {
        "FLEET": name,
        "LISTEN_ADDRESS": "127.0.0.1",
        "HTTP_PORT": str(free_port()),
        "HTTPS_PORT": str(free_port()),
        "LEASE_S": "6",
        **more,
    }
    settings = make_settings(home, **settings_values)
    environ = {
        "SIAPPAKAI_SESSION_KEY": settings.session_key.reveal(),
        "SIAPPAKAI_VAULT_KEY": settings.vault_key.reveal(),
        "SIAPPAKAI_REDIS_URL": settings.redis_url,
        "SIAPPAKAI_HOME": str(home),
        "SIAPPAKAI_DATA_ROOT": str(settings.data_root),
        **{"SIAPPAKAI_" + key: value for key, value in settings_values.items()},
    }
    redis = _start_redis(home)
    fleet = Fleet(create_app(settings), home, name, environ)
    try:
        with fleet.app.app_context():
            upgrade_schema()
            fleet.server_id = ensure_local_server()
            if by_play:
                prepare_server(fleet.server_id, by="uji", on_line=print)
            else:
                copy_prepared(name, settings.data_root)
                _wait_prepared(fleet.server_id)
        yield fleet
    finally:
        try:
            fleet.stop_workers()
            _clean_up(name, home)
        finally:
            redis.terminate()
            redis.wait()
            connect_redis.cache_clear()


def _wait_prepared(server_id: int) -> None:
    """MariaDB and the edge of a copied server take a moment to answer."""
    deadline = time.monotonic() + 60
    while True:
        try:
            return record_prepared(server_id, by="uji")
        except SiapPakaiError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)


def _start_redis(home: Path) -> subprocess.Popen[bytes]:
    process = subprocess.Popen(
        ["redis-server", "--port", "0", "--unixsocket", str(home / "redis.sock"), "--save", ""],
        stdout=subprocess.DEVNULL,
        cwd=home,
    )
    for _ in range(100):
        if (home / "redis.sock").exists():
            return process
        threading.Event().wait(0.05)
    raise AssertionError("redis-server did not start")


def _clean_up(name: str, home: Path) -> None:
    client = docker.from_env()
    for row in client.api.containers(all=True):
        if row["Names"][0].startswith(f"/{name}-"):
            with suppress(NotFound):  # a throw-away container may end by itself meanwhile
                client.api.remove_container(row["Id"], force=True)
    for image in client.images.list(name=f"siappakai/armada-{name}"):
        for tag in image.tags:
            if tag.startswith(f"siappakai/armada-{name}:"):
                client.images.remove(tag, noprune=True)
    for network in client.networks.list(filters={"label": f"siappakai.fleet={name}"}):
        network.remove()
    client.close()
    shutil.rmtree(home, ignore_errors=True)
