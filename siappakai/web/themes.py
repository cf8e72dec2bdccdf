"""Tema: packages for OpenSID, what the check found in each, and who wears them."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from siappakai.themes.keep import reference_of
from siappakai.web import queries_brand as brand_queries
from siappakai.web import queries_brand_themes as queries
from siappakai.web import themes_deeds
from siappakai.web.brand_pictures import picture_answer
from siappakai.web.themes_deeds import version_page

pages = Blueprint("themes", __name__)
pages.register_blueprint(themes_deeds.pages)


@pages.get("/tema")
def show_all() -> ResponseReturnValue:
    cards = queries.theme_cards()
    return render_template(
        "pages/themes/list.html",
        cards=cards,
        shipped=queries.OF_OPENSID,
        counts=queries.use_counts(),
        states=queries.STATES,
        has_own=any(each.theme.slug == queries.SHIPPED for each in cards),
        pending=brand_queries.pending_changes(),
    )


@pages.get("/tema/<int:version_id>")
def show(version_id: int) -> ResponseReturnValue:
    return version_page(version_id)


@pages.get("/tema/<int:version_id>/gambar")
def give_picture(version_id: int) -> ResponseReturnValue:
    row = queries.get_theme_version(version_id)
    content, kind = queries.theme_picture(row)
    return picture_answer(content, kind, f"tema-{row.sha256}")


@pages.app_template_filter("theme_reference")
def theme_reference(row: object) -> str:
    return reference_of(row)  # type: ignore[arg-type]
