"""Steps that tests and measurements of release day share: offer, plan, approve, wait."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from siappakai.models import (
    ItemState,
    Release,
    ReleaseState,
    Rollout,
    db,
    transaction,
    write_setting,
)
from siappakai.provision.catalogue import move_release
from siappakai.rollout.draft import CHANNEL_SETTING, draft_plan
from siappakai.rollout.drive import advance_all
from siappakai.rollout.freeze import approve, freeze_plan
from siappakai.rollout.machine import WORKING
from siappakai.rollout.policy import RolloutPolicy
from tests.fleet import Fleet


def offer(fleet: Fleet, release_id: int) -> None:
    """The release may be rolled out, whatever channel a village is on."""
    with fleet.app.app_context(), transaction():
        write_setting(CHANNEL_SETTING, {"cepat": 0, "biasa": 0, "lambat": 0}, by="uji")
        release = db.session.get_one(Release, release_id)
        if release.state != ReleaseState.OFFERED:
            move_release(release, ReleaseState.OFFERED, by="uji")


def plan_and_approve(fleet: Fleet, release_id: int, policy: RolloutPolicy) -> int:
    """An approved rollout to the release for everything that can move; returns its id."""
    offer(fleet, release_id)
    with fleet.app.app_context():
        plan = draft_plan(release_id, policy, lambda _server, _digest: True)
        rollout_id = freeze_plan(plan, policy, title="Uji", by="ani")
        sha256 = db.session.get_one(Rollout, rollout_id).plan_sha256
        db.session.rollback()
        approve(rollout_id, sha256, by="budi", gate=lambda _rollout: ())
        return rollout_id


def act(fleet: Fleet, deed: Callable[..., object], *args: object, **more: object) -> None:
    with fleet.app.app_context():
        deed(*args, by="ani", **more)


def wait_until_quiet(fleet: Fleet, rollout_id: int, timeout_s: float = 600) -> Counter[ItemState]:
    """Ticks until nothing of the rollout runs or may still start; the units by state."""
    counted: Counter[ItemState] = Counter()

    def is_quiet() -> bool:
        advance_all()
        rollout = db.session.get_one(Rollout, rollout_id)
        db.session.refresh(rollout)
        counted.clear()
        counted.update(item.state for item in rollout.items)
        runs = any(counted[each] for each in (*WORKING, ItemState.RETURN_WAITING))
        may_start = rollout.state.value == "berjalan"
        return not runs and not may_start

    fleet.wait_for(is_quiet, timeout_s, f"rollout {rollout_id}")
    return counted
