"""Wajah: the kit of one layer, what applies and from where, and saving it."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from siappakai.branding.colours import advise
from siappakai.branding.edits import check_scope, read_layers, set_lock, set_values
from siappakai.branding.layers import lock_of
from siappakai.branding.scope import Reach, Scope, read_scope
from siappakai.branding.tokens import make_tokens, palette_of
from siappakai.branding.values import VALUES, ValueKind, shown
from siappakai.errors import InvalidInput, NotFound, Refused, SiapPakaiError
from siappakai.models import db, read_setting
from siappakai.web import (
    brand_apply,
    brand_downloads,
    brand_history,
    brand_pictures,
    brand_previews,
    brand_rollout_deeds,
    brand_rollouts,
    brand_temporary,
)
from siappakai.web import queries_brand as queries
from siappakai.web.brand_fields import (
    KitView,
    Typed,
    changed_locks,
    changed_values,
    kit_view,
    layer_at,
    read_typed,
    seen_hash,
)
from siappakai.web.htmx import send_to
from siappakai.web.paging import read_paging

pages = Blueprint("brand", __name__)
PARTS = (
    *(brand_apply, brand_downloads, brand_history, brand_pictures, brand_previews),
    *(brand_rollout_deeds, brand_rollouts, brand_temporary),
)
for part in PARTS:
    pages.register_blueprint(part.pages)


pages.add_app_template_global(queries.homes_of_wearers, "homes_of_wearers")


@pages.get("/wajah")
def show_kit() -> ResponseReturnValue:
    if not read_setting("regency_code"):
        return send_to(url_for("setup.show_setup"))
    return _page(_scope(request.args.get("lapisan", "")))


@pages.post("/wajah")
def save_kit() -> ResponseReturnValue:
    """Save the layer whole; one bad value and nothing is saved, but all that was typed is kept."""
    scope = _scope(request.form.get("lapisan", ""))
    layers = read_layers()
    own = layer_at(layers, scope)
    locked = frozenset(key for key in VALUES if lock_of(layers, scope, key))
    typed = read_typed(request.form, request.files, own, locked, current_user.username)
    if typed.problems:
        return _page(scope, typed, seen=request.form.get("tampak", "")), 422
    try:
        _refuse_changed(seen_hash(own))
        said = _save(scope, typed)
    except (InvalidInput, NotFound, Refused) as problem:
        db.session.rollback()
        return _page(scope, typed, problem), problem.http_status
    for kind, sentence in said:
        flash(sentence, kind)
    return redirect(_address(scope), code=303)


def _refuse_changed(now: str) -> None:
    if request.form.get("tampak", "") != now:
        raise Refused(
            "Lapisan ini diubah orang lain sejak halaman dibuka; belum ada yang disimpan.",
            hint="Isian Anda masih ada di bawah. Periksa yang berlaku sekarang, lalu simpan lagi.",
        )


def _save(scope: Scope, typed: Typed) -> list[tuple[str, str]]:
    """Values first, then locks; each is told in an event of its own."""
    own, by = layer_at(read_layers(), scope), current_user.username
    values, locks = changed_values(typed, own), changed_locks(typed, own)
    _refuse_empty_locks(scope, typed, locks)
    edit = set_values(scope, values, by=by) if values else None
    notes = list(edit.notes) if edit else []
    for key, is_locked in locks.items():
        notes += set_lock(scope, key, is_locked, by=by).notes
    count = len(values) + len(locks)
    if not count:
        return [("info", "Tidak ada yang berubah.")]
    said = f"{count} perubahan disimpan. Belum ada situs yang berubah; tekan Terapkan bila siap."
    return [("success", said), *(("info", each) for each in notes)]


def _refuse_empty_locks(scope: Scope, typed: Typed, locks: dict[str, bool | None]) -> None:
    """Told before anything is saved: a lock without a value holds nothing."""
    layers = read_layers()
    for key, is_locked in locks.items():
        has_outer = any(
            key in each.values and each.scope.holds(scope) and each.scope != scope
            for each in layers
            if not each.is_temporary
        )
        if is_locked and not typed.values.get(key) and not has_outer:
            raise InvalidInput(
                f"{VALUES[key].label} belum diisi, jadi belum dapat dikunci.",
                hint="Isi dahulu, atau lepas kuncinya.",
            )


@pages.get("/wajah/lapisan")
def show_layers() -> ResponseReturnValue:
    """Find the district or village whose own layer is to be edited."""
    text = request.args.get("cari", "").strip()[:60]
    return render_template(
        "pages/brand/layers.html",
        page=queries.find_places(text, *read_paging(request.args)),
        regency=queries.regency_scope(),
        regency_name=queries.place_name(queries.regency_scope()),
        text=text,
    )


@pages.get("/wajah/warna/<key>")
def show_colour(key: str) -> ResponseReturnValue:
    """What a typed colour is good for: the part of the page beside its field."""
    if key not in VALUES or VALUES[key].kind != ValueKind.COLOUR:
        raise NotFound("Warna itu tidak dikenal.")
    problem, advice = None, None
    text = request.args.get("nilai", "").strip()[:20]
    try:
        advice = advise(text) if text else None
    except InvalidInput as found:
        problem = found
    return render_template("pages/brand/colour.html", key=key, advice=advice, problem=problem)


def _scope(code: str) -> Scope:
    """The layer of an address; the regency's when none is named."""
    regency = queries.regency_scope()
    if not code:
        return regency
    scope = read_scope(code[:20])
    check_scope(scope)
    if scope.reach != Reach.ALL and not regency.holds(scope):
        raise NotFound("Wilayah itu bukan bagian dari panel ini.")
    return scope


def _address(scope: Scope) -> str:
    code = None if scope == queries.regency_scope() else scope.code
    emptied = request.form.get("kosongkan", "")
    anchor = emptied if emptied in VALUES else None
    return url_for("brand.show_kit", lapisan=code, _anchor=anchor)


def _page(
    scope: Scope, typed: Typed | None = None, problem: SiapPakaiError | None = None, seen: str = ""
) -> str:
    view = kit_view(scope, typed, seen)
    return render_template(
        "pages/brand/kit.html",
        kit=view,
        place=queries.place_name(scope),
        regency=queries.regency_scope(),
        regency_name=queries.place_name(queries.regency_scope()),
        districts=queries.districts(),
        pending=queries.pending_changes(),
        problem=problem,
        shown=shown,
        palette=_palette(view),
    )


def _palette(view: KitView) -> dict[str, str]:
    """The whole palette that the three colours make, as typed where that is a colour."""
    fields = [each for _, _, group in view.groups for each in group]
    colours = {}
    for each in fields:
        if each.value.kind == ValueKind.COLOUR and (each.advice or each.now):
            colours[each.key] = each.advice.colour if each.advice else each.now.value
    return make_tokens(*palette_of(colours))
