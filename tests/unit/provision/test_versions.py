"""Versions sort as people mean them: numbers as numbers, previews before, revisions after."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from siappakai.models.release import is_preview, version_key

IN_ORDER = (
    "dev",
    "",
    "v1.9",
    "v1.17",
    "22.09",
    "22.12.01",
    "v2305.0.0",
    "2410.0.0-alpha",
    "2410.0.0-beta2",
    "2410.0.0-beta10",
    "2410.0.0-rc1",
    "2410.0.0",
    "2410.0.0-rev",
    "2410.0.0-rev01",
    "2410.0.0-rev2",
    "2410.0.0-rev10-rc1",
    "2410.0.0-rev10",
    "2410.0.0-rusak",
    "2410.0.1",
    "2602.1.0-rev01",
    "2602.10.0",
)
numbers = st.lists(st.integers(0, 3000), min_size=1, max_size=4)
texts = st.text(max_size=32) | st.from_regex(
    r"v?[0-9]{1,3}(\.[0-9]{1,2}){0,2}([-.]?[a-z0-9]{0,4})*"
)


@pytest.mark.parametrize(("low", "high"), list(itertools.combinations(IN_ORDER, 2)))
def test_every_earlier_version_of_the_list_is_before_every_later_one(low: str, high: str) -> None:
    assert version_key(low) < version_key(high)


@given(texts)
@example("2410.0.0-rusak")
@example("v")
@example("٣.٤")
@example("9" * 40)
def test_any_text_has_a_key_that_equals_itself(text: str) -> None:
    assert version_key(text) == version_key(text)
    assert not version_key(text) < version_key(text)


@given(texts, texts, texts)
def test_the_order_is_total_and_transitive(one: str, two: str, three: str) -> None:
    first, second, third = sorted(map(version_key, (one, two, three)))
    assert first <= second <= third and first <= third
    a, b = version_key(one), version_key(two)
    assert (a < b) + (b < a) + (a == b) == 1


@given(numbers, numbers)
def test_plain_versions_sort_like_their_numbers(left: list[int], right: list[int]) -> None:
    size = max(len(left), len(right))
    padded = [each + [0] * (size - len(each)) for each in (left, right)]
    a, b = (version_key(".".join(map(str, each))) for each in (left, right))
    assert (a < b) == (padded[0] < padded[1]) and (a == b) == (padded[0] == padded[1])


@given(numbers, st.integers(0, 99), st.sampled_from(["alpha", "beta", "rc"]))
def test_a_preview_is_before_its_release_and_a_revision_after(
    parts: list[int], count: int, stage: str
) -> None:
    plain = ".".join(map(str, parts))
    assert version_key(f"{plain}-{stage}{count}") < version_key(plain)
    assert version_key(plain) < version_key(f"{plain}-rev{count:02d}")
    assert is_preview(f"{plain}-{stage}{count}") and not is_preview(f"{plain}-rev{count}")


@given(numbers)
def test_the_letter_v_changes_nothing(parts: list[int]) -> None:
    plain = ".".join(map(str, parts))
    assert version_key("v" + plain) == version_key("V" + plain) == version_key(plain)
