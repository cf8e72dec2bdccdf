"""What the mobile API's recipe says of releases, villages and answers."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from siappakai.errors import InvalidInput
from siappakai.models.release import Edition
from siappakai.products import RECIPES, in_order_of_needs
from siappakai.products.contract import Place, RegionFacts, ReleaseFacts
from siappakai.products.mobile_api import OPENSID, MobileApi
from siappakai.products.opensid import OpenSid
from siappakai.secret import Secret
from tests.unit.products.places import SIMPASAI, TAMASAJU, place_of

ROOT = Path(__file__).resolve().parents[3]
GOLDEN = Path(__file__).parent / "golden"
SAMPLES = ROOT / "tests" / "samples" / "mobile_api"
IMAGE = ROOT / "images" / "mobile_api"
RECIPE = MobileApi()
FACTS = ReleaseFacts("2606.0.0", "", Edition.GENERAL, ("8.2",))
HELPERS = """<?php
if (!function_exists('opensid_api_version')) {
    /** @return string */
    function opensid_api_version()
    {
        return %s;
    }
}
"""
HEALTHY = {
    "ok": True,
    "product": "mobile_api",
    "village_code": TAMASAJU.code,
    "version": "2606.0.0",
    "schema_version": "",
    "migrated": True,
}


def place(region: RegionFacts, token: str = "") -> Place:
    plain = place_of(region, "api", token)
    secrets = {name: plain.secrets[name] for name in ("app_key", "database_password")}
    secrets["jwt_secret"] = Secret(f"jwt-{region.code}")
    database = replace(plain.database, name=f"sid_{region.code}")
    return replace(plain, secrets=secrets, database=database)


def tree(folder: Path, version: str | None, disks: str | None = "'ftp' => []") -> Path:
    """A source tree as the mobile API's, as far as the recipe looks."""
    for name in ("app/Helpers", "config"):
        (folder / name).mkdir(parents=True)
    (folder / "artisan").touch()
    (folder / "composer.json").write_text('{"require": {"php": "^8.1"}}')
    if version is not None:
        (folder / "app/Helpers/helpers.php").write_text(HELPERS % version)
    if disks is not None:
        (folder / "config/filesystems.php").write_text(f"<?php return ['disks' => [{disks}]];")
    return folder


@pytest.mark.parametrize(
    ("told", "version", "php"),
    [
        ('"v2504.0.0"', "2504.0.0", "8.2"),
        ("'v2606.0.0'", "2606.0.0", "8.2"),
        ('"v2606.12.3"', "2606.12.3", "8.2"),
        ('"v2607.0.0"', "2607.0.0", "8.4"),
        ('"2701.0.0"', "2701.0.0", "8.4"),
    ],
)
def test_version_and_php_are_those_of_its_own_helper(
    tmp_path: Path, told: str, version: str, php: str
) -> None:
    facts = RECIPE.read_release(tree(tmp_path, told))
    assert facts == ReleaseFacts(version, "", Edition.GENERAL, (php,))


@pytest.mark.parametrize(
    ("told", "disks", "reason"),
    [
        (None, "'ftp' => []", "helpers.php tidak ada"),
        ('"terbaru"', "'ftp' => []", "nomor versi tidak terbaca"),
        ('"v2606"', "'ftp' => []", "nomor versi tidak terbaca"),
        ('"v2606.0.0"', "'s3' => []", "disk ftp tidak ada"),
        ('"v2606.0.0"', None, "filesystems.php tidak ada"),
    ],
)
def test_a_tree_that_is_no_release_of_it_is_refused_with_the_reason(
    tmp_path: Path, told: str | None, disks: str | None, reason: str
) -> None:
    with pytest.raises(InvalidInput, match="bukan rilis API Mobile") as refused:
        RECIPE.read_release(tree(tmp_path, told, disks))
    assert reason in refused.value.message


def test_our_samples_are_releases_of_the_sample_edition() -> None:
    seen = {one.name: RECIPE.read_release(one) for one in SAMPLES.iterdir() if one.is_dir()}
    assert {f"v{facts.version}" for facts in seen.values()} == set(seen)
    assert len(seen) == 2 and {facts.edition for facts in seen.values()} == {Edition.SAMPLE}


@pytest.mark.parametrize("region", [TAMASAJU, SIMPASAI], ids=lambda region: region.code)
def test_the_env_of_each_village_is_as_agreed(region: RegionFacts) -> None:
    (file,) = RECIPE.files(place(region, token="kepala.isi.tanda"))
    assert (file.path, file.mode) == ("env", 0o400)
    assert file.content.reveal() == (GOLDEN / f"mobile_api-{region.code}.env").read_text()


def test_no_secret_of_the_shipped_example_and_nobody_elses_is_in_an_env() -> None:
    texts = [RECIPE.files(place(one))[0].content.reveal() for one in (TAMASAJU, SIMPASAI)]
    for text in texts:
        assert 'LOG_SLACK_WEBHOOK_URL=""' in text and "hooks.slack.com" not in text
        assert 'TOKEN_PREMIUM=""' in text
        assert not re.search(r"^FTP_(HOST|USERNAME|PASSWORD|PORT|ROOT)=", text, re.MULTILINE)
        names = re.findall(r"^(\w+)=", text, re.MULTILINE)
        assert len(names) == len(set(names))
    assert SIMPASAI.code not in texts[0] and TAMASAJU.code not in texts[1]


def test_links_and_sign_ins_lead_to_the_villages_own_site() -> None:
    text = RECIPE.files(place(SIMPASAI))[0].content.reveal()
    assert 'FTP_URL="https://simpasai.desa.id:8543"' in text
    assert 'APP_URL="https://simpasai.desa.id:8543/api"' in text
    assert RECIPE.calls_own_domain


def test_made_secrets_are_never_the_same_and_long_enough_to_sign_with() -> None:
    makers = RECIPE.secret_makers()
    assert set(makers) == {"app_key", "database_password", "jwt_secret"}
    for make in makers.values():
        assert make() != make()
    assert len(makers["jwt_secret"]().reveal()) >= 32


def test_it_lives_on_opensids_files_and_rows_with_the_least_rights() -> None:
    database = RECIPE.database
    assert (database.shared_with, RECIPE.runs_as, RECIPE.needs) == ("opensid",) * 2 + (
        ("opensid",),
    )
    assert set(database.rights) == {"SELECT", "INSERT", "UPDATE", "DELETE"}
    assert RECIPE.identity(place(TAMASAJU)) == RECIPE.token_statements(place(TAMASAJU)) == ()
    assert RECIPE.adopt(place(TAMASAJU)) == RECIPE.join_commands() == ()


def test_of_opensids_folders_only_desa_is_mounted_and_its_key_cannot_be_changed() -> None:
    theirs = [mount for mount in RECIPE.mounts() if mount.of_product]
    assert [(one.source, one.target, one.read_only) for one in theirs] == [
        ("desa", f"{OPENSID}/desa", False),
        ("app_key", f"{OPENSID}/desa/app_key", True),
    ]
    secret = [one for one in OpenSid().mounts() if one.source == "config"]
    assert [one.target.endswith("/desa/config") for one in secret] == [True]


def test_it_is_installed_after_opensid_in_whatever_order_it_was_chosen() -> None:
    class Chosen:
        def __init__(self, product: str) -> None:
            self.product = product

    for names in (["opensid", "mobile_api"], ["mobile_api", "opensid"]):
        ordered = in_order_of_needs([Chosen(name) for name in names])  # type: ignore[misc]
        assert [one.product for one in ordered] == ["opensid", "mobile_api"]
    assert isinstance(RECIPES["mobile_api"], MobileApi)


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({}, ""),
        ({"village_code": SIMPASAI.code}, "village_code"),
        ({"village_code": ""}, "village_code"),
        ({"version": "2504.0.0"}, "version"),
        ({"product": "pbb"}, "product"),
        ({"ok": False, "error": "region_unknown"}, "region_unknown"),
        ({"ok": False, "error": "app_key_missing"}, "app_key_missing"),
    ],
)
def test_only_the_right_village_and_release_are_healthy(
    changed: dict[str, object], why: str
) -> None:
    told = RECIPE.wrong_health({**HEALTHY, **changed}, place(TAMASAJU), FACTS)
    assert (why in told) if why else told == ""


def test_no_proof_waits_for_the_licence_server() -> None:
    (probe,) = RECIPE.page_probes(place(TAMASAJU), FACTS)
    assert (probe.path, probe.status) == ("/api/", 200)
    assert probe.must_contain == ('"version":"v2606.0.0"',)
    assert RECIPE.outside_hosts(place(TAMASAJU)) == ("layanan.opendesa.id:443",)


def test_every_command_the_recipe_names_is_in_its_image() -> None:
    for command in (RECIPE.trial_command(), *RECIPE.prepare_commands()):
        program, script = command
        assert program == "php" and (IMAGE / "siappakai" / Path(script).name).is_file()
    dockerfile = (IMAGE / "Dockerfile").read_text()
    assert f"settle.sh {RECIPE.web_path}\n" in dockerfile
    assert f"mkdir -p {OPENSID}/desa" in dockerfile


def test_recipe_and_image_read_the_same_version_from_the_same_line() -> None:
    source = (IMAGE / "siappakai/product.php").read_text()
    pattern = re.search(r"\$pattern = '/(.+)/';", source)
    assert pattern is not None
    ours = pattern[1].replace(r"[\"\']", "[\"']").replace(r"\'", "'")
    for told, version in (('"v2606.0.0"', "2606.0.0"), ("'2701.1.2'", "2701.1.2")):
        found = re.search(ours, HELPERS % told)
        assert found is not None and found[1] == version


def test_no_secret_shows_in_what_a_container_is_told() -> None:
    here = place(TAMASAJU, token="kepala.isi.tanda")
    told = repr((RECIPE.environment(here), RECIPE.mounts(), RECIPE.tmpfs(1), RECIPE.files(here)))
    for secret in (*here.secrets.values(), Secret("kepala.isi.tanda")):
        assert secret.reveal() not in told
