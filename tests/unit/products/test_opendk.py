"""What OpenDK's recipe says of releases, districts and answers."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from siappakai.errors import InvalidInput
from siappakai.models.release import Edition
from siappakai.products.contract import (
    DatabaseAccess,
    LicenceState,
    Place,
    RegionFacts,
    ReleaseFacts,
)
from siappakai.products.opendk import OpenDk
from siappakai.provision.template_dump import NOBODY
from siappakai.secret import Secret

ROOT = Path(__file__).resolve().parents[3]
GOLDEN = Path(__file__).parent / "golden"
SAMPLES = ROOT / "tests" / "samples" / "opendk"
IMAGE = ROOT / "images" / "opendk"
RECIPE = OpenDk()
FACTS = ReleaseFacts("2512.0.0", "2025_12_08_akhir", Edition.GENERAL, ("8.2",))
GALESONG = RegionFacts(
    code="730505",
    name="Galesong Selatan",
    regency_code="7305",
    regency_name="Kabupaten Takalar",
    province_code="73",
    province_name="Sulawesi Selatan",
    domain="galesong.takalarkab.go.id",
    email="kecamatan@takalarkab.go.id",
)
ASAKOTA = RegionFacts(
    code="527203",
    name="Asakota",
    regency_code="5272",
    regency_name="Kota Bima",
    province_code="52",
    province_name="Nusa Tenggara Barat",
    domain="asakota.bimakota.go.id",
)
HEALTHY = {
    "ok": True,
    "product": "opendk",
    "district_code": GALESONG.code,
    "version": FACTS.version,
    "schema_version": FACTS.schema_version,
    "migrated": True,
}


def place_of(region: RegionFacts) -> Place:
    password = Secret(f'a"b$c\\{region.code}')
    return Place(
        region=region,
        database=DatabaseAccess(f"opendk_{region.code}", f"opendk_{region.code}", password),
        secrets={
            "app_key": Secret(f"base64:{region.code}AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="),
            "database_password": password,
            "admin_password": Secret(f"Sandi#{region.code}"),
            "jwt_secret": Secret(f"rahasia-jwt-{region.code}"),
        },
        local_time_zone="Asia/Makassar",
        licence_url="https://layanan.opendesa.id",
        public_port=443 if region is GALESONG else 8543,
    )


def tree(folder: Path, version_line: str | None, *, with_profile: bool = True) -> Path:
    """A source tree as OpenDK's, as far as the recipe looks."""
    (folder / "database/migrations").mkdir(parents=True)
    (folder / "config").mkdir()
    name = "2018_01_27_143943_create_profils_table" if with_profile else "2018_01_01_lain"
    for migration in (name, "2025_12_08_terakhir"):
        (folder / f"database/migrations/{migration}.php").touch()
    (folder / "artisan").touch()
    (folder / "composer.json").write_text('{"require": {"php": "^8.1"}}')
    if version_line is not None:
        (folder / "config/app.php").write_text(f"<?php\nreturn [\n    {version_line}\n];\n")
    return folder


@pytest.mark.parametrize(
    ("line", "version", "php"),
    [
        ("'version' => 'v2506.0.0',", "2506.0.0", "8.2"),
        ("'version' => 'v2512.0.0',", "2512.0.0", "8.2"),
        ("'version'=>'2601.0.1',", "2601.0.1", "8.4"),
        ('"version" => "v2606.0.0",', "2606.0.0", "8.4"),
        ("'version' => 'v2608.0.1',", "2608.0.1", "8.4"),
    ],
)
def test_the_version_in_its_settings_decides_the_php(
    tmp_path: Path, line: str, version: str, php: str
) -> None:
    facts = RECIPE.read_release(tree(tmp_path, line))
    assert facts == ReleaseFacts(version, "2025_12_08_terakhir", Edition.GENERAL, (php,))


@pytest.mark.parametrize(
    ("line", "with_profile", "reason"),
    [
        (None, True, "config/app.php tidak ada"),
        ("'name' => 'OpenDK',", True, "nomor versi tidak terbaca"),
        ("'version' => env('VERSI'),", True, "nomor versi tidak terbaca"),
        ("'version' => 'v2512.0.0',", False, "das_profil"),
    ],
)
def test_a_tree_that_is_no_release_of_opendk_is_refused_with_the_reason(
    tmp_path: Path, line: str | None, with_profile: bool, reason: str
) -> None:
    with pytest.raises(InvalidInput, match="bukan rilis OpenDK") as refused:
        RECIPE.read_release(tree(tmp_path, line, with_profile=with_profile))
    assert reason in refused.value.message


def test_our_samples_are_two_releases_of_the_sample_edition() -> None:
    seen = {one.name: RECIPE.read_release(one) for one in SAMPLES.iterdir() if one.is_dir()}
    assert {f"v{facts.version}" for facts in seen.values()} == set(seen)
    assert {facts.edition for facts in seen.values()} == {Edition.SAMPLE}
    assert len({facts.schema_version for facts in seen.values()}) == len(seen) == 2


@pytest.mark.parametrize("region", [GALESONG, ASAKOTA], ids=lambda region: region.code)
def test_the_env_of_each_district_is_as_agreed(region: RegionFacts) -> None:
    env, installed = RECIPE.files(place_of(region))
    assert (env.path, env.mode, installed.path, installed.mode) == (
        "env",
        0o400,
        "installed",
        0o400,
    )
    assert env.content.reveal() == (GOLDEN / f"opendk-{region.code}.env").read_text()


def test_no_secret_of_the_shipped_example_and_nobody_elses_is_in_an_env() -> None:
    texts = [RECIPE.files(place_of(one))[0].content.reveal() for one in (GALESONG, ASAKOTA)]
    for text in texts:
        blank = set(re.findall(r'^(\w+)=""$', text, re.MULTILINE))
        assert {"SENTRY_LARAVEL_DSN", "TELEGRAM_BOT_TOKEN", "RECAPTCHAV3_SECRET"} <= blank
        names = re.findall(r"^(\w+)=", text, re.MULTILINE)
        assert len(names) == len(set(names))
        outside = re.findall(r"^\w+=\"?(https?://[^\"\n]+)", text, re.MULTILINE)
        own = ("https://galesong.", "https://asakota.", "http://127.0.0.1:9", "https://layanan.")
        assert outside and all(one.startswith(own) for one in outside)
    assert ASAKOTA.code not in texts[0] and GALESONG.code not in texts[1]


def test_each_district_gets_secrets_of_its_own_and_a_long_key_for_tokens() -> None:
    made = [{name: make() for name, make in RECIPE.secret_makers().items()} for _ in range(2)]
    assert all(made[0][name] != made[1][name] for name in made[0])
    assert all(len(one["jwt_secret"].reveal()) == 64 for one in made)


def test_a_template_is_made_for_a_code_of_zeros_that_fits_the_profile() -> None:
    env = RECIPE.files(place_of(replace(NOBODY, domain="cetakan.invalid")))[0].content.reveal()
    assert 'KODE_KECAMATAN="00.00.00"\n' in env


@pytest.mark.parametrize(
    ("region", "profile", "title"),
    [
        (
            GALESONG,
            (
                "73",
                "Sulawesi Selatan",
                "73.05",
                "Takalar",
                "73.05.05",
                "Galesong Selatan",
                "kecamatan@takalarkab.go.id",
            ),
            "Kecamatan Galesong Selatan",
        ),
        (
            ASAKOTA,
            ("52", "Nusa Tenggara Barat", "52.72", "Kota Bima", "52.72.03", "Asakota", None),
            "Kecamatan Asakota",
        ),
    ],
    ids=["kabupaten", "kota"],
)
def test_identity_names_the_district_in_the_applications_own_form(
    region: RegionFacts, profile: tuple[str | None, ...], title: str
) -> None:
    its_profile, its_title, account = RECIPE.identity(place_of(region))
    assert its_profile.values == profile and "das_profil" in its_profile.sql
    assert its_title.values == (title,) and "das_setting" in its_title.sql
    assert account.values[0::2] == ("Administrator", "admin@mail.com")
    assert str(account.values[1]).startswith("$2y$10$")
    assert all(one.expects_one for one in (its_profile, its_title, account))


def test_where_the_application_says_distrik_so_does_the_title() -> None:
    sorong = replace(ASAKOTA, code="920101", province_code="92", name="Makbon")
    assert RECIPE.identity(place_of(sorong))[1].values == ("Distrik Makbon",)
    assert RECIPE.page_probes(place_of(sorong), FACTS)[0].must_contain == ("Distrik Makbon",)


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({}, ""),
        ({"district_code": ASAKOTA.code}, "district_code"),
        ({"district_code": "73.05.05"}, "district_code"),
        ({"version": "2511.0.0"}, "version"),
        ({"schema_version": "2025"}, "schema_version"),
        ({"migrated": False}, "migrated"),
        ({"product": "pbb"}, "product"),
        ({"ok": False, "error": "installed_flag_missing"}, "installed_flag_missing"),
    ],
)
def test_only_the_right_district_release_and_schema_are_healthy(
    changed: dict[str, object], why: str
) -> None:
    told = RECIPE.wrong_health({**HEALTHY, **changed}, place_of(GALESONG), FACTS)
    assert (why in told) if why else told == ""


def test_both_pages_name_the_district_and_the_second_the_release() -> None:
    for region in (GALESONG, ASAKOTA):
        home, login = RECIPE.page_probes(place_of(region), FACTS)
        assert (home.path, login.path) == ("/", "/login")
        assert home.must_contain == (f"Kecamatan {region.name}",)
        assert login.must_contain == (f"Kecamatan {region.name}", "v2512.0.0")


def test_the_flag_that_closes_the_installer_is_mounted_where_memory_would_hide_it() -> None:
    flag = [one for one in RECIPE.mounts() if one.source == "installed"]
    assert [(one.target, one.read_only, one.is_file) for one in flag] == [
        ("/var/www/app/storage/installed", True, True)
    ]
    assert "/var/www/app/storage" in RECIPE.tmpfs(1)
    rules = (IMAGE / "siappakai/server.d/opendk.conf").read_text()
    assert "install" in rules and "return 404" in rules


def test_it_needs_no_licence_and_may_reach_the_portal_alone() -> None:
    assert not RECIPE.needs_token
    assert RECIPE.licence_state({"licence": "tidak berlaku"}) == LicenceState.NOT_NEEDED
    assert RECIPE.outside_hosts(place_of(GALESONG)) == ("layanan.opendesa.id:443",)
    assert RECIPE.outside_hosts(replace(place_of(GALESONG), licence_url="")) == ()


def test_the_whole_domain_is_served_by_the_image() -> None:
    dockerfile = (IMAGE / "Dockerfile").read_text()
    assert "settle.sh /;" in dockerfile and RECIPE.web_path == "/"
    # Its own rules are read before the patterns that all Laravel products share.
    shared = (ROOT / "images/laravel/siappakai/nginx.d/laravel.conf").read_text()
    own, patterns = shared.index("include /opt/siappakai/server.d/"), shared.index("location ~")
    assert own < patterns


def test_no_secret_shows_in_what_a_container_is_told() -> None:
    place = place_of(GALESONG)
    told = repr((RECIPE.environment(place), RECIPE.mounts(), RECIPE.tmpfs(1), RECIPE.files(place)))
    for secret in place.secrets.values():
        assert secret.reveal() not in told
