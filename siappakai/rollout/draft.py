"""Touch: a plan for a release as the fleet stands now, with the calendar and the settings."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from flask import current_app

from siappakai.local_words import home_word
from siappakai.models import db, read_setting, utc_now
from siappakai.rollout.candidates import HasImage, candidates_for, wanted_of
from siappakai.rollout.holidays import days_without_work
from siappakai.rollout.plan import Plan, make_plan
from siappakai.rollout.policy import RolloutPolicy, check
from siappakai.rollout.stay import CHANNEL_DAYS

CHANNEL_SETTING = "rollout.channel_days"


def zone_name() -> str:
    """The regency's time zone, by whose clock windows and days are read."""
    return str(current_app.extensions["siappakai_settings"].local_time_zone)


def channel_days() -> Mapping[str, int]:
    """Days after a release was offered until each channel gets it; the admin's setting or ours."""
    chosen = read_setting(CHANNEL_SETTING, {}) or {}
    return {**CHANNEL_DAYS, **{str(name): int(days) for name, days in chosen.items()}}


def draft_plan(
    release_id: int, policy: RolloutPolicy, has_image: HasImage, *, now: datetime | None = None
) -> Plan:
    """A fresh plan; writes nothing. InvalidInput for a policy that makes no sense."""
    check(policy)
    at = now or utc_now()
    wanted, delays, days = wanted_of(release_id), channel_days(), days_without_work(at)
    candidates = candidates_for(release_id, has_image)
    home = home_word(wanted.product)
    db.session.rollback()
    return make_plan(
        wanted, candidates, policy, at, zone_name(), days=days, channel_days=delays, home=home
    )
