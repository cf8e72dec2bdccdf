"""Think: how long a subscription still lasts, in stages and words, by the village's calendar."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

STAGES = (30, 14, 7)
ENDED = 0
SOON_DAYS = STAGES[0]
MONTHS = (
    *("Januari", "Februari", "Maret", "April", "Mei", "Juni", "Juli", "Agustus"),
    *("September", "Oktober", "November", "Desember"),
)
# Keputusan Presiden 41/1987: the provinces of the middle and of the eastern zone.
_MIDDLE = frozenset({"51", "52", "53", "63", "64", "65", "71", "72", "73", "74", "75", "76"})
_EASTERN = frozenset({"81", "82", "91", "92", "93", "94", "95", "96", "97"})
ZONES = {
    "Asia/Jakarta": frozenset[str](),
    "Asia/Makassar": _MIDDLE,
    "Asia/Jayapura": _EASTERN,
}


class SubscriptionState(StrEnum):
    """What an admin calls it."""

    MISSING = "belum ada"
    VALID = "berlaku"
    SOON = "segera berakhir"
    ENDED = "berakhir"


def zone_of(code: str) -> str:
    """The name of the time zone in which a region lies, by its province."""
    return next(
        (name for name, provinces in ZONES.items() if code[:2] in provinces), "Asia/Jakarta"
    )


def local_date(code: str, now: datetime) -> date:
    """What day it is at `now` (aware) where the region lies."""
    return now.astimezone(ZoneInfo(zone_of(code))).date()


def days_left(ends_on: date, today: date) -> int:
    """Days after today that are still covered: 0 on the last day, negative once it has ended."""
    return (ends_on - today).days


def subscription_state(ends_on: date | None, today: date) -> SubscriptionState:
    """The state on `today`; the last day itself still counts as covered."""
    if ends_on is None:
        return SubscriptionState.MISSING
    left = days_left(ends_on, today)
    if left < 0:
        return SubscriptionState.ENDED
    return SubscriptionState.SOON if left <= SOON_DAYS else SubscriptionState.VALID


def warning_stage(ends_on: date, today: date) -> int | None:
    """The stage reached: 30, 14 or 7 days ahead, 0 once ended; None while it is far away."""
    left = days_left(ends_on, today)
    if left < 0:
        return ENDED
    return min((stage for stage in STAGES if left <= stage), default=None)


def stage_to_warn(ends_on: date, today: date, warned: int | None) -> int | None:
    """The stage of which nobody was told yet, or None; a stage that was missed is not repeated."""
    reached = warning_stage(ends_on, today)
    is_new = reached is not None and (warned is None or reached < warned)
    return reached if is_new else None


def written_date(day: date | None) -> str:
    """`31 Juli 2026`; `–` for none."""
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}" if day else "–"


def written_rest(ends_on: date, today: date) -> str:
    """`12 hari lagi`, `hari ini hari terakhir`, `3 hari lalu`."""
    left = days_left(ends_on, today)
    if left == 0:
        return "hari ini hari terakhir"
    return f"{left} hari lagi" if left > 0 else f"{-left} hari lalu"
