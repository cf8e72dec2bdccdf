"""OpenSID and the mobile API of villages, from a list: wired to their own village and no other."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.fleet import Fleet
from tests.system.mobile_api_villages import (
    SAMPLES,
    SOURCE,
    ApiVillage,
    add_api,
    install_both,
    real_tree,
)

pytestmark = [
    pytest.mark.system,
    pytest.mark.timeout(900),
    # install_queue: an operation made before the next village's look-up flushes; added right after
]

OLDER, NEWER = SAMPLES / "v2605.0.0", SAMPLES / "v2606.0.0"
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010804000000b51c0c02"
    "0000000b4944415478da6364f80f00010501012718e3660000000049454e44ae426082"
)
CONNECT = (
    "$e = parse_ini_string(file_get_contents('/var/www/app/.env'), false, INI_SCANNER_RAW);"
    "$m = new mysqli('localhost', $e['DB_USERNAME'], $e['DB_PASSWORD']);"
)
DISK_WRITE = (
    "chdir('/var/www/app'); require 'vendor/autoload.php'; $app = require 'bootstrap/app.php';"
    "$app->make(Illuminate\\Contracts\\Console\\Kernel::class)->bootstrap();"
    "$disk = Illuminate\\Support\\Facades\\Storage::disk('ftp');"
    "$put = $disk->put('desa/upload/galeri/dari-api.png', base64_decode('%s'));"
    "echo json_encode([$put, $disk->url('desa/upload/galeri/dari-api.png'),"
    " $disk->exists('desa/config/database.php'), App\\Models\\SettingAplikasi::count()]);"
)


@pytest.fixture(scope="module")
def releases(fleet: Fleet, release: int, tmp_path_factory: pytest.TempPathFactory) -> list[int]:
    """OpenSID and the mobile API: the real ones where they are named, else our samples."""
    tree = real_tree(tmp_path_factory.mktemp("api")) if SOURCE else NEWER
    return [release, add_api(fleet, tree)]


@pytest.fixture(scope="module")
def workers(fleet: Fleet, releases: list[int]) -> Iterator[None]:
    fleet.start_worker()
    fleet.start_worker()
    yield
    fleet.stop_workers()


@pytest.fixture(scope="module")
def separate(fleet: Fleet, releases: list[int], workers: None) -> list[ApiVillage]:
    """Two villages, each with a database of its own."""
    return install_both(fleet, tuple(reversed(releases)), 60, 2)


@pytest.fixture(scope="module")
def combined(fleet: Fleet, releases: list[int], workers: None) -> list[ApiVillage]:
    """Two villages in one combined database."""
    return install_both(fleet, tuple(releases), 62, 2, "Gabungan API")


@pytest.fixture(params=["separate", "combined"])
def villages(request: pytest.FixtureRequest) -> list[ApiVillage]:
    return list(request.getfixturevalue(request.param))


def test_each_api_answers_with_its_version_and_its_own_village(villages: list[ApiVillage]) -> None:
    for village in villages:
        version = village.proof["start"]["health"]["version"]
        assert village.json("/api/") == {"version": f"v{version}"}
        told = village.json("/api/healthcheck")
        assert (told["kodeDesa"], told["appkey"]) == (village.code, True)


def test_the_application_itself_has_said_whose_it_is_before_it_was_shown(
    villages: list[ApiVillage],
) -> None:
    for village in villages:
        (answer,) = village.proof["prepare"]["answers"]
        assert (answer["ok"], answer["village_code"]) == (True, village.code)
        health = village.proof["start"]["health"]
        assert (health["village_code"], health["village_name"]) == (village.code, village.name)


def test_it_runs_as_opensids_user_and_sees_its_own_villages_folder_only(
    villages: list[ApiVillage],
) -> None:
    for village in villages:
        code, out = village.php(
            "echo json_encode([fileowner('/proc/self'),"
            " scandir('/var/www/opensid/desa/config'),"
            " file_get_contents('/var/www/opensid/desa/app_key'),"
            " @file_put_contents('/var/www/opensid/desa/app_key', 'x')]);"
        )
        assert code == 0, out
        uid, config, key, written = json.loads(out)
        own = (village.desa.parent / "app_key").read_text()
        assert (uid, config, key, written) == (village.opensid_uid, [".", ".."], own, False)
        mounts = village.fleet.tools.engine.client.api.inspect_container(village.container)
        sources = {mount["Source"] for mount in mounts["Mounts"]}
        others = [one for one in villages if one.code != village.code]
        assert not [one for one in sources if any(other.code in one for other in others)]
        assert not [one for one in sources if one.endswith("/config")]
    assert len({village.opensid_uid for village in villages}) == len(villages)


def test_its_account_reaches_one_database_and_changes_no_table(separate: list[ApiVillage]) -> None:
    for village, other in (separate, separate[::-1]):
        code, out = village.php(
            CONNECT + "echo json_encode(array_column($m->query('SHOW DATABASES')->fetch_all(), 0));"
        )
        assert code == 0 and set(json.loads(out)) == {"information_schema", village.database}
        for statement in (
            f"SELECT * FROM {other.database}.config",
            f"CREATE TABLE {village.database}.uji (id INT)",
            f"ALTER TABLE {village.database}.config ADD uji INT",
            f"DROP TABLE {village.database}.config",
        ):
            code, out = village.php(CONNECT + f"$m->query('{statement}');")
            assert code != 0 and "denied" in out, statement


def test_an_upload_is_opensids_own_file_and_its_site_shows_it(villages: list[ApiVillage]) -> None:
    for village in villages:
        url = upload(village)
        file = village.desa / "upload/galeri/dari-api.png"
        status = file.stat()
        assert (status.st_uid, status.st_mode & 0o777) == (village.opensid_uid, 0o644)
        assert file.read_bytes() == PIXEL
        path = url.split(village.domain, 1)[1]
        path = path[path.index("/") :]
        shown = village.get(path)
        assert (shown.status, shown.headers["content-type"]) == (200, "image/png")
        file.unlink()
        others = [one for one in villages if one.code != village.code]
        assert all(one.get(path).status == 404 for one in others)


def upload(village: ApiVillage) -> str:
    """The address that a picture got, sent through the API's disk."""
    if not SOURCE:
        token = hmac.new(village.secret("jwt_secret").reveal().encode(), b"unggah", hashlib.sha256)
        path = "/api/api/v1/unggah?nama=dari-api.png"
        assert village.ask("POST", path, PIXEL, "bukan").status == 401
        answer = village.ask("POST", path, PIXEL, token.hexdigest())
        assert answer.status == 201, answer.text
        return str(json.loads(answer.text)["url"])
    # The real one asks for a licence before an upload; its own disk is the same code.
    code, out = village.php(DISK_WRITE % base64.b64encode(PIXEL).decode())
    assert code == 0, out
    put, url, sees_password, settings = json.loads(out)
    assert (put, sees_password) == (True, False)
    assert settings == own_settings(village) > 100
    return str(url)


def own_settings(village: ApiVillage) -> int:
    with village.fleet.tools.databases._cursor(village.database) as cursor:
        cursor.execute(
            "SELECT COUNT(*) FROM setting_aplikasi s JOIN config c ON c.id = s.config_id "
            "WHERE c.kode_desa = %s",
            (village.code,),
        )
        return int(cursor.fetchone()[0])


def test_many_first_requests_at_once_all_find_the_village(separate: list[ApiVillage]) -> None:
    """Its cache of the key lives in memory: after a start nobody has asked yet."""
    village = separate[0]
    engine = village.fleet.tools.engine
    engine.client.api.restart(village.container, timeout=5)
    engine_ready(village)
    with ThreadPoolExecutor(5) as pool:
        answers = list(pool.map(lambda _: village.ask("GET", "/api/healthcheck"), range(5)))
    assert [one.status for one in answers] == [200] * 5
    assert {json.loads(one.text)["kodeDesa"] for one in answers} == {village.code}


def engine_ready(village: ApiVillage) -> None:
    def answers() -> bool:
        return village.paths("mobile_api").current.exists()

    village.fleet.wait_for(answers, 30, "the restarted API")


def test_with_another_key_in_the_database_it_is_neither_healthy_nor_wired(
    separate: list[ApiVillage],
) -> None:
    village, other = separate
    databases = village.fleet.tools.databases
    with databases._cursor(village.database) as cursor:
        cursor.execute("SELECT app_key FROM config")
        (key,) = cursor.fetchone()
        cursor.execute("UPDATE config SET app_key = 'base64:lain'")
    try:
        sick = village.ask("GET", "/.siappakai/health")
        assert (sick.status, json.loads(sick.text)["error"]) == (503, "region_unknown")
        result = village.fleet.tools.engine.run_inside(
            village.container, ("php", "/opt/siappakai/wiring.php")
        )
        told = json.loads(result.output.splitlines()[-1])
        assert (result.exit_code, told["ok"], told["error"]) == (1, False, "region_unknown")
        assert other.ask("GET", "/.siappakai/health").status == 200
    finally:
        with databases._cursor(village.database) as cursor:
            cursor.execute("UPDATE config SET app_key = %s", (key,))
    assert village.ask("GET", "/.siappakai/health").status == 200


def test_the_control_planes_answers_stay_inside_and_nothing_of_the_release_is_given_out(
    separate: list[ApiVillage],
) -> None:
    village = separate[0]
    assert village.get("/api").status == 301
    for path in ("/.siappakai/health", "/api/.env", "/api/index.php", "/api/artisan"):
        assert village.get(path).status == 404, path
    for path in ("/api/composer.json", "/api/config/filesystems.php", "/api/v1/profil-desa"):
        assert village.get(path).status == 404, path


@pytest.mark.skipif(bool(SOURCE), reason="the sample's page of articles needs no licence")
def test_in_a_combined_database_each_api_shows_its_own_articles_only(
    combined: list[ApiVillage],
) -> None:
    for village in combined:
        add_article(village)
    for village in combined:
        titles = json.loads(village.ask("GET", "/api/api/v1/artikel").text)["data"]
        marks = [title for title in titles if title.startswith("Tanda ")]
        assert marks == [f"Tanda {village.code}"]


def add_article(village: ApiVillage) -> None:
    with village.fleet.tools.databases._cursor(village.database) as cursor:
        cursor.execute(
            "INSERT INTO artikel (config_id, judul) "
            "SELECT id, CONCAT('Tanda ', kode_desa) FROM config WHERE kode_desa = %s",
            (village.code,),
        )
