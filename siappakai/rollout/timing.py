"""Think: how long a group's update takes, from what was measured, and when waves would end.

How long visitors wait is what the rehearsal of just this release says when there is one (the same
data, the same migration, its page shows the same figure); else dump and migration come from the
group's own updates, else from others' to the same release, and so does what lies around them
(warming, proving, switching). A combined database proves its members some at a time.
What nobody has measured has a stated default.
"""

from __future__ import annotations

import heapq
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from siappakai.provision.held_time import turns
from siappakai.rollout.candidate import Candidate, Measured

DEFAULT = Measured(dump_s=2.0, migrate_s=3.0, hold_s=9.0, total_s=25.0, count=0)
DEFAULT_SPREAD = 0.35
TURN_HOLD_S = 3.0
MEMBER_OUTSIDE_S = 3.0


@dataclass(frozen=True, slots=True)
class Timing:
    """Expected seconds of one group; `source` says in Indonesian where they come from."""

    hold_s: float
    total_s: float
    migrate_s: float
    spread: float
    source: str


def timing_of(candidate: Candidate) -> Timing:
    """What is expected of the group's update."""
    known = candidate.measured or candidate.usual
    base = known or DEFAULT
    rehearsed = candidate.rehearsed
    dump_s = _first(rehearsed.dump_s if rehearsed else None, base.dump_s)
    migrate_s = _first(rehearsed.migrate_s if rehearsed else None, base.migrate_s)
    around_hold_s = max(base.hold_s - base.dump_s - base.migrate_s, 0.0)
    outside_hold_s = max(base.total_s - base.hold_s, 0.0)
    if candidate.is_combined and candidate.measured is None:
        around_hold_s += TURN_HOLD_S * max(turns(len(candidate.members)) - 1, 0)
        outside_hold_s += MEMBER_OUTSIDE_S * max(len(candidate.members) - 1, 0)
    told_s = rehearsed.hold_s if rehearsed else None
    hold_s = _first(told_s, dump_s + migrate_s + around_hold_s)
    spread = base.spread if base.spread is not None else DEFAULT_SPREAD
    return Timing(
        round(hold_s, 1),
        round(hold_s + outside_hold_s, 1),
        round(migrate_s, 1),
        spread,
        _source(candidate),
    )


def _first(value: float | None, otherwise: float) -> float:
    return otherwise if value is None else value


def _source(candidate: Candidate) -> str:
    if candidate.rehearsed is not None and candidate.rehearsed.migrate_s is not None:
        return "gladi bersih"
    if candidate.measured is not None:
        return "pembaruannya sendiri"
    return "pembaruan aplikasi sejenis" if candidate.usual is not None else "perkiraan bawaan"


class Hours:
    """Spans of open time, asked for the first moment at which so much work fits into one."""

    def __init__(self, spans: Sequence[tuple[float, float]]) -> None:
        self.spans = spans
        self.ends = [end for _, end in spans]

    def begin(self, at_s: float, needed_s: float) -> float | None:
        """The earliest start from `at_s` on that ends inside its span; None if there is none."""
        for start, end in self.spans[bisect_right(self.ends, at_s) :]:
            first = max(start, at_s)
            if first + needed_s <= end:
                return first
        return None


@dataclass(frozen=True, slots=True)
class WaveTimes:
    """When a wave begins and its last group ends, None when something fits no window."""

    starts_at: datetime | None
    ends_at: datetime | None


def walk(
    waves: Sequence[Sequence[Timing]], hours: Hours, start_s: float, *, parallel: int, bake_s: int
) -> list[WaveTimes]:
    """Times of the waves when everything takes as long as expected and nothing fails."""
    at_s: float | None = start_s
    times = []
    for wave in waves:
        if at_s is None:
            times.append(WaveTimes(None, None))
            continue
        began_s, ended_s = _walk_wave(wave, hours, at_s, parallel)
        times.append(WaveTimes(_moment(began_s), _moment(ended_s)))
        at_s = None if ended_s is None else ended_s + bake_s
    return times


def _walk_wave(
    wave: Sequence[Timing], hours: Hours, at_s: float, parallel: int
) -> tuple[float | None, float | None]:
    slots = [at_s] * min(parallel, max(len(wave), 1))
    began_s, ended_s = None, at_s
    for timing in wave:
        start_s = hours.begin(heapq.heappop(slots), timing.total_s)
        if start_s is None:
            return began_s, None
        began_s = start_s if began_s is None else began_s
        ended_s = max(ended_s, start_s + timing.total_s)
        heapq.heappush(slots, start_s + timing.total_s)
    return began_s, ended_s


def _moment(at_s: float | None) -> datetime | None:
    return None if at_s is None else datetime.fromtimestamp(round(at_s), UTC)
