"""The releases: what each is made of, and how many instances use it."""

from __future__ import annotations

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import func, select
from sqlalchemy.orm import defer

from siappakai.errors import NotFound
from siappakai.models import Event, Instance, Release, db
from siappakai.products import RECIPES
from siappakai.products.contract import Scope
from siappakai.web.formatting import number
from siappakai.web.paging import Page, read_paging

pages = Blueprint("releases", __name__)


@pages.get("/rilis")
def show_releases() -> ResponseReturnValue:
    at, size = read_paging(request.args)
    total = db.session.scalar(select(func.count(Release.id))) or 0
    at = min(at, max(1, -(-total // size)))
    query = select(Release).options(defer(Release.components)).order_by(Release.id.desc())
    page = Page(
        list(db.session.scalars(query.limit(size).offset((at - 1) * size))), at, size, total
    )
    return render_template("pages/releases.html", page=page, counts=use_counts(), scope_of=scope_of)


@pages.get("/rilis/<int:release_id>")
def show_release(release_id: int) -> ResponseReturnValue:
    release = get_release(release_id)
    return render_template(
        "pages/release.html",
        release=release,
        count=use_counts().get(release_id, 0),
        scope=scope_of(release.product),
        vendor=vendor_words(release),
    )


def scope_of(product: str) -> Scope | None:
    """Whether the product is a village's, a district's or the regency's; None if unknown here."""
    recipe = RECIPES.get(product)
    return recipe.scope if recipe else None


def vendor_words(release: Release) -> str:
    """Where the release's PHP libraries came from, as noted when it was built."""
    event = db.session.scalars(
        select(Event)
        .filter_by(word="release_built", subject=f"{release.product}:{release.version}")
        .order_by(Event.id.desc())
        .limit(1)
    ).first()
    if event is None:
        return "–"
    packages = event.fields.get("composer_packages")
    if packages is None:
        return "sudah ada di dalam sumbernya"
    lock = "dibuat di sini" if event.fields.get("composer_lock_was_made") else "dari sumbernya"
    return f"disusun composer saat dibangun: {number(packages)} paket, daftar pastinya {lock}"


@pages.get("/rilis/<int:release_id>/komponen.json")
def give_components(release_id: int) -> ResponseReturnValue:
    release = get_release(release_id)
    if not release.components:
        raise NotFound("Daftar komponen rilis ini belum dibuat.")
    name = f"{release.product}-{release.version}.cdx.json"
    return Response(
        release.components,
        content_type="application/vnd.cyclonedx+json",
        headers={"Content-Disposition": f"attachment; filename={name}"},
    )


def get_release(release_id: int) -> Release:
    """The release; NotFound when there is none."""
    release = db.session.get(Release, release_id)
    if release is None:
        raise NotFound("Rilis itu tidak ada.", hint="Pilih dari daftar rilis.")
    return release


def use_counts() -> dict[int, int]:
    """How many instances are recorded to run each release, by the release's id."""
    query = (
        select(Instance.recorded_release_id, func.count())
        .where(Instance.recorded_release_id.is_not(None))
        .group_by(Instance.recorded_release_id)
    )
    return dict(db.session.execute(query).all())
