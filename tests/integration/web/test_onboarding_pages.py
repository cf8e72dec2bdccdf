"""Upload, check, save, plan, start and follow, through the pages with the real parts behind."""

from __future__ import annotations

from io import BytesIO
from uuid import uuid4

import pytest
from flask import Flask
from python_calamine import CalamineWorkbook
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from siappakai.models import (
    Batch,
    Operation,
    OperationState,
    Village,
    db,
    transaction,
)
from siappakai.regions import villages_of_regency
from siappakai.web.live import MOST_STREAMS, Stamp, change_lines, stream_changes
from tests.integration.web import fleet_rows
from tests.integration.web.visitor import Visitor

ALL = villages_of_regency("7305")
HEAD = "Kode Desa;Nama Desa;Kecamatan;Domain"


def sheet(*rows: str) -> bytes:
    return "\n".join((HEAD, *rows)).encode()


GOOD = tuple(f"{v.dotted};{v.name};;{at}.takalar.test" for at, v in enumerate(ALL[:3]))
BAD = "73.05.99.9999;Antah Berantah;;antah.takalar.test"


def send(
    person: Visitor, content: bytes, name: str = "desa.csv", upload_id: str = ""
) -> TestResponse:
    person.get("/unggah")
    data = {"upload_id": upload_id or str(uuid4()), "berkas": (BytesIO(content), name)}
    return person.post("/unggah", data)


def count(app: Flask, model: type) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(model)) or 0


def add_server_and_release(app: Flask) -> None:
    with app.app_context(), transaction() as session:
        session.add_all([fleet_rows.add_server(), fleet_rows.add_release()])


def test_checking_a_list_shows_every_row_and_saves_nothing(app: Flask, ani: Visitor) -> None:
    answer = send(ani, sheet(*GOOD, BAD))
    assert answer.status_code == 303
    page = ani.get(answer.location)
    assert "3 dari 4 baris benar" in page.text
    assert "Antah Berantah" in page.text
    assert count(app, Village) == 0


def test_only_the_wrong_rows_are_shown_when_asked(ani: Visitor) -> None:
    place = send(ani, sheet(*GOOD, BAD)).location
    text = ani.get(f"{place}?status=salah").text
    assert "99.9999" in text
    assert ALL[0].dotted not in text


def test_the_wrong_rows_can_be_downloaded_with_their_reason(ani: Visitor) -> None:
    place = send(ani, sheet(*GOOD, BAD)).location
    ani.get(place)
    content = ani.get(place.replace("/periksa", "/salah.xlsx")).get_data()
    table = CalamineWorkbook.from_filelike(BytesIO(content)).get_sheet_by_index(0).to_python()
    assert any("Antah Berantah" in str(row) for row in table)
    assert not any(ALL[0].dotted in str(row) for row in table)


def test_the_same_form_sent_twice_makes_one_batch(app: Flask, ani: Visitor) -> None:
    upload_id = str(uuid4())
    places = {send(ani, sheet(*GOOD), upload_id=upload_id).location for _ in range(2)}
    assert len(places) == 1
    assert count(app, Batch) == 1


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"", "kosong.csv"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 200, "gambar.xlsx"),
        (b"satu;dua\n1;2\n", "lain.csv"),
    ],
)
def test_a_file_that_is_no_list_is_told_beside_the_field(
    app: Flask, ani: Visitor, content: bytes, name: str
) -> None:
    answer = send(ani, content, name)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert 'name="berkas"' in answer.text
    assert count(app, Batch) == 0


def test_no_file_and_no_district_are_asked_for_again(ani: Visitor) -> None:
    ani.get("/unggah")
    data = {"upload_id": str(uuid4())}
    assert "Pilih berkasnya dahulu" in ani.post("/unggah", data).text
    answer = ani.post("/unggah/wilayah", data | {"kecamatan": ["999999"]})
    assert answer.status_code == 422
    assert "Pilih sedikitnya satu kecamatan" in answer.text


@pytest.mark.parametrize("upload_id", ["", "1", "../../etc/passwd"])
def test_an_odd_upload_id_is_refused(app: Flask, ani: Visitor, upload_id: str) -> None:
    ani.get("/unggah")
    data = {"upload_id": upload_id, "berkas": (BytesIO(sheet(*GOOD)), "desa.csv")}
    assert ani.post("/unggah", data).status_code == 422
    assert count(app, Batch) == 0


def test_picked_districts_become_a_checked_list(app: Flask, ani: Visitor) -> None:
    wanted = [v for v in ALL if v.district_code == ALL[0].district_code]
    ani.get("/unggah")
    data = {"upload_id": str(uuid4()), "kecamatan": [ALL[0].district_code]}
    page = ani.get(ani.post("/unggah/wilayah", data).location)
    assert f"Semua {len(wanted)} baris benar" in page.text


def test_the_ready_to_fill_sheet_can_be_sent_back_as_it_is(ani: Visitor) -> None:
    content = ani.get("/unggah/lembar.xlsx").get_data()
    page = ani.get(send(ani, content, "lembar.xlsx").location)
    assert "Semua 110 baris benar" in page.text


def test_from_upload_to_queued_installations_and_a_second_press_starts_nothing(
    app: Flask, ani: Visitor
) -> None:
    add_server_and_release(app)
    place = send(ani, sheet(*GOOD, BAD)).location
    batch = place.removesuffix("/periksa")
    ani.get(place)
    assert ani.post(f"{batch}/simpan").location == f"{batch}/pasang"
    assert count(app, Village) == 3
    plan = ani.get(f"{batch}/pasang").text
    assert "Pasang 3 aplikasi" in plan
    for _ in range(2):
        assert ani.post(f"{batch}/pasang", {"rilis_opensid": "1"}).location == batch
        assert count(app, Operation) == 3
    page = ani.get(batch).text
    assert "tidak ada yang dimulai dua kali" in page
    assert "0 dari 3 aplikasi selesai" in page


def test_an_unsaved_list_can_not_be_installed(ani: Visitor) -> None:
    place = send(ani, sheet(*GOOD)).location
    batch = place.removesuffix("/periksa")
    assert ani.get(f"{batch}/pasang").location == place
    ani.get(place)
    assert ani.post(f"{batch}/pasang", {"rilis_opensid": "1"}).status_code in {409, 422}


@pytest.mark.parametrize("release", ["", "abc", "99", "²"])
def test_a_release_that_is_none_is_refused(
    app: Flask, ani: Visitor, fleet: int, release: str
) -> None:
    before = count(app, Operation)
    assert ani.post("/batch/1/pasang", {"rilis_opensid": release}).status_code in {409, 422}
    assert count(app, Operation) == before


def test_a_batch_shows_steps_failures_and_what_to_do(ani: Visitor, fleet: int) -> None:
    text = ani.get("/batch/1").text
    assert "Basis data tidak menjawab." in text
    assert "Periksa ruang disk server" in text
    assert "ERROR 1114" in text
    assert "Mengisi basis data dari cetakan rilis" in text
    failed = ani.get("/batch/1?hanya=gagal").text
    assert ALL[1].name in failed
    assert ALL[2].name not in failed


def test_try_again_queues_the_failed_one_and_leads_back(
    app: Flask, ani: Visitor, fleet: int
) -> None:
    ani.get("/batch/1")
    assert ani.post("/operasi/2/coba-lagi", {"kembali": "/batch/1"}).location == "/batch/1"
    with app.app_context():
        assert db.session.get_one(Operation, 2).state == OperationState.QUEUED
    assert ani.post("/operasi/2/coba-lagi").status_code == 409
    assert ani.post("/operasi/99/coba-lagi").status_code == 404


def test_cancel_stops_only_what_still_waits(app: Flask, ani: Visitor, fleet: int) -> None:
    ani.get("/batch/1")
    ani.post("/batch/1/batalkan")
    with app.app_context():
        states = list(db.session.scalars(select(Operation.state).order_by(Operation.id)))
    assert states == ["berhasil", "gagal", "berjalan", "dibatalkan", "dibatalkan", "berhasil"]


def test_a_stream_speaks_at_each_change_and_ends_when_all_is_done(app: Flask) -> None:
    stamps = iter([Stamp("a", False), Stamp("a", False), Stamp("b", False), Stamp("c", True)])
    with app.app_context():
        lines = list(change_lines(lambda: next(stamps), every_s=0))
    words = [line.split("event: ")[1].split("\n")[0] for line in lines]
    assert words == ["mulai", "berubah", "berubah", "selesai"]


def test_streams_are_limited_and_given_back(app: Flask) -> None:
    def open_stream() -> TestResponse:
        return stream_changes(lambda: Stamp("a", True))

    with app.test_request_context():
        streams = [open_stream() for _ in range(MOST_STREAMS)]
        assert open_stream().status_code == 204
        for each in streams:
            each.close()
        again = open_stream()
        assert again.status_code == 200
        again.close()


def test_a_stream_says_finished_for_a_finished_batch(app: Flask, ani: Visitor, fleet: int) -> None:
    with app.app_context(), transaction():
        for operation in db.session.scalars(select(Operation)):
            if operation.state in ("antre", "berjalan"):
                fleet_rows.finish(operation)
    answer = ani.get("/batch/1/arus")
    assert answer.mimetype == "text/event-stream"
    assert "event: selesai" in answer.text
    assert "data-finished" in ani.get("/batch/1/kemajuan").text
