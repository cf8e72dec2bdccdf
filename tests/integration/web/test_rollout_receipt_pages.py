"""A village's receipt: its page, its PDF, and pictures that no address can lead elsewhere with."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest
from flask import Flask
from PIL import Image

from siappakai.errors import NotFound
from siappakai.models import Instance, ItemState, Operation, RolloutItem, db, transaction
from siappakai.provision.naming import instance_key
from siappakai.provision.order import order_update
from siappakai.provision.pictures import picture_path
from siappakai.rollout import acts
from siappakai.rollout.drive import advance
from siappakai.web.rollout_receipts import read_picture
from tests.integration.rows.rollout_rows import active_operations, end_operation
from tests.integration.web import release_day_rows as rows
from tests.integration.web.visitor import Visitor


@pytest.fixture
def day(app: Flask, tmp_path: Path) -> rows.ReleaseDay:
    with app.app_context():
        return rows.add_release_day(tmp_path / "srv")


@pytest.fixture
def done(app: Flask, day: rows.ReleaseDay) -> int:
    """A rollout whose first village has moved; the instance's id."""
    with app.app_context():
        number = rows.add_plan(day)
        rows.launch(number)
        moved = active_operations()[0].instance_id
        rows.play(number, True)
        return moved


def jpeg(colour: str) -> bytes:
    target = BytesIO()
    Image.new("RGB", (64, 40), colour).save(target, "JPEG")
    return target.getvalue()


def place(app: Flask, instance_id: int, when: str) -> Path:
    with app.app_context():
        instance = db.session.get_one(Instance, instance_id)
        operation = db.session.query(Operation).filter_by(instance_id=instance_id).one()
        key = instance_key(instance.product, instance.scope_code)
        path = picture_path(instance.server.root, key, operation.id, when)
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def test_the_receipt_says_what_happened_on_page_and_paper(
    app: Flask, ani: Visitor, done: int
) -> None:
    page = ani.get(f"/peluncuran/1/desa/{done}")
    assert page.status_code == 200
    assert "Surat Keterangan Pembaruan" in page.text
    assert "dari versi 2408.0.0 ke versi 2410.0.0" in page.text
    assert rows.HOSTILE not in page.text
    assert f"/peluncuran/1/desa/{done}/sebelum.jpg" not in page.text  # there is none
    paper = ani.get(f"/peluncuran/1/desa/{done}/surat.pdf")
    assert paper.get_data().startswith(b"%PDF-")
    assert "attachment" in paper.headers["Content-Disposition"]


def test_a_village_stuck_on_its_way_back_is_never_said_to_have_kept_its_version(
    app: Flask, ani: Visitor, day: rows.ReleaseDay
) -> None:
    with app.app_context():
        number = rows.add_plan(day)
        rows.launch(number)
        operation = active_operations()[0]
        where, stuck = f"/peluncuran/{number}/desa/{operation.instance_id}", operation.id
        rows.play(number, False)
        rows.leave_stuck(stuck)
        with transaction():  # as it could be before such a unit was refused to be left out
            item = db.session.query(RolloutItem).filter_by(operation_id=stuck).one()
            item.state = ItemState.SKIPPED
    page = ani.get(where).text
    assert "belum terbukti" in page and "tetap pada versi" not in page


@pytest.mark.parametrize(
    ("at", "said", "unsaid"),
    [
        ("check", "tidak jadi diperbarui", "dikembalikan"),
        ("copies", "tidak jadi diperbarui", "dikembalikan"),
        ("snapshot", "dikembalikan ke versi 2408.0.0.", "beserta basis datanya"),
        ("verify", "dikembalikan ke versi 2408.0.0 beserta basis datanya", "tidak jadi"),
    ],
)
def test_a_failure_is_told_by_how_far_it_came(
    app: Flask, ani: Visitor, day: rows.ReleaseDay, at: str, said: str, unsaid: str
) -> None:
    with app.app_context():
        number = rows.add_plan(day)
        rows.launch(number)
        operation = active_operations()[0]
        where = f"/peluncuran/{number}/desa/{operation.instance_id}"
        end_operation(operation.id, well=False, at=at)
        advance(number)
    page = ani.get(where).text
    assert said in page and unsaid not in page


def test_one_that_was_there_already_is_told_to_serve_the_new_release(
    app: Flask, ani: Visitor, day: rows.ReleaseDay
) -> None:
    with app.app_context():
        number = rows.add_plan(day)
        first = rows.items_of(number)[0].instance_id
        rows.launch(number)
        end_operation(active_operations()[0].id, well=False)
        order_update(first, day.new, by="ani")
        end_operation(active_operations()[0].id, well=True)
        advance(number)
        acts.retry(rows.items_of(number)[0].id, by="ani")
    page = ani.get(f"/peluncuran/{number}/desa/{first}").text
    assert "dilewati; yang melayani sekarang versi 2410.0.0" in page
    assert "tetap pada versi 2408.0.0" not in page
    assert ani.get(f"/peluncuran/{number}/laporan.xlsx").status_code == 200


def test_every_village_of_a_combined_database_has_its_receipt(
    ani: Visitor, done: int, day: rows.ReleaseDay
) -> None:
    for instance_id in day.ids[-3:]:
        page = ani.get(f"/peluncuran/1/desa/{instance_id}")
        assert page.status_code == 200
        assert "belum diperbarui" in page.text


def test_pictures_are_shown_to_people_who_are_logged_in_and_only_this_villages(
    app: Flask, ani: Visitor, budi: Visitor, visitor: Visitor, done: int, day: rows.ReleaseDay
) -> None:
    before, after = jpeg("red"), jpeg("green")
    place(app, done, "sebelum").write_bytes(before)
    place(app, done, "sesudah").write_bytes(after)
    path = f"/peluncuran/1/desa/{done}/sebelum.jpg"
    assert f'src="{path}"' in ani.get(f"/peluncuran/1/desa/{done}").text
    answer = budi.get(path)
    assert (answer.get_data(), answer.mimetype) == (before, "image/jpeg")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert visitor.get(path).location.startswith("/masuk")
    other = next(each for each in day.ids if each != done)
    assert ani.get(f"/peluncuran/1/desa/{other}/sebelum.jpg").status_code == 404
    for wrong in ("../sebelum", "%2e%2e%2fsebelum", "lain"):
        assert ani.get(f"/peluncuran/1/desa/{done}/{wrong}.jpg").status_code == 404


def test_a_link_and_what_is_no_picture_are_never_sent(
    app: Flask, ani: Visitor, done: int, tmp_path: Path
) -> None:
    secret = tmp_path / "rahasia.jpg"
    secret.write_bytes(jpeg("blue"))
    path = place(app, done, "sebelum")
    path.symlink_to(secret)
    assert ani.get(f"/peluncuran/1/desa/{done}/sebelum.jpg").status_code == 404
    path.unlink()
    path.write_bytes(b"<html>bukan gambar</html>")
    assert ani.get(f"/peluncuran/1/desa/{done}/sebelum.jpg").status_code == 404


def test_a_link_inside_the_picture_folder_and_a_whole_folder_that_is_one_are_refused(
    tmp_path: Path,
) -> None:
    root, elsewhere = tmp_path / "srv", tmp_path / "lain"
    (root / "gambar").mkdir(parents=True)
    elsewhere.mkdir()
    (elsewhere / "1-sebelum.jpg").write_bytes(jpeg("red"))
    (root / "gambar" / "desa").symlink_to(elsewhere)
    with pytest.raises(NotFound):
        read_picture(root / "gambar" / "desa" / "1-sebelum.jpg", root)
    real = root / "gambar" / "nyata.jpg"
    real.write_bytes(jpeg("green"))
    (root / "gambar" / "tautan.jpg").symlink_to(real)
    with pytest.raises(NotFound):
        read_picture(root / "gambar" / "tautan.jpg", root)
    assert read_picture(real, root) == real.read_bytes()
