"""A fleet to be struck: villages on 2408, a good and a broken next release, processes of its own.

Nothing here ticks for the fleet: a real ticker process does, and what ends is started again as
supervisord would.
"""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import docker
from docker.errors import NotFound

from siappakai import create_app
from siappakai.models import Instance, Release, ReleaseState, Server, db, transaction
from siappakai.provision.docker_engine import connect_engine
from siappakai.provision.file_view import tree_manifest
from siappakai.provision.naming import InstancePaths, instance_key
from siappakai.provision.release_build import ReleaseOrder, add_release
from siappakai.provision.server_setup import ensure_local_server, prepare_server
from siappakai.provision.template_dump import ensure_template
from siappakai.queue import connect_redis
from siappakai.schema import upgrade_schema
from tests.broken_releases import SAMPLES, VARIANTS, Variant, make_tree, say_version, seed_files
from tests.conftest import make_settings
from tests.faults.second_engine import SecondEngine
from tests.faults.stopping import GO_ON, REACHED, WHERE
from tests.fleet import ROOT, Fleet, free_port
from tests.system.villages import install, table_checksums, village_list

MACHINES_ENGINE = "unix:///var/run/docker.sock"
SUPPORT_IMAGES = ("siappakai/mariadb:10.11", "siappakai/edge:2.11.7", "siappakai/egress:3.0")
SLEEP_S = 1.5
# Twice would show: the column can't be added again, and names would have two marks.
_ROWS = f"""
    $db->run('ALTER TABLE penduduk ADD COLUMN pindah INT NOT NULL DEFAULT 0');
    $db->run("UPDATE penduduk SET nama = CONCAT(nama, '+')");
    usleep({int(SLEEP_S * 1e6)});
    $db->run("UPDATE penduduk SET pindah = pindah + 1");
"""
_FILES = """
    $desa = CONTOH_ROOT . '/desa';
    @mkdir("{$desa}/upload/dokumen/arsip-baru", 0750, true);
    file_put_contents("{$desa}/upload/dokumen/arsip-baru/dari-migrasi.txt", 'baru');
    file_put_contents("{$desa}/logo/ditulis-ulang.txt", 'isi dari migrasi');
    rename("{$desa}/upload/dokumen/nama-lama.txt", "{$desa}/upload/dokumen/nama-baru.txt");
"""
OLD = "2408.0.0"
GOOD = Variant("2410.11.0", "rewrites rows slowly and changes files", _ROWS + _FILES)
BAD = Variant(
    "2410.12.0",
    "the same, and then its home page is 500",
    _ROWS + _FILES,
    on_request=VARIANTS["beranda-500"].on_request,
)
PEOPLE = (60, 25, 0)
FOLDERS = ("desa", "config")


@dataclass(frozen=True)
class Village:
    """One of the villages, with what can be compared of it."""

    instance_id: int
    code: str
    domain: str
    database: str
    paths: InstancePaths


@dataclass(frozen=True)
class Content:
    """All of a village's tables and files, to compare."""

    tables: dict[str, int]
    files: dict[str, tuple[int, int, int, str]]


@dataclass
class Ground:
    """The fleet and everything that may be killed in it."""

    fleet: Fleet
    redis: subprocess.Popen[bytes]
    engine: SecondEngine | None = None
    no_engine: str = ""
    ticker: subprocess.Popen[bytes] | None = None
    wants_ticker: bool = True
    worker_count: int = 2
    villages: list[Village] = field(default_factory=list)
    releases: dict[str, int] = field(default_factory=dict)
    old: dict[int, Content] = field(default_factory=dict)
    new: dict[int, Content] = field(default_factory=dict)

    # --- what stands still where

    @property
    def stops(self) -> Path:
        return self.fleet.home / "berhenti"

    def stand_still(self, moments: dict[int, str]) -> None:
        """The instance's next operation stops at its moment; earlier orders are forgotten."""
        shutil.rmtree(self.stops, ignore_errors=True)
        self.stops.mkdir()
        text = ", ".join(f'"{instance}": "{moment}"' for instance, moment in moments.items())
        written = self.stops / "saat.baru"
        written.write_text(f"{{{text}}}")
        written.rename(self.stops / WHERE)

    def standing(self, instance_id: int) -> int:
        """The id of the process that stands at the instance's moment; 0 while none does."""
        mark = self.stops / f"{REACHED}{instance_id}"
        return int(mark.read_text()) if mark.exists() else 0

    def go_on(self, instance_id: int) -> None:
        (self.stops / f"{GO_ON}{instance_id}").touch()

    # --- processes

    def _start(self, role: str) -> subprocess.Popen[bytes]:
        environ = {**os.environ, **self.fleet.environ}
        line = [sys.executable, "-m", "tests.faults.stopping", role, str(self.stops)]
        with (self.fleet.home / "pekerja.log").open("ab") as log:
            return subprocess.Popen(line, cwd=ROOT, env=environ, stdout=log, stderr=log)

    def keep_processes(self) -> None:
        """What has ended is started again, as supervisord does."""
        self.fleet.workers = [one for one in self.fleet.workers if one.poll() is None]
        while len(self.fleet.workers) < self.worker_count:
            self.fleet.workers.append(self._start("worker"))
        if self.wants_ticker and (self.ticker is None or self.ticker.poll() is not None):
            self.ticker = self._start("ticker")

    def kill_process(self, process_id: int) -> None:
        os.kill(process_id, signal.SIGKILL)
        for one in (*self.fleet.workers, self.ticker):
            if one is not None and one.pid == process_id:
                one.wait()

    def start_redis(self) -> None:
        """Redis again, empty: nothing of the queue was kept."""
        self.redis.kill()
        self.redis.wait()
        (self.fleet.home / "redis.sock").unlink(missing_ok=True)
        self.redis = start_redis(self.fleet.home)

    # --- looking

    def wait(self, is_done: Callable[[], bool], what: str, timeout_s: float = 150) -> None:
        """Until `is_done`; processes are kept meanwhile."""
        deadline = time.monotonic() + timeout_s
        while True:
            self.keep_processes()
            with self.fleet.app.app_context():
                try:
                    if is_done():
                        return
                finally:
                    db.session.rollback()
                    db.session.remove()
            if time.monotonic() > deadline:
                log = (self.fleet.home / "pekerja.log").read_text(errors="replace")[-3000:]
                raise AssertionError(f"{what}: not in {timeout_s} s\n{log}")
            time.sleep(0.1)

    def content(self, village: Village) -> Content:
        tables = table_checksums(self.fleet, village.database)
        files = tree_manifest([village.paths.home / name for name in FOLDERS])
        return Content(tables, files)

    def people(self, village: Village) -> set[tuple[str, int]]:
        """Marks at the end of names, and the migrated column: one pair when all rows are alike."""
        with self.fleet.tools.databases._cursor(village.database) as cursor:
            cursor.execute("SELECT REGEXP_REPLACE(nama, '[^+]', ''), pindah FROM penduduk")
            return set(cursor.fetchall())

    def containers(self) -> dict[str, str]:
        """Name → state of everything of this fleet on its engine."""
        rows = self.fleet.tools.engine.client.api.containers(all=True)
        names = {row["Names"][0].lstrip("/"): str(row["State"]) for row in rows}
        return {name: state for name, state in names.items() if name.startswith(self.fleet.name)}


def start_redis(home: Path) -> subprocess.Popen[bytes]:
    socket = home / "redis.sock"
    line = ["redis-server", "--port", "0", "--unixsocket", str(socket), "--save", ""]
    process = subprocess.Popen(line, stdout=subprocess.DEVNULL, cwd=home)
    deadline = time.monotonic() + 10
    while not socket.exists():
        assert time.monotonic() < deadline, "redis-server did not start"
        time.sleep(0.02)
    return process


@contextmanager
def running_ground(name: str, engine: SecondEngine | None = None) -> Iterator[Ground]:
    """The villages serve 2408; `engine` carries them, or the machine's own one."""
    name = f"{name}{secrets.token_hex(2)}"
    home = Path(tempfile.mkdtemp(prefix=f"{name}-", dir="/var/tmp"))
    home.chmod(0o755)
    values = {
        "FLEET": name,
        "LISTEN_ADDRESS": "127.0.0.1",
        "HTTP_PORT": str(free_port()),
        "HTTPS_PORT": str(free_port()),
        "LEASE_S": "5",
    }
    settings = make_settings(home, **values)
    environ = {
        "SIAPPAKAI_SESSION_KEY": settings.session_key.reveal(),
        "SIAPPAKAI_VAULT_KEY": settings.vault_key.reveal(),
        "SIAPPAKAI_REDIS_URL": settings.redis_url,
        "SIAPPAKAI_HOME": str(home),
        "SIAPPAKAI_DATA_ROOT": str(settings.data_root),
        **{"SIAPPAKAI_" + key: value for key, value in values.items()},
    }
    ground = Ground(Fleet(create_app(settings), home, name, environ), start_redis(home), engine)
    try:
        _prepare(ground)
        _settle(ground)
        yield ground
    finally:
        _clear(ground)


def _prepare(ground: Ground) -> None:
    if ground.engine is not None:
        ground.engine.take_images(*SUPPORT_IMAGES)
    with ground.fleet.app.app_context():
        upgrade_schema()
        ground.fleet.server_id = ensure_local_server()
        if ground.engine is not None:
            with transaction():
                db.session.get_one(Server, ground.fleet.server_id).docker_url = ground.engine.url
        prepare_server(ground.fleet.server_id, by="uji", on_line=print)


def _settle(ground: Ground) -> None:
    """Releases and villages are there, with people and files."""
    with tempfile.TemporaryDirectory(prefix="rilis-uji-") as folder:
        old = Path(folder) / OLD
        shutil.copytree(SAMPLES / f"v{OLD}", old)
        say_version(old)
        ground.releases["old"] = _add(ground, OLD, old)
        for word, variant in (("good", GOOD), ("bad", BAD)):
            tree = make_tree(Path(folder) / variant.version, variant)
            ground.releases[word] = _add(ground, variant.version, tree)
    with ground.fleet.app.app_context():
        ensure_template(ground.releases["old"], ground.fleet.server_id, by="uji", on_line=print)
    _install(ground)


def _add(ground: Ground, version: str, tree: Path) -> int:
    """Built by the machine's own engine, and carried to the other one if there is one."""
    with ground.fleet.app.app_context():
        builder = connect_engine(MACHINES_ENGINE, ground.fleet.name)
        release_id = add_release(
            ReleaseOrder("opensid", version, str(tree), by="uji"), builder, print
        )
        with transaction():
            release = db.session.get_one(Release, release_id)
            release.state, digest = ReleaseState.TESTED, release.digest
        if ground.engine is not None:
            ground.engine.take_images(digest)
        return release_id


def _install(ground: Ground) -> None:
    fleet = ground.fleet
    ground.keep_processes()
    _, operations = install(fleet, village_list("7305", 0, len(PEOPLE)), ground.releases["old"])
    fleet.wait_finished(operations)
    with fleet.app.app_context():
        server = db.session.get_one(Server, fleet.server_id)
        for each in db.session.scalars(db.select(Instance).order_by(Instance.id)):
            assert each.is_installed
            paths = fleet.root, instance_key(each.product, each.scope_code)
            ground.villages.append(_village(each, server, paths[1]))
    for village, count in zip(ground.villages, PEOPLE, strict=True):
        _fill(ground, village, count)
        ground.old[village.instance_id] = ground.content(village)


def _village(instance: Instance, server: Server, key: str) -> Village:
    from siappakai.provision.job import server_facts

    return Village(
        instance.id,
        instance.scope_code,
        instance.home.domain,
        instance.database_group.database_name,
        server_facts(server).paths.instance(key),
    )


def _fill(ground: Ground, village: Village, count: int) -> None:
    seed_files(village.paths.home / "desa")
    with ground.fleet.tools.databases._cursor(village.database) as cursor:
        for number in range(count):
            cursor.execute(
                "INSERT INTO penduduk (config_id, nama, nik, sex, alamat) "
                "SELECT id, %s, %s, '1', %s FROM config",
                (f"Warga {number}", f"99{number:014d}", f"Dusun Uji RT 00{number % 9} RW 001"),
            )


def _clear(ground: Ground) -> None:
    ground.wants_ticker = False
    if ground.ticker is not None:
        ground.ticker.kill()
        ground.ticker.wait()
    ground.fleet.stop_workers()
    try:
        if ground.engine is None:
            _remove_containers(ground.fleet.name)
    finally:
        ground.redis.kill()
        ground.redis.wait()
        connect_redis.cache_clear()
        shutil.rmtree(ground.fleet.home, ignore_errors=True)


def _remove_containers(name: str) -> None:
    client = docker.from_env()
    for row in client.api.containers(all=True):
        if row["Names"][0].startswith(f"/{name}-"):
            try:
                client.api.remove_container(row["Id"], force=True)
            except NotFound:  # a throw-away container may end by itself meanwhile
                continue
    for network in client.networks.list(filters={"label": f"siappakai.fleet={name}"}):
        network.remove()
    client.close()
