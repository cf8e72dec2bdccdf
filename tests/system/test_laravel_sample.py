"""The sample of a Laravel application keeps its contract in real containers and MariaDB."""

from __future__ import annotations

import json
import os
import secrets
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import docker
import pymysql
import pytest
from docker.models.containers import Container

from siappakai.products.contract import DatabaseAccess
from siappakai.provision.base_images import ensure_base_image
from siappakai.secret import Secret
from tests.fleet import ROOT, Fleet

pytestmark = [pytest.mark.system, pytest.mark.timeout(300)]

SAMPLES = ROOT / "tests" / "samples" / "laravel"
IMAGE = "siappakai/php:8.2"
FIRST, SECOND, BROKEN = "v1.0.0", "v1.1.0", "v1.2.0-rusak"
FRAMEWORK = tuple(f"/app/storage/framework/{name}" for name in ("cache", "sessions", "views"))
WRITABLE = ("/app/storage/app", *FRAMEWORK, "/app/storage/logs", "/app/bootstrap/cache")
UP = "2025_06_01_000002_create_tagihan_table"
GOOD_HALF = "2025_09_01_000001_add_catatan_to_objek_pajak"
BAD_HALF = "2025_09_01_000002_rewrite_pemilik_and_fail"
FETCH = """
$answer = file_get_contents('http://127.0.0.1:8080' . $argv[1], false,
    stream_context_create(['http' => ['ignore_errors' => true, 'follow_location' => 0]]));
echo json_encode([(int) explode(' ', $http_response_header[0])[1], $answer, $http_response_header]);
"""
PARCELS = {
    "Tamasaju": [
        ("730505200100100001", "Daeng Ngalle", "Dusun Galesong Kota RT 001 RW 002", 200),
        ("730505200100100002", "St. Aminah", "Dusun Campagaya RT 3 RW 1", 1000),
    ],
    "Bontokanang": [("730505200200100001", "O'Brien", "Jalan Poros", 40)],
}
SPLIT = {
    "Tamasaju": [
        ("Daeng Ngalle", "Dusun Galesong Kota", "001", "002", 30000),
        ("St. Aminah", "Dusun Campagaya", "003", "001", 150000),
    ],
    "Bontokanang": [("O'Brien", "Jalan Poros", "", "", 6000)],
}


@dataclass(frozen=True)
class Answer:
    status: int
    out: str
    err: str


@dataclass
class VillageApp:
    """One village: its database, its uid and its .env, whichever release runs."""

    fleet: Fleet
    client: docker.DockerClient
    home: Path
    name: str
    code: str
    uid: int
    database: str
    password: str

    def write_env(self) -> None:
        env = self.home / "env"
        lines = {
            "APP_NAME": '"Contoh Pajak Desa"',
            "APP_ENV": "production",
            "APP_KEY": "",
            "DB_SOCKET": "/run/mysqld/mysqld.sock",
            "DB_DATABASE": self.database,
            "DB_USERNAME": self.database,
            "DB_PASSWORD": f'"{self.password}"',
            "KODE_DESA": self.code,
        }
        env.write_text("".join(f"{key}={value}\n" for key, value in lines.items()))
        os.chown(env, self.uid, self.uid)
        env.chmod(0o400)

    def set_key(self, key: str) -> None:
        env = self.home / "env"
        env.write_text(env.read_text().replace("APP_KEY=\n", f"APP_KEY={key}\n"))

    def start(self, release: str, *command: str, with_env: bool = True) -> Container:
        """A container as an instance's: read-only, no network, a uid of its own."""
        tree = self.home / release
        if not tree.exists():
            shutil.copytree(SAMPLES / release, tree)
        mounts = {
            str(tree): {"bind": "/app", "mode": "ro"},
            str(self.fleet.root / "mariadb" / "run"): {"bind": "/run/mysqld", "mode": "ro"},
        }
        if with_env:
            (tree / ".env").touch()
            mounts[str(self.home / "env")] = {"bind": "/app/.env", "mode": "ro"}
        return self.client.containers.run(
            IMAGE,
            list(command),
            name=f"{self.fleet.name}-laravel-{secrets.token_hex(4)}",
            detach=True,
            user=f"{self.uid}:{self.uid}",
            working_dir="/app",
            read_only=True,
            network_mode="none",
            cap_drop=["ALL"],
            security_opt=["no-new-privileges"],
            pids_limit=32,
            mem_limit="128m",
            volumes=mounts,
            tmpfs={path: self._folder_options() for path in ("/tmp", *WRITABLE)},
        )

    def _folder_options(self) -> str:
        return f"rw,noexec,nosuid,size=4m,uid={self.uid},gid={self.uid},mode=0750"

    def artisan(self, release: str, *words: str, with_env: bool = True) -> Answer:
        container = self.start(release, "php", "artisan", *words, with_env=with_env)
        try:
            status = int(container.wait(timeout=60)["StatusCode"])
            out = container.logs(stdout=True, stderr=False).decode()
            err = container.logs(stdout=False, stderr=True).decode()
            return Answer(status, out, err)
        finally:
            container.remove(force=True)

    def rows(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        socket = str(self.fleet.root / "mariadb" / "run" / "mysqld.sock")
        connection = pymysql.connect(
            unix_socket=socket,
            user=self.database,
            password=self.password,
            database=self.database,
            autocommit=True,
        )
        with connection, connection.cursor() as cursor:
            cursor.execute(sql, values)
            return list(cursor.fetchall())

    def add_parcels(self) -> None:
        sql = "INSERT INTO objek_pajak (nop, pemilik, alamat, luas_m2) VALUES (%s, %s, %s, %s)"
        for parcel in PARCELS[self.name]:
            self.rows(sql, *parcel)

    def batches(self) -> list[tuple[Any, ...]]:
        return self.rows("SELECT batch, COUNT(*) FROM migrations GROUP BY batch ORDER BY batch")

    def bills(self) -> list[tuple[Any, ...]]:
        return self.rows(
            "SELECT pemilik, dusun, rt, rw, jumlah FROM objek_pajak o"
            " JOIN tagihan t ON t.objek_pajak_id = o.id ORDER BY o.id"
        )


@pytest.fixture(scope="module")
def client() -> Iterator[docker.DockerClient]:
    """Docker, with the PHP image present."""
    made = docker.from_env()
    ensure_base_image(made, "8.2", ROOT / "images", print)
    yield made
    made.close()


@pytest.fixture
def villages(
    fleet: Fleet, client: docker.DockerClient, tmp_path: Path
) -> Iterator[list[VillageApp]]:
    """Two villages, each with a database, a uid and an .env of its own."""
    databases = fleet.tools.databases
    made = []
    for number, name in enumerate(PARCELS):
        database, password = f"contoh_{secrets.token_hex(4)}", secrets.token_hex(12)
        databases.create(database, "utf8mb4", "utf8mb4_general_ci")
        databases.ensure_account(DatabaseAccess(database, database, Secret(password)))
        home = tmp_path / name
        home.mkdir()
        code = f"73.05.05.200{number + 1}"
        uid = 234501 + number
        made.append(VillageApp(fleet, client, home, name, code, uid, database, password))
        made[-1].write_env()
    yield made
    for village in made:
        databases.drop_unused(village.database)


def test_every_php_file_of_the_sample_is_valid(fleet: Fleet, client: docker.DockerClient) -> None:
    files = sorted(
        str(path.relative_to(SAMPLES))
        for path in SAMPLES.rglob("*")
        if path.suffix == ".php" or path.name == "artisan"
    )
    assert len(files) > 30
    line = ["sh", "-c", 'for f in "$@"; do php -d display_errors=1 -l "$f" || exit 1; done', "sh"]
    said = client.containers.run(
        IMAGE,
        [*line, *files],
        name=f"{fleet.name}-laravel-lint",
        network_mode="none",
        working_dir="/contoh",
        volumes={str(SAMPLES): {"bind": "/contoh", "mode": "ro"}},
        stderr=True,
        remove=True,
    ).decode()
    assert [one for one in said.splitlines() if one] == [
        f"No syntax errors detected in {path}" for path in files
    ]


def test_a_second_migrate_does_nothing_and_the_next_release_transforms_each_villages_own_rows(
    villages: list[VillageApp],
) -> None:
    for village in villages:
        status = village.artisan(FIRST, "migrate:status")
        assert (status.status, "not found" in status.err) == (1, True)
        assert village.artisan(FIRST, "migrate").status == 1
        first = village.artisan(FIRST, "migrate", "--force")
        assert (first.status, first.out.count("DONE"), first.err) == (0, 4, "")
        again = village.artisan(FIRST, "migrate", "--force")
        assert (again.status, again.out.strip()) == (0, "INFO  Nothing to migrate.")
        village.add_parcels()
    for village in villages:
        assert village.artisan(SECOND, "migrate:status").out.count("Pending") == 2
        second = village.artisan(SECOND, "migrate", "--force")
        assert (second.status, second.out.count("DONE")) == (0, 2), second.err
        assert "Nothing to migrate" in village.artisan(SECOND, "migrate", "--force").out
        assert village.batches() == [(1, 4), (2, 2)]
    for village in villages:
        assert village.bills() == SPLIT[village.name]
        assert village.rows("SELECT code FROM tenants") == [(village.code,)]


def test_the_broken_release_fails_and_leaves_changed_rows_unrecorded_in_its_village_only(
    villages: list[VillageApp],
) -> None:
    struck, spared = villages
    for village in villages:
        assert village.artisan(FIRST, "migrate", "--force").status == 0
        village.add_parcels()
        assert village.artisan(SECOND, "migrate", "--force").status == 0
    broken = struck.artisan(BROKEN, "migrate", "--force")
    assert broken.status == 1 and "memang dibuat gagal" in broken.err
    assert "DONE" in broken.out and BAD_HALF not in broken.out
    owners = [row[0] for row in struck.rows("SELECT pemilik FROM objek_pajak ORDER BY id")]
    assert owners == ["DAENG NGALLE", "ST. AMINAH"]
    assert struck.rows("SELECT COUNT(*) FROM tagihan") == [(0,)]
    names = [row[0] for row in struck.rows("SELECT migration FROM migrations ORDER BY id")]
    assert names[-2:] == [UP, GOOD_HALF] and BAD_HALF not in names
    about = json.loads(struck.artisan(BROKEN, "about", "--json").out)
    assert about["database"]["pending"] == [BAD_HALF] and not about["database"]["migrated"]
    assert spared.bills() == SPLIT[spared.name]


def test_a_seeder_that_stops_half_way_leaves_an_account_without_settings(
    villages: list[VillageApp],
) -> None:
    for village in villages:
        assert village.artisan(SECOND, "migrate", "--force").status == 0
        assert village.artisan(SECOND, "db:seed").status == 1
        assert village.rows("SELECT COUNT(*) FROM users") == [(0,)]
        assert village.artisan(SECOND, "db:seed", "--force").status == 1
        assert village.rows("SELECT username FROM users") == [("admin",)]
        own = "SELECT COUNT(*) FROM pengaturan_aplikasi WHERE `key` NOT LIKE %s"
        assert village.rows(own, "layanan%") == [(0,)]


def test_without_env_or_the_villages_code_it_refuses_and_touches_no_database(
    villages: list[VillageApp],
) -> None:
    for village in villages:
        for words in (["migrate", "--force"], ["key:generate", "--show"], ["about", "--json"]):
            refused = village.artisan(FIRST, *words, with_env=False)
            assert (refused.status, refused.out) == (1, ""), words
            assert ".env" in refused.err
        env = village.home / "env"
        env.write_text(env.read_text().replace(f"KODE_DESA={village.code}", "KODE_DESA="))
        nameless = village.artisan(FIRST, "migrate", "--force")
        assert nameless.status == 1 and "KODE_DESA" in nameless.err
        assert village.artisan(FIRST, "tidak:ada").status == 1
        assert village.rows("SHOW TABLES") == []


def test_pages_show_each_village_and_version_once_key_and_migrations_fit(
    villages: list[VillageApp],
) -> None:
    for village in villages:
        assert fetch_all(village, FIRST, "/up", "/")[0][0] == 500
        key = village.artisan(FIRST, "key:generate", "--show").out.strip()
        assert key.startswith("base64:")
        village.set_key(key)
        assert village.artisan(FIRST, "migrate", "--force").status == 0
        assert fetch_all(village, FIRST, "/login")[0][0] == 500
        assert village.artisan(FIRST, "db:seed", "--force").status == 0
        assert village.artisan(FIRST, "config:clear").status == 0
        up, home, login, style, env, nowhere = fetch_all(
            village, FIRST, "/up", "/", "/login", "/assets/contoh.css", "/.env", "/tidak-ada"
        )
        about = json.loads(village.artisan(FIRST, "about", "--json").out)
        assert up[0] == 200 and json.loads(up[1]) == {"ok": True, **about}
        facts = (about["version"], about["environment"], about["edition"], about["village_code"])
        assert facts == (FIRST, "production", "contoh", village.code)
        assert home[0] == 302 and "Location: http://localhost/login" in home[2]
        assert login[0] == 200 and 'type="password"' in login[1] and FIRST in login[1]
        assert "aplikasi contoh" in login[1]
        assert style[0] == 200 and ".sample" in style[1]
        assert (env[0], nowhere[0]) == (404, 404) and village.password not in env[1]
        assert fetch_all(village, SECOND, "/up")[0][0] == 500


def fetch_all(village: VillageApp, release: str, *paths: str) -> list[Any]:
    """Status, body and headers of each page, asked for inside the networkless container."""
    server = village.start(
        release, "php", "-S", "127.0.0.1:8080", "-t", "public", "public/index.php"
    )
    wait = "for ($i = 0; $i < 100 && !@fsockopen('127.0.0.1', 8080); $i++) usleep(50000);"
    try:
        assert server.exec_run(["php", "-r", wait]).exit_code == 0
        answers = [server.exec_run(["php", "-r", FETCH, path]).output for path in paths]
        return [json.loads(answer) for answer in answers]
    finally:
        server.remove(force=True)
