"""prepare_server.yml makes a real server of a machine, and a second run changes nothing.

Runs on this machine's Docker Engine with a fleet and a data root of its own, removed afterwards.
"""

from __future__ import annotations

import http.server
import json
import shutil
import socket
import socketserver
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import docker
import httpx
import pymysql
import pytest

from siappakai.provision.ansible import PlayResult, ServerAddress, run_play

PROJECT = Path(__file__).resolve().parents[2]
FLEET = "ujiansible"
MARIADB_IMAGE = "siappakai/mariadb:10.11"
VILLAGES = {"opensid-7305012001": 200001, "opensid-7305012002": 200002}


@dataclass(frozen=True)
class Prepared:
    root: Path
    first: PlayResult
    run_again: Callable[[], PlayResult]
    engine: docker.DockerClient

    @property
    def password(self) -> str:
        lines = (self.root / "mariadb/admin.cnf").read_text().splitlines()
        return next(line.split("=", 1)[1].strip() for line in lines if line.startswith("password"))

    def admin(self) -> pymysql.Connection:
        return pymysql.connect(
            unix_socket=str(self.root / "mariadb/run/mysqld.sock"),
            user="siappakai",
            password=self.password,
            autocommit=True,
        )

    def ask(self, sql: str) -> list[tuple]:
        with self.admin() as connection, connection.cursor() as cursor:
            cursor.execute(sql)
            return list(cursor.fetchall())

    def container(self, part: str) -> docker.models.containers.Container:
        return self.engine.containers.get(f"{FLEET}-{part}")


@pytest.fixture(scope="module")
def engine() -> Iterator[docker.DockerClient]:
    client = docker.from_env()
    yield client
    client.close()


def remove_fleet(engine: docker.DockerClient) -> None:
    label = {"label": f"siappakai.fleet={FLEET}"}
    for container in engine.containers.list(all=True, filters=label):
        container.remove(force=True, v=True)
    for network in engine.networks.list(filters=label):
        network.remove()


@pytest.fixture(scope="module")
def server(engine) -> Iterator[Prepared]:
    for image in ("mariadb", "edge", "egress"):
        subprocess.run([PROJECT / "images" / image / "build.sh"], check=True, timeout=600)
    remove_fleet(engine)
    root = Path(tempfile.mkdtemp(prefix=f"{FLEET}-"))
    variables = {
        "fleet": FLEET,
        "data_root": root,
        "mariadb_memory_mb": 768,
        "kernel_limits_managed": False,
    }

    def run() -> PlayResult:
        playbook = PROJECT / "playbooks" / "prepare_server.yml"
        return run_play(playbook, ServerAddress("local"), variables, timeout_s=600)

    try:
        yield Prepared(root, run().require_ok(), run, engine)
    finally:
        remove_fleet(engine)
        shutil.rmtree(root)


def test_a_second_run_changes_nothing(server):
    before = [server.container(part).id for part in ("mariadb", "edge")]
    password = server.password
    again = server.run_again().require_ok()
    assert server.first.changed > 5
    assert (again.changed, again.failures) == (0, ())
    assert [server.container(part).id for part in ("mariadb", "edge")] == before
    assert server.password == password


def test_mariadb_has_the_settings_that_hundreds_of_villages_need(server):
    settings = dict(server.ask("SHOW GLOBAL VARIABLES"))
    assert int(settings["table_definition_cache"]) >= 4000
    assert int(settings["table_open_cache"]) >= 2000
    assert int(settings["max_prepared_stmt_count"]) == 262144
    assert int(settings["max_connections"]) >= 200
    assert int(settings["innodb_buffer_pool_size"]) == 768 * 45 // 100 // 16 * 16 * 1024 * 1024
    assert int(settings["open_files_limit"]) >= 10000
    assert settings["innodb_file_per_table"] == "ON"
    assert settings["character_set_server"] == "utf8mb4"
    assert settings["skip_networking"] == "ON"
    assert settings["slow_query_log"] == "ON"
    assert settings["version"].startswith("10.11.")


def test_hundreds_of_tables_are_prepared_again_and_again_without_error_1615(server):
    with server.admin() as connection, connection.cursor() as cursor:
        cursor.execute("CREATE DATABASE ujian_banyak")
        cursor.execute("USE ujian_banyak")
        for number in range(600):
            cursor.execute(f"CREATE TABLE t{number} (a INT) ENGINE=InnoDB")
            cursor.execute(f"PREPARE p{number} FROM 'SELECT COUNT(*) FROM t{number}'")
        for _ in range(2):
            for number in range(600):
                cursor.execute(f"EXECUTE p{number}")
                assert cursor.fetchone() == (0,)
        cursor.execute("DROP DATABASE ujian_banyak")
        cursor.execute("SHOW GLOBAL STATUS LIKE 'Com_stmt_reprepare'")
        assert cursor.fetchone() == ("Com_stmt_reprepare", "0")


def test_no_anonymous_account_and_no_test_database_exist(server):
    accounts = {name for (name,) in server.ask("SELECT User FROM mysql.user")}
    databases = {name for (name,) in server.ask("SHOW DATABASES")}
    assert accounts == {"root", "mysql", "mariadb.sys", "siappakai"}
    assert databases == {"information_schema", "mysql", "performance_schema", "sys"}


def client_in_container(server: Prepared, uid: int, user: str, password: str, sql: str) -> str:
    """What the `mariadb` program says in a container with no network and only the socket folder."""
    folder = Path(tempfile.mkdtemp(prefix=f"{FLEET}-akun-"))
    try:
        options = folder / "akun.cnf"
        options.write_text(f"[client]\nuser={user}\npassword={password}\n")
        options.chmod(0o644)
        folder.chmod(0o755)
        container = server.engine.containers.create(
            MARIADB_IMAGE,
            ["mariadb", "--defaults-file=/akun/akun.cnf", "-S/run/mysqld/mysqld.sock", "-Ne", sql],
            user=f"{uid}:{uid}",
            network_mode="none",
            read_only=True,
            cap_drop=["ALL"],
            labels={"siappakai.fleet": FLEET},
            volumes={
                str(server.root / "mariadb/run"): {"bind": "/run/mysqld", "mode": "ro"},
                str(folder): {"bind": "/akun", "mode": "ro"},
            },
        )
        container.start()
        container.wait(timeout=60)
        said = container.logs().decode()
        container.remove()
        return said
    finally:
        shutil.rmtree(folder)


@pytest.mark.parametrize("account", ["root", "mysql", ""])
def test_nobody_gets_in_over_the_shared_socket_by_being_uid_0(server, account):
    assert "Access denied" in client_in_container(server, 0, account, "", "SELECT 1")


def test_each_village_reaches_its_own_database_from_a_container_without_network(server):
    for key, uid in VILLAGES.items():
        name, password = key.replace("-", "_"), f"sandi-{uid}"
        server.ask(f"CREATE DATABASE {name}")
        server.ask(f"CREATE TABLE {name}.nama AS SELECT '{key}' AS nama")
        server.ask(f"CREATE USER {name}@localhost IDENTIFIED BY '{password}'")
        server.ask(f"GRANT ALL ON {name}.* TO {name}@localhost")
    (one, one_uid), (two, _) = VILLAGES.items()
    account = (one_uid, one.replace("-", "_"), f"sandi-{one_uid}")
    own, other = (f"SELECT nama FROM {key.replace('-', '_')}.nama" for key in (one, two))
    assert client_in_container(server, *account, own).strip() == one
    assert "denied" in client_in_container(server, *account, other)


def test_the_password_is_only_in_a_file_of_the_panels_own(server):
    told = json.dumps([server.container(part).attrs for part in ("mariadb", "edge")])
    told += "".join(server.container(part).logs().decode() for part in ("mariadb", "edge"))
    assert len(server.password) == 40
    assert server.password not in told
    assert (server.root / "mariadb/admin.cnf").stat().st_mode & 0o777 == 0o600
    assert not (server.root / "mariadb/init").exists()


def test_both_containers_run_with_the_least_rights(server):
    expected = {"mariadb": ("none", None), "edge": ("host", ["NET_BIND_SERVICE"])}
    for part, (network, added) in expected.items():
        seen = server.container(part).attrs
        host = seen["HostConfig"]
        assert host["NetworkMode"] == network
        assert host["CapDrop"] == ["ALL"]
        assert [name.removeprefix("CAP_") for name in host["CapAdd"] or []] == (added or [])
        assert host["ReadonlyRootfs"] is True
        assert not seen["Config"]["User"].startswith("0")
        assert host["LogConfig"]["Config"] == {"max-file": "3", "max-size": "10m"}


class Village(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(self.server.village.encode())

    def address_string(self) -> str:
        return "edge"

    def log_message(self, *_words) -> None:
        return


@pytest.fixture
def villages(server) -> Iterator[None]:
    """Two villages that answer on their sockets, behind `current` links as the edge dials them."""
    running = []
    for key in VILLAGES:
        home = server.root / "run" / key
        (home / "0a1b2c3d").mkdir(parents=True)
        listener = socketserver.ThreadingUnixStreamServer(
            str(home / "0a1b2c3d" / "http.sock"), Village
        )
        listener.daemon_threads = True
        listener.village = key
        (home / "0a1b2c3d" / "http.sock").chmod(0o666)
        (home / "current").symlink_to("0a1b2c3d/http.sock")
        threading.Thread(target=listener.serve_forever, daemon=True).start()
        running.append(listener)
    yield
    for listener in running:
        listener.shutdown()
        listener.server_close()
    for key in VILLAGES:
        shutil.rmtree(server.root / "run" / key)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def edge_config(port: int) -> dict:
    routes = [
        {
            "match": [{"host": [f"{key}.test"]}],
            "handle": [
                {
                    "handler": "reverse_proxy",
                    "upstreams": [{"dial": f"unix//run/siappakai-instances/{key}/current"}],
                }
            ],
        }
        for key in VILLAGES
    ]
    listen = {"listen": [f"127.0.0.1:{port}"], "routes": routes}
    return {
        "apps": {"http": {"servers": {"desa": {**listen, "automatic_https": {"disable": True}}}}}
    }


def answers(port: int) -> dict[str, str]:
    return {
        key: httpx.get(f"http://127.0.0.1:{port}/", headers={"Host": f"{key}.test"}).text
        for key in VILLAGES
    }


def wait_for_port(port: int) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise AssertionError("pintu depan tidak kembali")


def test_the_edge_keeps_its_last_configuration_and_its_socket_over_restart_and_kill(
    server, villages
):
    port = free_port()
    admin = httpx.HTTPTransport(uds=str(server.root / "edge/run/admin.sock"))
    with httpx.Client(transport=admin, base_url="http://edge") as client:
        assert client.post("/load", json=edge_config(port)).status_code == 200
    assert answers(port) == {key: key for key in VILLAGES}
    server.container("edge").restart(timeout=10)
    wait_for_port(port)
    assert answers(port) == {key: key for key in VILLAGES}
    server.container("edge").kill()
    server.container("edge").start()
    wait_for_port(port)
    assert answers(port) == {key: key for key in VILLAGES}
    fresh = httpx.HTTPTransport(uds=str(server.root / "edge/run/admin.sock"))
    with httpx.Client(transport=fresh, base_url="http://edge") as client:
        assert "desa" in client.get("/config/apps/http/servers").json()


def test_a_lost_admin_account_stops_the_play_and_no_second_one_is_made(server):
    file = server.root / "mariadb/admin.cnf"
    aside = file.with_suffix(".aside")
    file.rename(aside)
    try:
        result = server.run_again()
        assert not result.ok
        assert "admin.cnf hilang" in result.failures[0].message
        assert not file.exists()
    finally:
        aside.rename(file)


def test_a_container_of_somebody_else_with_our_name_is_never_touched(server):
    server.container("edge").remove(force=True)
    image = "siappakai/edge:2.11.7"
    foreign = server.engine.containers.create(image, ["version"], name=f"{FLEET}-edge")
    try:
        result = server.run_again()
        assert not result.ok
        assert "bukan milik" in result.failures[0].message
        assert server.container("edge").id == foreign.id
    finally:
        foreign.remove()
    assert server.run_again().require_ok().changed == 1
