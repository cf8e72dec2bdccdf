"""The first choice: which regency this panel serves, and its local words."""

from __future__ import annotations

from dataclasses import asdict

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from siappakai.errors import InvalidInput
from siappakai.models import append_event, read_setting, transaction, write_setting
from siappakai.regions import attribution, find_regency, search_regencies, villages_of_regency
from siappakai.regions.words import CHOICES, for_regency

pages = Blueprint("setup", __name__)
LABELS = {
    "village": "Sebutan desa",
    "urban_village": "Sebutan kelurahan",
    "district": "Sebutan kecamatan",
    "regency": "Sebutan kabupaten/kota",
    "hamlet": "Sebutan dusun",
    "head_of_village": "Kepala desa disebut",
    "head_of_urban_village": "Kepala kelurahan disebut",
    "head_of_district": "Kepala kecamatan disebut",
}


@pages.get("/penyiapan")
def show_setup() -> ResponseReturnValue:
    text = request.args.get("cari", "").strip()
    code = request.args.get("kode") or (None if text else read_setting("regency_code"))
    regency = find_regency(code) if code else None
    if regency is None:
        found = [match.regency for match in search_regencies(text)] if text else []
        return render_template("pages/setup_search.html", text=text, found=found)
    words = for_regency(regency.code)
    if regency.code == read_setting("regency_code"):
        words = words.changed_by(read_setting("local_words") or {})
    return render_template(
        "pages/setup_words.html",
        regency=regency,
        village_count=len(villages_of_regency(regency.code)),
        words=asdict(words),
        labels=LABELS,
        choices=CHOICES,
        source=attribution(),
    )


@pages.post("/penyiapan")
def keep_setup() -> ResponseReturnValue:
    regency = find_regency(request.form.get("kode", ""))
    if regency is None:
        raise InvalidInput("Kabupaten/kota itu tidak ada.", hint="Pilih satu dari daftar.")
    words = {name: request.form.get(name, "").strip()[:40] for name in LABELS}
    with transaction():
        write_setting("regency_code", regency.code, by=current_user.username)
        write_setting("local_words", words, by=current_user.username)
        append_event("regency_chosen", "panel", by=current_user.username, regency=regency.code)
    flash(f"Panel ini sekarang melayani {regency.name}.", "success")
    return redirect(url_for("home.show_home"), code=303)
