"""The ticker: puts forgotten and abandoned operations back in the queue, and looks at instances."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from flask import Flask
from redis.exceptions import RedisError
from sqlalchemy import and_, or_, select
from sqlalchemy.exc import SQLAlchemyError

from siappakai.errors import SiapPakaiError
from siappakai.last_resort import going_on
from siappakai.log import get_logger
from siappakai.models import Operation, OperationState, Server, ServerState, db, utc_now
from siappakai.provision.brand_drift import drift_round
from siappakai.provision.brand_tend import tend_brands
from siappakai.provision.licences import check_licences
from siappakai.provision.observe import observe_server
from siappakai.queue import enqueue_operations, queued_operation_ids
from siappakai.rollout.drive import advance_all
from siappakai.rollout.rehearse import advance_rehearsals, sweep_rehearsals
from siappakai.rollout.watch import watch_all
from siappakai.rollout.watch_samples import sample_all
from siappakai.subscriptions import tend_subscriptions
from siappakai.tasks.refill import refill_tasks

log = get_logger(__name__)

TICK_S = 3
OBSERVE_EVERY_S = 120
TEND_SUBSCRIPTIONS_EVERY_S = 900
CHECK_LICENCES_EVERY_S = 3600
WATCH_EVERY_S = 10
SWEEP_EVERY_S = 600
TEND_BRANDS_EVERY_S = 15
BRAND_DRIFT_EVERY_S = 20


@dataclass(slots=True)
class Round:
    """Work that comes round every so many seconds."""

    every_s: float
    work: Callable[[], object]
    last_at: float = float("-inf")

    def run_if_due(self) -> None:
        if time.monotonic() - self.last_at >= self.every_s:
            self.last_at = time.monotonic()
            self.work()


def tick_forever(app: Flask, stop: threading.Event) -> None:
    """Tick until told to stop; one failing round never ends the ticker, whatever it failed of.

    Each of these has a thread of its own: a far server, a long log or a slow village that hangs
    must not hold the rest.
    """
    alone = {
        "licences": Round(CHECK_LICENCES_EVERY_S, check_all_licences),
        "guard": Round(WATCH_EVERY_S, watch_all),
        "guard-samples": Round(WATCH_EVERY_S, sample_all),
        "rehearsals": Round(SWEEP_EVERY_S, sweep_rehearsals),
        "brand-drift": Round(BRAND_DRIFT_EVERY_S, drift_round),
    }
    for name, each in alone.items():
        args = (app, stop, [each])
        threading.Thread(target=_turn, args=args, name=name, daemon=True).start()
    rounds = [
        Round(0, refill_queue),
        Round(0, refill_tasks),
        Round(0, advance_all),
        Round(0, advance_rehearsals),
        Round(TEND_BRANDS_EVERY_S, tend_brands),
        Round(OBSERVE_EVERY_S, observe_all),
        Round(TEND_SUBSCRIPTIONS_EVERY_S, lambda: tend_subscriptions(utc_now())),
    ]
    _turn(app, stop, rounds)


def _turn(app: Flask, stop: threading.Event, rounds: list[Round]) -> None:
    while not stop.is_set():
        with app.app_context():
            for each in rounds:
                _run(each)
        stop.wait(TICK_S)


def _run(each: Round) -> None:
    with going_on("tick_broken"):
        try:
            each.run_if_due()
        except (SQLAlchemyError, RedisError, SiapPakaiError) as error:
            log.warning("tick_failed", error=str(error))
        finally:
            db.session.remove()


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


def check_all_licences() -> None:
    servers = list(db.session.scalars(select(Server).filter_by(state=ServerState.READY)))
    for server in servers:
        check_licences(server.id)
