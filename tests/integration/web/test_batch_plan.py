"""The plan of a list: products, releases and database are chosen, and nothing typed is lost."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import func, select

from siappakai.models import (
    DatabaseGroup,
    Instance,
    Operation,
    Release,
    Server,
    db,
    transaction,
)
from tests.integration.web import family_rows, fleet_rows
from tests.integration.web.family_rows import ALL
from tests.integration.web.sample_products import add_samples
from tests.integration.web.visitor import Visitor

PLAN = "/batch/1/pasang"


@pytest.fixture
def batch(app: Flask, ani: Visitor, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Three saved villages and two products with a release each: the form's first answer."""
    add_samples(monkeypatch)
    with app.app_context(), transaction() as session:
        family_rows.add_home()
        session.add(fleet_rows.add_release("2603.0.0", product="uji_pajak"))
        family_rows.add_saved_batch(range(3))
    return {"rilis_opensid": "1", "rilis_uji_pajak": "2", "basis": "terpisah"}


def count(app: Flask, model: type) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(model)) or 0


def test_the_plan_counts_applications_and_villages(ani: Visitor, batch: dict[str, str]) -> None:
    page = ani.get(PLAN).text
    assert "6 aplikasi untuk 3 desa" in page
    assert "Pasang 6 aplikasi" in page
    without = ani.post("/batch/1/rencana", batch | {"rilis_uji_pajak": ""}).text
    assert "3 aplikasi untuk 3 desa" in without and "Pasang 3 aplikasi" in without


def test_alike_obstacles_are_one_line_with_their_villages(
    app: Flask, ani: Visitor, batch: dict[str, str]
) -> None:
    with app.app_context(), transaction():
        db.session.get_one(Release, 2).edition = "premium"
    page = ani.post("/batch/1/rencana", batch).text
    blocked = page.split("Terhalang: 3 aplikasi untuk 3 desa")[1].split("</section>")[0]
    assert blocked.count("<summary>") == 1
    for at in range(3):
        assert ALL[at].dotted in blocked


def test_calculating_again_keeps_what_was_chosen_and_typed(
    app: Flask, ani: Visitor, batch: dict[str, str]
) -> None:
    chosen = {"rilis_uji_pajak": "", "basis": "baru", "nama_gabungan": "Gabungan <Utara>"}
    page = ani.post("/batch/1/rencana", batch | chosen).text
    assert 'value="Gabungan &lt;Utara&gt;"' in page
    assert 'value="baru" checked' in page
    assert '<option value="2" selected' not in page and '<option value="1" selected' in page
    assert count(app, Operation) == 0 and count(app, DatabaseGroup) == 0
    assert ani.get("/batch/1/rencana").location == PLAN


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"nama_gabungan": " "}, "belum diberi nama"),
        ({"nama_gabungan": "x" * 81}, "terlalu panjang"),
        ({"nama_gabungan": "Gabungan Lama"}, "sudah ada"),
        ({"basis": "99"}, "tidak ada"),
        ({"basis": "²"}, "Pilihan tidak dikenal"),
        ({"rilis_opensid": "99"}, "belum siap dipasang"),
        ({"rilis_opensid": "", "rilis_uji_pajak": ""}, "paling sedikit satu produk"),
    ],
)
def test_a_wrong_choice_is_told_on_the_same_page_and_starts_nothing(
    app: Flask, ani: Visitor, batch: dict[str, str], typed: dict[str, str], told: str
) -> None:
    with app.app_context(), transaction():
        server = db.session.scalars(select(Server)).one()
        family_rows.add_group(server, "Gabungan Lama", "sid_gabungan_7305")
    wanted = batch | {"basis": "baru", "nama_gabungan": "Tetap ada"} | typed
    answer = ani.post(PLAN, wanted)
    assert answer.status_code in {404, 409, 422}
    assert told in answer.text and 'role="alert"' in answer.text
    kept = " ".join(wanted["nama_gabungan"].split())
    assert f'name="nama_gabungan" value="{kept}"' in answer.text
    assert count(app, Operation) == 0


def test_three_villages_start_in_one_new_combined_database(
    app: Flask, ani: Visitor, batch: dict[str, str]
) -> None:
    ani.get(PLAN)
    chosen = batch | {"basis": "baru", "nama_gabungan": "  Gabungan   Takalar "}
    assert ani.post(PLAN, chosen).location == "/batch/1"
    assert "6 aplikasi mulai dipasang" in ani.get("/batch/1").text
    with app.app_context():
        group = db.session.scalars(select(DatabaseGroup).filter_by(mode="gabungan")).one()
        assert group.label == "Gabungan Takalar"
        assert len([each for each in group.instances if each.product == "opensid"]) == 3
    assert "Gabungan Takalar" in ani.get("/basis-data").text


def test_without_opensid_no_combined_database_is_made(
    app: Flask, ani: Visitor, batch: dict[str, str]
) -> None:
    ani.get(PLAN)
    ani.post(PLAN, batch | {"rilis_opensid": "", "basis": "baru", "nama_gabungan": "Sia-sia"})
    with app.app_context():
        assert db.session.scalars(select(DatabaseGroup).filter_by(mode="gabungan")).all() == []
        assert {each.product for each in db.session.scalars(select(Instance))} == {"uji_pajak"}


def test_a_viewer_sees_the_plan_and_can_not_start_or_calculate(
    app: Flask, budi: Visitor, batch: dict[str, str]
) -> None:
    page = budi.get(PLAN).text
    assert "6 aplikasi untuk 3 desa" in page and "Hitung ulang" not in page
    for path in (PLAN, "/batch/1/rencana"):
        assert budi.post(path, batch).status_code == 403
    assert count(app, Operation) == 0


def test_the_progress_tells_village_and_product_and_can_be_narrowed(
    ani: Visitor, batch: dict[str, str]
) -> None:
    ani.get(PLAN)
    ani.post(PLAN, batch)
    page = ani.get("/batch/1").text
    assert "0 dari 6 aplikasi selesai" in page and "Pajak Uji" in page
    only = ani.get("/batch/1?aplikasi=uji_pajak").text
    assert only.count('<td data-label="Aplikasi">Pajak Uji</td>') == 3
    assert '<td data-label="Aplikasi">OpenSID</td>' not in only
    assert "Tidak ada yang gagal" in ani.get("/batch/1?hanya=gagal").text
    for odd in ("?batch_id=7", "?_external=1&hanya=x", "?aplikasi=%27", "?hanya=menunggu"):
        assert ani.get(f"/batch/1{odd}").status_code == 200
