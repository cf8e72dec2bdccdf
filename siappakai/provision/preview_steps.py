"""Touch: pictures of an instance as it looks now and as a brand version would have it.

All of it happens on a throw-away stand: a clone of the database, a copy-on-write view of the files,
the instance's present release. The village's own instance is not even visited: OpenSID writes down
each visit, and its visitors' numbers are not ours to raise.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from flask import current_app

from siappakai.config import Settings
from siappakai.errors import StepErrored, StepFailed, Unavailable
from siappakai.models import BrandPreview, BrandPreviewItem, BrandVersion, db, transaction, utc_now
from siappakai.provision import files, verify
from siappakai.provision.brand_packages import check_theme
from siappakai.provision.browser import Browser, BrowserGone, Reach, find_chromium, running_browser
from siappakai.provision.file_view import close_left_views
from siappakai.provision.file_view_open import work_folder
from siappakai.provision.http_probe import get_over_socket
from siappakai.provision.job import Job
from siappakai.provision.pictures import NOT_INSTALLED
from siappakai.provision.preview_compare import compare_pictures, is_blank
from siappakai.provision.preview_dress import dress_stand
from siappakai.provision.preview_files import (
    AFTER,
    BEFORE,
    MARKED,
    drop_pictures,
    left_previews,
    picture_name,
    store_picture,
)
from siappakai.provision.preview_pages import (
    SCREENS,
    Screen,
    linked_path,
    pages_of,
    path_on_domain,
)
from siappakai.provision.rehearsal_stand import (
    Stand,
    grant_clone,
    make_stand,
    name_of,
    proof_of,
)
from siappakai.provision.rehearsal_steps import access, check_rehearsal, clone, discard
from siappakai.provision.socket_pages import Shot, Site, SocketTab
from siappakai.provision.step_context import Result, StepContext

SERVING = "lihat"
HEALTHY_WITHIN_S = 90
MINUTE_S = 60

Shots = dict[tuple[str, str], Shot | str]  # page and screen → the picture, or why there is none


@dataclass(frozen=True, slots=True)
class PreviewOrder:
    """What a preview's operation was told."""

    preview_id: int
    version_id: int
    is_whole: bool

    @classmethod
    def of(cls, job: Job) -> PreviewOrder:
        told = job.parameters
        return cls(
            int(told["preview_id"]), int(told["brand_version_id"]), bool(told.get("is_whole"))
        )


def check_preview(context: StepContext) -> Result:
    """Image, MariaDB, room for a clone, a browser and the version are there."""
    job = context.job
    if find_chromium() is None:
        raise StepErrored(
            f"{NOT_INSTALLED}.", hint="Pasang paket chromium di server, lalu tekan Coba lagi."
        )
    order = PreviewOrder.of(job)
    version = db.session.get(BrandVersion, order.version_id)
    number = version.number if version is not None else 0
    is_present = job.instance().recorded_release_id == job.release_id
    db.session.rollback()
    if version is None:
        raise StepErrored(f"Versi wajah {order.version_id} tidak ada.", hint="Pilih versi lain.")
    if not is_present:
        raise StepErrored(
            "Aplikasi ini sudah berpindah rilis sejak pratinjau diminta.",
            hint="Minta pratinjau yang baru.",
        )
    check_theme(context, order.version_id)
    return {**check_rehearsal(context), "number": number}


def picture(context: StepContext) -> Result:
    """Each page on each screen before and after, compared; kept in the panel's home.

    An attempt after a crash begins with a fresh clone and a fresh view.
    """
    started = time.monotonic()
    account = access(context)
    _begin_anew(context)
    grant_clone(context.tools.databases, account, [context.job])
    stand = make_stand(context.job, context.tools, account)
    proof = proof_of(stand, context.tools.databases)
    with running_browser(str(find_chromium()), Reach({})) as browser:
        before, dressed, after = _look_twice(context, stand, browser)
    rows = _keep(context.job, before, after)
    _note(context.job, rows, str(dressed["note"]))
    _sweep()
    return {
        "proof": proof,
        "dressed": dressed,
        "pictures": len(rows),
        "seconds": round(time.monotonic() - started, 3),
    }


def _begin_anew(context: StepContext) -> None:
    job, tools = context.job, context.tools
    folder = work_folder(job.server.paths)
    files.make_dir(folder, uid=0, gid=0, mode=0o700)
    mark = folder / f"gladi-{job.operation_id}-dilihat"
    for each in tools.engine.list_containers(rehearsal=str(job.operation_id)):
        tools.engine.remove(each.name)
    if mark.exists():
        clone(context)
    close_left_views(tools.engine, job.server.paths, beginning=name_of(job))
    files.make_dir(mark, uid=0, gid=0, mode=0o700)


def _look_twice(
    context: StepContext, stand: Stand, browser: Browser
) -> tuple[Shots, dict[str, Any], Shots]:
    """Pictures before, what dressing changed, pictures after; one visitor all the while."""
    job, engine = stand.job, context.tools.engine
    order, name = PreviewOrder.of(context.job), stand.container(SERVING)
    tab = SocketTab(browser, site_of(job, stand.socket, _this_minute()))
    try:
        _serve(stand, name)
        paths = _paths(tab.site, job)
        before = _shots(tab, paths, is_whole=order.is_whole)
        engine.remove(name)
        dressed = dress_stand(context, stand, order.version_id)
        tab.forget()
        _serve(stand, name)
        after = _shots(tab, paths, is_whole=order.is_whole)
    finally:
        engine.remove(name)
    return before, dressed, after


def _this_minute() -> float:
    return float(int(time.time()) // MINUTE_S * MINUTE_S)


def site_of(job: Job, socket: Path, clock: float) -> Site:
    """The instance behind a socket, under the address that visitors know."""
    return Site(socket, urlsplit(job.place.public_url).netloc, clock, job.web_path)


def _serve(stand: Stand, name: str) -> None:
    engine, job = stand.view.engine, stand.job
    engine.ensure_running(name, stand.spec, stand.run)
    try:
        verify.wait_for_health(
            job.recipe, job.place, job.release, stand.socket, timeout_s=HEALTHY_WITHIN_S
        )
    except StepFailed as error:
        error.log_tail = error.log_tail or engine.last_log_lines(name)
        raise


def _paths(site: Site, job: Job) -> dict[str, str]:
    """Each page's word and its path on the domain, of this very instance."""
    pages = pages_of(job.recipe.product)
    paths = {each.word: path_on_domain(job.web_path, each) for each in pages}
    searched = [each for each in pages if each.below]
    if searched:
        home = get_over_socket(
            site.socket, job.web_path, host=site.host, timeout_s=verify.PAGE_TIMEOUT_S
        )
        for each in searched:
            found = linked_path(home.text, site.origin, each.below)
            paths[each.word] = found or paths[each.word]
    return paths


def _shots(tab: SocketTab, paths: dict[str, str], *, is_whole: bool) -> Shots:
    return {
        (word, screen.word): _shot(tab, path, screen, is_whole=is_whole)
        for word, path in paths.items()
        for screen in SCREENS
    }


def _shot(tab: SocketTab, path: str, screen: Screen, *, is_whole: bool) -> Shot | str:
    """A page that can't be pictured is told in the matrix; the others go on."""
    try:
        return tab.picture(path, screen, is_whole=is_whole)
    except BrowserGone as error:
        raise StepFailed(error.message, log_tail=error.log_tail) from error
    except (StepFailed, Unavailable) as error:
        return error.message


# --- what is kept


def _keep(job: Job, before: Shots, after: Shots) -> list[dict[str, Any]]:
    return [_keep_pair(job, key, before[key], after[key]) for key in before]


def _keep_pair(
    job: Job, key: tuple[str, str], before: Shot | str, after: Shot | str
) -> dict[str, Any]:
    page, screen = key
    row: dict[str, Any] = {"page": page, "screen": screen, "wrong": ""}
    for when, shot in ((BEFORE, before), (AFTER, after)):
        if isinstance(shot, str):
            row["wrong"] = row["wrong"] or shot
            continue
        row[when] = _store(job, key, when, shot.png)
        row[f"status_{when}"] = shot.status
        row[f"outside_{when}"] = list(shot.outside)
        row[f"missing_{when}"] = list(shot.missing)[:20]
        row[f"seconds_{when}"] = shot.seconds
        row[f"is_blank_{when}"] = is_blank(shot.png)
    if isinstance(before, str) or isinstance(after, str):
        return row
    found = compare_pictures(before.png, after.png)
    return row | {
        MARKED: _store(job, key, MARKED, found.marked),
        "share": round(found.share, 6),
        "is_equal": found.is_equal,
        "boxes": [list(box) for box in found.boxes],
    }


def _store(job: Job, key: tuple[str, str], when: str, png: bytes) -> str:
    settings: Settings = current_app.extensions["siappakai_settings"]
    name = picture_name(job.instance_id, *key, when)
    store_picture(settings.home, PreviewOrder.of(job).preview_id, name, png)
    return name


def _note(job: Job, rows: list[dict[str, Any]], note: str) -> None:
    """The preview's row of this instance has its pictures; a preview dropped meanwhile has none."""
    with transaction():
        item = db.session.scalar(
            db.select(BrandPreviewItem).filter_by(
                preview_id=PreviewOrder.of(job).preview_id, operation_id=job.operation_id
            )
        )
        if item is not None:
            item.pictures, item.note, item.finished_at = rows, note, utc_now()


def _sweep() -> None:
    """Pictures of previews that are gone go too."""
    settings: Settings = current_app.extensions["siappakai_settings"]
    left = left_previews(settings.home)
    known = set(db.session.scalars(db.select(BrandPreview.id)))
    db.session.rollback()
    for preview_id in sorted(left - known):
        drop_pictures(settings.home, preview_id)


PREVIEW: dict[str, Callable[[StepContext], Result]] = {
    "check_preview": check_preview,
    "clone": clone,
    "picture": picture,
    "discard": discard,
}
