"""An update while an import is at work ends before it begins; the village serves on as it did."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pymysql
import pytest

from siappakai.models import Instance, Operation, OperationState, Server, db
from siappakai.provision.http_probe import get_through_edge
from siappakai.provision.job import load_job, server_facts
from siappakai.provision.order import order_return, order_update
from siappakai.provision.verify import trusted_root
from tests.broken_releases import add_sample
from tests.fleet import Fleet, running_fleet
from tests.system.villages import install, table_checksums, village_list

pytestmark = [pytest.mark.system, pytest.mark.timeout(900)]


@dataclass
class Ground:
    """Two villages on the older sample; what is ordered is seen to its end."""

    fleet: Fleet
    old: int
    new: int
    operations: list[int]

    def instance_id(self, number: int) -> int:
        return db.session.get_one(Operation, self.operations[number]).instance_id

    def update(self, number: int) -> Operation:
        with self.fleet.app.app_context():
            ordered = order_update(self.instance_id(number), self.new, by="uji")
        return self._ended(ordered)

    def go_back(self, number: int) -> Operation:
        with self.fleet.app.app_context():
            ordered = order_return(self.instance_id(number), by="uji")
        return self._ended(ordered)

    def _ended(self, operation_id: int) -> Operation:
        self.fleet.wait_finished([operation_id])
        with self.fleet.app.app_context():
            operation = db.session.get_one(Operation, operation_id)
            _ = [step.name for step in operation.steps]
            db.session.expunge_all()
            return operation

    def serving(self, number: int) -> tuple[int, int | None]:
        """The status of its home page outside, and the release on record."""
        with self.fleet.app.app_context():
            instance = db.session.get_one(Instance, self.instance_id(number))
            server = server_facts(db.session.get_one(Server, self.fleet.server_id))
            recorded, domain = instance.recorded_release_id, instance.home.domain
        root = trusted_root(server.paths)
        answer = get_through_edge(
            server.edge_address, server.https_port, domain, "/", ca_file=root, timeout_s=30
        )
        return answer.status, recorded

    @contextmanager
    def importing(self, number: int) -> Iterator[str]:
        """An import of the village's own application in the middle; the database's name."""
        with self.fleet.app.app_context():
            access = load_job(self.operations[number]).place.database
        connection = pymysql.connect(
            unix_socket=str(self.fleet.tools.databases.paths.mariadb_socket),
            user=access.user,
            password=access.password.reveal(),
            database=access.name,
        )
        with connection, connection.cursor() as cursor:
            cursor.execute("BEGIN")
            cursor.execute("UPDATE penduduk SET nama = CONCAT(nama, ' (impor)')")
            yield access.name
            connection.commit()


@pytest.fixture(scope="module")
def ground() -> Iterator[Ground]:
    with running_fleet("ujisibuk") as fleet:
        old, new = add_sample(fleet, "v2408.0.0"), add_sample(fleet, "v2410.0.0")
        fleet.start_worker()
        _, operations = install(fleet, village_list("7305", 44, 2), old)
        fleet.wait_finished(operations)
        yield Ground(fleet, old, new, operations)
        fleet.stop_workers()


def test_an_update_and_a_return_end_unbegun_while_an_import_is_at_work(ground: Ground) -> None:
    with ground.importing(0) as database:
        before = table_checksums(ground.fleet, database)
        refused = ground.update(0)
        assert refused.state == OperationState.FAILED
        assert "Masih ada pekerjaan panjang" in refused.error_message
        assert "Sudah kembali ke keadaan semula" in refused.error_message
        states = {step.name: str(step.state) for step in refused.steps}
        assert (states["hold"], states["snapshot"], states["return"]) == (
            "gagal",
            "menunggu",
            "selesai",
        )
        assert table_checksums(ground.fleet, database) == before
        assert ground.serving(0) == (200, ground.old)
        assert ground.update(1).state == OperationState.SUCCEEDED  # the neighbour's is quiet
    assert ground.update(0).state == OperationState.SUCCEEDED
    assert ground.serving(0) == (200, ground.new)
    with ground.importing(0):
        assert ground.go_back(0).state == OperationState.FAILED
        assert ground.serving(0) == (200, ground.new)
    assert ground.go_back(0).state == OperationState.SUCCEEDED
    assert ground.serving(0) == (200, ground.old)
