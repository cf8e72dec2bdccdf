"""When units may move: windows over midnight, days without work, and the rule of overrun."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from siappakai.rollout.calendar import open_spans, opening
from siappakai.rollout.policy import RolloutPolicy, Window

ZONE = "Asia/Makassar"
LOCAL = ZoneInfo(ZONE)
EVENINGS = RolloutPolicy(windows=(Window((0, 1, 2, 3), "19:00", "23:00"),))
NIGHTS = RolloutPolicy(windows=(Window((4,), "22:00", "04:00"),))  # Friday into Saturday


def at(text: str) -> datetime:
    """A time by the clock of Makassar; 23 November 2026 is a Monday."""
    return datetime.fromisoformat(text).replace(tzinfo=LOCAL)


def test_without_windows_and_days_it_is_always_open() -> None:
    assert opening(RolloutPolicy(), {}, at("2026-11-22 03:00"), ZONE, 1e9).is_open


def test_inside_a_window_it_is_open_and_outside_the_next_is_told() -> None:
    assert opening(EVENINGS, {}, at("2026-11-23 19:00"), ZONE).is_open
    closed = opening(EVENINGS, {}, at("2026-11-23 23:00"), ZONE)
    assert not closed.is_open
    assert closed.next_at == at("2026-11-24 19:00")
    assert "Selasa, 24 November 2026 pukul 19.00 WITA" in closed.sentence


def test_after_thursday_evening_the_next_opening_is_on_monday() -> None:
    closed = opening(EVENINGS, {}, at("2026-11-26 23:30"), ZONE)
    assert closed.next_at == at("2026-11-30 19:00")


def test_a_window_over_midnight_is_open_on_both_sides_of_it() -> None:
    for moment in ("2026-11-27 22:00", "2026-11-27 23:59", "2026-11-28 00:00", "2026-11-28 03:59"):
        assert opening(NIGHTS, {}, at(moment), ZONE).is_open, moment
    for moment in ("2026-11-27 21:59", "2026-11-28 04:00", "2026-11-27 03:00"):
        assert not opening(NIGHTS, {}, at(moment), ZONE).is_open, moment


def test_a_unit_over_midnight_fits_a_window_over_midnight() -> None:
    assert opening(NIGHTS, {}, at("2026-11-27 23:30"), ZONE, 3600).is_open


def test_a_unit_that_would_overrun_waits_for_the_next_window() -> None:
    late = opening(EVENINGS, {}, at("2026-11-23 22:50"), ZONE, 601)
    assert not late.is_open
    assert late.next_at == at("2026-11-24 19:00")
    assert "tinggal 10 menit" in late.sentence
    assert opening(EVENINGS, {}, at("2026-11-23 22:50"), ZONE, 600).is_open


def test_a_unit_longer_than_any_window_is_never_begun_and_says_so() -> None:
    never = opening(EVENINGS, {}, at("2026-11-23 19:00"), ZONE, 4 * 3600 + 1)
    assert (never.is_open, never.next_at, never.fits_nowhere) == (False, None, True)
    assert "lebih lama daripada jendela waktu mana pun (paling panjang 4 jam)" in never.sentence


def test_a_unit_takes_the_longer_of_two_windows() -> None:
    policy = RolloutPolicy(
        windows=(Window((0, 1, 2, 3, 4), "12:00", "13:00"), Window((5,), "20:00", "24:00"))
    )
    found = opening(policy, {}, at("2026-11-23 12:00"), ZONE, 2 * 3600)
    assert found.next_at == at("2026-11-28 20:00")


def test_windows_that_touch_are_one() -> None:
    policy = RolloutPolicy(windows=(Window((0,), "20:00", "24:00"), Window((1,), "00:00", "02:00")))
    assert opening(policy, {}, at("2026-11-23 22:00"), ZONE, 4 * 3600).is_open


def test_a_day_without_work_is_named_and_skipped() -> None:
    days = {date(2026, 11, 23): "Hari Uji", date(2026, 11, 24): "Cuti bersama"}
    closed = opening(EVENINGS, days, at("2026-11-23 20:00"), ZONE)
    assert closed.next_at == at("2026-11-25 19:00")
    assert "Hari Uji" in closed.sentence


def test_a_day_without_work_counts_by_the_local_date() -> None:
    days = {date(2026, 11, 23): "Hari Uji"}
    early = datetime(2026, 11, 22, 16, 0, tzinfo=UTC)  # already the 23rd in Makassar
    closed = opening(RolloutPolicy(), days, early, ZONE)
    assert closed.next_at == at("2026-11-24 00:00")
    assert opening(RolloutPolicy(), days, early - timedelta(seconds=1), ZONE).is_open


def test_a_night_window_ends_where_a_day_without_work_begins() -> None:
    days = {date(2026, 11, 28): "Hari Uji"}
    assert opening(NIGHTS, days, at("2026-11-27 23:00"), ZONE, 3600).is_open
    closed = opening(NIGHTS, days, at("2026-11-27 23:30"), ZONE, 3600)
    assert closed.next_at == at("2026-12-04 22:00")


def test_the_calendar_is_left_aside_when_the_policy_says_so() -> None:
    policy = RolloutPolicy(skip_calendar_days=False)
    assert opening(policy, {date(2026, 11, 23): "Hari Uji"}, at("2026-11-23 10:00"), ZONE).is_open


def test_a_calendar_without_a_free_day_says_that_nothing_opens() -> None:
    days = {date(2026, 11, 20) + timedelta(days=n): "Tutup" for n in range(500)}
    never = opening(RolloutPolicy(), days, at("2026-11-23 10:00"), ZONE)
    assert (never.is_open, never.next_at, never.fits_nowhere) == (False, None, False)
    assert "Tidak ada jendela waktu" in never.sentence


@pytest.mark.parametrize(
    ("zone", "word"), [("Asia/Jakarta", "WIB"), ("Asia/Makassar", "WITA"), ("Asia/Jayapura", "WIT")]
)
def test_the_next_opening_is_told_by_the_regencys_clock(zone: str, word: str) -> None:
    closed = opening(EVENINGS, {}, datetime(2026, 11, 22, 3, tzinfo=UTC), zone)
    assert f"pukul 19.00 {word}." in closed.sentence


MOMENTS = st.integers(0, 60 * 24 * 21).map(lambda m: at("2026-11-20 00:00") + timedelta(minutes=m))
CLOCKS = st.builds("{:02d}:{:02d}".format, st.integers(0, 23), st.sampled_from([0, 15, 30, 45]))
POLICIES = st.lists(
    st.builds(
        Window, st.lists(st.integers(0, 6), min_size=1, unique=True).map(tuple), CLOCKS, CLOCKS
    ).filter(lambda window: window.start != window.end),
    min_size=1,
    max_size=3,
).map(lambda windows: RolloutPolicy(windows=tuple(windows)))
DAYS = st.sets(st.integers(0, 25)).map(
    lambda some: {date(2026, 11, 20) + timedelta(days=n): "Tutup" for n in some}
)


def is_open_by_hand(policy: RolloutPolicy, days: dict[date, str], moment: datetime) -> bool:
    """The plain reading of the windows, minute by minute."""
    local = moment.astimezone(LOCAL)
    if local.date() in days:
        return False
    clock, today = f"{local:%H:%M}", local.weekday()
    for window in policy.windows:
        over_midnight = window.end < window.start
        before = (today - 1) % 7
        if over_midnight:
            if today in window.weekdays and clock >= window.start:
                return True
            if before in window.weekdays and clock < window.end:
                return True
        elif today in window.weekdays and window.start <= clock < window.end:
            return True
    return False


@settings(max_examples=100)
@given(POLICIES, DAYS, MOMENTS)
def test_open_means_what_a_person_reads_in_the_windows(
    policy: RolloutPolicy, days: dict[date, str], moment: datetime
) -> None:
    found = opening(policy, days, moment, ZONE)
    assert found.is_open == is_open_by_hand(policy, days, moment)
    if found.next_at is not None:
        assert is_open_by_hand(policy, days, found.next_at)
        assert found.next_at > moment
        step = timedelta(minutes=15)
        between = moment
        while between < found.next_at:
            assert not is_open_by_hand(policy, days, between)
            between += step


@settings(max_examples=60)
@given(POLICIES, DAYS, MOMENTS, st.integers(1, 9 * 3600))
def test_what_begins_ends_while_it_is_open(
    policy: RolloutPolicy, days: dict[date, str], moment: datetime, needed_s: int
) -> None:
    found = opening(policy, days, moment, ZONE, needed_s)
    begin = moment if found.is_open else found.next_at
    spans = open_spans(policy, days, moment, ZONE)
    if begin is None:
        assert all(end - start < needed_s for start, end in spans[1:])
        return
    start_s = begin.timestamp()
    assert any(start <= start_s and start_s + needed_s <= end for start, end in spans)
