"""A whole rollout on real Docker and MariaDB, under constant load, good and broken releases."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest
from sqlalchemy import select

from siappakai.models import (
    Instance,
    ItemState,
    Operation,
    Release,
    Rollout,
    RolloutState,
    Step,
    StepState,
    VersionRecord,
    db,
)
from siappakai.provision.start import StartChoice
from siappakai.rollout import acts
from siappakai.rollout.policy import Limits, RolloutPolicy
from siappakai.rollout.receipt import Outcome
from siappakai.rollout.receipts import report_of
from siappakai.rollout.report_pdf import rollout_pdf
from siappakai.rollout.report_xlsx import rollout_sheets
from tests.broken_releases import add_sample, add_variant, seed_files, tree_state
from tests.fleet import Fleet, running_fleet
from tests.load import constant_load
from tests.rollouts import act, plan_and_approve, wait_until_quiet
from tests.system.villages import start_list, table_checksums, village_list

pytestmark = [pytest.mark.system, pytest.mark.timeout(1200)]

OLD, NEW = "2408.0.0", "2410.0.0"
CAREFUL = RolloutPolicy(
    canary_count=1,
    wave_percents=(50, 100),
    limits=Limits(parallel=2, failures=1, failure_percent=100.0, consecutive=9),
    bake_s=0,
    use_guard=False,
    pictures=False,
    migrate_timeout_s=12,
)
BROKEN = ("migrasi-gagal", "beranda-500", "menghapus-baris", "tidak-sehat", "menggantung-sql")


@dataclass
class Ground:
    """Four villages on their own databases, three in a combined one, all on the old sample."""

    fleet: Fleet
    new: int
    apart: list[int]
    together: list[int]

    def domains(self, ids: list[int]) -> list[str]:
        with self.fleet.app.app_context():
            return [db.session.get_one(Instance, each).home.domain for each in ids]

    def state(self, instance_id: int) -> tuple[dict[str, int], object, str]:
        """Checksums of every table, every file's facts, and the recorded version."""
        with self.fleet.app.app_context():
            instance = db.session.get_one(Instance, instance_id)
            database = instance.database_group.database_name
            version = instance.recorded_release.version
            code = instance.scope_code
        home = self.fleet.root / "instances" / f"opensid-{code}"
        files = {
            name: facts
            for name, facts in tree_state(home / "desa").items()
            if not name.startswith("cache")
        }
        return table_checksums(self.fleet, database), files, version

    def rollout(self, number: int) -> tuple[RolloutState, str, list[tuple[int, ItemState, str]]]:
        with self.fleet.app.app_context():
            row = db.session.get_one(Rollout, number)
            items = [(each.instance_id, each.state, each.reason) for each in row.items]
            return row.state, row.blocked_because, items


@pytest.fixture(scope="module")
def ground() -> Iterator[Ground]:
    with running_fleet("ujiluncur") as fleet:
        old, new = add_sample(fleet, f"v{OLD}"), add_sample(fleet, f"v{NEW}")
        fleet.start_worker()
        fleet.start_worker()
        together = start_list(
            fleet, village_list("7305", 0, 3), StartChoice((old,), new_group="Gabungan Luncur")
        )
        apart = start_list(fleet, village_list("7305", 10, 4), StartChoice((old,)))
        fleet.wait_finished([*together, *apart], 400)
        with fleet.app.app_context():
            ids = [
                [db.session.get_one(Operation, each).instance_id for each in some]
                for some in (apart, together)
            ]
            for each in ids[0]:
                instance = db.session.get_one(Instance, each)
                seed_files(fleet.root / "instances" / f"opensid-{instance.scope_code}" / "desa")
        yield Ground(fleet, new, *ids)
        fleet.stop_workers()


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_release_stops_at_the_limit_and_everything_is_as_before(
    ground: Ground, name: str
) -> None:
    everyone = ground.apart + ground.together
    before = {each: ground.state(each) for each in everyone}
    number = plan_and_approve(ground.fleet, add_variant(ground.fleet, name), CAREFUL)
    with constant_load(ground.fleet, ground.domains(everyone), pause_s=0.4) as load:
        act(ground.fleet, acts.launch, number)
        wait_until_quiet(ground.fleet, number)
    state, sentence, items = ground.rollout(number)
    assert state == RolloutState.HALTED and "gagal" in sentence
    states = {item: said for item, said, _ in items}
    failed = [item for item, said in states.items() if said == ItemState.FAILED]
    assert 1 <= len(failed) <= 2  # the one that failed first, and one that ran beside it
    assert set(states.values()) == {ItemState.FAILED, ItemState.WAITING}
    assert {each: ground.state(each) for each in everyone} == before
    assert load.failed == []
    assert {each.version for each in load.replies} == {OLD}
    assert _left_containers(ground) == len(everyone)
    act(ground.fleet, acts.stop, number, reason="rilis rusak")


def test_a_good_release_reaches_everyone_without_a_failed_request_and_all_return(
    ground: Ground,
) -> None:
    everyone = ground.apart + ground.together
    before = {each: ground.state(each) for each in everyone}
    number = plan_and_approve(ground.fleet, ground.new, CAREFUL)
    with constant_load(ground.fleet, ground.domains(everyone), pause_s=0.3) as load:
        act(ground.fleet, acts.launch, number)
        states = wait_until_quiet(ground.fleet, number)
    assert ground.rollout(number)[0] == RolloutState.FINISHED
    assert states == {ItemState.SUCCEEDED: len(ground.apart) + 1}  # the combined one is one unit
    assert load.failed == []
    for domain in ground.domains(everyone):
        versions = [each.version for each in load.of(domain)]
        assert versions == sorted(versions), "an old page after a new one"
        assert versions[0] == OLD and versions[-1] == NEW
    _prove_records(ground, number)
    _prove_report(ground, number)
    act(ground.fleet, acts.return_all, number)
    assert wait_until_quiet(ground.fleet, number) == {ItemState.RETURNED: len(ground.apart) + 1}
    assert {each: ground.state(each) for each in everyone} == before


def test_a_slow_migration_is_bridged_by_marked_copies(ground: Ground) -> None:
    slow = add_variant(ground.fleet, "lambat", seconds=8)
    policy = replace(CAREFUL, copies_after_s=0, migrate_timeout_s=60)
    number = plan_and_approve(ground.fleet, slow, policy)
    domains = ground.domains(ground.apart)
    with constant_load(ground.fleet, domains, pause_s=0.2) as load:
        act(ground.fleet, acts.launch, number)
        states = wait_until_quiet(ground.fleet, number)
    assert set(states) == {ItemState.SUCCEEDED}
    assert load.failed == []
    copies = [each for each in load.replies if not each.version]  # a copy tells no version
    assert len(copies) > 20
    assert sorted(each.seconds for each in load.replies)[-8] < 8, "visitors waited all the same"
    act(ground.fleet, acts.return_all, number)
    assert set(wait_until_quiet(ground.fleet, number)) == {ItemState.RETURNED}


def test_the_way_back_is_quick(ground: Ground) -> None:
    """Time to return ≤ 2 × dump + 5 s, for what the broken releases above needed."""
    with ground.fleet.app.app_context():
        steps = db.session.scalars(select(Step).filter_by(name="return", state=StepState.DONE))
        for step in steps.all():
            dump = next(each for each in step.operation.steps if each.name == "snapshot")
            assert step.duration_ms <= 2 * dump.duration_ms + 5000


def _prove_records(ground: Ground, number: int) -> None:
    with ground.fleet.app.app_context():
        wanted = db.session.get_one(Rollout, number).release_id
        for each in ground.apart + ground.together:
            newest = db.session.scalars(
                select(VersionRecord).filter_by(instance_id=each).order_by(VersionRecord.id.desc())
            ).first()
            assert newest is not None and newest.release_id == wanted
            assert newest.digest == db.session.get_one(Release, wanted).digest


def _prove_report(ground: Ground, number: int) -> None:
    with ground.fleet.app.app_context():
        report = report_of(number, made_by="ani")
        assert report.count(Outcome.DONE) == len(ground.apart) + len(ground.together)
        assert all(each.hold_s and each.balance for each in report.receipts)
        assert rollout_pdf(report).startswith(b"%PDF") and rollout_sheets(report)[:2] == b"PK"


def _left_containers(ground: Ground) -> int:
    """Serving containers, running or resting; the fleet's own MariaDB and edge don't count."""
    time.sleep(0.5)
    found = ground.fleet.tools.engine.list_containers()
    return sum(1 for each in found if "siappakai.instance" in each.labels)
