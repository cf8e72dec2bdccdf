"""Gladi bersih on its pages: ordering, verdicts by their causes, pause, retry, tonight's hour."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import event, select

from siappakai.errors import InvalidInput
from siappakai.models import (
    Rehearsal,
    RehearsalItem,
    RehearsalState,
    Release,
    Verdict,
    db,
    transaction,
    utc_now,
)
from siappakai.rollout.verdicts import dirty, lost, migration_failed
from siappakai.web.rehearsals import next_time
from tests.integration.web import release_day_rows as rows
from tests.integration.web.visitor import Visitor
from tests.rollout_cast import add_rehearsal

EMPTIED = (
    *("rehearsal_items", "rehearsals", "instances", "database_groups"),
    *("villages", "releases", "servers"),
)
CHANGING = ("jeda", "lanjut", "hentikan", "ulangi")


@pytest.fixture
def day(app: Flask, tmp_path: Path) -> rows.ReleaseDay:
    with app.app_context():
        return rows.add_release_day(tmp_path / "srv")


@pytest.fixture
def rehearsal(app: Flask, day: rows.ReleaseDay) -> int:
    """Two red for one cause, one red for another, one yellow, two green; it has ended."""
    with app.app_context():
        verdicts = dict.fromkeys(day.ids[:3], Verdict.RED) | {day.ids[3]: Verdict.YELLOW}
        verdicts |= dict.fromkeys(day.ids[4:], Verdict.GREEN)
        number = add_rehearsal(day.new, verdicts, hold_s=12.5, migrate_s=3.2)
        broken = migration_failed(
            "Pemindahan gagal.",
            "SQLSTATE[22007]: Incorrect date value: '0000-00-00' for column `tgl`",
        ).to_json()
        missing = lost(
            "penduduk", "Penduduk: 120 menjadi 90 <b>", "siappakai rilis neraca"
        ).to_json()
        findings = [[broken], [broken], [missing], [_suspicious()], [], []]
        with transaction():
            made = db.session.get_one(Rehearsal, number)
            made.state = RehearsalState.FINISHED
            for item, found in zip(made.items, findings, strict=True):
                item.findings = found
        return number


def _suspicious() -> dict[str, str]:
    from siappakai.products.data_checks import Finding, Severity

    found = Finding(
        code="nik_ganda",
        severity=Severity.YELLOW,
        count=3,
        village_code="7305042004",
        sentence="3 NIK ganda.",
        remedy="Perbaiki NIK.",
    )
    return dirty(found).to_json()


def order(visitor: Visitor, day: rows.ReleaseDay, **more: str) -> object:
    visitor.get("/gladi/baru?aplikasi=opensid")
    sent = {"aplikasi": "opensid", "rilis": str(day.new), "siapa": "semua", "bersamaan": "1"}
    return visitor.post("/gladi/baru", sent | {"mulai": "sekarang"} | more)


def test_every_page_answers_before_and_after_the_first_rehearsal(
    ani: Visitor, rehearsal: int
) -> None:
    for path in ("/gladi", "/gladi/baru", f"/gladi/{rehearsal}", f"/gladi/{rehearsal}/kemajuan"):
        assert ani.get(path).status_code == 200, path
    assert ani.get("/gladi/99").status_code == 404
    assert ani.get("/gladi/99/arus").status_code == 404
    stream = ani.get(f"/gladi/{rehearsal}/arus")
    assert "event: selesai" in stream.text


def test_many_failures_read_as_few_causes_with_what_mends_them(
    ani: Visitor, rehearsal: int
) -> None:
    page = ani.get(f"/gladi/{rehearsal}").text
    assert "Merah: 3 desa, 2 sebab" in page
    assert "Kuning: 1 desa, 1 sebab" in page
    assert "Cara memperbaiki:" in page
    assert "Perbaiki NIK." in page
    assert "12,5 detik" in page
    assert "90 &lt;b&gt;" in page
    assert rows.HOSTILE not in page
    assert "Buat rencana peluncuran" in page
    red = ani.get(f"/gladi/{rehearsal}?hanya=merah").text
    assert red.count('<tr id="desa-') == 3
    assert ani.get(f"/gladi/{rehearsal}?cari=desa+5").text.count('<tr id="desa-') == 1


def test_a_rehearsal_is_ordered_for_all_for_a_district_or_for_named_ones(
    app: Flask, ani: Visitor, day: rows.ReleaseDay
) -> None:
    assert order(ani, day).location == "/gladi/1"
    with app.app_context():
        assert len(db.session.get_one(Rehearsal, 1).items) == 6
    again = order(ani, day)
    assert again.status_code == 409
    assert "belum selesai" in again.text
    ani.post("/gladi/1/hentikan")
    assert order(ani, day, siapa="desa", kode="73.05.03.2002\n").location == "/gladi/2"
    with app.app_context():
        (item,) = db.session.scalars(select(RehearsalItem).filter_by(rehearsal_id=2))
        assert item.instance_id == day.ids[1]
    ani.post("/gladi/2/hentikan")
    assert order(ani, day, siapa="kecamatan", kecamatan="730504").location == "/gladi/3"


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"rilis": ""}, "Pilih dahulu rilisnya"),
        ({"rilis": "99"}, "Rilis itu tidak ada"),
        ({"siapa": "desa", "kode": ""}, "sedikitnya satu kode"),
        ({"siapa": "desa", "kode": "99.99"}, "Tidak ada aplikasi untuk 99.99"),
        ({"siapa": "kecamatan"}, "sedikitnya satu kecamatan"),
        ({"bersamaan": "0"}, "paling sedikit 1"),
        ({"bersamaan": "banyak"}, "1 sampai 16"),
        ({"mulai": "nanti", "jam": "25:00"}, "Jamnya tidak terbaca"),
    ],
)
def test_what_is_wrong_with_an_order_is_told_on_the_same_page(
    app: Flask, ani: Visitor, day: rows.ReleaseDay, changed: dict[str, str], told: str
) -> None:
    answer = order(ani, day, **changed)
    assert answer.status_code in (404, 409, 422)
    assert told in answer.text
    assert "Mulai gladi bersih" in answer.text
    with app.app_context():
        assert db.session.scalars(select(Rehearsal)).all() == []


def test_a_rehearsal_for_tonight_waits_for_its_hour(
    app: Flask, ani: Visitor, day: rows.ReleaseDay
) -> None:
    assert order(ani, day, mulai="nanti", jam="23.59").status_code == 303
    with app.app_context():
        made = db.session.get_one(Rehearsal, 1)
        assert made.not_before_at is not None
        assert made.not_before_at > utc_now()
        assert all(each.operation_id is None for each in made.items)
    page = ani.get("/gladi/1").text
    assert "Menunggu waktunya mulai." in page
    assert ani.post("/gladi/1/jeda").status_code == 303
    assert ani.post("/gladi/1/jeda").status_code == 409
    assert ani.post("/gladi/1/lanjut").status_code == 303
    home = ani.get("/").text
    assert "Gladi bersih OpenSID 2410.0.0" in home
    assert "6 belum" in home


def test_an_hour_that_has_passed_means_tomorrow() -> None:
    now = datetime(2026, 11, 22, 11, 0, tzinfo=UTC)  # 18.00 in Jakarta
    assert next_time("20:00", now, "Asia/Jakarta").isoformat() == "2026-11-22T20:00:00+07:00"
    assert next_time("17.30", now, "Asia/Jakarta").isoformat() == "2026-11-23T17:30:00+07:00"
    with pytest.raises(InvalidInput):
        next_time("malam", now, "Asia/Jakarta")


def test_red_ones_are_rehearsed_again(app: Flask, ani: Visitor, rehearsal: int) -> None:
    ani.get(f"/gladi/{rehearsal}")
    assert ani.post(f"/gladi/{rehearsal}/ulangi").status_code == 303
    with app.app_context():
        made = db.session.get_one(Rehearsal, rehearsal)
        assert made.state == RehearsalState.RUNNING
        assert sum(each.finished_at is None for each in made.items) == 3
    page = ani.get(f"/gladi/{rehearsal}").text
    assert "Merah: 3 desa, 2 sebab" in page  # in force until there is something newer
    assert "berlaku sampai" in page.lower()


def test_trying_one_again_in_a_stopped_rehearsal_says_that_the_others_stay(
    app: Flask, ani: Visitor, day: rows.ReleaseDay, rehearsal: int
) -> None:
    with app.app_context(), transaction():
        db.session.get_one(Rehearsal, rehearsal).state = RehearsalState.STOPPED
    ani.get(f"/gladi/{rehearsal}")
    assert "data-finished" in ani.get(f"/gladi/{rehearsal}/kemajuan").text
    answer = ani.post(f"/gladi/{rehearsal}/ulangi", {"aplikasi": str(day.ids[0])})
    assert answer.status_code == 303
    page = ani.get(f"/gladi/{rehearsal}").text
    assert "1 desa digladikan lagi. Gladi ini tetap dihentikan; yang lain tidak dimulai." in page
    assert "data-finished" not in page
    assert "Hentikan" in page
    assert ani.post(f"/gladi/{rehearsal}/hentikan").status_code == 303


def test_a_page_says_whose_pages_nobody_opened(
    app: Flask, ani: Visitor, day: rows.ReleaseDay, rehearsal: int
) -> None:
    with app.app_context(), transaction():
        for at, item in enumerate(db.session.get_one(Rehearsal, rehearsal).items):
            item.measures = {"probed": 2, "probed_of": 6, "is_probed": at < 2}
    page = ani.get(f"/gladi/{rehearsal}").text
    assert "Halaman dibuka 2 dari 6 desa" in page
    assert page.count("Halamannya tidak dibuka") == 4


def test_a_rehearsal_of_another_image_says_so_and_offers_a_new_one(
    app: Flask, ani: Visitor, day: rows.ReleaseDay, rehearsal: int
) -> None:
    assert "dibangun ulang" not in ani.get(f"/gladi/{rehearsal}").text
    with app.app_context(), transaction():
        db.session.get_one(Release, day.new).digest = "sha256:" + "9" * 64
    page = ani.get(f"/gladi/{rehearsal}").text
    assert "Rilis dibangun ulang sesudah gladi ini; ulangi gladi." in page
    assert f"/gladi/baru?rilis={day.new}" in page
    assert "Ulangi yang merah" not in page
    assert "dibangun ulang" in ani.get("/gladi").text
    assert ani.post(f"/gladi/{rehearsal}/ulangi").status_code == 409


def test_a_viewer_and_a_form_without_its_token_change_nothing(
    app: Flask, ani: Visitor, budi: Visitor, rehearsal: int
) -> None:
    assert "Ulangi" not in budi.get(f"/gladi/{rehearsal}").text
    for path in CHANGING:
        assert budi.post(f"/gladi/{rehearsal}/{path}").status_code == 403, path
        refused = ani.client.post(f"/gladi/{rehearsal}/{path}", data={"csrf_token": "bukan"})
        assert refused.status_code == 400, path
    assert budi.post("/gladi/baru").status_code == 403
    assert budi.get("/gladi/baru").status_code == 403
    with app.app_context():
        assert db.session.get_one(Rehearsal, rehearsal).state == RehearsalState.FINISHED


def test_more_villages_cost_no_more_queries(app: Flask, ani: Visitor, tmp_path: Path) -> None:
    counted = []
    for number in (4, 60):
        with app.app_context():
            with transaction():
                for name in EMPTIED:
                    db.session.execute(db.text(f"delete from {name}"))
            day = rows.add_release_day(tmp_path / str(number), number, 0)
            made = add_rehearsal(day.new, dict.fromkeys(day.ids, Verdict.GREEN))
            engine = db.engine
        seen: list[str] = []

        def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
            seen.append(statement)  # noqa: B023

        event.listen(engine, "before_cursor_execute", note)
        assert ani.get(f"/gladi/{made}").status_code == 200
        event.remove(engine, "before_cursor_execute", note)
        counted.append(len(seen))
    assert counted[1] <= counted[0] + 1
