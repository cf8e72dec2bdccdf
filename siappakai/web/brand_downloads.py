"""Unduhan: the kit from which the regency builds its own Android app."""

from __future__ import annotations

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue

from siappakai.branding.mobile_kit import KitWish, make_kit
from siappakai.branding.versions import find_latest
from siappakai.errors import InvalidInput, NotFound, Refused, SiapPakaiError
from siappakai.models import db
from siappakai.web import queries_brand as queries
from siappakai.web.brand_scope import read_choice

pages = Blueprint("downloads", __name__)


@pages.get("/wajah/unduhan")
def show() -> ResponseReturnValue:
    return _page()


@pages.get("/wajah/unduhan/ponsel.zip")
def give_kit() -> ResponseReturnValue:
    """The kit for the chosen place; what is missing is told beside the form."""
    choice = read_choice(request.args)
    try:
        wish = KitWish(
            package_id=request.args.get("paket", "")[:200],
            scope=choice.scope,
            app_name=request.args.get("nama", "")[:100],
            icon_background=request.args.get("latar", "").strip()[:7] or "#ffffff",
        )
        content = make_kit(wish)
    except (InvalidInput, Refused, NotFound) as problem:
        db.session.rollback()
        return _page(problem), problem.http_status
    name = f"aplikasi-ponsel-{choice.code or 'kabupaten'}.zip"
    return Response(
        content,
        content_type="application/zip",
        headers={"Content-Disposition": f"attachment; filename={name}"},
    )


def _page(problem: SiapPakaiError | None = None) -> str:
    choice = read_choice(request.args)
    return render_template(
        "pages/brand/downloads.html",
        choice=choice,
        districts=queries.districts(),
        version=find_latest(),
        typed=request.args,
        problem=problem,
    )
