"""A batch at work: its page, the part that changes, and the stream that says when."""

from __future__ import annotations

from functools import partial

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from siappakai.provision.lifecycle import STEP_LABELS
from siappakai.provision.progress import batch_progress
from siappakai.web import queries_batches as queries
from siappakai.web.live import stream_changes
from siappakai.web.paging import read_paging

pages = Blueprint("batch_live", __name__)


@pages.get("/batch/<int:batch_id>")
def show_batch(batch_id: int) -> ResponseReturnValue:
    return render_template("pages/batch.html", **batch_words(batch_id))


@pages.get("/batch/<int:batch_id>/kemajuan")
def show_progress(batch_id: int) -> ResponseReturnValue:
    return render_template("components/batch_progress.html", **batch_words(batch_id))


@pages.get("/batch/<int:batch_id>/arus")
def stream_progress(batch_id: int) -> ResponseReturnValue:
    queries.get_batch(batch_id)
    return stream_changes(partial(queries.batch_stamp, batch_id))


def batch_words(batch_id: int) -> dict[str, object]:
    """Everything the page of a batch, and its live part, shows."""
    counts = queries.batch_counts(batch_id)
    wanted = _filter(counts)
    number, size = read_paging(request.args)
    kept = {
        "hanya": wanted.state,
        "aplikasi": wanted.product,
        "hal": str(number) if number > 1 else "",
        "ukuran": str(size) if "ukuran" in request.args else "",
    }
    return {
        "batch": queries.get_batch(batch_id),
        "progress": batch_progress(batch_id),
        "page": queries.batch_operations(batch_id, wanted, number, size),
        "wanted": wanted,
        "counts": counts,
        "states": queries.WORK_STATES,
        "step_labels": STEP_LABELS,
        "args": {name: value for name, value in kept.items() if value},
    }


def _filter(counts: dict[str, dict[str, int]]) -> queries.WorkFilter:
    state, product = request.args.get("hanya", ""), request.args.get("aplikasi", "")
    return queries.WorkFilter(
        state if state in queries.WORK_STATES else "", product if product in counts else ""
    )
