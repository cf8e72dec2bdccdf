"""Touch: how villages stand for each chosen release, as the planner wants to know it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from sqlalchemy import select

from siappakai.models import ACTIVE, DatabaseGroup, Instance, Operation, Release, Village, db
from siappakai.models.release import version_key
from siappakai.products import find_recipe, in_order_of_needs
from siappakai.provision.install_queue import AT_ONCE, find_instances, last_operations
from siappakai.provision.planner import VillageState
from siappakai.subscriptions.offers import token_gate

Barriers = Mapping[str, str]


def village_states(
    codes: list[str], releases: Sequence[Release], group: DatabaseGroup | None = None
) -> list[VillageState]:
    """One state a village and release; without a release yet, of OpenSID."""
    names = _names(codes)
    if not releases:
        return _of_product(names, "opensid", {})
    coming: dict[str, set[str]] = {}  # product → villages that have it or get it now
    states: list[VillageState] = []
    for release in in_order_of_needs(releases):
        barriers = {
            **_lacking(names, release, coming),
            **token_gate(names, release),
            **_other_version(names, release, group),
        }
        found = _of_product(names, release.product, barriers)
        coming[release.product] = {
            each.code for each in found if each.is_recorded or not each.barrier
        }
        states += found
    return states


def _names(codes: list[str]) -> dict[str, str]:
    names: dict[str, str] = {}
    for start in range(0, len(codes), AT_ONCE):
        some = codes[start : start + AT_ONCE]
        rows = db.session.execute(select(Village.code, Village.name).where(Village.code.in_(some)))
        names.update({row.code: row.name for row in rows})
    return {code: names[code] for code in codes if code in names}


def _lacking(
    names: Mapping[str, str], release: Release, coming: Mapping[str, set[str]]
) -> Barriers:
    """Villages without a product that this one needs, neither there nor in the same start."""
    recipe = find_recipe(release.product)
    barriers: dict[str, str] = {}
    for needed in recipe.needs:
        there = coming.get(needed)
        if there is None:
            there = {each.scope_code for each in find_instances(needed, list(names))}
        reason = f"{recipe.label} memerlukan {find_recipe(needed).label}, yang belum ada"
        barriers |= {code: reason for code in names if code not in there}
    return barriers


def _other_version(
    names: Mapping[str, str], release: Release, group: DatabaseGroup | None
) -> Barriers:
    """In a combined database every village has the same version."""
    if group is None or group.product != release.product:
        return {}
    versions = {
        each.recorded_release.version for each in group.instances if each.recorded_release
    } - {release.version}
    if not versions:
        return {}
    seen = ", ".join(sorted(versions, key=version_key))
    reason = f"basis data gabungan “{group.label}” berada pada versi {seen}"
    return dict.fromkeys(names, reason)


def _of_product(names: Mapping[str, str], product: str, barriers: Barriers) -> list[VillageState]:
    instances = {each.scope_code: each for each in find_instances(product, list(names))}
    last = last_operations([each.id for each in instances.values()])
    plain = VillageState("", "", product=product, product_label=find_recipe(product).label)
    return [
        _state(
            replace(plain, code=code, name=name, barrier=barriers.get(code, "")),
            instances.get(code),
            last,
        )
        for code, name in names.items()
    ]


def _state(
    plain: VillageState, instance: Instance | None, last: Mapping[int, Operation]
) -> VillageState:
    if instance is None:
        return plain
    operation = last.get(instance.id)
    recorded = instance.recorded_release
    return replace(
        plain,
        is_recorded=recorded is not None,
        recorded_version=recorded.version if recorded else "",
        is_active=operation is not None and operation.state in ACTIVE,
        last_error=operation.error_message if operation and operation.is_finished else "",
    )
