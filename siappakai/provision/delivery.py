"""Touch: one image goes to several servers, some at a time, a result for each."""

from __future__ import annotations

import fcntl
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

from siappakai.errors import Refused, SiapPakaiError, StepFailed, Unavailable
from siappakai.provision.ansible import PlayEvent, PlayResult, run_play
from siappakai.provision.image_archive import Archive
from siappakai.provision.server_address import ServerAddress
from siappakai.provision.server_reach import engine_at, unreachable

PARALLEL = 3
BASE_TIMEOUT_S = 1800
SLOWEST_BYTES_PER_S = 50_000
DISK_TASK = "Menolak bila ruang disk kurang"
PANEL_ARCHIVE_TASK = "Menolak arsip yang berbeda di panel"
SEND_TASK = "Mengirim sisa arsip"
LOAD_TASK = "Memuat citra"
TOLD_TASKS = frozenset({SEND_TASK, LOAD_TASK, "Mengirim arsip dari awal"})
HINTS = {
    DISK_TASK: "Kosongkan ruang di disk server itu (rilis lama, cadangan), lalu kirim lagi.",
    "Menolak server yang belum disiapkan": "Siapkan dahulu server itu, lalu kirim lagi.",
    PANEL_ARCHIVE_TASK: "Kirim lagi: arsipnya dibuat ulang dari mesin Docker panel.",
    SEND_TASK: "Periksa jaringan ke server itu, lalu kirim lagi: yang sudah tiba tidak diulang.",
    "Menolak arsip yang tiba berbeda": "Periksa disk server itu dan jaringannya, lalu kirim lagi.",
    LOAD_TASK: "Bangun lagi rilisnya di panel, lalu kirim lagi.",
    "Membuktikan sidik citra": "Bangun lagi rilisnya di panel, lalu kirim lagi.",
}
OTHERWISE = "Perbaiki penyebabnya, lalu kirim lagi; yang sudah tiba tidak diulang."

OnLine = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Presence:
    """Whether a release's image is proven to be on a server; `error` says why it is not."""

    server_id: int
    server: str
    digest: str
    is_present: bool
    was_brought: bool = False
    seconds: float = 0.0
    error: str = ""
    hint: str = ""
    is_retryable: bool = False


@dataclass(frozen=True, slots=True)
class Image:
    """What is to be brought; without an archive it is only proven."""

    label: str
    digest: str
    name: str
    archive: Archive | None = None


@dataclass(frozen=True, slots=True)
class Target:
    """A server, free of its row; `problem` when its address can't be used."""

    id: int
    name: str
    docker_url: str
    fleet: str
    data_root: str
    address: ServerAddress | None
    problem: SiapPakaiError | None = None

    def ask(self, digest: str) -> bool:
        """Whether its engine has the image, asked now; Unavailable when it does not answer."""
        if self.address is None:
            raise self.problem or Refused(f"Alamat server {self.name} tidak diketahui.")
        with engine_at(self.address, self.docker_url, self.fleet) as engine:
            return engine.has_image(digest)


@dataclass(frozen=True, slots=True)
class Delivery:
    """What every server's play has in common."""

    playbook: Path
    folder: Path
    image: Image
    stop: threading.Event


def look(target: Target, image: Image) -> Presence:
    """Whether the server's engine has the image, asked now; a silent one counts as without."""
    try:
        if target.ask(image.digest):
            return Presence(target.id, target.name, image.digest, is_present=True)
    except SiapPakaiError as error:
        return _failed(target, image, error)
    return Presence(
        target.id,
        target.name,
        image.digest,
        is_present=False,
        error=f"Citra {image.label} belum ada di server {target.name}.",
        hint="Kirim dahulu dengan `siappakai rilis kirim`.",
    )


def _failed(target: Target, image: Image, error: SiapPakaiError) -> Presence:
    return Presence(
        target.id,
        target.name,
        image.digest,
        is_present=False,
        error=error.message,
        hint=error.hint,
        is_retryable=error.retryable,
    )


def deliver(delivery: Delivery, targets: Sequence[Target], on_line: OnLine) -> list[Presence]:
    """Every server's result, in the order given; lines of all plays are told in this thread."""
    lines: SimpleQueue[str] = SimpleQueue()
    with ThreadPoolExecutor(PARALLEL, thread_name_prefix="kirim") as pool:
        running = [pool.submit(_bring, delivery, each, lines.put) for each in targets]
        try:
            while not all(each.done() for each in running):
                _tell(lines, on_line, wait_s=0.2)
            _tell(lines, on_line, wait_s=0)
        except BaseException:
            _end(delivery, running)
            raise
    return [each.result() for each in running]


def _tell(lines: SimpleQueue[str], on_line: OnLine, wait_s: float) -> None:
    while True:
        try:
            line = lines.get(timeout=wait_s) if wait_s else lines.get_nowait()
        except Empty:
            return
        on_line(line)


def _end(delivery: Delivery, running: Sequence[Future[Presence]]) -> None:
    delivery.stop.set()
    for each in running:
        each.cancel()


def _bring(delivery: Delivery, target: Target, put: Callable[[str], None]) -> Presence:
    """One server's result; runs in a thread of its own and touches no row."""
    begun = time.monotonic()
    try:
        if target.address is None:
            raise target.problem or Refused(f"Alamat server {target.name} tidak diketahui.")
        with _alone(delivery.folder, target):
            result = _require_ok(target, _run_on(delivery, target, target.address, put))
    except SiapPakaiError as error:
        put(f"{target.name}: {error.message}")
        return replace(_failed(target, delivery.image, error), seconds=time.monotonic() - begun)
    put(f"{target.name}: citra {delivery.image.label} terbukti ada")
    return Presence(
        target.id,
        target.name,
        delivery.image.digest,
        is_present=True,
        was_brought=result.changed > 0,
        seconds=time.monotonic() - begun,
    )


@contextmanager
def _alone(folder: Path, target: Target) -> Iterator[None]:
    """Nobody else sends to this server meanwhile: two senders would spoil one file."""
    with (folder / f"server-{target.id}.kunci").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Unavailable(
                f"Kiriman lain ke server {target.name} sedang berjalan.",
                hint="Tunggu sampai selesai, lalu ulangi.",
            ) from None
        yield


def _run_on(
    delivery: Delivery, target: Target, address: ServerAddress, put: Callable[[str], None]
) -> PlayResult:
    def tell(event: PlayEvent) -> None:
        if event.kind == "started" and event.task in TOLD_TASKS:
            put(f"{target.name}: {event.task}")

    size_bytes = delivery.image.archive.size_bytes if delivery.image.archive else 0
    return run_play(
        delivery.playbook,
        address,
        _variables(delivery.image, target),
        on_event=tell,
        timeout_s=BASE_TIMEOUT_S + size_bytes // SLOWEST_BYTES_PER_S,
        stop=delivery.stop,
    )


def _variables(image: Image, target: Target) -> dict[str, Any]:
    known = {"digest": image.digest, "image_name": image.name, "data_root": target.data_root}
    if target.docker_url.startswith("unix://"):  # else it says where the panel finds the server
        known["docker_url"] = target.docker_url
    if image.archive is None:
        return known
    return {
        **known,
        "archive": str(image.archive.path),
        "archive_sha256": image.archive.sha256,
        "archive_bytes": image.archive.size_bytes,
        "image_bytes": image.archive.image_bytes,
    }


def _require_ok(target: Target, result: PlayResult) -> PlayResult:
    """Itself, or what went wrong in one sentence with what to do next."""
    if result.ok:
        return result
    last = result.failures[-1] if result.failures else None
    words = last.message if last else "tanpa keterangan"
    if result.unreachable:
        raise unreachable(target.name, words)
    task = last.task if last else ""
    kind = Unavailable if task == SEND_TASK else StepFailed
    raise kind(
        f"Citra belum sampai di server {target.name}. {task}: {words}",
        hint=HINTS.get(task, OTHERWISE),
        log_tail=result.log_tail,
    )
