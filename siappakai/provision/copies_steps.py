"""Touch: public pages are copied before a long interruption, and shown while it lasts."""

from __future__ import annotations

from dataclasses import asdict

from flask import current_app

from siappakai.config import Settings
from siappakai.provision import verify
from siappakai.provision.come_back import led
from siappakai.provision.page_copies import copy_order, drop_copies, show_copies, take_copies
from siappakai.provision.pictures import BEFORE, PictureOrder, picture_path, take_pictures
from siappakai.provision.step_context import Result, StepContext

PICTURE_WITHIN_S = 25.0


def take_page_copies(context: StepContext) -> Result:
    """Copies of the pages as they are now, if the interruption is expected to be long."""
    picture = take_picture(context, BEFORE)
    expected = context.job.parameters.get("expected_hold_s")
    limit = context.job.parameters.get("copies_after_s")
    if expected is None or limit is None or float(expected) <= float(limit):
        drop_copies(context.job.paths)
        return {"pages": 0, "reason": "selingan diperkirakan pendek", "picture": picture}
    old_socket = context.job.paths.socket_of(str((led(context) or {})["old_spec_sha256"]))
    return {**asdict(take_copies(copy_order(context.job, old_socket))), "picture": picture}


def take_picture(context: StepContext, when: str) -> str:
    """Why there is no picture of the first page; empty when there is one, or none was wanted.

    Never keeps an update from going on. Only villages' own public pages are pictured.
    """
    job = context.job
    if not job.parameters.get("pictures") or not _has_public_page(context):
        return ""
    settings: Settings = current_app.extensions["siappakai_settings"]
    server = job.server
    order = PictureOrder(
        picture_path(server.paths.root, job.paths.key, job.operation_id, when),
        job.place.region.domain,
        server.edge_address,
        server.https_port,
        verify.trusted_root(server.paths),
        job.web_path,
        reader_gid=settings.home.stat().st_gid,
    )
    return take_pictures([order], at_most_s=PICTURE_WITHIN_S)[0].reason


def _has_public_page(context: StepContext) -> bool:
    job = context.job
    probes = job.recipe.page_probes(job.place, job.release)
    return any(each.path.rstrip("/") == job.web_path.rstrip("/") for each in probes)


def show_page_copies(context: StepContext) -> bool:
    """Visitors read the copies from now on, where there are any."""
    return bool(context.results.get("copies", {}).get("pages")) and show_copies(context.job.paths)
