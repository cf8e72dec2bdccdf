"""Touch: what the ticker does for brands: layers whose time came, new villages, those left out."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

from sqlalchemy import select

from siappakai.branding.schedule import apply_due
from siappakai.branding.sent import unsent_themes
from siappakai.errors import NotFound, Refused, SiapPakaiError
from siappakai.log import get_logger
from siappakai.models import (
    Instance,
    InstanceBrand,
    OperationState,
    Task,
    TaskKind,
    db,
    transaction,
    utc_now,
)
from siappakai.provision.brand_newcomers import dress_new_instances
from siappakai.provision.brand_who import is_free, waits_for_version
from siappakai.provision.order_brand import queue_brand
from siappakai.queue import enqueue_operations
from siappakai.tasks.order import order_theme_distribution

log = get_logger(__name__)
BY = "jadwal"
RETRY_AFTER = timedelta(minutes=10)
AT_ONCE = 50  # operations in one writing transaction


def tend_brands() -> None:
    """Operations for all whose look should be another by now; called every few seconds.

    What is refused in one part never keeps the others from their work.
    """
    for part in (begin_and_end, send_new_themes, dress_new_instances, catch_up):
        try:
            part()
        except SiapPakaiError as error:
            log.warning("brand_not_tended", part=part.__name__, error=error.message)


def begin_and_end() -> None:
    """Temporary layers whose time came begin or end; `catch_up` brings them to the instances."""
    apply_due(utc_now())


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


def catch_up(limit: int = AT_ONCE) -> list[int]:
    """Who should wear another version than it does gets it now; what failed waits for a person.

    These are who was busy when a version came, and all for whom the clock made one.
    """
    waiting = _waiting(limit)
    if not waiting:
        return []
    ids: list[int] = []
    with transaction():
        for instance_id, version_id in waiting:
            row = db.session.get_one(InstanceBrand, instance_id)
            if row.wanted_version_id == version_id:  # nobody decided otherwise meanwhile
                with suppress(Refused, NotFound):
                    ids.append(queue_brand(instance_id, version_id, by=BY))
    enqueue_operations(ids)
    return ids


def _waiting(limit: int) -> list[tuple[int, int]]:
    """Instance and version it waits for; who can't be told now doesn't hold the others up."""
    rows = db.session.execute(
        select(InstanceBrand.instance_id, InstanceBrand.wanted_version_id)
        .join(Instance, Instance.id == InstanceBrand.instance_id)
        .where(Instance.is_serving, waits_for_version(), is_free())
        .order_by(InstanceBrand.instance_id)
        .limit(limit)
    )
    found = [(row[0], row[1]) for row in rows]
    db.session.rollback()
    return found
