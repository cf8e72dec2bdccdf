"""Colours: contrast as WCAG measures it, a neighbour of the same hue, the nearest admin skin."""

from __future__ import annotations

import pytest
from coloraide import Color
from hypothesis import given, settings
from hypothesis import strategies as st

from siappakai.branding.colours import (
    ADMIN_SKINS,
    advise,
    contrast,
    nearest_admin_skin,
    nearest_with_contrast,
    read_colour,
    text_on,
)
from siappakai.errors import InvalidInput

COLOURS = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")


def hue(colour: str) -> float:
    return Color(colour).convert("oklch").coords(nans=False)[2]


@pytest.mark.parametrize(
    ("one", "other", "ratio"),
    [("#000000", "#ffffff", 21.0), ("#777777", "#ffffff", 4.48), ("#3c8dbc", "#ffffff", 3.66)],
)
def test_contrast_is_what_wcag_says(one: str, other: str, ratio: float) -> None:
    assert contrast(one, other) == pytest.approx(ratio, abs=0.01)
    assert contrast(one, other) == contrast(other, one)


@given(COLOURS)
@settings(max_examples=80)
def test_on_any_colour_black_or_white_can_be_read(colour: str) -> None:
    assert contrast(text_on(colour), colour) >= 4.5


@given(COLOURS)
@settings(max_examples=80)
def test_a_neighbour_can_be_read_keeps_its_hue_and_a_good_colour_is_left_alone(colour: str) -> None:
    advice = advise(colour)
    assert contrast(advice.neighbour, "#ffffff") >= 4.5
    assert advice.is_readable == (contrast(colour, "#ffffff") >= 4.5)
    assert (advice.neighbour == colour) == advice.is_readable
    assert advice.is_readable or advice.neighbour in advice.sentence
    chroma = Color(advice.neighbour).convert("oklch")["chroma"]
    if chroma > 0.06 and Color(colour).convert("oklch")["chroma"] > 0.06:
        assert abs((hue(colour) - hue(advice.neighbour) + 180) % 360 - 180) < 8


def test_the_neighbour_is_the_nearest_and_not_just_black() -> None:
    yellow = nearest_with_contrast("#ffcc00", ("#ffffff",))
    assert 4.5 <= contrast(yellow, "#ffffff") < 4.65
    assert nearest_with_contrast("#777777", ("#ffffff", "#f4f4f4")) not in ("#000000", "#777777")


def test_where_no_colour_can_do_it_the_best_of_black_and_white_is_given() -> None:
    assert nearest_with_contrast("#808080", ("#ffffff", "#000000")) in ("#ffffff", "#000000")


@pytest.mark.parametrize(
    ("colour", "skin"),
    [
        ("#3c8dbc", "skin-blue"),
        ("#0b4f8a", "skin-blue"),
        ("#0f766e", "skin-green"),
        ("#b91c1c", "skin-red"),
        ("#f59e0b", "skin-yellow"),
        ("#6d28d9", "skin-purple"),
        ("#222222", "skin-black"),
        ("#ffffff", "skin-black"),
    ],
)
def test_the_nearest_admin_skin_is_of_the_same_family(colour: str, skin: str) -> None:
    assert nearest_admin_skin(colour) == skin
    assert nearest_admin_skin(colour, light_sidebar=True) == f"{skin}-light"


@given(COLOURS, st.booleans())
@settings(max_examples=50)
def test_every_colour_has_a_skin_that_opensid_knows(colour: str, light: bool) -> None:
    assert nearest_admin_skin(colour, light_sidebar=light) in ADMIN_SKINS


def test_colours_are_read_in_short_and_long_form_and_nothing_else() -> None:
    assert read_colour(" #0F7 ") == "#00ff77" and read_colour("0f766e") == "#0f766e"
    for wrong in ("", "merah", "#12345", "#12345g", "rgb(1,2,3)", "#ffffff;}"):
        with pytest.raises(InvalidInput) as caught:
            read_colour(wrong)
        assert caught.value.hint
