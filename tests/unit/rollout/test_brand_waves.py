"""Brand waves: whole villages, each once, the first from different districts."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from siappakai.rollout.brand_freeze import LOOKED_AT, QUICK
from siappakai.rollout.brand_waves import Wearer, brand_waves
from siappakai.rollout.policy import RolloutPolicy

CODES = st.lists(
    st.tuples(st.sampled_from(["730501", "730502", "730503"]), st.integers(1, 99)),
    unique=True,
    max_size=60,
)


def wearers(codes: list[tuple[str, int]], products: tuple[str, ...] = ("opensid", "pbb")):
    made = []
    for district, number in codes:
        for product in products:
            code = f"{district}2{number:03d}"
            made.append(Wearer(len(made) + 1, len(made) + 1, 1, code, code, product))
    return made


@given(CODES, st.integers(0, 10), st.lists(st.integers(1, 99), unique=True, max_size=4))
def test_each_instance_is_in_exactly_one_wave_and_no_village_is_split(codes, canaries, percents):
    policy = RolloutPolicy(canary_count=canaries, wave_percents=(*sorted(percents), 100))
    given_wearers = wearers(codes)
    waves = brand_waves(given_wearers, policy)
    counted = Counter(each.instance_id for wave in waves for each in wave)
    assert counted == Counter(each.instance_id for each in given_wearers)
    assert all(waves)
    homes = [{each.scope_code for each in wave} for wave in waves]
    assert sum(len(each) for each in homes) == len(set().union(*homes))


@given(CODES, st.randoms())
def test_the_order_in_which_they_are_given_does_not_matter(codes, random):
    one = wearers(codes)
    other = list(one)
    random.shuffle(other)
    assert brand_waves(one, LOOKED_AT) == brand_waves(other, LOOKED_AT)


def test_the_first_two_villages_are_of_different_districts():
    first, *_ = brand_waves(wearers([("730501", 1), ("730501", 2), ("730502", 1)]), LOOKED_AT)
    assert {each.district for each in first} == {"730501", "730502"}
    assert len(first) == 4


def test_all_at_once_is_one_wave():
    assert len(brand_waves(wearers([("730501", 1), ("730502", 1)]), QUICK)) == 1
