"""Langganan: tokens come in, are checked, kept and watched; no page ever shows a token."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any
from uuid import UUID, uuid4

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from siappakai.errors import InvalidInput
from siappakai.intake.read import read_table
from siappakai.provision.order import push_tokens
from siappakai.subscriptions.checks import (
    KeepResult,
    discard_check,
    get_check,
    save_check,
    start_check,
)
from siappakai.subscriptions.expiry import written_date
from siappakai.subscriptions.keep import return_token
from siappakai.subscriptions.lines import Line, lines_of_table, lines_of_text
from siappakai.web import queries_subscriptions as queries
from siappakai.web.formatting import number
from siappakai.web.queries_village import get_village

pages = Blueprint("subscriptions", __name__, url_prefix="/langganan")
LONGEST_PASTE_BYTES = 8 * 1024 * 1024


@pages.url_value_preprocessor
def allow_long_paste(_endpoint: str | None, _values: dict[str, Any] | None) -> None:
    """Hundreds of tokens exceed the usual form; set here, before the form token is looked for."""
    request.max_form_memory_size = LONGEST_PASTE_BYTES


@pages.app_template_filter("written_date")
def show_date(day: date | None) -> str:
    """`31 Juli 2026`."""
    return written_date(day)


@pages.get("")
def show_list() -> ResponseReturnValue:
    wanted = queries.read_filter(request.args)
    return render_template(
        "pages/subscriptions/list.html",
        page=queries.find_subscriptions(wanted, request.args),
        wanted=wanted,
        args=request.args,
        states=queries.STATES,
        notices=queries.expiry_notices(),
        to_push=queries.to_push_count(),
    )


@pages.get("/tambah")
def show_form() -> ResponseReturnValue:
    return _form(_only_code(request.args.get("desa", "")))


@pages.post("/tambah")
def take_text() -> ResponseReturnValue:
    """Check pasted tokens."""
    return _take(lambda: lines_of_text(request.form.get("token", "")), "text_problem")


@pages.post("/berkas")
def take_file() -> ResponseReturnValue:
    """Check the tokens of a sheet; the file itself is never kept."""
    return _take(_lines_of_file, "file_problem")


@pages.get("/periksa/<uuid:check_id>")
def show_check(check_id: UUID) -> ResponseReturnValue:
    check = get_check(str(check_id), by=current_user.username)
    counts = queries.outcome_counts(check.id)
    outcome = request.args.get("hasil", "")
    outcome = outcome if outcome in counts else ""
    return render_template(
        "pages/subscriptions/check.html",
        check=check,
        counts=counts,
        total=sum(counts.values()),
        outcome=outcome,
        outcomes=queries.OUTCOMES,
        page=queries.checked_lines(check, outcome, request.args),
        shorter=queries.shorter_lines(check),
    )


@pages.post("/periksa/<uuid:check_id>/simpan")
def save(check_id: UUID) -> ResponseReturnValue:
    ticked = {int(each) for each in request.form.getlist("pendek") if _is_number(each)}
    by = current_user.username
    only_code = get_check(str(check_id), by=by).only_code
    _tell_result(save_check(str(check_id), by=by, shorter=ticked))
    return redirect(_after(only_code), code=303)


@pages.post("/periksa/<uuid:check_id>/batal")
def discard(check_id: UUID) -> ResponseReturnValue:
    by = current_user.username
    only_code = get_check(str(check_id), by=by).only_code
    discard_check(str(check_id), by=by)
    flash("Dibatalkan. Token yang baru diperiksa sudah dibuang.", "info")
    return redirect(_after(only_code), code=303)


@pages.post("/<code>/kembalikan")
def bring_back(code: str) -> ResponseReturnValue:
    """The village's token before the last change comes back."""
    village = get_village(code)
    if request.form.get("yakin") != "ya":
        raise InvalidInput(
            "Centang dahulu pernyataannya.", hint="Lalu tekan Kembalikan sekali lagi."
        )
    facts = return_token(village.code, by=current_user.username)
    flash(
        f"Token sebelumnya dipakai lagi, berlaku sampai {written_date(facts.ends_on)}.", "success"
    )
    return redirect(url_for("villages.show_village", code=village.code), code=303)


@pages.post("/kirim")
def push_all() -> ResponseReturnValue:
    """Queue every waiting token; the list of those operations follows."""
    _tell_pushed(push_tokens(by=current_user.username))
    return redirect(url_for("operations.show_operations", jenis="token"), code=303)


@pages.post("/<code>/kirim")
def push_one(code: str) -> ResponseReturnValue:
    """Queue the token for the village's waiting applications; its page shows them at work."""
    village = get_village(code).code
    _tell_pushed(push_tokens(village, by=current_user.username))
    return redirect(url_for("villages.show_village", code=village), code=303)


def _tell_pushed(operation_ids: list[int]) -> None:
    if operation_ids:
        flash(f"Token sedang dikirim ke {number(len(operation_ids))} aplikasi.", "success")
    else:
        flash(
            "Tidak ada yang dikirim: semua sudah menerimanya, atau sedang dikerjakan.",
            "info",
        )


def _take(read_lines: Callable[[], list[Line]], problem_name: str) -> ResponseReturnValue:
    check_id, only_code = _check_id(), _only_code(request.form.get("desa", ""))
    try:
        lines = read_lines()
    except InvalidInput as problem:
        return _form(only_code, check_id, **{problem_name: problem}), 422
    check = start_check(check_id, lines, by=current_user.username, only_code=only_code)
    return redirect(url_for("subscriptions.show_check", check_id=check.id), code=303)


def _lines_of_file() -> list[Line]:
    sent = request.files.get("berkas")
    if sent is None or not sent.filename:
        raise InvalidInput("Pilih berkasnya dahulu.")
    return lines_of_table(read_table("", sent.read()))


def _form(only_code: str, check_id: str = "", **problems: InvalidInput) -> str:
    """The empty form; what was typed is never sent back."""
    return render_template(
        "pages/subscriptions/form.html",
        check_id=check_id or str(uuid4()),
        village=get_village(only_code) if only_code else None,
        **problems,
    )


def _only_code(written: str) -> str:
    return get_village(written).code if written else ""


def _check_id() -> str:
    """The form's own id, so that sending it twice makes one check; InvalidInput if it is odd."""
    try:
        return str(UUID(request.form.get("check_id", "")))
    except ValueError as error:
        raise InvalidInput(
            "Formulir ini tidak lengkap.", hint="Muat ulang halamannya, lalu kirim lagi."
        ) from error


def _after(only_code: str) -> str:
    if only_code:
        return url_for("villages.show_village", code=only_code)
    return url_for("subscriptions.show_list")


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 8


def _tell_result(done: KeepResult) -> None:
    if done.already_saved:
        flash("Pemeriksaan ini sudah disimpan sebelumnya; tidak ada yang diulang.", "info")
        return
    left = (
        (done.same, "sudah tersimpan"),
        (done.shorter_left, "lebih pendek dan tidak dicentang"),
        (done.outdated, "berubah sejak diperiksa"),
        (done.wrong, "salah"),
    )
    others = ", ".join(f"{number(count)} {why}" for count, why in left if count)
    flash(
        f"{number(done.kept)} token disimpan." + (f" Tidak disimpan: {others}." if others else ""),
        "success" if done.kept else "info",
    )
