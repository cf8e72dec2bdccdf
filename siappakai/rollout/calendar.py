"""Think: when units may move: the policy's windows without the days on which nothing starts.

A day of the calendar is cut out of every window, also out of the part of a night window that lies
on it. What is left are spans of open time; spans that touch are one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from siappakai.rollout import words
from siappakai.rollout.policy import DAY_MINUTES, WEEKDAYS, RolloutPolicy, Window, minutes_of

HORIZON_DAYS = 400
_ONE_DAY = timedelta(days=1)
_WHOLE_DAY = ((0, DAY_MINUTES),)


@dataclass(frozen=True, slots=True)
class Opening:
    """Whether a unit may begin now; if not, `sentence` says why and `next_at` when it may.

    `next_at` is None when it is open, and when no opening lies within `HORIZON_DAYS`.
    `fits_nowhere`: the unit is longer than any span of open time; it is never begun.
    """

    is_open: bool
    sentence: str
    next_at: datetime | None
    fits_nowhere: bool = False


@dataclass(frozen=True, slots=True)
class _Span:
    start_at: datetime
    end_at: datetime

    @property
    def seconds(self) -> float:
        return (self.end_at - self.start_at).total_seconds()


def opening(
    policy: RolloutPolicy,
    days: Mapping[date, str],
    now: datetime,
    zone: str,
    needed_s: float = 0,
) -> Opening:
    """Whether a unit that needs `needed_s` may begin at `now` (aware) and end while it is open.

    `days` are the calendar's days with their names, by the date in `zone`; they count only when
    the policy skips them. A unit ends before the window does, or waits for the next window.
    """
    closed = days if policy.skip_calendar_days else {}
    if not policy.windows and not _ahead(closed, now, zone):
        return Opening(True, "", None)
    reader = _Reader(policy, closed, now, ZoneInfo(zone), needed_s)
    return reader.opening()


def _ahead(days: Mapping[date, str], now: datetime, zone: str) -> list[date]:
    today = now.astimezone(ZoneInfo(zone)).date()
    return [each for each in days if each >= today]


@dataclass(frozen=True, slots=True)
class _Reader:
    policy: RolloutPolicy
    closed: Mapping[date, str]
    now: datetime
    zone: ZoneInfo
    needed_s: float

    def opening(self) -> Opening:
        spans = _spans(self.policy.windows, self.closed, self.now, self.zone)
        current, longest = None, 0.0
        for span in spans:
            longest = max(longest, span.seconds)
            if span.start_at <= self.now:
                current = span
                if self._ends_inside(self.now, span):
                    return Opening(True, "", None)
            elif self._ends_inside(span.start_at, span):
                return Opening(False, self._why(current, span), span.start_at)
        if not longest:
            return Opening(False, self._never(), None)
        return Opening(False, self._too_long(longest), None, fits_nowhere=True)

    def _ends_inside(self, start_at: datetime, span: _Span) -> bool:
        if self.needed_s <= 0:
            return start_at < span.end_at
        return start_at + timedelta(seconds=self.needed_s) <= span.end_at

    def _why(self, current: _Span | None, following: _Span) -> str:
        then = self.spoken(following.start_at)
        if current is not None:
            left = (current.end_at - self.now).total_seconds()
            return (
                f"Perlu {words.seconds(self.needed_s)}, sedangkan jendela waktu tinggal "
                f"{words.seconds(left)}; dilanjutkan {then}."
            )
        name = self.closed.get(self.now.astimezone(self.zone).date())
        if name is not None:
            return f"Hari ini tanpa peluncuran ({name}); dilanjutkan {then}."
        return f"Di luar jendela waktu peluncuran; dilanjutkan {then}."

    def _never(self) -> str:
        return f"Tidak ada jendela waktu yang terbuka dalam {HORIZON_DAYS} hari mendatang."

    def _too_long(self, longest_s: float) -> str:
        return (
            f"Perlu {words.seconds(self.needed_s)}, lebih lama daripada jendela waktu mana pun "
            f"(paling panjang {words.seconds(longest_s)}); perpanjang jendela atau lewati."
        )

    def spoken(self, at: datetime) -> str:
        local = at.astimezone(self.zone)
        return f"{WEEKDAYS[local.weekday()]}, {words.moment(at, self.zone)}"


def _spans(
    windows: tuple[Window, ...], closed: Mapping[date, str], now: datetime, zone: ZoneInfo
) -> Iterator[_Span]:
    """Open time that has not ended at `now`, in order, joined where it touches.

    The last one is cut at the horizon; a span open over the whole horizon is one long span.
    """
    today = now.astimezone(zone).date()
    held: _Span | None = None
    for offset in range(-1, HORIZON_DAYS):
        day = today + offset * _ONE_DAY
        for start, end in _open_minutes(windows, closed, day):
            span = _Span(_at(day, start, zone), _at(day, end, zone))
            if held is not None and span.start_at <= held.end_at:
                held = _Span(held.start_at, max(held.end_at, span.end_at))
                continue
            if held is not None and held.end_at > now:
                yield held
            held = span
    if held is not None and held.end_at > now:
        yield held


def _open_minutes(
    windows: tuple[Window, ...], closed: Mapping[date, str], day: date
) -> list[tuple[int, int]]:
    """Minutes of this one date that are open, in order of their beginning."""
    if day in closed:
        return []
    if not windows:
        return list(_WHOLE_DAY)
    weekday, before = day.weekday(), (day - _ONE_DAY).weekday()
    parts = []
    for window in windows:
        start, end = minutes_of(window.start), minutes_of(window.end)
        if weekday in window.weekdays:
            parts.append((start, end if end > start else DAY_MINUTES))
        if end < start and before in window.weekdays:
            parts.append((0, end))
    return sorted(part for part in parts if part[0] < part[1])


def _at(day: date, minutes: int, zone: ZoneInfo) -> datetime:
    """The UTC time at which the local clock shows so many minutes after midnight."""
    if minutes >= DAY_MINUTES:
        day, minutes = day + _ONE_DAY, minutes - DAY_MINUTES
    local = datetime.combine(day, time(minutes // 60, minutes % 60), zone)
    return local.astimezone(UTC)


def open_spans(
    policy: RolloutPolicy, days: Mapping[date, str], now: datetime, zone: str
) -> list[tuple[float, float]]:
    """Open time from `now` on as seconds since 1970, in order; the last ends at the horizon."""
    closed = days if policy.skip_calendar_days else {}
    spans = _spans(policy.windows, closed, now, ZoneInfo(zone))
    return [(each.start_at.timestamp(), each.end_at.timestamp()) for each in spans]
