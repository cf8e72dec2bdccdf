"""Peluncuran: the list, and one rollout: its plan, its progress as it goes, its record."""

from __future__ import annotations

from functools import partial

from flask import Blueprint, Response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from siappakai.errors import NotFound, SiapPakaiError
from siappakai.models import ACTIVE, ItemState, Rollout, RolloutState, db, read_setting, utc_now
from siappakai.provision.lifecycle import STEP_LABELS
from siappakai.rollout.freeze import SECOND_APPROVER, read_plan, refuse_outdated
from siappakai.rollout.gate import missing_on_servers
from siappakai.rollout.plan_export import export_plan, export_plan_json
from siappakai.rollout.receipts import report_of, zone
from siappakai.rollout.report_pdf import rollout_pdf
from siappakai.rollout.report_xlsx import rollout_sheets
from siappakai.web import queries_rollouts as queries
from siappakai.web import rollout_deeds, rollout_new, rollout_receipts
from siappakai.web.event_words import describe_event, field_word
from siappakai.web.formatting import home_word
from siappakai.web.htmx import send_to
from siappakai.web.live import stream_changes
from siappakai.web.paging import read_paging
from siappakai.web.queries_brand_rollouts import is_of_a_brand
from siappakai.web.queries_releases import last_line
from siappakai.web.rollout_filter import kept_args, read_item_filter
from siappakai.web.rollout_words import ITEM_FILTERS, policy_facts
from siappakai.web.villages import SHEET

pages = Blueprint("rollouts", __name__)
for each in (rollout_new.pages, rollout_deeds.pages, rollout_receipts.pages):
    pages.register_blueprint(each)
KINDS = {
    "rencana.xlsx": ("rencana", SHEET),
    "rencana.json": ("rencana", "application/json"),
    "laporan.xlsx": ("laporan", SHEET),
    "laporan.pdf": ("laporan", "application/pdf"),
}
FILES = ", ".join(repr(name) for name in KINDS)


@pages.before_request
def lead_to_the_look() -> ResponseReturnValue | None:
    """A rollout that brings a look has pages and deeds of its own; these speak of releases."""
    rollout_id = (request.view_args or {}).get("rollout_id")
    if rollout_id is None or not is_of_a_brand(rollout_id):
        return None
    if request.method == "GET":
        return send_to(url_for("brand.rollouts.show", rollout_id=rollout_id))
    raise NotFound("Penerapan wajah diatur di halamannya sendiri.", hint="Buka Wajah, Penerapan.")


@pages.get("/peluncuran")
def show_all() -> ResponseReturnValue:
    page = queries.recent_rollouts(*read_paging(request.args))
    return render_template(
        "pages/rollouts/list.html",
        page=page,
        tallies=queries.state_counts([each.id for each in page.rows]),
    )


@pages.get("/peluncuran/<int:rollout_id>")
def show(rollout_id: int) -> ResponseReturnValue:
    return render_template("pages/rollouts/rollout.html", **_words(rollout_id))


@pages.get("/peluncuran/<int:rollout_id>/kemajuan")
def show_progress(rollout_id: int) -> ResponseReturnValue:
    return render_template("pages/rollouts/progress.html", **_words(rollout_id))


@pages.get("/peluncuran/<int:rollout_id>/arus")
def stream_progress(rollout_id: int) -> ResponseReturnValue:
    queries.get_rollout(rollout_id)
    return stream_changes(partial(queries.rollout_stamp, rollout_id))


@pages.get("/peluncuran/<int:rollout_id>/rencana")
def show_plan(rollout_id: int) -> ResponseReturnValue:
    """The frozen plan, whole; a stored one that is not what was hashed is refused."""
    rollout = queries.get_rollout(rollout_id)
    made, policy = read_plan(rollout)
    has_run = request.args.get("simulasi") == "1"
    found = rollout_new.simulated(made, policy) if has_run else None
    kept = ("gelombang", "cari", "hal", "ukuran", "simulasi")
    return render_template(
        "pages/rollouts/plan_page.html",
        rollout=queries.get_rollout(rollout_id),
        plan=made,
        facts=policy_facts(policy),
        simulation=found,
        args={name: request.args[name] for name in kept if request.args.get(name)},
        **rollout_new.plan_words(made, request.args),
    )


@pages.get("/peluncuran/<int:rollout_id>/riwayat")
def show_events(rollout_id: int) -> ResponseReturnValue:
    return render_template(
        "pages/rollouts/events.html",
        rollout=queries.get_rollout(rollout_id),
        events=queries.rollout_events(rollout_id),
        describe=describe_event,
        field_word=field_word,
    )


@pages.get(f"/peluncuran/<int:rollout_id>/<any({FILES}):file>")
def export(rollout_id: int, file: str) -> ResponseReturnValue:
    """The plan, or what became of it, as a file to keep outside the panel."""
    rollout = queries.get_rollout(rollout_id)
    word, content_type = KINDS[file]
    name = f"{word}-peluncuran-{rollout_id}.{file.rpartition('.')[2]}"
    return Response(
        _content(rollout, file),
        content_type=content_type,
        headers={"Content-Disposition": f"attachment; filename={name}"},
    )


def _content(rollout: Rollout, file: str) -> bytes:
    if file == "rencana.xlsx":
        return export_plan(rollout, zone(), home_word(rollout.product))
    if file == "rencana.json":
        return export_plan_json(rollout)
    report = report_of(rollout.id, made_by=current_user.username)
    if file == "laporan.pdf":
        return rollout_pdf(report)
    return rollout_sheets(report, home_word(rollout.product))


def _words(rollout_id: int) -> dict[str, object]:
    """Everything the page of a rollout, and its live part, shows; the plan itself is not read."""
    rollout = queries.get_rollout(rollout_id)
    counted = queries.tallies(rollout_id)
    wanted = read_item_filter(request.args, counted)
    page = queries.find_items(rollout_id, wanted, *read_paging(request.args))
    total = counted[0]
    waits = rollout.state in queries.WAITS
    stamp_is_finished = queries.rollout_stamp(rollout_id).is_finished
    return {
        "rollout": rollout,
        "tallies": counted,
        "total": total,
        "turn": queries.wave_in_turn(counted),
        "wave_of": {each.number: each for each in rollout.waves},
        "page": page,
        "names": queries.member_names(page.rows),
        "held": queries.held_units(rollout_id),
        "wanted": wanted,
        "filters": ITEM_FILTERS,
        "causes": queries.failure_causes(rollout_id) if total.failed else [],
        "step_labels": STEP_LABELS,
        "args": kept_args(wanted, page, request.args),
        "is_finished": stamp_is_finished,
        "buttons": buttons_of(rollout, total),
        "gate": _gate(rollout) if waits else None,
        "task": _shown_task(rollout) if waits else None,
        "last_line": last_line,
        "ItemState": ItemState,
        "now": utc_now,
    }


def buttons_of(rollout: Rollout, total: queries.Tally) -> frozenset[str]:
    """Which buttons of the whole rollout make sense now."""
    state = rollout.state
    made = {
        "jeda": state == RolloutState.RUNNING,
        "lanjut": state in (RolloutState.PAUSED, RolloutState.HALTED),
        "hentikan": state in queries.BUSY,
        "coba-lagi": total.count((ItemState.FAILED,)) > 0 and state not in queries.WAITS,
        "mundur": total.returnable > 0,
        "batalkan": state in queries.WAITS,
        "luncurkan": state == RolloutState.APPROVED,
        "setujui": state == RolloutState.PLANNED,
    }
    if state == RolloutState.STOPPED:
        made["coba-lagi"] = False
    return frozenset(name for name, is_right in made.items() if is_right)


def _gate(rollout: Rollout) -> dict[str, object]:
    """What stands between the plan and its approval: the fleet, the images, a second person."""
    whole = db.session.get_one(Rollout, rollout.id)
    return {
        "missing": missing_on_servers(whole),
        "needs_other": bool(read_setting(SECOND_APPROVER, False))
        and rollout.created_by == current_user.username,
        "wants_two": bool(read_setting(SECOND_APPROVER, False)),
    }


def _shown_task(rollout: Rollout) -> object:
    """The sending of the image, while it goes on and when it went wrong."""
    task = queries.delivery_of(rollout.release_id)
    return task if task is not None and (task.state in ACTIVE or task.error_message) else None


@pages.get("/peluncuran/<int:rollout_id>/periksa")
def check_outdated(rollout_id: int) -> ResponseReturnValue:
    """Whether the plan still fits the fleet, asked when a person opens it."""
    rollout = queries.get_rollout(rollout_id)
    problem: SiapPakaiError | None = None
    try:
        refuse_outdated(rollout)
    except SiapPakaiError as found:
        db.session.rollback()
        problem = found
    return render_template("pages/rollouts/still_fits.html", problem=problem)
