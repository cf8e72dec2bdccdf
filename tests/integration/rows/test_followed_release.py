"""An operation that waited works with the release that its database has when its turn comes."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask

from siappakai.errors import Unavailable
from siappakai.models import (
    Instance,
    Operation,
    OperationKind,
    OperationState,
    WantedState,
    db,
    transaction,
)
from siappakai.provision.followed_release import TOLD
from siappakai.provision.job import load_job
from siappakai.provision.lifecycle import STEPS
from siappakai.provision.members import load_members
from siappakai.provision.order import order_revival, queue_operation
from siappakai.provision.remove_steps import REVIVE
from siappakai.provision.step_context import StepContext
from tests.rollout_cast import add_fleet, add_offered_release, combine

FOLLOWING = sorted(set(OperationKind) - TOLD - {OperationKind.REVIVE})


@pytest.fixture
def fleet(app: Flask, tmp_path: Path) -> tuple[list[int], int]:
    """Two villages of one combined database on the old release, and the new release."""
    instances = add_fleet(tmp_path, 2, add_offered_release("2408.0.0"))
    combine(instances, "Takalar")
    return instances, add_offered_release("2410.0.0")


def queue(kind: OperationKind, instance_id: int) -> int:
    with transaction():
        instance = db.session.get_one(Instance, instance_id)
        return queue_operation(kind, instance, instance.recorded_release, "ani")


def move_all(instances: list[int], release_id: int) -> None:
    """The update that held the database is done."""
    with transaction():
        for each in instances:
            db.session.get_one(Instance, each).recorded_release_id = release_id


def release_of(operation_id: int) -> int:
    db.session.rollback()
    return db.session.get_one(Operation, operation_id).release_id


@pytest.mark.parametrize("kind", FOLLOWING)
def test_what_waited_for_an_update_works_with_the_new_release(
    fleet: tuple[list[int], int], kind: OperationKind
) -> None:
    instances, new = fleet
    waiting = queue(kind, instances[1])
    assert load_job(waiting).release.version == "2408.0.0"
    move_all(instances, new)
    job = load_job(waiting)
    assert (job.release_id, job.release.version) == (new, "2410.0.0")
    assert release_of(waiting) == new


@pytest.mark.parametrize("kind", sorted(TOLD))
def test_what_is_about_one_release_keeps_it(
    fleet: tuple[list[int], int], kind: OperationKind
) -> None:
    instances, new = fleet
    waiting = queue(kind, instances[1])
    move_all(instances, new)
    assert load_job(waiting).release.version == "2408.0.0"


def test_a_village_comes_alive_with_what_the_others_moved_to(
    fleet: tuple[list[int], int],
) -> None:
    instances, new = fleet
    with transaction():
        db.session.get_one(Instance, instances[1]).wanted_state = WantedState.REMOVED
    waiting = order_revival(instances[1], by="ani")
    move_all(instances[:1], new)
    assert load_job(waiting).release_id == new == release_of(waiting)


def test_who_came_alive_on_another_release_is_on_record_with_it(
    fleet: tuple[list[int], int],
) -> None:
    """Else the next token would start the release of before on the others' database."""
    instances, new = fleet
    with transaction():
        db.session.get_one(Instance, instances[1]).wanted_state = WantedState.REMOVED
    move_all(instances[:1], new)
    job = load_job(order_revival(instances[1], by="ani"))
    assert STEPS[OperationKind.REVIVE][-1] == "record" and list(REVIVE)[-1] == "record"
    results = {"start": {"spec_sha256": "c" * 64}, "verify": {}, "outside": {}}
    REVIVE["record"](StepContext.of(job, results))
    row = db.session.get_one(Instance, instances[1])
    assert (row.recorded_release_id, row.recorded_spec_sha256) == (new, "c" * 64)
    assert db.session.get_one(Instance, instances[0]).recorded_spec_sha256 == ""


def test_a_move_between_reading_the_job_and_the_lock_is_noticed(
    fleet: tuple[list[int], int],
) -> None:
    instances, new = fleet
    waiting = queue(OperationKind.PUSH_TOKEN, instances[1])
    early = load_job(waiting)
    assert len(load_members(early)) == 1
    move_all(instances, new)
    with pytest.raises(Unavailable, match="baru saja berpindah versi"):
        load_members(early)
    assert len(load_members(load_job(waiting))) == 1


def test_history_is_not_written_anew(fleet: tuple[list[int], int]) -> None:
    instances, new = fleet
    done = queue(OperationKind.APPLY_BRAND, instances[1])
    with transaction():
        row = db.session.get_one(Operation, done)
        row.state, row.active_key = OperationState.SUCCEEDED, None
    move_all(instances, new)
    assert load_job(done).release_id == new, "who reads the look sees what serves"
    assert release_of(done) != new
