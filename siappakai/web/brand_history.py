"""Riwayat: every version of the look, and the way back to any of them for all, some or one."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy import func, select

from siappakai.branding.edits import read_layers
from siappakai.branding.frozen import differences, thaw_layers
from siappakai.branding.layers import Layer, Resolved, resolve, with_runs
from siappakai.branding.scope import Reach, Scope
from siappakai.branding.values import label_of, shown
from siappakai.branding.versions import BEFORE_ALL, get_version, local_zone, undo_to
from siappakai.errors import InvalidInput, NotFound, Refused, SiapPakaiError
from siappakai.models import BrandVersion, VersionOrigin, db, utc_now
from siappakai.web import queries_brand as queries
from siappakai.web.brand_rollouts import changes_of
from siappakai.web.brand_scope import (
    WAYS,
    launch_version,
    outline,
    read_choice,
    wants_two,
    way_of,
)
from siappakai.web.errors import for_admins
from siappakai.web.formatting import number
from siappakai.web.paging import Page, read_paging
from siappakai.web.queries_brand import Wearing

pages = Blueprint("history", __name__)
ORIGINS = {
    VersionOrigin.PERSON: "dibuat orang",
    VersionOrigin.SCHEDULE: "oleh tanggal lapisan sementara",
    VersionOrigin.ADOPTED: "pilihan desa sendiri",
    VersionOrigin.UNDO: "pengembalian",
}
SHOWN_CHANGES = 4
FIRST = "awal"  # stands for the look before the first brand


@pages.get("/wajah/riwayat")
def show_all() -> ResponseReturnValue:
    page, before = _versions(*read_paging(request.args))
    return render_template(
        "pages/brand/history.html",
        page=page,
        changes=_changes(page.rows, before),
        most=SHOWN_CHANGES,
        counts=queries.wearer_counts([each.id for each in page.rows]),
        origins=ORIGINS,
        first=FIRST,
    )


def _versions(number: int, size: int) -> tuple[Page, list[BrandVersion]]:
    """One page, newest first, and the version before its oldest, if there is one."""
    total = db.session.scalar(select(func.count(BrandVersion.id))) or 0
    number = min(number, max(1, -(-total // size)))
    query = (
        select(BrandVersion)
        .order_by(BrandVersion.number.desc())
        .limit(size + 1)
        .offset((number - 1) * size)
    )
    rows = list(db.session.scalars(query))
    return Page(rows[:size], number, size, total), rows[size:]


def _changes(
    versions: Sequence[BrandVersion], before: Sequence[BrandVersion]
) -> dict[int, list[str]]:
    """Version → what it changed since its older neighbour, a sentence each; newest first."""
    thawed = [*(thaw_layers(each.layers) for each in (*versions, *before)), ()]
    found = {
        each.id: differences(thawed[at + 1], thawed[at], local_zone())
        for at, each in enumerate(versions)
    }
    named = iter(queries.with_names([one for some in found.values() for one in some]))
    return {key: [next(named) for _ in some] for key, some in found.items()}


@pages.get("/wajah/riwayat/<int:version_id>")
def show(version_id: int) -> ResponseReturnValue:
    version = get_version(version_id)
    return render_template(
        "pages/brand/version.html",
        version=version,
        sentences=changes_of(version),
        count=queries.wearer_counts([version_id]).get(version_id, 0),
        origins=ORIGINS,
    )


# --- the way back


@pages.get("/wajah/riwayat/<target>/kembali")
def ask_return(target: str) -> ResponseReturnValue:
    for_admins()
    return _return_page(_target(target))


@pages.post("/wajah/riwayat/<target>/kembali")
def bring_back(target: str) -> ResponseReturnValue:
    """A new version like the older one for that scope, brought to whom it concerns at once."""
    version = _target(target)
    try:
        choice = read_choice(request.form)
        scope = choice.scope
        if _seen(version, scope) != request.form.get("tampak", ""):
            raise Refused(
                "Keadaan berubah sejak halaman ini dibuka; belum ada yang dikembalikan.",
                hint="Inilah yang akan berubah sekarang. Periksa, lalu tekan lagi.",
            )
        count, rollout_id = _undo(version, scope)
    except (InvalidInput, Refused, NotFound) as problem:
        db.session.rollback()
        return _return_page(_target(target), problem), problem.http_status
    if rollout_id is None:
        flash("Isian dikembalikan. Tidak ada aplikasi yang perlu diberi tahu.", "success")
        return redirect(url_for("brand.history.show_all"), code=303)
    flash(_said(number(count)), "success")
    return redirect(url_for("brand.rollouts.show", rollout_id=rollout_id), code=303)


def _said(count: str) -> str:
    if wants_two():
        return (
            f"Isian sudah kembali. Penerapannya ke {count} aplikasi menunggu persetujuan admin "
            "lain; belum ada situs yang berubah."
        )
    return f"Dikembalikan; {count} aplikasi sedang diberi tahu."


def _undo(version: BrandVersion | None, scope: Scope) -> tuple[int, int | None]:
    """The rollout that brings the older look; none where nobody is installed."""
    older = version.id if version else None
    made = undo_to(older, scope, by=current_user.username)
    made_id, title = made.id, made.title
    told = queries.wearers(scope)
    if not told:
        return 0, None
    return len(told), launch_version(made_id, told, request.form.get("cara", ""), title)


def _target(text: str) -> BrandVersion | None:
    if text == FIRST:
        return None
    if not (text.isascii() and text.isdigit()) or len(text) > 9:
        raise NotFound("Versi wajah itu tidak ada.")
    return get_version(int(text))


def _return_page(version: BrandVersion | None, problem: SiapPakaiError | None = None) -> str:
    choice = read_choice(request.values)
    told: Sequence[Wearing] = [] if choice.problem else queries.wearers(choice.scope)
    changes = [] if choice.problem else return_changes(version, choice.scope)
    return render_template(
        "pages/brand/return.html",
        version=version,
        target=version.id if version else FIRST,
        title=f"Kembali ke versi {version.number}" if version else BEFORE_ALL,
        choice=choice,
        place="" if choice.problem else queries.place_name(choice.scope),
        told=told,
        products=queries.product_counts(told),
        villages=queries.village_count(told),
        changes=changes,
        seen=outline(told, changes),
        problem=problem or choice.problem,
        districts=queries.districts(),
        ways=WAYS,
        way=way_of(request.values.get("cara", "sekaligus")),
        wants_two=wants_two(),
    )


def _seen(version: BrandVersion | None, scope: Scope) -> str:
    return outline(queries.wearers(scope), return_changes(version, scope))


def return_changes(version: BrandVersion | None, scope: Scope) -> list[str]:
    """What the way back changes in the scope: what it shows, and its layers, a sentence each."""
    now = utc_now()
    old = with_runs(thaw_layers(version.layers) if version else (), now)
    draft = with_runs(read_layers(), now)
    inside = [_inside(layers, scope) for layers in (draft, old)]
    told = queries.with_names(differences(inside[0], inside[1], local_zone()))
    if scope.reach == Reach.ALL:
        return told
    here, there = resolve(draft, scope, now, {}), resolve(old, scope, now, {})
    return [*_worn_changes(here, there, queries.place_name(scope)), *told]


def _inside(layers: Sequence[Layer], scope: Scope) -> list[Layer]:
    return [each for each in layers if scope.holds(each.scope)]


def _worn_changes(here: dict[str, Resolved], there: dict[str, Resolved], place: str) -> list[str]:
    """What the place itself shows now and then."""
    return [
        f"{place}: {label_of(key)} dari «{_face(key, here)}» menjadi «{_face(key, there)}»."
        for key in sorted(here.keys() | there.keys())
        if _face(key, here) != _face(key, there)
    ]


def _face(key: str, worn: dict[str, Resolved]) -> str:
    return shown(key, worn[key].value) if key in worn else "milik sendiri"
