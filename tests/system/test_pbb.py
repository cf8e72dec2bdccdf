"""PBB's recipe and image, carried out on real Docker and MariaDB; our sample stands in for PBB."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import replace

import pytest

from siappakai.products.contract import LicenceState
from siappakai.secret import Secret
from tests.fleet import ROOT, Fleet
from tests.system.lone_instance import LoneInstance, lone_instances
from tests.system.pbb_villages import (
    RECIPE,
    REGIONS,
    Images,
    addresses,
    log_in,
    region,
    settings_of,
    start_all,
)

pytestmark = [pytest.mark.system, pytest.mark.timeout(400)]

SAMPLES = ROOT / "tests" / "samples" / "laravel"
FIRST, SECOND, BROKEN = "v1.0.0", "v1.1.0", "v1.2.0-rusak"
OTHERS = [region(3, "Kanaeng"), region(4, "Parambambe")]
LICENCE_SERVER = "http://127.0.0.1:9700"
CLI = ("php", "/opt/siappakai/cli.php")


@pytest.fixture(scope="module")
def images(fleet: Fleet) -> Images:
    return Images(fleet, SAMPLES)


@pytest.fixture
def empty(fleet: Fleet, images: Images) -> Iterator[list[LoneInstance]]:
    """Two villages with an image, folders and an empty database each."""
    with lone_instances(fleet, RECIPE, REGIONS, images.of(FIRST)) as made:
        yield made


@pytest.fixture(scope="module")
def serving(fleet: Fleet, images: Images) -> Iterator[list[LoneInstance]]:
    """Two villages that serve, for tests that only look; their licence server is yet to come."""
    with lone_instances(fleet, RECIPE, OTHERS, images.of(FIRST), LICENCE_SERVER) as made:
        start_all(made)
        yield made


def test_each_village_proves_its_own_code_and_release_and_no_other(
    serving: list[LoneInstance], images: Images
) -> None:
    facts = RECIPE.read_release(SAMPLES / FIRST)
    for village, other in (serving, serving[::-1]):
        answer = village.health()
        assert images.wrong(village, FIRST) == ""
        assert answer["village_name"] == village.place.region.name
        assert "village_code" in RECIPE.wrong_health(answer, other.place, facts)
        login = village.get("/pbb/login")
        for probe in RECIPE.page_probes(village.place, facts):
            assert village.get(probe.path).status == probe.status
            assert all(text in login.text for text in probe.must_contain)


def test_a_second_installation_and_identity_change_nothing(serving: list[LoneInstance]) -> None:
    for village in serving:
        before = settings_of(village)
        code, answer = village.install()
        assert (code, answer["skipped"]) == (0, "database not empty")
        village.write_identity()
        assert settings_of(village) == before
        assert village.query("SELECT COUNT(*) FROM users") == 1


def test_the_seeded_region_and_account_are_the_villages_own(serving: list[LoneInstance]) -> None:
    for number, village in enumerate(serving, start=3):
        told = settings_of(village)
        assert f"layanan_kode_desa=73.05.05.200{number}" in told
        assert f"layanan_opendesa_token=contoh.token.{village.place.region.code}" in told
        assert "Contoh" not in told and "Galesong" in told and "nama_kabupaten=Takalar" in told
        assert f"opensid_url=https://{village.place.region.domain}/api" in told
        assert village.query("SELECT email FROM users").endswith(village.place.region.domain)


def test_only_the_made_password_opens_the_door_and_the_session_outlives_the_container(
    empty: list[LoneInstance], images: Images
) -> None:
    start_all(empty)
    first, second = empty
    refused = second.log_in("admin")
    assert refused.status == 302 and refused.headers["location"].endswith("/pbb/login")
    page = log_in(first)
    assert first.place.region.name in page
    assert all(
        one.startswith(f"https://{first.place.region.domain}/pbb/") for one in addresses(page)
    )
    first.stop()
    first.image = images.of(SECOND)
    assert first.upgrade()[0] == 0
    first.serve()
    assert "Masuk sebagai Administrator" in first.get("/pbb/").text


def test_it_lives_below_its_path_only_and_gives_out_no_file_that_is_not_public(
    serving: list[LoneInstance],
) -> None:
    village = serving[0]
    uploads = "/var/www/app/storage/app/public"
    write = f"mkdir('{uploads}'); foreach (['a.php', 'a.png', 'a.svg', 'a.html'] as $f) "
    write += f"file_put_contents('{uploads}/' . $f, '<?php echo 6*7;');"
    code, out = village.exec("php", "-r", write)
    assert code == 0, out
    wanted = {
        "/pbb": 301,
        "/pbb/": 302,
        "/pbb/login": 200,
        "/pbb/assets/contoh.css": 200,
        "/pbb/storage/a.png": 200,
        "/pbb/storage/a.svg": 200,
        "/pbb/storage/a.html": 404,
        "/pbb/storage/a.php": 404,
        "/pbb/storage/": 404,
        "/pbb/index.php": 404,
        "/pbb/.env": 404,
        "/pbb/%2e%2e/.env": 404,
        "/pbb/composer.json": 404,
        "/pbb/vendor/autoload.php": 404,
        "/": 404,
        "/login": 404,
        "/.siappakai/lain": 404,
    }
    seen = {path: village.get(path) for path in wanted}
    assert {path: answer.status for path, answer in seen.items()} == wanted
    assert "sandbox" in seen["/pbb/storage/a.svg"].headers["content-security-policy"]
    assert not any(answer.text.strip() == "42" for answer in seen.values())
    assert seen["/pbb"].headers["location"] == "/pbb/"


def test_nothing_but_its_own_folders_can_be_written_and_no_network_is_there(
    serving: list[LoneInstance],
) -> None:
    village, other = serving
    attempts = (
        "exec 2>&1; touch /var/www/app/x /var/www/app/.env /var/www/app/public/x /opt/siappakai/x;"
        "cat /proc/net/route; id -u"
    )
    _, out = village.exec("sh", "-c", attempts)
    assert out.count("Read-only file system") == 3 and "Permission denied" in out
    assert out.strip().splitlines()[-2:][0].startswith("Iface")  # no route at all
    facts = village.tools.engine.client.api.inspect_container(village.serving)
    assert facts["HostConfig"]["NetworkMode"] == "none" and facts["HostConfig"]["ReadonlyRootfs"]
    for secret in village.place.secrets.values():
        assert secret.reveal() not in str(facts)
    reach = f"new mysqli('localhost', '{village.place.database.user}', trim(file_get_contents("
    reach += f"'php://stdin')), '{other.place.database.name}');"
    assert village.exec("php", "-r", reach)[0] != 0


def test_a_seeder_that_stops_half_way_is_mended(fleet: Fleet, images: Images) -> None:
    with lone_instances(fleet, RECIPE, REGIONS, images.of(SECOND)) as villages:
        for village in villages:
            code, answer = village.install()
            assert (code, answer["state"], len(answer["settings_added"])) == (0, "ready", 17)
            assert "bukan tanggal" in answer["seeder_stopped"]
            village.write_identity()
            village.serve()
            assert images.wrong(village, SECOND) == ""
            assert village.place.region.name in log_in(village)


def test_an_upgrade_is_asked_for_migrates_once_and_a_broken_one_says_why(
    empty: list[LoneInstance], images: Images
) -> None:
    start_all(empty)
    struck, spared = empty
    struck.stop()
    struck.image = images.of(SECOND)
    assert struck.serve()["error"] == "not_migrated"
    assert images.wrong(struck, SECOND)
    struck.stop()
    code, answer = struck.upgrade()
    assert (code, len(answer["migrated_now"]), answer["migrated"]) == (0, 2, True)
    assert struck.upgrade()[1]["skipped"] == "nothing pending"
    struck.serve()
    assert images.wrong(struck, SECOND) == ""
    struck.stop()
    struck.image = images.of(BROKEN)
    code, answer = struck.upgrade()
    assert (code, answer["error"]) == (1, "artisan_failed")
    assert "memang dibuat gagal" in answer["detail"]
    assert images.wrong(spared, FIRST) == ""
    assert spared.run(*CLI, "status")[1]["state"] == "ready"


def test_health_names_what_is_missing(empty: list[LoneInstance]) -> None:
    for village in empty:
        assert village.serve()["error"] == "database_empty"
        assert village.get("/.siappakai/health").status == 503
        code, answer = village.run(*CLI, "status")
        assert (code, answer["state"]) == (1, "empty")
        assert village.run(*CLI, "hapus-semua")[1]["error"] == ("command_unknown")
        village.stop()
        assert village.install()[0] == 0
        stranger = replace(village.place, region=region(9, "Parangmata"))
        village.tools.databases.run(village.place.database.name, RECIPE.adopt(stranger))
        assert village.serve()["error"] == "region_unknown"


def test_the_licence_is_what_its_server_says_and_never_health(
    serving: list[LoneInstance],
) -> None:
    for village in serving:
        assert licence_of(village) == LicenceState.UNKNOWN  # nobody listens yet
        start_stand_in_for_the_licence_server(village)
        for status, state in (
            (200, LicenceState.VALID),
            (401, LicenceState.INVALID),
            (503, LicenceState.UNKNOWN),
            (302, LicenceState.UNKNOWN),
        ):
            assert village.exec("php", "-r", f"file_put_contents('/tmp/status', {status});")[0] == 0
            assert licence_of(village) == state
            assert village.health()["ok"]


def licence_of(village: LoneInstance) -> LicenceState:
    answer = village.get(RECIPE.licence_path)
    assert answer.status == 200 and village.place.premium_token is not None
    assert village.place.premium_token.reveal() not in answer.text
    return RECIPE.licence_state(json.loads(answer.text))


def start_stand_in_for_the_licence_server(village: LoneInstance) -> None:
    """Inside the container's own loopback; has an answer for this village's code and token only."""
    assert village.place.premium_token is not None
    asked = f"/api/v1/pelanggan/domain?kode_desa={village.place.region.dotted_code}"
    router = (
        f"<?php $right = $_SERVER['REQUEST_URI'] === '{asked}'"
        " && $_SERVER['HTTP_AUTHORIZATION'] === 'Bearer "
        f"{village.place.premium_token.reveal()}';"
        " http_response_code($right ? (int) file_get_contents('/tmp/status') : 418); echo '{}';"
    )
    packed = base64.b64encode(router.encode()).decode()
    write = f"file_put_contents('/tmp/r.php', base64_decode('{packed}'));"
    assert village.exec("php", "-r", write)[0] == 0
    container = village.tools.engine.client.containers.get(village.serving)
    container.exec_run(["php", "-S", "127.0.0.1:9700", "/tmp/r.php"], detach=True)
    wait = "for ($i = 0; $i < 100 && !@fsockopen('127.0.0.1', 9700); $i++) usleep(50000);"
    assert village.exec("php", "-r", wait)[0] == 0


def test_a_changed_token_is_read_by_the_next_container_and_the_cache_can_be_emptied(
    serving: list[LoneInstance],
) -> None:
    for village in serving:
        before = village.spec().sha256
        told = replace(village.place, premium_token=Secret("token.yang.baru"))
        renewed = replace(village, place=told)
        assert renewed.spec().sha256 != before
        (command,) = RECIPE.forget_commands()
        code, out = village.exec(*command)
        assert (code, json.loads(out)["ok"]) == (0, True)
