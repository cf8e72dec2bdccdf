"""Touch: the Docker Engine of this machine is up, whatever starts services here."""

from __future__ import annotations

import shutil
import subprocess
import time
from pathlib import Path

import docker
import requests
from docker.errors import DockerException

from siappakai.errors import Unavailable
from siappakai.host.supervisor import SYSTEMD

SOCKET_URL = "unix:///var/run/docker.sock"
INIT_SCRIPT = Path("/etc/init.d/docker")
WAIT_S = 40


def engine_version(timeout_s: int = 5) -> str:
    """The engine's version; empty when it doesn't answer."""
    try:
        client = docker.DockerClient(base_url=SOCKET_URL, timeout=timeout_s, version="1.41")
        try:
            return str(client.version().get("Version", ""))
        finally:
            client.close()
    except (DockerException, requests.exceptions.RequestException):
        return ""


def start_engine(log_file: Path) -> str:
    """The engine answers; returns its version, raises Unavailable when nothing helps.

    `log_file` gets the words of a dockerd that had to be started by hand.
    """
    if version := engine_version():
        return version
    for start in (_by_service, _by_hand):
        if start(log_file) and (version := _wait_for_engine()):
            return version
    raise Unavailable(
        "Mesin Docker tidak mau menyala.",
        hint=f"Baca {log_file} atau `journalctl -u docker`.",
        log_tail=_tail(log_file),
    )


def _by_service(_log_file: Path) -> bool:
    """Whether a service was asked to start and didn't refuse."""
    if SYSTEMD.is_dir():
        return _run(["systemctl", "enable", "--now", "docker"])
    return INIT_SCRIPT.exists() and _run(["service", "docker", "start"])


def _by_hand(log_file: Path) -> bool:
    """dockerd of its own, for a machine whose init script can't raise its limits."""
    if SYSTEMD.is_dir() or shutil.which("dockerd") is None:
        return False
    if _is_starting():
        return True
    log_file.parent.mkdir(parents=True, exist_ok=True)
    with log_file.open("ab") as log:
        subprocess.Popen(
            ["dockerd"],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    return True


def _is_starting() -> bool:
    """Whether a dockerd runs already and just doesn't answer yet."""
    try:
        pid = int(Path("/var/run/docker.pid").read_text(encoding="ascii"))
        return Path(f"/proc/{pid}/comm").read_text(encoding="ascii").strip() == "dockerd"
    except (OSError, ValueError):
        return False


def _run(argv: list[str]) -> bool:
    ran = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    return ran.returncode == 0


def _wait_for_engine() -> str:
    deadline = time.monotonic() + WAIT_S
    while time.monotonic() < deadline:
        if version := engine_version():
            return version
        time.sleep(0.5)
    return ""


def _tail(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")[-2000:]
    except OSError:
        return ""
