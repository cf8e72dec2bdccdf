"""The ticker: puts forgotten and abandoned operations back in the queue, and looks at instances."""

from __future__ import annotations

import threading
import time

from flask import Flask
from redis.exceptions import RedisError
from sqlalchemy import and_, or_, select
from sqlalchemy.exc import SQLAlchemyError

from siappakai.errors import SiapPakaiError
from siappakai.log import get_logger
from siappakai.models import Operation, OperationState, Server, ServerState, db, utc_now
from siappakai.provision.observe import observe_server
from siappakai.queue import enqueue_operations, queued_operation_ids
from siappakai.subscriptions import tend_subscriptions

log = get_logger(__name__)

TICK_S = 3
OBSERVE_EVERY_S = 120
TEND_SUBSCRIPTIONS_EVERY_S = 900


def tick_forever(app: Flask, stop: threading.Event) -> None:
    """Tick until told to stop; one failing round never ends the ticker."""
    observed_at = tended_at = 0.0
    while not stop.is_set():
        with app.app_context():
            try:
                refill_queue()
                if time.monotonic() - observed_at >= OBSERVE_EVERY_S:
                    observed_at = time.monotonic()
                    observe_all()
                if time.monotonic() - tended_at >= TEND_SUBSCRIPTIONS_EVERY_S:
                    tended_at = time.monotonic()
                    tend_subscriptions(utc_now())
            except (SQLAlchemyError, RedisError, SiapPakaiError) as error:
                log.warning("tick_failed", error=str(error))
            finally:
                db.session.remove()
        stop.wait(TICK_S)


def refill_queue() -> list[int]:
    """Enqueue operations that may run now and that the queue doesn't hold; returns their ids."""
    now = utc_now()
    waiting = and_(
        Operation.state == OperationState.QUEUED,
        or_(Operation.not_before_at.is_(None), Operation.not_before_at <= now),
    )
    abandoned = and_(Operation.state == OperationState.RUNNING, Operation.lease_until_at < now)
    ids = list(
        db.session.scalars(
            select(Operation.id).where(or_(waiting, abandoned)).order_by(Operation.id)
        )
    )
    db.session.rollback()
    if not ids:
        return []
    held = queued_operation_ids()
    missing = [one for one in ids if one not in held]
    if missing and enqueue_operations(missing):
        log.info("queue_refilled", operations=missing[:50], count=len(missing))
    return missing


def observe_all() -> None:
    servers = list(db.session.scalars(select(Server).filter_by(state=ServerState.READY)))
    for server in servers:
        observe_server(server.id)
