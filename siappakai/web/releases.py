"""Rilis: the catalogue, what each release is made of, who runs it, and the work on it."""

from __future__ import annotations

from functools import partial

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue

from siappakai.errors import NotFound
from siappakai.models import Release
from siappakai.provision.catalogue import get_release, is_pruned
from siappakai.web import policies, release_deeds
from siappakai.web import queries_releases as queries
from siappakai.web.event_words import describe_event, field_word
from siappakai.web.live import stream_changes
from siappakai.web.markdown import render_notes
from siappakai.web.paging import read_paging

pages = Blueprint("releases", __name__)
pages.register_blueprint(release_deeds.pages)
pages.register_blueprint(policies.pages)


@pages.get("/rilis")
def show_releases() -> ResponseReturnValue:
    return render_template("pages/releases.html", **_list_words())


@pages.get("/rilis/kemajuan")
def show_progress() -> ResponseReturnValue:
    return render_template("pages/releases/list.html", **_list_words())


@pages.get("/rilis/arus")
def stream_progress() -> ResponseReturnValue:
    return stream_changes(queries.tasks_stamp)


@pages.get("/rilis/<int:release_id>")
def show_release(release_id: int) -> ResponseReturnValue:
    release = get_release(release_id)
    return render_template(
        "pages/release.html",
        **_release_words(release),
        users=queries.users_of(release_id, *read_paging(request.args)),
        notes=render_notes(release.notes) if release.notes else "",
        vendor=queries.vendor_words(release),
    )


@pages.get("/rilis/<int:release_id>/kemajuan")
def show_release_progress(release_id: int) -> ResponseReturnValue:
    return render_template("pages/releases/state.html", **_release_words(get_release(release_id)))


@pages.get("/rilis/<int:release_id>/arus")
def stream_release(release_id: int) -> ResponseReturnValue:
    get_release(release_id)
    return stream_changes(partial(queries.tasks_stamp, release_id))


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


def _list_words() -> dict[str, object]:
    wanted = request.args.get("aplikasi", "")
    products = queries.known_products()
    product = wanted if wanted in products else ""
    busy = queries.busy_releases()
    page = queries.find_releases(product, *read_paging(request.args))
    return {
        "page": page,
        "product": product,
        "products": products,
        "counts": queries.use_counts(),
        "deeds": {each.id: queries.deeds_of(each, each.id in busy) for each in page.rows},
        "scope_of": queries.scope_of,
        "tasks": queries.shown_tasks(),
        "last_line": queries.last_line,
        "is_pruned": is_pruned,
        "args": {
            name: request.args[name]
            for name in ("aplikasi", "hal", "ukuran")
            if name in request.args
        },
    }


def _release_words(release: Release) -> dict[str, object]:
    tasks = queries.shown_tasks(release.id)
    return {
        "release": release,
        "count": queries.use_counts().get(release.id, 0),
        "scope": queries.scope_of(release.product),
        "deeds": queries.deeds_of(release, release.id in queries.busy_releases()),
        "pruned": is_pruned(release),
        "tasks": tasks,
        "last_line": queries.last_line,
        "events": queries.history_of(release),
        "describe": describe_release_event,
        "field_word": field_word,
    }


WORDS = {
    "release_discovered": "Ditemukan di sumbernya",
    "release_moved": "Keadaannya berubah",
    "release_refused": "Pemasangan percobaan gagal",
    "image_pruned": "Citranya dipangkas",
}


def describe_release_event(event: object) -> str:
    """What happened to a release, in Indonesian."""
    return WORDS.get(event.word) or describe_event(event)  # type: ignore[attr-defined,arg-type]
