"""`kill -9` of a worker in each step of a rehearsal: it ends all the same, and leaves nothing.

The worst moments are tried always, the others with SIAPPAKAI_UJI_LAMBAT=1.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from sqlalchemy import select

from siappakai.models import (
    DatabaseGroup,
    Operation,
    OperationKind,
    OperationState,
    StepState,
    Verdict,
    db,
    transaction,
    utc_now,
)
from siappakai.provision.lifecycle import STEPS
from siappakai.provision.retry import retry_operation
from siappakai.provision.start import StartChoice
from siappakai.rollout.rehearse import sweep_rehearsals
from tests.broken_releases import add_sample, add_variant
from tests.fleet import Fleet, running_fleet
from tests.system.rehearsed import (
    allow_any_load,
    assert_nothing_left,
    begin,
    finish,
    give_own_numbers,
    production,
)
from tests.system.villages import start_list, village_list

pytestmark = [pytest.mark.system, pytest.mark.timeout(400)]

NAMES = STEPS[OperationKind.REHEARSE]
MOMENTS = [(name, moment) for name in NAMES for moment in ("before", "after")]
MOMENTS += [("clone", "0.3"), ("clone", "1.2"), ("try_migration", "0.4"), ("try_migration", "2.5")]
MOMENTS += [("probe", "0.5"), ("probe", "1.5"), ("discard", "0.2")]
ALWAYS = {("clone", "1.2"), ("clone", "after"), ("try_migration", "2.5"), ("probe", "0.5")}
ALWAYS |= {("inspect", "before"), ("compare", "before"), ("discard", "0.2"), ("discard", "after")}
RESUME_WITHIN_S = 120


@dataclass
class Ground:
    fleet: Fleet
    good: int
    ids: list[int]


@pytest.fixture(scope="module")
def ground() -> Iterator[Ground]:
    """Two villages that share a database, so that every step works on more than one."""
    with running_fleet("ujimatigladi") as fleet:
        allow_any_load(fleet)
        older = add_sample(fleet, "v2408.0.0")
        fleet.start_worker()
        choice = StartChoice((older,), new_group="Gladi Mati")
        ids = start_list(fleet, village_list("7305", 0, 2), choice)
        fleet.wait_finished(ids)
        fleet.stop_workers()
        with fleet.app.app_context():
            instances = [db.session.get_one(Operation, one).instance_id for one in ids]
            group = db.session.scalars(
                select(DatabaseGroup).filter(DatabaseGroup.label != "")
            ).one()
            database = group.database_name
            db.session.rollback()
        give_own_numbers(fleet, database)
        yield Ground(fleet, add_variant(fleet, "lambat", seconds=1), instances)


def kill_in(ground: Ground, step: str, moment: str) -> tuple[int, int]:
    """A rehearsal whose worker died there; its id, and its operation's."""
    victim = ground.fleet.start_worker("-m", "tests.faults.dying_rehearsal", step, moment)
    rehearsal_id = begin(ground.fleet, ground.good, ground.ids)
    ground.fleet.wait_for(lambda: victim.poll() is not None, what=f"the death at {step}")
    assert victim.returncode == -9
    with ground.fleet.app.app_context():
        operation = db.session.scalars(select(Operation).filter_by(rehearsal_id=rehearsal_id)).one()
        assert operation.state is OperationState.RUNNING
        found = operation.id
        db.session.rollback()
    return rehearsal_id, found


@pytest.mark.parametrize(
    ("step", "moment"),
    [pytest.param(*each, marks=() if each in ALWAYS else pytest.mark.slow) for each in MOMENTS],
    ids=[f"{s}-{m}" for s, m in MOMENTS],
)
def test_another_worker_ends_the_rehearsal_of_a_killed_one(
    ground: Ground, step: str, moment: str
) -> None:
    before = production(ground.fleet, ground.ids)
    rehearsal_id, operation_id = kill_in(ground, step, moment)
    ground.fleet.start_worker()
    try:
        seen = finish(ground.fleet, rehearsal_id, RESUME_WITHIN_S)
    finally:
        ground.fleet.stop_workers()
    assert [line.verdict for line in seen.lines] == [Verdict.GREEN] * 2, seen.lines
    with ground.fleet.app.app_context():
        operation = db.session.get_one(Operation, operation_id)
        assert (operation.state, operation.attempt) == (OperationState.SUCCEEDED, 2)
        assert {each.state for each in operation.steps} == {StepState.DONE}
        assert {each.lock_operation_id for each in db.session.scalars(select(DatabaseGroup))} == {
            None
        }
        db.session.rollback()
    assert production(ground.fleet, ground.ids) == before
    assert_nothing_left(ground.fleet)


@pytest.mark.parametrize(
    "step",
    ["probe", *(pytest.param(each, marks=pytest.mark.slow) for each in ("clone", "try_migration"))],
)
def test_what_nobody_went_on_with_is_swept_and_can_be_tried_again(
    ground: Ground, step: str
) -> None:
    """The operation was ended by hand after the crash: the ticker throws away what it left."""
    before = production(ground.fleet, ground.ids)
    rehearsal_id, operation_id = kill_in(ground, step, "after")
    with ground.fleet.app.app_context():
        assert sweep_rehearsals() == []  # still under way
        with transaction():
            operation = db.session.get_one(Operation, operation_id)
            operation.state, operation.finished_at = OperationState.ERRORED, utc_now()
            operation.active_key, operation.lease_until_at = None, None
            operation.instance.database_group.lock_operation_id = None
        assert sweep_rehearsals() == [operation_id]
        assert sweep_rehearsals() == []
    assert_nothing_left(ground.fleet)
    with ground.fleet.app.app_context():
        retry_operation(operation_id, by="uji")
    ground.fleet.start_worker()
    try:
        seen = finish(ground.fleet, rehearsal_id, RESUME_WITHIN_S)
    finally:
        ground.fleet.stop_workers()
    assert [line.verdict for line in seen.lines] == [Verdict.GREEN] * 2
    assert production(ground.fleet, ground.ids) == before
    assert_nothing_left(ground.fleet)
