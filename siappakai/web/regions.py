"""Aplikasi kabupaten: what runs for the regency and its districts, and installing it."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from siappakai.errors import InvalidInput, NotFound, Refused, SiapPakaiError
from siappakai.models import db, read_setting
from siappakai.products.contract import Scope
from siappakai.provision.lifecycle import STEP_LABELS
from siappakai.provision.region_start import RegionOrder, install_for_region
from siappakai.web import queries_regions as queries
from siappakai.web.formatting import number
from siappakai.web.live import Stamp, stream_changes
from siappakai.web.paging import read_paging
from siappakai.web.queries_groups import combined_groups
from siappakai.web.queries_instances import instance_views, instances_stamp
from siappakai.web.start_choice import read_number
from siappakai.web.status import instance_status

pages = Blueprint("regions", __name__, url_prefix="/kabupaten")


@pages.get("")
def show_regions() -> ResponseReturnValue:
    if not read_setting("regency_code"):
        return redirect(url_for("setup.show_setup"))
    regency, page = queries.region_rows(queries.chosen_regency(), *read_paging(request.args, 50))
    return render_template(
        "pages/regions/list.html",
        regency=regency,
        page=page,
        newest=queries.newest_of([regency, *page.rows]),
        status_of=instance_status,
        has_regency_releases=queries.has_releases(Scope.REGENCY),
        has_district_releases=queries.has_releases(Scope.DISTRICT),
    )


@pages.get("/<code>")
def show_region(code: str) -> ResponseReturnValue:
    return _page(queries.find_place(code).code)


@pages.get("/<code>/kemajuan")
def show_progress(code: str) -> ResponseReturnValue:
    return render_template(
        "components/region_progress.html", **region_words(queries.find_place(code).code)
    )


@pages.get("/<code>/arus")
def stream_progress(code: str) -> ResponseReturnValue:
    digits = queries.find_place(code).code

    def read() -> Stamp:
        region = queries.find_region(digits)
        return instances_stamp(region) if region else Stamp("", True)

    return stream_changes(read)


@pages.post("/<code>/pasang")
def install(code: str) -> ResponseReturnValue:
    """Queue what was chosen; what is wrong is told on the same page with what was typed."""
    place = queries.find_place(code)
    try:
        ids = install_for_region(_order(place.code), by=current_user.username)
    except (InvalidInput, Refused, NotFound) as problem:
        db.session.rollback()
        return _page(place.code, problem), problem.http_status
    if ids:
        flash(f"{number(len(ids))} aplikasi mulai dipasang untuk {place.name}.", "success")
    else:
        flash("Semua yang dipilih sudah terpasang atau sedang dikerjakan.", "info")
    return redirect(url_for("regions.show_region", code=place.code), code=303)


def region_words(code: str) -> dict[str, object]:
    """Everything the page of a district or regency, and its live part, shows."""
    region = queries.find_region(code)
    return {
        "place": queries.find_place(code),
        "region": region,
        "views": instance_views(region) if region else [],
        "step_labels": STEP_LABELS,
    }


def _page(code: str, problem: SiapPakaiError | None = None) -> str:
    words = region_words(code)
    region, offers = words["region"], queries.region_offers(code)
    return render_template(
        "pages/regions/region.html",
        **words,
        offers=offers,
        recipes=queries.recipes_of(code),
        groups=combined_groups(),
        needs_group=any(offer.recipe.database.reads for offer in offers),
        domain=request.form.get("domain", getattr(region, "domain", "")),
        chosen_group=request.form.get("gabungan", ""),
        chosen={offer.field: _chosen(offer) for offer in offers},
        problem=problem,
    )


def _chosen(offer: queries.RegionOffer) -> str:
    """What was typed, else the newest release."""
    return request.form.get(offer.field, str(offer.releases[0].id))


def _order(code: str) -> RegionOrder:
    fields = [offer.field for offer in queries.region_offers(code)]
    chosen = [read_number(request.form.get(field, "")) for field in fields]
    return RegionOrder(
        code=code,
        domain=request.form.get("domain", ""),
        release_ids=tuple(each for each in chosen if each is not None),
        group_id=read_number(request.form.get("gabungan", "")),
    )
