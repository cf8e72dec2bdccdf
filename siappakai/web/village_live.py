"""The live part of a village's page: the fragment and the stream that says it changed."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from siappakai.web.live import stream_changes
from siappakai.web.queries_instances import instances_stamp
from siappakai.web.queries_village import get_village
from siappakai.web.villages import village_words

pages = Blueprint("village_live", __name__)


@pages.get("/desa/<code>/kemajuan")
def show_progress(code: str) -> ResponseReturnValue:
    return render_template("components/village_progress.html", **village_words(code))


@pages.get("/desa/<code>/arus")
def stream_progress(code: str) -> ResponseReturnValue:
    digits = get_village(code).code
    return stream_changes(lambda: instances_stamp(get_village(digits)))
