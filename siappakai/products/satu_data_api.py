"""Satu Data API: what OpenKab (and OpenDK) ask of all villages, over the combined OpenSID database.

Facts tried with the real release 2506; why each rule exists stands in
images/satu_data_api/README.md.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from siappakai.products.contract import (
    ComposerNeeds,
    DatabaseNeeds,
    PageProbe,
    Place,
    ReleaseFacts,
    Scope,
    Statement,
    refuse_tree,
)
from siappakai.products.keys import php_bcrypt
from siappakai.products.laravel import LaravelRecipe
from siappakai.secret import Secret, random_token

HELPERS = "app/Helpers/general.php"
VERSION = re.compile(
    r"function\s+app_version\(\)\s*\{\s*return\s+[\"']v?(\d{4}\.\d+\.\d+(?:-[a-z0-9.]+)?)[\"']"
)
ROLES = "*_create_default_role.php"
SHIPPED_ADMIN = "admin@admin.com"
USER_MODEL = "App\\Models\\User"


class SatuDataApi(LaravelRecipe):
    product = "satu_data_api"
    label = "Satu Data API"
    scope = Scope.REGENCY
    # Not /satu-data: OpenKab, at the root of the same domain, has pages of its own below that.
    web_path = "/satu-data-api"
    private_paths = (web_path,)  # every page of it wants a login
    database = DatabaseNeeds(
        "satudata",
        collation="utf8mb4_unicode_ci",
        reads="opensid",
        # Accounts, their rights, residents' PINs and devices, letters in residents' boxes: no
        # model of the application names them.
        hidden=(
            "fcm_token",
            "fcm_token_mandiri",
            "grup_akses",
            "log_login",
            "log_notifikasi_mandiri",
            "login_attempts",
            "password_resets",
            "pesan_mandiri",
            "tweb_penduduk_mandiri",
            "user",
            "user_grup",
        ),
    )
    composer = ComposerNeeds(without_dev=True)
    php_wanted = ("8.2",)
    # People log in by e-mail address; this one reaches nobody, as no stranger may get its letters.
    first_admin = "admin@satudata.invalid"

    # --- the release

    def refuse_other_tree(self, tree: Path) -> None:
        if not any((tree / "database/migrations").glob(ROLES)):
            raise refuse_tree(self.label, "peran openkab tidak dibuat oleh migrasinya")

    def read_version(self, tree: Path) -> str:
        return version_in(self.label, tree, VERSION)

    # --- its secrets and files

    def secret_makers(self) -> Mapping[str, Callable[[], Secret]]:
        """`api_token` is what OpenKab shows; the application itself keeps only its hash."""
        return {**super().secret_makers(), "api_token": random_token}

    def env_values(self, place: Place) -> Mapping[str, Any]:
        return {"openkab_url": place.public_url, "combined": place.reads}

    # --- its database

    def identity(self, place: Place) -> Sequence[Statement]:
        return (_admin(self, place), *_openkab_account(place))

    # --- proof

    def wrong_health(self, answer: Mapping[str, Any], place: Place, facts: ReleaseFacts) -> str:
        if answer.get("error") == "region_unknown":
            return f"basis data gabungan tidak memuat satu desa pun dari {place.region.name}"
        return super().wrong_health(answer, place, facts)

    def page_probes(self, place: Place, facts: ReleaseFacts) -> Sequence[PageProbe]:
        return (PageProbe(f"{self.web_path}/login", (f"v{facts.version}",)),)


def _admin(recipe: SatuDataApi, place: Place) -> Statement:
    """The first account, whatever it is called now: its name and password came with the release."""
    return Statement(
        "UPDATE users SET email = %s, password = %s WHERE email IN (%s, %s)",
        (
            recipe.first_admin,
            php_bcrypt(place.secrets["admin_password"]),
            recipe.first_admin,
            SHIPPED_ADMIN,
        ),
        expects_one="akun admin pertama",
    )


def _openkab_account(place: Place) -> Sequence[Statement]:
    """An account that nobody can log in to, with the role `openkab` and the one token."""
    email = "openkab@satudata.invalid"
    token = place.secrets["api_token"].reveal()
    return (
        Statement(
            "INSERT INTO users (name, email, password, created_at, updated_at) "
            "VALUES (%s, %s, %s, NOW(), NOW()) ON DUPLICATE KEY UPDATE name = VALUES(name)",
            ("OpenKab", email, php_bcrypt(random_token())),
        ),
        Statement(
            "INSERT IGNORE INTO model_has_roles (role_id, model_type, model_id) "
            "SELECT r.id, %s, u.id FROM roles r JOIN users u ON u.email = %s "
            "WHERE r.name = 'openkab'",
            (USER_MODEL, email),
        ),
        Statement(
            "INSERT INTO personal_access_tokens "
            "(tokenable_type, tokenable_id, name, token, abilities, created_at, updated_at) "
            "SELECT %s, id, 'OpenKab', %s, '[\"*\"]', NOW(), NOW() FROM users WHERE email = %s "
            "ON DUPLICATE KEY UPDATE tokenable_id = VALUES(tokenable_id), "
            "abilities = VALUES(abilities)",
            (USER_MODEL, hashlib.sha256(token.encode()).hexdigest(), email),
        ),
        Statement(
            "SELECT 1 FROM personal_access_tokens t "
            "JOIN model_has_roles m ON m.model_id = t.tokenable_id AND m.model_type = %s "
            "JOIN roles r ON r.id = m.role_id AND r.name = 'openkab' WHERE t.token = %s",
            (USER_MODEL, hashlib.sha256(token.encode()).hexdigest()),
            expects_one="token OpenKab beserta perannya",
        ),
    )


def version_in(label: str, tree: Path, pattern: re.Pattern[str]) -> str:
    """The version that the release's own list of functions tells, or `refuse_tree`."""
    try:
        text = (tree / HELPERS).read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise refuse_tree(label, f"berkas {HELPERS} tidak ada") from error
    if not (found := pattern.search(text)):
        raise refuse_tree(label, f"nomor versi tidak terbaca di {HELPERS}")
    return found[1]
