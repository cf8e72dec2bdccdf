"""A throw-away MariaDB of our own image: its own folder, its own socket, gone afterwards."""

from __future__ import annotations

import os
import secrets
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import docker
from docker.errors import NotFound
from docker.types import Mount

from siappakai.errors import SiapPakaiError
from siappakai.provision.base_images import SUPPORT_TAGS
from siappakai.provision.databases import Databases
from siappakai.provision.docker_engine import DockerEngine
from siappakai.provision.naming import ServerPaths

UID = 199_991
SETTINGS = """[mariadbd]
datadir = /var/lib/mysql
socket = /run/mysqld/mysqld.sock
pid_file = /tmp/mariadbd.pid
tmpdir = /tmp
skip_networking
skip_name_resolve
character_set_server = utf8mb4
collation_server = utf8mb4_general_ci
table_definition_cache = 4000
table_open_cache = 4000
max_allowed_packet = 64M
innodb_buffer_pool_size = 256M
# Thrown away after the tests: it need not survive a power cut.
innodb_flush_log_at_trx_commit = 0
innodb_flush_method = nosync
innodb_doublewrite = 0
innodb_log_file_size = 32M
"""
ACCOUNTS = """FLUSH PRIVILEGES;
CREATE USER 'siappakai'@'localhost' IDENTIFIED BY '{password}';
GRANT ALL PRIVILEGES ON *.* TO 'siappakai'@'localhost' WITH GRANT OPTION;
"""


@contextmanager
def running_mariadb(name: str) -> Iterator[Databases]:
    """A `Databases` of the product itself, over a server that only this test knows."""
    name = f"{name}{secrets.token_hex(2)}"
    home = Path(tempfile.mkdtemp(prefix=f"{name}-", dir="/var/tmp"))
    home.chmod(0o755)
    client = docker.from_env()
    engine = DockerEngine("unix:///var/run/docker.sock", name)
    try:
        yield start_mariadb(client, Databases(ServerPaths(home, name), engine))
    finally:
        engine.client.close()
        for leftover in (f"{name}-mariadb", f"{name}-awal"):
            with suppress(NotFound):
                client.api.remove_container(leftover, force=True)
        client.close()
        shutil.rmtree(home, ignore_errors=True)


def start_mariadb(client: docker.DockerClient, databases: Databases) -> Databases:
    paths = databases.paths
    root = paths.root / "mariadb"
    for folder in ("run", "data", "config", "init"):
        (root / folder).mkdir(parents=True)
        os.chown(root / folder, UID, UID)
    password = secrets.token_hex(16)
    (root / "config" / "siappakai.cnf").write_text(SETTINGS)
    accounts = root / "init" / "accounts.sql"
    accounts.write_text(ACCOUNTS.format(password=password))
    os.chown(accounts, UID, UID)
    paths.mariadb_admin_file.write_text(f"[client]\nuser = siappakai\npassword = {password}\n")
    paths.mariadb_admin_file.chmod(0o600)
    _initialise(client, paths)
    _container(client, f"{paths.fleet}-mariadb", root, ["serve"])
    return _answering(databases)


def _initialise(client: docker.DockerClient, paths: ServerPaths) -> None:
    name = f"{paths.fleet}-awal"
    _container(client, name, paths.root / "mariadb", ["initialise"])
    assert client.api.wait(name)["StatusCode"] == 0, client.api.logs(name).decode()
    client.api.remove_container(name)


def _container(client: docker.DockerClient, name: str, root: Path, command: list[str]) -> None:
    places = {
        "data": "/var/lib/mysql",
        "run": "/run/mysqld",
        "config": "/etc/mysql/siappakai",
        "init": "/run/siappakai-init",
    }
    api = client.api
    config = api.create_host_config(
        mounts=[Mount(inside, str(root / name), type="bind") for name, inside in places.items()],
        tmpfs={"/tmp": "size=512m,mode=1777"},
        network_mode="none",
        read_only=True,
    )
    api.create_container(
        SUPPORT_TAGS["mariadb"], command, name=name, user=f"{UID}:{UID}", host_config=config
    )
    api.start(name)


def _answering(databases: Databases) -> Databases:
    for _ in range(200):
        if not databases.paths.mariadb_socket.exists():
            time.sleep(0.1)
            continue
        try:
            databases.ping()
        except SiapPakaiError:
            time.sleep(0.1)
        else:
            return databases
    raise AssertionError("MariaDB did not come up")
