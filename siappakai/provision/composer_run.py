"""Touch: one run of composer in a throw-away container that can write two folders and no more."""

from __future__ import annotations

import secrets
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from docker.errors import APIError, DockerException, NotFound
from docker.types import LogConfig, Mount
from requests.exceptions import RequestException

from siappakai.errors import StepFailed, Unavailable
from siappakai.provision.docker_engine import DockerEngine
from siappakai.provision.wanted import LABEL

COMPOSER_UID = 199_998
TIMEOUT_S = 1800
MEMORY_BYTES = 2 * 1024**3
KEPT_LINES = 2000
TREE, WORK, HOME = "/rilis", "/kerja", "/composer"
ENVIRONMENT = {
    "COMPOSER": f"{WORK}/composer.json",
    "COMPOSER_HOME": HOME,
    "COMPOSER_CACHE_DIR": "/dev/null",
    "COMPOSER_VENDOR_DIR": "vendor",
    "COMPOSER_BIN_DIR": "vendor/bin",
    "COMPOSER_MIRROR_PATH_REPOS": "1",
    "COMPOSER_MEMORY_LIMIT": "-1",
    "HOME": "/tmp",
    "COLUMNS": "400",
}
ALWAYS = (
    "--no-interaction",
    "--no-ansi",
    "--no-plugins",
    "--no-scripts",
)


@dataclass(frozen=True, slots=True)
class ComposerMount:
    source: Path
    target: str
    read_only: bool = True


@dataclass(frozen=True, slots=True)
class ComposerRun:
    """What one run is given; without `network` it reaches nothing at all."""

    image: str
    arguments: tuple[str, ...]
    mounts: tuple[ComposerMount, ...]
    network: bool


@dataclass(frozen=True, slots=True)
class ComposerEnd:
    """How a run ended; `was_cut` when we stopped it because it had become hopeless."""

    code: int
    lines: tuple[str, ...]
    was_cut: bool


def run_composer(
    engine: DockerEngine, run: ComposerRun, see: Callable[[str], bool], timeout_s: float = TIMEOUT_S
) -> ComposerEnd:
    """Composer's end and its lines; `see` gets each as it comes and says whether to go on.

    The container is gone afterwards in any case. Raises Unavailable (Docker), StepFailed (time).
    """
    api, name = engine.client.api, f"{engine.fleet}-composer-{secrets.token_hex(6)}"
    lines: deque[str] = deque(maxlen=KEPT_LINES)
    with _asking_docker():
        try:
            _create(engine, name, run)
            api.start(name)
            with _deadline(engine, name, timeout_s) as is_late:
                was_cut = _follow(engine, name, lines, see)
                code = int(api.wait(name)["StatusCode"])
        finally:
            _remove(engine, name)
    if is_late.is_set():
        raise StepFailed(
            f"Composer belum selesai setelah {timeout_s / 60:.0f} menit dan dihentikan.",
            hint="Periksa kecepatan sambungan server, atau sediakan folder paket luring.",
            log_tail="\n".join(list(lines)[-20:]),
        )
    return ComposerEnd(code, tuple(lines), was_cut)


def _follow(engine: DockerEngine, name: str, lines: deque[str], see: Callable[[str], bool]) -> bool:
    """Collects the lines to the very end; returns whether the run was cut short on the way."""
    was_cut = False
    for line in _lines(engine.client.api.logs(name, stream=True, follow=True)):
        if was_cut:
            continue
        lines.append(line)
        if not see(line):
            was_cut = True
            _kill(engine, name)
    return was_cut


@contextmanager
def _asking_docker() -> Iterator[None]:
    try:
        yield
    except (RequestException, DockerException) as error:
        raise Unavailable(
            "Docker tidak menjawab saat composer dijalankan.",
            hint="Periksa: siappakai keadaan",
            log_tail=str(error),
        ) from error


@contextmanager
def _deadline(engine: DockerEngine, name: str, timeout_s: float) -> Iterator[threading.Event]:
    late = threading.Event()

    def stop() -> None:
        late.set()
        _kill(engine, name)

    timer = threading.Timer(timeout_s, stop)
    timer.daemon = True
    timer.start()
    try:
        yield late
    finally:
        timer.cancel()


def _kill(engine: DockerEngine, name: str) -> None:
    try:
        engine.client.api.kill(name)
    except APIError:
        return  # it ended by itself just now


def _remove(engine: DockerEngine, name: str) -> None:
    try:
        engine.client.api.remove_container(name, force=True)
    except NotFound:
        return


def _lines(chunks: Iterator[bytes]) -> Iterator[str]:
    rest = b""
    for chunk in chunks:
        *whole, rest = (rest + chunk).split(b"\n")
        yield from (one.decode(errors="replace").rstrip() for one in whole)
    if rest:
        yield rest.decode(errors="replace").rstrip()


def _create(engine: DockerEngine, name: str, run: ComposerRun) -> None:
    api = engine.client.api
    api.create_container(
        run.image,
        ["composer", *run.arguments[:1], *ALWAYS, *run.arguments[1:]],
        name=name,
        user=f"{COMPOSER_UID}:{COMPOSER_UID}",
        working_dir=TREE,
        environment=ENVIRONMENT,
        labels={LABEL + "fleet": engine.fleet, LABEL + "one_off": "true"},
        host_config=api.create_host_config(**_limits(run.mounts, network=run.network)),
    )


def _limits(mounts: Sequence[ComposerMount], *, network: bool) -> dict[str, Any]:
    own = f"uid={COMPOSER_UID},gid={COMPOSER_UID}"
    return {
        "mounts": [
            Mount(one.target, str(one.source), type="bind", read_only=one.read_only)
            for one in mounts
        ],
        "tmpfs": {"/tmp": f"size=256m,mode=0700,{own}", HOME: f"size=16m,mode=0700,{own}"},
        "read_only": True,
        "cap_drop": ["ALL"],
        "security_opt": ["no-new-privileges"],
        "network_mode": "bridge" if network else "none",
        "mem_limit": MEMORY_BYTES,
        "memswap_limit": MEMORY_BYTES,
        "pids_limit": 256,
        "cpu_shares": 512,  # villages that serve visitors come first
        "log_config": LogConfig(type="json-file", config={"max-size": "8m", "max-file": "1"}),
    }
