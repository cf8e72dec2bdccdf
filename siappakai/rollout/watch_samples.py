"""Touch: while waves are watched: errors in the logs of some instances, visits to quiet villages.

A thread of its own, because a slow Docker or a slow village must not keep the looks waiting. What
is found is kept under `samples` and judged by the next look.
"""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from flask import current_app
from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError

from siappakai.config import Settings
from siappakai.errors import SiapPakaiError
from siappakai.log import get_logger
from siappakai.models import Server, db, transaction
from siappakai.products import find_recipe
from siappakai.provision.docker_engine import DockerEngine, connect_engine
from siappakai.provision.instance_logs import LogPlace, log_place, read_instance_logs
from siappakai.provision.job import ServerFacts, server_facts
from siappakai.provision.synthetic import MOST_EACH, find_target, visit, visits_wanted
from siappakai.rollout.drive import lock_rollout
from siappakai.rollout.watch_rows import (
    BAKES,
    Served,
    Sight,
    WaveSeen,
    busy_groups,
    load_moves,
    load_sight,
    rollouts_to_watch,
)
from siappakai.rollout.watch_sides import Move
from siappakai.rollout.watch_state import SAMPLES, GuardState, Samples

log = get_logger(__name__)

BUDGET_S = 2.0
AGAIN_AFTER_S = 30  # the same instance's log is not read more often
MOST_NEW = 60
MOST_OLD = 40
KNOWN_BACK_S = 3600
MOST_KINDS = 3
MOST_VISITS = 6  # of ours, a round
SHORTEST_BAKE_S = 60


@dataclass(frozen=True, slots=True)
class Reading:
    """One instance whose log is to be read: since when, and what served it before that."""

    served: Served
    since_s: float
    is_new: bool
    old_spec_sha256: str


def sample_all() -> None:
    """A few logs and a few visits for every rollout that is watched, within a few seconds."""
    deadline = time.monotonic() + BUDGET_S
    for rollout_id in rollouts_to_watch():
        try:
            sample(rollout_id, deadline)
        except (SiapPakaiError, SQLAlchemyError, RedisError) as error:
            db.session.rollback()
            log.warning("guard_sample_failed", rollout=rollout_id, error=str(error))


def sample(rollout_id: int, deadline: float | None = None) -> None:
    """The rollout's samples grow; begins nothing new after `deadline` (monotonic)."""
    sight = load_sight(rollout_id)
    if sight is None or sight.state not in BAKES:
        return
    watched = GuardState.from_json(sight.guard).waves
    for wave in sight.waves:
        if wave.number not in watched:
            continue
        seen = {key: each.requests for key, each in watched[wave.number].watch.new.items()}
        moves = load_moves(sight.served, wave.started_at.timestamp())
        found = Samples.of(sight.guard, wave.number)
        found = _read_logs(sight, wave, moves, found, deadline)
        _keep(rollout_id, wave.number, found)
        found = _make_visits(sight, wave, moves, found, seen)
        _keep(rollout_id, wave.number, found)


# --- logs


def _read_logs(
    sight: Sight,
    wave: WaveSeen,
    moves: Mapping[str, Sequence[Move]],
    found: Samples,
    deadline: float | None,
) -> Samples:
    """Those that were not read for longest come first; a silent Docker ends it for this round."""
    places = _Places()
    limit = deadline or time.monotonic() + BUDGET_S
    for reading in _due(_readings(sight, wave, moves), found.looked_s):
        if time.monotonic() > limit:
            break
        try:
            found = _with(found, reading, places)
        except SiapPakaiError as error:
            log.warning("guard_log_unread", instance=reading.served.id, error=str(error))
            break
    return found


def _readings(sight: Sight, wave: WaveSeen, moves: Mapping[str, Sequence[Move]]) -> list[Reading]:
    """The wave's instances since their switch, and a spread few of the old ones since it began."""
    began_s = wave.started_at.timestamp()
    here = [each for each in sight.of_product if each.server_id in sight.logs]
    new = [each for each in here if each.id in wave.ids and each.release_id == sight.target]
    old = [each for each in here if each.release_id != sight.target]
    old = old[:: max(1, math.ceil(len(old) / MOST_OLD))]
    readings = []
    for each in new[:MOST_NEW]:
        switched = [one for one in moves.get(each.key, ()) if one.served_at_s is not None]
        if switched:
            last = switched[-1]
            since_s = float(last.served_at_s or began_s)
            readings.append(Reading(each, since_s, True, last.old_spec_sha256))
    return readings + [Reading(each, began_s, False, each.spec_sha256) for each in old]


def _due(readings: Sequence[Reading], looked_s: Mapping[str, int]) -> list[Reading]:
    latest = time.time() - AGAIN_AFTER_S
    due = [each for each in readings if looked_s.get(each.served.key, 0) <= latest]
    return sorted(due, key=lambda each: looked_s.get(each.served.key, 0))


def _with(found: Samples, reading: Reading, places: _Places) -> Samples:
    """The samples with this instance's errors since then, those it always wrote left out."""
    key, since_at = reading.served.key, datetime.fromtimestamp(reading.since_s, UTC)
    engine, place = places.of(reading.served, reading.served.spec_sha256)
    kinds = read_instance_logs(engine, place, since_at).kinds
    known = dict(found.known)
    if kinds and key not in known:
        known[key] = _known(engine, reading, place, places)
    fresh = {kind: count for kind, count in kinds.most_common() if kind not in known.get(key, ())}
    errors = dict(list(fresh.items())[:MOST_KINDS])
    new = {each: it for each, it in found.new.items() if each != key}
    old = {each: it for each, it in found.old.items() if each != key}
    (new if reading.is_new else old)[key] = errors
    looked_s = {**found.looked_s, key: int(time.time())}
    return replace(found, new=new, old=old, known=known, looked_s=looked_s)


def _known(engine: DockerEngine, reading: Reading, place: LogPlace, places: _Places) -> list[str]:
    """Kinds of errors the instance wrote in the hour before, in the container that served then.

    Its product's files go on: what they hold since the moment is taken off again.
    """
    since_at = datetime.fromtimestamp(reading.since_s, UTC)
    earlier_at = datetime.fromtimestamp(reading.since_s - KNOWN_BACK_S, UTC)
    spec_sha256 = reading.old_spec_sha256 or reading.served.spec_sha256
    _, then = places.of(reading.served, spec_sha256)
    later = read_instance_logs(engine, place, since_at).kinds
    if then != place:  # what the new container wrote was never among the earlier ones
        later = later - read_instance_logs(engine, replace(place, folder=None), since_at).kinds
    earlier = read_instance_logs(engine, then, earlier_at).kinds
    return sorted(kind for kind, count in earlier.items() if count > later[kind])


class _Places:
    """Where instances write, with the engine of their server; each server is looked up once."""

    def __init__(self) -> None:
        self._servers: dict[int, ServerFacts] = {}

    def of(self, served: Served, spec_sha256: str) -> tuple[DockerEngine, LogPlace]:
        settings: Settings = current_app.extensions["siappakai_settings"]
        if served.server_id not in self._servers:
            row = db.session.get_one(Server, served.server_id)
            self._servers[served.server_id] = server_facts(row)
            db.session.rollback()
        server = self._servers[served.server_id]
        place = log_place(
            find_recipe(served.product),
            server.paths.instance(served.key),
            spec_sha256,
            settings.local_time_zone,
        )
        return connect_engine(server.docker_url, server.paths.fleet), place


# --- visits


def _make_visits(
    sight: Sight,
    wave: WaveSeen,
    moves: Mapping[str, Sequence[Move]],
    found: Samples,
    seen: Mapping[str, int],
) -> Samples:
    """A visit each to the wave's quietest villages; none to one that is being worked on."""
    busy = busy_groups()
    here = {
        each.key: each
        for each in sight.of_product
        if each.id in wave.ids
        and each.server_id in sight.logs
        and each.release_id == sight.target
        and each.group_id not in busy
    }
    wanted = [key for key in here if _wants_visit(key, wave, moves, found, seen)]
    wanted = sorted(wanted, key=lambda key: (found.paid.get(key, 0), key))[:MOST_VISITS]
    if not wanted:
        return found
    made = Counter(
        each.instance_key
        for each in visit([find_target(here[key].id) for key in wanted], dict.fromkeys(wanted, 1))
    )
    return replace(found, paid=dict(Counter(found.paid) + made))


def _wants_visit(
    key: str,
    wave: WaveSeen,
    moves: Mapping[str, Sequence[Move]],
    found: Samples,
    seen: Mapping[str, int],
) -> bool:
    """Whether it has few visitors and the next of our own is due: they are spread over its bake."""
    switched = [each.served_at_s for each in moves.get(key, ()) if each.served_at_s is not None]
    if not switched:
        return False
    share = (time.time() - switched[-1]) / max(SHORTEST_BAKE_S, wave.bake_s)
    due = min(MOST_EACH, math.ceil(share * MOST_EACH))
    return bool(visits_wanted({key: seen.get(key, 0)}, found.paid, MOST_EACH, due))


def _keep(rollout_id: int, number: int, found: Samples) -> None:
    """Only the samples are written; those of waves that are no longer watched go."""
    with transaction():
        rollout = lock_rollout(rollout_id)
        guard: dict[str, Any] = dict(rollout.guard or {})
        watched = guard.get("waves", {})
        samples = {each: it for each, it in guard.get(SAMPLES, {}).items() if each in watched}
        if str(number) in watched:
            samples[str(number)] = found.as_json()
        rollout.guard = {**guard, SAMPLES: samples}
