"""A village whose own pages don't prove it: refused before anything waits, and never left dark."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import certifi
import pytest

from siappakai.errors import StepFailed
from siappakai.models import Instance, Operation, OperationState, StepState, db
from siappakai.provision import update_steps
from siappakai.provision.job import load_job
from siappakai.provision.naming import InstancePaths
from siappakai.provision.order import order_return, order_update
from siappakai.provision.run import COMING_BACK, run_operation
from siappakai.provision.verify import ask_outside, trusted_root
from tests.broken_releases import add_sample
from tests.fleet import Fleet, running_fleet
from tests.system.villages import install, village_list

pytestmark = [pytest.mark.system, pytest.mark.timeout(600)]

OTHER_NAME = "Desa Bernama Lain"


@dataclass
class Ground:
    """One village on the older sample; its operations run in this process."""

    fleet: Fleet
    new: int
    instance_id: int
    name: str

    def order(self) -> int:
        return order_update(self.instance_id, self.new, by="uji")

    def carry_out(self, operation_id: int) -> Operation:
        run_operation(self.fleet.app, operation_id, "uji", 60)
        return db.session.get_one(Operation, operation_id, populate_existing=True)

    def call_it(self, name: str) -> None:
        self._run("UPDATE config SET nama_desa = %s", name)

    def make_ill(self) -> None:
        """Its health says not_migrated, as after a release's row got lost; pages answer on."""
        self._run("DELETE FROM migrasi")

    def _run(self, statement: str, *values: str) -> None:
        instance = db.session.get_one(Instance, self.instance_id)
        database = instance.database_group.database_name
        with self.fleet.tools.databases._cursor(database) as cursor:
            cursor.execute(statement, values)
        db.session.rollback()

    def link(self, operation_id: int) -> str:
        paths: InstancePaths = load_job(operation_id).paths
        return os.readlink(paths.current)

    def statuses(self, operation_id: int) -> list[int]:
        return [answer.status for _, answer in ask_outside(load_job(operation_id))]


@pytest.fixture(scope="module")
def ground() -> Iterator[Ground]:
    with running_fleet("ujinama") as fleet:
        old, new = add_sample(fleet, "v2408.0.0"), add_sample(fleet, "v2410.0.0")
        fleet.start_worker()
        _, operations = install(fleet, village_list("7305", 8, 1), old)
        fleet.wait_finished(operations)
        fleet.stop_workers()
        with fleet.app.app_context():
            instance = db.session.get_one(Operation, operations[0]).instance
            made = Ground(fleet, new, instance.id, instance.home.name)
            db.session.rollback()
            yield made


def steps_of(operation: Operation) -> dict[str, StepState]:
    return {step.name: step.state for step in operation.steps}


def test_a_village_that_calls_itself_otherwise_is_refused_before_anybody_waits(
    ground: Ground,
) -> None:
    number = ground.order()
    ground.call_it(OTHER_NAME)
    link = ground.link(number)
    ended = ground.carry_out(number)
    ground.call_it(ground.name)
    assert ended.state == OperationState.FAILED
    assert f"tidak memuat “{ground.name}”" in ended.error_message
    assert "Belum ada yang diubah" in ended.error_hint
    assert steps_of(ended)["files"] == StepState.PENDING
    assert ground.link(number) == link


def test_one_whose_page_was_wrong_before_serves_again_and_the_end_says_so(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(update_steps, "refuse_hopeless", lambda context: None)
    number = ground.order()
    ground.call_it(OTHER_NAME)
    link = ground.link(number)
    ended = ground.carry_out(number)
    ground.call_it(ground.name)
    assert ended.state == OperationState.FAILED and steps_of(ended)[COMING_BACK] == StepState.DONE
    assert "Sudah kembali ke keadaan semula. Tetapi periksa halaman" in ended.error_message
    assert ground.link(number) == link and ground.statuses(number) == [200, 200]


def test_a_bad_certificate_ends_the_operation_and_keeps_nobody_in_the_dark(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(update_steps, "refuse_hopeless", lambda context: None)
    number = ground.order()
    link, root = ground.link(number), trusted_root(load_job(number).server.paths)
    right = root.read_text()
    root.write_text(Path(certifi.where()).read_text())
    try:
        ended = ground.carry_out(number)
    finally:
        root.write_text(right)
    assert ended.state == OperationState.FAILED, ended.error_message
    assert "tidak menjawab" in ended.error_message
    assert ground.link(number) == link and ground.statuses(number) == [200, 200]


def test_a_return_that_fails_leads_back_to_what_was_ill_before_it(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    updated = ground.carry_out(ground.order())
    assert updated.state == OperationState.SUCCEEDED, updated.error_message
    number = order_return(ground.instance_id, by="uji")
    link = ground.link(number)
    ground.make_ill()

    def fail(*_: object) -> None:
        raise StepFailed("Salinan tidak terbaca.")

    monkeypatch.setattr(update_steps, "restore_file", fail)
    ended = ground.carry_out(number)
    assert ended.state == OperationState.FAILED and steps_of(ended)[COMING_BACK] == StepState.DONE
    assert ended.error_message.startswith("Salinan tidak terbaca. Sudah kembali")
    assert ground.link(number) == link and ground.statuses(number)[0] == 200
