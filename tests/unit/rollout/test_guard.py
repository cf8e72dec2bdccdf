"""The guard pauses a worse release early and a harmless one hardly ever."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from siappakai.provision.traffic import Traffic
from siappakai.rollout.guard import (
    GuardKind,
    GuardRules,
    LogSight,
    Watch,
    begin,
    judge,
    judge_once,
    look,
)

TAMASAJU, BONTOKANANG = "opensid-7305052001", "opensid-7305052002"
SEVERITY = {GuardKind.CALM: 0, GuardKind.UNKNOWN: 1, GuardKind.RISE: 2}


def traffic(requests: int, errors: int = 0, *, slow: int = 0, seconds: float = 0.2) -> Traffic:
    seen = Traffic()
    for number in range(requests):
        if number < errors:
            seen.count(500, seconds)
        else:
            seen.count(200, 9.0 if number < errors + slow else seconds)
    return seen


def failures(chance: random.Random, requests: int, share: float) -> Traffic:
    """Counted like visitors of a product of which `share` fails."""
    errors = sum(chance.random() < share for _ in range(requests))
    return Traffic(requests, errors, 0, {61: requests - errors})


# --- harmless releases


@pytest.mark.parametrize("share", [0.0, 0.002, 0.02, 0.045, 0.2])
def test_equal_rates_pause_at_most_one_of_twenty_over_a_hundred_looks(share: float) -> None:
    chance = random.Random(f"sama {share}")
    runs, paused = 60, 0
    for _ in range(runs):
        watch = begin()
        for _ in range(100):
            new = {f"opensid-73050520{n:02d}": failures(chance, 2, share) for n in range(10)}
            watch = look(watch, new, failures(chance, 60, share))
            if judge(watch).must_pause:
                paused += 1
                break
    assert paused / runs <= 0.05


def test_a_bad_hour_of_everybody_is_no_reason_to_pause() -> None:
    chance = random.Random("jam buruk")
    paused = 0
    for _ in range(60):
        watch = begin()
        for minute in range(100):
            share = 0.3 if 40 <= minute < 60 else 0.01
            many_new = 40 if 40 <= minute < 60 else 5  # and the new ones are busier just then
            watch = look(
                watch, {TAMASAJU: failures(chance, many_new, share)}, failures(chance, 50, share)
            )
            if judge(watch).must_pause:
                paused += 1
                break
    assert paused / 60 <= 0.05


def test_equal_rates_pause_seldom_when_nobody_is_left_on_the_old_release() -> None:
    chance = random.Random("tanpa pembanding")
    paused = 0
    for _ in range(60):
        watch = begin({TAMASAJU: failures(chance, 400, 0.02)})
        for _ in range(100):
            watch = look(watch, {TAMASAJU: failures(chance, 20, 0.02)}, Traffic())
            if judge(watch).must_pause:
                paused += 1
                break
    assert paused / 60 <= 0.05


# --- worse releases


def visitors_until_found(seed: int, base: float, rise: float) -> int:
    """Requests of the whole fleet of 200, of which 20 are on the new release, until it is found."""
    chance = random.Random(seed)
    watch, seen = begin(), 0
    while seen < 100_000:
        new = {f"opensid-73050520{n:02d}": failures(chance, 5, base + rise) for n in range(20)}
        watch = look(watch, new, failures(chance, 900, base))
        seen += 1000
        if judge(watch).must_pause:
            break
    return seen


@pytest.mark.parametrize("base", [0.0, 0.005, 0.01])
def test_two_percent_more_errors_are_found_within_a_tenth_of_the_day(base: float) -> None:
    """A fleet of 200 villages with 500 visits a day each has 100,000; a tenth are 10,000."""
    needed = sorted(visitors_until_found(seed, base, 0.02) for seed in range(20))
    assert needed[-1] <= 10_000
    assert needed[len(needed) // 2] <= 6_000


def test_one_instance_that_only_fails_pauses_at_ten_requests() -> None:
    watch = look(begin(), {TAMASAJU: traffic(4, 4), BONTOKANANG: traffic(9)}, Traffic())
    assert not judge(watch).must_pause
    watch = look(watch, {TAMASAJU: traffic(6, 2)}, Traffic())
    verdict = judge(watch)
    assert verdict.kind == GuardKind.RISE
    assert verdict.sentence == f"{TAMASAJU} menjawab galat 6 dari 10 permintaan."


def test_an_instance_that_worked_for_a_day_and_then_fails_pauses_at_once() -> None:
    watch = look(begin(), {TAMASAJU: traffic(2000)}, traffic(4000))
    assert judge(watch).kind == GuardKind.CALM
    watch = look(watch, {TAMASAJU: traffic(10, 9)}, traffic(40))
    assert judge(watch).must_pause


def test_a_village_that_always_failed_so_pauses_nobody() -> None:
    past = {TAMASAJU: traffic(40, 24), BONTOKANANG: traffic(400)}
    watch = begin(past)
    for _ in range(20):
        watch = look(watch, {TAMASAJU: traffic(10, 6), BONTOKANANG: traffic(100)}, traffic(900, 1))
    assert judge(watch).kind == GuardKind.CALM
    assert judge(replace(watch, before={})).must_pause


def test_slower_answers_pause_and_the_sentence_has_the_numbers() -> None:
    watch = begin({TAMASAJU: traffic(100, seconds=0.3)})
    for _ in range(6):
        watch = look(watch, {TAMASAJU: traffic(20, slow=8)}, traffic(200, slow=2))
    verdict = judge(watch)
    assert verdict.kind == GuardKind.RISE
    assert verdict.sentence == (
        "Lebih lambat: 40 % jawaban rilis baru gagal atau lebih lama dari 1 detik, "
        "1 % pada rilis lama."
    )
    assert verdict.numbers["new"]["p95_s"] > 8 > verdict.numbers["old"]["p95_s"]


def test_errors_in_the_logs_pause_by_instances_not_by_lines() -> None:
    watch = look(begin(), {TAMASAJU: traffic(40), BONTOKANANG: traffic(40)}, traffic(400))
    few = LogSight(20, 1, 180, 9, "ERROR sesuatu")
    assert judge(watch, logs=few).kind == GuardKind.CALM
    many = replace(few, new_with_errors=12)
    assert judge(watch, logs=many).sentence.startswith("Galat di log: 12 dari 20 aplikasi")


# --- too little is known


def test_without_visitors_the_guard_says_that_it_does_not_know() -> None:
    watch = begin({TAMASAJU: traffic(50), BONTOKANANG: traffic(50)})
    assert judge(watch).kind == GuardKind.UNKNOWN
    watch = look(watch, {TAMASAJU: traffic(12)}, traffic(500))
    verdict = judge(watch)
    assert verdict.kind == GuardKind.UNKNOWN
    assert verdict.sentence == "Baru 12 kunjungan ke rilis baru; perlu 30."
    assert verdict.numbers["quiet"] == [BONTOKANANG]
    watch = look(watch, {TAMASAJU: traffic(1990), BONTOKANANG: traffic(1)}, traffic(1))
    verdict = judge(watch)
    assert verdict.kind == GuardKind.CALM
    assert verdict.sentence == (
        "Tenang: galat 0 % dari 2.003 permintaan; pada rilis lama 0 % dari 501 permintaan. "
        "1 aplikasi hampir tanpa pengunjung."
    )


def test_counts_of_whole_groups_can_be_judged_once() -> None:
    assert judge_once(traffic(300, 15), traffic(5000, 20)).kind == GuardKind.RISE
    assert judge_once(traffic(300, 1), traffic(5000, 20)).kind == GuardKind.CALM
    assert judge_once(traffic(300, 15), Traffic(), traffic(900, 3)).kind == GuardKind.RISE
    assert judge_once(traffic(20), traffic(5000, 20)).kind == GuardKind.UNKNOWN
    assert judge_once(traffic(300), Traffic()).kind == GuardKind.UNKNOWN


# --- for every traffic

intervals = st.lists(
    st.tuples(st.integers(0, 60), st.integers(0, 60), st.integers(0, 200), st.integers(0, 30)),
    min_size=1,
    max_size=6,
)


def watched(rows: Sequence[tuple[int, int, int, int]], past: Traffic | None) -> Watch:
    watch = begin({TAMASAJU: past} if past else None)
    for requests, errors, old, old_errors in rows:
        new = traffic(requests, min(errors, requests), slow=1)
        watch = look(watch, {TAMASAJU: new}, traffic(old, min(old_errors, old), slow=2))
    return watch


pasts = st.one_of(
    st.none(), st.builds(lambda n, e: traffic(n, min(n, e)), st.integers(0, 99), st.integers(0, 9))
)


@given(intervals, st.data(), pasts)
def test_a_request_that_fails_instead_of_working_never_calms(
    rows: list[tuple[int, int, int, int]], data: st.DataObject, past: Traffic | None
) -> None:
    index = data.draw(st.integers(0, len(rows) - 1))
    requests, errors, old, old_errors = rows[index]
    assume(errors < requests)
    worse = [*rows]
    worse[index] = (requests, data.draw(st.integers(errors + 1, requests)), old, old_errors)
    calm, worried = judge(watched(rows, past)), judge(watched(worse, past))
    assert SEVERITY[worried.kind] >= SEVERITY[calm.kind]


@given(intervals, st.data(), st.integers(1, 40))
def test_further_failures_never_take_a_pause_back(
    rows: list[tuple[int, int, int, int]], data: st.DataObject, more: int
) -> None:
    index = data.draw(st.integers(0, len(rows) - 1))
    requests, errors, old, old_errors = rows[index]
    errors = min(errors, requests)
    worse = [*rows]
    worse[index] = (requests + more, errors + more, old, old_errors)
    if judge(watched(rows, None)).must_pause:
        assert judge(watched(worse, None)).must_pause


@given(intervals, pasts)
def test_a_watch_kept_as_json_goes_on_as_if_it_had_never_been_put_away(
    rows: list[tuple[int, int, int, int]], past: Traffic | None
) -> None:
    watch = watched(rows, past)
    again = Watch.from_json(json.loads(json.dumps(watch.as_json())))
    assert again == watch
    assert judge(again) == judge(watch)


def test_stricter_rules_are_obeyed() -> None:
    new, old = traffic(200, 5), traffic(4000, 8)
    assert judge_once(new, old).must_pause
    assert not judge_once(new, old, rules=GuardRules(least_rise=0.03)).must_pause
