"""Touch: which instances still wait for their village's token, and what they were given."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Select, select

from siappakai.models import Instance, Subscription, SubscriptionPush, db, utc_now
from siappakai.products import RECIPES


def needs_push(instance: Instance) -> bool:
    """Does the instance run without the token that its village has now?"""
    return db.session.scalar(_waiting(Instance.id).where(Instance.id == instance.id)) is not None


def instances_to_push(village_code: str = "") -> list[int]:
    """The ids of all instances that wait for their token, or only those of one village."""
    query = _waiting(Instance.id).order_by(Instance.id)
    if village_code:
        query = query.where(Instance.village_code == village_code)
    return list(db.session.scalars(query))


def villages_to_push() -> list[str]:
    """The codes of the villages that have an instance waiting for the token, in order."""
    return list(
        db.session.scalars(_waiting(Instance.village_code).distinct().order_by("village_code"))
    )


def note_pushed(instance_id: int, fingerprint: str, operation_id: int | None) -> None:
    """The instance now has the token of this fingerprint; part of the caller's transaction."""
    row = db.session.get(SubscriptionPush, instance_id) or SubscriptionPush(instance_id=instance_id)
    row.fingerprint, row.operation_id, row.pushed_at = fingerprint, operation_id, utc_now()
    db.session.add(row)
    db.session.flush()


def is_waiting() -> ColumnElement[bool]:
    """The condition of a waiting instance, for queries that join the three tables themselves."""
    return (
        Instance.is_serving
        & Instance.product.in_(takers())
        & (
            SubscriptionPush.fingerprint.is_(None)
            | (SubscriptionPush.fingerprint != Subscription.fingerprint)
        )
    )


def takers() -> list[str]:
    """The products that are given the token."""
    return [name for name, each in RECIPES.items() if each.takes_token or each.needs_token]


def _waiting(*columns: Any) -> Select[Any]:
    return (
        select(*columns)
        .select_from(Instance)
        .join(Subscription, Subscription.village_code == Instance.village_code)
        .outerjoin(SubscriptionPush, SubscriptionPush.instance_id == Instance.id)
        .where(is_waiting())
    )
