"""Steps that tests of rehearsals share: order one, let the worker do it, look at production."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import select

from siappakai.models import Instance, Rehearsal, RehearsalState, Release, db
from siappakai.provision.file_view import tree_manifest
from siappakai.provision.job import server_facts
from siappakai.provision.naming import instance_key
from siappakai.provision.rehearsal_stand import left_operations
from siappakai.provision.tools import tools_for
from siappakai.rollout.machine_share import MachineShare, set_share
from siappakai.rollout.rehearsal_summary import RehearsalSummary, summarise
from siappakai.rollout.rehearse import advance_rehearsals, order_rehearsal
from tests.fleet import Fleet
from tests.system.villages import table_checksums

VOLATILE = ("logs", "sessions", "desa/cache")  # what any visitor's request writes


def allow_any_load(fleet: Fleet, migrate_limit_s: int = 600) -> None:
    """Tests run on machines that are busy with other tests."""
    with fleet.app.app_context():
        set_share(MachineShare(1000, 0, 0, migrate_limit_s), by="uji")


def give_own_numbers(fleet: Fleet, database: str) -> None:
    """The samples give every village the same people; in life no two share a number."""
    with fleet.tools.databases._cursor(database) as cursor:
        cursor.execute("UPDATE penduduk SET nik = LPAD(nik + config_id * 1000, 16, '0')")


def begin(fleet: Fleet, release_id: int, ids: Sequence[int] | None = None, **more: Any) -> int:
    with fleet.app.app_context():
        product = db.session.get_one(Release, release_id).product
        db.session.rollback()
        return order_rehearsal(product, release_id, ids, by="uji", **more)


def finish(fleet: Fleet, rehearsal_id: int, timeout_s: float = 300) -> RehearsalSummary:
    """Ticks until the rehearsal has ended; what it found."""

    def is_over() -> bool:
        advance_rehearsals()
        return db.session.get_one(Rehearsal, rehearsal_id).state is RehearsalState.FINISHED

    fleet.wait_for(is_over, timeout_s, f"rehearsal {rehearsal_id}")
    with fleet.app.app_context():
        return summarise(rehearsal_id)


def rehearse(
    fleet: Fleet, release_id: int, ids: Sequence[int] | None = None, **more: Any
) -> RehearsalSummary:
    return finish(fleet, begin(fleet, release_id, ids, **more))


def production(fleet: Fleet, instance_ids: Sequence[int]) -> dict[str, Any]:
    """Every table's checksum, every file, the link that visitors follow, and what serves them."""
    with fleet.app.app_context():
        rows = [db.session.get_one(Instance, one) for one in instance_ids]
        known = [(row.scope_code, row.product, row.database_group.database_name) for row in rows]
        paths = server_facts(rows[0].server).paths
        db.session.rollback()
    found: dict[str, Any] = {}
    for code, product, database in known:
        own = paths.instance(instance_key(product, code))
        found[f"tables {database}"] = table_checksums(fleet, database)
        found[f"files {code}"] = _files(own.home)
        found[f"link {code}"] = os.readlink(own.current)
        found[f"containers {code}"] = sorted(
            (each.name, each.state) for each in fleet.tools.engine.list_containers(village=code)
        )
    return found


def _files(home: Path) -> Mapping[str, Any]:
    return tree_manifest([home], [home / name for name in VOLATILE])


def assert_nothing_left(fleet: Fleet) -> None:
    """No clone, account, folder, volume or container of any rehearsal is there."""
    with fleet.app.app_context():
        server = server_facts(db.session.scalars(select(Instance)).first().server)
        db.session.rollback()
    tools = tools_for(server)
    assert left_operations(tools, server.paths) == set()
    assert [name for name in tools.engine.list_volumes() if "-gladi-" in name] == []
    assert [each.name for each in tools.engine.list_containers() if "-gladi-" in each.name] == []
    assert [each.name for each in tools.engine.list_containers() if "-salin-" in each.name] == []
    with tools.databases._cursor() as cursor:
        cursor.execute("SELECT COUNT(*) FROM mysql.user WHERE user LIKE 'gladi%'")
        assert cursor.fetchone()[0] == 0
        cursor.execute("SELECT COUNT(*) FROM mysql.db WHERE db LIKE 'gladi%'")
        assert cursor.fetchone()[0] == 0
