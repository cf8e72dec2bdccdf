"""What only the real PBB can show: its own pages, its own migrations, its own broken seeder."""

from __future__ import annotations

import base64
import json
import os
import re
import subprocess
from collections.abc import Iterator

import pytest

from siappakai.products.laravel import env_value
from siappakai.provision.patches import apply_patches, load_patches
from tests.fleet import ROOT, Fleet
from tests.system.lone_instance import LoneInstance, lone_instances
from tests.system.pbb_villages import (
    RECIPE,
    REGIONS,
    Images,
    addresses,
    log_in,
    settings_of,
    start_all,
)

FIRST, SECOND = "v2603.0.0", "v2607.0.0"
AWKWARD = [
    "",
    " ",
    "# bukan komentar",
    "${APP_NAME}",
    "\\$A\\\\",
    'a"b',
    "a'b",
    '"',
    "\\",
    "“Ñ” 村",
]
SOURCE = os.environ.get("SIAPPAKAI_SUMBER_PBB", "")  # a git directory, vendor/ in its tags

pytestmark = [
    pytest.mark.system,
    pytest.mark.timeout(600),
    pytest.mark.real_source("PBB"),
]


@pytest.fixture(scope="module")
def images(fleet: Fleet, tmp_path_factory: pytest.TempPathFactory) -> Images:
    """The real releases out of a git directory whose tags hold vendor/, with our patches."""
    trees = tmp_path_factory.mktemp("pbb")
    for tag in (FIRST, SECOND):
        line = ["git", f"--git-dir={SOURCE}", "archive", tag]
        packed = subprocess.run(line, check=True, capture_output=True).stdout
        (trees / tag).mkdir()
        subprocess.run(["tar", "-x"], cwd=trees / tag, input=packed, check=True)
        apply_patches(trees / tag, load_patches(ROOT / "images" / "pbb" / "patches" / tag))
    return Images(fleet, trees)


@pytest.fixture
def villages(
    request: pytest.FixtureRequest, fleet: Fleet, images: Images
) -> Iterator[list[LoneInstance]]:
    """Two installed and serving villages of the release that the test names."""
    with lone_instances(fleet, RECIPE, REGIONS, images.of(request.param)) as made:
        start_all(made)
        yield made


@pytest.mark.parametrize("villages", [FIRST, SECOND], indirect=True, ids=str)
def test_two_fresh_villages_log_in_and_every_address_stays_below_the_path(
    villages: list[LoneInstance], request: pytest.FixtureRequest, images: Images
) -> None:
    release = request.node.callspec.params["villages"]
    for village in villages:
        assert images.wrong(village, release) == ""
        login = village.get("/pbb/login").text
        assert f"Aplikasi PBB {release}" in login
        own = f"https://{village.place.region.domain}/pbb"
        for page in (login, log_in(village), village.get("/pbb/pengguna").text):
            outside = [one for one in addresses(page) if not one.startswith(own)]
            assert outside == [] and len(addresses(page)) > 8
        assets = re.findall(rf"{own}(/[^\"'? ]+\.(?:css|js|png))", login)
        broken = {one: village.get("/pbb" + one).status for one in assets}
        assert len(broken) > 5 and set(broken.values()) == {200}, broken
        assert village.get("/pbb/vendors/moment/moment.js").status == 200
        told = settings_of(village)
        assert "Purbalingga" not in told and "Padamara" not in told and "Bojanegara" not in told


@pytest.mark.parametrize("villages", [FIRST], indirect=True, ids=str)
def test_an_upgrade_keeps_the_session_and_the_way_back_needs_no_other_database(
    villages: list[LoneInstance], images: Images
) -> None:
    struck, spared = villages
    log_in(struck)
    struck.stop()
    struck.image = images.of(SECOND)
    code, answer = struck.upgrade()
    assert (code, answer["version"], len(answer["migrated_now"])) == (0, SECOND[1:], 1)
    struck.serve()
    assert images.wrong(struck, SECOND) == ""
    assert SECOND in struck.get("/pbb/").text
    struck.stop()
    struck.image = images.of(FIRST)
    struck.serve()
    assert images.wrong(struck, FIRST) == "" and FIRST in struck.get("/pbb/").text
    assert images.wrong(spared, FIRST) == ""


@pytest.mark.parametrize("villages", [SECOND], indirect=True, ids=str)
def test_phpdotenv_reads_awkward_values_as_they_were_written(villages: list[LoneInstance]) -> None:
    wanted = {f"N{number}": value for number, value in enumerate(AWKWARD)}
    text = "".join(f"{name}={env_value(value)}\n" for name, value in wanted.items())
    packed = base64.b64encode(text.encode()).decode()
    parse = (
        "require '/var/www/app/vendor/autoload.php';"
        f" echo json_encode(Dotenv\\Dotenv::parse(base64_decode('{packed}')));"
    )
    for village in villages:
        code, out = village.exec("php", "-r", parse)
        assert code == 0 and json.loads(out) == wanted
        assert village.exec(*RECIPE.forget_commands()[0])[0] == 0


@pytest.mark.parametrize("villages", [SECOND], indirect=True, ids=str)
def test_without_a_licence_it_is_healthy_and_says_so_apart(villages: list[LoneInstance]) -> None:
    for village in villages:
        assert village.health()["ok"]
        assert "tidak dapat diperiksa" in village.get(RECIPE.licence_path).text
        log_in(village)
        own_word = village.get("/pbb/healthcheck")
        assert '"database":true' in own_word.text and '"production":true' in own_word.text
        assert own_word.status == 500  # its answer counts the licence as health; ours does not
