"""A second server for tests: Debian with sshd and a Docker Engine of its own, in a container.

Reached over ssh only, by a key, on a Docker network that leads nowhere; its engine keeps its
images on a volume. Everything is removed afterwards, except the image it is made from.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

TAG = "siappakai/uji-server:bookworm"
LABEL = "siappakai.inputs_sha256"
KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
MIRROR = os.environ.get("SIAPPAKAI_CERMIN_DEBIAN", "http://deb.debian.org/debian")
SECURITY = os.environ.get("SIAPPAKAI_CERMIN_KEAMANAN", "http://deb.debian.org/debian-security")
PACKAGES = "openssh-server,openssh-sftp-server,python3,python3-docker,docker.io,iptables"
NEEDED_PROGRAMS = ("docker", "mmdebstrap", "ssh", "sftp", "ssh-keygen")
SMALL_DISK = "/srv/sempit"
# What an engine inside a container needs. Not --privileged: some machines lack CAP_SYS_RESOURCE.
RIGHTS = ["--cap-add=ALL", "--cap-drop=SYS_RESOURCE", "--security-opt=seccomp=unconfined"]
RIGHTS += ["--security-opt=apparmor=unconfined", "--security-opt=systempaths=unconfined"]
RIGHTS += ["--device-cgroup-rule=a *:* rwm"]
START = """
again() { umount /sys/fs/cgroup/$1 && mount -t cgroup -o $2 cgroup /sys/fs/cgroup/$1; }
for each in cpu cpuacct cpuset memory devices freezer blkio pids; do
  [ ! -d /sys/fs/cgroup/$each ] || again $each $each
done
[ ! -e /sys/fs/cgroup/cgroup.controllers ] || mount -o remount,rw /sys/fs/cgroup
mkdir -p /run/sshd
dockerd --bridge=none --iptables=false --ip-forward=false > /var/log/dockerd.log 2>&1 &
exec /usr/sbin/sshd -D -e -o PasswordAuthentication=no -o PermitRootLogin=prohibit-password
"""


def run(*argv: str, within_s: int = 120, text_in: str | None = None) -> str:
    ran = subprocess.run(
        argv, capture_output=True, text=True, timeout=within_s, check=False, input=text_in
    )
    assert ran.returncode == 0, f"{argv[:4]}: {ran.stdout[-2000:]}{ran.stderr[-2000:]}"
    return ran.stdout


def missing_programs() -> list[str]:
    return [one for one in NEEDED_PROGRAMS if shutil.which(one) is None]


def ensure_image() -> None:
    """The server's image is there, made from these packages; building takes two minutes."""
    inputs = hashlib.sha256((PACKAGES + MIRROR).encode()).hexdigest()
    shown = subprocess.run(
        ["docker", "image", "inspect", "-f", f'{{{{index .Config.Labels "{LABEL}"}}}}', TAG],
        capture_output=True,
        text=True,
        check=False,
    )
    if shown.stdout.strip() == inputs:
        return
    sources = [f"deb {MIRROR} bookworm{part} main" for part in ("", "-updates")]
    sources.append(f"deb {SECURITY} bookworm-security main")
    root = Path(f"/var/tmp/uji-server-{secrets.token_hex(4)}.tar")
    options = ["--mode=root", "--variant=minbase", f"--keyring={KEYRING}", "--quiet"]
    options += [f"--include={PACKAGES}", '--aptopt=APT::Install-Recommends "false"']
    options += [f"--dpkgopt=path-exclude=/usr/share/{each}/*" for each in ("man", "doc", "locale")]
    options += ['--customize-hook=rm -f "$1"/etc/ssh/ssh_host_*']
    try:
        command = ["mmdebstrap", *options, "bookworm", str(root), "-"]
        run(*command, within_s=900, text_in="\n".join(sources) + "\n")
        run("docker", "import", "--change", f"LABEL {LABEL}={inputs}", str(root), TAG)
    finally:
        root.unlink(missing_ok=True)


@dataclass(frozen=True)
class SecondServer:
    """A running server; `folder` holds our key and its pinned host key."""

    name: str
    address: str
    folder: Path

    @property
    def key(self) -> Path:
        return self.folder / "kunci"

    @property
    def known_hosts(self) -> Path:
        return self.folder / "host_dikenal"

    def do(self, *argv: str, within_s: int = 120) -> str:
        return run("docker", "exec", self.name, *argv, within_s=within_s)

    def has_image(self, digest: str) -> bool:
        return digest in self.do("docker", "images", "-qa", "--no-trunc").split()

    def forget_image(self, digest: str) -> None:
        if self.has_image(digest):
            self.do("docker", "rmi", "-f", digest)

    def received_bytes(self) -> int:
        """Everything its network card has received so far."""
        return int(self.do("cat", "/sys/class/net/eth0/statistics/rx_bytes"))


@contextmanager
def running_second_server(folder: Path) -> Iterator[SecondServer]:
    """A server from nothing, with `folder` for its keys; it and its images are gone afterwards."""
    ensure_image()
    name = f"ujikirim{secrets.token_hex(3)}"
    folder.mkdir(mode=0o700, parents=True)
    for each in ("kunci", "host"):
        run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", each, "-f", str(folder / each))
    try:
        run("docker", "network", "create", "--internal", name)
        _create(name)
        _put_keys(name, folder)
        run("docker", "start", name)
        server = SecondServer(name, _address(name), folder)
        words = (folder / "host.pub").read_text().split()
        server.known_hosts.write_text(f"{server.address} {words[0]} {words[1]}\n")
        _wait_for_engine(server)
        yield server
    finally:
        for line in (
            ["rm", "-f", "-v", name],
            ["volume", "rm", "-f", name],
            ["network", "rm", name],
        ):
            subprocess.run(["docker", *line], capture_output=True, check=False)


def _create(name: str) -> None:
    places = ["--network", name, "-v", f"{name}:/var/lib/docker", "--tmpfs", "/run"]
    places += ["--tmpfs", f"{SMALL_DISK}:size=16m"]
    run("docker", "create", "--name", name, "--init", *RIGHTS, *places, TAG, "sh", "-c", START)


def _put_keys(name: str, folder: Path) -> None:
    """Its host key, and ours as the only one that may log in."""
    tree = folder / "pohon"
    (tree / "etc/ssh").mkdir(parents=True)
    (tree / "root/.ssh").mkdir(parents=True, mode=0o700)
    (tree / "root").chmod(0o700)
    shutil.copy(folder / "host", tree / "etc/ssh/ssh_host_ed25519_key")
    shutil.copy(folder / "kunci.pub", tree / "root/.ssh/authorized_keys")
    (tree / "root/.ssh/authorized_keys").chmod(0o600)
    run("docker", "cp", f"{tree}/.", f"{name}:/")


def _address(name: str) -> str:
    shape = "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}"
    return run("docker", "inspect", "-f", shape, name).strip()


def _wait_for_engine(server: SecondServer) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        asked = subprocess.run(
            ["docker", "exec", server.name, "docker", "version"], capture_output=True, check=False
        )
        if asked.returncode == 0:
            return
        time.sleep(0.5)
    raise AssertionError(server.do("tail", "-n", "20", "/var/log/dockerd.log"))
