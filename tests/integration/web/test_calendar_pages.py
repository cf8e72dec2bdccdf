"""Kalender: days are added, loaded, taken away; what holds for all rollouts is set there."""

from __future__ import annotations

from datetime import date, timedelta
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from siappakai.models import CalendarDay, DayKind, Event, db, read_setting
from siappakai.provision.policies import today
from siappakai.rollout.draft import channel_days
from tests.integration.web import release_day_rows as rows
from tests.integration.web.visitor import Visitor

CHANGING = ("beku", "hapus", "bawaan", "unggah", "pengaturan")
LIST = "tanggal,nama\n{day},Hari <b>Jadi</b>\n"


def days(app: Flask) -> dict[date, DayKind]:
    with app.app_context():
        return {each.day: each.kind for each in db.session.scalars(select(CalendarDay))}


def soon(app: Flask, after: int = 10) -> date:
    with app.app_context():
        return today() + timedelta(days=after)


def upload(visitor: Visitor, content: bytes, **more: Any) -> Any:
    return visitor.post(
        "/kalender/unggah",
        {"berkas": (BytesIO(content), "libur.csv"), **more},
        content_type="multipart/form-data",
    )


def test_an_empty_calendar_offers_the_list_that_comes_with_the_program(
    app: Flask, ani: Visitor
) -> None:
    assert "Belum ada hari libur di kalender" in ani.get("/kalender").text
    assert ani.post("/kalender/bawaan").status_code == 303
    assert len(days(app)) > 40
    assert "Tahun Baru" in ani.get("/kalender?semua=1").text


def test_own_freeze_days_are_added_as_a_span_and_taken_away_one_by_one(
    app: Flask, ani: Visitor
) -> None:
    first = soon(app)
    ani.get("/kalender")
    sent = {"tanggal": first.isoformat(), "sampai": (first + timedelta(days=2)).isoformat()}
    assert ani.post("/kalender/beku", sent | {"sebab": "Pilkades <serentak>"}).status_code == 303
    assert list(days(app).values()) == [DayKind.FREEZE] * 3
    page = ani.get("/kalender").text
    assert page.count("Pilkades &lt;serentak&gt;") == 3
    assert ani.post("/kalender/hapus", {"tanggal": first.isoformat()}).status_code == 303
    assert len(days(app)) == 2
    assert ani.post("/kalender/hapus", {"tanggal": first.isoformat()}).status_code == 404
    assert ani.post("/kalender/hapus", {"tanggal": "besok"}).status_code == 422


def test_a_freeze_that_is_taken_away_leaves_the_holiday_under_it(app: Flask, ani: Visitor) -> None:
    christmas, plain = {"tanggal": "2026-12-25"}, {"tanggal": soon(app).isoformat()}
    ani.get("/kalender")
    ani.post("/kalender/bawaan")
    for day in (christmas, plain):
        assert ani.post("/kalender/beku", day | {"sebab": "Pilkades"}).status_code == 303
    assert days(app)[date(2026, 12, 25)] == DayKind.FREEZE
    ani.post("/kalender/hapus", christmas)
    told = ani.get("/kalender").text
    assert "Hari beku dihapus;" in told and "tetap hari libur." in told
    assert days(app)[date(2026, 12, 25)] == DayKind.HOLIDAY
    ani.post("/kalender/hapus", plain)
    told = ani.get("/kalender").text
    assert "dihapus dari kalender; peluncuran boleh mulai hari itu." in told
    assert soon(app) not in days(app)
    ani.post("/kalender/hapus", christmas)
    assert "Jumat, 25 Desember 2026 dihapus dari kalender" in ani.get("/kalender").text
    assert date(2026, 12, 25) not in days(app)


@pytest.mark.parametrize(
    ("first", "last", "reason", "told"),
    [
        (-1, None, "Pilkades", "Pilih hari ini atau sesudahnya"),
        (10, 9, "Pilkades", "Hari terakhir harus sesudah"),
        (10, 200, "Pilkades", "paling jauh 60 hari"),
        (5000, None, "Pilkades", "paling jauh tiga tahun"),
        (10, None, "", "Alasan beku harus diisi"),
    ],
)
def test_a_freeze_that_makes_no_sense_is_told_with_what_was_typed(
    app: Flask, ani: Visitor, first: int, last: int | None, reason: str, told: str
) -> None:
    ani.get("/kalender")
    sent = {"tanggal": soon(app, first).isoformat(), "sebab": reason}
    sent["sampai"] = soon(app, last).isoformat() if last is not None else ""
    answer = ani.post("/kalender/beku", sent)
    assert (answer.status_code, told in answer.text) == (422, True)
    assert f'value="{sent["tanggal"]}"' in answer.text
    assert days(app) == {}


def test_a_list_is_loaded_whole_or_not_at_all(app: Flask, ani: Visitor) -> None:
    day = soon(app)
    ani.get("/kalender")
    wrong = upload(ani, (LIST.format(day=day) + "31/02/2027,Salah\n").encode())
    assert wrong.status_code == 422
    assert "Baris 3" in wrong.text
    assert days(app) == {}
    assert upload(ani, LIST.format(day=day).encode()).status_code == 303
    assert days(app) == {day: DayKind.HOLIDAY}
    assert "Hari &lt;b&gt;Jadi&lt;/b&gt;" in ani.get("/kalender").text
    assert ani.post("/kalender/unggah").status_code == 422


def test_the_rules_for_all_rollouts_are_kept_with_a_line_of_history(
    app: Flask, ani: Visitor
) -> None:
    ani.get("/kalender")
    sent = {"orang_kedua": "ya", "jeda_cepat": "0", "jeda_biasa": "3", "jeda_lambat": "21"}
    assert ani.post("/kalender/pengaturan", sent).status_code == 303
    page = ani.get("/kalender").text
    assert 'name="jeda_lambat" value="21"' in page
    with app.app_context():
        assert dict(channel_days()) == {"cepat": 0, "biasa": 3, "lambat": 21}
        assert read_setting("rollout.second_approver") is True
        (told,) = db.session.scalars(select(Event).filter_by(word="rollout_rules_changed"))
        assert told.by == "ani"
    ani.post("/kalender/pengaturan", sent)
    with app.app_context():
        assert len(db.session.scalars(select(Event).filter_by(word=told.word)).all()) == 1


def test_a_second_approver_without_a_second_admin_is_warned_of(app: Flask, ani: Visitor) -> None:
    with app.app_context():
        from siappakai.models import Role, User, transaction

        with transaction():
            db.session.scalars(select(User).filter_by(username="citra")).one().role = Role.VIEWER
    ani.get("/kalender")
    sent = {"orang_kedua": "ya", "jeda_cepat": "0", "jeda_biasa": "0", "jeda_lambat": "14"}
    ani.post("/kalender/pengaturan", sent)
    assert "Baru ada 1 admin" in ani.get("/kalender").text
    with app.app_context():
        rows.add_other_admin()
    assert "Baru ada" not in ani.get("/kalender").text


@pytest.mark.parametrize(
    "changed", [{"jeda_biasa": "x"}, {"jeda_cepat": "9"}, {"jeda_lambat": "999"}]
)
def test_delays_that_make_no_sense_are_told_and_stay_as_typed(
    ani: Visitor, changed: dict[str, str]
) -> None:
    ani.get("/kalender")
    sent = {"jeda_cepat": "0", "jeda_biasa": "3", "jeda_lambat": "21"} | changed
    answer = ani.post("/kalender/pengaturan", sent)
    assert answer.status_code == 422
    ((name, value),) = changed.items()
    assert f'name="{name}" value="{value}"' in answer.text


def test_a_viewer_reads_the_calendar_and_changes_nothing(app: Flask, budi: Visitor) -> None:
    page = budi.get("/kalender")
    assert page.status_code == 200
    assert "Simpan pengaturan" not in page.text
    assert "Tambah hari beku" not in page.text
    for path in CHANGING:
        assert budi.post(f"/kalender/{path}").status_code == 403, path
    assert days(app) == {}


def test_nothing_changes_without_the_form_token(app: Flask, ani: Visitor) -> None:
    for path in CHANGING:
        answer = ani.client.post(f"/kalender/{path}", data={"csrf_token": "bukan"})
        assert answer.status_code == 400, path
    assert days(app) == {}
