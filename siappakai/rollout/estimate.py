"""Think: how long the whole plan takes and how long visitors wait at most, in figures and words."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from siappakai.rollout import words
from siappakai.rollout.calendar import open_spans
from siappakai.rollout.candidate import Candidate
from siappakai.rollout.stay import Rules
from siappakai.rollout.timing import Hours, Timing, WaveTimes, walk
from siappakai.rollout.wave_order import Waves


@dataclass(frozen=True, slots=True)
class Estimates:
    """`expected_s` from now to the end of the last wave; None when a group fits no window.

    Baking between waves and closed hours are in it, waiting for a person is not. `work_s` is the
    sum of all updates. `longest_hold_s` is how long the visitors of `longest_hold_label` wait.
    """

    expected_s: float | None
    ends_at: datetime | None
    work_s: float
    longest_hold_s: float
    longest_hold_label: str
    sentences: tuple[str, ...]


def estimate(
    made: Waves,
    timings: Mapping[int, Timing],
    rules: Rules,
    days: Mapping[date, str],
) -> tuple[Estimates, list[WaveTimes]]:
    """The estimates of the whole, and the times of each wave."""
    policy, now = rules.policy, rules.now
    lined = [[timings[each.instance_id] for each in wave] for wave in made.waves]
    hours = Hours(open_spans(policy, days, now, rules.zone))
    times = walk(
        lined,
        hours,
        now.timestamp(),
        parallel=policy.limits.parallel,
        bake_s=policy.bake_s,
    )
    ends_at = times[-1].ends_at if times else None
    moving = [each for wave in made.waves for each in wave]
    longest = max(
        moving, key=lambda each: (timings[each.instance_id].hold_s, each.key), default=None
    )
    hold_s = timings[longest.instance_id].hold_s if longest else 0.0
    return Estimates(
        expected_s=round((ends_at - now).total_seconds(), 1) if ends_at else None,
        ends_at=ends_at,
        work_s=round(math.fsum(timing.total_s for wave in lined for timing in wave), 1),
        longest_hold_s=hold_s,
        longest_hold_label=longest.label if longest else "",
        sentences=tuple(_sentences(moving, timings, rules, ends_at)),
    ), times


def _sentences(
    moving: Sequence[Candidate],
    timings: Mapping[int, Timing],
    rules: Rules,
    ends_at: datetime | None,
) -> Iterable[str]:
    if not moving:
        return
    if ends_at is not None:
        tail = ", belum termasuk menunggu persetujuan" if rules.policy.confirm_waves else ""
        yield f"Perkiraan selesai {words.moment(ends_at, ZoneInfo(rules.zone))}{tail}."
    separate = [each for each in moving if not each.is_combined]
    if separate:
        worst = max(separate, key=lambda each: (timings[each.instance_id].hold_s, each.key))
        hold = words.seconds(timings[worst.instance_id].hold_s)
        yield (f"Pengunjung satu {rules.home} menunggu paling lama sekitar {hold} ({worst.label}).")
    for each in moving:
        if each.is_combined:
            hold = words.seconds(timings[each.instance_id].hold_s)
            yield (
                f"{each.label}: {len(each.members)} {rules.home} berpindah bersama, dan pengunjung "
                f"semuanya menunggu sekitar {hold}."
            )
    yield _sources(moving, timings)


def _sources(moving: Sequence[Candidate], timings: Mapping[int, Timing]) -> str:
    counted = Counter(timings[each.instance_id].source for each in moving)
    parts = [f"{source} {count}" for source, count in sorted(counted.items())]
    return f"Dasar perkiraan waktu: {', '.join(parts)}."
