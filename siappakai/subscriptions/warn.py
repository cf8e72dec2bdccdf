"""Touch: what the ticker does for subscriptions: one event a village and stage, never more."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select, update

from siappakai.models import Subscription, append_event, db, transaction
from siappakai.subscriptions.checks import forget_expired
from siappakai.subscriptions.expiry import ENDED, SOON_DAYS, local_date, stage_to_warn

BY = "detak"
_ZONES_APART = timedelta(days=1)


def tend_subscriptions(now: datetime) -> int:
    """Warnings written and old checks forgotten; returns how many warnings."""
    forget_expired(now)
    return warn_expiring(now)


def warn_expiring(now: datetime) -> int:
    """One event for each village that reached a stage (30, 14, 7, 0 for ended) not yet told.

    Nothing is deleted or switched off. `now` is aware; returns how many events were appended.
    """
    if not _due(now):
        return 0
    with transaction():
        return sum(_warn(row, stage) for row, stage in _due(now))


def _due(now: datetime) -> list[tuple[Subscription, int]]:
    horizon = now.date() + timedelta(days=SOON_DAYS) + _ZONES_APART
    rows = db.session.scalars(
        select(Subscription)
        .where(
            Subscription.ends_on <= horizon,
            Subscription.warned_stage.is_(None) | (Subscription.warned_stage > 0),
        )
        .order_by(Subscription.village_code)
        .execution_options(populate_existing=True)
    )
    staged = (
        (row, stage_to_warn(row.ends_on, local_date(row.village_code, now), row.warned_stage))
        for row in rows
    )
    return [(row, stage) for row, stage in staged if stage is not None]


def _warn(row: Subscription, stage: int) -> int:
    """1 when this call was the one that moved the row to the stage, and told it; else 0."""
    before = row.warned_stage
    same = (
        Subscription.warned_stage.is_(None)
        if before is None
        else Subscription.warned_stage == before
    )
    moved = db.session.execute(
        update(Subscription)
        .where(
            Subscription.village_code == row.village_code,
            Subscription.fingerprint == row.fingerprint,
            same,
        )
        .values(warned_stage=stage)
        .execution_options(synchronize_session=False)
    )
    if moved.rowcount != 1:
        return 0
    append_event(
        "subscription_ended" if stage == ENDED else "subscription_ending",
        f"village:{row.village_code}",
        by=BY,
        village=row.village_code,
        ends_on=row.ends_on.isoformat(),
        stage=stage,
    )
    return 1
