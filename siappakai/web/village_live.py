"""The live part of a village's page: the fragment and the stream that says it changed."""

from __future__ import annotations

from functools import partial

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from siappakai.web.live import stream_changes
from siappakai.web.queries_village import get_village, village_stamp
from siappakai.web.villages import village_words

pages = Blueprint("village_live", __name__)


@pages.get("/desa/<code>/kemajuan")
def show_progress(code: str) -> ResponseReturnValue:
    return render_template("components/village_progress.html", **village_words(code))


@pages.get("/desa/<code>/arus")
def stream_progress(code: str) -> ResponseReturnValue:
    return stream_changes(partial(village_stamp, get_village(code).code))
