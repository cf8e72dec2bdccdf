"""Tokens: whatever three colours are chosen, everything written can be read."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from siappakai.branding.colours import contrast
from siappakai.branding.tokens import ROLES, make_tokens, palette_of
from siappakai.errors import InvalidInput

COLOURS = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")
KINDS = ("", "-strong", "-soft")


@given(COLOURS, COLOURS, COLOURS)
@example("#000000", "#000000", "#000000")
@example("#ffffff", "#ffffff", "#ffffff")
@example("#ffff00", "#00ffff", "#ff00ff")
@example("#777777", "#767676", "#757575")
@settings(max_examples=200)
def test_all_text_has_its_contrast_for_any_three_colours(one: str, two: str, three: str) -> None:
    tokens = make_tokens(one, two, three)
    for start in ("--sp-", "--sp-dark-"):
        for role in ROLES:
            for kind in KINDS:
                on, under = tokens[f"{start}on-{role}{kind}"], tokens[f"{start}{role}{kind}"]
                assert contrast(on, under) >= 4.5, (start, role, kind, on, under)
        for surface in ("surface", "surface-2"):
            under = tokens[start + surface]
            for word in (f"on-{surface}", "muted", "link", "link-visited"):
                assert contrast(tokens[start + word], under) >= 4.5, (start, word, under)
            assert contrast(tokens[f"{start}focus"], under) >= 3


@given(COLOURS, COLOURS, COLOURS)
@settings(max_examples=30)
def test_the_set_of_tokens_is_always_the_same_and_each_is_a_colour(
    one: str, two: str, three: str
) -> None:
    tokens = make_tokens(one, two, three)
    assert tokens.keys() == make_tokens("#123456", "#654321", "#abcdef").keys()
    assert len(tokens) == 2 * (3 * 6 + 9)
    assert all(re.fullmatch("#[0-9a-f]{6}", each) for each in tokens.values())
    assert tokens["--sp-primary"] == one and tokens["--sp-accent"] == three


def test_light_pages_are_light_and_dark_pages_dark() -> None:
    for palette in (("#0f766e", "#1e3a5f", "#b45309"), ("#ffff00", "#00ff00", "#000000")):
        tokens = make_tokens(*palette)
        assert contrast(tokens["--sp-surface"], "#ffffff") < 1.05
        assert contrast(tokens["--sp-dark-surface"], "#000000") < 1.4
        assert tokens["--sp-primary-strong"] != tokens["--sp-primary"]


def test_what_is_handed_out_can_be_changed_without_changing_the_next() -> None:
    first = make_tokens("#0f766e", "#1e3a5f", "#b45309")
    first.clear()
    assert make_tokens("#0f766e", "#1e3a5f", "#b45309")


def test_colours_that_no_layer_gives_are_made_from_the_primary_one() -> None:
    only_primary = palette_of({"primary_colour": "#7c2d12"})
    assert only_primary[0] == "#7c2d12" and len(set(only_primary)) == 3
    assert palette_of({})[0] != only_primary[0]
    given_all = {"primary_colour": "#111111", "secondary_colour": "#222222"}
    assert palette_of(given_all | {"accent_colour": "#333333"}) == ("#111111", "#222222", "#333333")


def test_what_is_no_colour_is_refused() -> None:
    with pytest.raises(InvalidInput):
        make_tokens("#0f766e", "biru", "#b45309")
