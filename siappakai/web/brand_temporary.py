"""Lapisan sementara: what lies over everything for some days, and comes and goes by itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from siappakai.branding.edits import Temporary, add_temporary, remove_temporary
from siappakai.branding.schedule import election, independence_day, mourning
from siappakai.branding.values import VALUES, check_value, shown
from siappakai.branding.versions import local_zone
from siappakai.errors import InvalidInput, NotFound, Refused, SiapPakaiError
from siappakai.models import Event, db, utc_now
from siappakai.web import queries_brand as queries
from siappakai.web.brand_fields import theme_options
from siappakai.web.brand_scope import read_choice
from siappakai.web.errors import for_admins
from siappakai.web.event_words import describe_event
from siappakai.web.formatting import zone_word
from siappakai.web.queries_brand import TemporaryRow

pages = Blueprint("temporary", __name__)
KEYS = (
    *("ribbon_kind", "ribbon_text", "primary_colour", "secondary_colour", "accent_colour"),
    *("footer_text", "theme"),
)
TEMPLATES = {
    "hut-ri": ("HUT RI", "Pita merah putih, 1 sampai 31 Agustus."),
    "berkabung": ("Berkabung", "Pita hitam selama tiga hari."),
    "pemilu": ("Netralitas pemilu", "Pita netral selama masa kampanye dan pemungutan suara."),
    "kosong": ("Mulai dari kosong", "Isi sendiri apa yang berubah dan kapan."),
}
SHOWN_EVENTS = 30


@dataclass(frozen=True, slots=True)
class TemporaryForm:
    """What stands in the form of a new one, as typed."""

    kind: str
    title: str
    starts: str
    ends: str
    values: dict[str, str]
    is_free: bool = False


@pages.get("/wajah/sementara")
def show_all() -> ResponseReturnValue:
    rows, now = queries.temporary_rows(), utc_now()
    return render_template(
        "pages/brand/temporary.html",
        groups=_grouped(rows),
        returns=[each for each in rows if each.layer.is_return],
        now=now,
        events=_events(),
        describe=describe_event,
        templates=TEMPLATES,
        values=VALUES,
        shown=shown,
        pending=queries.pending_changes(),
    )


def _grouped(rows: list[TemporaryRow]) -> list[tuple[str, list[TemporaryRow]]]:
    now = utc_now()
    timed = [each for each in rows if not each.layer.is_return]
    running = [each for each in timed if each.layer.runs_at(now)]
    coming = [each for each in timed if each.layer.starts_at and each.layer.starts_at > now]
    past = [each for each in timed if each not in running and each not in coming]
    named = (("Berlaku sekarang", running), ("Akan datang", coming), ("Sudah lewat", past))
    return [(title, some) for title, some in named if some]


def _events() -> list[Event]:
    query = (
        db.select(Event)
        .where(
            Event.word.in_(("brand_layer_changed", "brand_schedule_due")),
            Event.subject.like("brand:sementara:%") | (Event.word == "brand_schedule_due"),
        )
        .order_by(Event.id.desc())
        .limit(SHOWN_EVENTS)
    )
    return list(db.session.scalars(query))


@pages.get("/wajah/sementara/baru")
def ask_new() -> ResponseReturnValue:
    for_admins()
    kind = request.args.get("jenis", "")
    return _new_page(_from_template(kind if kind in TEMPLATES else "kosong"))


@pages.post("/wajah/sementara/baru")
def add() -> ResponseReturnValue:
    """Keep it; with anything wrong all that was typed stays."""
    form = _typed()
    try:
        edit = add_temporary(_wanted(form), by=current_user.username)
    except (InvalidInput, Refused, NotFound) as problem:
        db.session.rollback()
        return _new_page(form, problem), problem.http_status
    flash(
        "Lapisan sementara disimpan. Terapkan sekali; sesudah itu ia datang dan pergi sendiri.",
        "success",
    )
    for each in edit.notes:
        flash(each, "info")
    return redirect(url_for("brand.temporary.show_all"), code=303)


def _wanted(form: TemporaryForm) -> Temporary:
    values = {key: check_value(key, text) for key, text in form.values.items() if text}
    return Temporary(
        title=form.title,
        values=values,
        starts_at=_moment(form.starts, "Mulai"),
        ends_at=_moment(form.ends, "Berakhir"),
        scope=read_choice(request.form).scope,
        free=frozenset(values) if form.is_free else frozenset(),
    )


def _moment(text: str, label: str) -> datetime:
    """The moment that this is by the regency's clock."""
    try:
        typed = datetime.fromisoformat(text)
    except ValueError as error:
        raise InvalidInput(
            f"{label}: tanggal dan jamnya tidak terbaca.", hint="Contoh: 2026-08-01T00:00"
        ) from error
    return typed.replace(tzinfo=local_zone())


def _typed() -> TemporaryForm:
    form = request.form
    return TemporaryForm(
        kind=form.get("jenis", "kosong"),
        title=form.get("judul", "")[:200],
        starts=form.get("mulai", "").strip()[:20],
        ends=form.get("berakhir", "").strip()[:20],
        values={key: form.get(key, "").strip()[:400] for key in KEYS},
        is_free=form.get("bebas") == "ya",
    )


def _from_template(kind: str) -> TemporaryForm:
    zone = local_zone()
    today = utc_now().astimezone(zone).date()
    if kind == "kosong":
        return TemporaryForm(kind, "", "", "", dict.fromkeys(KEYS, ""))
    year = today.year if today <= date(today.year, 8, 31) else today.year + 1
    made = {
        "hut-ri": lambda: independence_day(year, zone),
        "berkabung": lambda: mourning(today, zone=zone),
        "pemilu": lambda: election(today, today + timedelta(days=90), zone),
    }[kind]()
    values = {key: made.values.get(key, "") for key in KEYS}
    starts, ends = (
        each.astimezone(zone).strftime("%Y-%m-%dT%H:%M") for each in (made.starts_at, made.ends_at)
    )
    return TemporaryForm(kind, made.title, starts, ends, values)


def _new_page(form: TemporaryForm, problem: SiapPakaiError | None = None) -> str:
    return render_template(
        "pages/brand/temporary_new.html",
        form=form,
        templates=TEMPLATES,
        values=[VALUES[key] for key in KEYS],
        themes=theme_options(form.values["theme"]),
        choice=read_choice(request.form),
        districts=queries.districts(),
        zone=zone_word(utc_now().astimezone(local_zone())),
        problem=problem,
    )


# --- taking one away


@pages.get("/wajah/sementara/<int:layer_id>/akhiri")
def ask_end(layer_id: int) -> ResponseReturnValue:
    for_admins()
    return render_template(
        "pages/brand/temporary_end.html",
        row=_row(layer_id),
        now=utc_now(),
        shown=shown,
        values=VALUES,
    )


@pages.post("/wajah/sementara/<int:layer_id>/akhiri")
def end(layer_id: int) -> ResponseReturnValue:
    """It leaves the draft; who wears it takes it off with the next application."""
    layer = _row(layer_id).layer
    runs = layer.runs_at(utc_now())
    remove_temporary(layer.scope, layer.title, by=current_user.username)
    if not runs:
        flash(f"«{layer.title}» dihapus.", "success")
        return redirect(url_for("brand.temporary.show_all"), code=303)
    flash(f"«{layer.title}» diakhiri. Terapkan sekarang agar situs melepasnya.", "success")
    return redirect(url_for("brand.apply.show"), code=303)


def _row(layer_id: int) -> TemporaryRow:
    for each in queries.temporary_rows():
        if each.id == layer_id:
            return each
    raise NotFound("Lapisan sementara itu tidak ada lagi.")
