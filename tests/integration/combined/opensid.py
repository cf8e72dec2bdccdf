"""Villages of the real OpenSID in one combined database, made by OpenSID's own code."""

from __future__ import annotations

import base64
import json
import os
import secrets
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import docker
import httpx
from docker.errors import NotFound
from docker.types import Mount

from siappakai.provision.databases import Databases

UID = 199_993
APP = "/var/www/app"
NAMES = {
    "7305012001": "Uji Satu",
    "7305012002": "Uji Dua",
    "7305012003": "Uji Tiga",
    "7305012004": "Uji Empat",
}
QUIET = {"enable_track": "0", "web_theme": "natra"}
DATABASE_PHP = """<?php
$db['default']['hostname'] = 'localhost';
$db['default']['username'] = '{user}';
$db['default']['password'] = '{password}';
$db['default']['port']     = 3306;
$db['default']['database'] = '{database}';
$db['default']['dbcollat'] = 'utf8_general_ci';
$db['default']['stricton'] = true;
"""
CONFIG_PHP = """<?php
$config['user_admin']    = 0;
$config['trusted_hosts'] = [];
$config['server_pantau']  = 'http://127.0.0.1:9';
$config['server_layanan'] = 'http://127.0.0.1:9';
$config['rilis_umum']     = 'http://127.0.0.1:9';
"""


def identity(code: str) -> dict[str, Any]:
    return {
        "nama_desa": NAMES[code],
        "kode_desa": code,
        "nama_kecamatan": "Mangarabombang",
        "kode_kecamatan": code[:6],
        "nama_kabupaten": "Takalar",
        "kode_kabupaten": code[:4],
        "nama_propinsi": "Sulawesi Selatan",
        "kode_propinsi": code[:2],
    }


@dataclass
class Villages:
    """Instances of one image; each has a folder and a key, each database a password."""

    databases: Databases
    image: str
    keys: dict[str, str] = field(default_factory=dict)
    passwords: dict[str, str] = field(default_factory=dict)

    def make_database(self, database: str) -> None:
        self.databases.create(database, "utf8", "utf8_general_ci")
        password = self.passwords.setdefault(database, secrets.token_hex(16))
        with self.databases.connection(database) as connection, connection.cursor() as cursor:
            cursor.execute(f"CREATE USER IF NOT EXISTS {database}@localhost")
            cursor.execute(f"ALTER USER {database}@localhost IDENTIFIED BY '{password}'")
            cursor.execute(f"GRANT ALL PRIVILEGES ON {database}.* TO {database}@localhost")

    def key_of(self, code: str) -> str:
        new = "base64:" + base64.b64encode(secrets.token_bytes(32)).decode()
        return self.keys.setdefault(code, new)

    def home(self, code: str) -> Path:
        return self.databases.paths.root / "instances" / code

    def cli(
        self, code: str, database: str, command: str, arguments: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        """The JSON answer of the image's own cli.php; one that gave none shows its output."""
        home = self._lay_out(code, database)
        words = home / "sessions" / "masukan.json"
        words.write_text(json.dumps(arguments or {}))
        line = ["php", "/opt/siappakai/cli.php", command]
        output = self._run(home, [*line, "--masukan", "/var/lib/php/sessions/masukan.json"])
        try:
            answer: dict[str, Any] = json.loads(output.strip().splitlines()[-1])
        except (IndexError, ValueError) as error:
            raise AssertionError(output) from error
        return answer

    def _lay_out(self, code: str, database: str) -> Path:
        home = self.home(code)
        for name in ("desa/config", "config", "logs", "backup", "sessions", "run"):
            (home / name).mkdir(parents=True, exist_ok=True)
        (home / "desa/app_key").touch()
        (home / "app_key").write_text(self.key_of(code))
        (home / "config/index.html").write_text("")
        (home / "config/config.php").write_text(CONFIG_PHP)
        access = {"user": database, "database": database, "password": self.passwords[database]}
        (home / "config/database.php").write_text(DATABASE_PHP.format(**access))
        for path in (home, *home.rglob("*")):
            os.chown(path, UID, UID, follow_symlinks=False)
        return home

    @contextmanager
    def serving(self, code: str, database: str) -> Iterator[httpx.Client]:
        """The village's own container, asked on its own socket."""
        home = self._lay_out(code, database)
        name = f"{self.databases.paths.fleet}-{code}"
        client = docker.from_env()
        try:
            client.api.create_container(self.image, name=name, **self._shape(home))
            client.api.start(name)
            path = home / "run" / "http.sock"
            _wait_for(path)
            transport = httpx.HTTPTransport(uds=str(path))
            with httpx.Client(transport=transport, base_url="http://desa", timeout=60) as visitor:
                yield visitor
        finally:
            with suppress(NotFound):
                client.api.remove_container(name, force=True)
            client.close()

    def _run(self, home: Path, command: list[str]) -> str:
        client = docker.from_env()
        name = f"{self.databases.paths.fleet}-{home.name}-sekali"
        try:
            client.api.create_container(self.image, command, name=name, **self._shape(home))
            try:
                client.api.start(name)
                client.api.wait(name, timeout=600)
                return client.api.logs(name).decode(errors="replace")
            finally:
                client.api.remove_container(name, force=True)
        finally:
            client.close()

    def _shape(self, home: Path) -> dict[str, Any]:
        """What images/opensid/README.md asks for; `run` is where a serving one opens its socket."""
        places = {
            "desa": f"{APP}/desa",
            "config": f"{APP}/desa/config",
            "app_key": f"{APP}/desa/app_key",
            "logs": f"{APP}/storage/logs",
            "backup": f"{APP}/backup_inkremental",
            "sessions": "/var/lib/php/sessions",
            "run": "/run/siappakai",
        }
        mounts = [
            Mount(inside, str(home / name), type="bind", read_only=name in ("config", "app_key"))
            for name, inside in places.items()
        ]
        run = str(self.databases.paths.mariadb_socket.parent)
        mounts.append(Mount("/run/mysqld", run, type="bind", read_only=True))
        own = f"uid={UID},gid={UID},mode=700"
        client = docker.from_env()
        config = client.api.create_host_config(
            mounts=mounts,
            tmpfs={"/tmp": own, "/run/php": own, f"{APP}/storage/framework": own},
            network_mode="none",
            read_only=True,
            cap_drop=["ALL"],
        )
        client.close()
        return {"user": f"{UID}:{UID}", "host_config": config}

    def build_combined(self, database: str, codes: list[str]) -> None:
        """The first village installs; the others join it, as OpenSID itself lets them."""
        self.build_empty(database, codes[0])
        first, *others = codes
        naming = {"adopt": True, "identity": identity(first), "settings": QUIET}
        must(self.cli(first, database, "set", naming))
        for code in others:
            must(self.cli(code, database, "new-village", {"identity": identity(code)}))
            must(self.cli(code, database, "remigrate"))
            must(self.cli(code, database, "set", {"settings": QUIET}))

    def build_empty(self, database: str, code: str) -> None:
        """A fresh installation whose only village has no name and a key nobody holds."""
        self.make_database(database)
        must(self.cli(code, database, "install"))


def _wait_for(path: Path) -> None:
    """Somebody listens; asked by a socket of our own, for httpx leaves a refused one open."""
    for _ in range(300):
        with socket.socket(socket.AF_UNIX) as probe, suppress(OSError):
            probe.connect(str(path))
            return
        time.sleep(0.2)
    raise AssertionError("the village's container does not answer")


def must(answer: dict[str, Any]) -> dict[str, Any]:
    assert answer["ok"], answer
    return answer
