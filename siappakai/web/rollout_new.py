"""A new rollout: product, release, rules, the plan before it is frozen, and freezing it."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from dataclasses import dataclass

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy import select
from sqlalchemy.orm import defer
from werkzeug.datastructures import MultiDict

from siappakai.errors import InvalidInput, Refused, SiapPakaiError
from siappakai.models import Release, ReleaseState, db
from siappakai.models.release import version_key
from siappakai.provision.catalogue import get_release, is_pruned
from siappakai.rollout.draft import draft_plan, zone_name
from siappakai.rollout.durations import history_of
from siappakai.rollout.freeze import freeze_plan
from siappakai.rollout.gate import has_image
from siappakai.rollout.holidays import days_without_work
from siappakai.rollout.plan import Plan, Stay
from siappakai.rollout.policy import WEEKDAYS, RolloutPolicy
from siappakai.rollout.simulate import Simulation, simulate
from siappakai.web.formatting import home_word, product
from siappakai.web.paging import Page, read_paging
from siappakai.web.queries_releases import known_products
from siappakai.web.rollout_form import WINDOWS, PolicyForm, read_form
from siappakai.web.rollout_words import PRESET_WORDS, STAYS, policy_facts

pages = Blueprint("new", __name__)
RUNS = 300
WHY_NOT = {
    ReleaseState.NEW: "belum dibangun",
    ReleaseState.BUILT: "dibangun, tetapi pemasangan percobaannya belum berhasil",
    ReleaseState.TESTED: "teruji, tetapi belum ditawarkan",
    ReleaseState.WITHDRAWN: "ditarik",
}
OF_THE_PLAN = ("gelombang", "cari", "hal", "ukuran")


@dataclass(frozen=True, slots=True)
class StayGroup:
    """Those that stay for one reason."""

    title: str
    stays: list[Stay]


@pages.get("/peluncuran/baru")
def choose() -> ResponseReturnValue:
    """Product and release; what is not offered is shown with the reason."""
    products = known_products()
    wanted = request.args.get("aplikasi", "")
    name = wanted if wanted in products else products[0]
    releases = _releases(name)
    return render_template(
        "pages/rollouts/choose.html",
        products=products,
        product=name,
        offered=[each for each in releases if _may_go(each)],
        others=[(each, _why_not(each)) for each in releases if not _may_go(each)],
    )


def _releases(name: str) -> list[Release]:
    heavy = (Release.components, Release.balance_toml)
    rows = db.session.scalars(
        select(Release).filter_by(product=name).options(*(defer(each) for each in heavy))
    )
    return sorted(rows, key=lambda each: version_key(each.version), reverse=True)


def _may_go(release: Release) -> bool:
    return release.state == ReleaseState.OFFERED and not is_pruned(release)


def _why_not(release: Release) -> str:
    if release.state == ReleaseState.OFFERED:
        return "citranya sudah dipangkas; bangun ulang dahulu"
    why = WHY_NOT.get(release.state, str(release.state))
    return f"{why} ({release.state_reason})" if release.state_reason else why


@pages.get("/peluncuran/baru/<int:release_id>")
def plan(release_id: int) -> ResponseReturnValue:
    """The rules, and the plan that they make of the fleet as it stands; nothing is written."""
    return _page(_chosen(release_id), read_form(request.args))


@pages.get("/peluncuran/baru/<int:release_id>/simulasi")
def try_out(release_id: int) -> ResponseReturnValue:
    """The part of the page that says what chance would make of the plan."""
    release, form = _chosen(release_id), read_form(request.args)
    if form.policy is None:
        raise InvalidInput("Aturannya belum benar.", hint="Perbaiki isian yang ditandai.")
    found = simulated(draft_plan(release.id, form.policy, has_image), form.policy)
    return render_template(
        "pages/rollouts/simulation.html", simulation=found, release=get_release(release_id)
    )


@pages.post("/peluncuran/baru/<int:release_id>")
def freeze(release_id: int) -> ResponseReturnValue:
    """Keep the plan as it was shown; a fleet that changed meanwhile is shown again first."""
    release, form = _chosen(release_id), read_form(request.form)
    if form.policy is None:
        return _page(release, form), 422
    try:
        made = draft_plan(release.id, form.policy, has_image)
        if outline(made) != request.form.get("tampak", ""):
            raise Refused(
                f"Keadaan {home_word(release.product)} berubah sejak rencana ini ditampilkan.",
                hint="Inilah rencananya sekarang. Periksa lagi, lalu bekukan.",
            )
        number = freeze_plan(made, form.policy, title=_title(release), by=current_user.username)
    except (InvalidInput, Refused) as problem:
        db.session.rollback()
        return _page(_chosen(release_id), form, problem), problem.http_status
    flash("Rencana dibekukan. Belum ada yang berubah; rencana ini menunggu persetujuan.", "success")
    return redirect(url_for("rollouts.show", rollout_id=number), code=303)


def _title(release: Release) -> str:
    return request.form.get("judul", f"{product(release.product)} {release.version}")


def _chosen(release_id: int) -> Release:
    release = get_release(release_id)
    if not _may_go(release):
        raise Refused(
            f"{product(release.product)} {release.version} tidak dapat diluncurkan: "
            f"{_why_not(release)}.",
            hint="Tawarkan dahulu rilis itu di halaman Rilis.",
        )
    return release


def _page(release: Release, form: PolicyForm, problem: SiapPakaiError | None = None) -> str:
    release_id = release.id
    made = draft_plan(release_id, form.policy, has_image) if form.policy else None
    kept = {name: request.args[name] for name in OF_THE_PLAN if request.args.get(name)}
    args = MultiDict([*form.pairs(), *kept.items()])
    found = None
    if made and form.policy and request.args.get("simulasi") == "1":
        found = simulated(made, form.policy)
    return render_template(
        "pages/rollouts/new.html",
        release=get_release(release_id),
        form=form,
        args=args,
        form_args=form.address(),
        plan=made,
        outline=outline(made) if made else "",
        facts=policy_facts(form.policy) if form.policy else [],
        simulation=found,
        title=_title(get_release(release_id)),
        problem=problem,
        presets=PRESET_WORDS,
        weekdays=WEEKDAYS,
        windows=WINDOWS,
        **(plan_words(made, MultiDict(kept)) if made else {}),
    )


def outline(plan: Plan) -> str:
    """Equal while the same ones move alike, in the same waves, and the same stay."""
    moves = [
        (each.instance_id, each.wave, each.from_release_id, each.members) for each in plan.moves
    ]
    stays = [(each.instance_id, each.reason) for each in plan.stays]
    text = json.dumps([sorted(moves), sorted(stays), plan.wanted.digest])
    return hashlib.sha256(text.encode()).hexdigest()


def simulated(plan: Plan, policy: RolloutPolicy) -> Simulation:
    """The plan played many times from now on."""
    history, days = history_of(plan.wanted.product), days_without_work(plan.made_at)
    db.session.rollback()
    home = home_word(plan.wanted.product)
    return simulate(plan, policy, history, zone_name(), days=days, runs=RUNS, home=home)


def plan_words(plan: Plan, args: MultiDict[str, str]) -> dict[str, object]:
    """Who moves (one page of them) and who stays, narrowed to what was searched for."""
    text = args.get("cari", "").strip().lower()[:60]
    wave = args.get("gelombang", "")
    number = int(wave) if wave.isascii() and wave.isdigit() and len(wave) < 4 else 0
    moves = [
        each
        for each in plan.moves
        if number in (0, each.wave)
        and _speaks_of((each.label, *each.member_names, *each.member_codes, *each.districts), text)
    ]
    stays = [each for each in plan.stays if _speaks_of((each.label, *each.member_names), text)]
    at, size = read_paging(args)
    at = min(at, max(1, -(-len(moves) // size)))
    return {
        "moves": Page(moves[(at - 1) * size : at * size], at, size, len(moves)),
        "stay_groups": _by_reason(stays),
        "wanted_wave": number,
        "text": args.get("cari", "").strip()[:60],
        "villages": sum(len(each.members) for each in plan.moves),
    }


def _speaks_of(words: tuple[str, ...], text: str) -> bool:
    plain = text.replace(".", "")
    digits = plain if plain.isdigit() else text
    return not text or any(text in each.lower() or digits in each.lower() for each in words)


def _by_reason(stays: list[Stay]) -> list[StayGroup]:
    found: dict[str, list[Stay]] = defaultdict(list)
    for each in stays:
        found[each.reason].append(each)
    made = [StayGroup(STAYS.get(reason, reason), some) for reason, some in found.items()]
    return sorted(made, key=lambda each: (-len(each.stays), each.title))
