"""Kalender: days without work, and what the regency has set for all its rollouts."""

from __future__ import annotations

from datetime import date, timedelta

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy import select

from siappakai.errors import InvalidInput, NotFound, Refused, SiapPakaiError
from siappakai.models import CalendarDay, DayKind, db
from siappakai.provision.policies import today
from siappakai.rollout import holidays, rules
from siappakai.rollout.draft import channel_days
from siappakai.rollout.policy import WEEKDAYS
from siappakai.rollout.words import MONTHS
from siappakai.web.formatting import number

pages = Blueprint("calendar", __name__)
KINDS = {
    DayKind.HOLIDAY: ("Libur nasional", "red"),
    DayKind.JOINT_LEAVE: ("Cuti bersama", "orange"),
    DayKind.FREEZE: ("Beku", "blue"),
}
FURTHEST = timedelta(days=3 * 366)


@pages.get("/kalender")
def show() -> ResponseReturnValue:
    return _page()


@pages.post("/kalender/beku")
def add_freeze() -> ResponseReturnValue:
    try:
        first = _day(request.form.get("tanggal", ""))
        last = _day(request.form.get("sampai") or request.form.get("tanggal", ""))
        days = _span(first, last)
        for day in days:
            holidays.add_freeze(day, request.form.get("sebab", ""), by=current_user.username)
    except InvalidInput as problem:
        db.session.rollback()
        return _page(freeze_problem=problem), 422
    flash(f"{number(len(days))} hari beku ditambahkan.", "success")
    return redirect(url_for("calendar.show"), code=303)


def _span(first: date, last: date) -> list[date]:
    if not 0 <= (last - first).days <= 60:
        raise InvalidInput("Hari terakhir harus sesudah hari pertama, paling jauh 60 hari.")
    if first < today() or last - today() > FURTHEST:
        raise InvalidInput("Pilih hari ini atau sesudahnya, paling jauh tiga tahun.")
    return [first + timedelta(days=each) for each in range((last - first).days + 1)]


@pages.post("/kalender/hapus")
def remove() -> ResponseReturnValue:
    day = _day(request.form.get("tanggal", ""))
    holiday = holidays.remove_day(day, by=current_user.username)
    if holiday:
        flash(f"Hari beku dihapus; {holiday} tetap hari libur.", "success")
    else:
        said = "dihapus dari kalender; peluncuran boleh mulai hari itu."
        flash(f"{spoken_day(day)} {said}", "success")
    return redirect(url_for("calendar.show"), code=303)


@pages.post("/kalender/bawaan")
def load_shipped() -> ResponseReturnValue:
    return _loaded(holidays.load_shipped(by=current_user.username))


@pages.post("/kalender/unggah")
def upload() -> ResponseReturnValue:
    """Load a list of days; with one bad row nothing is kept, and every bad row is told."""
    sent = request.files.get("berkas")
    try:
        if sent is None or not sent.filename:
            raise InvalidInput("Pilih berkasnya dahulu.")
        replaces = request.form.get("ganti") == "ya"
        done = holidays.load_file(
            sent.filename[-255:], sent.read(), by=current_user.username, replace=replaces
        )
    except (InvalidInput, NotFound, Refused) as problem:
        db.session.rollback()
        return _page(file_problem=problem), problem.http_status
    return _loaded(done)


def _loaded(done: holidays.Loaded) -> ResponseReturnValue:
    kept = f" {done.kept} hari beku Anda dibiarkan." if done.kept else ""
    flash(
        f"Kalender dimuat: {number(done.added)} hari baru, {number(done.changed)} berubah, "
        f"{number(done.removed)} dihapus.{kept}",
        "success",
    )
    return redirect(url_for("calendar.show"), code=303)


@pages.post("/kalender/pengaturan")
def change_rules() -> ResponseReturnValue:
    try:
        days = {name: _days(request.form.get(f"jeda_{name}", "")) for name in channel_days()}
        changed = rules.set_rules(
            second_approver=request.form.get("orang_kedua") == "ya",
            days=days,
            by=current_user.username,
        )
    except InvalidInput as problem:
        db.session.rollback()
        return _page(rules_problem=problem), 422
    flash("Pengaturan disimpan." if changed else "Tidak ada yang berubah.", "success")
    return redirect(url_for("calendar.show"), code=303)


def _page(
    *,
    freeze_problem: SiapPakaiError | None = None,
    file_problem: SiapPakaiError | None = None,
    rules_problem: SiapPakaiError | None = None,
) -> str:
    now, since = today(), request.args.get("semua") == "1"
    query = select(CalendarDay).order_by(CalendarDay.day)
    days = list(db.session.scalars(query if since else query.where(CalendarDay.day >= now)))
    typed = {name: request.form.get(f"jeda_{name}") for name in channel_days()}
    return render_template(
        "pages/calendar/calendar.html",
        days=days,
        today=now,
        shows_all=since,
        today_is=next((each for each in days if each.day == now), None),
        kinds=KINDS,
        spoken=spoken_day,
        second_approver=request.form.get("orang_kedua") == "ya"
        if rules_problem
        else rules.wants_second_approver(),
        admins=rules.admin_count(),
        delays={name: typed[name] or days for name, days in channel_days().items()},
        typed=request.form,
        freeze_problem=freeze_problem,
        file_problem=file_problem,
        rules_problem=rules_problem,
    )


def spoken_day(day: date) -> str:
    """`Jumat, 25 Desember 2026`."""
    return f"{WEEKDAYS[day.weekday()]}, {day.day} {MONTHS[day.month - 1]} {day.year}"


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text.strip())
    except ValueError as error:
        raise InvalidInput("Tanggalnya tidak terbaca.", hint="Contoh: 2026-12-31") from error


def _days(text: str) -> int:
    plain = text.strip()
    if not (plain.isascii() and plain.isdigit()) or len(plain) > 4:
        raise InvalidInput("Tulis jeda kanal sebagai bilangan hari, misalnya 14.")
    return int(plain)
