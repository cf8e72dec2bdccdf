"""Aplikasi kabupaten and Basis data gabungan: what runs, installing, and who lives where."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import func, select

from siappakai.models import Instance, Operation, Region, db, transaction, utc_now
from siappakai.regions import districts_of_regency
from tests.integration.web import family_rows, fleet_rows
from tests.integration.web.sample_products import add_samples
from tests.integration.web.visitor import Visitor

REGENCY, DISTRICT, OTHER = "/kabupaten/7305", "/kabupaten/730501", "/kabupaten/730502"


@pytest.fixture
def regency(app: Flask, ani: Visitor, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """A regency's and a district's product with a release each, a combined database of two."""
    add_samples(monkeypatch)
    with app.app_context(), transaction() as session:
        home = family_rows.add_home()
        session.add(fleet_rows.add_release("2509.0.0", product="uji_kab"))
        session.add(fleet_rows.add_release("2512.0.0", product="uji_kec"))
        group = family_rows.add_group(home.server, "Gabungan Takalar", "sid_gabungan_7305")
        for at in range(2):
            village = family_rows.add_village(at)
            instance = family_rows.install(village, home.release, home.server, group)
            instance.config_id = at + 40
        session.flush()
        return {"domain": "data.takalar.test", "rilis_uji_kab": "2", "gabungan": str(group.id)}


def count(app: Flask, model: type) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(model)) or 0


def test_without_releases_the_page_says_how_to_add_one(app: Flask, ani: Visitor) -> None:
    for path in ("/kabupaten", REGENCY):
        assert "siappakai rilis tambah openkab" in ani.get(path).text
    assert "siappakai rilis tambah opendk" in ani.get("/kabupaten").text


def test_without_a_regency_the_page_asks_for_it_first(visitor: Visitor) -> None:
    visitor.log_in("ani")
    assert visitor.get("/kabupaten").location == "/penyiapan"


def test_the_regency_and_all_its_districts_are_listed(
    ani: Visitor, regency: dict[str, str]
) -> None:
    page = ani.get("/kabupaten").text
    assert "Kabupaten Takalar" in page and "rilis tambah" not in page
    assert page.count('href="/kabupaten/7305') == 2 * (1 + len(districts_of_regency("7305")))


def test_a_regency_application_is_installed_over_the_combined_database(
    app: Flask, ani: Visitor, regency: dict[str, str]
) -> None:
    page = ani.get(REGENCY).text
    assert "Kabupaten Uji" in page and "Gabungan Takalar" in page and "Kecamatan Uji" not in page
    assert ani.post(f"{REGENCY}/pasang", regency).location == REGENCY
    with app.app_context():
        instance = db.session.scalars(select(Instance).filter_by(region_code="7305")).one()
        assert (instance.product, instance.reads_group.label) == ("uji_kab", "Gabungan Takalar")
    page = ani.get(REGENCY).text
    assert "1 aplikasi mulai dipasang" in page
    assert "data.takalar.test/ (belum dilayani)" in page
    ani.post(f"{REGENCY}/pasang", regency)
    assert count(app, Operation) == 3
    assert "Semua yang dipilih sudah terpasang atau sedang dikerjakan" in ani.get(REGENCY).text
    assert "Kabupaten Uji" in ani.get(f"/basis-data/{regency['gabungan']}").text
    assert ani.get(f"{REGENCY}/kemajuan").status_code == 200


def test_a_district_application_needs_no_combined_database(
    app: Flask, ani: Visitor, regency: dict[str, str]
) -> None:
    assert "yang dibaca" not in ani.get(DISTRICT).text
    ani.post(f"{DISTRICT}/pasang", {"domain": "mangara.takalar.test", "rilis_uji_kec": "3"})
    with app.app_context():
        codes = {each.code: each.domain for each in db.session.scalars(select(Region))}
    assert codes == {"730501": "mangara.takalar.test"}
    assert "Belum ada aplikasi" in ani.get(OTHER).text


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"domain": ""}, "role="),
        ({"domain": "bukan domain"}, "role="),
        ({"domain": f"d{family_rows.ALL[0].code}.desa.test"}, "sudah dipakai"),
        ({"rilis_uji_kab": ""}, "Belum ada rilis yang dipilih"),
        ({"rilis_uji_kab": "x"}, "Pilihan tidak dikenal"),
        ({"rilis_uji_kab": "1"}, "bukan kabupaten"),
        ({"gabungan": ""}, "memerlukan basis data gabungan"),
        ({"gabungan": "99"}, "tidak ada"),
    ],
)
def test_a_wrong_order_is_told_on_the_page_with_what_was_typed_and_changes_nothing(
    app: Flask, ani: Visitor, regency: dict[str, str], typed: dict[str, str], told: str
) -> None:
    ani.get(REGENCY)
    sent = regency | typed
    answer = ani.post(f"{REGENCY}/pasang", sent)
    assert answer.status_code in {404, 409, 422}
    assert told in answer.text and 'role="alert"' in answer.text
    assert f'name="domain" value="{sent["domain"]}"' in answer.text
    assert count(app, Region) == 0 and count(app, Operation) == 2


def test_places_outside_the_chosen_regency_are_not_there(
    ani: Visitor, regency: dict[str, str]
) -> None:
    for code in ("7306", "730601", "730599", "7305011001", "abc"):
        assert ani.get(f"/kabupaten/{code}").status_code == 404
        assert ani.post(f"/kabupaten/{code}/pasang", regency).status_code == 404


def test_a_viewer_may_look_and_not_install(
    app: Flask, budi: Visitor, regency: dict[str, str]
) -> None:
    for path in ("/kabupaten", REGENCY, "/basis-data", f"/basis-data/{regency['gabungan']}"):
        answer = budi.get(path)
        assert answer.status_code == 200 and "Pasang aplikasi</h2>" not in answer.text
    assert budi.post(f"{REGENCY}/pasang", regency).status_code == 403
    assert count(app, Operation) == 2


def test_a_combined_database_tells_its_villages_their_numbers_and_what_holds_it(
    app: Flask, ani: Visitor, regency: dict[str, str]
) -> None:
    path = f"/basis-data/{regency['gabungan']}"
    page = ani.get(path).text
    for at in range(2):
        row = page.split(f"/desa/{family_rows.ALL[at].code}")[1].split("</tr>")[0]
        assert f">{at + 40}</td>" in row
    assert "Tidak. Pekerjaan berikutnya" in page
    with app.app_context(), transaction():
        operation = db.session.scalars(select(Operation)).first()
        group = operation.instance.database_group
        group.lock_operation_id, group.locked_at = operation.id, utc_now()
    held = ani.get(path).text
    assert "Pemasangan OpenSID untuk" in held
    assert "Sedang dipakai" in ani.get("/basis-data").text


def test_a_database_of_one_village_is_no_combined_one(app: Flask, ani: Visitor, fleet: int) -> None:
    assert ani.get("/basis-data/1").status_code == 404
    assert "Belum ada basis data gabungan" in ani.get("/basis-data").text
