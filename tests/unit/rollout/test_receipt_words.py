"""Numbers, times and names read as people in Indonesia write them."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from siappakai.rollout import words

NOON_UTC = datetime(2026, 8, 17, 3, 5, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (5006, "5.006"),
        (0, "0"),
        (100, "100"),
        (-37, "-37"),
        (1234567890123456789, "1.234.567.890.123.456.789"),
        (1234.5, "1.234,5"),
        (-0.001, "0"),
        (Decimal("1250000500.25"), "1.250.000.500,25"),
        (Decimal("1500.00"), "1.500"),
        (None, "–"),
    ],
)
def test_a_number_has_points_for_thousands_and_a_comma_for_decimals(value, text) -> None:
    assert words.number(value) == text


@pytest.mark.parametrize(
    ("zone", "clock"),
    [
        ("Asia/Jakarta", "10.05 WIB"),
        ("Asia/Makassar", "11.05 WITA"),
        ("Asia/Jayapura", "12.05 WIT"),
        ("UTC", "03.05 UTC+0"),
    ],
)
def test_a_time_is_told_in_the_regencys_zone(zone: str, clock: str) -> None:
    assert words.moment(NOON_UTC, ZoneInfo(zone)) == f"17 Agustus 2026 pukul {clock}"


def test_a_day_is_the_regencys_own_day() -> None:
    late = datetime(2026, 12, 31, 16, 30, tzinfo=UTC)
    assert words.day(late, ZoneInfo("Asia/Jakarta")) == "31 Desember 2026"
    assert words.day(late, ZoneInfo("Asia/Jayapura")) == "1 Januari 2027"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.04, "0 detik"),
        (3.44, "3,4 detik"),
        (12.0, "12 detik"),
        (59.96, "1 menit"),
        (125, "2 menit 5 detik"),
        (3599, "1 jam"),
        (3840, "1 jam 4 menit"),
        (None, "–"),
    ],
)
def test_seconds_are_told_in_the_units_people_use(value: float | None, text: str) -> None:
    assert words.seconds(value) == text


@given(st.floats(min_value=0, max_value=90_000))
def test_no_duration_ever_says_sixty_of_a_unit(value: float) -> None:
    assert "60 " not in words.seconds(value).replace("360", "")


@pytest.mark.parametrize(
    ("before", "after", "text"),
    [(5, 17, "+12"), (1500, 1463, "−37"), (3, 3, "0"), (None, 3, "–"), (0.1, 0.3, "+0,2")],
)
def test_a_difference_shows_its_sign(before, after, text) -> None:
    assert words.difference_text(before, after) == text


def test_codes_and_names_are_shown_as_on_every_other_page() -> None:
    assert words.dotted("7305012001") == words.dotted("73.05.01.2001") == "73.05.01.2001"
    assert words.named("desa", "Bonto") == "Desa Bonto"
    assert words.named("gampong", "Gampong Lam Ara") == "Gampong Lam Ara"
    assert words.named("", "OpenDK") == "OpenDK"


@pytest.mark.parametrize(
    ("names", "text"),
    [
        ((), "–"),
        (("Ani",), "Ani"),
        (("Ani", "Budi"), "Ani dan Budi"),
        (("Ani", "Budi", "Citra"), "Ani, Budi, dan Citra"),
    ],
)
def test_names_are_listed_as_in_a_sentence(names: tuple[str, ...], text: str) -> None:
    assert words.listed(names) == text


@given(st.text(), st.integers(min_value=2, max_value=50))
def test_clipped_text_is_one_line_of_printable_signs(text: str, most: int) -> None:
    line = words.clipped(text, most)
    assert len(line) <= most
    assert not any(sign < " " or "\ud800" <= sign <= "\udfff" for sign in line)
