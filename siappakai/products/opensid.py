"""OpenSID: a village's administration and public website.

Facts tried with the real releases 2408 and 2410; why each rule exists stands in
images/opensid/README.md.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from siappakai.models.release import Edition
from siappakai.products.brand import THEMES_IN_CONTAINER, Wear
from siappakai.products.brand_slots.opensid import opensid_files, opensid_proofs, opensid_slots
from siappakai.products.contract import (
    CLI,
    BrandFile,
    BrandProof,
    BrandSlot,
    DatabaseNeeds,
    DataMount,
    InstanceFile,
    PageProbe,
    Place,
    Recipe,
    RegionFacts,
    ReleaseFacts,
    Scope,
    Statement,
    refuse_tree,
)
from siappakai.products.keys import new_app_key, php_bcrypt
from siappakai.products.render import read_instance_file, render_instance_file
from siappakai.secret import Secret, random_password, random_token

ROOT = "/var/www/app"
HELPER = Path("donjo-app/helpers/opensid_helper.php")
JOIN_FILE = "config/desa-baru.json"  # what `new-village` is told in a combined database
FIRST_ADMIN = "admin"
OPENSID_ZONES = {"Asia/Jakarta", "Asia/Makassar", "Asia/Jayapura"}


class OpenSid(Recipe):
    product = "opensid"
    label = "OpenSID"
    scope = Scope.VILLAGE
    takes_token = True
    compiles_ahead = True
    # Logins, desks with a form, and addresses that are asked to change something.
    private_paths = (
        "/siteman",
        "/layanan-mandiri",
        "/anjungan",
        "/buku-tamu",
        "/kehadiran",
        "/captcha",
        "/install",
        "/koneksi-database",
        "/koneksi_database",
        "/notif_web",
        "/verifikasi-surat",
        "/v",
        "/c1",
    )
    volatile = ("desa/cache", "logs", "sessions")
    brand_pictures = ("emblem", "icons")
    # The character set is what the application's own installer creates.
    database = DatabaseNeeds("sid", charset="utf8", collation="utf8_general_ci")

    def read_release(self, tree: Path) -> ReleaseFacts:
        try:
            constants = (tree / HELPER).read_text(encoding="utf-8", errors="replace")
        except OSError as error:
            raise refuse_tree(self.label, f"berkas {HELPER} tidak ada") from error
        version = _constant(constants, "VERSION")
        schema_version = _constant(constants, "VERSI_DATABASE")
        if not re.fullmatch(r"\d{4}\.\d+\.\d+(-[a-z0-9.]+)?", version) or not schema_version:
            raise refuse_tree(self.label, f"VERSION atau VERSI_DATABASE tidak terbaca di {HELPER}")
        if not (tree / "vendor/autoload.php").is_file():
            raise refuse_tree(self.label, "folder vendor/ tidak ada di dalamnya")
        return ReleaseFacts(version, schema_version, _edition(tree, constants), _php(version))

    def mounts(self) -> Sequence[DataMount]:
        return (
            DataMount("desa", f"{ROOT}/desa"),
            # An installation rewrites app_key and every migration rewrites database.php: both
            # are read-only, so the key and the password stay as we wrote them.
            DataMount("config", f"{ROOT}/desa/config", read_only=True),
            DataMount("app_key", f"{ROOT}/desa/app_key", read_only=True, is_file=True),
            DataMount("logs", f"{ROOT}/storage/logs"),
            DataMount("backup", f"{ROOT}/backup_inkremental"),
            DataMount("sessions", "/var/lib/php/sessions"),
            # Theme packages by their hash: a link below desa/themes leads to one of them.
            DataMount("tema", THEMES_IN_CONTAINER, read_only=True, of_server=True),
        )

    def tmpfs(self, uid: int) -> Mapping[str, str]:
        owner = f"uid={uid},gid={uid}"
        return {
            "/tmp": f"{owner},mode=700,size=256m",
            "/run/php": f"{owner},mode=700,size=4m",
            # Compiled views break another version's pages, so they live and die with the container.
            f"{ROOT}/storage/framework": f"{owner},mode=700,size=128m",
        }

    def secret_makers(self) -> Mapping[str, Callable[[], Secret]]:
        return {
            "app_key": new_app_key,
            "database_password": random_token,
            "admin_password": random_password,
        }

    def files(self, place: Place) -> Sequence[InstanceFile]:
        database = render_instance_file(
            self.product,
            "database.php.j2",
            database=place.database.name,
            username=place.database.user,
            password=place.database.password.reveal(),
        )
        config = render_instance_file(self.product, "config.php.j2")
        index = render_instance_file(self.product, "index.html.j2")
        files = (
            InstanceFile("app_key", place.secrets["app_key"]),
            InstanceFile("config/database.php", Secret(database)),
            InstanceFile("config/config.php", Secret(config)),
            InstanceFile("config/kunci.php", Secret(read_instance_file(self.product, "kunci.php"))),
            InstanceFile("config/index.html", Secret(index)),
        )
        if not place.is_combined:
            return files
        return (*files, InstanceFile(JOIN_FILE, Secret(json.dumps(_join_input(place)))))

    def install_commands(self) -> Sequence[tuple[str, ...]]:
        """A fresh 2410 lacks columns and settings that a migrated one has (a fact tried)."""
        return ((*CLI, "install"), (*CLI, "remigrate"))

    def join_commands(self) -> Sequence[tuple[str, ...]]:
        """`remigrate` brings the settings that `new-village` alone leaves out (a fact tried)."""
        return (
            (*CLI, "new-village", "--masukan", f"{ROOT}/desa/{JOIN_FILE}"),
            (*CLI, "remigrate"),
        )

    def adopt(self, place: Place) -> Sequence[Statement]:
        """The template's only village takes this one's key, by which all that follows finds it."""
        key = place.secrets["app_key"].reveal()
        return (Statement("UPDATE config SET app_key = %s ORDER BY id LIMIT 1", (key,)),)

    def village_row(self, place: Place) -> Statement:
        key = place.secrets["app_key"].reveal()
        return Statement("SELECT id FROM config WHERE app_key = %s", (key,))

    def leave(self, place: Place) -> Sequence[Statement]:
        """All its rows go with its `config` row: 199 tables cascade (a fact tried).

        The first row stays: OpenSID copies parent modules of new villages from it.
        """
        key = place.secrets["app_key"].reveal()
        return (Statement("DELETE FROM config WHERE app_key = %s AND id <> 1", (key,)),)

    def identity(self, place: Place) -> Sequence[Statement]:
        columns = _identity_columns(place)
        changes = ", ".join(f"{name} = %s" for name in columns)
        key = place.secrets["app_key"].reveal()
        own = "config_id = (SELECT id FROM config WHERE app_key = %s)"
        return (
            Statement(
                f"UPDATE config SET {changes} WHERE app_key = %s",
                (*columns.values(), key),
                expects_one="baris desa ini di tabel config",
            ),
            *(
                Statement(
                    f"UPDATE setting_aplikasi SET value = %s WHERE `key` = %s AND {own}",
                    (value, name, key),
                )
                for name, value in _settings(place).items()
            ),
            Statement(
                "UPDATE user SET username = %s, password = %s, nama = %s "
                f"WHERE {own} ORDER BY id LIMIT 1",
                (FIRST_ADMIN, php_bcrypt(place.secrets["admin_password"]), "Administrator", key),
                expects_one="akun admin pertama",
            ),
        )

    def token_statements(self, place: Place) -> Sequence[Statement]:
        """The setting that its pages of the customer portal read; without a token it stays."""
        if place.premium_token is None:
            return ()
        return (
            Statement(
                "UPDATE setting_aplikasi SET value = %s WHERE `key` = 'layanan_opendesa_token' "
                "AND config_id = (SELECT id FROM config WHERE app_key = %s)",
                (place.premium_token.reveal(), place.secrets["app_key"].reveal()),
            ),
        )

    def forget_commands(self) -> Sequence[tuple[str, ...]]:
        """`set` with nothing to set only drops what the serving instance had cached."""
        return ((*CLI, "set"),)

    def brand_slots(self, place: Place) -> Sequence[BrandSlot]:
        return opensid_slots(
            place.secrets["app_key"].reveal(),
            place.village_word,
            _regency_word_and_name(place.region)[0],
            place.region.email,
        )

    def brand_files(self, place: Place, wear: Wear) -> Sequence[BrandFile]:
        return opensid_files(wear)

    def brand_proofs(self, place: Place, wear: Wear) -> Sequence[BrandProof]:
        return opensid_proofs(wear)

    def wrong_health(self, answer: Mapping[str, Any], place: Place, facts: ReleaseFacts) -> str:
        if not answer.get("ok"):
            return str(answer.get("error") or "pemeriksaan kesehatan menjawab tidak sehat")
        wanted = {
            "village_code": place.region.code,
            "version": facts.version,
            "schema_version": facts.schema_version,
            "migrated": True,
        }
        for name, value in wanted.items():
            if answer.get(name) != value:
                return f"{name} = {answer.get(name)!r}, seharusnya {value!r}"
        return ""

    def page_probes(self, place: Place, facts: ReleaseFacts) -> Sequence[PageProbe]:
        return (
            PageProbe("/", (place.region.name,)),
            PageProbe("/siteman", (place.region.name, f"OpenSID {facts.version}")),
        )


def _constant(source: str, name: str) -> str:
    match = re.search(rf"define\('{name}',\s*'([^']*)'\)", source)
    return match.group(1) if match else ""


def _edition(tree: Path, constants: str) -> Edition:
    """Sample releases say so in composer.json; the premium edition by its own constant."""
    try:
        extra = json.loads((tree / "composer.json").read_text(encoding="utf-8")).get("extra", {})
    except (OSError, ValueError) as error:
        raise refuse_tree("OpenSID", "composer.json tidak terbaca") from error
    if isinstance(extra, dict) and extra.get("siappakai", {}).get("edition") == "contoh":
        return Edition.SAMPLE
    is_premium = re.search(r"define\('PREMIUM',\s*true\)", constants)
    return Edition.PREMIUM if is_premium else Edition.GENERAL


def _php(version: str) -> tuple[str, ...]:
    """Up to 2407 the themes use bare words, fatal since PHP 8 (facts tried, see the README)."""
    return ("7.4",) if int(version.split(".")[0]) <= 2407 else ("8.2", "7.4")


def _identity_columns(place: Place) -> dict[str, Any]:
    """Column → value of the village's row in `config`, within the widths of its migration."""
    village = place.region
    return {
        "nama_desa": village.name,
        "kode_desa": village.code,
        "kode_pos": int(village.postal_code) if village.postal_code else None,
        "nama_kecamatan": village.district_name,
        "kode_kecamatan": village.district_code,
        "nama_kabupaten": _regency_word_and_name(village)[1],
        "kode_kabupaten": village.regency_code,
        "nama_propinsi": village.province_name,
        "kode_propinsi": village.province_code,
        "alamat_kantor": village.office_address[:200],
        "email_desa": village.email[:50],
        "website": f"https://{village.domain}"[:100],
    }


def _join_input(place: Place) -> dict[str, Any]:
    return {"identity": _identity_columns(place)}


def _regency_word_and_name(village: RegionFacts) -> tuple[str, str]:
    """("kabupaten", "Takalar"): the application prints the word from a setting of its own."""
    for word in ("Kabupaten", "Kota"):
        if village.regency_name.startswith(word + " "):
            return word.lower(), village.regency_name[len(word) + 1 :]
    return "kabupaten", village.regency_name


def _settings(place: Place) -> dict[str, str]:
    """Rows of `setting_aplikasi`: quiet without internet, and the regency's own words."""
    zone = place.local_time_zone
    return {
        "enable_track": "0",
        "offline_mode": "0",
        "web_theme": "natra",  # the only shipped theme that needs no CDN
        "sebutan_desa": place.village_word,
        "sebutan_kabupaten": _regency_word_and_name(place.region)[0],
        "timezone": zone if zone in OPENSID_ZONES else "Asia/Jakarta",
    }
