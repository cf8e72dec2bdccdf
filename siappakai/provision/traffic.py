"""Think: what visitors got from an instance, counted; and which side of an update each line is."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

FASTEST_S = 0.001
STEPS_A_DOUBLING = 8  # times are kept in steps of 9 %: exact enough, and a few numbers a village
_SCALE = STEPS_A_DOUBLING / math.log(2)


@dataclass(slots=True)
class Traffic:
    """Counted requests: `errors` are 5xx, `refusals` 4xx but not 404.

    `times` is a histogram of those that were no error. Two of them add up, and each can be kept as
    JSON, so a tick adds only what is new.
    """

    requests: int = 0
    errors: int = 0
    refusals: int = 0
    times: dict[int, int] = field(default_factory=dict)

    def count(self, status: int, seconds: float) -> None:
        self.requests += 1
        if status >= 500:
            self.errors += 1
            return
        if status >= 400 and status != 404:
            self.refusals += 1
        step = step_of(seconds)
        self.times[step] = self.times.get(step, 0) + 1

    def plus(self, other: Traffic) -> Traffic:
        times = dict(self.times)
        for step, number in other.times.items():
            times[step] = times.get(step, 0) + number
        return Traffic(
            self.requests + other.requests,
            self.errors + other.errors,
            self.refusals + other.refusals,
            times,
        )

    @property
    def error_share(self) -> float:
        return self.errors / self.requests if self.requests else 0.0

    def slower_than(self, seconds: float) -> int:
        """How many took longer than about `seconds` (to the nearest 9 % above it)."""
        limit = step_of(seconds)
        return sum(number for step, number in self.times.items() if step > limit)

    def not_within(self, seconds: float) -> int:
        """How many failed or took longer."""
        return self.errors + self.slower_than(seconds)

    def percentile_s(self, share: float) -> float | None:
        """The time within which `share` of the requests were answered; None without requests."""
        left = math.ceil(share * sum(self.times.values()))
        for step in sorted(self.times):
            left -= self.times[step]
            if left <= 0:
                return FASTEST_S * math.exp(step / _SCALE)
        return None

    def as_json(self) -> dict[str, Any]:
        times = {str(step): number for step, number in sorted(self.times.items())}
        return {
            "requests": self.requests,
            "errors": self.errors,
            "refusals": self.refusals,
            "times": times,
        }

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Traffic:
        times = {int(step): int(number) for step, number in kept.get("times", {}).items()}
        numbers = (int(kept.get(name, 0)) for name in ("requests", "errors", "refusals"))
        return cls(*numbers, times)


def step_of(seconds: float) -> int:
    """The number of the histogram's step that a time falls into; its upper end belongs to it."""
    if seconds <= FASTEST_S:
        return 0
    return math.ceil(math.log(seconds / FASTEST_S) * _SCALE - 1e-9)


def total(parts: Mapping[str, Traffic]) -> Traffic:
    """All instances together."""
    whole = Traffic()
    for part in parts.values():
        whole = whole.plus(part)
    return whole


@dataclass(frozen=True, slots=True)
class Moments:
    """When an instance stopped taking requests and when it went on with the new release.

    Seconds since 1970. Both None: it serves the old release all the time.
    """

    held_at_s: float | None = None
    switched_at_s: float | None = None


@dataclass(slots=True)
class Sides:
    """One instance's requests: answered by the old release, while held, by the new release.

    `during` holds what waited at the edge or was in flight: its times and failures are those of
    the update, neither of the old nor of the new release.
    """

    before: Traffic = field(default_factory=Traffic)
    during: Traffic = field(default_factory=Traffic)
    after: Traffic = field(default_factory=Traffic)

    def plus(self, other: Sides) -> Sides:
        return Sides(
            self.before.plus(other.before),
            self.during.plus(other.during),
            self.after.plus(other.after),
        )

    def side_of(self, moments: Moments, ended_s: int, seconds: float) -> Traffic:
        """Where a request belongs that ended within the second `ended_s` after `seconds`.

        The edge writes whole seconds; what can't be told apart counts as `during`.
        """
        if moments.held_at_s is None or ended_s + 1 <= moments.held_at_s:
            return self.before
        if moments.switched_at_s is not None and ended_s - seconds >= moments.switched_at_s:
            return self.after
        return self.during
