"""One operation: trying it again."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from siappakai.errors import NotFound
from siappakai.models import Operation, db
from siappakai.provision.retry import retry_operation
from siappakai.web.auth import own_path

pages = Blueprint("operations", __name__)


@pages.post("/operasi/<int:operation_id>/coba-lagi")
def retry(operation_id: int) -> ResponseReturnValue:
    operation = db.session.get(Operation, operation_id)
    if operation is None:
        raise NotFound("Pekerjaan itu tidak ada.")
    back = own_path(request.form.get("kembali", ""))
    code = operation.instance.scope_code
    retry_operation(operation_id, by=current_user.username)
    flash("Dicoba lagi; lanjut dari langkah yang belum selesai.", "success")
    return redirect(back or url_for("villages.show_village", code=code), code=303)
