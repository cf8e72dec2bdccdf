"""Touch: what the ticker does for brands: layers whose time came, new villages, those left out."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

from sqlalchemy import select

from siappakai.branding.schedule import apply_due
from siappakai.branding.sent import unsent_themes
from siappakai.models import (
    Instance,
    InstanceBrand,
    Operation,
    OperationKind,
    OperationState,
    Task,
    TaskKind,
    WantedState,
    db,
    transaction,
    utc_now,
)
from siappakai.provision.order import Busy
from siappakai.provision.order_brand import dress_new_instances, queue_brand
from siappakai.queue import enqueue_operations
from siappakai.tasks.order import order_theme_distribution

BY = "jadwal"
RETRY_AFTER = timedelta(minutes=10)


def tend_brands() -> None:
    """Operations for all whose look should be another by now; called every few seconds."""
    ids: list[int] = []
    apply_due(utc_now(), lambda version_id, instances: ids.extend(_queue(version_id, instances)))
    enqueue_operations(ids)
    send_new_themes()
    dress_new_instances()
    catch_up()


def send_new_themes() -> int | None:
    """The task that brings new themes to the servers; None while all are there, or one failed.

    What failed is tried again after a while, or by a person (Coba lagi).
    """
    unsent = unsent_themes()
    last = db.session.scalars(
        select(Task).filter_by(kind=TaskKind.DISTRIBUTE_THEMES).order_by(Task.id.desc()).limit(1)
    ).first()
    is_settled = (
        last is None
        or last.state == OperationState.SUCCEEDED
        or (last.finished_at is not None and last.finished_at < utc_now() - RETRY_AFTER)
    )
    db.session.rollback()
    return order_theme_distribution(by=BY) if unsent and is_settled else None


def catch_up(limit: int = 20) -> list[int]:
    """Who was busy when a version came gets it now; what failed waits for a person."""
    with transaction():
        waiting = list(
            db.session.execute(
                select(InstanceBrand.instance_id, InstanceBrand.wanted_version_id)
                .join(Instance, Instance.id == InstanceBrand.instance_id)
                .where(
                    InstanceBrand.wanted_version_id.is_not(None),
                    InstanceBrand.wanted_version_id.is_distinct_from(
                        InstanceBrand.applied_version_id
                    ),
                    Instance.wanted_state == WantedState.RUNNING,
                )
                .order_by(InstanceBrand.instance_id)
            )
        )
        ids: list[int] = []
        for instance_id, version_id in waiting:
            if len(ids) < limit and not _was_tried(instance_id, version_id):
                ids += _queue(version_id, (instance_id,))
    enqueue_operations(ids)
    return ids


def _queue(version_id: int, instance_ids: tuple[int, ...]) -> list[int]:
    queued = []
    for instance_id in instance_ids:
        with suppress(Busy):
            queued.append(queue_brand(instance_id, version_id, by=BY))
    return queued


def _was_tried(instance_id: int, version_id: int) -> bool:
    """Whether the newest brand operation was for this version: then its end was a person's to see.

    One that ended well leaves `applied_version_id`, so what is left failed, waits or runs.
    """
    newest = db.session.scalars(
        select(Operation)
        .filter_by(instance_id=instance_id, kind=OperationKind.APPLY_BRAND)
        .order_by(Operation.id.desc())
        .limit(1)
    ).first()
    told = (newest.parameters or {}).get("brand_version_id") if newest is not None else None
    return newest is not None and told == version_id
