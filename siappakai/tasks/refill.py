"""Touch: tasks that wait or were abandoned are put back in the queue; for the ticker."""

from __future__ import annotations

from sqlalchemy import select

from siappakai.log import get_logger
from siappakai.models import Task, db, utc_now
from siappakai.provision.lease import is_free
from siappakai.queue import enqueue_tasks, queued_task_ids

log = get_logger(__name__)


def refill_tasks() -> list[int]:
    """Enqueue tasks that may run now and that the queue doesn't hold; returns their ids."""
    ids = list(
        db.session.scalars(select(Task.id).where(is_free(Task, utc_now())).order_by(Task.id))
    )
    db.session.rollback()
    if not ids:
        return []
    held = queued_task_ids()
    missing = [one for one in ids if one not in held]
    if missing and enqueue_tasks(missing):
        log.info("tasks_refilled", tasks=missing[:50], count=len(missing))
    return missing
