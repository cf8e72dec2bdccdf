"""Tema: packages for OpenSID, what the check found in each, and who wears them."""

from __future__ import annotations

from functools import partial

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from siappakai.models import TaskKind
from siappakai.web import queries_brand as brand_queries
from siappakai.web import queries_brand_themes as queries
from siappakai.web import themes_deeds
from siappakai.web.brand_pictures import picture_answer
from siappakai.web.live import stream_changes
from siappakai.web.queries_releases import last_line, shown_tasks, tasks_stamp
from siappakai.web.themes_deeds import version_page

pages = Blueprint("themes", __name__)
pages.register_blueprint(themes_deeds.pages)


@pages.get("/tema")
def show_all() -> ResponseReturnValue:
    return render_template(
        "pages/themes/list.html", **_cards(), pending=brand_queries.pending_changes()
    )


@pages.get("/tema/kemajuan")
def show_progress() -> ResponseReturnValue:
    return render_template("pages/themes/cards.html", **_cards())


@pages.get("/tema/arus")
def stream_progress() -> ResponseReturnValue:
    return stream_changes(partial(tasks_stamp, kind=TaskKind.ADD_THEME))


def _cards() -> dict[str, object]:
    cards = queries.theme_cards()
    return {
        "cards": cards,
        "shipped": queries.OF_OPENSID,
        "counts": queries.use_counts(),
        "status_of": queries.status_of,
        "has_own": any(each.theme.slug == queries.SHIPPED for each in cards),
        "tasks": shown_tasks(kind=TaskKind.ADD_THEME),
        "last_line": last_line,
    }


@pages.get("/tema/<int:version_id>")
def show(version_id: int) -> ResponseReturnValue:
    return version_page(version_id)


@pages.get("/tema/<int:version_id>/gambar")
def give_picture(version_id: int) -> ResponseReturnValue:
    row = queries.get_theme_version(version_id)
    content, kind = queries.theme_picture(row)
    return picture_answer(content, kind, f"tema-{row.sha256}")
