"""Touch: the same content goes to several servers, some at a time, a result for each."""

from __future__ import annotations

import fcntl
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

from siappakai.errors import Refused, SiapPakaiError, StepFailed, Unavailable
from siappakai.provision.ansible import PlayEvent, PlayResult, run_play
from siappakai.provision.server_address import ServerAddress
from siappakai.provision.server_reach import unreachable

PARALLEL = 3
BASE_TIMEOUT_S = 600
SLOWEST_BYTES_PER_S = 50_000
SEND_TASK = "Mengirim sisa isi"
TOLD_TASKS = frozenset({SEND_TASK, "Menaruh kiriman"})
HINTS = {
    "Menolak bila ruang disk kurang": "Kosongkan ruang di disk server itu, lalu kirim lagi.",
    "Menolak server yang belum disiapkan": "Siapkan dahulu server itu, lalu kirim lagi.",
    SEND_TASK: "Periksa jaringan ke server itu, lalu kirim lagi: yang sudah tiba tidak diulang.",
    "Menolak yang tiba berbeda": "Periksa disk server itu dan jaringannya, lalu kirim lagi.",
}
OTHERWISE = "Perbaiki penyebabnya, lalu kirim lagi; yang sudah tiba tidak diulang."

OnLine = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Content:
    """A file of the panel and the name it has on servers: the sum of what it holds."""

    name: str
    size_bytes: int
    path: Path


@dataclass(frozen=True, slots=True)
class Target:
    """A server, free of its row; `problem` when its address can't be used."""

    id: int
    name: str
    data_root: str
    address: ServerAddress | None
    problem: SiapPakaiError | None = None


@dataclass(frozen=True, slots=True)
class BrandPresence:
    """Whether everything asked for is proven to be on a server; `error` says why it is not."""

    server_id: int
    server: str
    is_present: bool
    was_brought: bool = False
    seconds: float = 0.0
    error: str = ""
    hint: str = ""
    is_retryable: bool = False

    @property
    def sentence(self) -> str:
        if not self.is_present:
            return f"{self.server}: {self.error} {self.hint}".rstrip()
        how = "dikirim dan terbukti" if self.was_brought else "sudah ada, terbukti"
        return f"{self.server}: {how}, {self.seconds:.0f} detik"


@dataclass(frozen=True, slots=True)
class Delivery:
    """What every server's play has in common."""

    playbook: Path
    folder: Path
    contents: tuple[Content, ...]
    stop: threading.Event


def deliver(delivery: Delivery, targets: Sequence[Target], on_line: OnLine) -> list[BrandPresence]:
    """Every server's result; lines of all plays are told in this thread, which may end them all."""
    if not delivery.contents:
        return [BrandPresence(each.id, each.name, is_present=True) for each in targets]
    lines: SimpleQueue[str] = SimpleQueue()
    with ThreadPoolExecutor(PARALLEL, thread_name_prefix="merek") as pool:
        running = [pool.submit(_bring, delivery, each, lines.put) for each in targets]
        try:
            while not all(each.done() for each in running):
                _tell(lines, on_line, wait_s=0.2)
            _tell(lines, on_line, wait_s=0)
        except BaseException:
            delivery.stop.set()
            for each in running:
                each.cancel()
            raise
    return [each.result() for each in running]


def _tell(lines: SimpleQueue[str], on_line: OnLine, wait_s: float) -> None:
    while True:
        try:
            line = lines.get(timeout=wait_s) if wait_s else lines.get_nowait()
        except Empty:
            return
        on_line(line)


def _bring(delivery: Delivery, target: Target, put: Callable[[str], None]) -> BrandPresence:
    """One server's result; runs in a thread of its own and touches no row."""
    begun = time.monotonic()
    try:
        if target.address is None:
            raise target.problem or Refused(f"Alamat server {target.name} tidak diketahui.")
        with _alone(delivery.folder, target):
            result = _require_ok(target, _run_on(delivery, target, target.address, put))
    except SiapPakaiError as error:
        put(f"{target.name}: {error.message}")
        return BrandPresence(
            target.id,
            target.name,
            is_present=False,
            seconds=time.monotonic() - begun,
            error=error.message,
            hint=error.hint,
            is_retryable=error.retryable,
        )
    return BrandPresence(
        target.id,
        target.name,
        is_present=True,
        was_brought=result.changed > 0,
        seconds=time.monotonic() - begun,
    )


@contextmanager
def _alone(folder: Path, target: Target) -> Iterator[None]:
    """Nobody else brings a brand to this server meanwhile; a second one waits for its turn."""
    with (folder / f"merek-{target.id}.kunci").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _run_on(
    delivery: Delivery, target: Target, address: ServerAddress, put: Callable[[str], None]
) -> PlayResult:
    def tell(event: PlayEvent) -> None:
        if event.kind == "started" and event.task in TOLD_TASKS:
            put(f"{target.name}: {event.task}")

    contents = [
        {"name": each.name, "bytes": each.size_bytes, "source": str(each.path.absolute())}
        for each in delivery.contents
    ]
    variables: dict[str, Any] = {"data_root": target.data_root, "contents": contents}
    size_bytes = sum(each.size_bytes for each in delivery.contents)
    return run_play(
        delivery.playbook,
        address,
        variables,
        on_event=tell,
        timeout_s=BASE_TIMEOUT_S + size_bytes // SLOWEST_BYTES_PER_S,
        stop=delivery.stop,
    )


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
        f"Merek belum sampai di server {target.name}. {task}: {words}",
        hint=HINTS.get(task, OTHERWISE),
        log_tail=result.log_tail,
    )
