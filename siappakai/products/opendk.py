"""OpenDK: a district's own site, on a domain and a database of its own.

Facts tried with the real releases 2512 and 2606; why each rule exists stands in
images/opendk/README.md.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from siappakai.products.brand_slots.laravel import opendk_slots
from siappakai.products.contract import (
    BrandSlot,
    ComposerNeeds,
    DatabaseNeeds,
    DataMount,
    InstanceFile,
    PageProbe,
    Place,
    RegionFacts,
    ReleaseFacts,
    Scope,
    Statement,
    refuse_tree,
)
from siappakai.products.keys import php_bcrypt
from siappakai.products.laravel import ROOT, LaravelRecipe, host_and_port
from siappakai.secret import Secret, random_token

SETTINGS = "config/app.php"
VERSION = re.compile(
    r"[\"']version[\"']\s*=>\s*[\"']v?(\d{4}\.\d+\.\d+(?:-[a-z0-9.]+)?)[\"']",
)
PROFILE_MIGRATION = "*_create_profils_table.php"
NEWEST_ON_PHP_8_2 = 2512
SECRET_LENGTH = 64  # HS256 wants 32 bytes at least
INSTALLED = "Dipasang oleh Dasbor SiapPakai.\n"
DISTRIK = ("91", "92")  # provinces where the application itself says Distrik


class OpenDk(LaravelRecipe):
    product = "opendk"
    label = "OpenDK"
    scope = Scope.DISTRICT
    private_paths = ("/login", "/logout", "/password", "/otp", "/2fa", "/install", "/docs")
    database = DatabaseNeeds("opendk", collation="utf8mb4_unicode_ci")
    # Up to 2512 a settings file of the release itself names a package meant for developers.
    composer = ComposerNeeds(without_dev=False)
    php_wanted = ("8.2",)
    licence_path = ""  # it has none
    # Its own migrations look for this account and make it anew, known password included, where
    # it bears another name.
    first_admin = "admin@mail.com"

    # --- the release

    def read_release(self, tree: Path) -> ReleaseFacts:
        facts = super().read_release(tree)
        return replace(facts, php_wanted=_php(facts.version))

    def refuse_other_tree(self, tree: Path) -> None:
        if not any((tree / "database/migrations").glob(PROFILE_MIGRATION)):
            raise refuse_tree(self.label, "tabel das_profil tidak dibuat oleh migrasinya")

    def read_version(self, tree: Path) -> str:
        try:
            settings = (tree / SETTINGS).read_text(encoding="utf-8", errors="replace")
        except OSError as error:
            raise refuse_tree(self.label, f"berkas {SETTINGS} tidak ada") from error
        if not (found := VERSION.search(settings)):
            raise refuse_tree(self.label, f"nomor versi tidak terbaca di {SETTINGS}")
        return found[1]

    # --- the container

    def mounts(self) -> Sequence[DataMount]:
        return (
            *super().mounts(),
            DataMount("installed", f"{ROOT}/storage/installed", read_only=True, is_file=True),
        )

    def tmpfs(self, uid: int) -> Mapping[str, str]:
        owner = f"uid={uid},gid={uid},mode=700"
        return {
            **super().tmpfs(uid),
            # Archives on their way to the browser are made right here and deleted once sent.
            f"{ROOT}/storage": f"{owner},size=64m",
            f"{ROOT}/storage/framework/laravel-excel": f"{owner},size=64m",
        }

    # --- its secrets and files

    def secret_makers(self) -> Mapping[str, Callable[[], Secret]]:
        return {**super().secret_makers(), "jwt_secret": _new_jwt_secret}

    def files(self, place: Place) -> Sequence[InstanceFile]:
        """The second one tells the application that it is installed already."""
        return (*super().files(place), InstanceFile("installed", Secret(INSTALLED)))

    def env_values(self, place: Place) -> Mapping[str, Any]:
        return {
            "jwt_secret": place.secrets["jwt_secret"].reveal(),
            "district_code": _district_code(place.region),
        }

    def outside_hosts(self, place: Place) -> Sequence[str]:
        """OpenDesa's portal, for its menu Kerjasama alone; it asks for no licence."""
        return (host_and_port(place.licence_url),) if place.licence_url else ()

    # --- its database

    def upgrade_command(self) -> tuple[str, ...]:
        return ("php", "/opt/siappakai/upgrade.php")

    def identity(self, place: Place) -> Sequence[Statement]:
        """Profile, title and first account; the link to a combined database stays off, as shipped.

        The template's profile holds a code of zeros; the application dots its codes.
        """
        columns = _profile_columns(place.region)
        changes = ", ".join(f"{name} = %s" for name in columns)
        return (
            Statement(
                f"UPDATE das_profil SET {changes} ORDER BY id LIMIT 1",
                tuple(columns.values()),
                expects_one="baris profil kecamatan",
            ),
            Statement(
                "UPDATE das_setting SET value = %s WHERE `key` = 'judul_aplikasi'",
                (_full_name(place.region),),
                expects_one="pengaturan judul_aplikasi",
            ),
            Statement(
                "UPDATE users SET name = %s, password = %s WHERE email = %s",
                ("Administrator", php_bcrypt(place.secrets["admin_password"]), self.first_admin),
                expects_one="akun admin pertama",
            ),
        )

    # --- its look

    def brand_slots(self, place: Place) -> Sequence[BrandSlot]:
        return opendk_slots(_full_name(place.region))

    # --- proof

    def page_probes(self, place: Place, facts: ReleaseFacts) -> Sequence[PageProbe]:
        name = _full_name(place.region)
        return (PageProbe("/", (name,)), PageProbe("/login", (name, f"v{facts.version}")))


def _php(version: str) -> tuple[str, ...]:
    """2601 came with Laravel 11 and asks for PHP 8.3, 2607 for 8.4."""
    year_and_month = int(version.split(".")[0])
    return ("8.2",) if year_and_month <= NEWEST_ON_PHP_8_2 else ("8.4",)


def _new_jwt_secret() -> Secret:
    return random_token(SECRET_LENGTH)


def _district_code(region: RegionFacts) -> str:
    """`73.05.05`, of a template's village too."""
    return region.dotted_code[:8]


def _full_name(region: RegionFacts) -> str:
    word = "Distrik" if region.province_code in DISTRIK else "Kecamatan"
    return f"{word} {region.name}"


def _profile_columns(region: RegionFacts) -> dict[str, Any]:
    """Column → value of das_profil; its pages print "KAB." before the regency's name."""
    code = _district_code(region)
    return {
        "provinsi_id": code[:2],
        "nama_provinsi": region.province_name,
        "kabupaten_id": code[:5],
        "nama_kabupaten": re.sub(r"^Kabupaten ", "", region.regency_name),
        "kecamatan_id": code,
        "nama_kecamatan": region.name,
        "email": region.email or None,
    }
