"""Touch: requests wait at the edge, or go on, for everything that works on one database."""

from __future__ import annotations

import time
from collections.abc import Sequence

from siappakai.errors import StepFailed, Unavailable
from siappakai.provision import files, verify
from siappakai.provision.members import Bystander
from siappakai.provision.page_copies import hide_copies
from siappakai.provision.step_context import Result, StepContext
from siappakai.provision.stopwatch import outside
from siappakai.provision.work import Work, work_on

QUIET_WITHIN_S = 10.0
POLL_S = 0.03
IN_FLIGHT_S = 0.3
SHOWN = 8


def hold_all(context: StepContext, bystanders: Sequence[Bystander]) -> list[str]:
    """No new request reaches an application on this database; returns who was serving."""
    held = [job.paths.key for job in context.members if files.remove_link(job.paths.current)]
    return held + [each.paths.key for each in bystanders if files.remove_link(each.paths.current)]


def hold_own(context: StepContext) -> Result:
    """Requests to this one instance wait at the edge; those in flight have had their time."""
    was_linked = files.remove_link(context.job.paths.current)
    with outside():
        time.sleep(IN_FLIGHT_S)
    return {"was_linked": was_linked}


def wait_until_quiet(context: StepContext) -> list[Work]:
    """What still works on the database when the requests under way have had their time."""
    databases, name = context.tools.databases, context.job.place.database.name
    deadline = time.monotonic() + QUIET_WITHIN_S
    with outside():
        while True:
            time.sleep(POLL_S)
            found = work_on(databases, name)
            if not found or time.monotonic() > deadline:
                return found


def refuse_work(found: Sequence[Work]) -> None:
    """StepFailed when something still works on the database that is about to be changed.

    What a long request (a resident import) writes from now on would stand half in the new schema,
    or be told as done and be lost on the way back.
    """
    if found:
        raise StepFailed(**_told(found))


def let_work_end(context: StepContext) -> None:
    """Unavailable, so tried again in a while, when something works longer than a hold waits for.

    Asked before anybody is held: most imports have ended by the next try.
    """
    found = work_on(context.tools.databases, context.job.place.database.name)
    long = [work for work in found if work.ran_s >= QUIET_WITHIN_S]
    if long:
        raise Unavailable(**_told(long))


def _told(found: Sequence[Work]) -> dict[str, str]:
    """What an error says of this work."""
    ran_s = max(work.ran_s for work in found)
    since = f", sudah berjalan sedikitnya {ran_s} detik" if ran_s else ""
    return {
        "message": f"Masih ada pekerjaan panjang di basis data ini (impor?){since}.",
        "hint": "Belum ada yang diubah. Tunggu pekerjaan itu selesai, lalu coba lagi di jam sepi.",
        "log_tail": "\n".join(str(work) for work in found[:SHOWN]),
    }


def let_bystanders_on(bystanders: Sequence[Bystander]) -> None:
    for each in bystanders:
        files.switch_link(each.paths.current, each.link_target)


def lead_to(context: StepContext, spec_sha256: str) -> bool:
    """The instance's visitors go to this container from now on; page copies are out of the way."""
    paths = context.job.paths
    changed = files.switch_link(paths.current, paths.link_target(spec_sha256))
    hide_copies(paths)
    return changed


def wrong_bystanders(bystanders: Sequence[Bystander]) -> dict[str, str]:
    """Name → what is wrong, of those that do not prove themselves healthy within their time."""
    found = {each.label: _wrong_health(each) for each in bystanders}
    return {label: reason for label, reason in found.items() if reason}


def _wrong_health(bystander: Bystander) -> str:
    socket = bystander.paths.socket_of(bystander.spec_sha256)
    try:
        verify.wait_for_health(
            bystander.recipe, bystander.place, bystander.release, socket, timeout_s=10
        )
    except StepFailed as error:
        return error.message
    return ""
