"""Basis data gabungan: each combined database and the villages in it."""

from __future__ import annotations

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from siappakai.web import queries_groups as queries
from siappakai.web.paging import read_paging
from siappakai.web.queries_villages import newest_operations
from siappakai.web.status import instance_status

pages = Blueprint("database_groups", __name__, url_prefix="/basis-data")


@pages.get("")
def show_groups() -> ResponseReturnValue:
    page = queries.find_groups(*read_paging(request.args))
    return render_template("pages/database_groups/list.html", page=page)


@pages.get("/<int:group_id>")
def show_group(group_id: int) -> ResponseReturnValue:
    view = queries.get_group(group_id)
    page = queries.villages_of(view.group, *read_paging(request.args), view.village_count)
    ids = [instance.id for instance in page.rows]
    return render_template(
        "pages/database_groups/group.html",
        view=view,
        page=page,
        readers=queries.readers_of(view.group),
        newest=newest_operations(ids) if ids else {},
        status_of=instance_status,
    )
