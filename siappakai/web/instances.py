"""One installed application: what an admin may do with it, each after a page that explains it."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from siappakai.errors import InvalidInput, NotFound, Refused
from siappakai.models import Instance, append_event, db, transaction
from siappakai.products import find_recipe
from siappakai.vault import find_secret
from siappakai.web.deeds import DEEDS, ROW_DEEDS, get_doable, why_not
from siappakai.web.errors import for_admins
from siappakai.web.formatting import product
from siappakai.web.htmx import is_htmx
from siappakai.web.instance_actions import release_offers, way_back
from siappakai.web.queries_instances import address_of, dependents_of, get_instance
from siappakai.web.village_rows import (
    export_offers,
    exports_folder,
    group_offers,
    is_kept_root,
)

pages = Blueprint("instances", __name__)
DEED = f"/aplikasi/<int:instance_id>/<any({', '.join(DEEDS)}):deed>"
TICK_FIRST = InvalidInput("Centang dahulu pernyataannya.", hint="Lalu tekan tombolnya sekali lagi.")


@pages.app_template_global("home_address")
def home_address(instance: Instance) -> str:
    """The page of the village, district or regency that the instance serves."""
    if instance.village_code is not None:
        return url_for("villages.show_village", code=instance.village_code)
    return url_for("regions.show_region", code=instance.scope_code)


@pages.get(DEED)
def ask(instance_id: int, deed: str) -> ResponseReturnValue:
    """What will happen and what is kept; the button is on this page."""
    for_admins()
    return _page(instance_id, deed)


@pages.post(DEED)
def act(instance_id: int, deed: str) -> ResponseReturnValue:
    """Order it; what was refused is told on the same page with what was chosen."""
    instance = get_doable(instance_id, deed)
    home, name = home_address(instance), product(instance.product)
    chosen = DEEDS[deed]
    try:
        if chosen.wants_tick and request.form.get("yakin") != "ya":
            raise TICK_FIRST
        chosen.order(instance_id)
    except (InvalidInput, Refused, NotFound) as problem:
        db.session.rollback()
        return _page(instance_id, deed, problem), problem.http_status
    flash(chosen.said.format(name), "success")
    return redirect(home, code=303)


@pages.post("/instansi/<int:instance_id>/sandi-admin")
def show_admin_password(instance_id: int) -> ResponseReturnValue:
    """The first admin's password, shown once it is asked for; who asked is recorded first."""
    instance = get_instance(instance_id)
    if request.form.get("yakin") != "ya":
        raise InvalidInput(
            "Centang dahulu pernyataannya.", hint="Lalu tekan Tampilkan sekali lagi."
        )
    password = find_secret(f"instance:{instance_id}", "admin_password")
    if password is None:
        raise NotFound(
            "Belum ada kata sandi admin pertama.",
            hint="Kata sandi dibuat saat pemasangan berjalan.",
        )
    with transaction():
        append_event(
            "admin_password_shown",
            f"instance:{instance_id}",
            by=current_user.username,
            village=instance.scope_code,
        )
    part = "components/admin_password.html" if is_htmx() else "pages/admin_password.html"
    return render_template(
        part,
        username=find_recipe(instance.product).first_admin,
        password=password.reveal(),
        back=home_address(instance),
    )


def _page(instance_id: int, deed: str, problem: Exception | None = None) -> str:
    instance = get_doable(instance_id, deed)
    is_row_deed = deed in ROW_DEEDS and instance.is_installed
    return render_template(
        DEEDS[deed].template,
        instance=instance,
        address=address_of(instance),
        home=home_address(instance),
        reason=why_not(instance, deed),
        offers=release_offers(instance) if deed == "perbarui" and instance.is_installed else [],
        chosen=request.form.get("rilis", ""),
        way_back=way_back(instance) if instance.is_installed else None,
        dependents=dependents_of(instance),
        problem=problem,
        **(_row_words(instance) if is_row_deed else {}),
    )


def _row_words(instance: Instance) -> dict[str, object]:
    return {
        "exports": export_offers(instance),
        "folder": exports_folder(instance),
        "groups": group_offers(instance),
        "stays": is_kept_root(instance),
        "chosen_export": request.form.get("ekspor", ""),
        "chosen_group": request.form.get("gabungan", ""),
    }
