"""One village's rows are exported, restored, separated and joined again by operations."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import select

from siappakai.combined.proof import other_rows_checksums, village_checksums
from siappakai.models import DatabaseGroup, Instance, Operation, OperationState, db
from siappakai.provision.order import (
    exports_of,
    order_export,
    order_group_snapshot,
    order_joining,
    order_removal,
    order_restore,
    order_revival,
    order_separation,
)
from siappakai.provision.start import StartChoice
from tests.fleet import Fleet, running_fleet
from tests.system.test_onboarding import page
from tests.system.villages import start_list, village_list

pytestmark = [pytest.mark.system, pytest.mark.timeout(900)]
DATABASE = "sid_gabungan_7305"


@dataclass
class Ground:
    fleet: Fleet
    release: int
    group_id: int
    instances: list[int]

    def finish(self, operation_id: int) -> Operation:
        self.fleet.wait_finished([operation_id])
        with self.fleet.app.app_context():
            operation = db.session.get_one(Operation, operation_id)
            db.session.refresh(operation)
            assert operation.state == OperationState.SUCCEEDED, (
                operation.error_message,
                operation.error_log_tail,
            )
            assert operation.steps
            db.session.expunge_all()
            return operation

    def facts(self, instance_id: int) -> tuple[str, str, int, str]:
        """(code, domain, config_id, database) of an instance."""
        with self.fleet.app.app_context():
            row = db.session.get_one(Instance, instance_id)
            return (
                row.scope_code,
                row.village.domain,
                row.config_id or 0,
                row.database_group.database_name,
            )


def own_rows(ground: Ground, database: str, config_id: int) -> dict[str, object]:
    """Checksums of the village's rows, but for the count of visits that proving pages adds to."""
    sums = dict(village_checksums(ground.fleet.tools.databases, database, config_id))
    sums.pop("sys_traffic", None)
    return sums


def without_torn(sums: Mapping[str, str]) -> dict[str, str]:
    """OpenSID lets rights of one village point at another's group; those go with the village."""
    return {name: each for name, each in sums.items() if name != "grup_akses"}


@pytest.fixture(scope="module")
def ground() -> Iterator[Ground]:
    with running_fleet("ujipindah") as fleet:
        release = fleet.add_release("v2410.0.0", os.environ.get("SIAPPAKAI_SUMBER_OPENSID"))
        fleet.start_worker()
        fleet.start_worker()
        choice = StartChoice((release,), new_group="Gabungan Pindah")
        fleet.wait_finished(start_list(fleet, village_list("7305", 0, 3), choice))
        with fleet.app.app_context():
            instances = list(db.session.scalars(select(Instance.id).order_by(Instance.config_id)))
            group_id = db.session.scalars(
                select(DatabaseGroup.id).filter_by(label="Gabungan Pindah")
            ).one()
        yield Ground(fleet, release, group_id, instances)
        fleet.stop_workers()


def test_a_restore_brings_one_village_back_and_touches_no_other(ground: Ground) -> None:
    _, second, _ = ground.instances
    _, domain, config_id, _ = ground.facts(second)
    databases = ground.fleet.tools.databases
    with ground.fleet.app.app_context():
        operation_id = order_export(second, by="uji")
    ground.finish(operation_id)
    own = own_rows(ground, DATABASE, config_id)
    others = other_rows_checksums(databases, DATABASE, config_id)
    with databases._cursor(DATABASE) as cursor:
        cursor.execute("UPDATE config SET nama_desa = 'Salah' WHERE id = %s", (config_id,))
        cursor.execute("DELETE FROM setting_aplikasi WHERE config_id = %s", (config_id,))
    assert own_rows(ground, DATABASE, config_id) != own
    with ground.fleet.app.app_context():
        file = exports_of(db.session.get_one(Instance, second))[0]
        operation_id = order_restore(second, file, by="uji")
    ground.finish(operation_id)
    assert own_rows(ground, DATABASE, config_id) == own
    assert other_rows_checksums(databases, DATABASE, config_id) == others
    assert page(ground.fleet, domain, "/")[0] == 200


def test_a_village_gets_a_database_of_its_own_and_joins_again(ground: Ground) -> None:
    _, _, third = ground.instances
    code, domain, config_id, _ = ground.facts(third)
    databases = ground.fleet.tools.databases
    own = own_rows(ground, DATABASE, config_id)
    others = other_rows_checksums(databases, DATABASE, config_id)
    with ground.fleet.app.app_context():
        operation_id = order_separation(third, by="uji")
    ground.finish(operation_id)
    _, _, own_id, separate = ground.facts(third)
    assert separate != DATABASE
    assert own_rows(ground, separate, own_id) == own
    assert without_torn(other_rows_checksums(databases, DATABASE, None)) == without_torn(others)
    assert (
        databases.query_one(DATABASE, "SELECT 1 FROM config WHERE kode_desa = %s", (code,)) is None
    )
    assert page(ground.fleet, domain, "/")[0] == 200
    with ground.fleet.app.app_context():
        operation_id = order_joining(third, ground.group_id, by="uji")
    ground.finish(operation_id)
    _, _, new_id, joined = ground.facts(third)
    assert joined == DATABASE
    assert own_rows(ground, DATABASE, new_id) == own
    assert without_torn(other_rows_checksums(databases, DATABASE, new_id)) == without_torn(others)
    assert page(ground.fleet, domain, "/")[0] == 200


def test_a_failed_separation_leaves_the_village_where_it_was(ground: Ground) -> None:
    first, *_ = ground.instances
    _, domain, config_id, _ = ground.facts(first)
    databases = ground.fleet.tools.databases
    own = own_rows(ground, DATABASE, config_id)
    with databases._cursor(DATABASE) as cursor:
        cursor.execute("CREATE TABLE asing (id INT PRIMARY KEY)")
    try:
        with ground.fleet.app.app_context():
            operation_id = order_separation(first, by="uji")
        ground.fleet.wait_finished([operation_id])
        with ground.fleet.app.app_context():
            operation = db.session.get_one(Operation, operation_id)
            assert operation.state == OperationState.FAILED
            assert "asing" in operation.error_message
            made = db.session.scalars(
                select(DatabaseGroup.database_name).where(DatabaseGroup.label == "")
            ).all()
    finally:
        with databases._cursor(DATABASE) as cursor:
            cursor.execute("DROP TABLE asing")
    assert ground.facts(first)[3] == DATABASE
    assert own_rows(ground, DATABASE, config_id) == own
    assert page(ground.fleet, domain, "/")[0] == 200
    left = [name for name in made if name.endswith(f"_{operation_id}")]
    assert all(databases.table_count(name) is None for name in left)


def test_a_whole_combined_database_is_dumped_while_it_serves(ground: Ground) -> None:
    with ground.fleet.app.app_context():
        operation_id = order_group_snapshot(ground.group_id, by="uji")
    taken = ground.finish(operation_id).steps[0].result
    text = Path(taken["file"]).read_text(encoding="utf-8")
    assert hashlib.sha256(text.encode()).hexdigest() == taken["sha256"]
    assert all(ground.facts(each)[0] in text for each in ground.instances)


def test_a_village_leaves_service_and_its_rows_stay(ground: Ground) -> None:
    _, second, _ = ground.instances
    _, domain, config_id, _ = ground.facts(second)
    own = own_rows(ground, DATABASE, config_id)
    with ground.fleet.app.app_context():
        operation_id = order_removal(second, by="uji")
    ground.finish(operation_id)
    assert own_rows(ground, DATABASE, config_id) == own
    with ground.fleet.app.app_context():
        operation_id = order_revival(second, by="uji")
    ground.finish(operation_id)
    assert page(ground.fleet, domain, "/")[0] == 200
