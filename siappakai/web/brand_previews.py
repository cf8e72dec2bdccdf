"""Pratinjau: real pages of a few villages before and after, before anyone else sees them."""

from __future__ import annotations

import hashlib

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from siappakai.branding.preview import (
    MOST_INSTANCES,
    drop_preview,
    order_preview,
    picture_file,
    preview_matrix,
    proposed_samples,
    recent_previews,
)
from siappakai.branding.preview_matrix import PreviewCell, PreviewMatrix
from siappakai.branding.versions import freeze_now, get_version
from siappakai.errors import InvalidInput, NotFound, Refused, SiapPakaiError
from siappakai.models import BrandVersion, db
from siappakai.web import queries_brand as queries
from siappakai.web.brand_pictures import picture_answer
from siappakai.web.errors import for_admins
from siappakai.web.live import Stamp, stream_changes

pages = Blueprint("previews", __name__)
MOST_PICTURE_BYTES = 12_000_000
KINDS = {b"\x89PNG": "image/png", b"\xff\xd8\xff": "image/jpeg", b"RIFF": "image/webp"}


@pages.get("/wajah/pratinjau")
def show_all() -> ResponseReturnValue:
    return render_template("pages/brand/previews.html", previews=recent_previews())


@pages.get("/wajah/pratinjau/baru")
def ask_new() -> ResponseReturnValue:
    for_admins()
    return _new_page()


@pages.post("/wajah/pratinjau/baru")
def order() -> ResponseReturnValue:
    """Freeze the look as it is now (or take a named version) and have it pictured."""
    try:
        ids = [int(each) for each in request.form.getlist("aplikasi") if _is_number(each)]
        if not ids:
            raise InvalidInput("Pilih sedikitnya satu desa.")
        by = current_user.username
        version = _version() or freeze_now("Untuk pratinjau", by=by)
        preview_id = order_preview(
            version.id, ids, by=by, is_whole=request.form.get("utuh") == "ya"
        )
    except (InvalidInput, Refused, NotFound) as problem:
        db.session.rollback()
        return _new_page(problem), problem.http_status
    flash("Gambarnya sedang dibuat. Tidak ada situs yang berubah.", "success")
    return redirect(url_for("brand.previews.show", preview_id=preview_id), code=303)


def _version() -> BrandVersion | None:
    text = request.values.get("versi", "")
    if not text:
        return None
    if not _is_number(text):
        raise NotFound("Versi wajah itu tidak ada.")
    return get_version(int(text))


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 10


def _new_page(problem: SiapPakaiError | None = None) -> str:
    chosen = set(request.form.getlist("aplikasi")) if request.method == "POST" else None
    samples = proposed_samples()
    ids = [one for each in samples for one in each.candidate.instance_ids]
    return render_template(
        "pages/brand/preview_new.html",
        samples=samples,
        products=queries.products_of(ids),
        chosen=chosen,
        version=_version(),
        pending=queries.pending_changes(),
        is_whole=request.form.get("utuh") == "ya",
        most=MOST_INSTANCES,
        problem=problem,
    )


@pages.get("/wajah/pratinjau/<int:preview_id>")
def show(preview_id: int) -> ResponseReturnValue:
    return render_template("pages/brand/preview.html", **_words(preview_id))


@pages.get("/wajah/pratinjau/<int:preview_id>/kemajuan")
def show_progress(preview_id: int) -> ResponseReturnValue:
    return render_template("pages/brand/preview_matrix.html", **_words(preview_id))


@pages.get("/wajah/pratinjau/<int:preview_id>/arus")
def stream_progress(preview_id: int) -> ResponseReturnValue:
    preview_matrix(preview_id)
    return stream_changes(lambda: _stamp(preview_id))


def _stamp(preview_id: int) -> Stamp:
    try:
        matrix = preview_matrix(preview_id)
    except NotFound:
        return Stamp("hilang", True)
    seen = [(each.instance_id, each.state, len(each.cells), each.note) for each in matrix.rows]
    return Stamp(repr(seen), matrix.is_finished)


@pages.get("/wajah/pratinjau/<int:preview_id>/besar/<int:instance_id>/<page>/<screen>")
def show_large(preview_id: int, instance_id: int, page: str, screen: str) -> ResponseReturnValue:
    """One page of one village, before and after, as large as the screen allows."""
    matrix = preview_matrix(preview_id)
    places = [
        (row, cell) for row in matrix.rows for cell in row.cells if cell.before and cell.after
    ]
    named = [(row.instance_id, cell.page, cell.screen) for row, cell in places]
    if (instance_id, page, screen) not in named:
        raise NotFound("Gambar itu tidak ada.", hint="Buka pratinjaunya dan pilih dari sana.")
    at = named.index((instance_id, page, screen))
    row, cell = places[at]
    return render_template(
        "pages/brand/preview_large.html",
        matrix=matrix,
        row=row,
        cell=cell,
        before_this=named[at - 1] if at else None,
        after_this=named[at + 1] if at + 1 < len(named) else None,
    )


@pages.get("/wajah/pratinjau/<int:preview_id>/gambar/<name>")
def give_picture(preview_id: int, name: str) -> ResponseReturnValue:
    """A picture of just this preview, under a name that its rows hold."""
    if name not in _names(preview_matrix(preview_id)):
        raise NotFound("Gambar itu tidak ada.")
    with picture_file(preview_id, name).open("rb") as stream:
        content = stream.read(MOST_PICTURE_BYTES + 1)
    kind = next((kind for start, kind in KINDS.items() if content.startswith(start)), "")
    if not kind or len(content) > MOST_PICTURE_BYTES:
        raise NotFound("Gambar itu tidak ada.")
    return picture_answer(content, kind, hashlib.sha256(content).hexdigest()[:32])


def _names(matrix: PreviewMatrix) -> set[str]:
    cells: list[PreviewCell] = [cell for row in matrix.rows for cell in row.cells]
    return {name for cell in cells for name in (cell.before, cell.after, cell.marked) if name}


@pages.post("/wajah/pratinjau/<int:preview_id>/buang")
def drop(preview_id: int) -> ResponseReturnValue:
    drop_preview(preview_id, by=current_user.username)
    flash("Pratinjau dibuang.", "success")
    return redirect(url_for("brand.previews.show_all"), code=303)


def _words(preview_id: int) -> dict[str, object]:
    matrix = preview_matrix(preview_id)
    cells = [cell for row in matrix.rows for cell in row.cells]
    done = sum(1 for row in matrix.rows if row.state in ("selesai", "gagal"))
    return {
        "matrix": matrix,
        "done": done,
        "changed": sum(1 for cell in cells if cell.share and not cell.is_equal),
        "pictured": sum(1 for cell in cells if cell.share is not None),
    }
