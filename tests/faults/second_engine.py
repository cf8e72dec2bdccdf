"""A Docker Engine of a test's own, beside the machine's: it may be killed and started again.

Everything of it lies in one folder; its containerd is a process of its own, as Debian runs it. It
has a bridge of its own too: `--bridge=none` would delete the `docker0` of the machine's engine
(moby's daemon_unix.go, removeDefaultBridgeInterface).
"""

from __future__ import annotations

import secrets
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import docker
import requests

PROGRAMS = ("ip", "dockerd", "containerd", "containerd-shim-runc-v2", "runc")
CONTAINERD = """
version = 2
disabled_plugins = ["io.containerd.grpc.v1.cri"]
"""
UP_WITHIN_S = 60


class NoEngine(Exception):
    """A second engine can't run here; the text says why."""


@dataclass
class SecondEngine:
    """`folder` holds data, sockets and logs of the two daemons."""

    folder: Path
    bridge: str = field(default_factory=lambda: f"uji{secrets.token_hex(4)}")
    daemons: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def socket(self) -> Path:
        return self.folder / "docker.sock"

    @property
    def url(self) -> str:
        return f"unix://{self.socket}"

    def start(self, *, keeps_containers: bool = True) -> None:
        """It answers; with `keeps_containers` (live-restore) what ran before runs on untouched."""
        self._ensure_bridge()
        self._start_containerd()
        more = ["--live-restore"] if keeps_containers else []
        (self.folder / "docker.pid").unlink(missing_ok=True)
        self._run(
            "dockerd",
            f"--host={self.url}",
            f"--containerd={self.folder / 'containerd.sock'}",
            f"--data-root={self.folder / 'data'}",
            f"--exec-root={self.folder / 'exec'}",
            f"--pidfile={self.folder / 'docker.pid'}",
            f"--config-file={self.folder / 'daemon.json'}",
            *(f"--bridge={self.bridge}", "--iptables=false", "--ip-forward=false", *more),
        )
        self._wait_until_it_answers()

    def kill(self) -> None:
        """`kill -9` of the engine; containers and their shims are left to themselves."""
        self.daemons["dockerd"].send_signal(signal.SIGKILL)
        self.daemons["dockerd"].wait()

    def take_images(self, *references: str) -> None:
        """These images of the machine's own engine are here too, by name and by digest."""
        save = subprocess.Popen(["docker", "save", *references], stdout=subprocess.PIPE)
        load = ["docker", "--host", self.url, "load", "--quiet"]
        subprocess.run(load, stdin=save.stdout, check=True, capture_output=True, timeout=300)
        assert save.stdout is not None
        save.stdout.close()
        assert save.wait() == 0

    def stop(self) -> None:
        """Nothing of it is left: no process, no container, no mount, no folder."""
        with suppress(docker.errors.DockerException, requests.RequestException):
            self._remove_containers()
        for name in ("dockerd", "containerd"):
            daemon = self.daemons.get(name)
            if daemon is not None and daemon.poll() is None:
                daemon.terminate()
                daemon.wait(timeout=60)
        for line in Path("/proc/self/mounts").read_text().splitlines()[::-1]:
            if line.split()[1].startswith(f"{self.folder}/"):
                subprocess.run(["umount", "-l", line.split()[1]], check=False)
        subprocess.run(["ip", "link", "delete", self.bridge], capture_output=True, check=False)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _ensure_bridge(self) -> None:
        """A bridge in a range that is kept for measurements (RFC 2544); none of ours uses it."""
        if Path(f"/sys/class/net/{self.bridge}").exists():
            return
        number = int(self.bridge[-2:], 16)
        for line in (
            ["link", "add", "name", self.bridge, "type", "bridge"],
            ["address", "add", f"198.18.{number}.1/24", "dev", self.bridge],
            ["link", "set", self.bridge, "up"],
        ):
            done = subprocess.run(["ip", *line], capture_output=True, text=True, check=False)
            if done.returncode:
                raise NoEngine(f"ip {line[0]}: {done.stderr.strip()}")

    def _remove_containers(self) -> None:
        with self.client() as client:
            for row in client.api.containers(all=True):
                client.api.remove_container(row["Id"], force=True)
            for network in client.networks.list():
                if network.name not in ("none", "host", "bridge"):
                    network.remove()

    @contextmanager
    def client(self) -> Iterator[docker.DockerClient]:
        client = docker.DockerClient(base_url=self.url, version="1.41", timeout=60)
        try:
            yield client
        finally:
            client.close()

    def _start_containerd(self) -> None:
        daemon = self.daemons.get("containerd")
        if daemon is not None and daemon.poll() is None:
            return
        (self.folder / "containerd.toml").write_text(CONTAINERD)
        (self.folder / "daemon.json").write_text("{}")
        self._run(
            "containerd",
            f"--config={self.folder / 'containerd.toml'}",
            f"--address={self.folder / 'containerd.sock'}",
            f"--root={self.folder / 'containerd'}",
            f"--state={self.folder / 'containerd-run'}",
        )
        self._wait(lambda: (self.folder / "containerd.sock").exists(), "containerd")

    def _run(self, name: str, *options: str) -> None:
        with (self.folder / f"{name}.log").open("ab") as log:
            self.daemons[name] = subprocess.Popen([name, *options], stdout=log, stderr=log)

    def _wait_until_it_answers(self) -> None:
        def answers() -> bool:
            try:
                with self.client() as client:
                    return bool(client.ping())
            except (docker.errors.DockerException, requests.RequestException):
                return False

        self._wait(answers, "dockerd")

    def _wait(self, is_up, name: str) -> None:
        deadline = time.monotonic() + UP_WITHIN_S
        while not is_up():
            log = self.folder / f"{name}.log"
            if self.daemons[name].poll() is not None or time.monotonic() > deadline:
                raise NoEngine(f"{name}: {log.read_text(errors='replace')[-1500:]}")
            time.sleep(0.1)


@contextmanager
def second_engine(folder: Path) -> Iterator[SecondEngine]:
    """A running engine in the new folder; NoEngine when this machine can't have another one."""
    missing = [name for name in PROGRAMS if shutil.which(name) is None]
    if missing:
        raise NoEngine(f"{', '.join(missing)} not installed")
    folder.mkdir(mode=0o711)
    engine = SecondEngine(folder)
    try:
        engine.start()
        yield engine
    finally:
        engine.stop()
