"""What holds of every plan, whatever the fleet: nobody lost, nobody twice, no order matters."""

from __future__ import annotations

import json
import math
import random
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from siappakai.rollout.candidate import Candidate, Measured, Member, Rehearsed, Wanted
from siappakai.rollout.plan import Plan, canonical, from_json, make_plan, plan_sha256
from siappakai.rollout.policy import Limits, RolloutPolicy, Window

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
ZONE = "Asia/Jakarta"
WANTED = Wanted(9, "2410.0.0", "umum", "opensid", NOW - timedelta(days=5), "sha256:baru")
RELEASES = ((1, "2408.0.0"), (2, "2407.0.0"), (9, "2410.0.0"), (10, "2411.0.0"), (None, ""))
SECONDS = st.floats(0.1, 40).map(lambda value: round(value, 2))
MEASURED = st.builds(
    lambda dump, migrate, around, rest: Measured(
        dump, migrate, dump + migrate + around, dump + migrate + around + rest
    ),
    *(SECONDS,) * 4,
)
REHEARSED = st.builds(
    Rehearsed,
    st.sampled_from(["hijau", "kuning", "merah"]),
    st.just(NOW),
    st.just("temuan"),
    st.none() | SECONDS,
    st.none() | SECONDS,
)


@st.composite
def fleets(draw: st.DrawFn) -> list[Candidate]:
    """Up to fourteen groups, some of them combined, of a few districts, in every state."""
    made, next_id = [], 1
    for number in range(draw(st.integers(0, 14))):
        size = draw(st.sampled_from([1, 1, 1, 1, 2, 7]))
        district = [f"7305{draw(st.integers(0, 4)):02d}" for _ in range(size)]
        members = tuple(
            Member(
                next_id + n,
                f"{district[n]}2{next_id + n:03d}",
                f"D{next_id + n}",
                district[n],
                district[n],
            )
            for n in range(size)
        )
        release_id, version = draw(st.sampled_from(RELEASES))
        made.append(
            Candidate(
                group_id=500 + number,
                instance_id=next_id,
                members=members,
                product="opensid",
                label=f"L{number}",
                release_id=release_id,
                version=version,
                edition=draw(st.sampled_from(["umum", "umum", "umum", "premium"])),
                is_combined=size > 1,
                channel=draw(st.sampled_from(["cepat", "biasa", "lambat"])),
                is_pinned=draw(st.sampled_from([False] * 5 + [True])),
                held_until_on=draw(st.sampled_from([None, None, date(2026, 11, 30)])),
                observed=draw(st.sampled_from(["", "", "berhenti"])),
                busy_with=draw(st.sampled_from(["", "", "token"])),
                db_bytes=draw(st.integers(0, 10**9)),
                failed_count=draw(st.integers(0, 4)),
                rehearsed=draw(st.none() | REHEARSED),
                measured=draw(st.none() | MEASURED),
                traffic=draw(st.sampled_from([(), tuple(float(h) for h in range(24))])),
            )
        )
        next_id += size
    return made


POLICIES = st.builds(
    RolloutPolicy,
    canary_count=st.integers(0, 5),
    wave_percents=st.sets(st.integers(1, 99), max_size=4).map(lambda some: (*sorted(some), 100)),
    order=st.sampled_from(["risiko", "kecamatan"]),
    limits=st.builds(Limits, parallel=st.integers(1, 4)),
    bake_s=st.integers(0, 900),
    windows=st.sampled_from([(), (Window((0, 2, 4), "22:00", "03:00"),)]),
    needs_rehearsal=st.booleans(),
)


def plan_of(fleet: list[Candidate], policy: RolloutPolicy) -> Plan:
    return make_plan(WANTED, fleet, policy, NOW, ZONE)


@settings(max_examples=60)
@given(fleets(), POLICIES)
def test_every_group_is_in_exactly_one_of_moves_and_stays(
    fleet: list[Candidate], policy: RolloutPolicy
) -> None:
    plan = plan_of(fleet, policy)
    told = [each.instance_id for each in (*plan.moves, *plan.stays)]
    assert sorted(told) == sorted(each.instance_id for each in fleet)
    assert all(stay.reason and stay.sentence.endswith(".") for stay in plan.stays)
    assert all(move.from_release_id in (1, 2) for move in plan.moves)


@settings(max_examples=60)
@given(fleets(), POLICIES)
def test_every_move_is_in_exactly_one_wave_in_its_place(
    fleet: list[Candidate], policy: RolloutPolicy
) -> None:
    plan = plan_of(fleet, policy)
    assert [wave.number for wave in plan.waves] == list(range(1, len(plan.waves) + 1))
    lined = [leader for wave in plan.waves for leader in wave.leaders]
    assert lined == [move.instance_id for move in plan.moves]
    for wave in plan.waves:
        inside = [move for move in plan.moves if move.wave == wave.number]
        assert [move.position for move in inside] == list(range(1, len(inside) + 1))
        assert wave.villages == sum(len(move.members) for move in inside) > 0
        assert wave.waits_for_person == (wave.number in policy.confirm_waves)


@settings(max_examples=60)
@given(fleets(), POLICIES)
def test_no_wave_reaches_beyond_its_percent(fleet: list[Candidate], policy: RolloutPolicy) -> None:
    plan = plan_of(fleet, replace(policy, order="risiko"))
    total = sum(wave.villages for wave in plan.waves)
    has_canaries = bool(plan.waves) and plan.waves[0].name == "Kenari"
    canaries = plan.waves[0].villages if has_canaries else 0
    if has_canaries:
        assert len(plan.waves[0].leaders) == min(policy.canary_count, len(plan.moves)) or (
            any(each.is_combined for each in plan.moves)
        )
    bounds = [max(canaries, math.ceil(total * p / 100)) for p in policy.wave_percents]
    reached = canaries
    for wave in plan.waves[1 if has_canaries else 0 :]:
        reached += wave.villages
        bounds = [bound for bound in bounds if bound >= reached]
        assert bounds, "each wave ends within the percent of a wave of its own"
        bounds = bounds[1:] if reached < total else bounds


@settings(max_examples=60)
@given(fleets(), POLICIES)
def test_by_district_each_district_is_in_one_wave(
    fleet: list[Candidate], policy: RolloutPolicy
) -> None:
    plan = plan_of(fleet, replace(policy, order="kecamatan"))
    waves: dict[str, set[int]] = {}
    for move in plan.moves:
        for district in move.districts:
            waves.setdefault(district, set()).add(move.wave)
    assert all(len(numbers) == 1 for numbers in waves.values())


@settings(max_examples=40)
@given(fleets(), POLICIES, st.randoms(use_true_random=False))
def test_the_order_in_which_groups_come_changes_nothing(
    fleet: list[Candidate], policy: RolloutPolicy, chance: random.Random
) -> None:
    mixed = [replace(each, members=tuple(reversed(each.members))) for each in fleet]
    chance.shuffle(mixed)
    first, second = plan_of(fleet, policy), plan_of(mixed, policy)
    assert first == second
    assert plan_sha256(first, policy, WANTED) == plan_sha256(second, policy, WANTED)


@settings(max_examples=60)
@given(fleets(), POLICIES)
def test_plan_and_hash_survive_json(fleet: list[Candidate], policy: RolloutPolicy) -> None:
    plan = plan_of(fleet, policy)
    again = from_json(json.loads(canonical(plan.to_json())))
    assert again == plan
    assert plan_sha256(again, policy, again.wanted) == plan_sha256(plan, policy, WANTED)


def leaves(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The path of every plain value inside JSON."""
    if isinstance(value, dict):
        return [found for key in value for found in leaves(value[key], (*path, key))]
    if isinstance(value, list) and value:
        return [found for at, each in enumerate(value) for found in leaves(each, (*path, at))]
    return [path]


def changed(values: Any, path: tuple[Any, ...]) -> Any:
    """The JSON with the value at the path made another of its kind."""
    copy = json.loads(json.dumps(values))
    place = copy
    for key in path[:-1]:
        place = place[key]
    old = place[path[-1]]
    if isinstance(old, bool):
        place[path[-1]] = not old
    elif isinstance(old, int | float):
        place[path[-1]] = old + 1
    elif isinstance(old, str) and "T" in old and old[:4].isdigit():
        place[path[-1]] = "2030-01-01T00:00:00+00:00"
    elif isinstance(old, str):
        place[path[-1]] = old + "x"
    elif isinstance(old, list):
        if path[-1] in ("moves", "stays", "waves"):
            return None  # an empty list of these has nothing to change
        place[path[-1]] = [7] if path[-1] in ("members", "leaders") else ["x"]
    else:
        return None
    return copy


@settings(max_examples=40)
@given(fleets(), POLICIES, st.data())
def test_the_hash_changes_when_anything_in_the_plan_does(
    fleet: list[Candidate], policy: RolloutPolicy, data: st.DataObject
) -> None:
    plan = plan_of(fleet, policy)
    values = plan.to_json()
    other = changed(values, data.draw(st.sampled_from(leaves(values))))
    if other is None:
        return
    tampered = from_json(other)
    assert plan_sha256(tampered, policy, WANTED) != plan_sha256(plan, policy, WANTED)
