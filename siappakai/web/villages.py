"""Data Desa: the list, its export, and the page of one village."""

from __future__ import annotations

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from siappakai.errors import InvalidInput, NotFound
from siappakai.models import Instance, append_event, db, transaction
from siappakai.products.opensid import FIRST_ADMIN
from siappakai.provision.lifecycle import STEP_LABELS
from siappakai.vault import find_secret
from siappakai.web import queries_village, queries_villages
from siappakai.web.export import rows_as_csv, rows_as_xlsx
from siappakai.web.htmx import is_htmx
from siappakai.web.queries_subscriptions import subscription_of
from siappakai.web.status import instance_status

pages = Blueprint("villages", __name__)
SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@pages.get("/desa")
def show_villages() -> ResponseReturnValue:
    wanted = queries_villages.read_filter(request.args)
    page = queries_villages.find_villages(wanted, request.args)
    instance_ids = [i.id for village in page.rows for i in village.instances]
    newest = queries_villages.newest_operations(instance_ids) if instance_ids else {}
    return render_template(
        "pages/villages.html",
        page=page,
        wanted=wanted,
        args=request.args,
        newest=newest,
        status_of=instance_status,
        statuses=queries_villages.STATUSES,
        districts=queries_villages.districts(),
        releases=queries_villages.known_releases(),
    )


@pages.get("/desa/ekspor.<form>")
def export_villages(form: str) -> ResponseReturnValue:
    if form not in {"csv", "xlsx"}:
        raise NotFound("Bentuk ekspor itu tidak ada.", hint="Pilih csv atau xlsx.")
    rows = queries_villages.export_rows(queries_villages.read_filter(request.args))
    made = rows_as_csv(rows) if form == "csv" else rows_as_xlsx(rows)
    kind = "text/csv; charset=utf-8" if form == "csv" else SHEET
    return Response(
        made,
        content_type=kind,
        headers={"Content-Disposition": f"attachment; filename=data-desa.{form}"},
    )


@pages.get("/desa/<code>")
def show_village(code: str) -> ResponseReturnValue:
    subscription = subscription_of(queries_village.get_village(code))
    return render_template("pages/village.html", **village_words(code), subscription=subscription)


def village_words(code: str) -> dict[str, object]:
    """Everything the page of a village, and its live part, shows."""
    village = queries_village.get_village(code)
    return {
        "village": village,
        "views": queries_village.instance_views(village),
        "step_labels": STEP_LABELS,
    }


@pages.post("/instansi/<int:instance_id>/sandi-admin")
def show_admin_password(instance_id: int) -> ResponseReturnValue:
    """The first admin's password, shown once it is asked for; who asked is recorded first."""
    instance = db.session.get(Instance, instance_id)
    if instance is None:
        raise NotFound("Aplikasi itu tidak ada.")
    if request.form.get("yakin") != "ya":
        raise InvalidInput(
            "Centang dahulu pernyataannya.", hint="Lalu tekan Tampilkan sekali lagi."
        )
    password = find_secret(f"instance:{instance_id}", "admin_password")
    if password is None:
        raise NotFound(
            "Belum ada kata sandi admin pertama.",
            hint="Kata sandi dibuat saat pemasangan berjalan.",
        )
    village_code = instance.village_code
    with transaction():
        append_event(
            "admin_password_shown",
            f"instance:{instance_id}",
            by=current_user.username,
            village=village_code or "",
        )
    part = "components/admin_password.html" if is_htmx() else "pages/admin_password.html"
    return render_template(
        part, username=FIRST_ADMIN, password=password.reveal(), village_code=village_code
    )
