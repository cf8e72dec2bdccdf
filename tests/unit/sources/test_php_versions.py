"""A release runs on a PHP its composer.json accepts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from siappakai.errors import InvalidInput
from siappakai.provision.php_versions import AVAILABLE, accepts, choose_php

BASES = ("5.6", "7.3", "7.4", "8.0", "8.1", "8.2", "8.3", "8.4", "9.0")


@pytest.mark.parametrize(
    ("requirement", "accepted"),
    [
        ("^7.4 || ^8.0", "7.4 8.0 8.1 8.2 8.3 8.4"),
        ("^7.4|^8.0", "7.4 8.0 8.1 8.2 8.3 8.4"),
        ("^7.4 || ^8.0 || ^8.1", "7.4 8.0 8.1 8.2 8.3 8.4"),
        (">=7.4", "7.4 8.0 8.1 8.2 8.3 8.4 9.0"),
        (">= 7.4", "7.4 8.0 8.1 8.2 8.3 8.4 9.0"),
        (">7.4", "7.4 8.0 8.1 8.2 8.3 8.4 9.0"),
        (">=7.4 <8.3", "7.4 8.0 8.1 8.2"),
        (">=7.4,<8.3", "7.4 8.0 8.1 8.2"),
        (">=7.4.0, <8.3.0", "7.4 8.0 8.1 8.2"),
        ("~8.1", "8.1 8.2 8.3 8.4"),
        ("~8.1.0", "8.1"),
        ("~8.1.0 || ~8.2.0", "8.1 8.2"),
        ("~7", "7.3 7.4"),
        ("^8.1", "8.1 8.2 8.3 8.4"),
        ("^8.1.5", "8.1 8.2 8.3 8.4"),
        ("^8", "8.0 8.1 8.2 8.3 8.4"),
        ("7.4.*", "7.4"),
        ("8.*", "8.0 8.1 8.2 8.3 8.4"),
        ("8.2.x", "8.2"),
        ("*", " ".join(BASES)),
        ("<8.3", "5.6 7.3 7.4 8.0 8.1 8.2"),
        ("<=8.2", "5.6 7.3 7.4 8.0 8.1"),
        ("<=8.2.*", "5.6 7.3 7.4 8.0 8.1 8.2"),
        (">7.4.*", "8.0 8.1 8.2 8.3 8.4 9.0"),
        ("7.4 - 8.2", "7.4 8.0 8.1 8.2"),
        ("7.4.0 - 8.2.5", "7.4 8.0 8.1"),
        ("!=8.1.*", "5.6 7.3 7.4 8.0 8.2 8.3 8.4 9.0"),
        (">=7.4 !=8.0.*", "7.4 8.1 8.2 8.3 8.4 9.0"),
        ("8.2", ""),
        ("8.2.0", ""),
        (">=8.2.5", "8.2 8.3 8.4 9.0"),
        ("^7.4@dev || ^8.1-beta", "7.4 8.1 8.2 8.3 8.4"),
        ("v8.2.*", "8.2"),
    ],
)
def test_a_constraint_means_what_composer_means(requirement: str, accepted: str) -> None:
    assert [base for base in BASES if accepts(requirement, base)] == accepted.split()


@pytest.mark.parametrize(
    "requirement", ["dev-main", "", "^", "8.2 ||", "^7.4 || apa", ">=7.4 dan", "8..2"]
)
def test_a_constraint_that_cannot_be_read_is_refused_not_guessed(requirement: str) -> None:
    with pytest.raises(InvalidInput, match="tidak dapat dibaca"):
        choose_php(requirement)


@pytest.mark.parametrize(
    ("requirement", "preferred", "chosen"),
    [
        ("^7.4 || ^8.0", (), "8.4"),
        ("^7.4 || ^8.0", ("8.2", "7.4"), "8.2"),
        ("^7.4 || ^8.0", ("7.4",), "7.4"),
        ("~8.1.0 || 8.4.*", ("8.2", "7.4"), "8.4"),
        ("7.4.*", ("8.2",), "7.4"),
        (None, ("8.2",), "8.2"),
        (None, (), "8.4"),
        (">=8.0", ("8.1",), "8.4"),
    ],
)
def test_what_a_recipe_tried_comes_first_if_the_release_accepts_it(
    requirement: str | None, preferred: tuple[str, ...], chosen: str
) -> None:
    assert choose_php(requirement, preferred=preferred) == chosen


def test_a_release_for_a_php_we_do_not_have_names_what_we_have() -> None:
    with pytest.raises(InvalidInput, match=r"~5\.6") as caught:
        choose_php("~5.6")
    assert "7.4, 8.2, 8.4" in caught.value.hint


MINORS = st.tuples(st.integers(5, 9), st.integers(0, 6))
SIGNS = st.sampled_from(["^", "~", ">=", "<", "<=", ">", "!="])
TERMS = st.builds(lambda sign, at: f"{sign}{at[0]}.{at[1]}", SIGNS, MINORS)
BASE = st.builds(lambda at: f"{at[0]}.{at[1]}", MINORS)


@given(left=TERMS, right=TERMS, base=BASE)
def test_or_is_or_and_a_space_or_comma_is_and(left: str, right: str, base: str) -> None:
    one, other = accepts(left, base), accepts(right, base)
    assert accepts(f"{left} || {right}", base) == accepts(f"{left}|{right}", base) == (one or other)
    assert accepts(f"{left} {right}", base) == accepts(f"{left}, {right}", base) == (one and other)


@given(at=MINORS, base=MINORS)
def test_a_caret_stays_within_its_major_and_a_tilde_with_patch_within_its_minor(
    at: tuple[int, int], base: tuple[int, int]
) -> None:
    name, low = f"{base[0]}.{base[1]}", f"{at[0]}.{at[1]}"
    assert accepts(f"^{low}", name) == (base[0] == at[0] and base[1] >= at[1])
    assert accepts(f"~{low}.0", name) == (base == at) == accepts(f"{low}.*", name)
    assert accepts(f">={low}", name) == (base >= at) != accepts(f"<{low}", name)


@given(
    left=TERMS, right=TERMS, order=st.permutations(AVAILABLE), preferred=st.permutations(AVAILABLE)
)
def test_the_choice_fits_and_does_not_depend_on_the_order_given(
    left: str, right: str, order: list[str], preferred: list[str]
) -> None:
    requirement = f"{left} || {right}"
    fitting = [base for base in AVAILABLE if accepts(requirement, base)]
    if not fitting:
        with pytest.raises(InvalidInput):
            choose_php(requirement, order)
        return
    assert choose_php(requirement, order) == fitting[-1]
    first = next(base for base in preferred if base in fitting)
    assert choose_php(requirement, order, preferred) == first
