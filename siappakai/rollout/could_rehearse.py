"""Touch: whom a release can be rehearsed for: just those that a plan could move to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from siappakai.errors import NotFound, Refused
from siappakai.models import Instance, Release, db
from siappakai.models.release import version_key
from siappakai.subscriptions.offers import token_gate


def choose_instances(release: Release, instance_ids: Sequence[int] | None) -> list[Instance]:
    """Instances that the release would move; those named which it can't are refused."""
    found, whys = [], why_none(release)
    if instance_ids is None:
        found = [each for each, why in whys.items() if not why]
    else:
        known = {each.id: each for each in whys}
        named = [_named(instance_id, known, release) for instance_id in instance_ids]
        for each in named:
            if why := whys[each]:
                raise Refused(f"{each.home.name}: {why}")
        units = {_unit(each) for each in named}
        found = [each for each in whys if each.is_serving and _unit(each) in units]
    if not found:
        raise Refused(
            f"Tidak ada yang dapat digladikan ke rilis {release.version}.",
            hint="Semua sudah memakai versi itu atau yang lebih baru, memakai edisi lain, tidak "
            "ditawari rilis itu oleh langganannya, atau belum terpasang.",
        )
    return found


def _named(instance_id: int, known: Mapping[int, Instance], release: Release) -> Instance:
    if instance_id in known:
        return known[instance_id]
    instance = db.session.get(Instance, instance_id)
    if instance is None:
        raise NotFound(f"Aplikasi nomor {instance_id} tidak ada.")
    raise Refused(f"{instance.home.name}: rilis itu milik produk lain.")


def why_none(release: Release) -> dict[Instance, str]:
    """All instances of the release's product, each with why it can't be rehearsed; empty if it can.

    What keeps one village of a combined database keeps all of it, as in a plan. A fixed number of
    queries.
    """
    loaded = (Instance.village, Instance.region, Instance.database_group, Instance.recorded_release)
    rows = db.session.scalars(
        select(Instance)
        .filter_by(product=release.product)
        .options(*(joinedload(each) for each in loaded))
        .order_by(Instance.id)
    ).all()
    barriers = token_gate([each.village_code for each in rows if each.village_code], release)
    own = {each: _why_not(each, release, barriers) for each in rows}
    kept: dict[tuple[str, int], str] = {}
    for each in rows:
        if each.is_serving and own[each]:
            kept.setdefault(_unit(each), f"berbagi basis data dengan {each.home.name}: {own[each]}")
    return {each: why or kept.get(_unit(each), "") for each, why in own.items()}


def _unit(instance: Instance) -> tuple[str, int]:
    """Equal for those that one operation moves (provision.members)."""
    group = instance.database_group
    is_whole = group.is_combined and instance.product == group.product
    return ("group", group.id) if is_whole else ("one", instance.id)


def why_not(members: Sequence[Instance], release: Release) -> str:
    """Why these, which one operation moves, can't be rehearsed for the release; empty: they can."""
    barriers = token_gate([each.village_code for each in members if each.village_code], release)
    return next((why for each in members if (why := _why_not(each, release, barriers))), "")


def _why_not(instance: Instance, release: Release, barriers: Mapping[str, str]) -> str:
    if not instance.is_serving:
        return "belum terpasang, atau sedang dilepas."
    running = instance.recorded_release
    if running.edition != release.edition:
        return f"memakai edisi {running.edition}; rilis itu edisi {release.edition}."
    if running.id == release.id:
        return f"sudah memakai versi {running.version}."
    if version_key(release.version) < version_key(running.version):
        return f"versi {release.version} lebih lama daripada yang berjalan ({running.version})."
    if barrier := barriers.get(instance.village_code or ""):
        return f"rilis itu tidak ditawarkan kepadanya: {barrier}."
    return ""
