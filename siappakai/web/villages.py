"""Data Desa: the list, its export, and the page of one village."""

from __future__ import annotations

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue

from siappakai.branding.values import shown
from siappakai.errors import NotFound
from siappakai.models import Instance
from siappakai.provision.lifecycle import STEP_LABELS
from siappakai.web import queries_village, queries_villages
from siappakai.web.brand_village import village_brand
from siappakai.web.export import rows_as_csv, rows_as_xlsx
from siappakai.web.formatting import product_rank
from siappakai.web.queries_instances import instance_views
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
        in_order=in_order,
        statuses=queries_villages.STATUSES,
        districts=queries_villages.districts(),
        releases=queries_villages.known_releases(),
        products=queries_villages.known_products(),
    )


def in_order(instances: list[Instance]) -> list[Instance]:
    """A village's instances in the order people think of them."""
    return sorted(instances, key=lambda each: product_rank(each.product))


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
    village = queries_village.get_village(code)
    return render_template(
        "pages/village.html",
        **village_words(code),
        subscription=subscription_of(village),
        brand=village_brand(village),
        shown=shown,
    )


def village_words(code: str) -> dict[str, object]:
    """Everything the page of a village, and its live part, shows."""
    village = queries_village.get_village(code)
    return {
        "village": village,
        "views": instance_views(village),
        "step_labels": STEP_LABELS,
    }
