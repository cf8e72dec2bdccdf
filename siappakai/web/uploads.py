"""Act one of onboarding: a village list comes in, as a file or picked from the official list."""

from __future__ import annotations

from uuid import UUID, uuid4

from flask import Blueprint, Response, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from siappakai.errors import InvalidInput
from siappakai.intake.save import check_picked, check_upload
from siappakai.models import read_setting
from siappakai.regions import attribution, districts_of_regency, find_regency, villages_of_regency
from siappakai.regions.export import village_sheet
from siappakai.web.htmx import send_to
from siappakai.web.villages import SHEET
from siappakai.web.words import local_words

pages = Blueprint("uploads", __name__)


@pages.get("/unggah")
def show_upload() -> ResponseReturnValue:
    if not read_setting("regency_code"):
        return send_to(url_for("setup.show_setup"))
    return _page()


@pages.post("/unggah")
def take_file() -> ResponseReturnValue:
    """Check an uploaded file; what is wrong with the file itself is told beside the field."""
    upload_id = _upload_id()
    sent = request.files.get("berkas")
    if sent is None or not sent.filename:
        return _page(upload_id, file_problem=InvalidInput("Pilih berkasnya dahulu.")), 422
    try:
        batch = check_upload(
            upload_id, sent.filename[-255:], sent.read(), _regency_code(), by=current_user.username
        )
    except InvalidInput as problem:
        return _page(upload_id, file_problem=problem), 422
    return redirect(url_for("batches.show_check", batch_id=batch.id), code=303)


@pages.post("/unggah/wilayah")
def take_picked() -> ResponseReturnValue:
    """Check the villages of the picked districts."""
    upload_id, regency_code = _upload_id(), _regency_code()
    known = {district.code for district in districts_of_regency(regency_code)}
    picked = [code for code in request.form.getlist("kecamatan") if code in known]
    if not picked:
        problem = InvalidInput(f"Pilih sedikitnya satu {local_words().district}.")
        return _page(upload_id, pick_problem=problem), 422
    batch = check_picked(upload_id, regency_code, picked, by=current_user.username)
    return redirect(url_for("batches.show_check", batch_id=batch.id), code=303)


@pages.get("/unggah/lembar.xlsx")
def give_sheet() -> ResponseReturnValue:
    code = _regency_code()
    settings = current_app.extensions["siappakai_settings"]
    name = f"daftar-{code}.xlsx"
    return Response(
        village_sheet(code, settings.domain_suffix, local_words()),
        content_type=SHEET,
        headers={"Content-Disposition": f"attachment; filename={name}"},
    )


def _page(
    upload_id: str = "",
    file_problem: InvalidInput | None = None,
    pick_problem: InvalidInput | None = None,
) -> str:
    code = _regency_code()
    counts: dict[str, int] = {}
    for village in villages_of_regency(code):
        counts[village.district_code] = counts.get(village.district_code, 0) + 1
    return render_template(
        "pages/upload.html",
        upload_id=upload_id or str(uuid4()),
        regency=find_regency(code),
        districts=districts_of_regency(code),
        counts=counts,
        village_count=sum(counts.values()),
        file_problem=file_problem,
        pick_problem=pick_problem,
        source=attribution(),
    )


def _regency_code() -> str:
    code = read_setting("regency_code")
    if not code:
        raise InvalidInput(
            "Kabupaten/kota belum dipilih.", hint="Buka Wilayah & sebutan, lalu pilih dahulu."
        )
    return str(code)


def _upload_id() -> str:
    """The form's own id, so that sending it twice makes one batch; InvalidInput if it is odd."""
    try:
        return str(UUID(request.form.get("upload_id", "")))
    except ValueError as error:
        raise InvalidInput(
            "Formulir ini tidak lengkap.", hint="Muat ulang halaman Unggah, lalu kirim lagi."
        ) from error
