"""The control database may be MariaDB: same schema, same claims, same append-only history."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from siappakai import create_app
from siappakai.models import Operation, OperationState, Release, append_event, db, transaction
from siappakai.products.contract import DatabaseAccess
from siappakai.provision.install_queue import queue_installs
from siappakai.provision.lease import claim, lock_group
from siappakai.provision.start import plan_villages
from siappakai.schema import is_schema_current, upgrade_schema
from siappakai.secret import Secret
from siappakai.web.queries_home import running_batches
from tests.cast import BONTOKANANG, TAMASAJU, add_release, add_server, add_villages
from tests.conftest import make_settings
from tests.fleet import Fleet

pytestmark = [pytest.mark.system, pytest.mark.timeout(300)]


@pytest.fixture
def panel(fleet: Fleet, tmp_path: Path) -> Iterator[Flask]:
    """A panel whose control database is MariaDB, reached by its unix socket."""
    name, password = f"kendali_{secrets.token_hex(3)}", secrets.token_hex(12)
    databases = fleet.tools.databases
    databases.create(name, "utf8mb4", "utf8mb4_general_ci")
    databases.ensure_account(DatabaseAccess(name, name, Secret(password)))
    socket = fleet.root / "mariadb" / "run" / "mysqld.sock"
    url = f"mysql+pymysql://{name}:{password}@localhost/{name}?unix_socket={socket}&charset=utf8mb4"
    app = create_app(make_settings(tmp_path, DATABASE_URL=url))
    with app.app_context():
        upgrade_schema()
        yield app
        db.session.remove()
        db.engine.dispose()
    databases.drop_unused(name)


def test_one_of_many_workers_claims_and_the_history_stays(panel: Flask, tmp_path: Path) -> None:
    assert is_schema_current()
    add_server(tmp_path / "srv")
    release_id = add_release()
    add_villages()
    with transaction():
        release = db.session.get_one(Release, release_id)
        ids = queue_installs([TAMASAJU, BONTOKANANG], release, by="admin")
    assert plan_villages([TAMASAJU, BONTOKANANG]).blocked_count == 2
    won = _race(panel, ids[0])
    assert len(won) == 1
    db.session.rollback()
    operation = db.session.get_one(Operation, ids[0])
    assert (operation.state, operation.claimed_by) == (OperationState.RUNNING, won[0])
    group = operation.instance.database_group_id
    assert lock_group(group, ids[0], "pasang") and not lock_group(group, ids[1], "pasang")
    assert operation.started_at is not None and operation.started_at.microsecond != 0
    assert running_batches() == []
    with transaction():
        append_event("x", "y", by="z")
    for statement in ("UPDATE events SET word = 'lain'", "DELETE FROM events"):
        with pytest.raises(DBAPIError, match="append-only"), transaction():
            db.session.execute(text(statement))


def _race(panel: Flask, operation_id: int) -> list[str]:
    won: list[str] = []
    start = threading.Barrier(6)

    def work(name: str) -> None:
        with panel.app_context():
            start.wait()
            if claim(operation_id, name, 20):
                won.append(name)
            db.session.remove()

    threads = [threading.Thread(target=work, args=(f"w{n}",)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return won
