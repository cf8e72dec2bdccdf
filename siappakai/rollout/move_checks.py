"""Touch: whether a planned unit still is what the plan said of it, just before it starts."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from sqlalchemy import select

from siappakai.models import (
    Instance,
    InstancePolicy,
    Release,
    Rollout,
    RolloutItem,
    db,
    utc_now,
)
from siappakai.models.release import INSTALLABLE
from siappakai.provision.group import moves_together
from siappakai.rollout.draft import zone_name


def no_longer_moves(item: RolloutItem, rollout: Rollout) -> str:
    """Why the unit is left where it is now; empty when it still moves as planned."""
    instance = db.session.get_one(Instance, item.instance_id)
    members = moves_together(instance)
    if instance not in members:
        return "Aplikasi ini sedang dilepas."
    if all(each.recorded_release_id == rollout.release_id for each in members):
        return f"Sudah memakai versi {rollout.release.version}."
    moved = [each for each in members if each.recorded_release_id != item.from_release_id]
    if moved:
        version = moved[0].recorded_release.version
        return f"Versinya berubah sejak rencana dibuat: {moved[0].home.name} memakai {version}."
    return next((why for why in (_pinned(each) for each in members) if why), "")


def withdrawn_because(rollout: Rollout) -> str:
    """Why nobody may get the rollout's release any more; empty while somebody may."""
    release = db.session.execute(
        select(Release.state, Release.version, Release.state_reason).filter_by(
            id=rollout.release_id
        )
    ).first()
    if release is None or release.state in INSTALLABLE:
        return ""
    because = f" ({release.state_reason})" if release.state_reason else ""
    return f"rilis {release.version} {release.state}{because}"


def _pinned(instance: Instance) -> str:
    policy = db.session.get(InstancePolicy, instance.id)
    if policy is None:
        return ""
    today = utc_now().astimezone(ZoneInfo(zone_name())).date()
    if policy.is_pinned:
        return f"{instance.home.name} disematkan pada versinya: {policy.reason}".rstrip(": ")
    if policy.held_until_on is not None and policy.held_until_on >= today:
        return f"{instance.home.name} ditahan sampai {policy.held_until_on:%d-%m-%Y}."
    return ""
