"""`install.sh` on a machine that has nothing: a minimal Debian in a container with its own Docker.

Takes ten minutes and more, so it runs only when asked for, as root:

    SIAPPAKAI_UJI_LAMBAT=1 .venv/bin/pytest -q tests/system/test_install_bare.py

SIAPPAKAI_SUMBER_OPENSID=<git folder or archive> installs the real OpenSID, else what the installer
finds by itself. Where packages come through something that signs its own certificates,
SIAPPAKAI_UJI_SERTIFIKAT=<PEM file> is what pip is to trust; SIAPPAKAI_UJI_TERUSKAN=<NAME,NAME>
hands environment variables on.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.system, pytest.mark.timeout(5400)]

ROOT = Path(__file__).resolve().parents[2]
NAME = "uji-mesin-kosong"
IMAGE = "uji-mesin-kosong:bookworm"
VOLUME = "uji-mesin-kosong-docker"
SOURCE = os.environ.get("SIAPPAKAI_SUMBER_OPENSID", "")
CERTIFICATE = os.environ.get("SIAPPAKAI_UJI_SERTIFIKAT", "")

# What an engine inside a container needs. Not --privileged: some machines lack CAP_SYS_RESOURCE.
RIGHTS = ["--cap-add=ALL", "--cap-drop=SYS_RESOURCE", "--security-opt=seccomp=unconfined"]
RIGHTS += ["--security-opt=apparmor=unconfined", "--security-opt=systempaths=unconfined"]
RIGHTS += ["--device-cgroup-rule=a *:* rwm"]
WRITABLE_CGROUPS = """
again() { umount /sys/fs/cgroup/$1 && mount -t cgroup -o $2 cgroup /sys/fs/cgroup/$1; }
for each in cpu cpuacct cpuset memory devices freezer blkio pids; do
  [ ! -d /sys/fs/cgroup/$each ] || again $each $each
done
[ ! -d /sys/fs/cgroup/systemd ] || again systemd none,name=systemd
[ ! -e /sys/fs/cgroup/cgroup.controllers ] || mount -o remount,rw /sys/fs/cgroup
mount -o remount,rw /sys
"""


def run(*argv: str, within_s: int = 600) -> str:
    ran = subprocess.run(argv, capture_output=True, text=True, timeout=within_s, check=False)
    assert ran.returncode == 0, f"{argv[:4]}: {ran.stdout[-3000:]}{ran.stderr[-3000:]}"
    return ran.stdout


class BareMachine:
    """A container that knows only apt; everything else must come from install.sh."""

    def do(self, line: str, within_s: int = 600) -> str:
        return run("docker", "exec", NAME, "bash", "-c", line, within_s=within_s)

    def install(self, *options: str) -> str:
        chosen = " ".join(options)
        return self.do(f"cd /root/dasbor && ./install.sh {chosen}", within_s=3600)

    def look(self, host: str, path: str = "/") -> tuple[int, str]:
        """Status and page, through the edge, its certificate checked against its own authority."""
        page = self.do(
            "curl -s -w '\\n%{http_code}' --cacert /etc/siappakai/sertifikat-akar.crt "
            f"--resolve {host}:443:127.0.0.1 https://{host}{path}"
        )
        text, _, status = page.rpartition("\n")
        return int(status), text


def bring_sources() -> None:
    """The checkout's files as git knows them, like a fresh clone has them."""
    listed = [
        "git",
        "-C",
        str(ROOT),
        "ls-files",
        "-z",
        "--cached",
        "--others",
        "--exclude-standard",
    ]
    names = subprocess.run(listed, capture_output=True, check=True).stdout
    packed = subprocess.run(
        ["tar", "-C", str(ROOT), "--owner=0", "--group=0", "--null", "-T", "-", "-c"],
        input=names,
        capture_output=True,
        check=True,
    ).stdout
    run("docker", "exec", NAME, "mkdir", "/root/dasbor")
    unpack = ["docker", "exec", "-i", NAME, "tar", "-C", "/root/dasbor", "-x"]
    subprocess.run(unpack, input=packed, check=True)


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BareMachine]:
    root = tmp_path_factory.mktemp("kosong") / "root.tar"
    run("mmdebstrap", "--variant=minbase", "--include=ca-certificates", "bookworm", str(root))
    run("docker", "import", str(root), IMAGE)
    root.unlink()
    more = [f"--volume={VOLUME}:/var/lib/docker"]
    if SOURCE and Path(SOURCE).exists():
        more.append(f"--volume={Path(SOURCE).resolve()}:/sumber:ro")
    if CERTIFICATE:
        more += [f"--volume={CERTIFICATE}:/sertifikat.pem:ro", "--env=PIP_CERT=/sertifikat.pem"]
    for name in filter(None, os.environ.get("SIAPPAKAI_UJI_TERUSKAN", "").split(",")):
        more.append(f"--env={name}")
    try:
        run("docker", "run", "-d", "--init", "--name", NAME, *RIGHTS, *more, IMAGE, "sleep", "3h")
        made = BareMachine()
        made.do(WRITABLE_CGROUPS)
        bring_sources()
        yield made
    finally:
        subprocess.run(["docker", "rm", "-f", "-v", NAME], capture_output=True, check=False)
        subprocess.run(["docker", "volume", "rm", VOLUME], capture_output=True, check=False)
        subprocess.run(["docker", "image", "rm", IMAGE], capture_output=True, check=False)


def source_option() -> str:
    if not SOURCE:
        return ""
    return "--sumber-opensid " + ("/sumber" if Path(SOURCE).exists() else SOURCE)


@pytest.fixture(scope="module")
def first_run(machine: BareMachine) -> str:
    return machine.install(source_option())


def sites(machine: BareMachine) -> dict[str, str]:
    """Name of each site and its domain, the panel's first."""
    rows = [line.split("\t") for line in machine.do("siappakai alamat").splitlines()]
    return {name: re.sub(r"https://([^/]+)/.*", r"\1", address) for name, address in rows}


def test_one_command_brings_up_the_panel_and_three_villages(
    machine: BareMachine, first_run: str
) -> None:
    assert "sandi (tampil sekali ini" in first_run
    assert machine.look(sites(machine)["panel"], "/sehat")[0] == 200
    villages = {name: domain for name, domain in sites(machine).items() if name != "panel"}
    assert len(villages) == 3
    for name, domain in villages.items():
        status, page = machine.look(domain)
        assert (status, name in page) == (200, True), domain


def test_state_is_all_well_after_the_first_run(machine: BareMachine, first_run: str) -> None:
    state = json.loads(machine.do("siappakai keadaan --json"))
    assert [part for part in state["parts"] if not part["ok"]] == []


def test_the_first_password_stands_in_no_file(machine: BareMachine, first_run: str) -> None:
    found = re.search(r"wajib diganti\): (\S+)", first_run)
    assert found is not None
    hits = machine.do(
        f"grep -rlF -e '{found[1]}' /var/log /etc /opt/siappakai /var/lib/siappakai /root || true"
    )
    assert hits == ""


def test_only_loopback_listens_by_default(machine: BareMachine, first_run: str) -> None:
    listening = re.findall(
        r"^\s*\d+: ([0-9A-F]+):[0-9A-F]{4} \S+ 0A ", machine.do("cat /proc/net/tcp"), re.MULTILINE
    )
    assert listening
    assert set(listening) == {"0100007F"}


def test_a_second_run_keeps_keys_villages_and_containers(
    machine: BareMachine, first_run: str
) -> None:
    remembered = (
        "sha256sum /etc/siappakai/rahasia/* /etc/siappakai/lingkungan; "
        "docker ps --no-trunc --format '{{.ID}} {{.Names}}' | sort"
    )
    before, known = machine.do(remembered), sites(machine)
    second = machine.install(source_option())
    assert machine.do(remembered) == before
    assert sites(machine) == known
    assert "Tugas yang mengubah sesuatu: 0." in second
    assert "Sandi admin sudah pernah ditunjukkan" in second


def test_everything_stops_and_comes_back_with_its_villages(
    machine: BareMachine, first_run: str
) -> None:
    machine.do("siappakai hentikan --ya")
    assert machine.do("docker ps -q") == ""
    assert machine.do("siappakai keadaan --json; [ $? = 1 ]")
    machine.do("siappakai jalankan")
    for name, domain in sites(machine).items():
        status, page = machine.look(domain, "/sehat" if name == "panel" else "/")
        assert status == 200, domain
        assert name == "panel" or name in page
