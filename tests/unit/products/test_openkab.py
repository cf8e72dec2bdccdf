"""What OpenKab's recipe says of releases, regencies and answers."""

from __future__ import annotations

import re
from pathlib import Path

import bcrypt
import pytest

from siappakai.errors import InvalidInput
from siappakai.models.release import Edition
from siappakai.products import RECIPES, in_order_of_needs
from siappakai.products.contract import ReleaseFacts
from siappakai.products.openkab import OTHER_ACCOUNTS, OpenKab
from siappakai.provision.patches import load_patches
from tests.unit.products.regencies import BIMA, TAKALAR, regency_place

ROOT = Path(__file__).resolve().parents[3]
GOLDEN = Path(__file__).parent / "golden"
SAMPLES = ROOT / "tests" / "samples" / "openkab"
IMAGE = ROOT / "images" / "openkab"
RECIPE = OpenKab()
SETTING = "2025_03_11_090417_create_setting_api_database_gabungan"
FACTS = ReleaseFacts("2509.0.0", SETTING, Edition.GENERAL, ("8.2",))
PUBLIC_PASSWORDS = ("password", "synch@89!OK", "daerah@89!OK", "kabupaten@89!OK")
HEALTHY = {
    "ok": True,
    "product": "openkab",
    "regency_code": "7305",
    "satu_data": "ok",
    "version": FACTS.version,
    "schema_version": FACTS.schema_version,
    "migrated": True,
}


def tree(
    folder: Path, told: str = "'v2509.0.0'", migration: str = SETTING, database: str = "<?php"
) -> Path:
    """A source tree as OpenKab's, as far as the recipe looks."""
    for name in ("database/migrations", "app/Helpers", "config"):
        (folder / name).mkdir(parents=True)
    (folder / f"database/migrations/{migration}.php").touch()
    (folder / "config/database.php").write_text(database)
    (folder / "artisan").touch()
    (folder / "composer.json").write_text('{"require": {"php": "^8.0.2"}}')
    text = f"<?php\nfunction openkab_versi()\n    {{\n        return {told};\n    }}\n"
    (folder / "app/Helpers/general.php").write_text(text)
    return folder


def place(region: object = TAKALAR) -> object:
    return regency_place(region, "openkab")


def test_a_release_is_known_by_its_own_version_function(tmp_path: Path) -> None:
    assert RECIPE.read_release(tree(tmp_path)) == FACTS


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"told": "'terbaru'"}, "nomor versi tidak terbaca"),
        ({"migration": "2023_09_04_091652_create_settings"}, "belum mengenal Satu Data API"),
        ({"database": "<?php env('OPENKAB_DB_HOST');"}, "secara langsung"),
    ],
)
def test_any_other_tree_is_refused_with_the_reason(
    tmp_path: Path, changed: dict[str, str], reason: str
) -> None:
    with pytest.raises(InvalidInput, match="bukan rilis OpenKab") as refused:
        RECIPE.read_release(tree(tmp_path, **changed))
    assert reason in refused.value.message


def test_our_samples_are_releases_of_the_sample_edition() -> None:
    seen = {one.name: RECIPE.read_release(one) for one in SAMPLES.iterdir() if one.is_dir()}
    assert {f"v{facts.version}" for facts in seen.values()} == set(seen)
    assert len(seen) == 2 and {facts.edition for facts in seen.values()} == {Edition.SAMPLE}


@pytest.mark.parametrize("region", [TAKALAR, BIMA], ids=lambda region: region.code)
def test_the_env_of_each_regency_is_as_agreed(region: object) -> None:
    (file,) = RECIPE.files(place(region))
    assert file.content.reveal() == (GOLDEN / f"openkab-{region.code}.env").read_text()


def test_the_shipped_key_is_in_no_env_and_the_token_in_none_either() -> None:
    for region in (TAKALAR, BIMA):
        text = RECIPE.files(place(region))[0].content.reveal()
        assert "4J2thsoUyMyPvi0K7KNlqj4aiKCnyUisCcqZswPkAwI" not in text
        assert place(region).secrets["api_token"].reveal() not in text
        names = re.findall(r"^(\w+)=", text, re.MULTILINE)
        assert len(names) == len(set(names))


def test_browser_and_server_ask_the_same_public_address_of_their_own_regency() -> None:
    text = RECIPE.files(place(BIMA))[0].content.reveal()
    assert 'API_DATABASE_GABUNGAN_HOST="https://kotabima.go.id:8543/satu-data-api"' in text
    assert 'SANCTUM_STATEFUL_DOMAINS="kotabima.go.id:8543"' in text
    assert RECIPE.calls_own_domain


def test_it_never_looks_into_the_combined_database_itself() -> None:
    assert RECIPE.database.reads == ""
    assert "OPENKAB_DB_" not in RECIPE.files(place())[0].content.reveal()


@pytest.mark.parametrize("region", [TAKALAR, BIMA], ids=lambda region: region.code)
def test_all_shipped_accounts_get_other_passwords_and_the_settings_the_regencys_token(
    region: object,
) -> None:
    here = place(region)
    statements = RECIPE.identity(here)
    assert all(one.expects_one for one in statements)
    accounts = {one.values[-1]: one for one in statements if one.sql.startswith("UPDATE users")}
    assert set(accounts) == {"admin", *OTHER_ACCOUNTS}
    own = here.secrets["admin_password"].reveal()
    for name, statement in accounts.items():
        hashed = str(statement.values[0]).encode()
        fits = [one for one in (own, *PUBLIC_PASSWORDS) if bcrypt.checkpw(one.encode(), hashed)]
        assert fits == ([own] if name == "admin" else [])
        assert "opendesa.id" not in repr(statement.values)
    settings = {one.values[1]: one.values[0] for one in statements if "settings" in one.sql}
    assert settings["database_gabungan_api_key"] == here.secrets["api_token"].reveal()


def test_a_city_keeps_its_word_in_its_name() -> None:
    takalar, bima = (RECIPE.identity(place(region))[0].values for region in (TAKALAR, BIMA))
    assert takalar[:3] == ("OpenKab Kabupaten Takalar", "73.05", "Takalar")
    assert bima[:3] == ("OpenKab Kota Bima", "52.72", "Kota Bima")
    assert (takalar[5], bima[5]) == ("Kabupaten", "Kota")


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({}, ""),
        ({"regency_code": "5272"}, "regency_code"),
        ({"version": "2508.0.0"}, "version"),
        ({"satu_data": "menjawab HTTP 401"}, "tidak melayani OpenKab: menjawab HTTP 401"),
        ({"satu_data": None}, "tidak melayani OpenKab"),
        ({"ok": False, "error": "not_migrated"}, "not_migrated"),
    ],
)
def test_it_is_proven_only_when_satu_data_takes_its_token(
    changed: dict[str, object], why: str
) -> None:
    told = RECIPE.wrong_health({**HEALTHY, **changed}, place(), FACTS)
    assert (why in told) if why else told == ""


def test_it_is_installed_after_satu_data_in_whatever_order_they_were_chosen() -> None:
    class Chosen:
        def __init__(self, product: str) -> None:
            self.product = product

    for names in (["satu_data_api", "openkab"], ["openkab", "satu_data_api"]):
        ordered = in_order_of_needs([Chosen(name) for name in names])  # type: ignore[misc]
        assert [one.product for one in ordered] == ["satu_data_api", "openkab"]
    assert isinstance(RECIPES["openkab"], OpenKab)


def test_no_page_is_probed_that_a_regency_may_close_or_rename() -> None:
    """website_enable and home_page turn `/` into a redirect; nama_aplikasi is theirs as well."""
    (probe,) = RECIPE.page_probes(place(), FACTS)
    assert (probe.path, probe.must_contain) == ("/login", ("v2509.0.0",))


def test_every_folder_it_writes_to_is_the_regencys_own() -> None:
    written = re.findall(
        r"'((?:storage|public)/[a-z/]+)'", (IMAGE / "siappakai/product.php").read_text()
    )
    targets = {mount.target for mount in RECIPE.mounts() if not mount.read_only}
    assert written and {f"/var/www/app/{name}" for name in written} <= targets


def test_every_command_the_recipe_names_is_in_its_image() -> None:
    for program, script in RECIPE.prepare_commands():
        assert program == "php" and (IMAGE / "siappakai" / Path(script).name).is_file()
    assert "settle.sh /\n" in (IMAGE / "Dockerfile").read_text()


def test_every_patch_tells_what_was_measured() -> None:
    patches = load_patches(IMAGE / "patches" / "v2509.0.0")
    assert len(patches) == 3 and all(one.reason and one.measured for one in patches)
