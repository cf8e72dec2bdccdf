"""What an admin does with themes: add, let a finding pass, withdraw, choose for a layer."""

from __future__ import annotations

import tempfile
from pathlib import Path
from threading import BoundedSemaphore

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from werkzeug.datastructures import FileStorage
from werkzeug.utils import secure_filename

from siappakai.branding.edits import set_values
from siappakai.errors import InvalidInput, NotFound, Refused, SiapPakaiError, Unavailable
from siappakai.log import get_logger
from siappakai.models import ThemeState, db
from siappakai.provision.sources import check_version, is_remote_git
from siappakai.tasks.order import order_theme
from siappakai.themes.describe import checked_slug, checked_version
from siappakai.themes.keep import ThemeOrder, add_theme, allow, reference_of, restore, withdraw
from siappakai.themes.own import add_own_theme
from siappakai.themes.source import SourceOrder
from siappakai.web import queries_brand as brand_queries
from siappakai.web import queries_brand_themes as queries
from siappakai.web.brand_scope import read_choice
from siappakai.web.errors import for_admins

pages = Blueprint("deeds", __name__)
log = get_logger("web")
# A check reads every file of a package: one at a time is enough for one panel.
_free_checks = BoundedSemaphore(1)


@pages.get("/tema/tambah")
def ask_add() -> ResponseReturnValue:
    for_admins()
    return _add_page()


@pages.post("/tema/tambah")
def add() -> ResponseReturnValue:
    """A sent package is checked and kept at once; one from git by a worker, told on the list."""
    sent = request.files.get("berkas")
    address = request.form.get("alamat", "").strip()[:255]
    try:
        if sent is not None and sent.filename:
            version_id = _from_zip(sent)
        elif address:
            return _from_git(address)
        else:
            raise InvalidInput("Pilih berkas zip, atau tulis alamat git.")
    except (InvalidInput, Refused, NotFound, Unavailable) as problem:
        db.session.rollback()
        return _add_page(problem), problem.http_status
    return _told(version_id)


@pages.post("/tema/nusantara")
def add_own() -> ResponseReturnValue:
    """The theme that comes with the panel, checked like any other; what it reads may pass."""
    by = current_user.username
    db.session.rollback()
    return _told(add_own_theme(by, lambda line: log.info("theme_line", line=line)))


def _from_zip(sent: FileStorage) -> int:
    """The zip lies in a folder of its own while it is looked at, under a harmless name."""
    name = secure_filename(Path(sent.filename or "").name)[-80:] or "tema.zip"
    if not name.lower().endswith((".zip", ".tar.gz", ".tgz")):
        raise InvalidInput("Berkas tema harus .zip atau .tar.gz.", hint="Kemas foldernya dahulu.")
    with tempfile.TemporaryDirectory(prefix="tema-") as folder:
        place = Path(folder, name)
        sent.save(place)
        return _added(SourceOrder(str(place), folder=_folder()))


def _from_git(address: str) -> ResponseReturnValue:
    if not is_remote_git(address):
        raise InvalidInput(
            "Dari panel, alamat tema harus alamat git (https atau ssh).",
            hint="Folder di server ditambahkan dengan: siappakai tema tambah",
        )
    title, tag = _named("judul", 120), _named("tag", 100)
    slug, version = _named("nama", 60), _named("versi", 40)
    if tag:
        check_version(tag)
    source = {
        "origin": address,
        "tag": tag,
        "folder": _folder(),
        "slug": checked_slug(slug) if slug else "",
        "version": checked_version(version) if version else "",
        "title": title,
    }
    order_theme(source, by=current_user.username)
    flash("Tema sedang diambil dan diperiksa; hasilnya muncul di bawah.", "success")
    return redirect(url_for("themes.show_all"), code=303)


def _folder() -> str:
    return _named("folder", 120)


def _named(name: str, longest: int) -> str:
    return " ".join(request.form.get(name, "").split())[:longest]


def _added(source: SourceOrder) -> int:
    if not _free_checks.acquire(blocking=False):
        raise Refused("Tema lain sedang diperiksa.", hint="Tunggu sebentar, lalu kirim lagi.")
    order = ThemeOrder(
        source,
        current_user.username,
        slug=_named("nama", 60),
        version=_named("versi", 40),
        title=_named("judul", 120),
    )
    db.session.rollback()
    try:
        return add_theme(order, lambda line: log.info("theme_line", line=line))
    finally:
        _free_checks.release()


def _told(version_id: int) -> ResponseReturnValue:
    row = queries.get_theme_version(version_id)
    if row.state == ThemeState.READY:
        flash(
            f"{row.theme.title or row.theme.slug} {row.version} diterima dan siap dipilih.",
            "success",
        )
    else:
        flash("Tema ini belum diterima. Temuannya ada di bawah.", "warning")
    return redirect(url_for("themes.show", version_id=version_id), code=303)


def _add_page(problem: SiapPakaiError | None = None) -> str:
    return render_template("pages/themes/add.html", form=request.form, problem=problem)


# --- one version


@pages.post("/tema/<int:version_id>/izin")
def permit(version_id: int) -> ResponseReturnValue:
    """The findings that were ticked may pass, for the reason that was given."""
    row = queries.get_theme_version(version_id)
    known = queries.open_choices(row)
    wanted = [tuple(each.split("|", 1)) for each in request.form.getlist("temuan") if "|" in each]
    chosen = [(code, path) for code, path in wanted if (code, path) in known]
    try:
        if not chosen:
            raise InvalidInput("Centang dahulu temuan yang diizinkan.")
        why = " ".join(request.form.get("alasan", "").split())[:400]
        made = allow(version_id, chosen, by=current_user.username, why=why)
        is_ready = made.state == ThemeState.READY
    except (InvalidInput, Refused, NotFound) as problem:
        db.session.rollback()
        return version_page(version_id, problem), problem.http_status
    flash("Diizinkan; tema ini siap dipilih." if is_ready else "Izin dicatat.", "success")
    return redirect(url_for("themes.show", version_id=version_id), code=303)


@pages.post("/tema/<int:version_id>/tarik")
def take_back(version_id: int) -> ResponseReturnValue:
    queries.get_theme_version(version_id)
    reason = " ".join(request.form.get("sebab", "").split())[:200]
    try:
        if len(reason) < 3:
            raise InvalidInput("Tulis alasan penarikan, 3 sampai 200 huruf.")
        withdraw(version_id, by=current_user.username, reason=reason)
    except (InvalidInput, Refused) as problem:
        db.session.rollback()
        return version_page(version_id, problem), problem.http_status
    flash("Ditarik: tidak dapat dipilih lagi. Yang memakainya tetap tampil.", "success")
    return redirect(url_for("themes.show", version_id=version_id), code=303)


@pages.post("/tema/<int:version_id>/pulihkan")
def bring_back(version_id: int) -> ResponseReturnValue:
    queries.get_theme_version(version_id)
    restore(version_id, by=current_user.username)
    flash("Tema ini dapat dipilih lagi.", "success")
    return redirect(url_for("themes.show", version_id=version_id), code=303)


@pages.post("/tema/<int:version_id>/pakai")
def choose(version_id: int) -> ResponseReturnValue:
    """The theme becomes the value of a layer; nobody wears it before it is applied."""
    reference = reference_of(queries.get_theme_version(version_id))
    try:
        scope = read_choice(request.form).scope
        if request.form.get("lingkup", "semua") == "semua":
            scope = brand_queries.regency_scope()
        set_values(scope, {"theme": reference}, by=current_user.username)
    except (InvalidInput, Refused, NotFound) as problem:
        db.session.rollback()
        return version_page(version_id, problem), problem.http_status
    place = brand_queries.place_name(scope)
    flash(f"Tema dipilih untuk {place}. Belum ada situs yang berubah; tekan Terapkan.", "success")
    code = None if scope == brand_queries.regency_scope() else scope.code
    return redirect(url_for("brand.show_kit", lapisan=code, _anchor="tema"), code=303)


def version_page(version_id: int, problem: SiapPakaiError | None = None) -> str:
    """The page of one version, with what was just refused."""
    row = queries.get_theme_version(version_id)
    counts = queries.use_counts()
    return render_template(
        "pages/themes/version.html",
        row=row,
        groups=queries.finding_groups(row),
        waits=queries.open_choices(row),
        has_refused=queries.has_refused(row),
        has_picture=bool(queries.picture_name(row)),
        status_of=queries.status_of,
        counts={each.id: counts.get(reference_of(each), 0) for each in row.theme.versions},
        choice=read_choice(request.form),
        districts=brand_queries.districts(),
        typed=request.form,
        problem=problem,
    )
