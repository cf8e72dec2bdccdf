"""Touch: why an operation may not be ordered now, the first time or again; one sentence each."""

from __future__ import annotations

from sqlalchemy import select

from siappakai.errors import Refused
from siappakai.models import Instance, OperationKind, Release, WantedState, db
from siappakai.models.release import version_key
from siappakai.products import RECIPES, find_recipe
from siappakai.provision.group import moves_together
from siappakai.subscriptions.offers import token_gate

OF_COMBINED = frozenset({OperationKind.EXPORT, OperationKind.RESTORE, OperationKind.SEPARATE})
OF_SEPARATE = frozenset({OperationKind.JOIN})


def refuse_removed(instance: Instance) -> None:
    if instance.wanted_state != WantedState.RUNNING:
        raise Refused("Aplikasi ini sedang dilepas.", hint="Hidupkan dahulu, lalu ulangi.")


def refuse_update(instance: Instance, release: Release) -> None:
    """Neither it nor any that moves with it may get the release; the sentence says why."""
    if release.product != instance.product:
        raise Refused("Rilis itu milik produk lain.")
    members = moves_together(instance)
    if all(each.recorded_release_id == release.id for each in members):
        raise Refused(f"Sudah memakai versi {release.version}.")
    for each in members:
        _refuse_older(each, release)
        refuse_uncovered(each, release)


def _refuse_older(instance: Instance, release: Release) -> None:
    """An older release can't read a newer database: the way back is the return."""
    if version_key(release.version) < version_key(instance.recorded_release.version):
        raise Refused(
            f"Versi {release.version} lebih lama daripada yang berjalan.",
            hint="Untuk kembali, pakai Mundur: basis datanya ikut dikembalikan.",
        )


def refuse_uncovered(instance: Instance, release: Release) -> None:
    if instance.village_code and (why := token_gate([instance.village_code], release)):
        raise Refused(f"Rilis ini tidak ditawarkan: {why[instance.village_code]}.")


def refuse_unfitting(kind: OperationKind, instance: Instance) -> None:
    """Rows of one village are an affair of the product whose database may be combined."""
    if kind not in OF_COMBINED | OF_SEPARATE:
        return
    group = instance.database_group
    if instance.product != group.product or not find_recipe(group.product).join_commands():
        raise Refused("Aplikasi ini tidak punya basis data yang dapat digabungkan.")
    if kind in OF_COMBINED and not group.is_combined:
        raise Refused("Desa ini memakai basis data sendiri, bukan gabungan.")
    if kind in OF_SEPARATE and group.is_combined:
        raise Refused("Desa ini sudah berada di basis data gabungan.")


def refuse_needed(instance: Instance) -> None:
    """Another product of the same place can't do without it."""
    dependants = [name for name, each in RECIPES.items() if instance.product in each.needs]
    rows = db.session.scalars(
        select(Instance.product).where(
            Instance.product.in_(dependants),
            Instance.scope_code == instance.scope_code,
            Instance.is_serving,
        )
    )
    labels = [RECIPES[product].label for product in rows]
    if labels:
        raise Refused(
            f"{' dan '.join(labels)} masih memerlukannya.", hint="Lepas dahulu aplikasi itu."
        )
