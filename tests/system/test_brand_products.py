"""PBB, the mobile API and villages of a combined database wear the kit, each in its own places."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from sqlalchemy import select

from siappakai.branding.edits import set_lock, set_values
from siappakai.branding.scope import Scope
from siappakai.branding.versions import freeze_now
from siappakai.models import Instance, OperationState, db
from siappakai.provision.brand_drift import drift_round, read_drift
from siappakai.provision.start import StartChoice
from tests.fleet import ROOT, Fleet, running_fleet
from tests.system.brand_villages import Dressed, keep_picture, operation, wear, working
from tests.system.villages import start_list, village_list

pytestmark = [pytest.mark.system, pytest.mark.timeout(900)]

SAMPLES = ROOT / "tests" / "samples"
ALL = Scope("7305")
OWN_TENANT = "tenant_id = (SELECT id FROM tenants ORDER BY id LIMIT 1)"
LOGO_ROW = f"SELECT value FROM pengaturan_aplikasi WHERE `key` = 'logo_aplikasi' AND {OWN_TENANT}"


@pytest.fixture(scope="module")
def fleet() -> Iterator[Fleet]:
    with running_fleet("ujiwajah") as made:
        yield made


@pytest.fixture(scope="module")
def opensid(fleet: Fleet) -> int:
    return fleet.add_release("v2410.0.0")


@pytest.fixture(scope="module")
def codes(fleet: Fleet, opensid: int) -> list[str]:
    """Two villages with OpenSID, PBB and the mobile API each."""
    pbb = fleet.add_release("v1.0.0", str(SAMPLES / "laravel/v1.0.0"), "pbb")
    api = fleet.add_release("v2605.0.0", str(SAMPLES / "mobile_api/v2605.0.0"), "mobile_api")
    return install(fleet, 0, StartChoice((opensid, pbb, api)))


@pytest.fixture(scope="module")
def combined(fleet: Fleet, opensid: int) -> list[Dressed]:
    """Two villages in one combined database."""
    choice = StartChoice((opensid,), new_group="Gabungan wajah")
    return [Dressed(fleet, code) for code in install(fleet, 10, choice)]


def install(fleet: Fleet, first: int, choice: StartChoice) -> list[str]:
    content = village_list("7305", first, 2)
    with working(fleet, 2):
        ids = start_list(fleet, content, choice)
        fleet.wait_finished(ids, 400)
    for each in ids:
        row = operation(fleet, each)
        assert row.state == OperationState.SUCCEEDED, (row.error_message, row.error_log_tail)
    return [line[:13].replace(".", "") for line in content.decode().splitlines()[1:]]


@pytest.fixture(scope="module")
def version(fleet: Fleet) -> int:
    values = {
        "app_name": "Takalar Satu",
        "site_title": "Portal Takalar",
        "primary_colour": "#1d4ed8",
        "logo": keep_picture(fleet, "#1d4ed8"),
        "login_picture": keep_picture(fleet, "#0b1e4a"),
        "letter_logo": keep_picture(fleet, "#ffffff"),
    }
    with fleet.app.app_context():
        set_values(ALL, values, by="uji")
        set_lock(ALL, "logo", True, by="uji")
        return freeze_now("Wajah semua aplikasi", by="uji").id


@pytest.fixture(scope="module")
def dressed(fleet: Fleet, codes: list[str], version: int) -> dict[str, list[Dressed]]:
    products = ("opensid", "pbb", "mobile_api")
    found = {product: [Dressed(fleet, code, product) for code in codes] for product in products}
    for each in found["opensid"]:
        each.page("/")
    with working(fleet, 2):
        rows = wear(fleet, [each for some in found.values() for each in some], version)
    for row in rows:
        assert row.state == OperationState.SUCCEEDED, (row.error_message, row.error_log_tail)
    return found


def test_pbb_shows_the_kit_s_logo_and_background_on_its_login_page(
    dressed: dict[str, list[Dressed]],
) -> None:
    for village in dressed["pbb"]:
        logo, page = str(village.value(LOGO_ROW)), village.page("/pbb/login")
        assert logo.startswith("logo-") and logo in page
        picture = village.ask("GET", f"/pbb/storage/pengaturan-aplikasi/{logo}")
        assert picture.status_code == 200 and picture.headers["content-type"] == "image/png"
        assert "pengaturan-aplikasi/login-picture-" in page


def test_a_phone_finds_names_and_pictures_at_a_public_address(
    dressed: dict[str, list[Dressed]],
) -> None:
    for village in dressed["mobile_api"]:
        answer = village.ask("GET", "/desa/merek/merek.json")
        assert answer.status_code == 200 and answer.headers["content-type"] == "application/json"
        told = answer.json()
        assert told["names"]["app_name"] == "Takalar Satu"
        assert told["api"] == f"https://{village.domain}:{village.port}/api"
        for address in (*told["images"].values(), *told["icons"].values()):
            assert village.ask("GET", address).status_code == 200


def test_one_product_tidying_up_takes_nothing_from_another(
    fleet: Fleet, dressed: dict[str, list[Dressed]], version: int
) -> None:
    site, phone = dressed["opensid"][0], dressed["mobile_api"][0]
    before = site.look()
    with working(fleet):
        (row,) = wear(fleet, [phone], None)
    assert row.state == OperationState.SUCCEEDED, row.error_message
    gone = before.keys() - site.look().keys()
    assert "desa/merek/merek.json" in gone
    assert all(
        name == "desa/merek/merek.json" or name.startswith("desa/merek/hp/") for name in gone
    )
    with working(fleet):
        wear(fleet, [phone, site], version)
    assert site.look() == before


def test_pbb_s_locked_logo_is_put_back_where_no_guard_stands(
    fleet: Fleet, dressed: dict[str, list[Dressed]]
) -> None:
    changed, spared = dressed["pbb"]
    logo, other = changed.value(LOGO_ROW), spared.value(LOGO_ROW)
    changed.run(
        f"UPDATE pengaturan_aplikasi SET value = '' WHERE `key` = 'logo_aplikasi' AND {OWN_TENANT}"
    )
    with fleet.app.app_context():
        assert [each.label for each in read_drift(changed.id).differences] == ["Logo aplikasi"]
    with working(fleet), fleet.app.app_context():
        ids = drift_round(20)
        assert len(ids) == 1
        fleet.wait_finished(ids)
    assert (changed.value(LOGO_ROW), spared.value(LOGO_ROW)) == (logo, other)


def test_in_a_combined_database_only_the_village_s_own_rows_change(
    fleet: Fleet, combined: list[Dressed], version: int
) -> None:
    first, second = combined
    for each in combined:
        each.page("/")
    sql = "SELECT value FROM setting_aplikasi WHERE `key` = 'website_title' AND config_id = %s"
    with fleet.app.app_context():
        ids = {
            row.scope_code: str(row.config_id)
            for row in db.session.scalars(
                select(Instance).where(Instance.scope_code.in_([first.code, second.code]))
            )
        }
    with working(fleet):
        (row,) = wear(fleet, [first], version)
    assert row.state == OperationState.SUCCEEDED, (row.error_message, row.error_log_tail)
    assert first.value(sql, ids[first.code]) == "Portal Takalar"
    assert second.value(sql, ids[second.code]) == "Website Resmi"
    assert "Portal Takalar" in first.page("/") and "Portal Takalar" not in second.page("/")
    told = json.loads(first.file("config/merek.json").read_text())
    assert told["tokens"]["--sp-primary"]
    assert not second.file("config/merek.json").exists()
