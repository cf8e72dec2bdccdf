"""A checked list becomes a batch and villages: once, without touching what it should not."""

from __future__ import annotations

import uuid
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from siappakai.errors import NotFound
from siappakai.intake.read import read_table
from siappakai.intake.save import (
    SaveResult,
    check_picked,
    check_upload,
    save_batch,
    wrong_rows_file,
)
from siappakai.models import Batch, BatchRow, Instance, Release, Village, db, transaction, utc_now
from siappakai.provision.install_queue import queue_installs
from siappakai.regions import districts_of_regency, villages_of_regency
from tests.cast import add_release, add_server


def csv_of(*rows: str) -> bytes:
    return "\n".join(("Kode Desa;Nama Desa;Domain", *rows)).encode()


def row_of(index: int, domain: str = "") -> str:
    village = villages_of_regency("7305")[index]
    return f"{village.dotted};{village.name};{domain or f'd{village.code}.desa.localhost'}"


def upload(content: bytes, upload_id: str | None = None) -> Batch:
    return check_upload(upload_id or str(uuid.uuid4()), "daftar.csv", content, "7305", by="uji")


def test_checking_saves_no_village(app: Flask) -> None:
    batch = upload(csv_of(row_of(0), row_of(1), "73.05.99.9999;Tidak Ada;x.id"))
    assert (batch.row_count, batch.wrong_count) == (3, 1)
    assert db.session.scalar(select(func.count()).select_from(Village)) == 0


def test_sending_the_same_form_twice_gives_one_batch(app: Flask) -> None:
    content = csv_of(row_of(0), row_of(1))
    one = str(uuid.uuid4())
    assert upload(content, one).id == upload(content, one).id
    assert db.session.scalar(select(func.count()).select_from(Batch)) == 1


def test_saving_twice_finds_nothing_more_to_do(app: Flask) -> None:
    batch_id = upload(csv_of(row_of(0), row_of(1))).id
    assert save_batch(batch_id, by="uji") == SaveResult(added=2)
    assert save_batch(batch_id, by="uji") == SaveResult(same=2)
    again = upload(csv_of(row_of(0), row_of(1)))
    statuses = db.session.scalars(select(BatchRow.status).filter_by(batch_id=again.id))
    assert set(statuses) == {"sama"}


def test_names_and_regions_come_from_the_official_list(app: Flask) -> None:
    save_batch(upload(csv_of(row_of(0), row_of(1))).id, by="uji")
    village = db.session.get_one(Village, villages_of_regency("7305")[0].code)
    assert (village.regency_name, village.province_name) == (
        "Kabupaten Takalar",
        "Sulawesi Selatan",
    )
    assert (
        village.name.lower() in village.search_text and village.dotted_code in village.search_text
    )


def test_a_running_website_keeps_its_address(app: Flask, tmp_path: Path) -> None:
    save_batch(upload(csv_of(row_of(0), row_of(1))).id, by="uji")
    add_server(tmp_path / "srv")
    release_id = add_release()
    with transaction():
        release = db.session.get_one(Release, release_id)
        queue_installs([villages_of_regency("7305")[0].code], release, by="uji")
        db.session.execute(update(Instance).values(exposed_at=utc_now()))
    batch = upload(csv_of(row_of(0, "baru.desa.localhost"), row_of(1, "lain.desa.localhost")))
    rows = {row.row_number: row for row in batch.rows}
    assert [rows[number].status for number in (2, 3)] == ["salah", "berubah"]
    assert "alamatnya tidak diubah lewat daftar" in rows[2].problems[0]["message"]


def test_wrong_rows_come_back_as_a_sheet_that_can_be_uploaded_again(app: Flask) -> None:
    batch = upload(csv_of(row_of(0), "73.05.99.9999;Tidak Ada;x.desa.localhost"))
    sheet = read_table("salah.xlsx", wrong_rows_file(batch.id))
    text = " ".join(cell for row in sheet.rows for cell in row.cells)
    assert "73.05.99.9999" in text and "tidak ada dalam daftar resmi" in text
    assert upload(wrong_rows_file(batch.id)).wrong_count == 1


def test_picked_districts_are_checked_like_a_list_and_give_their_wrong_rows_too(app: Flask) -> None:
    district = districts_of_regency("7305")[0]
    batch = check_picked(str(uuid.uuid4()), "7305", [district.code], by="uji")
    assert batch.row_count > 2 and batch.wrong_count == 0
    assert read_table("salah.xlsx", wrong_rows_file(batch.id)).rows
    with pytest.raises(NotFound):
        wrong_rows_file(99)
