"""Touch: the days on which no rollout starts anything: loaded from a list, added, taken away."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from sqlalchemy import select

from siappakai.errors import InvalidInput, NotFound
from siappakai.models import CalendarDay, DayKind, append_event, db, transaction, utc_now
from siappakai.rollout.holiday_rows import NAME_LENGTH, DayList, DayRow, read_days

SHIPPED = Path(__file__).with_name("hari_libur.csv")
SUBJECT = "calendar"
_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Loaded:
    """How many days were added, changed, removed; `kept` freezes of our own stood in the way."""

    added: int
    changed: int
    removed: int
    kept: int


def load_days(days: DayList, *, by: str, replace: bool = False) -> Loaded:
    """Save the days of a list, all or none; InvalidInput tells every bad row.

    `replace` first removes the holidays and joint leave of the years that the list covers. Our own
    freezes are never removed or renamed by a list.
    """
    _refuse_wrong(days)
    with transaction():
        before = {row.day: row for row in db.session.scalars(select(CalendarDay))}
        removed = _remove_others(days, before) if replace else 0
        done = Counter(_put(row, before.get(row.day), by) for row in days.rows)
        loaded = Loaded(done["added"], done["changed"], removed, done["kept"])
        append_event("calendar_loaded", SUBJECT, by=by, **asdict(loaded))
    return loaded


def _refuse_wrong(days: DayList) -> None:
    if not days.complaints:
        return
    more = len(days.complaints) - _SHOWN
    lines = [*days.complaints[:_SHOWN], *([f"Dan {more} lagi."] if more > 0 else [])]
    raise InvalidInput(
        "Daftar hari libur belum benar; tidak ada yang disimpan.\n" + "\n".join(lines),
        hint="Perbaiki baris itu, lalu unggah lagi.",
    )


def _remove_others(days: DayList, before: Mapping[date, CalendarDay]) -> int:
    wanted = {row.day for row in days.rows}
    years = {day.year for day in wanted}
    gone = [
        row
        for day, row in before.items()
        if day.year in years and day not in wanted and row.kind != DayKind.FREEZE
    ]
    for row in gone:
        db.session.delete(row)
    return len(gone)


def _put(row: DayRow, old: CalendarDay | None, by: str) -> str:
    """Write one day; says what came of it."""
    if old is None:
        db.session.add(CalendarDay(day=row.day, kind=row.kind, name=row.name, added_by=by))
        return "added"
    if old.kind == DayKind.FREEZE:
        return "kept"
    if (old.kind, old.name) == (row.kind, row.name):
        return "same"
    old.kind, old.name, old.added_by = row.kind, row.name, by
    return "changed"


def load_file(filename: str, content: bytes, *, by: str, replace: bool = False) -> Loaded:
    """Save the days of an uploaded CSV, XLSX, ODS or ICS file."""
    return load_days(read_days(filename, content), by=by, replace=replace)


def load_shipped(*, by: str) -> Loaded:
    """Add the national holidays and joint leave that come with the program."""
    return load_days(read_days(SHIPPED.name, SHIPPED.read_bytes()), by=by)


def add_freeze(day: date, name: str, *, by: str) -> None:
    """A day of our own on which nothing starts; takes the place of a holiday on that day."""
    if not name.strip() or len(name.strip()) > NAME_LENGTH:
        raise InvalidInput(f"Alasan beku harus diisi, paling banyak {NAME_LENGTH} huruf.")
    with transaction():
        db.session.merge(
            CalendarDay(
                day=day, kind=DayKind.FREEZE, name=name.strip(), added_by=by, added_at=utc_now()
            )
        )
        append_event("calendar_frozen", SUBJECT, by=by, day=day.isoformat())


def remove_day(day: date, *, by: str) -> str:
    """The day is an ordinary one again, or the national holiday that a freeze lay over.

    Returns that holiday's name, else an empty text; NotFound when the day was ordinary.
    """
    with transaction():
        row = db.session.get(CalendarDay, day)
        if row is None:
            raise NotFound("Tanggal itu tidak ada di kalender.")
        under = _shipped(day) if row.kind == DayKind.FREEZE else None
        append_event("calendar_removed", SUBJECT, by=by, day=day.isoformat())
        if under is None:
            db.session.delete(row)
            return ""
        row.kind, row.name, row.added_by = under.kind, under.name, by
        return under.name


def _shipped(day: date) -> DayRow | None:
    """What the list that comes with the program says of the day."""
    days = read_days(SHIPPED.name, SHIPPED.read_bytes())
    return next((each for each in days.rows if each.day == day), None)


def days_without_work(now: datetime) -> dict[date, str]:
    """All days from yesterday on with their names, for `calendar.opening`."""
    since = now.date() - timedelta(days=1)
    rows = db.session.execute(
        select(CalendarDay.day, CalendarDay.name)
        .where(CalendarDay.day >= since)
        .order_by(CalendarDay.day)
    )
    return {row.day: row.name for row in rows}


__all__ = ["Loaded", "add_freeze", "days_without_work", "load_days", "load_file", "load_shipped"]
