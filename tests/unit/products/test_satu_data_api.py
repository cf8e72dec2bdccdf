"""What the recipe of the Satu Data API says of releases, regencies and answers."""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace
from pathlib import Path

import pytest

from siappakai.errors import InvalidInput
from siappakai.models.release import Edition
from siappakai.products.contract import ReleaseFacts, Statement
from siappakai.products.keys import php_bcrypt
from siappakai.products.openkab import OpenKab
from siappakai.products.satu_data_api import SHIPPED_ADMIN, SatuDataApi
from siappakai.provision.patches import load_patches
from siappakai.secret import Secret
from tests.unit.products.regencies import BIMA, TAKALAR, regency_place

ROOT = Path(__file__).resolve().parents[3]
GOLDEN = Path(__file__).parent / "golden"
SAMPLES = ROOT / "tests" / "samples" / "satu_data_api"
IMAGE = ROOT / "images" / "satu_data_api"
RECIPE = SatuDataApi()
ROLES = "2025_03_10_223148_create_default_role"
FACTS = ReleaseFacts("2506.0.0", "2025_03_23_092429_akhir", Edition.GENERAL, ("8.2",))
HEALTHY = {
    "ok": True,
    "product": "satu_data_api",
    "regency_code": "7305",
    "villages": 3,
    "version": FACTS.version,
    "schema_version": FACTS.schema_version,
    "migrated": True,
}


def tree(folder: Path, told: str = "'v2506.0.0'", migration: str = ROLES) -> Path:
    """A source tree as the application's, as far as the recipe looks."""
    for name in ("database/migrations", "app/Helpers"):
        (folder / name).mkdir(parents=True)
    (folder / f"database/migrations/{migration}.php").touch()
    (folder / "artisan").touch()
    (folder / "composer.json").write_text('{"require": {"php": "^8.1"}}')
    text = f"<?php\nfunction app_version()\n    {{\n        return {told};\n    }}\n"
    (folder / "app/Helpers/general.php").write_text(text)
    return folder


def place(region: object = TAKALAR) -> object:
    return regency_place(region, "satudata")


def test_a_release_is_known_by_its_own_version_function(tmp_path: Path) -> None:
    assert RECIPE.read_release(tree(tmp_path)) == replace(FACTS, schema_version=ROLES)


@pytest.mark.parametrize(
    ("told", "migration", "reason"),
    [
        ("'terbaru'", ROLES, "nomor versi tidak terbaca"),
        ("'v2506'", ROLES, "nomor versi tidak terbaca"),
        ("'v2506.0.0'", "2025_01_01_000000_create_users_table", "peran openkab"),
    ],
)
def test_any_other_tree_is_refused_with_the_reason(
    tmp_path: Path, told: str, migration: str, reason: str
) -> None:
    with pytest.raises(InvalidInput, match="bukan rilis Satu Data API") as refused:
        RECIPE.read_release(tree(tmp_path, told, migration))
    assert reason in refused.value.message


def test_our_sample_is_of_the_sample_edition() -> None:
    (folder,) = (one for one in SAMPLES.iterdir() if one.is_dir())
    facts = RECIPE.read_release(folder)
    assert (f"v{facts.version}", facts.edition) == (folder.name, Edition.SAMPLE)


@pytest.mark.parametrize("region", [TAKALAR, BIMA], ids=lambda region: region.code)
def test_the_env_of_each_regency_is_as_agreed(region: object) -> None:
    (file,) = RECIPE.files(place(region))
    assert (file.path, file.mode) == ("env", 0o400)
    golden = GOLDEN / f"satu_data_api-{region.code}.env"
    assert file.content.reveal() == golden.read_text()


def test_the_template_needs_no_combined_database() -> None:
    (file,) = RECIPE.files(replace(place(), reads=None))
    assert 'OPENKAB_DB_DATABASE=""\n' in file.content.reveal()


def test_the_combined_database_is_only_read() -> None:
    assert RECIPE.database.reads == "opensid"
    assert {"user", "tweb_penduduk_mandiri", "password_resets"} <= set(RECIPE.database.hidden)


def test_its_path_is_not_one_of_openkabs_own_pages() -> None:
    """OpenKab answers /satu-data/dtks at the root of the same domain."""
    assert not (RECIPE.web_path + "/").startswith("/satu-data/")
    assert OpenKab.web_path == "/"
    assert f"settle.sh {RECIPE.web_path}\n" in (IMAGE / "Dockerfile").read_text()


def values_of(statements: list[Statement]) -> str:
    return repr([one.values for one in statements])


@pytest.mark.parametrize("region", [TAKALAR, BIMA], ids=lambda region: region.code)
def test_the_shipped_admin_is_renamed_and_the_token_is_kept_as_its_hash_only(
    region: object,
) -> None:
    here = place(region)
    admin, *others = RECIPE.identity(here)
    token = here.secrets["api_token"].reveal()
    assert SHIPPED_ADMIN in admin.values and RECIPE.first_admin in admin.values
    assert admin.expects_one and others[-1].expects_one
    assert hashlib.sha256(token.encode()).hexdigest() in values_of(others)
    assert token not in values_of([admin, *others])
    assert here.secrets["admin_password"].reveal() not in values_of([admin, *others])


def test_letters_with_a_new_password_can_reach_no_stranger() -> None:
    assert RECIPE.first_admin.endswith(".invalid")


def test_a_password_is_hashed_as_php_reads_it() -> None:
    assert php_bcrypt(Secret("Sandi#7305")).startswith("$2y$10$")


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({}, ""),
        ({"regency_code": "5272"}, "regency_code"),
        ({"version": "2505.0.0"}, "version"),
        ({"product": "openkab"}, "product"),
        ({"ok": False, "error": "region_unknown"}, "satu desa pun dari Kabupaten Takalar"),
        ({"ok": False, "error": "combined_database_unreadable"}, "combined_database_unreadable"),
    ],
)
def test_only_the_right_regency_and_release_are_healthy(
    changed: dict[str, object], why: str
) -> None:
    told = RECIPE.wrong_health({**HEALTHY, **changed}, place(), FACTS)
    assert (why in told) if why else told == ""


def test_every_patch_tells_what_was_measured() -> None:
    patches = load_patches(IMAGE / "patches" / "v2506.0.0")
    assert len(patches) == 6 and all(one.reason and one.measured for one in patches)


def test_recipe_and_image_read_the_same_version_from_the_same_line() -> None:
    source = (IMAGE / "siappakai/product.php").read_text()
    pattern = re.search(r"\$pattern = '/(.+)/';", source)
    assert pattern is not None
    found = re.search(
        pattern[1].replace(r"[\"\']", "[\"']").replace(r"\'", "'"),
        'function app_version()\n{\n    return "v2512.1.0";',
    )
    assert found is not None and found[1] == "2512.1.0"
