"""Settings read once from the environment; every missing or wrong name is told in one error.

Each name `X` may be given as `X_FILE`, the path of a file holding the value, so that a secret
never has to stand in the environment. There is no default for any secret.
"""

from __future__ import annotations

import base64
import binascii
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from siappakai.errors import SettingsError
from siappakai.secret import Secret

PREFIX = "SIAPPAKAI_"
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings of one panel; times in seconds, sizes in bytes."""

    session_key: Secret
    vault_key: Secret
    redis_url: str
    database_url: str
    home: Path
    data_root: Path
    fleet: str
    panel_domain: str
    domain_suffix: str
    listen_address: str
    http_port: int
    https_port: int
    worker_count: int
    lease_s: int
    images_dir: Path
    playbooks_dir: Path
    local_time_zone: str
    log_format: str

    @property
    def uploads_dir(self) -> Path:
        return self.home / "unggahan"

    @property
    def sources_dir(self) -> Path:
        return self.home / "sumber"


class _Reader:
    """Collects values and complaints, so that the admin mends everything in one go."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self.environ = environ
        self.complaints: list[str] = []

    def text(self, name: str, default: str | None = None) -> str:
        key = PREFIX + name
        raw = self.environ.get(key) or self._from_file(key)
        if raw:
            return raw
        if default is None:
            self.complaints.append(f"{key} (atau {key}_FILE) belum diisi")
        return default or ""

    def _from_file(self, key: str) -> str:
        path = self.environ.get(key + "_FILE")
        if not path:
            return ""
        try:
            return Path(path).read_text(encoding="utf-8").strip()
        except OSError as error:
            self.complaints.append(f"{key}_FILE tidak dapat dibaca: {error.strerror}")
            return "?"

    def converted(self, name: str, default: str, convert: Callable[[str], T], rule: str) -> T:
        raw = self.text(name, default)
        try:
            return convert(raw)
        except ValueError:
            self.complaints.append(f"{PREFIX}{name} = {raw!r} salah: {rule}")
            return convert(default)

    def number(self, name: str, default: int, low: int, high: int) -> int:
        def convert(raw: str) -> int:
            value = int(raw)
            if not low <= value <= high:
                raise ValueError(raw)
            return value

        return self.converted(name, str(default), convert, f"isi bilangan {low} sampai {high}")


def load_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Settings from `environ` (default: the process's); SettingsError lists all complaints."""
    reader = _Reader(os.environ if environ is None else environ)
    here = Path(__file__).resolve().parent.parent
    home = Path(reader.text("HOME", "/var/lib/siappakai"))
    settings = Settings(
        session_key=Secret(reader.text("SESSION_KEY")),
        vault_key=Secret(_vault_key(reader)),
        redis_url=reader.text("REDIS_URL"),
        database_url=reader.text("DATABASE_URL", f"sqlite:///{home}/kendali.sqlite3"),
        home=home,
        data_root=Path(reader.text("DATA_ROOT", "/srv/siappakai")),
        fleet=_fleet_name(reader),
        panel_domain=reader.text("PANEL_DOMAIN", "panel.siappakai.localhost"),
        domain_suffix=reader.text("DOMAIN_SUFFIX", "desa.localhost"),
        listen_address=reader.text("LISTEN_ADDRESS", "127.0.0.1"),
        http_port=reader.number("HTTP_PORT", 80, 1, 65535),
        https_port=reader.number("HTTPS_PORT", 443, 1, 65535),
        worker_count=reader.number("WORKERS", default_worker_count(), 1, 64),
        lease_s=reader.number("LEASE_S", 20, 5, 600),
        images_dir=Path(reader.text("IMAGES_DIR", str(here / "images"))),
        playbooks_dir=Path(reader.text("PLAYBOOKS_DIR", str(here / "playbooks"))),
        local_time_zone=reader.text("TIME_ZONE", "Asia/Jakarta"),
        log_format=reader.text("LOG_FORMAT", "json"),
    )
    if reader.complaints:
        raise SettingsError(
            "Pengaturan belum lengkap:\n- " + "\n- ".join(reader.complaints),
            hint="Isi nama-nama itu di berkas lingkungan (biasanya /etc/siappakai/lingkungan).",
        )
    return settings


def default_worker_count() -> int:
    """One worker a core, at least two: while one waits for Docker the other uses MariaDB."""
    return min(max(os.cpu_count() or 2, 2), 8)


def _vault_key(reader: _Reader) -> str:
    """A 32-byte key in URL-safe base64, as Fernet wants it."""
    raw = reader.text("VAULT_KEY")
    if raw and raw != "?":
        try:
            if len(base64.urlsafe_b64decode(raw)) != 32:
                raise ValueError
        except (ValueError, binascii.Error):
            reader.complaints.append(f"{PREFIX}VAULT_KEY bukan kunci 32 bita base64")
    return raw


def _fleet_name(reader: _Reader) -> str:
    name = reader.text("FLEET", "siappakai")
    if not (name.isascii() and name.isalnum() and name.islower() and len(name) <= 20):
        reader.complaints.append(
            f"{PREFIX}FLEET = {name!r}: huruf kecil dan angka, paling banyak 20"
        )
    return name
