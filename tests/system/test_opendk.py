"""OpenDK of two districts on real Docker, MariaDB and edge; our sample stands in for OpenDK."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from siappakai.provision.order import order_return, order_update
from tests.fleet import ROOT, Fleet
from tests.system.opendk_districts import (
    RECIPE,
    OpenDkDistrict,
    add_opendk,
    finished,
    install_districts,
)

pytestmark = [pytest.mark.system, pytest.mark.timeout(600)]

SAMPLES = ROOT / "tests" / "samples" / "opendk"
OLDER, NEWER = "v2511.0.0", "v2512.0.0"
SHARED_FORM, ARCHIVE, NEW_FORM = (
    "Format_Contoh_&_Lain.xlsx",
    "penduduk_contoh_opendk.zip",
    "Format_Baru.xlsx",
)
WAYS_TO_THE_INSTALLER = (
    "/install",
    "/install/",
    "/install/database",
    "//install",
    "/%69nstall",
    "/INSTALL",
    "/index.php/install",
    "/Index.php/install/database",
    "/lain/../install",
)
CONNECT = (
    "$e = parse_ini_string(file_get_contents('/var/www/app/.env'), false, INI_SCANNER_RAW);"
    "$m = new mysqli('localhost', $e['DB_USERNAME'], $e['DB_PASSWORD']);"
)


@pytest.fixture(scope="module")
def older(fleet: Fleet) -> int:
    return add_opendk(fleet, OLDER, str(SAMPLES / OLDER))


@pytest.fixture(scope="module")
def districts(fleet: Fleet, older: int) -> Iterator[list[OpenDkDistrict]]:
    fleet.start_worker()
    yield install_districts(fleet, older, first=0)
    fleet.stop_workers()


def test_each_district_answers_with_its_own_name_and_no_others(
    districts: list[OpenDkDistrict],
) -> None:
    facts = RECIPE.read_release(SAMPLES / OLDER)
    for district, other in (districts, districts[::-1]):
        for path in ("/", "/login"):
            page = district.get(path)
            assert page.status == 200
            assert district.name.upper() in page.text and other.name.upper() not in page.text
        answer = district.health()
        told = (answer["district_code"], answer["district_name"], answer["version"])
        assert told == (district.code, district.name, facts.version)
        profile = district.query("SELECT provinsi_id, kabupaten_id, kecamatan_id FROM das_profil")
        code = district.code
        assert profile == [
            (code[:2], f"{code[:2]}.{code[2:4]}", f"{code[:2]}.{code[2:4]}.{code[4:]}")
        ]


def test_the_installer_answers_nobody_by_any_way_though_the_application_would(
    districts: list[OpenDkDistrict],
) -> None:
    for district in districts:
        for path in WAYS_TO_THE_INSTALLER:
            answer = district.ask("GET", path)
            assert (answer.status, "Pemasang" in answer.text) == (404, False), path
        code, out = district.run(
            "php",
            "-r",
            "$_SERVER['REQUEST_URI'] = '/index.php/install'; $_SERVER['REQUEST_METHOD'] = 'GET';"
            "require '/var/www/app/public/index.php';",
        )
        assert code == 0 and "Pemasang" in out
        assert district.ask("GET", "/installasi").status == 404  # the application's own answer


def test_only_the_made_password_opens_the_first_account(districts: list[OpenDkDistrict]) -> None:
    for district, other in (districts, districts[::-1]):
        for password, leads_to in (
            ("password", "/login"),
            (other.password().reveal(), "/login"),
            (district.password().reveal(), "/dashboard"),
        ):
            fields = {"email": RECIPE.first_admin, "password": password}
            answer = district.post("/login", fields)
            assert (answer.status, answer.headers["location"]) == (302, leads_to)


def test_shipped_forms_are_there_and_what_the_district_changed_stays(
    districts: list[OpenDkDistrict],
) -> None:
    for district in districts:
        assert district.get(f"/storage/template_upload/{ARCHIVE}").status == 200
        form = district.forms / SHARED_FORM
        form.write_text("diubah kecamatan")
        (district.forms / ARCHIVE).unlink()
        district.restart()
        assert form.read_text() == "diubah kecamatan"
        assert (district.forms / ARCHIVE).is_file()
        assert not list(district.forms.glob("*.siappakai"))


def test_an_upload_is_shown_but_never_run(districts: list[OpenDkDistrict]) -> None:
    district = districts[0]
    wanted = {"a.png": 200, "a.svg": 200, "a.php": 404, "a.php.html": 404, "a.zip": 404}
    seen = {}
    for name in wanted:
        assert district.ask("POST", f"/komplain?nama={name}", b"<?php echo 6*7;").status == 201
        seen[name] = district.get(f"/storage/komplain/999001/{name}")
    assert {name: answer.status for name, answer in seen.items()} == wanted
    assert not any(answer.text.strip() == "42" for answer in seen.values())
    assert "sandbox" in seen["a.svg"].headers["content-security-policy"]
    kept = district.paths.home / "app/public/komplain/999001"
    assert {file.name for file in kept.iterdir()} == set(wanted)
    assert district.get("/storage/komplain/lampiran1.jpg").status == 404  # somebody's example


def test_nothing_but_its_own_folders_can_be_written_and_no_other_database_be_read(
    districts: list[OpenDkDistrict],
) -> None:
    for district, other in (districts, districts[::-1]):
        attempts = "touch /var/www/app/themes /var/www/app/public/x /opt/siappakai/x; "
        attempts += "echo x > /var/www/app/storage/installed; cat /proc/net/route"
        _, out = district.run("sh", "-c", attempts)
        assert out.count("Read-only file system") == 4
        assert out.count("\n") < 7  # no route at all
        shows = "echo json_encode(array_column($m->query('SHOW DATABASES')->fetch_all(), 0));"
        code, out = district.run("php", "-r", CONNECT + shows)
        assert code == 0 and set(json.loads(out)) == {"information_schema", district.database}
        code, out = district.run(
            "php", "-r", CONNECT + f"$m->query('SELECT * FROM {other.database}.users');"
        )
        assert code != 0 and "denied" in out


def test_another_districts_code_in_the_profile_is_not_healthy(
    districts: list[OpenDkDistrict],
) -> None:
    district, other = districts
    (own,) = district.query("SELECT kecamatan_id FROM das_profil")
    (strange,) = other.query("SELECT kecamatan_id FROM das_profil")
    district.query("UPDATE das_profil SET kecamatan_id = %s", strange)
    try:
        assert district.health()["error"] == "region_unknown"
        assert other.health()["ok"]
    finally:
        district.query("UPDATE das_profil SET kecamatan_id = %s", own)
    assert district.health()["ok"]


def test_an_update_brings_new_forms_and_no_account_that_everybody_can_open(
    fleet: Fleet, older: int, districts: list[OpenDkDistrict]
) -> None:
    first, second = districts
    newer = add_opendk(fleet, NEWER, str(SAMPLES / NEWER))
    own_address = ("camat@kecamatan.localhost", RECIPE.first_admin)
    first.query("UPDATE users SET email = %s WHERE email = %s", own_address)
    (first.forms / SHARED_FORM).write_text("diubah kecamatan")
    with fleet.app.app_context():
        operation_id = order_update(first.instance_id, newer, by="uji")
    fleet.wait_finished([operation_id])
    steps = {step.name: step.result for step in finished(fleet, operation_id).steps}
    assert len(steps["migrate"]["accounts_closed"]) == 1
    known = {"email": RECIPE.first_admin, "password": "password"}
    assert first.post("/login", known).headers["location"] == "/login"
    own = {"email": own_address[0], "password": first.password().reveal()}
    assert first.post("/login", own).headers["location"] == "/dashboard"
    assert NEWER in first.get("/login").text and OLDER in second.get("/login").text
    assert (first.forms / NEW_FORM).is_file() and not (second.forms / NEW_FORM).exists()
    assert (first.forms / SHARED_FORM).read_text() == "diubah kecamatan"
    with fleet.app.app_context():
        back = order_return(first.instance_id, by="uji")
    fleet.wait_finished([back])
    finished(fleet, back)
    assert OLDER in first.get("/login").text and first.health()["ok"]
    assert first.query("SELECT email FROM users") == [(own_address[0],)]
