"""Think: a list of days without work, from a spreadsheet or a calendar file, checked row by row."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from siappakai.intake.delimited import decode_text
from siappakai.intake.read import read_table
from siappakai.intake.table import MAX_BYTES, TableRow
from siappakai.models.calendar_day import DayKind
from siappakai.subscriptions.expiry import MONTHS

NAME_LENGTH = 120
MOST_DAYS_OF_ONE = 31
_DAY_TITLES = frozenset({"tanggal", "tgl", "hari", "date", "tanggal libur"})
_NAME_TITLES = frozenset({"nama", "keterangan", "uraian", "hari libur", "nama hari libur", "name"})
_KIND_TITLES = frozenset({"jenis", "kategori", "kind", "type"})
_KINDS = {
    "libur nasional": DayKind.HOLIDAY,
    "libur": DayKind.HOLIDAY,
    "cuti bersama": DayKind.JOINT_LEAVE,
    "cuti": DayKind.JOINT_LEAVE,
    "beku": DayKind.FREEZE,
}
_MONTHS = {name.lower(): at for at, name in enumerate(MONTHS, start=1)}
_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ]00:00:00)?")
_LOCAL = re.compile(r"(\d{1,2})[/.\-](\d{1,2})[/.\-](\d{4})")
_WORDS = re.compile(r"(?:[A-Za-z']+,?\s+)?(\d{1,2})\s+([A-Za-z]+)\s+(\d{4})")
_ICS_LINE = re.compile(r'([A-Za-z-]+)((?:;[A-Za-z-]+=(?:"[^"]*"|[^";:]*))*):(.*)', re.DOTALL)
_ICS_DAY = re.compile(r"(\d{4})(\d{2})(\d{2})(?:T\d{6}Z?)?")


@dataclass(frozen=True, slots=True)
class DayRow:
    """One day; `number` is the row (of a calendar file: the event) it stands in."""

    number: int
    day: date
    kind: DayKind
    name: str


@dataclass(frozen=True, slots=True)
class DayList:
    """What was read; with any complaint nothing of it may be saved."""

    rows: tuple[DayRow, ...]
    complaints: tuple[str, ...]


def read_days(filename: str, content: bytes) -> DayList:
    """The days of a CSV, XLSX, XLS, ODS or ICS file.

    Two entries on one day become one. Raises InvalidInput for a file that can't be read at all.
    """
    if content.lstrip(b"\xef\xbb\xbf\r\n\t ")[:15].upper() == b"BEGIN:VCALENDAR":
        found = list(_of_calendar(decode_text(content[: MAX_BYTES + 1])))
    else:
        found = list(_of_table(read_table(filename, content).rows))
    complaints = tuple(each for each in found if isinstance(each, str))
    rows = _one_a_day(each for each in found if isinstance(each, DayRow))
    if not rows and not complaints:
        complaints = ("Tidak ada satu hari pun di berkas ini.",)
    return DayList(rows, complaints)


def _one_a_day(rows: Iterable[DayRow]) -> tuple[DayRow, ...]:
    kept: dict[date, DayRow] = {}
    for row in rows:
        other = kept.get(row.day)
        if other is None:
            kept[row.day] = row
            continue
        name = other.name if row.name in other.name else f"{other.name}; {row.name}"
        kind = min(other.kind, row.kind, key=list(DayKind).index)
        kept[row.day] = DayRow(other.number, row.day, kind, name[:NAME_LENGTH])
    return tuple(kept[day] for day in sorted(kept))


def _of_table(rows: Sequence[TableRow]) -> Iterable[DayRow | str]:
    titles, body = _titles(rows)
    if titles is None:
        yield "Judul kolom tidak ditemukan: berkas perlu kolom Tanggal dan Nama."
        return
    for row in body:
        yield _row(
            row.number,
            row.cell(titles[0]).strip(),
            row.cell(titles[1]).strip(),
            row.cell(titles[2]).strip() if titles[2] is not None else "",
        )


def _titles(
    rows: Sequence[TableRow],
) -> tuple[tuple[int, int, int | None] | None, Sequence[TableRow]]:
    for at, row in enumerate(rows[:20]):
        cells = [" ".join(cell.lower().split()) for cell in row.cells]
        day = next((n for n, cell in enumerate(cells) if cell in _DAY_TITLES), None)
        name = next((n for n, cell in enumerate(cells) if cell in _NAME_TITLES), None)
        kind = next((n for n, cell in enumerate(cells) if cell in _KIND_TITLES), None)
        if day is not None and name is not None:
            return (day, name, kind), rows[at + 1 :]
    return None, ()


def _row(number: int, day: str, name: str, kind: str) -> DayRow | str:
    found = read_date(day)
    if found is None:
        return f"Baris {number}: tanggal “{day[:30]}” tidak dikenal; tulis seperti 25/12/2026."
    if not name or len(name) > NAME_LENGTH:
        return f"Baris {number}: nama hari harus diisi, paling banyak {NAME_LENGTH} huruf."
    known = _KINDS.get(" ".join(kind.lower().split())) if kind else _kind_by_name(name)
    if known is None:
        return (
            f"Baris {number}: jenis “{kind[:30]}” tidak dikenal; "
            "tulis libur nasional, cuti bersama, atau beku."
        )
    return DayRow(number, found, known, name)


def _kind_by_name(name: str) -> DayKind:
    is_leave = name.lower().startswith("cuti bersama")
    return DayKind.JOINT_LEAVE if is_leave else DayKind.HOLIDAY


def read_date(text: str) -> date | None:
    """The date of `2026-12-25`, `25/12/2026` or `Jumat, 25 Desember 2026`; None if it is none."""
    if found := _ISO.fullmatch(text):
        return _date(found[1], found[2], found[3])
    if found := _LOCAL.fullmatch(text):
        return _date(found[3], found[2], found[1])
    if (found := _WORDS.fullmatch(text)) and found[2].lower() in _MONTHS:
        return _date(found[3], str(_MONTHS[found[2].lower()]), found[1])
    return None


def _date(year: str, month: str, day: str) -> date | None:
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None


def _of_calendar(text: str) -> Iterable[DayRow | str]:
    """Each event's days; RFC 5545 lines are folded, an all-day event's end is the day after."""
    unfolded = re.sub(r"\r?\n[ \t]", "", text)
    number, event = 0, None
    for line in unfolded.splitlines():
        name, value = _content_line(line)
        if name == "BEGIN" and value.upper() == "VEVENT":
            number, event = number + 1, dict[str, str]()
        elif name == "END" and value.upper() == "VEVENT" and event is not None:
            yield from _of_event(number, event)
            event = None
        elif event is not None and name:
            event.setdefault(name, value)


def _content_line(line: str) -> tuple[str, str]:
    found = _ICS_LINE.fullmatch(line)
    return (found[1].upper(), found[3].strip()) if found else ("", "")


def _of_event(number: int, event: dict[str, str]) -> Iterable[DayRow | str]:
    if "RRULE" in event or "RDATE" in event:
        yield f"Kejadian {number}: kejadian berulang tidak dibaca; tulis tiap harinya."
        return
    start = _calendar_date(event.get("DTSTART", ""))
    end = _calendar_date(event.get("DTEND", "")) if "DTEND" in event else None
    name = re.sub(r"\\([\\;,])", r"\1", re.sub(r"\\[nN]", " ", event.get("SUMMARY", ""))).strip()
    if start is None or ("DTEND" in event and end is None):
        yield f"Kejadian {number}: tanggalnya tidak dikenal."
        return
    length = max((end - start).days, 1) if end is not None else 1
    if length > MOST_DAYS_OF_ONE:
        yield f"Kejadian {number}: berlangsung {length} hari; paling banyak {MOST_DAYS_OF_ONE}."
        return
    for offset in range(length):
        row = _row(number, (start + timedelta(days=offset)).isoformat(), name, "")
        yield row if isinstance(row, DayRow) else row.replace("Baris", "Kejadian", 1)


def _calendar_date(text: str) -> date | None:
    found = _ICS_DAY.fullmatch(text)
    return _date(found[1], found[2], found[3]) if found else None
