"""Think: in which wave each instance gets a new brand: whole villages, a few first, then percents.

All instances of one village change together, so that nobody sees half a look. The first villages
are taken from different districts; after them districts go on one after another.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from siappakai.rollout.policy import RolloutPolicy


@dataclass(frozen=True, slots=True)
class Wearer:
    """An instance that will wear the brand; `scope_code` is its village's or region's code."""

    instance_id: int
    group_id: int
    release_id: int
    scope_code: str
    name: str
    product: str

    @property
    def district(self) -> str:
        return self.scope_code[:6]


Wave = tuple[Wearer, ...]


def brand_waves(wearers: Sequence[Wearer], policy: RolloutPolicy) -> list[Wave]:
    """Every wearer in exactly one wave, no wave empty; the same for any order of `wearers`."""
    homes: dict[str, list[Wearer]] = defaultdict(list)
    for each in sorted(wearers, key=lambda each: (each.scope_code, each.product)):
        homes[each.scope_code].append(each)
    order = _one_of_each_district(sorted(homes), policy.canary_count)
    sizes = [policy.canary_count, *_percents(len(order), policy.wave_percents)]
    waves, done = [], 0
    for upto in sizes:
        chosen = order[done : max(done, upto)]
        done += len(chosen)
        if chosen:
            waves.append(tuple(each for code in chosen for each in homes[code]))
    return waves


def _percents(count: int, percents: Sequence[int]) -> list[int]:
    return [math.ceil(count * percent / 100) for percent in percents]


def _one_of_each_district(codes: Sequence[str], count: int) -> list[str]:
    """The codes in order, but the first `count` of as many districts as there are."""
    firsts: list[str] = []
    by_district: dict[str, list[str]] = defaultdict(list)
    for code in codes:
        by_district[code[:6]].append(code)
    queues = list(by_district.values())
    for turn in range(max((len(queue) for queue in queues), default=0)):
        firsts += [queue[turn] for queue in queues if turn < len(queue)]
    chosen = firsts[:count]
    return [*chosen, *(code for code in codes if code not in set(chosen))]
