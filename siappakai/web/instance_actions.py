"""What an admin may do with one installed instance now, and why not with the rest."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import defer

from siappakai.models import (
    ACTIVE,
    Instance,
    Operation,
    OperationKind,
    OperationState,
    Release,
    Step,
    WantedState,
    db,
)
from siappakai.models.release import INSTALLABLE, version_key
from siappakai.provision.stuck import HINT, find_stuck, tell_stuck
from siappakai.subscriptions.offers import token_gate
from siappakai.web.village_rows import is_held_together, row_reasons

BUSY = "Tunggu sampai pekerjaan yang sekarang selesai."
COMBINED = "Semua desa di satu basis data gabungan berpindah versi bersama-sama."
NEWEST = "Sudah memakai rilis terbaru yang siap dipasang."
NEVER_UPDATED = "Tidak ada pembaruan yang dapat dibalik."
ROW_BUTTONS = {
    "ekspor": ("Ekspor", "download"),
    "pulihkan": ("Pulihkan", "upload"),
    "pisahkan": ("Pisahkan", "arrow-up"),
    "gabungkan": ("Gabungkan", "arrow-down"),
}


@dataclass(frozen=True, slots=True)
class Action:
    """One button; `reason` says why it rests, empty when it may be pressed."""

    name: str
    label: str
    icon: str
    reason: str = ""

    @property
    def is_offered(self) -> bool:
        return not self.reason


@dataclass(frozen=True, slots=True)
class ReleaseOffer:
    """A release an instance could move to; `reason` says why this village may not have it."""

    release: Release
    reason: str = ""


@dataclass(frozen=True, slots=True)
class WayBack:
    """The last update: the release before it, and that it was."""

    update: Operation
    release: Release


def actions_of(instance: Instance) -> list[Action]:
    """The buttons of an instance's card; none before its first installation succeeded."""
    if not instance.is_installed:
        return []
    busy = BUSY if _is_busy(instance) else _why_stuck(instance)
    if instance.wanted_state == WantedState.REMOVED:
        return [Action("hidupkan", "Hidupkan", "player-play", busy)]
    return [
        Action("perbarui", "Perbarui", "refresh", busy or _no_update(instance)),
        Action("mundur", "Mundur", "history", busy or _no_return(instance)),
        *(
            Action(name, *ROW_BUTTONS[name], busy or reason)
            for name, reason in row_reasons(instance).items()
        ),
        Action("lepas", "Lepas", "circle-minus", busy),
    ]


def _no_update(instance: Instance) -> str:
    if is_held_together(instance):
        return COMBINED
    offers = release_offers(instance)
    if not offers:
        return NEWEST
    return "" if any(not each.reason for each in offers) else offers[0].reason


def _no_return(instance: Instance) -> str:
    if is_held_together(instance):
        return COMBINED
    return "" if way_back(instance) else NEVER_UPDATED


def release_offers(instance: Instance) -> list[ReleaseOffer]:
    """The installable releases above the recorded one, newest first."""
    query = (
        select(Release)
        .where(Release.product == instance.product, Release.state.in_(INSTALLABLE))
        .options(defer(Release.components))
        .order_by(Release.id.desc())
    )
    now = version_key(instance.recorded_release.version)
    newer = [each for each in db.session.scalars(query) if version_key(each.version) > now]
    newer.sort(key=lambda each: version_key(each.version), reverse=True)
    return [ReleaseOffer(each, _kept_from(instance, each)) for each in newer]


def _kept_from(instance: Instance, release: Release) -> str:
    if instance.village_code is None:
        return ""
    return token_gate([instance.village_code], release).get(instance.village_code, "")


def way_back(instance: Instance) -> WayBack | None:
    """The update that *mundur* would take back; None when there is none, or it was already."""
    update = db.session.scalars(
        select(Operation)
        .filter_by(
            instance_id=instance.id, kind=OperationKind.UPDATE, state=OperationState.SUCCEEDED
        )
        .order_by(Operation.id.desc())
        .limit(1)
    ).first()
    if update is None or update.release_id != instance.recorded_release_id:
        return None
    warm = db.session.scalar(select(Step).filter_by(operation_id=update.id, name="warm"))
    before = (warm.result or {}).get("old_release_id") if warm else None
    release = db.session.get(Release, before) if before else None
    return WayBack(update, release) if release else None


def _why_stuck(instance: Instance) -> str:
    stuck = find_stuck(instance)
    return f"{tell_stuck(stuck, instance)} {HINT}" if stuck is not None else ""


def _is_busy(instance: Instance) -> bool:
    query = select(Operation.id).where(
        Operation.instance_id == instance.id, Operation.state.in_(ACTIVE)
    )
    return db.session.scalar(query.limit(1)) is not None
