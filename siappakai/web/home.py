"""Beranda: how the fleet is, what runs now, what asks for attention."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from siappakai.models import read_setting
from siappakai.provision.progress import fleet_counts
from siappakai.regions import find_regency
from siappakai.web import queries_home, queries_rehearsals, queries_rollouts
from siappakai.web.queries_operations import active_count
from siappakai.web.queries_subscriptions import expiry_notices

pages = Blueprint("home", __name__)


@pages.get("/")
def show_home() -> ResponseReturnValue:
    code = read_setting("regency_code")
    if code is None and current_user.may_change_things:
        return redirect(url_for("setup.show_setup"))
    return render_template(
        "pages/home.html",
        regency=find_regency(code) if code else None,
        counts=fleet_counts(),
        running=queries_home.running_batches(),
        failures=queries_home.latest_failures(),
        failure_count=queries_home.failure_count(),
        unhealthy=queries_home.unhealthy_instances(),
        has_release=queries_home.has_installable_release(),
        has_ready_server=queries_home.has_ready_server(),
        notices=expiry_notices(),
        active_count=active_count(),
        **_release_day(),
    )


def _release_day() -> dict[str, object]:
    """Rollouts and rehearsals that run, rest or are halted, with how far they are."""
    rollouts = queries_rollouts.active_rollouts()
    rehearsals = queries_rehearsals.active_rehearsals()
    counts = queries_rehearsals.verdict_counts([each.id for each in rehearsals])
    return {
        "rollouts": rollouts,
        "rollout_tallies": queries_rollouts.state_counts([each.id for each in rollouts]),
        "rehearsals": rehearsals,
        "rehearsal_counts": counts,
    }
