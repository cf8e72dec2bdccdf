"""Touch: every part of this machine as it is now, in one table; works while parts are down."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass

from redis.exceptions import RedisError
from rq import Worker
from sqlalchemy.exc import SQLAlchemyError

from siappakai.config import Settings
from siappakai.errors import SiapPakaiError
from siappakai.host.containers import find_local_server
from siappakai.host.engine import engine_version
from siappakai.host.places import HostPlaces
from siappakai.host.supervisor import ProcessState, Supervisor
from siappakai.models import ObservedState, db
from siappakai.provision.databases import Databases
from siappakai.provision.docker_engine import connect_engine
from siappakai.provision.edge import EdgeClient
from siappakai.provision.http_probe import ask_over_socket
from siappakai.provision.naming import ServerPaths
from siappakai.provision.observe import observe_server
from siappakai.queue import connect_redis, open_queue
from siappakai.schema import is_schema_current

DOCKER_URL = "unix:///var/run/docker.sock"
UP_WITHIN_S = 90
LEAST_FREE_BYTES = 2 * 1024**3


@dataclass(frozen=True, slots=True)
class Part:
    """One line of the table; `ok` is None when it could not be judged."""

    name: str
    ok: bool | None
    detail: str


Look = Callable[[], tuple[bool | None, str]]


def look_at_parts(settings: Settings, places: HostPlaces) -> list[Part]:
    """All parts, from the engine at the bottom to the sites on top."""
    paths = ServerPaths(settings.data_root, settings.fleet)
    return [
        _part("Docker", _docker),
        _part("MariaDB", lambda: _mariadb(paths)),
        _part("Pintu depan", lambda: _edge(paths)),
        *_look_at_processes(settings, places),
        _part("Basis data kendali", _schema),
        _part("Situs", _sites),
        _part("Ruang disk", lambda: _disk(settings)),
    ]


def wait_for_processes(
    settings: Settings, places: HostPlaces, on_line: Callable[[str], None]
) -> bool:
    """Whether Redis, panel, workers and ticker all came up in time; tells what is still awaited."""
    deadline, told = time.monotonic() + UP_WITHIN_S, ""
    while True:
        late = [part for part in _look_at_processes(settings, places) if not part.ok]
        if not late:
            on_line("  semua proses berjalan")
            return True
        if (line := "  menunggu: " + ", ".join(part.name for part in late)) != told:
            on_line(line)
            told = line
        if time.monotonic() > deadline:
            return False
        time.sleep(0.5)


def _look_at_processes(settings: Settings, places: HostPlaces) -> list[Part]:
    processes = _processes(places)
    return [
        _part("Redis", lambda: _redis(settings)),
        _part("Panel", lambda: _panel(places, processes, settings.panel_domain)),
        _part("Pekerja", lambda: _workers(processes, settings)),
        _part("Detak", lambda: _program(processes, "detak", 1)),
    ]


def as_rows(parts: list[Part]) -> list[dict[str, object]]:
    return [asdict(part) for part in parts]


def _part(name: str, look: Look) -> Part:
    try:
        ok, detail = look()
    except SiapPakaiError as error:
        return Part(name, False, error.message)
    except SQLAlchemyError as error:
        db.session.rollback()
        return Part(name, False, f"basis data kendali tidak terbaca ({type(error).__name__})")
    return Part(name, ok, detail)


def _docker() -> tuple[bool, str]:
    version = engine_version()
    return bool(version), f"versi {version}" if version else "tidak menjawab"


def _mariadb(paths: ServerPaths) -> tuple[bool, str]:
    if not paths.mariadb_admin_file.is_file():
        return False, "belum disiapkan (siappakai server siapkan)"
    version = Databases(paths, connect_engine(DOCKER_URL, paths.fleet)).ping()
    return True, f"versi {version}"


def _edge(paths: ServerPaths) -> tuple[bool, str]:
    client = EdgeClient(paths.edge_admin_socket, timeout_s=5)
    sha256 = client.current_sha256()
    return bool(sha256), f"pengaturan {sha256[:8]}" if sha256 else "belum diberi pengaturan"


def _redis(settings: Settings) -> tuple[bool, str]:
    try:
        connect_redis(settings.redis_url).ping()
        return True, f"{len(open_queue())} antrean"
    except RedisError:
        return False, "tidak menjawab"


def _processes(places: HostPlaces) -> list[ProcessState]:
    try:
        return Supervisor(places).processes()
    except SiapPakaiError:
        return []


def _program(processes: list[ProcessState], name: str, wanted: int) -> tuple[bool, str]:
    running = [each for each in processes if each.program == name and each.is_running]
    others = [each for each in processes if each.program == name and not each.is_running]
    detail = f"{len(running)} dari {wanted} berjalan"
    if others:
        detail += "; " + "; ".join(f"{each.name} {each.state} {each.note}" for each in others)
    return len(running) >= wanted, detail


def _workers(processes: list[ProcessState], settings: Settings) -> tuple[bool, str]:
    """Running is not enough: each worker must have told Redis that it takes work."""
    run, detail = _program(processes, "pekerja", settings.worker_count)
    try:
        queue = open_queue()
        listening = Worker.count(connection=queue.connection, queue=queue)
    except RedisError:
        return False, detail + "; antrean tidak terbaca"
    return run and listening >= settings.worker_count, f"{detail}, {listening} mendengarkan"


def _panel(places: HostPlaces, processes: list[ProcessState], domain: str) -> tuple[bool, str]:
    runs, detail = _program(processes, "panel", 1)
    if not runs:
        return False, detail
    headers = {"Host": domain, "X-Forwarded-Proto": "https"}
    answer = ask_over_socket(places.panel_socket, "GET", "/sehat", headers=headers, timeout_s=5)
    return answer.is_success, f"menjawab {answer.status} dalam {answer.seconds * 1000:.0f} ms"


def _schema() -> tuple[bool, str]:
    current = is_schema_current()
    return current, "skema terbaru" if current else "skema lama (siappakai basisdata naik)"


def _sites() -> tuple[bool | None, str]:
    server = find_local_server()
    counts = observe_server(server.id)
    if not (total := sum(counts.values())):
        return None, "belum ada"
    seen = ", ".join(f"{count} {state}" for state, count in counts.items() if count)
    return counts.get(ObservedState.HEALTHY, 0) == total, seen


def _disk(settings: Settings) -> tuple[bool, str]:
    root = settings.data_root if settings.data_root.is_dir() else settings.home
    disk = shutil.disk_usage(root)
    gb = 1024**3
    detail = f"{disk.free / gb:.1f} GB bebas dari {disk.total / gb:.1f} GB"
    return disk.free >= LEAST_FREE_BYTES, detail
