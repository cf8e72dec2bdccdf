"""Gladi bersih: the list, ordering one, and one as it goes: causes first, then the villages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy import select
from sqlalchemy.orm import defer

from siappakai.errors import InvalidInput, NotFound, Refused, SiapPakaiError
from siappakai.models import Release, Verdict, db, utc_now
from siappakai.models.release import version_key
from siappakai.provision.catalogue import get_release, is_pruned
from siappakai.provision.policies import find_instances
from siappakai.rollout import rehearsal_acts
from siappakai.rollout.could_rehearse import why_none
from siappakai.rollout.draft import zone_name
from siappakai.rollout.machine_share import read_share
from siappakai.rollout.rehearsal_summary import RehearsalSummary, VillageLine, summarise
from siappakai.rollout.rehearse import MOST_AT_ONCE, order_rehearsal
from siappakai.web import queries_rehearsals as queries
from siappakai.web.errors import for_admins
from siappakai.web.formatting import home_word, number
from siappakai.web.live import stream_changes
from siappakai.web.paging import Page, read_paging
from siappakai.web.queries_releases import known_products
from siappakai.web.rollout_new import WHY_NOT

pages = Blueprint("rehearsals", __name__)
ACTS = {
    "jeda": (rehearsal_acts.pause, "Dijeda. Yang sedang digladikan diselesaikan."),
    "lanjut": (rehearsal_acts.resume, "Dilanjutkan."),
    "hentikan": (rehearsal_acts.stop, "Dihentikan. Yang sudah ada putusannya tetap tersimpan."),
}
FILTERS = {
    "merah": ("Merah", Verdict.RED),
    "kuning": ("Kuning", Verdict.YELLOW),
    "hijau": ("Hijau", Verdict.GREEN),
    "belum": ("Belum", Verdict.UNKNOWN),
}
ORDER = (Verdict.RED, Verdict.YELLOW, Verdict.UNKNOWN, Verdict.GREEN)
WHO = ("semua", "kecamatan", "desa")


@dataclass(frozen=True, slots=True)
class Wish:
    """What the form asks for, as typed."""

    release: str = ""
    who: str = "semua"
    districts: tuple[str, ...] = ()
    codes: str = ""
    at_once: str = "1"
    start: str = "sekarang"
    clock: str = "20:00"


@pages.get("/gladi")
def show_all() -> ResponseReturnValue:
    page = queries.recent_rehearsals(*read_paging(request.args))
    return render_template(
        "pages/rehearsals/list.html",
        page=page,
        tallies=queries.verdict_counts([each.id for each in page.rows]),
    )


@pages.get("/gladi/baru")
def ask() -> ResponseReturnValue:
    for_admins()
    product = request.args.get("aplikasi", "")
    release_id = request.args.get("rilis", "")
    if release_id.isascii() and release_id.isdigit() and len(release_id) < 10:
        product = get_release(int(release_id)).product
    return _new_page(product, Wish(release=release_id))


@pages.post("/gladi/baru")
def order() -> ResponseReturnValue:
    """Queue the rehearsal; what is wrong is told on the same page with what was typed."""
    product, wish = request.form.get("aplikasi", ""), _read_wish()
    try:
        release = _release(wish, product)
        found = order_rehearsal(
            product,
            release.id,
            _instances(wish, release),
            at_once=_at_once(wish.at_once),
            not_before_at=_not_before(wish),
            by=current_user.username,
        )
    except (InvalidInput, NotFound, Refused) as problem:
        db.session.rollback()
        return _new_page(product, wish, problem), problem.http_status
    flash("Gladi bersih diminta. Situsnya tetap melayani seperti biasa.", "success")
    return redirect(url_for("rehearsals.show", rehearsal_id=found), code=303)


def _read_wish() -> Wish:
    form = request.form
    who, start = form.get("siapa", ""), form.get("mulai", "")
    return Wish(
        release=form.get("rilis", ""),
        who=who if who in WHO else "semua",
        districts=tuple(form.getlist("kecamatan")),
        codes=form.get("kode", "")[:20_000],
        at_once=form.get("bersamaan", ""),
        start="nanti" if start == "nanti" else "sekarang",
        clock=form.get("jam", "").strip()[:5],
    )


def _release(wish: Wish, product: str) -> Release:
    text = wish.release
    if not (text.isascii() and text.isdigit()) or len(text) > 9:
        raise InvalidInput("Pilih dahulu rilisnya.")
    release = get_release(int(text))
    if release.product != product:
        raise InvalidInput("Rilis itu milik aplikasi lain.")
    return release


def _instances(wish: Wish, release: Release) -> list[int] | None:
    """Those that were named; of a district only those that the release could move."""
    if wish.who == "desa":
        codes = wish.codes.replace(",", " ").replace(";", " ").split()
        if not codes:
            raise InvalidInput("Tulis sedikitnya satu kode.")
        return find_instances(codes=codes, product=release.product)
    if wish.who == "kecamatan":
        if not wish.districts:
            raise InvalidInput("Pilih sedikitnya satu kecamatan.")
        ids = set(find_instances(districts=wish.districts, product=release.product))
        able = [each.id for each, why in why_none(release).items() if not why and each.id in ids]
        if not able:
            raise Refused("Tidak ada yang dapat digladikan di situ untuk rilis ini.")
        return able
    return None


def _at_once(text: str) -> int:
    if not (text.isascii() and text.isdigit()) or len(text) > 3:
        raise InvalidInput(f"Tulis berapa yang bersamaan, 1 sampai {MOST_AT_ONCE}.")
    return int(text)


def _not_before(wish: Wish) -> datetime | None:
    return next_time(wish.clock, utc_now(), zone_name()) if wish.start == "nanti" else None


def next_time(clock: str, now: datetime, zone: str) -> datetime:
    """The next time that it is this hour and minute by the regency's clock."""
    try:
        wanted = time.fromisoformat(clock.replace(".", ":"))
    except ValueError as error:
        raise InvalidInput("Jamnya tidak terbaca.", hint="Contoh: 20:00") from error
    local = now.astimezone(ZoneInfo(zone))
    at = local.replace(hour=wanted.hour, minute=wanted.minute, second=0, microsecond=0)
    return at if at > local else at + timedelta(days=1)


def _new_page(product: str, wish: Wish, problem: SiapPakaiError | None = None) -> str:
    products = known_products()
    name = product if product in products else products[0]
    heavy = (Release.components, Release.balance_toml, Release.notes)
    rows = db.session.scalars(
        select(Release).filter_by(product=name).options(*(defer(each) for each in heavy))
    )
    releases = sorted(rows, key=lambda each: version_key(each.version), reverse=True)
    able = [each for each in releases if each.is_installable and not is_pruned(each)]
    return render_template(
        "pages/rehearsals/new.html",
        products=products,
        product=name,
        releases=able,
        others=[
            (each, WHY_NOT.get(each.state, "citranya dipangkas"))
            for each in releases
            if each not in able
        ],
        districts=queries.districts_with(name),
        share=read_share(),
        wish=wish,
        most=MOST_AT_ONCE,
        problem=problem,
    )


# --- one rehearsal


@pages.get("/gladi/<int:rehearsal_id>")
def show(rehearsal_id: int) -> ResponseReturnValue:
    return render_template("pages/rehearsals/rehearsal.html", **_words(rehearsal_id))


@pages.get("/gladi/<int:rehearsal_id>/kemajuan")
def show_progress(rehearsal_id: int) -> ResponseReturnValue:
    return render_template("pages/rehearsals/progress.html", **_words(rehearsal_id))


@pages.get("/gladi/<int:rehearsal_id>/arus")
def stream_progress(rehearsal_id: int) -> ResponseReturnValue:
    queries.get_rehearsal(rehearsal_id)
    return stream_changes(partial(queries.rehearsal_stamp, rehearsal_id))


@pages.post("/gladi/<int:rehearsal_id>/jeda", defaults={"word": "jeda"})
@pages.post("/gladi/<int:rehearsal_id>/lanjut", defaults={"word": "lanjut"})
@pages.post("/gladi/<int:rehearsal_id>/hentikan", defaults={"word": "hentikan"})
def act(rehearsal_id: int, word: str) -> ResponseReturnValue:
    do, said = ACTS[word]
    do(rehearsal_id, by=current_user.username)
    flash(said, "success")
    return redirect(url_for("rehearsals.show", rehearsal_id=rehearsal_id), code=303)


@pages.post("/gladi/<int:rehearsal_id>/ulangi")
def retry(rehearsal_id: int) -> ResponseReturnValue:
    """One village with all of its database, or all that are red or without a verdict."""
    text = request.form.get("aplikasi", "")
    chosen = [int(text)] if text.isascii() and text.isdigit() and len(text) < 10 else None
    count = rehearsal_acts.retry(rehearsal_id, chosen, by=current_user.username)
    rehearsal = queries.get_rehearsal(rehearsal_id)
    stays = rehearsal_acts.STAYS.get(rehearsal.state, "")
    said = f"{number(count)} {home_word(rehearsal.product)} digladikan lagi. {stays}"
    flash(said.strip(), "success")
    return redirect(url_for("rehearsals.show", rehearsal_id=rehearsal_id), code=303)


def _words(rehearsal_id: int) -> dict[str, object]:
    queries.get_rehearsal(rehearsal_id)
    summary = summarise(rehearsal_id)
    rehearsal = queries.get_rehearsal(rehearsal_id)
    shown, text = request.args.get("hanya", ""), request.args.get("cari", "").strip()[:60]
    shown = shown if shown in FILTERS else ""
    page = _page_of(summary, shown, text)
    kept = {"hanya": shown, "cari": text, "hal": str(page.number) if page.number > 1 else ""}
    kept |= {"ukuran": str(page.size) if "ukuran" in request.args else ""}
    return {
        "rehearsal": rehearsal,
        "summary": summary,
        "page": page,
        "shown": shown,
        "text": text,
        "filters": FILTERS,
        "steps": queries.running_steps(rehearsal_id),
        "args": {name: value for name, value in kept.items() if value},
        "is_finished": not summary.is_going,
        "may_retry": _may_retry(summary),
    }


def _may_retry(summary: RehearsalSummary) -> bool:
    again = summary.counts.get(Verdict.RED, 0) + summary.counts.get(Verdict.UNKNOWN, 0)
    return summary.done > 0 and again > 0 and not summary.running and not summary.outdated


def _page_of(summary: RehearsalSummary, shown: str, text: str) -> Page:
    plain = text.lower()
    digits = plain.replace(".", "")
    lines: list[VillageLine] = [
        each
        for each in summary.lines
        if (not shown or each.verdict == FILTERS[shown][1])
        and (plain in each.name.lower() or (digits.isdigit() and each.code.startswith(digits)))
    ]
    lines.sort(key=lambda each: (not each.is_running, ORDER.index(each.verdict), each.code))
    at, size = read_paging(request.args)
    at = min(at, max(1, -(-len(lines) // size)))
    return Page(lines[(at - 1) * size : at * size], at, size, len(lines))
