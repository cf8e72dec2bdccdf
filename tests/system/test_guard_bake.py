"""On a real fleet the guard sees a leaking release, and leaves a good one alone."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from siappakai.models import Instance, Operation, OperationState, db
from siappakai.provision.access_logs import Window, read_access_log
from siappakai.provision.instance_logs import LogErrors, LogPlace, read_instance_logs
from siappakai.provision.naming import instance_key
from siappakai.provision.order import order_return, order_update
from siappakai.provision.synthetic import Target, find_target, visit, visits_wanted
from siappakai.provision.traffic import Moments, Sides, total
from siappakai.rollout.guard import GuardKind, GuardVerdict, LogSight, begin, judge, look
from siappakai.rollout.log_sight import compare_logs
from tests.broken_releases import add_sample, add_variant
from tests.fleet import Fleet, running_fleet
from tests.system.villages import install, village_list

pytestmark = [pytest.mark.system, pytest.mark.timeout(600)]


@dataclass
class Wave:
    """Four villages on 2408; the first two are the wave."""

    fleet: Fleet
    ids: list[int]
    keys: list[str]
    targets: list[Target]

    @property
    def moving(self) -> list[str]:
        return self.keys[:2]

    def finish(self, operation_ids: list[int]) -> None:
        self.fleet.wait_finished(operation_ids)
        with self.fleet.app.app_context():
            for one in operation_ids:
                operation = db.session.get_one(Operation, one)
                assert operation.state == OperationState.SUCCEEDED, operation.error_message

    def update(self, release_id: int) -> dict[str, Moments]:
        """When each village of the wave was held and switched."""
        with self.fleet.app.app_context():
            ordered = [order_update(one, release_id, by="uji") for one in self.ids[:2]]
        self.finish(ordered)
        with self.fleet.app.app_context():
            return {
                key: _moments(db.session.get_one(Operation, one))
                for key, one in zip(self.moving, ordered, strict=True)
            }

    def go_back(self) -> None:
        with self.fleet.app.app_context():
            ordered = [order_return(one, by="uji") for one in self.ids[:2]]
        self.finish(ordered)

    def call(self, times: int) -> None:
        """Visitors of every village, as the guard's own visits make them."""
        visit(self.targets, dict.fromkeys(self.keys, times))

    def sides(self, moments: dict[str, Moments], from_s: float) -> dict[str, Sides]:
        time.sleep(1.2)
        folder = self.fleet.root / "edge" / "logs"
        window = Window(int(from_s), int(time.time()) + 1)
        return read_access_log(folder, None, window, moments).sides

    def logs(self, since_at: datetime) -> LogSight:
        found = {key: self.errors(key, since_at) for key in self.keys}
        return compare_logs(
            {key: found[key].most_frequent for key in self.moving},
            {key: found[key].most_frequent for key in self.keys[2:]},
        )

    def errors(self, key: str, since_at: datetime) -> LogErrors:
        engine = self.fleet.tools.engine
        code = key.rpartition("-")[2]
        serving = [each for each in engine.list_containers(village=code) if each.state == "running"]
        folder = self.fleet.root / "instances" / key / "logs"
        return read_instance_logs(
            engine, LogPlace(serving[0].name, folder, "Asia/Jakarta"), since_at
        )


def _moments(operation: Operation) -> Moments:
    steps = {step.name: step for step in operation.steps}
    held, switched = steps["hold"].started_at, steps["switch"].finished_at
    assert held is not None and switched is not None
    return Moments(_utc(held).timestamp(), _utc(switched).timestamp())


def _utc(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


@pytest.fixture(scope="module")
def wave() -> Iterator[Wave]:
    with running_fleet("ujijaga") as fleet:
        older = add_sample(fleet, "v2408.0.0")
        fleet.start_worker()
        fleet.start_worker()
        _, operations = install(fleet, village_list("7305", 0, 4), older)
        fleet.wait_finished(operations)
        with fleet.app.app_context():
            rows = list(db.session.scalars(select(Instance).order_by(Instance.id)))
            ids = [each.id for each in rows]
            keys = [instance_key(each.product, each.scope_code) for each in rows]
            targets = [find_target(one) for one in ids]
        yield Wave(fleet, ids, keys, targets)
        fleet.stop_workers()


def bake(wave: Wave, release_id: int) -> tuple[GuardVerdict, GuardVerdict]:
    """The verdict by visitors alone, and with the logs; the wave is on the old release again."""
    began_s = time.time()
    wave.call(30)
    moments = wave.update(release_id)
    baked_at = datetime.now(UTC)
    wave.call(60)
    sides = wave.sides(moments, began_s)
    watch = begin({key: sides[key].before for key in wave.moving})
    new = {key: sides[key].after for key in wave.moving}
    old = total({key: sides[key].before for key in wave.keys[2:]})
    watch = look(watch, new, old)
    logs = wave.logs(baked_at)
    wave.go_back()
    assert old.requests >= 150 and total(new).requests >= 80
    return judge(watch), judge(watch, logs=logs)


def test_a_good_release_is_called_calm(wave: Wave) -> None:
    by_visitors, with_logs = bake(wave, add_variant(wave.fleet, "baik"))
    assert by_visitors.kind == with_logs.kind == GuardKind.CALM, with_logs
    assert with_logs.numbers["logs"] == [0, 2, 0, 2]


def test_a_leaking_release_is_called_by_its_numbers(wave: Wave) -> None:
    by_visitors, _ = bake(wave, add_variant(wave.fleet, "bocor", percent=10))
    assert by_visitors.kind == GuardKind.RISE
    assert by_visitors.sentence.startswith("Galat naik: ")
    assert 5 <= by_visitors.numbers["new"]["errors"] <= 16
    assert by_visitors.numbers["old"]["errors"] == 0


def test_quiet_villages_get_a_few_visits_and_no_more(wave: Wave) -> None:
    seen = dict.fromkeys(wave.keys, 0) | {wave.keys[3]: 50}
    wanted = visits_wanted(seen, {wave.keys[0]: 10}, enough=6)
    made = visit(wave.targets, wanted)
    counts = [sum(each.instance_key == key for each in made) for key in wave.keys]
    assert counts == [2, 6, 6, 0]
    assert {(each.status, each.wrong) for each in made} == {(200, "")}
