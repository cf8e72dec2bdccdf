"""The deeds an installed application knows: the page of each, and what it orders."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from flask import request
from flask_login import current_user

from siappakai.errors import InvalidInput, NotFound, Refused
from siappakai.models import Instance, Release, db
from siappakai.models.release import version_key
from siappakai.provision.order import (
    order_export,
    order_joining,
    order_removal,
    order_restore,
    order_return,
    order_revival,
    order_separation,
    order_update,
)
from siappakai.web.formatting import product, sentence
from siappakai.web.instance_actions import (
    COMBINED,
    NEVER_UPDATED,
    actions_of,
    is_held_together,
    release_offers,
    way_back,
)
from siappakai.web.queries_instances import get_instance
from siappakai.web.start_choice import COMBINABLE
from siappakai.web.village_rows import (
    companions_reason,
    export_offers,
    group_offers,
    unfitting_reason,
)

NOT_INSTALLED = "Aplikasi ini belum terpasang."


@dataclass(frozen=True, slots=True)
class Deed:
    """One thing to do with an instance: its page, what it orders, and what is said then."""

    template: str
    order: Callable[[int], int]
    said: str
    wants_tick: bool = False


DEEDS = {
    "perbarui": Deed(
        "pages/instances/update.html",
        lambda instance_id: _order_update(instance_id),
        "Pembaruan {} dimulai. Bila gagal, kembali sendiri ke versi sekarang.",
    ),
    "mundur": Deed(
        "pages/instances/return.html",
        lambda instance_id: _order_return(instance_id),
        "{} sedang dikembalikan ke versi sebelumnya.",
        wants_tick=True,
    ),
    "lepas": Deed(
        "pages/instances/removal.html",
        lambda instance_id: order_removal(instance_id, by=current_user.username),
        "{} sedang dilepas. Semua datanya tetap disimpan.",
        wants_tick=True,
    ),
    "hidupkan": Deed(
        "pages/instances/revival.html",
        lambda instance_id: order_revival(instance_id, by=current_user.username),
        "{} sedang dihidupkan kembali.",
    ),
    "ekspor": Deed(
        "pages/instances/export.html",
        lambda instance_id: _order_export(instance_id),
        "Baris {} sedang diekspor. Situsnya tetap melayani.",
    ),
    "pulihkan": Deed(
        "pages/instances/restore.html",
        lambda instance_id: _order_restore(instance_id),
        "Baris {} sedang dipulihkan. Bila gagal, baris sekarang kembali sendiri.",
        wants_tick=True,
    ),
    "pisahkan": Deed(
        "pages/instances/separation.html",
        lambda instance_id: _order_separation(instance_id),
        "{} sedang dipindahkan ke basis data sendiri. Bila gagal, kembali sendiri ke gabungan.",
    ),
    "gabungkan": Deed(
        "pages/instances/joining.html",
        lambda instance_id: _order_joining(instance_id),
        "{} sedang dipindahkan ke basis data gabungan. Bila gagal, kembali sendiri.",
    ),
}
ROW_DEEDS = frozenset({"ekspor", "pulihkan", "pisahkan", "gabungkan"})


def why_not(instance: Instance, deed: str) -> str:
    """Why the deed can't be done now; empty when it can."""
    if not instance.is_installed:
        return NOT_INSTALLED
    reasons = {action.name: action.reason for action in actions_of(instance)}
    if deed in reasons:
        return reasons[deed]
    if deed == "hidupkan":
        return "Aplikasi ini sedang melayani."
    if "hidupkan" in reasons:
        return "Aplikasi ini sedang dilepas."
    return unfitting_reason(instance, deed)


def _order_update(instance_id: int) -> int:
    """Only what the page offers: newer releases that the village's subscription covers."""
    release_id = _chosen_number("rilis", "Pilih dahulu rilis tujuannya.")
    instance = get_instance(instance_id)
    _refuse_held_together(instance)
    release = db.session.get(Release, release_id)
    if instance.is_installed and release is not None and release.product == instance.product:
        offers = {offer.release.id: offer for offer in release_offers(instance)}
        if release_id in offers and offers[release_id].reason:
            raise Refused(sentence(offers[release_id].reason) + ".")
        if version_key(release.version) < version_key(instance.recorded_release.version):
            raise Refused(
                "Rilis itu lebih lama daripada yang dipakai.",
                hint="Untuk kembali ke versi sebelum pembaruan terakhir, pakai Mundur.",
            )
    return order_update(instance_id, release_id, by=current_user.username)


def _refuse_held_together(instance: Instance) -> None:
    """One press on one village's page must not move a hundred others."""
    if is_held_together(instance):
        raise Refused(
            COMBINED, hint="Pakai menu Peluncuran: di sana semuanya tampak sebelum dimulai."
        )


def _order_return(instance_id: int) -> int:
    """Only once for each update: a second time would throw away what was entered since."""
    instance = get_instance(instance_id)
    _refuse_held_together(instance)
    if instance.is_installed and way_back(instance) is None:
        raise Refused(NEVER_UPDATED)
    return order_return(instance_id, by=current_user.username)


def _order_export(instance_id: int) -> int:
    _fitting(instance_id, "ekspor")
    return order_export(instance_id, by=current_user.username)


def _order_restore(instance_id: int) -> int:
    """The form names an operation; its file is looked up among the village's own exports."""
    instance = _fitting(instance_id, "pulihkan")
    wanted = _chosen_number("ekspor", "Pilih dahulu ekspornya.")
    offers = {offer.operation_id: offer for offer in export_offers(instance)}
    if wanted not in offers:
        raise Refused("Ekspor itu bukan milik desa ini.", hint="Pilih dari daftar di halaman ini.")
    if offers[wanted].reason:
        raise Refused(f"Ekspor itu {offers[wanted].reason}.")
    return order_restore(instance_id, offers[wanted].file, by=current_user.username)


def _order_separation(instance_id: int) -> int:
    instance = _fitting(instance_id, "pisahkan")
    if reason := companions_reason(instance):
        raise Refused(reason)
    return order_separation(instance_id, by=current_user.username)


def _order_joining(instance_id: int) -> int:
    """Only into a database that the page offers: of its server, product and version."""
    instance = _fitting(instance_id, "gabungkan")
    if reason := companions_reason(instance):
        raise Refused(reason)
    wanted = _chosen_number("gabungan", "Pilih dahulu basis data gabungannya.")
    offers = {offer.group.id: offer for offer in group_offers(instance)}
    if wanted not in offers:
        raise Refused("Basis data gabungan itu tidak ada.", hint="Pilih dari daftar di bawah.")
    if offers[wanted].reason:
        raise Refused(f"Basis data itu {offers[wanted].reason}.")
    return order_joining(instance_id, wanted, by=current_user.username)


def get_doable(instance_id: int, deed: str) -> Instance:
    """The instance; NotFound when the deed is unknown to its product."""
    instance = get_instance(instance_id)
    if deed in ROW_DEEDS and instance.product != COMBINABLE:
        raise NotFound(
            f"{product(instance.product)} tidak mengenal tindakan itu.",
            hint="Hanya desa di OpenSID yang diekspor, dipulihkan, dipisahkan, atau digabungkan.",
        )
    return instance


def _fitting(instance_id: int, deed: str) -> Instance:
    """The instance when its database is of the kind that the deed wants; else Refused."""
    instance = get_doable(instance_id, deed)
    if not instance.is_installed:
        raise Refused(NOT_INSTALLED)
    if reason := unfitting_reason(instance, deed):
        raise Refused(reason)
    return instance


def _chosen_number(field: str, told: str) -> int:
    text = request.form.get(field, "")
    if not (text.isascii() and text.isdigit()) or len(text) > 9:
        raise InvalidInput(told)
    return int(text)
