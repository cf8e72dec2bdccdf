"""Think: how risky it is to move each group, in points with their reasons.

Points are relative to the groups that move together, so that a plan of twenty villages is as well
ordered as one of eight hundred. Nothing here is a probability; `odds.py` has those.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from siappakai.rollout.candidate import Candidate
from siappakai.rollout.policy import RolloutPolicy, minutes_of

VERDICT_POINTS = {"hijau": 0.0, "belum": 12.0, "kuning": 30.0, "merah": 60.0}
FAILURE_POINTS = 15.0
MOST_FAILURES = 3
SIZE_POINTS = 20.0
TRAFFIC_POINTS = 15.0
COMBINED_POINTS = 20.0
_NOTED_RANK = 0.8


@dataclass(frozen=True, slots=True)
class Risk:
    """`traffic` is requests an hour in the hours in which the group may move."""

    points: float
    traffic: float
    reasons: tuple[str, ...]


def weigh(
    candidates: Sequence[Candidate], policy: RolloutPolicy, home: str = "desa"
) -> dict[int, Risk]:
    """The risk of each group by its id; the same for every order of `candidates`.

    `home` is what one application serves, for the reasons.
    """
    hours = open_hours(policy)
    traffic = {each.instance_id: _in_hours(each.traffic, hours) for each in candidates}
    sizes = sorted(each.db_bytes for each in candidates)
    loads = sorted(traffic.values())
    return {
        each.instance_id: _risk(
            each,
            _rank(each.db_bytes, sizes),
            traffic[each.instance_id],
            _rank(traffic[each.instance_id], loads),
            home,
        )
        for each in candidates
    }


def open_hours(policy: RolloutPolicy) -> frozenset[int]:
    """Hours of the day that lie in any window, whatever the weekday; all without windows."""
    hours: set[int] = set()
    for window in policy.windows:
        start, end = minutes_of(window.start), minutes_of(window.end)
        last = end if end > start else end + 24 * 60
        hours.update(minute // 60 % 24 for minute in range(start, last))
    return frozenset(hours or range(24))


def _in_hours(traffic: tuple[float, ...], hours: frozenset[int]) -> float:
    if len(traffic) != 24:
        return 0.0
    return sum(traffic[hour] for hour in sorted(hours)) / len(hours)


def _rank(value: float, ordered: Sequence[float]) -> float:
    """0 for the smallest, near 1 for the largest; equal values rank alike."""
    return bisect_left(ordered, value) / len(ordered)


def _risk(candidate: Candidate, size: float, traffic: float, load: float, home: str) -> Risk:
    failures = min(candidate.failed_count, MOST_FAILURES)
    points = (
        VERDICT_POINTS.get(candidate.verdict, VERDICT_POINTS["belum"])
        + FAILURE_POINTS * failures
        + SIZE_POINTS * size
        + TRAFFIC_POINTS * load
        + (COMBINED_POINTS if candidate.is_combined else 0.0)
    )
    return Risk(round(points, 3), traffic, tuple(_reasons(candidate, size, load, home)))


def _reasons(candidate: Candidate, size: float, load: float, home: str) -> Iterable[str]:
    if candidate.verdict == "kuning":
        yield "gladi bersih kuning"
    if candidate.verdict == "belum":
        yield "belum gladi bersih"
    if candidate.failed_count:
        yield f"{candidate.failed_count} pembaruan gagal sebelumnya"
    if size >= _NOTED_RANK:
        yield "basis data termasuk yang terbesar"
    if load >= _NOTED_RANK:
        yield "termasuk yang paling ramai pada jam peluncuran"
    if candidate.is_combined:
        yield f"{len(candidate.members)} {home} berpindah bersama"
