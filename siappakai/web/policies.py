"""Ikut rilis: how one installed application follows releases, and changing it."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy import select

from siappakai.errors import InvalidInput, Refused, SiapPakaiError
from siappakai.models import Channel, Event, Instance, db
from siappakai.provision.policies import Following, following_of, set_following, today
from siappakai.provision.shared_policies import Sharing, sharing_of
from siappakai.rollout.draft import channel_days
from siappakai.subscriptions.expiry import written_date
from siappakai.web.errors import for_admins
from siappakai.web.formatting import sentence
from siappakai.web.queries_instances import get_instance

pages = Blueprint("policies", __name__)
SHOWN = 10


@pages.app_template_global("following_of")
def following(instance: Instance) -> Following:
    """How the instance follows releases; `is_held` in the template is for a day yet to come."""
    return following_of(instance.id)


@pages.app_template_global("sharing_of")
def sharing(instance: Instance) -> Sharing:
    """Whom the instance's policy binds with it, and who binds it."""
    return sharing_of(instance)


@pages.app_template_global("is_still_held")
def is_still_held(policy: Following) -> bool:
    return policy.held_until_on is not None and policy.held_until_on >= today()


@pages.get("/aplikasi/<int:instance_id>/ikut-rilis")
def ask(instance_id: int) -> ResponseReturnValue:
    for_admins()
    return _page(instance_id, following_of(instance_id))


@pages.post("/aplikasi/<int:instance_id>/ikut-rilis")
def change(instance_id: int) -> ResponseReturnValue:
    """Keep what was chosen; what is wrong is told on the same page with what was typed."""
    instance = get_instance(instance_id)
    home = _home(instance)
    try:
        wanted = _wanted()
        changed = set_following(instance_id, wanted, by=current_user.username)
    except (InvalidInput, Refused) as problem:
        db.session.rollback()
        return _page(instance_id, _typed(), problem), problem.http_status
    flash("Disimpan." if changed else "Tidak ada yang berubah.", "success" if changed else "info")
    return redirect(home, code=303)


def _wanted() -> Following:
    channel = request.form.get("kanal", "")
    if channel not in set(Channel):
        raise InvalidInput("Pilih kanalnya.")
    return Following(
        Channel(channel),
        request.form.get("semat") == "ya",
        _day(request.form.get("sampai", "")),
        request.form.get("alasan", "").strip(),
    )


def _day(text: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise InvalidInput("Tanggalnya tidak terbaca.", hint="Contoh: 2026-12-31") from error


def _typed() -> Following:
    """What the form held, as far as it can be shown again."""
    try:
        until = _day(request.form.get("sampai", ""))
    except InvalidInput:
        until = None
    channel = request.form.get("kanal", "")
    return Following(
        Channel(channel) if channel in set(Channel) else Channel.ORDINARY,
        request.form.get("semat") == "ya",
        until,
        request.form.get("alasan", ""),
    )


def _page(instance_id: int, shown: Following, problem: SiapPakaiError | None = None) -> str:
    instance = get_instance(instance_id)
    history = (
        select(Event)
        .filter_by(subject=f"instance:{instance_id}", word="policy_changed")
        .order_by(Event.id.desc())
    )
    return render_template(
        "pages/policies/form.html",
        instance=instance,
        home=_home(instance),
        shown=shown,
        channels=channel_words(),
        written_day=written_day,
        today=today(),
        events=list(db.session.scalars(history.limit(SHOWN))),
        problem=problem,
    )


def channel_words() -> dict[str, str]:
    """Each channel with what it promises by the regency's own rules."""
    return {name: f"{sentence(name)}: {_when(days)}" for name, days in channel_days().items()}


def _when(days: int) -> str:
    return f"{days} hari setelah rilis ditawarkan" if days else "sejak hari rilis ditawarkan"


def written_day(day: str) -> str:
    """`2026-12-31`, as events keep it, as `31 Desember 2026`."""
    return written_date(date.fromisoformat(day))


def _home(instance: Instance) -> str:
    if instance.village_code is not None:
        return url_for("villages.show_village", code=instance.village_code)
    return url_for("regions.show_region", code=instance.scope_code)
