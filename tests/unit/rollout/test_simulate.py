"""The simulator: one seed one answer, the policy's limits kept, and figures that can be checked."""

from __future__ import annotations

import random
import time
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from siappakai.rollout.candidate import Candidate, Measured, Member, Rehearsed, Wanted
from siappakai.rollout.halt import Tally, limit_reached
from siappakai.rollout.odds import BAD_RELEASE_ODDS, History, odds_of
from siappakai.rollout.plan import Plan, make_plan
from siappakai.rollout.policy import Limits, RolloutPolicy, Window
from siappakai.rollout.simulate import simulate

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
ZONE = "Asia/Jakarta"
WANTED = Wanted(9, "2410.0.0", "umum", "opensid", NOW - timedelta(days=30))
STEADY = Measured(2.0, 3.0, 8.0, 20.0, count=9, spread=0.0)
NEVER_FAILS = History(succeeded=10**9)


def fleet(count: int, **more: Any) -> list[Candidate]:
    return [
        replace(
            Candidate(
                group_id=n,
                instance_id=n,
                members=(Member(n, f"7305052{n:03d}", f"Desa {n}"),),
                product="opensid",
                label=f"Desa {n}",
                release_id=1,
                version="2408.0.0",
                edition="umum",
                rehearsed=Rehearsed("hijau", NOW),
                measured=STEADY,
            ),
            **more,
        )
        for n in range(1, count + 1)
    ]


def plan_of(candidates: list[Candidate], policy: RolloutPolicy) -> Plan:
    return make_plan(WANTED, candidates, policy, NOW, ZONE)


def test_one_seed_gives_one_answer_and_another_seed_another() -> None:
    policy = RolloutPolicy()
    plan = plan_of(fleet(60, measured=replace(STEADY, spread=0.4)), policy)
    first = simulate(plan, policy, History(90, 3), ZONE, runs=200, seed=1)
    assert first == simulate(plan, policy, History(90, 3), ZONE, runs=200, seed=1)
    assert first != simulate(plan, policy, History(90, 3), ZONE, runs=200, seed=2)


@pytest.mark.parametrize("parallel", [1, 3])
def test_without_spread_and_failures_it_takes_what_the_plan_expects(parallel: int) -> None:
    policy = RolloutPolicy(limits=Limits(parallel=parallel), bake_s=60)
    plan = plan_of(fleet(25), policy)
    found = simulate(plan, policy, NEVER_FAILS, ZONE, runs=50)
    assert found.p50_s == found.p90_s == plan.estimates.expected_s


def test_windows_and_days_count_as_in_the_plan() -> None:
    window = Window((0, 1, 2, 3, 4, 5, 6), "20:00", "20:02")
    policy = RolloutPolicy(windows=(window,), bake_s=0, limits=Limits(parallel=2))
    days = {date(2026, 11, 23): "Hari Uji"}
    plan = make_plan(WANTED, fleet(30), policy, NOW, ZONE, days=days)
    found = simulate(plan, policy, NEVER_FAILS, ZONE, days=days, runs=20)
    assert found.p50_s == plan.estimates.expected_s
    assert found.p50_s and found.p50_s > 2 * 86_400


def test_what_fits_no_window_never_ends() -> None:
    policy = RolloutPolicy(windows=(Window((0,), "20:00", "20:01"),))
    plan = plan_of(fleet(4, measured=replace(STEADY, total_s=90.0)), policy)
    found = simulate(plan, policy, NEVER_FAILS, ZONE, runs=20)
    assert (found.p50_s, found.stop_chance) == (None, 0.0)


def test_a_product_that_always_failed_stops_at_the_limit() -> None:
    policy = RolloutPolicy(limits=Limits(parallel=3, failures=4, consecutive=9))
    plan = plan_of(fleet(100, rehearsed=Rehearsed("kuning", NOW), failed_count=3), policy)
    found = simulate(plan, policy, History(0, 1000), ZONE, runs=200)
    assert found.stop_chance == 1.0
    # at the limit nothing new begins, so at most those that ran beside it fail too
    assert found.failed_worst <= 4 + 3 - 1
    assert found.touched_worst < 60


def test_the_stop_is_told_with_its_wave() -> None:
    policy = RolloutPolicy(limits=Limits(failures=1))
    plan = plan_of(fleet(100), policy)
    found = simulate(plan, policy, History(0, 200), ZONE, runs=300)
    assert sum(share for _, share in found.stop_waves) == pytest.approx(found.stop_chance)
    assert found.stop_waves[0][0] == 1
    assert any("Paling sering berhenti di gelombang" in each for each in found.sentences)


def test_green_rehearsals_lower_the_odds_and_yellow_ones_raise_them() -> None:
    policy = RolloutPolicy()
    some = fleet(40)
    some[0] = replace(some[0], rehearsed=Rehearsed("kuning", NOW))
    some[1] = replace(some[1], rehearsed=None)
    some[2] = replace(some[2], failed_count=2)
    odds = odds_of(plan_of(some, policy), History(100, 2))
    assert odds.own[4] < odds.own[2] < odds.own[1]
    assert odds.own[3] == 4 * odds.own[4]
    assert odds.bad_release < BAD_RELEASE_ODDS


def test_odds_follow_the_history_and_start_from_the_prior() -> None:
    plan = plan_of(fleet(5, rehearsed=None), RolloutPolicy())
    assert odds_of(plan, History()).own[1] == pytest.approx(0.01)
    assert odds_of(plan, History(950, 0)).own[1] == pytest.approx(0.0005)
    assert odds_of(plan, History(450, 500)).own[1] == pytest.approx(0.5005)


@pytest.mark.parametrize(
    ("outcomes", "words"),
    [
        ("..x..", ""),
        ("x.x", "2 gagal; batasnya"),
        ("xx", "2 gagal; batasnya"),
    ],
)
def test_failures_in_all_are_limited(outcomes: str, words: str) -> None:
    assert words in limit_reached(Limits(failures=2, consecutive=9), tallied(outcomes))
    assert bool(words) == bool(limit_reached(Limits(failures=2, consecutive=9), tallied(outcomes)))


def test_failures_in_a_row_are_limited_and_a_success_breaks_the_row() -> None:
    limits = Limits(failures=99, failure_percent=100, consecutive=3)
    assert not limit_reached(limits, tallied("xx.xx.xx."))
    assert "3 gagal berturut-turut" in limit_reached(limits, tallied(".xxx"))


def test_a_share_is_limited_once_enough_have_ended() -> None:
    limits = Limits(failures=99, failure_percent=10, consecutive=99)
    assert not limit_reached(limits, tallied("x."))
    assert not limit_reached(limits, tallied("x" + "." * 9))
    assert "2 dari 11 gagal" in limit_reached(limits, tallied("x.........x"))


def tallied(outcomes: str) -> Tally:
    tally = Tally()
    for each in outcomes:
        tally.count(each == "x")
    return tally


def test_a_thousand_runs_of_850_villages_tell_their_time(
    capsys: pytest.CaptureFixture[str],
) -> None:
    chance = random.Random(7)
    policy = RolloutPolicy(limits=Limits(parallel=4, failures=40, consecutive=5))
    some = [
        replace(each, measured=replace(STEADY, total_s=chance.uniform(10, 40), spread=0.3))
        for each in fleet(850)
    ]
    plan = plan_of(some, policy)
    began = time.process_time()
    found = simulate(plan, policy, History(1000, 5), ZONE)
    spent = time.process_time() - began
    with capsys.disabled():
        print(f"\n1000 runs of 850 villages: {spent:.2f} s CPU, {spent / 5:.2f} of the 5 s allowed")
    assert (found.runs, len(plan.moves)) == (1000, 850)
    assert found.p50_s is not None and found.p90_s is not None
    assert found.p50_s <= found.p90_s
    assert found.p50_s == pytest.approx(plan.estimates.expected_s, rel=0.15)


def test_the_sentences_speak_of_those_whom_the_product_serves() -> None:
    policy = RolloutPolicy()
    found = simulate(
        plan_of(fleet(10), policy), policy, History(9, 1), ZONE, runs=20, home="nagari"
    )
    told = "\n".join(found.sentences)
    assert "Peluang gagal satu nagari" in told and "Nagari yang pembaruannya gagal" in told
    assert "desa" not in told.lower()
