"""The releases: what each is made of, and how many instances use it."""

from __future__ import annotations

from flask import Blueprint, Response, render_template
from flask.typing import ResponseReturnValue
from sqlalchemy import func, select
from sqlalchemy.orm import defer

from siappakai.errors import NotFound
from siappakai.models import Instance, Release, db

pages = Blueprint("releases", __name__)


@pages.get("/rilis")
def show_releases() -> ResponseReturnValue:
    query = select(Release).options(defer(Release.components)).order_by(Release.id.desc())
    return render_template(
        "pages/releases.html", releases=list(db.session.scalars(query)), counts=use_counts()
    )


@pages.get("/rilis/<int:release_id>")
def show_release(release_id: int) -> ResponseReturnValue:
    release = get_release(release_id)
    return render_template(
        "pages/release.html", release=release, count=use_counts().get(release_id, 0)
    )


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
