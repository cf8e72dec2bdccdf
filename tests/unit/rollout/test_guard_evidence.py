"""The guard's arithmetic against values worked out by other means."""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from siappakai.rollout.evidence import (
    NOTHING,
    ODDS,
    Table,
    add_look,
    add_look_alone,
    fisher_greater,
    highest_likely_share,
    strength,
)

tables = st.builds(
    lambda new, old, failed, fell: Table(new, min(fell, new, failed), old, min(failed, old)),
    st.integers(1, 40),
    st.integers(1, 40),
    st.integers(0, 40),
    st.integers(0, 40),
)


def exact_chance(table: Table, at_least: int) -> Fraction:
    failed = table.new_failed + table.old_failed
    every = math.comb(table.new + table.old, failed)
    ways = sum(
        math.comb(table.new, j) * math.comb(table.old, failed - j)
        for j in range(at_least, min(table.new, failed) + 1)
        if failed - j >= 0
    )
    return Fraction(ways, every)


def test_fishers_tea_tasting() -> None:
    """Three of four cups right: 0.2429; all four: 1/70 (Fisher, The Design of Experiments)."""
    assert fisher_greater(Table(4, 3, 4, 1)) == pytest.approx(17 / 70)
    assert fisher_greater(Table(4, 4, 4, 0)) == pytest.approx(1 / 70)


@given(tables)
def test_fishers_chance_is_the_share_of_all_ways(table: Table) -> None:
    assert fisher_greater(table) == pytest.approx(float(exact_chance(table, table.new_failed)))


def test_the_upper_limit_agrees_with_published_values() -> None:
    """None of n: 1 - doubt^(1/n); "rule of three"; 10 of 100 at 2.5 %: 0.1762 (Clopper-Pearson)."""
    assert highest_likely_share(100, 0, 0.05) == pytest.approx(1 - 0.05 ** (1 / 100))
    assert highest_likely_share(100, 10, 0.025) == pytest.approx(0.17622, abs=1e-4)
    assert highest_likely_share(0, 0, 0.05) == 1.0
    assert highest_likely_share(7, 7, 0.05) == 1.0


@given(st.integers(1, 9), st.integers(1, 9), st.data())
def test_the_wager_is_fair_over_all_ways_in_which_failures_can_fall(
    new: int, old: int, data: st.DataObject
) -> None:
    """Each way of choosing the failing requests is equally likely; the wager's mean is one."""
    failed = data.draw(st.integers(1, new + old))
    worth = [0.0] * len(ODDS)
    ways = 0
    for chosen in combinations(range(new + old), failed) if failed <= 4 else ():
        fell = sum(one < new for one in chosen)
        for index, each in enumerate(add_look(NOTHING, Table(new, fell, old, failed - fell))):
            worth[index] += math.exp(each)
        ways += 1
    if ways:
        assert [each / ways for each in worth] == pytest.approx([1.0] * len(ODDS))


@given(st.integers(0, 60), st.floats(0.01, 0.5), st.floats(0.0, 1.0))
def test_the_wager_alone_never_gains_while_the_share_stays_below_the_limit(
    requests: int, most: float, part: float
) -> None:
    share = most * part
    for odds_at in range(len(ODDS)):
        mean = math.fsum(
            math.comb(requests, x)
            * share**x
            * (1 - share) ** (requests - x)
            * math.exp(add_look_alone(NOTHING, requests, x, most)[odds_at])
            for x in range(requests + 1)
        )
        assert mean <= 1 + 1e-9


@given(st.lists(tables, max_size=5))
def test_looks_add_up_in_any_order(looks: list[Table]) -> None:
    there, back = NOTHING, NOTHING
    for each in looks:
        there = add_look(there, each)
    for each in reversed(looks):
        back = add_look(back, each)
    assert there == pytest.approx(back)


@pytest.mark.parametrize("table", [Table(0, 0, 50, 9), Table(50, 9, 0, 0), Table(50, 0, 50, 0)])
def test_an_interval_without_a_comparison_says_nothing(table: Table) -> None:
    assert add_look(NOTHING, table) == NOTHING
    assert strength(NOTHING) == 1.0


def test_a_very_large_interval_costs_little_and_does_not_overflow() -> None:
    kept = add_look(NOTHING, Table(200_000, 20_000, 800_000, 4_000))
    assert strength(kept) > 1e300
    assert strength(add_look(NOTHING, Table(200_000, 1_000, 800_000, 4_000))) < 1
