"""One installed application: its card, and every deed with its page, its reasons and its errors."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from siappakai.models import (
    Edition,
    Instance,
    LicenceState,
    ObservedState,
    Operation,
    OperationKind,
    OperationState,
    Release,
    Server,
    WantedState,
    db,
    transaction,
)
from siappakai.models.release import version_key
from tests.integration.web import family_rows, fleet_rows
from tests.integration.web.family_rows import ALL
from tests.integration.web.sample_products import add_samples
from tests.integration.web.visitor import Visitor

FIRST, SECOND, THIRD = (village.code for village in ALL[:3])


@pytest.fixture
def family(app: Flask, ani: Visitor, monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    """Two villages with OpenSID and tax, one village in a combined database; instances by name."""
    add_samples(monkeypatch)
    with app.app_context(), transaction() as session:
        home = family_rows.add_home()
        tax = fleet_rows.add_release("2603.0.0", product="uji_pajak")
        session.add_all(
            [tax, fleet_rows.add_release("2501.0.0"), fleet_rows.add_release("2309.0.0")]
        )
        session.flush()
        group = family_rows.add_group(home.server, "Gabungan Takalar", "sid_gabungan_7305")
        villages = [family_rows.add_village(at) for at in range(3)]
        made = {
            "first": family_rows.install(villages[0], home.release, home.server),
            "first_tax": family_rows.install(villages[0], tax, home.server),
            "second": family_rows.install(villages[1], home.release, home.server),
            "third": family_rows.install(villages[2], home.release, home.server, group),
        }
        made["third"].config_id = 77
        return {name: instance.id for name, instance in made.items()}


def newest(app: Flask, instance_id: int) -> Operation:
    with app.app_context():
        query = select(Operation).filter_by(instance_id=instance_id).order_by(Operation.id.desc())
        return db.session.scalars(query).first()


def change(app: Flask, instance_id: int, **fields: object) -> None:
    with app.app_context(), transaction():
        instance = db.session.get_one(Instance, instance_id)
        for name, value in fields.items():
            setattr(instance, name, value)


def test_a_village_has_a_card_for_each_product_with_address_database_and_licence(
    app: Flask, ani: Visitor, family: dict[str, int]
) -> None:
    change(app, family["first_tax"], observed_licence=LicenceState.UNKNOWN)
    page = ani.get(f"/desa/{FIRST}").text
    assert page.index(">OpenSID</h2>") < page.index(">Pajak Uji</h2>")
    assert f"https://d{FIRST}.desa.test/uji_pajak" in page
    assert f"<code>uji_pajak_{FIRST}</code>" in page
    assert "Lisensi tidak dapat diperiksa" in page
    assert "tetap melayani apa yang bisa" in page
    assert page.count("Kata sandi admin pertama") == 2


def test_the_first_admin_is_named_as_the_product_names_it(
    ani: Visitor, family: dict[str, int]
) -> None:
    ani.get(f"/desa/{FIRST}")
    shown = ani.post(f"/instansi/{family['first_tax']}/sandi-admin", {"yakin": "ya"}).text
    assert "<code>petugas</code>" in shown


def test_only_newer_installable_releases_of_the_same_product_are_offered(
    app: Flask, ani: Visitor, family: dict[str, int]
) -> None:
    with app.app_context(), transaction() as session:
        session.add(fleet_rows.add_release("2502.0.0", fleet_rows.ReleaseState.WITHDRAWN))
    page = ani.get(f"/aplikasi/{family['first']}/perbarui").text
    assert "Versi 2501.0.0" in page
    for other in ("2309.0.0", "2502.0.0", "2603.0.0", "Versi 2410.0.0"):
        assert other not in page
    assert (
        "Sudah memakai rilis terbaru" in ani.get(f"/aplikasi/{family['first_tax']}/perbarui").text
    )


def test_a_release_that_the_token_does_not_cover_is_shown_with_its_reason_and_rests(
    app: Flask, ani: Visitor, family: dict[str, int]
) -> None:
    with app.app_context(), transaction() as session:
        premium = fleet_rows.add_release("2510.0.0")
        premium.edition = Edition.PREMIUM
        session.add(premium)
    page = ani.get(f"/aplikasi/{family['first']}/perbarui").text
    field = page.split("Versi 2510.0.0")[0].rsplit("<input", 1)[1]
    assert " disabled" in field
    answer = ani.post(f"/aplikasi/{family['first']}/perbarui", {"rilis": "5"})
    assert answer.status_code == 409 and 'role="alert"' in answer.text
    assert newest(app, family["first"]).kind == OperationKind.INSTALL
    assert "token" in page.split("Versi 2510.0.0")[1].split("</label>")[0]


def test_an_update_is_ordered_once_and_the_card_says_so(
    app: Flask, ani: Visitor, family: dict[str, int]
) -> None:
    path = f"/aplikasi/{family['first']}/perbarui"
    ani.get(path)
    assert ani.post(path, {"rilis": "3"}).location == f"/desa/{FIRST}"
    operation = newest(app, family["first"])
    assert (operation.kind, operation.release_id) == (OperationKind.UPDATE, 3)
    page = ani.get(f"/desa/{FIRST}").text
    assert "Pembaruan OpenSID dimulai" in page and "Tunggu sampai pekerjaan" in page
    again = ani.post(path, {"rilis": "3"})
    assert again.status_code == 409 and "Operasi lain sedang berjalan" in again.text
    assert newest(app, family["second"]).kind == OperationKind.INSTALL


@pytest.mark.parametrize(
    ("typed", "told"),
    [("", "Pilih dahulu"), ("99", "belum siap"), ("2", "produk lain"), ("4", "lebih lama")],
)
def test_a_wrong_release_is_told_on_the_same_page(
    app: Flask, ani: Visitor, family: dict[str, int], typed: str, told: str
) -> None:
    path = f"/aplikasi/{family['first']}/perbarui"
    ani.get(path)
    answer = ani.post(path, {"rilis": typed})
    assert answer.status_code in {409, 422}
    assert 'role="alert"' in answer.text and told in answer.text and "Versi 2501.0.0" in answer.text
    assert newest(app, family["first"]).kind == OperationKind.INSTALL


def test_a_village_of_a_combined_database_can_not_move_alone(
    app: Flask, ani: Visitor, family: dict[str, int]
) -> None:
    page = ani.get(f"/desa/{THIRD}").text
    assert "Perbarui, Mundur: Semua desa di satu basis data gabungan" in page
    assert f"/aplikasi/{family['third']}/perbarui" not in page
    assert "Gabungan Takalar" in page and "nomor 77 di dalamnya" in page
    path = f"/aplikasi/{family['third']}/perbarui"
    assert "berpindah versi bersama-sama" in ani.get(path).text
    assert ani.post(path, {"rilis": "3"}).status_code == 409
    assert newest(app, family["third"]).kind == OperationKind.INSTALL


def test_going_back_wants_a_tick_and_is_offered_only_after_an_update(
    app: Flask, ani: Visitor, family: dict[str, int]
) -> None:
    path = f"/aplikasi/{family['first']}/mundur"
    assert "Tidak ada pembaruan yang dapat dibalik" in ani.get(path).text
    with app.app_context(), transaction():
        instance = db.session.get_one(Instance, family["first"])
        family_rows.update(instance, db.session.get_one(Release, 3))
    page = ani.get(path).text
    assert "Mundur ke 2410.0.0" in page and "salinannya disimpan" in page
    answer = ani.post(path)
    assert answer.status_code == 422 and "Centang dahulu" in answer.text
    assert newest(app, family["first"]).kind == OperationKind.UPDATE
    assert ani.post(path, {"yakin": "ya"}).status_code == 303
    operation = newest(app, family["first"])
    assert (operation.kind, operation.release_id) == (OperationKind.RETURN, 1)


def test_a_return_is_not_offered_twice(app: Flask, ani: Visitor, family: dict[str, int]) -> None:
    with app.app_context(), transaction():
        instance = db.session.get_one(Instance, family["first"])
        family_rows.update(instance, db.session.get_one(Release, 3))
        instance.recorded_release_id = 1
    path = f"/aplikasi/{family['first']}/mundur"
    assert "Tidak ada pembaruan yang dapat dibalik" in ani.get(path).text
    assert ani.post(path, {"yakin": "ya"}).status_code == 409
    assert newest(app, family["first"]).kind == OperationKind.UPDATE


def test_removal_and_revival_of_one_village_leave_the_other_alone(
    app: Flask, ani: Visitor, family: dict[str, int]
) -> None:
    path = f"/aplikasi/{family['first']}/lepas"
    assert "Tidak ada data yang dihapus" in ani.get(path).text
    assert ani.post(path).status_code == 422
    assert ani.post(path, {"yakin": "ya"}).status_code == 303
    operation = newest(app, family["first"])
    assert operation.kind == OperationKind.REMOVE
    with app.app_context(), transaction():
        row = db.session.get_one(Operation, operation.id)
        row.state, row.active_key = OperationState.SUCCEEDED, None
    change(app, family["first"], wanted_state=WantedState.REMOVED)
    page = ani.get(f"/desa/{FIRST}").text
    assert "(ditutup)" in page and "Dilepas" in page
    assert ani.get(path).status_code == 200 and "sedang dilepas" in ani.get(path).text
    assert ani.post(path, {"yakin": "ya"}).status_code == 409
    revival = f"/aplikasi/{family['first']}/hidupkan"
    assert "sedang melayani" in ani.get(f"/aplikasi/{family['second']}/hidupkan").text
    ani.get(revival)
    assert ani.post(revival).status_code == 303
    assert newest(app, family["first"]).kind == OperationKind.REVIVE
    assert newest(app, family["second"]).kind == OperationKind.INSTALL


def test_removing_what_others_work_on_warns_of_them(
    app: Flask, ani: Visitor, family: dict[str, int]
) -> None:
    with app.app_context(), transaction():
        own = db.session.get_one(Instance, family["first"]).database_group_id
        db.session.get_one(Instance, family["first_tax"]).database_group_id = own
    assert (
        "Pajak Uji memakai basis data yang sama"
        in ani.get(f"/aplikasi/{family['first']}/lepas").text
    )
    assert "basis data yang sama" not in ani.get(f"/aplikasi/{family['second']}/lepas").text


def test_a_viewer_sees_the_cards_and_may_do_nothing(
    app: Flask, budi: Visitor, family: dict[str, int]
) -> None:
    page = budi.get(f"/desa/{FIRST}").text
    assert "Perbarui" not in page and "Lepas<" not in page
    for deed in ("perbarui", "mundur", "lepas", "hidupkan"):
        path = f"/aplikasi/{family['first']}/{deed}"
        assert budi.get(path).status_code == 403
        assert budi.post(path, {"yakin": "ya", "rilis": "3"}).status_code == 403
    assert newest(app, family["first"]).kind == OperationKind.INSTALL


def test_an_instance_that_was_never_installed_offers_nothing(
    app: Flask, ani: Visitor, fleet: int
) -> None:
    assert "/aplikasi/2/" not in ani.get(f"/desa/{SECOND}").text
    assert "belum terpasang" in ani.get("/aplikasi/2/lepas").text


def test_the_list_of_operations_is_filtered_and_leads_to_their_homes(
    app: Flask, ani: Visitor, family: dict[str, int]
) -> None:
    with app.app_context(), transaction():
        server = db.session.scalars(select(Server)).one()
        region = family_rows.add_region("7305", "data.takalar.test")
        kab = fleet_rows.add_release("2509.0.0", product="uji_kab")
        family_rows.install(region, kab, server, seen=ObservedState.UNHEALTHY)
        instance = db.session.get_one(Instance, family["second"])
        family_rows.stop(instance, instance.recorded_release, OperationKind.REMOVE)
    page = ani.get("/operasi").text
    assert f"/desa/{FIRST}" in page and "/kabupaten/7305" in page
    failed = ani.get("/operasi?keadaan=gagal&jenis=lepas").text
    assert "Langkah itu gagal." in failed and "Coba lagi" not in failed
    assert f"/desa/{SECOND}" in failed and f"/desa/{FIRST}" not in failed
    home = ani.get("/").text
    assert "Langkah itu gagal." in home and "/kabupaten/7305" in home


def test_versions_are_compared_by_their_numbers() -> None:
    names = ["2501.0.0", "2410.0.10", "v2410.0.9", "2410.0.0-rev2", "2410.0.0"]
    assert sorted(names, key=version_key) == names[::-1]
