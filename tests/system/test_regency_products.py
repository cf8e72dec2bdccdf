"""OpenKab and the Satu Data API of a regency: installed in order, wired, kept from writing."""

from __future__ import annotations

import time
from collections.abc import Iterator

import bcrypt
import pymysql
import pytest

from siappakai.models import Instance, db
from siappakai.products import find_recipe
from siappakai.provision.order import order_update
from siappakai.provision.place import make_place
from tests.fleet import ROOT, Fleet, running_fleet
from tests.system.regency import (
    NAME,
    Regency,
    add_product,
    assert_succeeded,
    install_products,
    start_villages,
)

pytestmark = [pytest.mark.system, pytest.mark.timeout(600)]

SAMPLES = ROOT / "tests" / "samples"
FORBIDDEN = 1142  # MariaDB's "command denied"
OWN_PROOF_S = 6  # how long OpenKab's health repeats what it heard of Satu Data, and a little more


def sample(fleet: Fleet, product: str, version: str) -> int:
    return add_product(fleet, product, version, str(SAMPLES / product / version))


@pytest.fixture(scope="module")
def regency() -> Iterator[Regency]:
    """Three villages in a combined database, OpenKab chosen before what it needs."""
    with running_fleet("ujikabupaten") as fleet:
        release = fleet.add_release("v2410.0.0")
        satu_data = sample(fleet, "satu_data_api", "v2501.0.0")
        openkab = sample(fleet, "openkab", "v2501.0.0")
        fleet.start_worker()
        fleet.start_worker()
        villages = start_villages(fleet, release, 60)
        install_products(fleet, openkab, satu_data)
        yield Regency(fleet, villages)
        fleet.stop_workers()


def test_both_say_which_regency_they_serve_and_openkab_that_its_token_is_taken(
    regency: Regency,
) -> None:
    satu_data, openkab = regency.health("satu_data_api"), regency.health("openkab")
    assert (satu_data["regency_code"], satu_data["villages"]) == ("7305", 3)
    assert (openkab["regency_code"], openkab["satu_data"]) == ("7305", "ok")


def test_a_visitor_sees_the_regency_and_all_its_villages_through_both(regency: Regency) -> None:
    assert NAME in regency.visit("/").text and NAME in regency.visit("/login").text
    seen = regency.visit("/desa").text
    assert len(regency.names) == 3 and all(name in seen for name in regency.names)
    assert "v2501.0.0" in regency.visit("/satu-data-api/login").text


def test_only_who_shows_the_token_is_answered(regency: Regency) -> None:
    asked = "/satu-data-api/api/v1/wilayah/desa"
    assert regency.visit(asked, token="orang.lain").status_code == 401
    assert regency.visit(asked).status_code == 401
    assert len(regency.api("wilayah/desa").json()["data"]) == 3


def test_the_combined_database_can_be_read_and_not_changed(regency: Regency) -> None:
    combined = regency.combined_name()
    assert regency.rows("satu_data_api", f"SELECT COUNT(*) FROM {combined}.config") == [(3,)]
    for sql in (
        f"UPDATE {combined}.config SET nama_desa = 'Diubah'",
        f"DELETE FROM {combined}.config",
        f"DROP TABLE {combined}.config",
        f"SELECT * FROM {combined}.user",
        "SELECT * FROM openkab_7305.users",
        "SELECT * FROM mysql.user",
    ):
        with pytest.raises(pymysql.err.OperationalError) as refused:
            regency.rows("satu_data_api", sql)
        assert refused.value.args[0] == FORBIDDEN
    answer = regency.api("penduduk/store", "POST")
    assert answer.status_code == 500 and "denied" in answer.json()["message"]
    assert all(name in regency.visit("/desa").text for name in regency.names)


def test_openkab_cannot_look_into_the_combined_database_at_all(regency: Regency) -> None:
    with pytest.raises(pymysql.err.OperationalError) as refused:
        regency.rows("openkab", f"SELECT COUNT(*) FROM {regency.combined_name()}.config")
    assert refused.value.args[0] == FORBIDDEN


def test_no_shipped_password_opens_an_account_and_ours_opens_one(regency: Regency) -> None:
    shipped = {"openkab": b"contoh", "satu_data_api": b"Contoh100%"}
    for product, public in shipped.items():
        own = regency.secret(product, "admin_password").encode()
        hashes = [row[0].encode() for row in regency.rows(product, "SELECT password FROM users")]
        assert len(hashes) == {"openkab": 4, "satu_data_api": 2}[product]
        assert not [one for one in hashes if bcrypt.checkpw(public, one)]
        assert len([one for one in hashes if bcrypt.checkpw(own, one)]) == 1


def test_identity_a_second_time_changes_neither_token_nor_accounts(regency: Regency) -> None:
    counted = (
        "SELECT (SELECT COUNT(*) FROM users), (SELECT COUNT(*) FROM personal_access_tokens), "
        "(SELECT COUNT(*) FROM model_has_roles)"
    )
    before = regency.rows("satu_data_api", counted)
    for product in ("satu_data_api", "openkab"):
        with regency.fleet.app.app_context():
            instance = db.session.get_one(Instance, regency.instance_id(product))
            recipe = find_recipe(product)
            place = make_place(instance, recipe)
        regency.fleet.tools.databases.run(place.database.name, recipe.identity(place))
    assert regency.rows("satu_data_api", counted) == before
    assert regency.api("wilayah/desa").status_code == 200


def test_openkab_says_so_when_its_token_is_no_longer_taken(regency: Regency) -> None:
    key = "database_gabungan_api_key"
    right = regency.rows("openkab", "SELECT value FROM settings WHERE `key` = %s", key)[0][0]
    change = "UPDATE settings SET value = %s WHERE `key` = %s"
    try:
        regency.rows("openkab", change, "token.yang.salah", key)
        said = regency.health("openkab")
        assert (said["ok"], said["satu_data"]) == (True, "menjawab HTTP 401")
        with regency.fleet.app.app_context():
            instance = db.session.get_one(Instance, regency.instance_id("openkab"))
            recipe, release = find_recipe("openkab"), instance.recorded_release
            facts = recipe.read_release(SAMPLES / "openkab" / f"v{release.version}")
            place = make_place(instance, recipe)
        assert "tidak melayani OpenKab: menjawab HTTP 401" in recipe.wrong_health(
            said, place, facts
        )
    finally:
        regency.rows("openkab", change, right, key)
    time.sleep(OWN_PROOF_S)
    assert regency.health("openkab")["satu_data"] == "ok"


def test_an_update_of_openkab_keeps_regency_and_wiring(regency: Regency) -> None:
    newer = sample(regency.fleet, "openkab", "v2502.0.0")
    with regency.fleet.app.app_context():
        operation_id = order_update(regency.instance_id("openkab"), newer, by="uji")
    regency.fleet.wait_finished([operation_id])
    assert_succeeded(regency.fleet, [operation_id])
    said = regency.health("openkab")
    assert (said["version"], said["satu_data"]) == ("2502.0.0", "ok")
    assert regency.rows("openkab", "SELECT kode_kabupaten, kepala FROM identitas") == [
        ("73.05", "")
    ]
    assert "v2502.0.0" in regency.visit("/").text
