"""Rules of time: the village's own day, month ends, stages told once, releases not offered."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from siappakai.regions import provinces
from siappakai.subscriptions.expiry import (
    ZONES,
    SubscriptionState,
    local_date,
    stage_to_warn,
    subscription_state,
    warning_stage,
    written_date,
    written_rest,
    zone_of,
)
from siappakai.subscriptions.gate import release_allowed, version_month

JULY_31 = date(2026, 7, 31)
DAYS = st.dates(date(2020, 1, 1), date(2099, 12, 31))


def test_the_last_day_still_counts_and_the_next_does_not() -> None:
    assert subscription_state(JULY_31, JULY_31) is SubscriptionState.SOON
    assert subscription_state(JULY_31, date(2026, 8, 1)) is SubscriptionState.ENDED
    assert subscription_state(None, JULY_31) is SubscriptionState.MISSING
    assert written_rest(JULY_31, JULY_31) == "hari ini hari terakhir"


@pytest.mark.parametrize(
    ("left", "stage"),
    [(31, None), (30, 30), (15, 30), (14, 14), (8, 14), (7, 7), (0, 7), (-1, 0), (-400, 0)],
)
def test_each_stage_begins_on_its_day(left: int, stage: int | None) -> None:
    assert warning_stage(JULY_31, JULY_31 - timedelta(days=left)) == stage


@given(DAYS, st.lists(st.integers(-40, 60), max_size=20))
def test_every_stage_is_told_once_and_in_order_however_often_one_looks(
    ends_on: date, looks: list[int]
) -> None:
    warned, told = None, []
    for left in sorted(looks, reverse=True):
        for _ in range(2):
            stage = stage_to_warn(ends_on, ends_on - timedelta(days=left), warned)
            if stage is not None:
                told.append(stage)
                warned = stage
    assert told == sorted(set(told), reverse=True)
    assert (0 in told) == any(left < 0 for left in looks)


def test_a_day_ends_two_hours_earlier_in_papua_than_in_java() -> None:
    now = datetime(2026, 7, 31, 15, 30, tzinfo=UTC)  # 22.30 WIB, 23.30 WITA, 00.30 WIT
    days = [local_date(code, now) for code in ("3201012001", "7305052001", "9101012001")]
    assert days == [JULY_31, JULY_31, date(2026, 8, 1)]
    states = [subscription_state(JULY_31, day) for day in days]
    assert states == ["segera berakhir", "segera berakhir", "berakhir"]
    assert local_date("7305052001", now + timedelta(minutes=30)) == date(2026, 8, 1)


def test_every_province_of_the_official_list_has_its_zone() -> None:
    listed = {province.code for province in provinces()}
    assert ZONES["Asia/Makassar"] | ZONES["Asia/Jayapura"] <= listed | {"97"}
    assert {zone_of(code) for code in ("11", "36", "61", "62")} == {"Asia/Jakarta"}
    assert all(zone_of(code) == "Asia/Jayapura" for code in listed if code >= "81")
    assert all(zone_of(code) == "Asia/Makassar" for code in listed if "71" <= code <= "76")


@pytest.mark.parametrize(
    ("version", "month"),
    [
        ("2607.0.0", date(2026, 7, 1)),
        ("v2610.1.2", date(2026, 10, 1)),
        ("2501.0.0-premium", date(2025, 1, 1)),
        ("v22.07.01", date(2022, 7, 1)),
        ("23.04.00", date(2023, 4, 1)),
        ("2600.0.0", None),
        ("2613.0.0", None),
        ("v9.0", None),
        ("", None),
    ],
)
def test_a_version_is_named_after_a_month(version: str, month: date | None) -> None:
    assert version_month(version) == month


def test_a_premium_release_of_the_tokens_last_month_is_offered_and_the_next_is_not() -> None:
    first_of_july, today = date(2026, 7, 1), date(2026, 6, 15)
    for ends_on in (first_of_july, JULY_31):
        assert release_allowed("2607.0.0", "premium", ends_on, today) == ""
        reason = release_allowed("2608.0.0", "premium", ends_on, today)
        assert written_date(ends_on) in reason and "Agustus 2026" in reason
    assert release_allowed("2607.0.0", "premium", date(2026, 6, 30), today)


def test_a_token_that_ended_still_opens_the_releases_of_its_time() -> None:
    today = date(2027, 1, 5)
    assert release_allowed("2607.0.0", "premium", JULY_31, today) == ""
    assert "sudah berakhir 31 Juli 2026" in release_allowed("2612.0.0", "premium", JULY_31, today)


def test_a_village_without_token_and_an_unknown_month_get_no_premium() -> None:
    assert "belum punya token" in release_allowed("2607.0.0", "premium", None, JULY_31)
    assert "tidak dikenal" in release_allowed("terbaru", "premium", JULY_31, JULY_31)


@given(st.text(max_size=12), st.sampled_from(["umum", "contoh"]), st.none() | DAYS, DAYS)
def test_other_editions_are_never_kept_from_anybody(
    version: str, edition: str, ends_on: date | None, today: date
) -> None:
    assert release_allowed(version, edition, ends_on, today) == ""


@given(st.integers(2020, 2099), st.integers(1, 12), DAYS, DAYS)
def test_the_rule_is_the_month_and_nothing_else(
    year: int, month: int, ends_on: date, today: date
) -> None:
    is_later = (year, month) > (ends_on.year, ends_on.month)
    version = f"{year % 100:02d}{month:02d}.0.0"
    assert bool(release_allowed(version, "premium", ends_on, today)) == is_later
