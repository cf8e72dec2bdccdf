"""Touch: what the regency has set for all its rollouts: a second approver, delays of channels."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import func, select

from siappakai.errors import InvalidInput
from siappakai.models import (
    Role,
    User,
    append_event,
    db,
    read_setting,
    transaction,
    write_setting,
)
from siappakai.rollout.draft import CHANNEL_SETTING, channel_days
from siappakai.rollout.freeze import SECOND_APPROVER
from siappakai.rollout.stay import CHANNEL_DAYS

MOST_DAYS = 180


def wants_second_approver() -> bool:
    """Whether a plan is approved by another person than made it."""
    return bool(read_setting(SECOND_APPROVER, False))


def admin_count() -> int:
    """How many people may approve anything."""
    return db.session.scalar(select(func.count(User.id)).filter_by(role=Role.ADMIN)) or 0


def set_rules(*, second_approver: bool, days: Mapping[str, int], by: str) -> bool:
    """Keep both; returns whether anything changed. InvalidInput when a delay makes no sense."""
    if set(days) != set(CHANNEL_DAYS) or not all(0 <= each <= MOST_DAYS for each in days.values()):
        raise InvalidInput(f"Jeda kanal harus bilangan 0 sampai {MOST_DAYS} hari.")
    if not days["cepat"] <= days["biasa"] <= days["lambat"]:
        raise InvalidInput(
            "Jeda kanal harus makin panjang: cepat, lalu biasa, lalu lambat.",
            hint="Boleh sama, misalnya 0, 0, dan 14.",
        )
    with transaction():
        wanted = {name: int(days[name]) for name in CHANNEL_DAYS}
        if (second_approver, wanted) == (wants_second_approver(), dict(channel_days())):
            return False
        write_setting(SECOND_APPROVER, second_approver, by=by)
        write_setting(CHANNEL_SETTING, wanted, by=by)
        spoken = ", ".join(f"{name} {each}" for name, each in wanted.items())
        append_event(
            "rollout_rules_changed",
            "setting:rollout",
            by=by,
            second_approver="ya" if second_approver else "tidak",
            channel_days=spoken,
        )
    return True
