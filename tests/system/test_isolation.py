"""A village reaches nothing but itself: real attempts from inside its own container."""

from __future__ import annotations

import json

import docker
import pytest
from sqlalchemy import select

from siappakai.models import Instance, db
from siappakai.provision.naming import instance_key
from siappakai.vault import find_secret
from tests.fleet import Fleet
from tests.system.villages import install, village_list

pytestmark = [pytest.mark.system, pytest.mark.timeout(600)]

FIRST, COUNT = 10, 2

ATTEMPTS = r"""<?php
ini_set('display_errors', 'stderr'); error_reporting(E_ERROR | E_PARSE);
$found = [];
preg_match('/\nUid:\s+(\d+)/', file_get_contents('/proc/self/status'), $uid);
$found['uid'] = (int) $uid[1];
$found['interfaces'] = array_values(array_diff(scandir('/sys/class/net'), ['.', '..']));
$found['internet'] = (bool) stream_socket_client('tcp://1.1.1.1:80', $e, $m, 2);
$found['loopback_panel'] = (bool) stream_socket_client('tcp://127.0.0.1:@PORT@', $e, $m, 2);
$found['docker'] = file_exists('/var/run/docker.sock');
$places = ['@ROOT@/instances', '@ROOT@/run', '@ROOT@/mariadb', '@ROOT@'];
$found['other_files'] = array_values(array_filter($places, 'file_exists'));
$found['other_sockets'] = glob('/run/siappakai/*') ?: [];
$found['write_code'] = @file_put_contents('/var/www/app/index.php', 'x') !== false;
$found['write_key'] = @file_put_contents('/var/www/app/desa/app_key', 'x') !== false;
$found['write_config'] = @file_put_contents('/var/www/app/desa/config/database.php', 'x') !== false;
$found['rename_config'] = @rename('/var/www/app/desa/config', '/var/www/app/desa/lama');
require '/var/www/app/desa/config/database.php';
$c = $db['default'];
mysqli_report(MYSQLI_REPORT_OFF);
$q = mysqli_connect('localhost', $c['username'], $c['password'], $c['database']);
$found['own_database'] = (bool) $q;
$found['databases'] = [];
foreach ($q->query('SHOW DATABASES') as $row) $found['databases'][] = $row['Database'];
$found['other_table'] = (bool) $q->query('SELECT * FROM `@OTHER@`.config');
$found['grants'] = (bool) $q->query("CREATE USER 'x'@'localhost'");
$found['file_read'] = $q->query("SELECT LOAD_FILE('/etc/passwd') AS f")->fetch_assoc()['f'] ?? null;
foreach (['root', 'siappakai', 'mysql', 'mariadb.sys'] as $user)
  $found["as_$user"] = (bool) mysqli_connect('localhost', $user, '');
echo json_encode($found);
"""


@pytest.fixture(scope="module")
def pair(fleet: Fleet, release: int) -> list[str]:
    """The codes of two installed villages."""
    fleet.start_worker()
    _, ids = install(fleet, village_list("7305", FIRST, COUNT), release)
    fleet.wait_finished(ids)
    yield [
        line[:13].replace(".", "")
        for line in village_list("7305", FIRST, COUNT).decode().splitlines()[1:]
    ]
    fleet.stop_workers()


def container_of(fleet: Fleet, code: str) -> docker.models.containers.Container:
    client = docker.from_env()
    labels = [f"siappakai.fleet={fleet.name}", f"siappakai.village={code}"]
    (container,) = client.containers.list(filters={"label": labels})
    return container


def attempt(fleet: Fleet, code: str, other: str) -> dict[str, object]:
    """Run the attempts as the village's own user, inside its own container."""
    script = (
        ATTEMPTS.replace("@PORT@", fleet.environ["SIAPPAKAI_HTTPS_PORT"])
        .replace("@ROOT@", str(fleet.root))
        .replace("@OTHER@", f"sid_{other}")
    )
    container = container_of(fleet, code)
    result = container.exec_run(["php", "-r", script.removeprefix("<?php")])
    container.client.close()
    assert result.exit_code == 0, result.output
    return json.loads(result.output.decode().splitlines()[-1])


def test_from_inside_nothing_else_can_be_reached(fleet: Fleet, pair: list[str]) -> None:
    for code, other in (pair, reversed(pair)):
        found = attempt(fleet, code, other)
        assert found["uid"] >= 200_000
        assert found["interfaces"] == ["lo"]
        for name in (
            "internet",
            "loopback_panel",
            "docker",
            "write_code",
            "write_key",
            "write_config",
            "rename_config",
            "other_table",
            "grants",
            "as_root",
            "as_siappakai",
            "as_mysql",
            "as_mariadb.sys",
        ):
            assert found[name] is False, f"{name} from {code}"
        assert found["other_files"] == []
        assert found["other_sockets"] == ["/run/siappakai/http.sock"]
        assert found["file_read"] is None
        assert found["own_database"] is True
        assert set(found["databases"]) == {"information_schema", f"sid_{code}"}


def test_a_village_cannot_read_anothers_files_on_the_server(fleet: Fleet, pair: list[str]) -> None:
    homes = [fleet.root / "instances" / instance_key("opensid", code) for code in pair]
    owners = {home: (home / "desa").stat().st_uid for home in homes}
    assert len(set(owners.values())) == 2
    for home in homes:
        for entry in ("desa", "logs", "sessions", "backup"):
            assert (home / entry).stat().st_mode & 0o007 == 0, entry
        assert (home / "app_key").stat().st_mode & 0o077 == 0
        assert (home / "config" / "database.php").stat().st_mode & 0o077 == 0


def test_the_engine_limits_what_a_village_may_use(fleet: Fleet, pair: list[str]) -> None:
    for code in pair:
        container = container_of(fleet, code)
        host = container.attrs["HostConfig"]
        assert host["ReadonlyRootfs"] is True
        assert host["NetworkMode"] == "none"
        assert host["CapDrop"] == ["ALL"] and not host["CapAdd"]
        assert "no-new-privileges" in host["SecurityOpt"]
        assert host["Memory"] > 0 and host["PidsLimit"] > 0 and host["NanoCpus"] > 0
        assert host["PortBindings"] in ({}, None)
        container.client.close()


def test_no_secret_shows_in_inspect_processes_logs_or_events(fleet: Fleet, pair: list[str]) -> None:
    with fleet.app.app_context():
        instances = db.session.scalars(select(Instance).where(Instance.scope_code.in_(pair))).all()
        secrets = [
            find_secret(f"instance:{each.id}", name)
            for each in instances
            for name in ("app_key", "database_password", "admin_password")
        ]
        admin = (fleet.root / "mariadb" / "admin.cnf").read_text()
    values = [each.reveal() for each in secrets if each]
    values.append(
        next(line.split("=", 1)[1].strip() for line in admin.splitlines() if "password" in line)
    )
    assert len(values) == 7
    for name, text in _places(fleet, pair).items():
        for value in values:
            assert value not in text, name


def _places(fleet: Fleet, codes: list[str]) -> dict[str, str]:
    """Everything a curious person could look at without opening the secret files."""
    places = {"worker log": (fleet.home / "pekerja.log").read_text()}
    client = docker.from_env()
    for container in client.containers.list(filters={"label": f"siappakai.fleet={fleet.name}"}):
        places[f"inspect {container.name}"] = json.dumps(container.attrs)
        places[f"logs {container.name}"] = container.logs().decode(errors="replace")
    client.close()
    places["processes"] = _process_list()
    database = (fleet.home / "kendali.sqlite3").read_bytes()
    places["control database"] = database.decode("latin-1")
    for log in fleet.root.glob("edge/logs/*"):
        places[f"edge {log.name}"] = log.read_text(errors="replace")
    return places


def _process_list() -> str:
    """Command lines and environments of every process, as root could read them."""
    from pathlib import Path

    texts = []
    for process in Path("/proc").glob("[0-9]*"):
        for part in ("cmdline", "environ"):
            try:
                texts.append((process / part).read_bytes().decode(errors="replace"))
            except OSError:
                continue
    return "\n".join(texts)
