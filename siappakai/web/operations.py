"""Pekerjaan: the list of operations, and trying one again."""

from __future__ import annotations

from functools import partial

from flask import Blueprint, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from siappakai.errors import NotFound
from siappakai.models import Operation, OperationKind, db
from siappakai.provision.retry import retry_operation
from siappakai.web import queries_operations as queries
from siappakai.web.auth import own_path
from siappakai.web.instances import home_address
from siappakai.web.live import stream_changes
from siappakai.web.paging import read_paging

pages = Blueprint("operations", __name__)


@pages.get("/operasi")
def show_operations() -> ResponseReturnValue:
    return render_template("pages/operations.html", **_words())


@pages.get("/operasi/kemajuan")
def show_progress() -> ResponseReturnValue:
    return render_template("components/operations_list.html", **_words())


@pages.get("/operasi/arus")
def stream_progress() -> ResponseReturnValue:
    return stream_changes(partial(queries.operations_stamp, queries.read_filter(request.args)))


def _words() -> dict[str, object]:
    wanted = queries.read_filter(request.args)
    number, size = read_paging(request.args)
    return {
        "wanted": wanted,
        "page": queries.find_operations(wanted, number, size),
        "live_args": wanted.as_args() | {"hal": number, "ukuran": size},
        "is_finished": queries.operations_stamp(wanted).is_finished,
        "kinds": list(OperationKind),
        "states": queries.STATES,
        "args": request.args,
    }


@pages.post("/operasi/<int:operation_id>/coba-lagi")
def retry(operation_id: int) -> ResponseReturnValue:
    operation = db.session.get(Operation, operation_id)
    if operation is None:
        raise NotFound("Pekerjaan itu tidak ada.")
    back = own_path(request.form.get("kembali", "")) or home_address(operation.instance)
    retry_operation(operation_id, by=current_user.username)
    flash("Dicoba lagi; lanjut dari langkah yang belum selesai.", "success")
    return redirect(back, code=303)
