"""Penerapan: the list, and one application of a look by wave and village, as it goes."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from siappakai.branding.versions import compare, find_number
from siappakai.errors import NotFound
from siappakai.models import (
    BrandVersion,
    ItemState,
    Rollout,
    RolloutItem,
    RolloutState,
    db,
    utc_now,
)
from siappakai.provision.lifecycle import STEP_LABELS
from siappakai.rollout.way_back import is_stuck
from siappakai.web import queries_rollouts as queries
from siappakai.web.brand_scope import wants_two
from siappakai.web.event_words import describe_brand_event
from siappakai.web.live import stream_changes
from siappakai.web.paging import read_paging
from siappakai.web.queries_brand import with_names
from siappakai.web.queries_brand_rollouts import (
    ITEM_WORDS,
    get_brand_rollout,
    recent_brand_rollouts,
)
from siappakai.web.rollout_filter import kept_args, read_item_filter
from siappakai.web.rollout_words import ITEM_FILTERS, ITEMS, item_badge
from siappakai.web.rollouts import buttons_of
from siappakai.web.status import Status

pages = Blueprint("rollouts", __name__)


@pages.get("/wajah/penerapan")
def show_all() -> ResponseReturnValue:
    page = recent_brand_rollouts(*read_paging(request.args))
    return render_template(
        "pages/brand/rollouts.html",
        page=page,
        tallies=queries.state_counts([each.id for each in page.rows]),
    )


@pages.get("/wajah/penerapan/<int:rollout_id>")
def show(rollout_id: int) -> ResponseReturnValue:
    return render_template("pages/brand/rollout.html", **_words(rollout_id))


@pages.get("/wajah/penerapan/<int:rollout_id>/kemajuan")
def show_progress(rollout_id: int) -> ResponseReturnValue:
    return render_template("pages/brand/progress.html", **_words(rollout_id))


@pages.get("/wajah/penerapan/<int:rollout_id>/arus")
def stream_progress(rollout_id: int) -> ResponseReturnValue:
    get_brand_rollout(rollout_id)
    return stream_changes(partial(queries.rollout_stamp, rollout_id))


@pages.get("/wajah/penerapan/<int:rollout_id>/riwayat")
def show_events(rollout_id: int) -> ResponseReturnValue:
    return render_template(
        "pages/brand/rollout_events.html",
        rollout=get_brand_rollout(rollout_id),
        events=queries.rollout_events(rollout_id),
        describe=describe_brand_event,
    )


@pages.get("/wajah/penerapan/<int:rollout_id>/perubahan")
def show_changes(rollout_id: int) -> ResponseReturnValue:
    """What its version says otherwise than the one before, asked for when a person opens it."""
    version = db.session.get_one(BrandVersion, get_brand_rollout(rollout_id).brand_version_id)
    return render_template("pages/brand/changes.html", sentences=changes_of(version))


def changes_of(version: BrandVersion) -> list[str]:
    """From the version before it to this one, a sentence each."""
    try:
        before = find_number(version.number - 1) if version.number > 1 else None
    except NotFound:
        before = None
    return with_names(compare(before, version))


def item_status(item: RolloutItem) -> Status:
    """How one application is, in the words of a look."""
    if is_stuck(item) or item.state not in ITEM_WORDS:
        return item_badge(item)
    return replace(ITEMS[item.state], word=ITEM_WORDS[item.state])


def _words(rollout_id: int) -> dict[str, object]:
    rollout = get_brand_rollout(rollout_id)
    counted = queries.tallies(rollout_id)
    wanted = read_item_filter(request.args, counted, by_instance=True)
    page = queries.find_items(rollout_id, wanted, *read_paging(request.args))
    total = counted[0]
    return {
        "rollout": rollout,
        "tallies": counted,
        "total": total,
        "turn": queries.wave_in_turn(counted),
        "page": page,
        "wanted": wanted,
        "filters": ITEM_FILTERS,
        "item_status": item_status,
        "causes": queries.failure_causes(rollout_id) if total.failed else [],
        "step_labels": STEP_LABELS,
        "args": kept_args(wanted, page, request.args),
        "is_finished": queries.rollout_stamp(rollout_id).is_finished,
        "buttons": buttons_of(rollout, total),
        "needs_other": _needs_other(rollout),
        "ItemState": ItemState,
        "now": utc_now,
    }


def _needs_other(rollout: Rollout) -> bool:
    is_planned = rollout.state == RolloutState.PLANNED
    return is_planned and wants_two() and rollout.created_by == current_user.username
