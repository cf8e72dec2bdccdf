"""A server prepared once a test run by the real play, and copies of it.

The play takes half a minute, which two dozen fleets would each pay. A copy has the files, the
network and the containers of the prepared server under a name and a folder of its own. Its
containers carry the sum of the first one's description, so the play would replace them: tests of
the play itself take a fleet that the play prepared (`running_fleet(..., by_play=True)`).
"""

from __future__ import annotations

import atexit
import functools
import json
import secrets
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import docker

from siappakai import create_app
from siappakai.models import db
from siappakai.provision.server_setup import ensure_local_server, prepare_server
from tests.conftest import make_settings
from tests.schema_file import give_schema

CONTAINERS = ("mariadb", "edge", "egress")
NETWORK = "egress"
FORGOTTEN = ("edge/config/caddy", "edge/data/caddy", "edge/logs", "mariadb/run", "egress/control")
STOP_S = 60


@dataclass(frozen=True)
class Prepared:
    """What the play made: its folder without sockets, and descriptions as the engine has them."""

    name: str
    root: Path
    containers: dict[str, dict[str, Any]]
    network: dict[str, Any]


def copy_prepared(name: str, root: Path) -> None:
    """The server `name` with its data in `root`, which is not there yet; its MariaDB, edge and
    egress have been started.
    """
    original = _original()
    subprocess.run(["cp", "-a", "--sparse=always", str(original.root), str(root)], check=True)
    account = root / "mariadb" / "admin.cnf"
    account.write_text(_renamed(account.read_text(), original, name, root))
    client = docker.APIClient(version="auto")
    try:
        network = original.network
        client.create_network(
            f"{name}-{NETWORK}",
            driver=network["Driver"],
            options=network["Options"],
            labels=json.loads(_renamed(json.dumps(network["Labels"]), original, name, root)),
        )
        for kind, described in original.containers.items():
            config = json.loads(_renamed(json.dumps(described), original, name, root))
            made = client.create_container_from_config(config, f"{name}-{kind}")
            client.start(made["Id"])
    finally:
        client.close()


def _renamed(text: str, original: Prepared, name: str, root: Path) -> str:
    return text.replace(str(original.root), str(root)).replace(original.name, name)


@functools.cache
def _original() -> Prepared:
    """Prepared by the play, described and stopped; its folder goes with this process."""
    name = f"ujiasal{secrets.token_hex(2)}"
    home = Path(tempfile.mkdtemp(prefix=f"{name}-", dir="/var/tmp"))
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    home.chmod(0o755)
    settings = make_settings(home, FLEET=name, LISTEN_ADDRESS="127.0.0.1")
    give_schema(settings)
    client = docker.APIClient(version="auto")
    try:
        app = create_app(settings)
        with app.app_context():
            prepare_server(ensure_local_server(), by="uji", on_line=print)
            db.session.remove()
            db.engine.dispose()
        containers = {kind: _described(client, f"{name}-{kind}") for kind in CONTAINERS}
        network = client.inspect_network(f"{name}-{NETWORK}")
    finally:
        _stop(client, name)
        client.close()
    root = Path(settings.data_root)
    for left in FORGOTTEN:
        for path in (root / left).iterdir():
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    for path in root.rglob("*"):
        if path.is_socket():
            path.unlink()
    return Prepared(name, root, containers, network)


def _described(client: docker.APIClient, container: str) -> dict[str, Any]:
    """As the engine takes it again: its configuration with its host's part."""
    seen = client.inspect_container(container)
    network = seen["HostConfig"]["NetworkMode"]
    joined = {} if network in ("host", "none") else {"EndpointsConfig": {network: {}}}
    return {**seen["Config"], "HostConfig": seen["HostConfig"], "NetworkingConfig": joined}


def _stop(client: docker.APIClient, name: str) -> None:
    """Its MariaDB ends as it likes to, so that copies of its files need no recovery."""
    for row in client.containers(all=True, filters={"label": f"siappakai.fleet={name}"}):
        client.stop(row["Id"], timeout=STOP_S)
        client.remove_container(row["Id"], force=True)
    for row in client.networks(filters={"label": f"siappakai.fleet={name}"}):
        client.remove_network(row["Id"])
