"""Touch: prove an instance: its health answer, its pages inside, its pages from outside."""

from __future__ import annotations

import html
import json
import re
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

from siappakai.errors import StepFailed, Unavailable
from siappakai.products.contract import PageProbe, Place, Recipe, ReleaseFacts
from siappakai.provision import files
from siappakai.provision.edge import EdgeClient
from siappakai.provision.http_probe import Answer, get_over_socket, get_through_edge
from siappakai.provision.job import Job
from siappakai.provision.naming import ServerPaths
from siappakai.provision.stopwatch import outside

START_TIMEOUT_S = 60
PAGE_TIMEOUT_S = 30
PAGES_AT_ONCE = 2
POLL_S = 0.05


def wait_until_healthy(job: Job, socket: Path) -> Mapping[str, Any]:
    """The health answer, once it proves the right village and release; StepFailed in time."""
    return wait_for_health(job.recipe, job.place, job.release, socket)


def wait_for_health(
    recipe: Recipe,
    place: Place,
    release: ReleaseFacts,
    socket: Path,
    timeout_s: float = START_TIMEOUT_S,
) -> Mapping[str, Any]:
    """The health answer, once it proves this place and release; StepFailed after `timeout_s`."""
    deadline = time.monotonic() + timeout_s
    reason = "belum membuka soketnya"
    with outside():
        while time.monotonic() < deadline:
            answer = ask_health(recipe, place, socket)
            if answer is not None:
                reason = recipe.wrong_health(answer, place, release)
                if not reason:
                    return answer
            time.sleep(POLL_S)
    raise StepFailed(
        f"Aplikasi menyala tetapi tidak terbukti sehat dalam {timeout_s:.0f} detik: {reason}.",
        hint="Baca log di bawah. Data desa tidak berubah; setelah sebabnya diperbaiki, Coba lagi.",
    )


def ask_health(recipe: Recipe, place: Place, socket: Path) -> Mapping[str, Any] | None:
    """The health answer's JSON, or None while nobody answers."""
    try:
        answer = get_over_socket(socket, recipe.health_path, host=place.region.domain, timeout_s=10)
    except Unavailable:
        return None
    return read_object(answer)


def read_object(answer: Answer) -> Mapping[str, Any] | None:
    """The JSON object in an answer, or None if there is none."""
    try:
        parsed = json.loads(answer.text)
    except ValueError:
        return None
    return parsed if isinstance(parsed, dict) else None


def prove_pages_inside(job: Job, socket: Path) -> Mapping[str, Any]:
    """Status and time of each probed page on the instance's own socket."""

    def ask(path: str) -> Answer:
        return get_over_socket(socket, path, host=job.place.region.domain, timeout_s=PAGE_TIMEOUT_S)

    return _prove(ask, job.recipe.page_probes(job.place, job.release), "di dalam")


def prove_pages_outside(job: Job) -> Mapping[str, Any]:
    """The same pages through the edge: right name, valid certificate, exact status."""
    return _prove(_through_edge(job), job.recipe.page_probes(job.place, job.release), "dari luar")


def ask_outside(job: Job) -> list[tuple[PageProbe, Answer]]:
    """What a visitor gets on each probed page, right or wrong; Unavailable without an answer."""
    return _ask_all(_through_edge(job), job.recipe.page_probes(job.place, job.release))


def _through_edge(job: Job) -> Callable[[str], Answer]:
    server = job.server
    return partial(
        get_through_edge,
        server.edge_address,
        server.https_port,
        job.place.region.domain,
        ca_file=trusted_root(server.paths),
        timeout_s=PAGE_TIMEOUT_S,
    )


def trusted_root(paths: ServerPaths) -> Path:
    """A file with the root certificate of the edge's own authority, asked from the edge itself."""
    target = paths.root / "edge" / "root-lokal.crt"
    if not target.is_file():
        certificate = EdgeClient(paths.edge_admin_socket).internal_root_certificate().decode()
        files.write_file(target, certificate, uid=0, gid=0, mode=0o644)
    return target


def _prove(
    ask: Callable[[str], Answer], probes: Sequence[PageProbe], where: str
) -> Mapping[str, Any]:
    pages = {}
    for probe, answer in _ask_all(ask, probes):
        wrong = wrong_answer(probe, answer)
        if wrong:
            raise StepFailed(
                f"Halaman {probe.path} {where}: {wrong}.",
                hint="Pengunjung belum diarahkan ke sini. Periksa log aplikasi, lalu Coba lagi.",
                log_tail=visible_text(answer.text)[:1500],
            )
        pages[probe.path] = {"status": answer.status, "seconds": round(answer.seconds, 3)}
    return {"pages": pages}


def _ask_all(
    ask: Callable[[str], Answer], probes: Sequence[PageProbe]
) -> list[tuple[PageProbe, Answer]]:
    """All at once: a new container has compiled nothing yet, and visitors wait meanwhile."""
    with outside(), ThreadPoolExecutor(PAGES_AT_ONCE) as pool:
        answers = list(pool.map(lambda probe: ask(probe.path), probes))
    return list(zip(probes, answers, strict=True))


def wrong_answer(probe: PageProbe, answer: Answer) -> str:
    """What is wrong with an answer, in a few words; empty when it is as it should be."""
    if answer.status != probe.status:
        return f"menjawab {answer.status}, seharusnya {probe.status}"
    seen = visible_text(answer.text)
    missing = [text for text in probe.must_contain if fold(text) not in seen]
    return f"tidak memuat “{missing[0]}”" if missing else ""


def visible_text(page: str) -> str:
    """A page's words as a visitor reads them: no tags, entities decoded, folded."""
    return fold(html.unescape(re.sub(r"<[^>]*>", " ", page)))


def fold(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip().casefold()
