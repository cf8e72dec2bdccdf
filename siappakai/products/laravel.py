"""What all Laravel products share: one .env, their folders, their health.

The image's side of it is images/laravel/; why each rule exists stands in its README.md.
"""

from __future__ import annotations

import json
import re
from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from siappakai.errors import InvalidInput
from siappakai.models.release import Edition
from siappakai.products.contract import (
    CLI,
    DataMount,
    InstanceFile,
    LicenceState,
    Place,
    Recipe,
    ReleaseFacts,
    refuse_tree,
)
from siappakai.products.keys import new_app_key
from siappakai.products.render import render_instance_file
from siappakai.secret import Secret, random_password, random_token

ROOT = "/var/www/app"
ESCAPED = str.maketrans({"\\": "\\\\", '"': '\\"', "$": "\\$"})
REGION_CODES = {"desa": "village_code", "kecamatan": "district_code", "kabupaten": "regency_code"}


class LaravelRecipe(Recipe):
    """A recipe whose image is built from its own folder and images/laravel/."""

    shared_image_folder = "laravel"
    licence_path = "/.siappakai/licence"  # asked apart from health: it waits for a far server
    php_wanted: tuple[str, ...]
    volatile = ("logs", "sessions")  # caches live in memory only

    # --- the release

    def read_release(self, tree: Path) -> ReleaseFacts:
        if not (tree / "artisan").is_file():
            raise refuse_tree(self.label, "berkas artisan tidak ada")
        self.refuse_other_tree(tree)
        return ReleaseFacts(
            self.read_version(tree),
            newest_migration(tree),
            self.read_edition(tree),
            self.php_wanted,
        )

    @abstractmethod
    def refuse_other_tree(self, tree: Path) -> None:
        """Raises `refuse_tree` when the tree is another application's, or too old for us."""

    @abstractmethod
    def read_version(self, tree: Path) -> str:
        """The version as the tree says it; the image's product.php reads it the same way."""

    def read_edition(self, tree: Path) -> Edition:
        """Sample releases say so in composer.json; the others have one edition only."""
        try:
            composer = json.loads((tree / "composer.json").read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise refuse_tree(self.label, "composer.json tidak terbaca") from error
        extra = composer.get("extra") if isinstance(composer, dict) else None
        ours = extra.get("siappakai") if isinstance(extra, dict) else None
        is_sample = isinstance(ours, dict) and ours.get("edition") == Edition.SAMPLE.value
        return Edition.SAMPLE if is_sample else Edition.GENERAL

    # --- the container

    def mounts(self) -> Sequence[DataMount]:
        return (
            DataMount("env", f"{ROOT}/.env", read_only=True, is_file=True),
            DataMount("app", f"{ROOT}/storage/app"),
            DataMount("logs", f"{ROOT}/storage/logs"),
            DataMount("sessions", f"{ROOT}/storage/framework/sessions"),
        )

    def tmpfs(self, uid: int) -> Mapping[str, str]:
        owner = f"uid={uid},gid={uid}"
        framework = f"{ROOT}/storage/framework"
        return {
            "/tmp": f"{owner},mode=700,size=128m",
            "/run/php": f"{owner},mode=700,size=4m",
            # What one release compiled or remembered must not outlive its container.
            f"{framework}/views": f"{owner},mode=700,size=32m",
            f"{framework}/cache": f"{owner},mode=700,size=64m",
        }

    # --- its secrets and files

    def secret_makers(self) -> Mapping[str, Callable[[], Secret]]:
        return {
            "app_key": new_app_key,
            "database_password": random_token,
            "admin_password": random_password,
        }

    def files(self, place: Place) -> Sequence[InstanceFile]:
        return (InstanceFile("env", Secret(self.render_env(place))),)

    def render_env(self, place: Place) -> str:
        """The whole .env: what is common, then the product's own block."""
        return render_instance_file(
            self.product,
            "env.j2",
            quote=env_value,
            app_name=self.label,
            app_key=place.secrets["app_key"].reveal(),
            app_url=self.public_url(place),
            session_cookie=f"{self.product}_session",
            time_zone=place.local_time_zone,
            mail_from=place.region.email or f"admin@{place.region.domain}",
            region=place.region,
            database=place.database,
            licence_url=place.licence_url,
            premium_token=place.premium_token.reveal() if place.premium_token else "",
            **self.env_values(place),
        )

    def env_values(self, place: Place) -> Mapping[str, Any]:
        """What the product's own block of the template needs beyond the common values."""
        return {}

    def public_url(self, place: Place) -> str:
        """Where a visitor finds the product, without a slash at the end."""
        return place.public_url + self.web_path.rstrip("/")

    def outside_hosts(self, place: Place) -> Sequence[str]:
        return (host_and_port(place.licence_url),) if self.needs_token and place.licence_url else ()

    def forget_commands(self) -> Sequence[tuple[str, ...]]:
        return ((*CLI, "forget-cache"),)

    # --- proof

    def wrong_health(self, answer: Mapping[str, Any], place: Place, facts: ReleaseFacts) -> str:
        if not answer.get("ok"):
            return str(answer.get("error") or "pemeriksaan kesehatan menjawab tidak sehat")
        wanted = {
            "product": self.product,
            REGION_CODES[self.scope.value]: place.region.code,
            "version": facts.version,
            "schema_version": facts.schema_version,
            "migrated": True,
        }
        for name, value in wanted.items():
            if answer.get(name) != value:
                return f"{name} = {answer.get(name)!r}, seharusnya {value!r}"
        return ""

    def licence_state(self, answer: Mapping[str, Any]) -> LicenceState:
        """What the answer of `licence_path` says; anything unreadable is not a no."""
        if not self.needs_token:
            return LicenceState.NOT_NEEDED
        try:
            return LicenceState(answer.get("licence"))
        except ValueError:
            return LicenceState.UNKNOWN


def env_value(value: object) -> str:
    """`value` in double quotes, read back unchanged by phpdotenv 5, `${…}` included.

    Refused is what would become another value: line ends and NUL, and a value in quotes of its
    own, which Laravel's env() takes off once more
    (https://github.com/vlucas/phpdotenv, src/Parser; laravel/framework, Support/Env.php).
    """
    text = str(value)
    if re.search(r"[\x00-\x08\x0a-\x1f\x7f]", text) or re.fullmatch(r"""(["']).*\1""", text):
        raise InvalidInput(
            "Sebuah nilai pengaturan memuat ganti baris atau diapit tanda kutip.",
            hint="Salin ulang nilainya (misalnya token) sebagai satu baris tanpa tanda kutip.",
        )
    return f'"{text.translate(ESCAPED)}"'


def newest_migration(tree: Path) -> str:
    """The name of the newest file in database/migrations, empty when the product has none."""
    names = sorted(file.stem for file in (tree / "database/migrations").glob("*.php"))
    return names[-1] if names else ""


def host_and_port(url: str) -> str:
    """`layanan.opendesa.id:443` of an address."""
    parts = urlsplit(url)
    return f"{parts.hostname}:{parts.port or (80 if parts.scheme == 'http' else 443)}"
