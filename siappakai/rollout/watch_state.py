"""Think: what the guard remembers of a rollout between two looks, kept as JSON in its row.

Two hands write it, each its own part: the look at the edge's log (`watch`) and the samples of the
instances' logs with our own visits (`watch_samples`, under `samples`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from siappakai.provision.traffic import Traffic
from siappakai.rollout.guard import Watch, begin
from siappakai.rollout.log_sight import LogSight, compare_logs

SAMPLES = "samples"
LOGS_AGAIN_S = 20  # the logs are judged after 0, 20, 60, 140, 300 … seconds: each time costs doubt


@dataclass(frozen=True, slots=True)
class WaveState:
    """`is_raised`: this watch has given its alarm. `log_checks`: how often the logs were judged."""

    watch: Watch
    is_raised: bool = False
    has_gap: bool = False
    log_checks: int = 0
    logs_since_s: int = 0
    accepted: tuple[str, ...] = ()  # kinds of log errors that a person went on with

    def as_json(self) -> dict[str, Any]:
        kept = {name: getattr(self, name) for name in _PLAIN}
        watch = replace(self.watch, latest={}).as_json()  # only the look just made needs it
        return kept | {"accepted": list(self.accepted), "watch": watch}

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> WaveState:
        plain = {name: kept[name] for name in _PLAIN}
        return cls(Watch.from_json(kept["watch"]), accepted=tuple(kept["accepted"]), **plain)


_PLAIN = ("is_raised", "has_gap", "log_checks", "logs_since_s")


@dataclass(slots=True)
class GuardState:
    """`until_s`: up to where the logs were counted; `cursors`: where to go on, a server each.

    `closed` holds the waves that have their last word: number → the end of their bake time.
    """

    looks: int = 0
    until_s: int | None = None
    cursors: dict[str, dict[str, Any]] = field(default_factory=dict)
    waves: dict[int, WaveState] = field(default_factory=dict)
    closed: dict[int, str] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        return {
            "looks": self.looks,
            "until_s": self.until_s,
            "cursors": self.cursors,
            "waves": {str(number): each.as_json() for number, each in self.waves.items()},
            "closed": {str(number): at for number, at in self.closed.items()},
        }

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> GuardState:
        return cls(
            int(kept.get("looks", 0)),
            kept.get("until_s"),
            dict(kept.get("cursors", {})),
            {int(each): WaveState.from_json(it) for each, it in kept.get("waves", {}).items()},
            {int(number): str(at) for number, at in kept.get("closed", {}).items()},
        )

    def put(self, number: int, kept: WaveState) -> None:
        self.waves[number] = kept

    def close(self, number: int, until: str) -> None:
        """The wave has its last word; its watch is no longer needed."""
        self.waves.pop(number, None)
        self.closed[number] = until

    def rest(self) -> None:
        """No wave is watched: the next one begins where it starts, not where we stopped."""
        self.until_s, self.cursors = None, {}


@dataclass(frozen=True, slots=True)
class Samples:
    """What was found in the logs of some instances: key → kind of error → how often.

    `known`: kinds an instance wrote before. `looked_s`: when it was last read. `paid`: our own
    visits to it.
    """

    new: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    old: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    known: Mapping[str, list[str]] = field(default_factory=dict)
    looked_s: Mapping[str, int] = field(default_factory=dict)
    paid: Mapping[str, int] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        return {name: dict(getattr(self, name)) for name in Samples.__dataclass_fields__}

    @classmethod
    def of(cls, guard: Mapping[str, Any], number: int) -> Samples:
        return cls(**guard.get(SAMPLES, {}).get(str(number), {}))

    def sight(self, on_new: frozenset[str], accepted: tuple[str, ...] = ()) -> LogSight:
        """Only of those that are on the new release now: one that went back says nothing more."""
        new = {key: each for key, each in self.new.items() if key in on_new}
        old = {key: each for key, each in self.old.items() if key not in on_new}
        return compare_logs(new, old, dict.fromkeys([*new, *old], accepted))


def take_as_usual(kept: WaveState, samples: Samples) -> WaveState:
    """A person went on in spite of the alarm: what was seen is usual from now on.

    Only what becomes clearly worse than that raises the next alarm.
    """
    before = {**kept.watch.before, **kept.watch.new}
    kinds = {kind for errors in samples.new.values() for kind in errors}
    accepted = tuple(sorted(kinds.union(kept.accepted))[:100])
    return WaveState(begin(before), has_gap=kept.has_gap, accepted=accepted)


def logs_are_due(kept: WaveState, until_s: int) -> bool:
    """Whether the logs may be judged again; ever more seldom, so that the doubt is not used up."""
    if not kept.logs_since_s:
        return True
    return until_s - kept.logs_since_s >= LOGS_AGAIN_S * (2**kept.log_checks - 1)


def begin_wave(before: Mapping[str, Traffic]) -> WaveState:
    return WaveState(begin(before))
