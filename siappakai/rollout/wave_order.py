"""Think: which groups move in which wave: canaries first, then up to each percent of villages.

**Canaries** should meet every trouble early and hurt few. So they are picked by kind (own or
combined database, and each old version), the commonest kinds first, one each while the canary
count lasts; within a kind the least that can be hurt: rehearsed green, fast channel, few villages,
little traffic, small. A group that holds more than a fifth of all villages is no canary unless
nothing smaller moves.

**Waves** are filled until a percent of all moving *villages* is reached, fast channel before
ordinary before slow, then by risk, the least first: what is yellow, large, busy or failed before
comes when most are through. A group that would overshoot a percent waits for a later wave while
smaller ones go ahead; a group is never split. A wave that would be empty is left out.

**By district** no wave splits one, not even the canary wave: it takes whole districts, those with
the fewest villages first, until the canary count is reached. Limits stop a bad release after a few
failures however large the wave is. A combined database joins the districts it serves.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from siappakai.rollout.candidate import Candidate
from siappakai.rollout.policy import RolloutPolicy
from siappakai.rollout.risk import VERDICT_POINTS, Risk

CHANNEL_RANK = {"cepat": 0, "biasa": 1, "lambat": 2}
CANARY_SHARE = 0.2
Chunk = tuple[Candidate, ...]
Kind = tuple[bool, str]


@dataclass(frozen=True, slots=True)
class Waves:
    """The groups of each wave in the order in which they begin; whether the first are canaries."""

    waves: tuple[Chunk, ...]
    has_canaries: bool


def kind_of(candidate: Candidate) -> Kind:
    """What a canary stands for: combined or not, and the version it comes from."""
    return (candidate.is_combined, candidate.version)


def order_waves(
    movable: Sequence[Candidate], policy: RolloutPolicy, risks: Mapping[int, Risk]
) -> Waves:
    """Every group in exactly one wave; the same for any order of `movable`."""
    ordered = sorted(movable, key=lambda each: _turn(each, risks))
    by_district = policy.order == "kecamatan"
    canaries = (
        _canary_districts(ordered, policy.canary_count, risks)
        if by_district
        else _canaries(ordered, policy.canary_count, risks)
    )
    taken = {each.instance_id for each in canaries}
    rest = [each for each in ordered if each.instance_id not in taken]
    chunks = _districts(rest, risks) if by_district else [(each,) for each in rest]
    waves = [tuple(canaries), *_fill(chunks, _villages(ordered), _villages(canaries), policy)]
    return Waves(tuple(wave for wave in waves if wave), has_canaries=bool(canaries))


def uncovered_kinds(movable: Iterable[Candidate], first: Chunk) -> tuple[Kind, ...]:
    """Kinds that move without a canary of theirs, in order."""
    return tuple(sorted({kind_of(each) for each in movable} - {kind_of(each) for each in first}))


def _turn(candidate: Candidate, risks: Mapping[int, Risk]) -> tuple[int, float, tuple[str, int]]:
    channel = CHANNEL_RANK.get(candidate.channel, 1)
    return (channel, risks[candidate.instance_id].points, candidate.key)


def _blast(candidate: Candidate, risks: Mapping[int, Risk]) -> tuple[object, ...]:
    return (
        VERDICT_POINTS.get(candidate.verdict, 0.0),
        CHANNEL_RANK.get(candidate.channel, 1),
        len(candidate.members),
        candidate.failed_count,
        risks[candidate.instance_id].traffic,
        candidate.db_bytes,
        candidate.key,
    )


def _canaries(
    ordered: Sequence[Candidate], count: int, risks: Mapping[int, Risk]
) -> list[Candidate]:
    most = CANARY_SHARE * _villages(ordered)
    small = [each for each in ordered if len(each.members) <= max(1, most)] or ordered
    kinds: dict[Kind, list[Candidate]] = defaultdict(list)
    for each in sorted(small, key=lambda each: _blast(each, risks)):
        kinds[kind_of(each)].append(each)
    common = Counter(kind_of(each) for each in small)
    queues = [kinds[kind] for kind in sorted(kinds, key=lambda kind: (-common[kind], kind))]
    picked: list[Candidate] = []
    while len(picked) < count and any(queues):
        for queue in queues:
            if queue and len(picked) < count:
                picked.append(queue.pop(0))
    return picked


def _canary_districts(
    ordered: Sequence[Candidate], count: int, risks: Mapping[int, Risk]
) -> list[Candidate]:
    picked: list[Candidate] = []
    for chunk in sorted(
        _districts(ordered, risks),
        key=lambda chunk: (_villages(chunk), _mean_points(chunk, risks), chunk[0].key),
    ):
        if len(picked) >= count:
            break
        picked.extend(chunk)
    return picked


def _districts(ordered: Sequence[Candidate], risks: Mapping[int, Risk]) -> list[Chunk]:
    """Whole districts, the least risky first; those that share a group are one chunk."""
    root = _joined(ordered)
    chunks: dict[str, list[Candidate]] = defaultdict(list)
    for each in ordered:
        chunks[root[each.districts[0]] if each.districts else ""].append(each)
    made = [tuple(chunk) for chunk in chunks.values()]
    return sorted(
        made, key=lambda chunk: (_mean_points(chunk, risks), min(each.key for each in chunk))
    )


def _joined(candidates: Iterable[Candidate]) -> dict[str, str]:
    """Each district's representative: the first of all districts that groups tie together."""
    root: dict[str, str] = {}

    def find(district: str) -> str:
        while root.setdefault(district, district) != district:
            district = root[district]
        return district

    for each in candidates:
        for other in each.districts:
            first, second = sorted((find(each.districts[0]), find(other)))
            root[second] = first
    return {district: find(district) for district in root}


def _mean_points(chunk: Chunk, risks: Mapping[int, Risk]) -> float:
    return sum(risks[each.instance_id].points for each in chunk) / len(chunk)


def _villages(candidates: Iterable[Candidate]) -> int:
    return sum(len(each.members) for each in candidates)


def _fill(
    chunks: Sequence[Chunk], total: int, reached: int, policy: RolloutPolicy
) -> Iterable[Chunk]:
    """Waves of whole chunks up to each percent of `total` villages; `reached` are canaries."""
    left = list(chunks)
    for percent in policy.wave_percents:
        target = math.ceil(total * percent / 100)
        wave: list[Candidate] = []
        waiting: list[Chunk] = []
        for chunk in left:
            if percent == 100 or reached + _villages(chunk) <= target:
                wave.extend(chunk)
                reached += _villages(chunk)
            else:
                waiting.append(chunk)
        left = waiting
        yield tuple(wave)
