"""Touch: copies of an instance's public pages, taken while it serves, shown while it can't.

Everything lies in the instance's run folder, which the edge sees and no instance does. Showing and
hiding is one link there (`edge_copies` says what the edge does with it), so the edge's
configuration stays as it is. Copies are an extra: what goes wrong with them is told, not raised.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from siappakai.errors import Unavailable
from siappakai.models import utc_now
from siappakai.provision import files
from siappakai.provision.edge_rows import COPIES_LINK
from siappakai.provision.job import Job
from siappakai.provision.naming import EDGE_GID, InstancePaths
from siappakai.provision.page_copy_crawl import CopyLimits, Crawl
from siappakai.provision.page_copy_links import Site
from siappakai.provision.stopwatch import outside

_FOLDER = ".salinan"  # a hidden name: the edge's rule can't be led into it by any path
_HALF_MADE = ".salinan.baru"
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "Mei", "Jun", "Jul", "Agu", "Sep", "Okt", "Nov", "Des")
_ZONES = {7: "WIB", 8: "WITA", 9: "WIT"}


@dataclass(frozen=True, slots=True)
class CopyOrder:
    """Which instance's pages to copy, asked on `socket` as `host`, and who may read them."""

    socket: Path
    host: str
    site: Site
    starts: tuple[str, ...]
    paths: InstancePaths
    local_time_zone: str
    limits: CopyLimits = CopyLimits()
    uid: int = 0
    gid: int = EDGE_GID


@dataclass(frozen=True, slots=True)
class CopyFacts:
    """What was copied. `ended_by` names the limit that ended it, empty when all was seen.

    `problem` is a sentence for the admin when there are no copies though there should be.
    """

    pages: int
    files: int
    size_bytes: int
    seconds: float
    taken_at: str
    ended_by: str = ""
    problem: str = ""


def copy_order(job: Job, old_socket: Path) -> CopyOrder:
    """The order to copy a job's instance from the socket of the container that serves now.

    The product's own entrance and the pages that prove it are where it begins; a product whose
    pages all want a login gets an order without any.
    """
    recipe, place = job.recipe, job.place
    with_port = place.public_url.removeprefix("https://")
    hosts = frozenset({with_port.lower(), place.region.domain.lower()})
    site = Site(hosts, job.web_path, recipe.private_paths)
    probes = [probe.path for probe in recipe.page_probes(place, job.release) if probe.status == 200]
    starts = tuple(path for path in dict.fromkeys((job.web_path, *probes)) if site.is_public(path))
    return CopyOrder(old_socket, with_port, site, starts, job.paths, place.local_time_zone)


def take_copies(order: CopyOrder) -> CopyFacts:
    """The instance's folder of copies is new and whole, or there is none; nothing is shown yet.

    Safe to repeat: what another attempt left, half made or whole, shown or not, goes first.
    """
    drop_copies(order.paths)
    at = utc_now()
    half_made = order.paths.run / _HALF_MADE
    crawl = _crawl(order, half_made, at)
    problem = ""
    try:
        with outside():
            files.make_dir(half_made, uid=order.uid, gid=order.gid, mode=0o750)
            crawl.run(order.starts)
        if crawl.pages:
            os.rename(half_made, order.paths.run / _FOLDER)
        elif order.starts:
            problem = "Tidak ada halaman umum yang dapat disalin."
    except Unavailable as error:
        problem = error.message
    except OSError as error:
        problem = f"Salinan halaman tidak dapat disimpan ({error.strerror})."
    if problem or not crawl.pages:
        drop_copies(order.paths)
    return _facts(crawl, at, problem)


def show_copies(paths: InstancePaths) -> bool:
    """Visitors get the copies from now on; False when there are none to show."""
    if not (paths.run / _FOLDER).is_dir():
        return False
    files.switch_link(paths.run / COPIES_LINK, _FOLDER)
    return True


def hide_copies(paths: InstancePaths) -> bool:
    """Visitors get the instance itself from now on; returns whether copies were shown."""
    return files.remove_link(paths.run / COPIES_LINK)


def drop_copies(paths: InstancePaths) -> None:
    """Nothing of any copy is left."""
    hide_copies(paths)
    for name in (_FOLDER, _HALF_MADE):
        if (paths.run / name).exists():
            shutil.rmtree(paths.run / name)


def banner_of(at: datetime, zone: ZoneInfo) -> str:
    """`Salinan tanggal 22 Nov 2026 pukul 21.04 WITA: …`, what a visitor reads above each page."""
    local = at.astimezone(zone)
    offset = local.utcoffset()
    hours = offset.total_seconds() / 3600 if offset else 0
    name = _ZONES.get(int(hours), f"UTC{hours:+g}")
    day = f"{local.day} {_MONTHS[local.month - 1]} {local.year}"
    return (
        f"Salinan tanggal {day} pukul {local:%H.%M} {name}: situs sedang diperbarui. "
        "Isian baru belum dapat dikirim."
    )


def _crawl(order: CopyOrder, folder: Path, at: datetime) -> Crawl:
    return Crawl(
        socket=order.socket,
        host=order.host,
        site=order.site,
        folder=folder,
        banner=banner_of(at, ZoneInfo(order.local_time_zone)),
        limits=order.limits,
        owner=(order.uid, order.gid),
    )


def _facts(crawl: Crawl, at: datetime, problem: str) -> CopyFacts:
    has_copies = bool(crawl.pages) and not problem
    return CopyFacts(
        pages=crawl.pages if has_copies else 0,
        files=crawl.files if has_copies else 0,
        size_bytes=crawl.size_bytes if has_copies else 0,
        seconds=round(crawl.seconds, 3),
        taken_at=at.isoformat(),
        ended_by=crawl.ended_by,
        problem=problem,
    )
