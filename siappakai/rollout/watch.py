"""Touch: the guard looks at what visitors get while a wave moves and is watched, and halts it.

A look reads what the edge has written since the last one, and writes what it found in one short
transaction. A look that dies is made again by the next one, from the same place in the log.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError

from siappakai.errors import SiapPakaiError
from siappakai.log import get_logger
from siappakai.models import append_event, db, transaction
from siappakai.provision.access_logs import LogCursor, Window
from siappakai.provision.traffic import Moments, Sides, Traffic, total
from siappakai.rollout.drive import advance, lock_rollout
from siappakai.rollout.guard import GuardRules, GuardVerdict, judge, look
from siappakai.rollout.log_sight import LogSight
from siappakai.rollout.watch_access import AccessLogs
from siappakai.rollout.watch_rows import (
    BAKES,
    JUST_ENDED,
    Sight,
    WaveSeen,
    load_moves,
    load_sight,
    rollouts_to_watch,
)
from siappakai.rollout.watch_sides import by_release, stay, stay_before_all
from siappakai.rollout.watch_state import (
    SAMPLES,
    GuardState,
    Samples,
    WaveState,
    begin_wave,
    logs_are_due,
    take_as_usual,
)
from siappakai.rollout.watch_words import Saying, alarm_sentence, verdict_json

log = get_logger(__name__)

GUARD = "penjaga"
SETTLE_S = 2  # a request that has just ended may not be written yet
LONGEST_S = 600  # the most that one look takes in; after a rest several looks follow
CATCH_UP_S = 5.0
OVERLAP_S = 2  # lines of one second may come a little late in the log
HISTORY_S = 3600
RULES = GuardRules()


@dataclass(frozen=True, slots=True)
class Found:
    """What one look says of one wave. `alarm` is empty unless it must halt for the first time."""

    number: int
    verdict: dict[str, Any]
    alarm: str


@dataclass(slots=True)
class Look:
    """One look: the rows as they were, the logs of this round, and between which seconds.

    `latest_s` is the end of the last look of this round; `state` is what is to be kept.
    """

    sight: Sight
    state: GuardState
    logs: AccessLogs
    from_s: int
    until_s: int
    latest_s: int


def watch_all() -> None:
    """Every rollout that wants to be watched; trouble with one keeps no other waiting."""
    logs, latest_s = AccessLogs(), int(time.time()) - SETTLE_S
    for rollout_id in rollouts_to_watch():
        try:
            _watch(rollout_id, logs, latest_s)
        except (SiapPakaiError, SQLAlchemyError, RedisError) as error:
            db.session.rollback()
            log.warning("guard_failed", rollout=rollout_id, error=str(error))


def watch(rollout_id: int, latest_s: int | None = None) -> None:
    """What came since the last look, up to `latest_s` (else just now), is counted and judged."""
    _watch(rollout_id, AccessLogs(), int(time.time()) - SETTLE_S if latest_s is None else latest_s)


def _watch(rollout_id: int, logs: AccessLogs, latest_s: int) -> None:
    deadline = time.monotonic() + CATCH_UP_S
    while _look_once(rollout_id, logs, latest_s):
        if time.monotonic() > deadline:
            return


def _look_once(rollout_id: int, logs: AccessLogs, latest_s: int) -> bool:
    """Whether there is more to look at. The rows are read after `latest_s` was chosen."""
    sight = load_sight(rollout_id)
    if sight is None:
        return False
    state = GuardState.from_json(sight.guard)
    waves = _open_waves(sight, state)
    if not waves:
        return False
    began_s = min(int(wave.started_at.timestamp()) for wave in waves)
    from_s = began_s if state.until_s is None else state.until_s
    until_s = min(latest_s, from_s + LONGEST_S)
    if until_s <= from_s:
        return False
    one = Look(sight, state, logs, from_s, until_s, latest_s)
    found = _look(one, [each for each in waves if each.started_at.timestamp() < until_s])
    if not _keep(one, found):
        return False
    if any(each.alarm for each in found):
        advance(rollout_id)
    return until_s < latest_s


def _open_waves(sight: Sight, state: GuardState) -> list[WaveSeen]:
    """Waves that have begun and don't have their last word."""
    return [each for each in sight.waves if state.closed.get(each.number) != each.until]


def _look(one: Look, waves: list[WaveSeen]) -> list[Found]:
    """Read the interval and judge each wave."""
    moves = load_moves(one.sight.served, one.from_s)
    stays = {
        each.key: stay(moves.get(each.key, ()), each.release_id, one.from_s, one.until_s)
        for each in one.sight.served.values()
    }
    sides, has_gap = _read(one, {key: each.moments for key, each in stays.items()})
    keys = [each.key for each in one.sight.of_product]
    new, old = by_release(sides, stays, keys, one.sight.target)
    found = [_judge_wave(one, wave, new, total(old), has_gap) for wave in waves]
    one.state.until_s = one.until_s
    one.state.looks += 1
    if not one.state.waves and not _open_waves(one.sight, one.state):
        one.state.rest()
    return found


def _read(one: Look, moments: Mapping[str, Moments]) -> tuple[dict[str, Sides], bool]:
    """What every instance's visitors got, and whether some of it is lost; the cursors go on."""
    sides: dict[str, Sides] = {}
    has_gap = False
    for server_id, folder in one.sight.logs.items():
        cursor = LogCursor.from_json(one.state.cursors.get(str(server_id)))
        window = Window(one.from_s - (OVERLAP_S if cursor else 0), one.until_s)
        reading = one.logs.read(folder, cursor, window, moments)
        if reading.cursor is not None:
            one.state.cursors[str(server_id)] = reading.cursor.as_json()
        has_gap = has_gap or reading.has_gap
        sides |= reading.sides
    return sides, has_gap


def _judge_wave(
    one: Look, wave: WaveSeen, new: Mapping[str, Traffic], old: Traffic, has_gap: bool
) -> Found:
    samples = Samples.of(one.sight.guard, wave.number)
    kept = one.state.waves.get(wave.number) or begin_wave(_history(one, wave))
    if kept.is_raised and not wave.alarm:
        kept = take_as_usual(kept, samples)
    own = {key: new[key] for key in one.sight.keys_of(wave) if key in new}
    kept = replace(kept, watch=look(kept.watch, own, old, RULES), has_gap=kept.has_gap or has_gap)
    is_final = _is_over(one, wave)
    verdict, kept = _judge(one, wave, kept, samples, is_final)
    must_halt = verdict.must_pause and not kept.is_raised and one.sight.state in BAKES
    one.state.put(wave.number, replace(kept, is_raised=kept.is_raised or must_halt))
    if is_final:
        one.state.close(wave.number, wave.until)
    saying = _saying(one, wave, kept, samples, is_final)
    alarm = alarm_sentence(verdict, saying) if must_halt else ""
    return Found(wave.number, verdict_json(verdict, saying), alarm)


def _saying(one: Look, wave: WaveSeen, kept: WaveState, samples: Samples, is_final: bool) -> Saying:
    return Saying(
        wave.name,
        one.sight.names,
        datetime.fromtimestamp(one.until_s, UTC).isoformat(),
        is_final,
        kept.has_gap,
        one.sight.far,
        sum(samples.paid.values()),
    )


def _is_over(one: Look, wave: WaveSeen) -> bool:
    until_at = wave.bake_until_at
    if until_at is not None and one.until_s >= until_at.timestamp():
        return True
    return one.sight.state in JUST_ENDED and one.until_s == one.latest_s


def _judge(
    one: Look, wave: WaveSeen, kept: WaveState, samples: Samples, is_final: bool
) -> tuple[GuardVerdict, WaveState]:
    """Visitors at every look; the logs now and then, when enough instances were read."""
    sight = samples.sight(one.sight.on_target, kept.accepted)
    moved = len(one.sight.keys_of(wave) & one.sight.on_target)
    is_read = sight.new > 0 and sight.old > 0 and sight.new >= min(moved, RULES.least_each)
    if not (is_read and (is_final or logs_are_due(kept, one.until_s))):
        return _with_logs(judge(kept.watch, RULES), sight), kept
    checks = kept.log_checks + 1
    verdict = judge(replace(kept.watch, looks=checks), RULES, sight)
    since_s = kept.logs_since_s or one.until_s
    return _with_logs(verdict, sight), replace(kept, log_checks=checks, logs_since_s=since_s)


def _with_logs(verdict: GuardVerdict, sight: LogSight) -> GuardVerdict:
    """The figures of the logs are shown at every look, judged or not."""
    figures = [sight.new_with_errors, sight.new, sight.old_with_errors, sight.old]
    return replace(verdict, numbers={**verdict.numbers, "logs": figures})


def _history(one: Look, wave: WaveSeen) -> dict[str, Traffic]:
    """What the wave's visitors got in the hour before it, on whatever served them then."""
    until_s = min(int(wave.started_at.timestamp()), one.until_s)
    window = Window(until_s - HISTORY_S, until_s)
    moves = load_moves(one.sight.served, window.from_s)
    stays = {
        each.key: stay_before_all(moves.get(each.key, ()), each.release_id)
        for each in one.sight.served.values()
    }
    moments = {key: each.moments for key, each in stays.items()}
    before: dict[str, Traffic] = {}
    for folder in one.sight.logs.values():
        sides = one.logs.read(folder, None, window, moments).sides
        before |= by_release(sides, stays, one.sight.keys_of(wave), one.sight.target)[1]
    return before


def _keep(one: Look, found: list[Found]) -> bool:
    """Whether it was written: not when somebody else has looked meanwhile."""
    with transaction():
        rollout = lock_rollout(one.sight.rollout_id)
        there = dict(rollout.guard or {})
        if int(there.get("looks", 0)) != one.state.looks - 1:
            return False
        kept = one.state.as_json()
        samples = there.get(SAMPLES, {})
        rollout.guard = kept | {SAMPLES: {n: samples[n] for n in kept["waves"] if n in samples}}
        waves = {wave.number: wave for wave in rollout.waves}
        for each in found:
            wave = waves[each.number]
            before = wave.verdict or {}
            alarm = str(before.get("alarm", "")) or each.alarm
            seen = {"seen": before["seen"]} if before.get("seen") else {}
            wave.verdict = {**each.verdict, **seen, "alarm": alarm}
            if each.alarm:
                append_event(
                    "rollout_wave_alarm",
                    f"rollout:{rollout.id}",
                    by=GUARD,
                    wave=each.number,
                    reason=each.alarm,
                )
    return True
