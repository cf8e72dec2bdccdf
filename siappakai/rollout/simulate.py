"""Think: a plan played many times over with measured times and failure odds, always from one seed.

A run follows the engine's rules: units begin in the order of their wave while fewer than
`parallel` run; only when they end inside a window; a wave ends with its last unit, then bakes; at
a limit nothing new begins, and what runs may end. A person's confirmation costs no time here, and
the guard does not see simulated visitors. How long a unit takes is lognormal around its expected
seconds; a unit that fails takes its time and its hold once more, for the way back.
"""

from __future__ import annotations

import heapq
import math
import random
import statistics
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from siappakai.rollout import words
from siappakai.rollout.calendar import open_spans
from siappakai.rollout.halt import Tally, limit_reached
from siappakai.rollout.odds import FAILS_WHEN_BAD, History, Odds, odds_of
from siappakai.rollout.plan import Move, Plan
from siappakai.rollout.policy import Limits, RolloutPolicy
from siappakai.rollout.timing import Hours

RUNS = 1000
SEED = 20_260_101


@dataclass(frozen=True, slots=True)
class Simulation:
    """What came of all runs; times are seconds from now, None when no run got to its end.

    `stop_chance` counts runs that a limit stopped, `stop_waves` (wave, share of all runs) where.
    `failed_*` are villages whose update failed and came back, `touched_worst` those on which one
    had begun in the worst stopped run. `longest_hold_s` is exceeded by one run in ten.
    """

    runs: int
    p50_s: float | None
    p90_s: float | None
    stop_chance: float
    stop_waves: tuple[tuple[int, float], ...]
    failed_mean: float
    failed_worst: int
    touched_worst: int
    longest_hold_s: float
    sentences: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Unit:
    """One move as the simulation needs it; `expected_s` is what the engine plans with."""

    instance_id: int
    villages: int
    expected_s: float
    hold_share: float
    spread: float
    odds: float


@dataclass(frozen=True, slots=True)
class Fate:
    """What becomes of one unit in one run; `total_s` includes its way back."""

    fails: bool
    total_s: float
    hold_s: float


@dataclass(slots=True)
class Run:
    """One run so far: `order` are instances as they began, `stopped_in` the wave of the stop."""

    at_s: float
    order: list[int] = field(default_factory=list)
    tally: Tally = field(default_factory=Tally)
    stopped_in: int | None = None
    is_halted: bool = False
    is_stuck: bool = False
    failed: int = 0
    touched: int = 0
    longest_hold_s: float = 0.0

    def note(self, unit: Unit, fate: Fate) -> None:
        """A unit has begun."""
        self.order.append(unit.instance_id)
        self.touched += unit.villages
        self.failed += unit.villages if fate.fails else 0
        self.longest_hold_s = max(self.longest_hold_s, fate.hold_s)


def simulate(
    plan: Plan,
    policy: RolloutPolicy,
    history: History,
    zone: str,
    *,
    days: Mapping[date, str] | None = None,
    now: datetime | None = None,
    runs: int = RUNS,
    seed: int = SEED,
    home: str = "desa",
) -> Simulation:
    """The outcome of `runs` runs; equal arguments give an equal answer.

    `home` is what one application of the product serves, for the sentences.
    """
    start = now or plan.made_at
    odds = odds_of(plan, history, home)
    hours = Hours(open_spans(policy, days or {}, start, zone))
    waves = [_units(plan, wave.leaders, odds) for wave in plan.waves]
    chance = random.Random(seed)  # noqa: S311  a simulation, no secret
    done = [
        play(waves, policy, hours, start.timestamp(), _fates(odds.bad_release, chance))
        for _ in range(runs)
    ]
    return _with_sentences(_summary(done, start.timestamp()), odds, home)


def _units(plan: Plan, leaders: Sequence[int], odds: Odds) -> list[Unit]:
    moves = {move.instance_id: move for move in plan.moves}
    return [_unit(moves[leader], odds.own[leader]) for leader in leaders]


def _unit(move: Move, odds: float) -> Unit:
    total_s = max(move.total_s, 0.1)
    return Unit(
        instance_id=move.instance_id,
        villages=len(move.members),
        expected_s=total_s,
        hold_share=min(move.hold_s / total_s, 1.0),
        spread=move.spread,
        odds=odds,
    )


def _fates(bad_release: float, chance: random.Random) -> Callable[[Unit], Fate]:
    """What chance holds for the units of one run."""
    is_bad = chance.random() < bad_release
    normal, draw, exp = chance.gauss, chance.random, math.exp

    def fate(unit: Unit) -> Fate:
        fails = draw() < (FAILS_WHEN_BAD if is_bad else unit.odds)
        total_s = unit.expected_s * exp(unit.spread * normal(0.0, 1.0))
        hold_s = total_s * unit.hold_share
        if not fails:
            return Fate(fails, total_s, hold_s)
        return Fate(fails, total_s + hold_s, 2 * hold_s)

    return fate


def play(
    waves: Sequence[Sequence[Unit]],
    policy: RolloutPolicy,
    hours: Hours,
    start_s: float,
    fate: Callable[[Unit], Fate],
) -> Run:
    """One run from `start_s` to its end, its stop, or a unit that fits no window."""
    run = Run(start_s)
    for number, wave in enumerate(waves, start=1):
        if number > 1:
            run.at_s += policy.bake_s
        _play_wave(wave, policy.limits, hours, run, fate)
        if run.is_halted:
            run.stopped_in = number
        if run.is_halted or run.is_stuck:
            break
    return run


def _play_wave(
    wave: Sequence[Unit], limits: Limits, hours: Hours, run: Run, fate: Callable[[Unit], Fate]
) -> None:
    """Play one wave: the run's clock ends with its last unit."""
    running: list[tuple[float, int, bool]] = []  # ends at, order of beginning, whether it fails
    at_s = run.at_s
    for turn, unit in enumerate(wave):
        if len(running) >= limits.parallel:
            at_s = _end_one(running, run, limits)
        start_s = hours.begin(at_s, unit.expected_s)
        while running and running[0][0] <= (at_s if start_s is None else start_s):
            _end_one(running, run, limits)
        if run.is_halted:
            break
        if start_s is None:
            run.is_stuck = True
            break
        at_s, came = start_s, fate(unit)
        run.note(unit, came)
        heapq.heappush(running, (start_s + came.total_s, turn, came.fails))
    while running:
        at_s = _end_one(running, run, limits)
    run.at_s = at_s


def _end_one(running: list[tuple[float, int, bool]], run: Run, limits: Limits) -> float:
    """The next unit ends and is counted; once a limit is reached it stays so. Returns when."""
    ends_at_s, _, failed = heapq.heappop(running)
    run.tally.count(failed)
    if run.tally.failed and not run.is_halted:
        run.is_halted = bool(limit_reached(limits, run.tally))
    return ends_at_s


def _summary(runs: Sequence[Run], start_s: float) -> Simulation:
    ended = sorted(
        run.at_s - start_s for run in runs if run.stopped_in is None and not run.is_stuck
    )
    stopped = [run for run in runs if run.stopped_in is not None]
    counted = Counter(run.stopped_in or 0 for run in stopped)
    stop_waves = tuple((wave, counted[wave] / len(runs)) for wave in sorted(counted))
    failed = [run.failed for run in runs]
    holds = sorted(run.longest_hold_s for run in runs)
    return Simulation(
        runs=len(runs),
        p50_s=_percentile(ended, 0.5),
        p90_s=_percentile(ended, 0.9),
        stop_chance=len(stopped) / len(runs),
        stop_waves=stop_waves,
        failed_mean=round(statistics.fmean(failed), 2),
        failed_worst=max(failed),
        touched_worst=max((run.touched for run in stopped), default=0),
        longest_hold_s=_percentile(holds, 0.9) or 0.0,
        sentences=(),
    )


def _percentile(ordered: Sequence[float], share: float) -> float | None:
    if not ordered:
        return None
    return round(ordered[min(int(len(ordered) * share), len(ordered) - 1)], 1)


def _with_sentences(found: Simulation, odds: Odds, home: str) -> Simulation:
    spoken = [odds.sentence]
    if found.p50_s is not None:
        spoken.append(
            f"Separuh dari {words.number(found.runs)} percobaan selesai dalam "
            f"{words.seconds(found.p50_s)}, sembilan dari sepuluh dalam "
            f"{words.seconds(found.p90_s)}."
        )
    chance = words.number(found.stop_chance * 100)
    spoken.append(f"Peluang berhenti sendiri sebelum selesai: {chance} %.")
    if found.stop_waves:
        wave, share = max(found.stop_waves, key=lambda pair: (pair[1], -pair[0]))
        spoken.append(
            f"Paling sering berhenti di gelombang {wave} ({words.number(share * 100)} %)."
        )
    spoken.append(
        f"{home[:1].upper()}{home[1:]} yang pembaruannya gagal lalu kembali: "
        f"rata-rata {words.number(found.failed_mean)}, "
        f"paling buruk {words.number(found.failed_worst)}."
    )
    return Simulation(
        **{name: getattr(found, name) for name in Simulation.__slots__ if name != "sentences"},
        sentences=tuple(spoken),
    )
