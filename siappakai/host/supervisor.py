"""Touch: our own supervisord, asked over its unix socket."""

from __future__ import annotations

import subprocess
import time
import xmlrpc.client
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path

from supervisor.xmlrpc import Faults, SupervisorTransport

from siappakai.errors import StepFailed, Unavailable
from siappakai.host.files import supervisord_program
from siappakai.host.places import HostPlaces

SYSTEMD = Path("/run/systemd/system")
UNIT = "siappakai.service"
UNIT_FILE = Path("/etc/systemd/system") / UNIT
PANEL_PROGRAMS = ("pekerja", "detak", "panel")
LONGEST_STOP_S = 240
OnLine = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class ProcessState:
    """One process in supervisord's own words; `program` is `pekerja` for `pekerja1`, …"""

    program: str
    name: str
    state: str
    pid: int
    note: str

    @property
    def full_name(self) -> str:
        return f"{self.program}:{self.name}"

    @property
    def is_running(self) -> bool:
        return self.state == "RUNNING"

    @property
    def is_stopped(self) -> bool:
        return self.state in ("STOPPED", "EXITED", "FATAL", "UNKNOWN")


class Supervisor:
    """Calls to supervisord; Unavailable when it doesn't run."""

    def __init__(self, places: HostPlaces) -> None:
        self.places = places

    @contextmanager
    def _asked(self) -> Iterator[xmlrpc.client.ServerProxy]:
        transport = SupervisorTransport(None, None, f"unix://{self.places.supervisor_socket}")
        try:
            yield xmlrpc.client.ServerProxy("http://127.0.0.1", transport=transport)
        except (OSError, HTTPException) as error:
            raise Unavailable(
                "Pengawas proses tidak berjalan.", hint="Jalankan: siappakai jalankan"
            ) from error
        except xmlrpc.client.Error as error:
            raise StepFailed(
                f"Pengawas proses menolak: {error}", hint="Lihat: siappakai log pengawas"
            ) from error
        finally:
            transport.close()

    def processes(self) -> list[ProcessState]:
        with self._asked() as server:
            rows = server.supervisor.getAllProcessInfo()
        return [
            ProcessState(
                str(row["group"]),
                str(row["name"]),
                str(row["statename"]),
                int(row["pid"]),
                str(row["description"]),
            )
            for row in rows
        ]

    def is_up(self) -> bool:
        try:
            self.processes()
        except Unavailable:
            return False
        except StepFailed:
            return True  # it answers, but only to say that it is shutting down
        return True

    def start_all(self) -> None:
        """Ask every stopped process to start; returns at once."""
        for process in self.processes():
            if process.is_stopped:
                with self._asked() as server:
                    _start(server, process.full_name)

    def stop(self, programs: tuple[str, ...], on_line: OnLine) -> None:
        """Stop these programs and wait; a worker first finishes or leaves its operation."""
        for process in self.processes():
            if process.program in programs and not process.is_stopped:
                with self._asked() as server:
                    server.supervisor.stopProcess(process.full_name, False)
        self._wait_for_stop(programs, on_line)

    def _wait_for_stop(self, programs: tuple[str, ...], on_line: OnLine) -> None:
        told, deadline = "", time.monotonic() + LONGEST_STOP_S
        while time.monotonic() < deadline:
            left = [
                each.name
                for each in self.processes()
                if each.program in programs and not each.is_stopped
            ]
            if not left:
                return
            if (line := "  menunggu selesai: " + ", ".join(left)) != told:
                on_line(line)
                told = line
            time.sleep(0.5)
        raise StepFailed("Ada proses yang belum mau berhenti.", hint="Lihat: siappakai keadaan")

    def reload(self) -> None:
        """Take a changed file over: only processes whose own lines changed are restarted."""
        with self._asked() as server:
            [[added, changed, removed]] = server.supervisor.reloadConfig()
            for group in (*changed, *removed):
                server.supervisor.stopProcessGroup(group)
                server.supervisor.removeProcessGroup(group)
            for group in (*added, *changed):
                server.supervisor.addProcessGroup(group)

    def shut_down(self) -> None:
        """Stop every process and supervisord itself; returns when its socket is gone."""
        if has_unit():
            subprocess.run(["systemctl", "stop", UNIT], check=True)
            return
        with self._asked() as server:
            server.supervisor.shutdown()
        deadline = time.monotonic() + LONGEST_STOP_S
        while self.is_up():
            if time.monotonic() > deadline:
                raise StepFailed("Pengawas proses belum berhenti.", hint="Ulangi sebentar lagi.")
            time.sleep(0.3)


def has_unit() -> bool:
    """Whether systemd runs this machine and holds our unit."""
    return SYSTEMD.is_dir() and UNIT_FILE.is_file()


def start_supervisord(places: HostPlaces) -> None:
    """supervisord runs and answers; by systemd where our unit is, else as a daemon of its own."""
    supervisor = Supervisor(places)
    if supervisor.is_up():
        return
    if has_unit():
        argv = ["systemctl", "start", UNIT]
    else:
        argv = [str(supervisord_program()), "-c", str(places.supervisor_file)]
    ran = subprocess.run(
        argv, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    deadline = time.monotonic() + 30
    while ran.returncode == 0 and time.monotonic() < deadline:
        if supervisor.is_up():
            return
        time.sleep(0.2)
    raise StepFailed(
        "Pengawas proses tidak dapat dijalankan.",
        hint="Lihat: siappakai log pengawas",
        log_tail=(ran.stdout + ran.stderr)[-2000:],
    )


def _start(server: xmlrpc.client.ServerProxy, name: str) -> None:
    """Ask for one process; that it came up by itself meanwhile is as good."""
    try:
        server.supervisor.startProcess(name, False)
    except xmlrpc.client.Fault as fault:
        if fault.faultCode != Faults.ALREADY_STARTED:
            raise
