"""Lists of days without work: read from every kind of file, saved whole or not at all."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime
from io import BytesIO

import pytest
from flask import Flask
from sqlalchemy import select
from xlsxwriter import Workbook

from siappakai.errors import InvalidInput, NotFound
from siappakai.models import CalendarDay, DayKind, Event, db
from siappakai.rollout.calendar import opening
from siappakai.rollout.holiday_rows import read_date, read_days
from siappakai.rollout.holidays import (
    SHIPPED,
    Loaded,
    add_freeze,
    days_without_work,
    load_file,
    load_shipped,
    remove_day,
)
from siappakai.rollout.policy import RolloutPolicy

CSV = b"Tanggal;Jenis;Nama\n25/12/2026;libur nasional;Natal\n24/12/2026;cuti bersama;Cuti Natal\n"
ICS = b"""BEGIN:VCALENDAR\r
VERSION:2.0\r
BEGIN:VEVENT\r
DTSTART;VALUE=DATE:20270310\r
DTEND;VALUE=DATE:20270312\r
SUMMARY;LANGUAGE="id:ID":Idulfitri 1448\\, hari be\r
 sar\r
END:VEVENT\r
BEGIN:VEVENT\r
DTSTART;VALUE=DATE:20270309\r
SUMMARY:Cuti Bersama Idulfitri\r
END:VEVENT\r
END:VCALENDAR\r
"""


def saved() -> dict[date, tuple[DayKind, str]]:
    rows = db.session.scalars(select(CalendarDay).order_by(CalendarDay.day))
    return {row.day: (row.kind, row.name) for row in rows}


def test_a_csv_is_saved_and_a_second_time_changes_nothing(app: Flask) -> None:
    assert load_file("libur.csv", CSV, by="ani") == Loaded(2, 0, 0, 0)
    assert saved() == {
        date(2026, 12, 24): (DayKind.JOINT_LEAVE, "Cuti Natal"),
        date(2026, 12, 25): (DayKind.HOLIDAY, "Natal"),
    }
    assert load_file("libur.csv", CSV, by="ani") == Loaded(0, 0, 0, 0)
    events = list(db.session.scalars(select(Event).filter_by(word="calendar_loaded")))
    assert [each.fields["added"] for each in events] == [2, 0]


def test_a_workbook_with_real_dates_is_read(app: Flask) -> None:
    target = BytesIO()
    with Workbook(target, {"default_date_format": "dd/mm/yyyy"}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["Daftar hari libur 2027"])
        sheet.write_row(2, 0, ["No", "Tanggal", "Keterangan"])
        sheet.write_number(3, 0, 1)
        sheet.write_datetime(3, 1, datetime(2027, 1, 1))  # noqa: DTZ001  a cell has no zone
        sheet.write_string(3, 2, "Tahun Baru")
        sheet.write_row(4, 0, [2, "Jumat, 26 Maret 2027", "Wafat Yesus Kristus"])
    assert load_file("libur.xlsx", target.getvalue(), by="ani").added == 2
    assert saved() == {
        date(2027, 1, 1): (DayKind.HOLIDAY, "Tahun Baru"),
        date(2027, 3, 26): (DayKind.HOLIDAY, "Wafat Yesus Kristus"),
    }


def test_a_calendar_file_is_read_with_its_folded_lines_and_long_events(app: Flask) -> None:
    assert load_file("libur.ics", ICS, by="ani").added == 3
    assert saved() == {
        date(2027, 3, 9): (DayKind.JOINT_LEAVE, "Cuti Bersama Idulfitri"),
        date(2027, 3, 10): (DayKind.HOLIDAY, "Idulfitri 1448, hari besar"),
        date(2027, 3, 11): (DayKind.HOLIDAY, "Idulfitri 1448, hari besar"),
    }


BAD = b"""tanggal,jenis,nama
2027-01-01,libur nasional,Tahun Baru
31/02/2027,libur nasional,Tidak ada
2027-05-01,pesta,Buruh
2027-06-01,libur nasional,
"""


def test_every_bad_row_is_told_with_its_number_and_nothing_is_saved(app: Flask) -> None:
    with pytest.raises(InvalidInput) as told:
        load_file("libur.csv", BAD, by="ani")
    for words in ("Baris 3: tanggal “31/02/2027”", "Baris 4: jenis “pesta”", "Baris 5: nama"):
        assert words in told.value.message
    assert saved() == {}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"a,b\n1,2\n", "kolom Tanggal dan Nama"),
        (b"tanggal,nama\n", "Tidak ada satu hari pun"),
        (ICS.replace(b"SUMMARY:Cuti", b"RRULE:FREQ=YEARLY\r\nSUMMARY:Cuti"), "Kejadian 2"),
        (ICS.replace(b"20270312", b"20280312"), "paling banyak 31"),
        (ICS.replace(b"VALUE=DATE:20270309", b"VALUE=DATE:2027"), "tanggalnya tidak dikenal"),
    ],
)
def test_a_list_that_says_something_else_is_refused(app: Flask, content: bytes, words: str) -> None:
    with pytest.raises(InvalidInput, match=words):
        load_file("libur", content, by="ani")
    assert saved() == {}


def test_two_holidays_on_one_day_become_one_with_both_names(app: Flask) -> None:
    content = CSV + b"25/12/2026;cuti bersama;Isra Mikraj\n"
    assert load_file("libur.csv", content, by="ani").added == 2
    assert saved()[date(2026, 12, 25)] == (DayKind.HOLIDAY, "Natal; Isra Mikraj")


def test_merging_keeps_other_days_and_replacing_only_those_of_other_years(app: Flask) -> None:
    other = b"tanggal,nama\n2026-08-17,Kemerdekaan\n2027-01-01,Tahun Baru\n"
    load_file("lama.csv", other, by="ani")
    assert load_file("libur.csv", CSV, by="budi") == Loaded(2, 0, 0, 0)
    assert len(saved()) == 4
    assert load_file("libur.csv", CSV, by="budi", replace=True) == Loaded(0, 0, 1, 0)
    assert sorted(saved()) == [date(2026, 12, 24), date(2026, 12, 25), date(2027, 1, 1)]


def test_a_changed_name_is_changed_and_a_freeze_of_our_own_stays(app: Flask) -> None:
    load_file("libur.csv", CSV, by="ani")
    add_freeze(date(2026, 12, 24), "Pilkades serentak", by="ani")
    changed = CSV.replace(b";Natal", b";Hari Raya Natal")
    assert load_file("libur.csv", changed, by="ani", replace=True) == Loaded(0, 1, 0, 1)
    assert saved()[date(2026, 12, 24)] == (DayKind.FREEZE, "Pilkades serentak")
    only_natal = b"tanggal,nama\n2026-12-25,Natal\n"
    assert load_file("libur.csv", only_natal, by="ani", replace=True).removed == 0


def test_a_day_can_be_taken_away_once(app: Flask) -> None:
    load_file("libur.csv", CSV, by="ani")
    remove_day(date(2026, 12, 25), by="ani")
    assert sorted(saved()) == [date(2026, 12, 24)]
    with pytest.raises(NotFound):
        remove_day(date(2026, 12, 25), by="ani")


def test_loaded_days_close_the_window(app: Flask) -> None:
    load_file("libur.csv", CSV, by="ani")
    now = datetime(2026, 12, 24, 3, tzinfo=UTC)
    found = opening(RolloutPolicy(), days_without_work(now), now, "Asia/Jakarta")
    assert not found.is_open and "Cuti Natal" in found.sentence
    assert found.next_at == datetime(2026, 12, 25, 17, tzinfo=UTC)  # midnight in Jakarta


def test_days_gone_by_are_not_read(app: Flask) -> None:
    load_file("libur.csv", CSV, by="ani")
    assert days_without_work(datetime(2027, 1, 1, tzinfo=UTC)) == {}


def test_the_shipped_list_has_the_decreed_number_of_days(app: Flask) -> None:
    """SKB 3 Menteri: 2026 17 holidays and 8 days of joint leave, 2027 18 and 8."""
    days = read_days("hari_libur.csv", SHIPPED.read_bytes())
    assert days.complaints == ()
    counted = Counter((row.day.year, row.kind) for row in days.rows)
    assert counted == {
        (2026, DayKind.HOLIDAY): 17,
        (2026, DayKind.JOINT_LEAVE): 8,
        (2027, DayKind.HOLIDAY): 18,
        (2027, DayKind.JOINT_LEAVE): 8,
    }
    assert load_shipped(by="siappakai").added == 51
    assert load_shipped(by="siappakai") == Loaded(0, 0, 0, 0)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-12-25", date(2026, 12, 25)),
        ("2026-12-25T00:00:00", date(2026, 12, 25)),
        ("5/1/2027", date(2027, 1, 5)),
        ("05.01.2027", date(2027, 1, 5)),
        ("Selasa, 5 Januari 2027", date(2027, 1, 5)),
        ("5 januari 2027", date(2027, 1, 5)),
        ("29/02/2027", None),
        ("5 Januar 2027", None),
        ("2026-12-25T08:30:00", None),
        ("besok", None),
    ],
)
def test_dates_are_read_as_people_in_indonesia_write_them(text: str, day: date | None) -> None:
    assert read_date(text) == day
