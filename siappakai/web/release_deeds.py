"""What an admin does with releases: look for them, build, offer, withdraw, prune."""

from __future__ import annotations

from functools import partial

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from siappakai.errors import InvalidInput, NotFound, Refused, SiapPakaiError
from siappakai.models import ACTIVE, Edition, OperationState, ReleaseState, Task, TaskKind, db
from siappakai.products import RECIPES
from siappakai.provision.catalogue import (
    MOVES,
    PRUNED,
    get_release,
    is_pruned,
    offer_release,
    withdraw_release,
)
from siappakai.provision.discovery import add_named
from siappakai.provision.release_settings import check_panel_origin, kept_images, source_of
from siappakai.provision.release_tags import NamedRelease
from siappakai.tasks.order import (
    cancel_task,
    get_task,
    order_build,
    order_discovery,
    order_prune,
    retry_task,
)
from siappakai.web import queries_releases as queries
from siappakai.web.auth import own_path
from siappakai.web.errors import for_admins
from siappakai.web.formatting import product
from siappakai.web.live import stream_changes

pages = Blueprint("deeds", __name__)
MOVE_WORDS = {"tawarkan": ReleaseState.OFFERED, "tarik": ReleaseState.WITHDRAWN}
OFFER, WITHDRAW = "/rilis/<int:release_id>/tawarkan", "/rilis/<int:release_id>/tarik"
EDITIONS = (Edition.GENERAL, Edition.PREMIUM)


@pages.post("/rilis/cari")
def search() -> ResponseReturnValue:
    """Ask a worker to look for releases; pressing twice asks once."""
    name = _chosen_product()
    order_discovery(name, by=current_user.username)
    flash(f"Rilis baru {product(name)} sedang dicari.", "success")
    return redirect(url_for("releases.show_releases"), code=303)


@pages.post("/rilis/<int:release_id>/bangun")
def build(release_id: int) -> ResponseReturnValue:
    release = get_release(release_id)
    name = f"{product(release.product)} {release.version}"
    order_build(release_id, by=current_user.username)
    flash(f"{name} sedang dibangun dan dicoba dipasang.", "success")
    return redirect(_back(release_id), code=303)


@pages.get(OFFER, defaults={"word": "tawarkan"})
@pages.get(WITHDRAW, defaults={"word": "tarik"})
def ask_move(release_id: int, word: str) -> ResponseReturnValue:
    """What the move means; the button is on this page."""
    for_admins()
    return _move_page(release_id, word)


@pages.post(OFFER, defaults={"word": "tawarkan"})
@pages.post(WITHDRAW, defaults={"word": "tarik"})
def move(release_id: int, word: str) -> ResponseReturnValue:
    """Offer or withdraw; what was refused is told on the same page."""
    act = offer_release if word == "tawarkan" else withdraw_release
    try:
        act(release_id, by=current_user.username, reason=request.form.get("alasan", ""))
    except (InvalidInput, Refused) as problem:
        db.session.rollback()
        return _move_page(release_id, word, problem), problem.http_status
    flash(
        "Rilis ini sekarang ditawarkan." if word == "tawarkan" else "Rilis ini ditarik.", "success"
    )
    return redirect(_back(release_id), code=303)


def _move_page(release_id: int, word: str, problem: SiapPakaiError | None = None) -> str:
    release = get_release(release_id)
    is_offer = word == "tawarkan"
    reason = PRUNED if is_offer and is_pruned(release) else ""
    if MOVE_WORDS[word] not in MOVES[release.state]:
        reason = f"Rilis ini berkeadaan “{release.state}”; itu tidak dapat dilakukan sekarang."
    return render_template(
        "pages/releases/move.html",
        release=release,
        is_offer=is_offer,
        wants_reason=not is_offer or release.state == ReleaseState.WITHDRAWN,
        rollouts=[] if is_offer else queries.open_rollouts(release_id),
        count=queries.use_counts().get(release_id, 0),
        reason=reason,
        told=request.form.get("alasan", ""),
        problem=problem,
        back=_back(release_id),
    )


@pages.get("/rilis/tambah")
def ask_add() -> ResponseReturnValue:
    for_admins()
    return _add_page()


@pages.post("/rilis/tambah")
def add() -> ResponseReturnValue:
    """A release named by hand stands in the catalogue; building it is the next press."""
    try:
        name = _chosen_product()
        origin = check_panel_origin(name, request.form.get("asal", ""))
        found = add_named(name, origin, [_named()], by=current_user.username)
    except (InvalidInput, Refused, NotFound) as problem:
        db.session.rollback()
        return _add_page(problem), problem.http_status
    words = "ditambahkan; tekan Bangun untuk menyiapkannya" if found[0].is_new else "sudah ada"
    flash(f"{product(name)} {found[0].version} {words}.", "success")
    return redirect(_back(found[0].release_id), code=303)


def _named() -> NamedRelease:
    version = request.form.get("versi", "").strip()
    edition = request.form.get("edisi", "")
    if edition not in set(EDITIONS):
        raise InvalidInput("Pilih edisinya.", hint="umum atau premium")
    return NamedRelease(version, request.form.get("tag", "").strip() or version, Edition(edition))


def _add_page(problem: SiapPakaiError | None = None) -> str:
    origins = {}
    for name in queries.known_products():
        origins[name] = source_of(name).origin
    return render_template(
        "pages/releases/add.html",
        products=queries.known_products(),
        editions=EDITIONS,
        origins=origins,
        form=request.form,
        problem=problem,
    )


# --- the work itself


@pages.post("/rilis/pekerjaan/<int:task_id>/coba-lagi")
def retry(task_id: int) -> ResponseReturnValue:
    retry_task(task_id, by=current_user.username)
    flash("Dicoba lagi.", "success")
    return redirect(_after(task_id), code=303)


@pages.post("/rilis/pekerjaan/<int:task_id>/batal")
def cancel(task_id: int) -> ResponseReturnValue:
    cancel_task(task_id, by=current_user.username)
    flash("Dibatalkan sebelum dimulai.", "success")
    return redirect(_after(task_id), code=303)


# --- pruning


@pages.get("/rilis/pangkas")
def show_pruning() -> ResponseReturnValue:
    return render_template("pages/releases/pruning.html", **_pruning_words())


@pages.get("/rilis/pangkas/kemajuan")
def show_pruning_progress() -> ResponseReturnValue:
    return render_template("pages/releases/prunable.html", **_pruning_words())


@pages.get("/rilis/pangkas/arus")
def stream_pruning() -> ResponseReturnValue:
    return stream_changes(partial(queries.tasks_stamp, None, TaskKind.PRUNE))


@pages.post("/rilis/pangkas")
def prune() -> ResponseReturnValue:
    """Look again, or take away just what the page showed."""
    shown = _shown(request.form.get("daftar", ""))
    order_prune(
        dry_run=shown is None, chosen=shown.result if shown else None, by=current_user.username
    )
    flash("Sedang dihapus." if shown else "Sedang dihitung.", "success")
    return redirect(url_for("releases.deeds.show_pruning"), code=303)


def _shown(text: str) -> Task | None:
    """The finished look whose list the person agreed to."""
    if not text:
        return None
    task = get_task(int(text)) if text.isascii() and text.isdigit() and len(text) < 10 else None
    fits = task is not None and task.kind == TaskKind.PRUNE and task.result.get("dry_run")
    if not fits or task is None or task.state != OperationState.SUCCEEDED:
        raise Refused("Daftar itu sudah tidak berlaku.", hint="Hitung lagi, lalu periksa.")
    return task


def _pruning_words() -> dict[str, object]:
    task = queries.newest_pruning()
    return {
        "task": task,
        "is_finished": task is None or task.state not in ACTIVE,
        "last_line": queries.last_line,
        "keep_n": kept_images(),
    }


def _chosen_product() -> str:
    name = request.form.get("aplikasi", "")
    if name not in RECIPES:
        raise InvalidInput("Pilih dahulu aplikasinya.")
    return name


def _back(release_id: int) -> str:
    wanted = own_path(request.form.get("kembali", ""))
    return wanted or url_for("releases.show_release", release_id=release_id)


def _after(task_id: int) -> str:
    task = get_task(task_id)
    if task.kind == TaskKind.PRUNE:
        return url_for("releases.deeds.show_pruning")
    wanted = own_path(request.form.get("kembali", ""))
    return wanted or url_for("releases.show_releases")
