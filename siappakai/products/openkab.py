"""OpenKab: the regency's own site and its view of all villages, at the root of its domain.

It reads villages through the Satu Data API only. Facts tried with the real release 2509; why each
rule exists stands in images/openkab/README.md.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from siappakai.products.brand_slots.laravel import openkab_slots
from siappakai.products.contract import (
    BrandSlot,
    ComposerNeeds,
    DatabaseNeeds,
    DataMount,
    PageProbe,
    Place,
    ReleaseFacts,
    Scope,
    Statement,
    refuse_tree,
)
from siappakai.products.keys import php_bcrypt
from siappakai.products.laravel import ROOT, LaravelRecipe
from siappakai.products.satu_data_api import SatuDataApi, version_in
from siappakai.secret import random_token

VERSION = re.compile(
    r"function\s+openkab_versi\(\)\s*\{\s*return\s+[\"']v?(\d{4}\.\d+\.\d+(?:-[a-z0-9.]+)?)[\"']"
)
API_SETTING = "*_create_setting_api_database_gabungan.php"
OWN_CONNECTION = "OPENKAB_DB_"
OVERRIDES = "vendor/jeroennoten/laravel-adminlte/resources/views/auth"
OTHER_ACCOUNTS = ("synchronize", "superadmin_daerah", "kabupaten")  # each shipped with a password
TOKEN = "satu_data_api.api_token"


class OpenKab(LaravelRecipe):
    product = "openkab"
    label = "OpenKab"
    scope = Scope.REGENCY
    web_path = "/"
    private_paths = ("/login", "/logout", "/password", "/email", "/dasbor", "/search")
    needs = ("satu_data_api",)
    peer_secrets = (TOKEN,)
    database = DatabaseNeeds("openkab", collation="utf8mb4_unicode_ci")
    composer = ComposerNeeds(
        without_dev=False,
        keep_over_vendor=(
            f"{OVERRIDES}/auth-page.blade.php",
            f"{OVERRIDES}/passwords/email.blade.php",
        ),
    )
    php_wanted = ("8.2",)
    calls_own_domain = True  # asks the Satu Data API at its public address

    # --- the release

    def refuse_other_tree(self, tree: Path) -> None:
        if not any((tree / "database/migrations").glob(API_SETTING)):
            raise refuse_tree(self.label, "belum mengenal Satu Data API (perlu rilis 2504 ke atas)")
        if OWN_CONNECTION in _text(tree / "config/database.php"):
            raise refuse_tree(self.label, "masih membaca basis data gabungan secara langsung")

    def read_version(self, tree: Path) -> str:
        return version_in(self.label, tree, VERSION)

    # --- the container

    def mounts(self) -> Sequence[DataMount]:
        return (
            *super().mounts(),
            # Where the link public/storage of the image leads; a migration wants to find it.
            DataMount("app/public", f"{ROOT}/storage/app/public"),
            DataMount("favicons", f"{ROOT}/public/favicons"),
        )

    # --- its files

    def env_values(self, place: Place) -> Mapping[str, Any]:
        return {"api_url": _api_url(place), "own_host": place.public_url.removeprefix("https://")}

    # --- its database

    def identity(self, place: Place) -> Sequence[Statement]:
        return (
            _region(place),
            *(_setting(name, value) for name, value in _settings(place).items()),
            *_accounts(self, place),
        )

    def prepare_commands(self) -> Sequence[tuple[str, ...]]:
        return (("php", "/opt/siappakai/favicons.php"),)

    # --- its look

    def brand_slots(self, place: Place) -> Sequence[BrandSlot]:
        word = place.region.name.partition(" ")[0]
        return openkab_slots(f"OpenKab {place.region.name}", word, place.village_word.capitalize())

    # --- proof

    def wrong_health(self, answer: Mapping[str, Any], place: Place, facts: ReleaseFacts) -> str:
        """Beside the usual: that Satu Data API takes the token OpenKab shows, just now."""
        if wrong := super().wrong_health(answer, place, facts):
            return wrong
        said = answer.get("satu_data")
        return "" if said == "ok" else f"Satu Data API tidak melayani OpenKab: {said}"

    def page_probes(self, place: Place, facts: ReleaseFacts) -> Sequence[PageProbe]:
        """Not `/` and no name: both are the regency's to change, and no update may fail by that."""
        return (PageProbe("/login", (f"v{facts.version}",)),)


def _api_url(place: Place) -> str:
    return place.public_url + SatuDataApi.web_path


def _region(place: Place) -> Statement:
    """`Kabupaten Takalar` is kept as word and name; of a city the name is shown without a word."""
    region = place.region
    word, _, name = region.name.partition(" ")
    return Statement(
        "UPDATE identitas SET nama_aplikasi = %s, kode_kabupaten = %s, nama_kabupaten = %s, "
        "kode_provinsi = %s, nama_provinsi = %s, sebutan_kab = %s, sebutan_desa = %s "
        "ORDER BY id LIMIT 1",
        (
            f"OpenKab {region.name}",
            region.dotted_code,
            region.name if word == "Kota" else name,
            region.province_code,
            region.province_name,
            word,
            place.village_word.capitalize(),
        ),
        expects_one="identitas kabupaten",
    )


def _settings(place: Place) -> dict[str, str]:
    return {
        "openkab_api_baseurl": _api_url(place),
        "database_gabungan_api_key": place.peer_secrets[TOKEN].reveal(),
    }


def _setting(key: str, value: str) -> Statement:
    return Statement(
        "UPDATE settings SET value = %s WHERE `key` = %s", (value, key), f"pengaturan {key}"
    )


def _accounts(recipe: OpenKab, place: Place) -> Sequence[Statement]:
    """All four that came with a public password: one is the first admin, nobody knows the others'.

    Their e-mail addresses are strangers': letters with a new password must not go there.
    """
    admin = (
        php_bcrypt(place.secrets["admin_password"]),
        place.region.email or f"admin@{place.region.domain}",
        recipe.first_admin,
    )
    return (
        Statement(
            "UPDATE users SET password = %s, email = %s WHERE username = %s",
            admin,
            expects_one="akun admin pertama",
        ),
        *(_closed(name, place) for name in OTHER_ACCOUNTS),
    )


def _closed(username: str, place: Place) -> Statement:
    """Also marked inactive; the log-in form doesn't look at that, so the password is what holds."""
    return Statement(
        "UPDATE users SET password = %s, active = 0, email = %s, kode_kabupaten = %s "
        "WHERE username = %s",
        (
            php_bcrypt(random_token()),
            f"{username}@{place.region.domain}",
            place.region.code,
            username,
        ),
        expects_one=f"akun {username}",
    )


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
