"""A policy is checked as a whole and comes back from JSON as it was."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from siappakai.errors import InvalidInput
from siappakai.rollout.policy import (
    PRESETS,
    Limits,
    RolloutPolicy,
    Window,
    check,
    from_json,
    to_json,
)

CLOCKS = st.builds("{:02d}:{:02d}".format, st.integers(0, 23), st.integers(0, 59))
WINDOWS = st.builds(
    Window,
    st.lists(st.integers(0, 6), min_size=1, unique=True).map(tuple),
    CLOCKS,
    CLOCKS,
).filter(lambda window: window.start != window.end)
POLICIES = st.builds(
    RolloutPolicy,
    canary_count=st.integers(0, 20),
    wave_percents=st.sets(st.integers(1, 99), max_size=4).map(lambda some: (*sorted(some), 100)),
    order=st.sampled_from(["risiko", "kecamatan"]),
    limits=st.builds(
        Limits, st.integers(1, 8), st.integers(1, 9), st.floats(1, 100), st.integers(1, 9)
    ),
    bake_s=st.integers(0, 7200),
    windows=st.lists(WINDOWS, max_size=3).map(tuple),
    skip_calendar_days=st.booleans(),
    confirm_waves=st.sets(st.integers(1, 6)).map(lambda some: tuple(sorted(some))),
    needs_rehearsal=st.booleans(),
)


@given(POLICIES)
def test_a_policy_comes_back_from_json_text_as_it_was(policy: RolloutPolicy) -> None:
    assert from_json(json.loads(json.dumps(to_json(policy)))) == policy


@pytest.mark.parametrize("name", ["hati-hati", "biasa", "cepat"])
def test_each_preset_makes_sense(name: str) -> None:
    check(PRESETS[name])


def test_the_careful_preset_risks_less_than_the_fast_one() -> None:
    careful, fast = PRESETS["hati-hati"], PRESETS["cepat"]
    assert careful.needs_rehearsal and not fast.needs_rehearsal
    assert careful.limits.parallel < fast.limits.parallel
    assert careful.limits.failures < fast.limits.failures
    assert careful.bake_s > fast.bake_s


def test_what_is_left_out_has_its_default() -> None:
    assert from_json({}) == RolloutPolicy()
    assert from_json({"limits": {"parallel": 5}}).limits == Limits(parallel=5)


WRONG = [
    ({"wave_percents": (10, 5, 100)}, "makin besar"),
    ({"wave_percents": (10, 50)}, "berakhir pada 100"),
    ({"wave_percents": ()}, "persen gelombang"),
    ({"canary_count": -1}, "kenari"),
    ({"canary_count": True}, "kenari"),
    ({"order": "acak"}, "urutan"),
    ({"limits": Limits(parallel=0)}, "bersamaan"),
    ({"limits": Limits(failures=0)}, "batas kegagalan"),
    ({"limits": Limits(consecutive=0)}, "berturut-turut"),
    ({"limits": Limits(failure_percent=0)}, "persen kegagalan"),
    ({"limits": Limits(failure_percent=float("nan"))}, "persen kegagalan"),
    ({"bake_s": -1}, "masa amatan"),
    ({"migrate_timeout_s": 1}, "batas waktu"),
    ({"copies_after_s": -5}, "salinan"),
    ({"use_guard": "ya"}, "ya atau tidak"),
    ({"confirm_waves": (0,)}, "nomor"),
    ({"windows": (Window((), "19:00", "23:00"),)}, "hari"),
    ({"windows": (Window((0, 0), "19:00", "23:00"),)}, "sekali"),
    ({"windows": (Window((7,), "19:00", "23:00"),)}, "hari"),
    ({"windows": (Window((0,), "7 malam", "23:00"),)}, "19:00–23:00"),
    ({"windows": (Window((0,), "24:00", "23:00"),)}, "19:00–23:00"),
    ({"windows": (Window((0,), "08:00", "08:00"),)}, "00:00–24:00"),
]


@pytest.mark.parametrize(("change", "word"), WRONG)
def test_each_wrong_value_is_told(change: dict, word: str) -> None:
    with pytest.raises(InvalidInput, match=word):
        check(replace(RolloutPolicy(), **change))


def test_all_complaints_are_told_at_once() -> None:
    with pytest.raises(InvalidInput) as told:
        check(RolloutPolicy(canary_count=-1, bake_s=-1, limits=Limits(parallel=0)))
    for word in ("kenari", "masa amatan", "bersamaan"):
        assert word in told.value.message


@pytest.mark.parametrize(
    "values",
    [
        {"kenari": 2},
        {"limits": {"parallel": 1, "lain": 2}},
        {"limits": 5},
        {"windows": ["malam"]},
        {"windows": [{"weekdays": 3, "start": "19:00", "end": "20:00"}]},
        {"wave_percents": 100},
        {"wave_percents": "100"},
        [],
    ],
)
def test_json_of_another_shape_is_refused_as_input(values: object) -> None:
    with pytest.raises(InvalidInput):
        from_json(values)  # type: ignore[arg-type]
