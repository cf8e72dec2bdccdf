"""Mobile API: what the village's phone applications talk to, below /api of its domain.

It works on the village's OpenSID: its database, its key, its folder. Facts tried with the real
release 2606; why each rule exists stands in images/mobile_api/README.md.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from siappakai.products.brand import PUBLIC_SIZES, Wear
from siappakai.products.brand_slots.mobile_api import mobile_files
from siappakai.products.contract import (
    BrandFile,
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
from siappakai.products.keys import new_app_key
from siappakai.products.laravel import LaravelRecipe
from siappakai.secret import Secret, random_token

OPENSID = "/var/www/opensid"  # the village's own OpenSID folder, for the disk named `ftp`
HELPERS = "app/Helpers/helpers.php"
DISKS = "config/filesystems.php"
VERSION = re.compile(
    r"function\s+opensid_api_version\(\)[^{]*\{\s*return\s+[\"']v?"
    r"(\d{4}\.\d+\.\d+(?:-[a-z0-9.]+)?)[\"']"
)
NEWEST_ON_PHP_8_2 = 2606
SECRET_LENGTH = 64  # HS256 wants 32 bytes at least


class MobileApi(LaravelRecipe):
    product = "mobile_api"
    label = "API Mobile"
    scope = Scope.VILLAGE
    web_path = "/api"
    private_paths = (web_path,)  # answers to programs, no pages
    needs = ("opensid",)
    runs_as = "opensid"
    # It has no migrations, and never changes a table's shape.
    database = DatabaseNeeds(
        "api", shared_with="opensid", rights=("SELECT", "INSERT", "UPDATE", "DELETE")
    )
    composer = ComposerNeeds(without_dev=True)
    php_wanted = ("8.2",)
    needs_token = True
    calls_own_domain = True  # signs people in with the village's own OpenSID

    # --- the release

    def read_release(self, tree: Path) -> ReleaseFacts:
        facts = super().read_release(tree)
        return replace(facts, php_wanted=_php(facts.version))

    def refuse_other_tree(self, tree: Path) -> None:
        if "'ftp'" not in _text(self.label, tree, DISKS):
            raise refuse_tree(self.label, f"disk ftp tidak ada di {DISKS}")

    def read_version(self, tree: Path) -> str:
        if not (found := VERSION.search(_text(self.label, tree, HELPERS))):
            raise refuse_tree(self.label, f"nomor versi tidak terbaca di {HELPERS}")
        return found[1]

    # --- the container

    def mounts(self) -> Sequence[DataMount]:
        return (
            *super().mounts(),
            # OpenSID's own settings, its database password among them, are not in this folder:
            # they lie beside it and are mounted over desa/config in OpenSID's container only.
            DataMount("desa", f"{OPENSID}/desa", of_product="opensid"),
            DataMount(
                "app_key",
                f"{OPENSID}/desa/app_key",
                read_only=True,
                is_file=True,
                of_product="opensid",
            ),
        )

    # --- its secrets and files

    def secret_makers(self) -> Mapping[str, Callable[[], Secret]]:
        """It has no accounts of its own: people sign in with those of OpenSID."""
        return {
            "app_key": new_app_key,
            "database_password": random_token,
            "jwt_secret": _new_jwt_secret,
        }

    def env_values(self, place: Place) -> Mapping[str, Any]:
        return {
            "jwt_secret": place.secrets["jwt_secret"].reveal(),
            "opensid_url": place.public_url,
        }

    # --- its database, which is OpenSID's

    def trial_command(self) -> tuple[str, ...]:
        return ("php", "/opt/siappakai/trial.php")

    def identity(self, place: Place) -> Sequence[Statement]:
        return ()

    def prepare_commands(self) -> Sequence[tuple[str, ...]]:
        """The application itself says which village it serves, before anybody can ask it.

        Its own `gabungan:install` would fill a cache that lives in the serving container's
        memory only; there the first request does the same (a fact tried).
        """
        return (("php", "/opt/siappakai/wiring.php"),)

    # --- its look

    brand_home = "opensid"  # its name and logo are OpenSID's; a document tells the rest
    brand_pictures = (*PUBLIC_SIZES, "icons")

    def brand_files(self, place: Place, wear: Wear) -> Sequence[BrandFile]:
        return mobile_files(wear, place.public_url, place.region.name)

    # --- proof

    def page_probes(self, place: Place, facts: ReleaseFacts) -> Sequence[PageProbe]:
        """The version alone: what else it can be asked waits for the licence server first.

        Which village it serves is proven by `prepare_commands` and by the health answer.
        """
        return (PageProbe(f"{self.web_path}/", (f'"version":"v{facts.version}"',)),)


def _php(version: str) -> tuple[str, ...]:
    """2607 came with Laravel 13, which asks for PHP 8.4."""
    year_and_month = int(version.split(".")[0])
    return ("8.2",) if year_and_month <= NEWEST_ON_PHP_8_2 else ("8.4",)


def _new_jwt_secret() -> Secret:
    return random_token(SECRET_LENGTH)


def _text(label: str, tree: Path, name: str) -> str:
    try:
        return (tree / name).read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise refuse_tree(label, f"berkas {name} tidak ada") from error
