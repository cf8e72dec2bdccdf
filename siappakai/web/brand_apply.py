"""Terapkan: whom a look is brought to, what changes for them, and starting it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from siappakai.branding.edits import read_layers
from siappakai.branding.frozen import thaw_layers
from siappakai.branding.layers import Layer
from siappakai.branding.versions import freeze_now, get_version
from siappakai.errors import InvalidInput, NotFound, Refused, SiapPakaiError
from siappakai.models import BrandVersion, db
from siappakai.web import queries_brand as queries
from siappakai.web.brand_scope import (
    WAYS,
    Choice,
    launch_version,
    outline,
    read_choice,
    wants_two,
    way_of,
)
from siappakai.web.errors import for_admins
from siappakai.web.formatting import number
from siappakai.web.queries_brand import Wearing

pages = Blueprint("apply", __name__)
LONGEST_TITLE = 120


@dataclass(frozen=True, slots=True)
class Proposal:
    """What would be brought to whom: a frozen version, or (None) the layers as they are now.

    `is_apart`: the version is not what the layers say now.
    """

    version: BrandVersion | None
    choice: Choice
    told: Sequence[Wearing]
    everyone: int
    sentences: Sequence[str]
    is_for_all: bool
    is_apart: bool = False

    @property
    def seen(self) -> str:
        return outline(self.told, self.sentences)


@pages.get("/wajah/terapkan")
def show() -> ResponseReturnValue:
    return _page()


@pages.post("/wajah/terapkan")
def apply() -> ResponseReturnValue:
    """Freeze the look, plan who gets it when, and start; only what the page showed."""
    for_admins()
    try:
        made = _proposal()
        made.choice.scope  # noqa: B018 - tells what is missing
        if made.seen != request.form.get("tampak", ""):
            raise Refused(
                "Keadaan berubah sejak halaman ini dibuka; belum ada yang diterapkan.",
                hint="Inilah yang akan terjadi sekarang. Periksa, lalu tekan lagi.",
            )
        if not made.told:
            raise Refused("Tidak ada aplikasi yang perlu diberi tahu di lingkup itu.")
        rollout_id = _launch(made)
    except (InvalidInput, Refused, NotFound) as problem:
        db.session.rollback()
        return _page(problem), problem.http_status
    flash(_said(number(len(made.told))), "success")
    return redirect(url_for("brand.rollouts.show", rollout_id=rollout_id), code=303)


def _said(count: str) -> str:
    if wants_two():
        return f"Rencana dibekukan untuk {count} aplikasi; menunggu persetujuan orang kedua."
    return f"Dimulai. {count} aplikasi mendapat wajah ini."


def _launch(made: Proposal) -> int:
    title = " ".join(request.form.get("judul", "").split())[:LONGEST_TITLE]
    version = made.version or freeze_now(title, by=current_user.username)
    return launch_version(version.id, made.told, request.form.get("cara", ""), title)


def _proposal() -> Proposal:
    version = _version()
    layers: Sequence[Layer] = thaw_layers(version.layers) if version else read_layers()
    choice, is_for_all = read_choice(request.values), request.values.get("semua") == "ya"
    among = [] if choice.problem else queries.wearers(choice.scope)
    told = among if is_for_all else queries.who_is_told(layers, among)
    if version is None:
        sentences = queries.pending_changes()
    else:
        sentences = queries.changes_between(queries.reference_version(), layers)
    is_apart = bool(version and queries.changes_between(version, read_layers()))
    return Proposal(version, choice, told, len(among), sentences, is_for_all, is_apart)


def _version() -> BrandVersion | None:
    text = request.values.get("versi", "")
    if not text:
        return None
    if not (text.isascii() and text.isdigit()) or len(text) > 9:
        raise NotFound("Versi wajah itu tidak ada.")
    return get_version(int(text))


def _page(problem: SiapPakaiError | None = None) -> str:
    made = _proposal()
    return render_template(
        "pages/brand/apply.html",
        made=made,
        choice=made.choice,
        place="" if made.choice.problem else queries.place_name(made.choice.scope),
        problem=problem or made.choice.problem,
        districts=queries.districts(),
        ways=WAYS,
        way=way_of(request.values.get("cara", "")),
        products=queries.product_counts(made.told),
        villages=queries.village_count(made.told),
        wants_two=wants_two(),
        title=request.form.get("judul", ""),
        may_start=current_user.may_change_things and made.told,
    )
