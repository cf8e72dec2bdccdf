"""Think: who moves from what to what, in which wave, who stays and why, and how long it takes.

Pure: the same candidates in any order give an equal plan. What is frozen and hashed is `to_json`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from siappakai.rollout.candidate import Candidate, Measured, Member, Rehearsed, Wanted
from siappakai.rollout.estimate import Estimates, estimate
from siappakai.rollout.plan_json import from_plain, to_plain
from siappakai.rollout.policy import RolloutPolicy
from siappakai.rollout.policy import to_json as policy_to_json
from siappakai.rollout.risk import Risk, weigh
from siappakai.rollout.stay import CHANNEL_DAYS, Rules, Why, why_it_stays
from siappakai.rollout.timing import Timing, WaveTimes, timing_of
from siappakai.rollout.warn import warnings_of
from siappakai.rollout.wave_order import order_waves

__all__ = [
    "Candidate",
    "Measured",
    "Member",
    "Move",
    "Plan",
    "PlannedWave",
    "Rehearsed",
    "Stay",
    "Wanted",
    "canonical",
    "from_json",
    "make_plan",
    "plan_sha256",
]


@dataclass(frozen=True, slots=True)
class Move:
    """A group that moves; `members` are its instances, `member_names` whom they serve.

    `position` counts from 1 within its wave; `hold_s` and `total_s` are expected seconds.
    """

    group_id: int
    instance_id: int
    members: tuple[int, ...]
    member_names: tuple[str, ...]
    member_codes: tuple[str, ...]
    label: str
    districts: tuple[str, ...]
    from_release_id: int
    from_version: str
    from_digest: str
    to_version: str
    channel: str
    is_combined: bool
    server_id: int
    wave: int
    position: int
    verdict: str
    finding: str
    failed_count: int
    risk: float
    risk_reasons: tuple[str, ...]
    hold_s: float
    total_s: float
    migrate_s: float
    spread: float
    timed_by: str


@dataclass(frozen=True, slots=True)
class Stay:
    """A group that does not move, with the one reason."""

    group_id: int
    instance_id: int
    members: tuple[int, ...]
    member_names: tuple[str, ...]
    label: str
    version: str
    reason: str
    sentence: str


@dataclass(frozen=True, slots=True)
class PlannedWave:
    """`starts_at` and `ends_at` as expected from now, None where a group fits no window."""

    number: int
    name: str
    leaders: tuple[int, ...]
    villages: int
    bake_s: int
    waits_for_person: bool
    longest_hold_s: float
    starts_at: datetime | None
    ends_at: datetime | None


@dataclass(frozen=True, slots=True)
class Plan:
    wanted: Wanted
    made_at: datetime
    moves: tuple[Move, ...]
    stays: tuple[Stay, ...]
    waves: tuple[PlannedWave, ...]
    estimates: Estimates
    warnings: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """The plan as plain JSON values, the same for equal plans."""
        plain: dict[str, Any] = to_plain(self)
        return plain


def from_json(values: Mapping[str, Any]) -> Plan:
    """The plan of `Plan.to_json`; InvalidInput when it has another shape."""
    plan: Plan = from_plain(Plan, values)
    return plan


def canonical(values: Any) -> bytes:
    """The one way to write JSON values as bytes, for hashing."""
    text = json.dumps(values, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.encode()


def plan_sha256(plan: Plan, policy: RolloutPolicy, wanted: Wanted) -> str:
    """The hash that is approved: of plan, policy and release together."""
    parts = {
        "plan": plan.to_json(),
        "policy": policy_to_json(policy),
        "wanted": to_plain(wanted),
    }
    return hashlib.sha256(canonical(parts)).hexdigest()


def make_plan(
    wanted: Wanted,
    candidates: Sequence[Candidate],
    policy: RolloutPolicy,
    now: datetime,
    zone: str,
    *,
    days: Mapping[date, str] | None = None,
    channel_days: Mapping[str, int] | None = None,
    home: str = "desa",
) -> Plan:
    """Every candidate in exactly one of moves and stays, every move in exactly one wave.

    `days` are the calendar's days on which nothing starts; `channel_days` how many days after the
    release was offered each channel gets it; `home` what one application serves, in local words.
    """
    ordered = sorted(candidates, key=lambda each: each.key)
    rules = Rules(wanted, policy, now, zone, channel_days or CHANNEL_DAYS, home)
    whys = {each.instance_id: why_it_stays(each, rules) for each in ordered}
    movable = [each for each in ordered if whys[each.instance_id] is None]
    risks = weigh(movable, policy, home)
    timings = {each.instance_id: timing_of(each) for each in movable}
    made = order_waves(movable, policy, risks)
    estimates, times = estimate(made, timings, rules, days or {})
    waves = tuple(
        _wave(number, wave, made.has_canaries, policy, timings, times[number - 1])
        for number, wave in enumerate(made.waves, start=1)
    )
    return Plan(
        wanted=wanted,
        made_at=now,
        moves=tuple(
            _move(each, wanted, number, at, risks[each.instance_id], timings[each.instance_id])
            for number, wave in enumerate(made.waves, start=1)
            for at, each in enumerate(wave, start=1)
        ),
        stays=tuple(_stay(each, why) for each in ordered if (why := whys[each.instance_id])),
        waves=waves,
        estimates=estimates,
        warnings=warnings_of(movable, made, timings, rules, days or {}),
    )


def _move(
    candidate: Candidate, wanted: Wanted, wave: int, position: int, risk: Risk, timing: Timing
) -> Move:
    members = candidate.members_sorted
    return Move(
        group_id=candidate.group_id,
        instance_id=candidate.instance_id,
        members=candidate.member_ids,
        member_names=tuple(each.name for each in members),
        member_codes=tuple(each.code for each in members),
        label=candidate.label,
        districts=tuple(sorted({each.district_name for each in members if each.district_name})),
        from_release_id=candidate.release_id or 0,
        from_version=candidate.version,
        from_digest=candidate.digest,
        to_version=wanted.version,
        channel=candidate.channel,
        is_combined=candidate.is_combined,
        server_id=candidate.server_id,
        wave=wave,
        position=position,
        verdict=candidate.verdict,
        finding=candidate.rehearsed.finding if candidate.rehearsed else "",
        failed_count=candidate.failed_count,
        risk=risk.points,
        risk_reasons=risk.reasons,
        hold_s=timing.hold_s,
        total_s=timing.total_s,
        migrate_s=timing.migrate_s,
        spread=round(timing.spread, 3),
        timed_by=timing.source,
    )


def _stay(candidate: Candidate, why: Why) -> Stay:
    return Stay(
        group_id=candidate.group_id,
        instance_id=candidate.instance_id,
        members=candidate.member_ids,
        member_names=tuple(each.name for each in candidate.members_sorted),
        label=candidate.label,
        version=candidate.version,
        reason=str(why.reason),
        sentence=why.sentence,
    )


def _wave(
    number: int,
    wave: Sequence[Candidate],
    has_canaries: bool,
    policy: RolloutPolicy,
    timings: Mapping[int, Timing],
    times: WaveTimes,
) -> PlannedWave:
    return PlannedWave(
        number=number,
        name="Kenari" if number == 1 and has_canaries else f"Gelombang {number}",
        leaders=tuple(each.instance_id for each in wave),
        villages=sum(len(each.members) for each in wave),
        bake_s=policy.bake_s,
        waits_for_person=number in policy.confirm_waves,
        longest_hold_s=max(timings[each.instance_id].hold_s for each in wave),
        starts_at=times.starts_at,
        ends_at=times.ends_at,
    )
