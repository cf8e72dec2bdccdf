"""`siappakai hentikan | jalankan | keadaan | log`, and the processes that supervisord starts."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from collections import deque
from pathlib import Path
from types import FrameType

import click
from flask import current_app

from siappakai.cli import with_app
from siappakai.cli.addresses import addresses
from siappakai.config import Settings
from siappakai.errors import InvalidInput, NotFound
from siappakai.host.containers import find_local_server, start_sites, start_support, stop_fleet
from siappakai.host.engine import SOCKET_URL, engine_version, start_engine
from siappakai.host.files import lay_out, supervisord_program
from siappakai.host.places import APP_DIR, HostPlaces, find_places
from siappakai.host.state import Part, as_rows, look_at_parts, wait_for_processes
from siappakai.host.supervisor import PANEL_PROGRAMS, Supervisor, start_supervisord
from siappakai.log import configure_logging
from siappakai.models import ObservedState, ServerState, db
from siappakai.provision.job import server_facts
from siappakai.provision.naming import ServerPaths

WEB_WORKERS = 2
WEB_THREADS = 24
MARKS = {True: ("✓", "green"), False: ("✗", "red"), None: ("–", "yellow")}


def register(main: click.Group) -> None:
    for command in (stop, start, state, addresses, log, work, tick, serve_panel, supervise):
        main.add_command(command)


def _here() -> tuple[Settings, HostPlaces]:
    settings: Settings = current_app.extensions["siappakai_settings"]
    return settings, find_places(settings)


@click.command("hentikan")
@click.option("--panel-saja", is_flag=True, help="Situs desa tetap berjalan.")
@click.option("--ya", is_flag=True, help="Jangan bertanya lagi.")
@with_app
def stop(panel_saja: bool, ya: bool) -> None:
    """Hentikan semuanya: panel, pekerja, situs desa, pintu depan, MariaDB."""
    settings, places = _here()
    if not (panel_saja or ya):
        click.confirm(
            "SEMUA situs desa di mesin ini akan berhenti. Data tidak hilang. Lanjutkan?", abort=True
        )
    supervisor = Supervisor(places)
    if supervisor.is_up():
        click.echo("Menghentikan panel, pekerja, dan detak …")
        supervisor.stop(PANEL_PROGRAMS, click.echo)
    if not panel_saja:
        _stop_sites(settings)
    if supervisor.is_up():
        click.echo("Menghentikan Redis dan pengawas …")
        supervisor.shut_down()
    click.echo("Berhenti. Nyalakan lagi dengan: siappakai jalankan")


def _stop_sites(settings: Settings) -> None:
    if not engine_version():
        click.echo("Docker tidak menjawab; situs desa dianggap sudah berhenti.")
        return
    click.echo("Menghentikan situs desa, pintu depan, dan MariaDB …")
    count = stop_fleet(SOCKET_URL, ServerPaths(settings.data_root, settings.fleet), click.echo)
    click.echo(f"  {count} kontainer dihentikan")


@click.command("jalankan")
@click.option("--mesin-saja", is_flag=True, help="Hanya mesin Docker.")
@with_app
def start(mesin_saja: bool) -> None:
    """Nyalakan semuanya dan tunggu sampai sehat; aman diulang."""
    settings, places = _here()
    click.echo(f"Mesin Docker: versi {start_engine(places.log_dir / 'dockerd.log')}")
    if mesin_saja:
        return
    server_id = _start_support()
    processes_run = _start_processes(settings, places)
    sites_run = server_id is None or _start_sites(server_id)
    if not (processes_run and sites_run):
        click.secho("Belum semua sehat. Lihat: siappakai keadaan", fg="red", err=True)
        sys.exit(1)
    click.echo("Semua berjalan.")


def _start_support() -> int | None:
    """MariaDB and the edge answer; None when this server was never prepared."""
    server = find_local_server()
    if server.state != ServerState.READY:
        click.echo("Server belum disiapkan; lanjutkan dengan: siappakai server siapkan")
        return None
    facts = server_facts(server)
    db.session.rollback()
    click.echo("Menyalakan MariaDB dan pintu depan …")
    start_support(facts.docker_url, facts.paths, click.echo)
    return facts.id


def _start_processes(settings: Settings, places: HostPlaces) -> bool:
    click.echo("Menyalakan Redis, panel, pekerja, dan detak …")
    changed = lay_out(settings, places)
    supervisor = Supervisor(places)
    if changed and supervisor.is_up():
        supervisor.reload()
    start_supervisord(places)
    supervisor.start_all()
    return wait_for_processes(settings, places, click.echo)


def _start_sites(server_id: int) -> bool:
    click.echo("Menyalakan situs desa …")
    counts = start_sites(server_id, click.echo)
    return counts.get(ObservedState.HEALTHY, 0) == sum(counts.values())


@click.command("keadaan")
@click.option("--json", "as_json", is_flag=True, help="Untuk dibaca program lain.")
@with_app
def state(as_json: bool) -> None:
    """Semua bagian dalam satu tabel; kode keluar 1 bila ada yang padam."""
    configure_logging("teks", level=50)
    parts = look_at_parts(*_here())
    all_ok = all(part.ok is not False for part in parts)
    if as_json:
        rows = {"ok": all_ok, "parts": as_rows(parts)}
        click.echo(json.dumps(rows, ensure_ascii=False, indent=2))
    else:
        _show(parts)
    sys.exit(0 if all_ok else 1)


def _show(parts: list[Part]) -> None:
    width = max(len(part.name) for part in parts)
    for part in parts:
        mark, colour = MARKS[part.ok]
        click.echo(f"{click.style(mark, fg=colour)} {part.name:<{width}}  {part.detail}")


@click.command("log")
@click.argument("nama", default="")
@click.option("-n", "count", type=click.IntRange(1, 10_000), default=40, help="Jumlah baris.")
@with_app
def log(nama: str, count: int) -> None:
    """Baris terakhir sebuah catatan; tanpa nama: daftar catatan."""
    _, places = _here()
    names = sorted(path.stem for path in places.log_dir.glob("*.log"))
    if not nama:
        click.echo("Catatan yang ada: " + (", ".join(names) or "belum ada"))
        return
    if nama not in names:
        raise InvalidInput(f"Catatan {nama} tidak ada.", hint="Ada: " + ", ".join(names))
    for line in _last_lines(places.log_dir / f"{nama}.log", count):
        click.echo(line.rstrip("\n"))


def _last_lines(path: Path, count: int) -> deque[str]:
    try:
        with path.open(encoding="utf-8", errors="replace") as stream:
            return deque(stream, maxlen=count)
    except OSError as error:
        raise NotFound(f"Catatan {path.name} tidak terbaca: {error.strerror}") from error


@click.command("pekerja")
@click.option("--sekali", is_flag=True, help="Selesaikan antrean, lalu berhenti.")
def work(sekali: bool) -> None:
    """Jalankan satu pekerja (biasanya oleh pengawas)."""
    _log_as_service()
    from siappakai.worker import work as work_queue

    work_queue(burst=sekali)


@click.command("detak")
@with_app
def tick() -> None:
    """Jalankan detak: antrean yang terlupa, keadaan situs (biasanya oleh pengawas)."""
    _log_as_service()
    from siappakai.ticker import tick_forever

    stop_event = threading.Event()

    def ask_to_stop(_signal: int, _frame: FrameType | None) -> None:
        stop_event.set()

    signal.signal(signal.SIGTERM, ask_to_stop)
    signal.signal(signal.SIGINT, ask_to_stop)
    tick_forever(current_app._get_current_object(), stop_event)  # type: ignore[attr-defined]


@click.command("panel")
@with_app
def serve_panel() -> None:
    """Jalankan halaman panel pada soketnya (biasanya oleh pengawas)."""
    _, places = _here()
    if os.geteuid() == 0:
        raise InvalidInput(
            "Halaman panel tidak dijalankan sebagai root.", hint="Jalankan: siappakai jalankan"
        )
    if not places.panel_socket.parent.is_dir():
        raise NotFound("Folder soket panel belum ada.", hint="Jalankan: siappakai jalankan")
    argv = [sys.executable, "-P", "-m", "gunicorn", *_gunicorn_options(places), "wsgi:app"]
    os.execv(sys.executable, argv)


def _gunicorn_options(places: HostPlaces) -> list[str]:
    """The socket is open to all; its folder lets only the edge and our own account in."""
    return [
        f"--bind=unix:{places.panel_socket}",
        f"--chdir={APP_DIR}",
        "--worker-class=gthread",
        f"--workers={WEB_WORKERS}",
        f"--threads={WEB_THREADS}",
        "--umask=0",
        "--timeout=90",
        "--graceful-timeout=20",
        "--worker-tmp-dir=/dev/shm",
        "--no-control-socket",
        "--log-level=warning",
    ]


@click.command("awasi", hidden=True)
@with_app
def supervise() -> None:
    """Jadilah pengawas proses di latar depan, untuk systemd."""
    settings, places = _here()
    lay_out(settings, places)
    program = str(supervisord_program())
    os.execv(program, [program, "-n", "-c", str(places.supervisor_file)])


def _log_as_service() -> None:
    configure_logging(os.environ.get("SIAPPAKAI_LOG_FORMAT", "json"))
