"""What PBB's recipe says of releases, villages and answers."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from siappakai.errors import InvalidInput
from siappakai.models.release import Edition
from siappakai.products.contract import LicenceState, ReleaseFacts, Statement
from siappakai.products.pbb import Pbb
from siappakai.secret import Secret
from tests.unit.products.places import SIMPASAI, TAMASAJU, place_of

ROOT = Path(__file__).resolve().parents[3]
GOLDEN = Path(__file__).parent / "golden"
SAMPLES = ROOT / "tests" / "samples" / "laravel"
RECIPE = Pbb()
FACTS = ReleaseFacts("2607.0.0", "2026_06_11_000000_akhir", Edition.GENERAL, ("8.2",))
HEALTHY = {
    "ok": True,
    "product": "pbb",
    "village_code": TAMASAJU.code,
    "version": FACTS.version,
    "schema_version": FACTS.schema_version,
    "migrated": True,
}
MIGRATIONS = (
    "2022_05_20_084745_create_objek_pajak_table",
    "2025_10_10_000001_create_tenants_and_sequences",
    "2025_11_12_100000_terakhir",
)


def tree(folder: Path, notes: str | None, *, without: str = "") -> Path:
    """A source tree as PBB's, as far as the recipe looks."""
    (folder / "database/migrations").mkdir(parents=True)
    for name in MIGRATIONS:
        if not without or without not in name:
            (folder / f"database/migrations/{name}.php").touch()
    (folder / "artisan").touch()
    (folder / "composer.json").write_text('{"require": {"php": "^8.1"}}')
    if notes is not None:
        (folder / "catatan_rilis.md").write_text(notes, encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("notes", "version"),
    [
        ("Di rilis versi 2607.0.0 ini terdapat penambahan", "2607.0.0"),
        ("# Catatan\n\nVersi v2608.1.2", "2608.1.2"),
        ("Di rilis versi 2605.0.0-premium.1 ini", "2605.0.0-premium.1"),
        ("Di rilis versi 2604.0.0 ini, sejak versi 2501.0.0", "2604.0.0"),
    ],
)
def test_the_version_is_the_first_one_its_notes_name(
    tmp_path: Path, notes: str, version: str
) -> None:
    facts = RECIPE.read_release(tree(tmp_path, notes))
    assert facts == ReleaseFacts(version, MIGRATIONS[-1], Edition.GENERAL, ("8.2",))


@pytest.mark.parametrize(
    ("notes", "without", "reason"),
    [
        (None, "", "catatan_rilis.md tidak ada"),
        ("Penambahan fitur", "", "nomor versi tidak terbaca"),
        ("versi 2607", "", "nomor versi tidak terbaca"),
        ("versi 2511.0.0", "tenants", "sebelum 2512"),
        ("versi 2607.0.0", "objek_pajak", "objek_pajak"),
    ],
)
def test_a_tree_that_is_no_release_of_pbb_is_refused_with_the_reason(
    tmp_path: Path, notes: str | None, without: str, reason: str
) -> None:
    with pytest.raises(InvalidInput, match="bukan rilis PBB") as refused:
        RECIPE.read_release(tree(tmp_path, notes, without=without))
    assert reason in refused.value.message


def test_a_tree_without_artisan_or_with_a_broken_composer_file_is_refused(tmp_path: Path) -> None:
    whole = tree(tmp_path, "versi 2607.0.0")
    (whole / "composer.json").write_text("[1")
    with pytest.raises(InvalidInput, match="composer.json"):
        RECIPE.read_release(whole)
    (whole / "artisan").unlink()
    with pytest.raises(InvalidInput, match="artisan"):
        RECIPE.read_release(whole)


def test_our_samples_are_releases_of_the_sample_edition() -> None:
    seen = {one.name: RECIPE.read_release(one) for one in SAMPLES.iterdir() if one.is_dir()}
    assert {f"v{facts.version}" for facts in seen.values()} == set(seen)
    assert {facts.edition for facts in seen.values()} == {Edition.SAMPLE}
    assert len({facts.schema_version for facts in seen.values()}) == len(seen) == 3


@pytest.mark.parametrize("region", [TAMASAJU, SIMPASAI], ids=lambda region: region.code)
def test_the_env_of_each_village_is_as_agreed(region) -> None:
    (file,) = RECIPE.files(place_of(region, token="kepala.isi.tanda"))
    assert (file.path, file.mode) == ("env", 0o400)
    assert file.content.reveal() == (GOLDEN / f"pbb-{region.code}.env").read_text()


def test_no_secret_of_the_shipped_example_and_nobody_elses_is_in_an_env() -> None:
    texts = [RECIPE.files(place_of(one))[0].content.reveal() for one in (TAMASAJU, SIMPASAI)]
    for text in texts:
        blank = re.findall(r'^(\w+)=""$', text, re.MULTILINE)
        assert {"LOG_SLACK_WEBHOOK_URL", "TELEGRAM_BOT_TOKEN", "SENTRY_LARAVEL_DSN"} <= set(blank)
        assert "TOKEN_PREMIUM" in blank and "TOKEN_PANTAU" in blank
        names = re.findall(r"^(\w+)=", text, re.MULTILINE)
        assert len(names) == len(set(names))
    assert SIMPASAI.code not in texts[0] and TAMASAJU.code not in texts[1]


def one_value(statements: list[Statement] | tuple[Statement, ...], key: str) -> object:
    (found,) = [one.values[0] for one in statements if key in one.values]
    return found


def test_identity_names_the_village_in_the_codes_of_tax_bills() -> None:
    for region, regency, codes in (
        (TAMASAJU, "Takalar", ("73", "05", "050", "001")),
        (SIMPASAI, "Kota Bima", ("52", "72", "030", "004")),
    ):
        statements = tuple(RECIPE.identity(place_of(region)))
        keys = ("kode_provinsi", "kode_kabupaten", "kode_kecamatan", "kode_desa")
        assert tuple(one_value(statements, key) for key in keys) == codes
        assert one_value(statements, "nama_kabupaten") == regency
        assert one_value(statements, "nama_desa") == region.name
        assert one_value(statements, "layanan_kode_desa") == region.dotted_code
        assert one_value(statements, "opensid_url") == place_of(region).public_url + "/api"
        assert all(region.dotted_code in one.values and one.expects_one for one in statements)


def test_the_first_account_gets_the_made_password_as_a_hash_and_the_villages_email() -> None:
    account = RECIPE.identity(place_of(TAMASAJU))[-1]
    assert account.values[:3] == ("Administrator", "admin", "desa@tamasaju.desa.id")
    assert str(account.values[3]).startswith("$2y$10$")
    assert "Sandi#" not in repr(account)
    nobody = RECIPE.identity(place_of(SIMPASAI))[-1]
    assert nobody.values[2] == "admin@simpasai.desa.id"


def test_the_token_stands_in_the_row_that_wins_and_an_ended_one_is_taken_out() -> None:
    for token in ("kepala.isi.tanda", ""):
        (statement,) = RECIPE.token_statements(place_of(TAMASAJU, token=token))
        assert statement.values == (token, "layanan_opendesa_token", "73.05.05.2001")


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({}, ""),
        ({"village_code": SIMPASAI.code}, "village_code"),
        ({"village_code": TAMASAJU.dotted_code}, "village_code"),
        ({"version": "2603.0.0"}, "version"),
        ({"schema_version": "2025"}, "schema_version"),
        ({"migrated": False}, "migrated"),
        ({"product": "opensid"}, "product"),
        ({"ok": False, "error": "region_unknown"}, "region_unknown"),
        ({"ok": False}, "tidak sehat"),
    ],
)
def test_only_the_right_village_release_and_schema_are_healthy(
    changed: dict[str, object], why: str
) -> None:
    told = RECIPE.wrong_health({**HEALTHY, **changed}, place_of(TAMASAJU), FACTS)
    assert (why in told) if why else told == ""


def test_an_answer_that_lacks_something_proves_nothing() -> None:
    for name in HEALTHY:
        short = {key: value for key, value in HEALTHY.items() if key != name}
        assert RECIPE.wrong_health(short, place_of(TAMASAJU), FACTS)


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        ({"licence": "berlaku"}, LicenceState.VALID),
        ({"licence": "tidak berlaku"}, LicenceState.INVALID),
        ({"licence": "tidak dapat diperiksa"}, LicenceState.UNKNOWN),
        ({"licence": "mungkin"}, LicenceState.UNKNOWN),
        ({}, LicenceState.UNKNOWN),
    ],
)
def test_only_a_clear_word_is_a_licence(answer: dict[str, str], state: LicenceState) -> None:
    assert RECIPE.licence_state(answer) == state


def test_it_may_reach_its_licence_server_and_nothing_else() -> None:
    assert RECIPE.outside_hosts(place_of(TAMASAJU)) == ("layanan.opendesa.id:443",)


def test_pages_are_probed_below_the_path_that_the_image_serves() -> None:
    dockerfile = (ROOT / "images/pbb/Dockerfile").read_text()
    assert f"settle.sh {RECIPE.web_path}\n" in dockerfile
    (probe,) = RECIPE.page_probes(place_of(TAMASAJU), FACTS)
    assert probe.path == "/pbb/login" and "Aplikasi PBB v2607.0.0" in probe.must_contain


def test_the_way_of_adding_what_the_seeder_left_out_knows_every_setting_that_is_named() -> None:
    image = (ROOT / "images/pbb/siappakai/product.php").read_text()
    statements = RECIPE.identity(place_of(TAMASAJU))
    for statement in statements:
        if "pengaturan_aplikasi" in statement.sql and statement.values[1] != "layanan_kode_desa":
            assert f"'{statement.values[1]}'" in image


def test_patches_name_what_they_mend() -> None:
    folder = ROOT / "images/pbb/patches"
    for release in ("v2512.0.0", "v2603.0.0", "v2607.0.0"):
        patches = [json.loads(one.read_text()) for one in (folder / release).glob("*.json")]
        assert len(patches) == 3
        assert all(re.search(patch["find"], patch["replace"]) is None for patch in patches)


def test_no_secret_shows_in_what_a_container_is_told() -> None:
    place = place_of(TAMASAJU, token="kepala.isi.tanda")
    told = repr((RECIPE.environment(place), RECIPE.mounts(), RECIPE.tmpfs(1), RECIPE.files(place)))
    for secret in (*place.secrets.values(), Secret("kepala.isi.tanda")):
        assert secret.reveal() not in told
