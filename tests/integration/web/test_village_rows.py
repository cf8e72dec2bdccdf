"""One village out of a combined database, back, and into one: pages, refusals, whose export."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import func, select

from siappakai.models import (
    Instance,
    Operation,
    OperationKind,
    WantedState,
    db,
    transaction,
)
from tests.integration.web import combined_rows
from tests.integration.web.combined_rows import LABEL
from tests.integration.web.family_rows import ALL
from tests.integration.web.sample_products import add_samples
from tests.integration.web.visitor import Visitor

FIRST, SECOND, ALONE = (village.code for village in ALL[:3])
ROW_DEEDS = ("ekspor", "pulihkan", "pisahkan", "gabungkan")
TICK = {"yakin": "ya"}


@pytest.fixture
def rows(app: Flask, ani: Visitor, monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    add_samples(monkeypatch)
    with app.app_context(), transaction():
        return combined_rows.add_combined()


def export(app: Flask, instance_id: int, kind: OperationKind = OperationKind.EXPORT) -> int:
    with app.app_context(), transaction():
        return combined_rows.export(db.session.get_one(Instance, instance_id), kind).id


def newest(app: Flask, instance_id: int) -> tuple[OperationKind, dict[str, object] | None]:
    with app.app_context():
        query = select(Operation).filter_by(instance_id=instance_id).order_by(Operation.id.desc())
        operation = db.session.scalars(query).first()
        return operation.kind, operation.parameters


def count(app: Flask) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count(Operation.id)))


def links(page: str, instance_id: int) -> set[str]:
    return {deed for deed in ROW_DEEDS if f'href="/aplikasi/{instance_id}/{deed}"' in page}


def test_who_keeps_one_back_is_told_that_its_whole_database_stays(
    app: Flask, ani: Visitor, rows: dict[str, int]
) -> None:
    page = f"/aplikasi/{rows['first']}/ikut-rilis"
    shared = "Berbagi basis data gabungan: 1 desa lain ikut tertahan"
    assert shared in ani.get(page).text
    assert "gabungan: " not in ani.get(f"/aplikasi/{rows['alone']}/ikut-rilis").text
    assert shared not in ani.get(f"/desa/{FIRST}").text  # nothing is kept back yet
    assert ani.post(page, {"kanal": "biasa", "semat": "ya", "alasan": "panen"}).status_code == 303
    assert shared in ani.get(f"/desa/{FIRST}").text
    beside = f"Berbagi basis data gabungan: ikut tertahan oleh {ALL[0].name}."
    assert beside in ani.get(f"/desa/{SECOND}").text
    assert "gabungan: ikut" not in ani.get(f"/desa/{ALONE}").text
    other = ani.get(f"/aplikasi/{rows['second']}/ikut-rilis").text
    assert f"Sekarang semuanya tertahan oleh {ALL[0].name}." in other


def test_a_card_offers_what_fits_the_villages_database_and_nothing_else(
    app: Flask, ani: Visitor, rows: dict[str, int]
) -> None:
    export(app, rows["second"])
    combined, alone = ani.get(f"/desa/{SECOND}").text, ani.get(f"/desa/{ALONE}").text
    assert links(combined, rows["second"]) == {"ekspor", "pulihkan", "pisahkan"}
    assert "Gabungkan<" not in combined
    assert links(alone, rows["alone"]) == {"gabungkan"}
    assert links(alone, rows["tax"]) == set()
    assert not any(f"{word}<" in alone for word in ("Ekspor", "Pulihkan", "Pisahkan"))


def test_without_an_export_of_its_own_a_village_can_not_be_restored(
    app: Flask, ani: Visitor, rows: dict[str, int]
) -> None:
    export(app, rows["second"])
    page = ani.get(f"/desa/{FIRST}").text
    assert links(page, rows["first"]) == {"ekspor", "pisahkan"}
    assert "Pulihkan: Belum ada ekspornya" in page
    assert "Belum ada ekspornya" in ani.get(f"/aplikasi/{rows['first']}/pulihkan").text


@pytest.mark.parametrize(
    ("name", "deed"),
    [("first", "gabungkan"), ("alone", "ekspor"), ("alone", "pulihkan"), ("alone", "pisahkan")],
)
def test_a_deed_for_the_other_kind_of_database_is_refused_with_its_reason(
    app: Flask, ani: Visitor, rows: dict[str, int], name: str, deed: str
) -> None:
    before, path = count(app), f"/aplikasi/{rows[name]}/{deed}"
    told = "sudah berada di basis data gabungan" if name == "first" else "basis data sendiri"
    assert told in ani.get(path).text
    answer = ani.post(path, TICK | {"gabungan": str(rows["group"]), "ekspor": "1"})
    assert answer.status_code == 409 and told in answer.text and 'role="alert"' in answer.text
    assert count(app) == before


def test_other_products_do_not_know_these_deeds(
    app: Flask, ani: Visitor, rows: dict[str, int]
) -> None:
    before = count(app)
    for deed in ROW_DEEDS:
        path = f"/aplikasi/{rows['tax']}/{deed}"
        assert ani.get(path).status_code == 404
        assert ani.post(path, TICK).status_code == 404
    assert count(app) == before


def test_an_export_is_ordered_and_its_page_says_where_the_file_lies(
    app: Flask, ani: Visitor, rows: dict[str, int]
) -> None:
    path, folder = f"/aplikasi/{rows['first']}/ekspor", f"/srv/uji/ekspor/opensid-{FIRST}"
    page = ani.get(path).text
    assert f"{folder}</code>" in page and "tidak dapat diunduh dari panel ini" in page
    assert ani.post(path).location == f"/desa/{FIRST}"
    assert newest(app, rows["first"]) == (OperationKind.EXPORT, None)
    assert newest(app, rows["second"])[0] == OperationKind.INSTALL
    again = ani.post(path)
    assert again.status_code == 409 and "Operasi lain sedang berjalan" in again.text


def test_no_address_gives_an_exports_file_away(
    app: Flask, ani: Visitor, rows: dict[str, int]
) -> None:
    mine = export(app, rows["second"])
    page = ani.get(f"/aplikasi/{rows['second']}/ekspor").text
    assert f"operasi-{mine}.desa.gz</code>" in page
    assert 'desa.gz"' not in page and "download>" not in page


def test_a_restore_shows_only_the_villages_own_exports_newest_first(
    app: Flask, ani: Visitor, rows: dict[str, int]
) -> None:
    foreign, old = export(app, rows["first"]), export(app, rows["second"])
    new = export(app, rows["second"], OperationKind.RESTORE)
    page = ani.get(f"/aplikasi/{rows['second']}/pulihkan").text
    assert page.index(f'name="ekspor" value="{new}"') < page.index(f'name="ekspor" value="{old}"')
    assert f'value="{foreign}"' not in page and FIRST not in page
    assert f"3 MB, versi 2410.0.0, pekerjaan {new}, dibuat sendiri sebelum pemulihan" in page


def test_a_restore_wants_a_tick_and_orders_the_file_of_the_chosen_export(
    app: Flask, ani: Visitor, rows: dict[str, int]
) -> None:
    old, _new = export(app, rows["second"]), export(app, rows["second"])
    path = f"/aplikasi/{rows['second']}/pulihkan"
    ani.get(path)
    unticked = ani.post(path, {"ekspor": str(old)})
    assert unticked.status_code == 422 and "Centang dahulu" in unticked.text
    assert f'value="{old}" required checked' in unticked.text
    assert newest(app, rows["second"])[0] == OperationKind.EXPORT
    assert ani.post(path, TICK | {"ekspor": str(old)}).location == f"/desa/{SECOND}"
    file = f"/srv/uji/ekspor/opensid-{SECOND}/operasi-{old}.desa.gz"
    assert newest(app, rows["second"]) == (OperationKind.RESTORE, {"file": file})
    assert newest(app, rows["first"])[0] == OperationKind.INSTALL


def test_a_foreign_villages_export_or_a_path_is_refused(
    app: Flask, ani: Visitor, rows: dict[str, int]
) -> None:
    foreign, own = export(app, rows["first"]), export(app, rows["second"])
    before, path = count(app), f"/aplikasi/{rows['second']}/pulihkan"
    ani.get(path)
    refused = ani.post(path, TICK | {"ekspor": str(foreign)})
    assert refused.status_code == 409 and "bukan milik desa ini" in refused.text
    for typed in ("", "/srv/uji/ekspor/x.desa.gz", f"../{own}", "-1", "9" * 12):
        assert ani.post(path, TICK | {"ekspor": typed, "file": "/etc/shadow"}).status_code == 422
    assert count(app) == before


def test_an_export_of_another_schema_rests_with_its_reason(
    app: Flask, ani: Visitor, rows: dict[str, int]
) -> None:
    own = export(app, rows["second"])
    with app.app_context(), transaction() as session:
        newer = combined_rows.fleet_rows.add_release("2501.0.0")
        newer.schema_version = "2025010101"
        session.add(newer)
        session.get_one(Instance, rows["second"]).recorded_release = newer
    path = f"/aplikasi/{rows['second']}/pulihkan"
    page = ani.get(path).text
    assert "Dari versi 2410.0.0, sekarang 2501.0.0" in page
    assert f'value="{own}" required disabled' in page
    assert ani.post(path, TICK | {"ekspor": str(own)}).status_code == 409
    assert newest(app, rows["second"])[0] == OperationKind.EXPORT


def test_a_separation_tells_that_only_the_first_villages_rows_stay(
    app: Flask, ani: Visitor, rows: dict[str, int]
) -> None:
    first = ani.get(f"/aplikasi/{rows['first']}/pisahkan").text
    second = ani.get(f"/aplikasi/{rows['second']}/pisahkan").text
    assert "tetap tinggal" in first and "tetap tinggal" not in second
    assert "barisnya dikeluarkan" in second and "barisnya dikeluarkan" not in first
    assert ani.post(f"/aplikasi/{rows['second']}/pisahkan").location == f"/desa/{SECOND}"
    assert newest(app, rows["second"])[0] == OperationKind.SEPARATE
    assert newest(app, rows["first"])[0] == OperationKind.INSTALL


@pytest.mark.parametrize(("name", "deed"), [("second", "pisahkan"), ("alone", "gabungkan")])
def test_a_companion_on_the_same_database_has_to_be_released_first(
    app: Flask, ani: Visitor, rows: dict[str, int], name: str, deed: str
) -> None:
    with app.app_context(), transaction():
        instance = db.session.get_one(Instance, rows[name])
        companion = rows["tax"]
        if name == "alone":
            db.session.get_one(Instance, companion).database_group = instance.database_group
        else:
            companion = combined_rows.add_companion(instance).id
        home = f"/desa/{instance.scope_code}"
    path, form = f"/aplikasi/{rows[name]}/{deed}", {"gabungan": str(rows["group"])}
    told = "Pajak Uji desa ini memakai basis data yang sama"
    assert told in ani.get(home).text and told in ani.get(path).text
    assert ani.post(path, form).status_code == 409
    assert newest(app, rows[name])[0] == OperationKind.INSTALL
    with app.app_context(), transaction():
        db.session.get_one(Instance, companion).wanted_state = WantedState.REMOVED
    assert ani.post(path, form).location == home
    assert newest(app, rows[name])[0] != OperationKind.INSTALL


def test_a_village_joins_a_combined_database_of_its_version(
    app: Flask, ani: Visitor, rows: dict[str, int]
) -> None:
    path = f"/aplikasi/{rows['alone']}/gabungkan"
    page = ani.get(path).text
    assert f'value="{rows["group"]}" required checked' in page and "2 desa" in page
    assert f'value="{rows["empty"]}" required disabled' in page
    for typed, status in (("", 422), (str(rows["empty"]), 409), ("99", 409), ("x", 422)):
        assert ani.post(path, {"gabungan": typed}).status_code == status
    assert newest(app, rows["alone"])[0] == OperationKind.INSTALL
    assert ani.post(path, {"gabungan": str(rows["group"])}).location == f"/desa/{ALONE}"
    assert newest(app, rows["alone"]) == (OperationKind.JOIN, {"group_id": rows["group"]})


def test_a_combined_database_of_another_version_is_shown_with_the_reason(
    app: Flask, ani: Visitor, rows: dict[str, int]
) -> None:
    with app.app_context(), transaction() as session:
        newer = combined_rows.fleet_rows.add_release("2501.0.0")
        session.add(newer)
        session.get_one(Instance, rows["alone"]).recorded_release = newer
    told = "emakai versi 2410.0.0, desa ini 2501.0.0"
    assert told in ani.get(f"/desa/{ALONE}").text
    answer = ani.post(f"/aplikasi/{rows['alone']}/gabungkan", {"gabungan": str(rows["group"])})
    assert answer.status_code == 409 and told in answer.text
    assert newest(app, rows["alone"])[0] == OperationKind.INSTALL


def test_a_companions_own_version_is_no_version_of_the_combined_database(
    app: Flask, ani: Visitor, rows: dict[str, int]
) -> None:
    with app.app_context(), transaction():
        combined_rows.add_companion(db.session.get_one(Instance, rows["first"]))
    page = ani.get(f"/aplikasi/{rows['alone']}/gabungkan").text
    assert f'value="{rows["group"]}" required checked' in page and "2 desa" in page


def test_a_village_whose_old_rows_stayed_may_not_join_that_database_again(
    app: Flask, ani: Visitor, rows: dict[str, int]
) -> None:
    with app.app_context(), transaction():
        alone = db.session.get_one(Instance, rows["alone"])
        led = {"old_group_id": rows["group"]}
        combined_rows.do(
            alone, OperationKind.SEPARATE, check_separation=led, clear={"kept": "Desa pertama"}
        )
    path = f"/aplikasi/{rows['alone']}/gabungkan"
    page = ani.get(path).text
    assert "masih menyimpan baris lama desa ini" in page
    assert ani.post(path, {"gabungan": str(rows["group"])}).status_code == 409
    assert newest(app, rows["alone"])[0] == OperationKind.SEPARATE


def test_a_village_that_left_cleanly_may_join_again(
    app: Flask, ani: Visitor, rows: dict[str, int]
) -> None:
    with app.app_context(), transaction():
        alone = db.session.get_one(Instance, rows["alone"])
        led = {"old_group_id": rows["group"]}
        combined_rows.do(alone, OperationKind.SEPARATE, check_separation=led, clear={"rows": 9})
    form = {"gabungan": str(rows["group"])}
    assert ani.post(f"/aplikasi/{rows['alone']}/gabungkan", form).status_code == 303


def test_the_page_of_a_combined_database_leads_to_the_deeds_of_each_village(
    app: Flask, ani: Visitor, budi: Visitor, rows: dict[str, int]
) -> None:
    with app.app_context(), transaction():
        db.session.get_one(Instance, rows["first"]).wanted_state = WantedState.REMOVED
    path = f"/basis-data/{rows['group']}"
    page = ani.get(path).text
    assert LABEL in page
    assert links(page, rows["second"]) == {"ekspor", "pulihkan", "pisahkan"}
    assert links(page, rows["first"]) == links(page, rows["alone"]) == set()
    assert "/aplikasi/" not in budi.get(path).text


def test_a_viewer_may_neither_see_nor_order_them(
    app: Flask, budi: Visitor, rows: dict[str, int]
) -> None:
    own, before = export(app, rows["second"]), count(app)
    form = TICK | {"ekspor": str(own), "gabungan": str(rows["group"])}
    for name in ("second", "alone"):
        for deed in ROW_DEEDS:
            path = f"/aplikasi/{rows[name]}/{deed}"
            assert budi.get(path).status_code == budi.post(path, form).status_code == 403
    assert "desa.gz" not in budi.get(f"/desa/{SECOND}").text
    assert count(app) == before


def test_a_removed_village_is_revived_before_its_rows_move(
    app: Flask, ani: Visitor, rows: dict[str, int]
) -> None:
    with app.app_context(), transaction():
        db.session.get_one(Instance, rows["second"]).wanted_state = WantedState.REMOVED
    path = f"/aplikasi/{rows['second']}/pisahkan"
    assert links(ani.get(f"/desa/{SECOND}").text, rows["second"]) == set()
    assert "sedang dilepas" in ani.get(path).text
    assert ani.post(path).status_code == 409
    assert newest(app, rows["second"])[0] == OperationKind.INSTALL


def test_an_instance_that_was_never_installed_has_no_rows_to_move(
    app: Flask, ani: Visitor, rows: dict[str, int]
) -> None:
    with app.app_context(), transaction():
        instance = db.session.get_one(Instance, rows["second"])
        instance.recorded_release_id = None
    for deed in ROW_DEEDS:
        path = f"/aplikasi/{rows['second']}/{deed}"
        assert "belum terpasang" in ani.get(path).text
        assert ani.post(path, TICK | {"ekspor": "1"}).status_code == 409
