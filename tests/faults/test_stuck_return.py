"""An operation that is stuck on its way back goes on with that, and with nothing else."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from flask import Flask

from siappakai.errors import StepFailed, Unavailable
from siappakai.models import (
    Event,
    Operation,
    OperationKind,
    OperationState,
    Step,
    StepState,
    db,
    transaction,
)
from siappakai.provision import run
from siappakai.provision.lifecycle import MAX_ATTEMPTS, STEPS
from siappakai.provision.retry import retry_operation
from siappakai.provision.run import COMING_BACK, _settle, has_unfinished_return, run_operation
from siappakai.provision.step_context import StepContext
from siappakai.provision.tools import Tools
from tests.rollout_cast import add_fleet, add_offered_release, add_update

KEPT = {"old_release_id": 1, "old_spec_sha256": "a" * 64}


@pytest.fixture
def stopped(app: Flask, tmp_path) -> tuple[int, int]:
    """Two villages' updates that failed: the first is stuck on its way back, the second is back."""
    old, new = add_offered_release("2408.0.0"), add_offered_release("2410.0.0")
    first, second = (
        add_update(instance_id, new, state=OperationState.ERRORED)
        for instance_id in add_fleet(tmp_path, 2, old)
    )
    with transaction():
        for number, state in ((first, StepState.RUNNING), (second, StepState.DONE)):
            operation = db.session.get_one(Operation, number)
            for step in operation.steps:
                if step.name == "warm":
                    step.result = dict(KEPT)
            operation.steps.append(Step(name=COMING_BACK, position=99, state=state, note="500"))
    return first, second


def step_of(operation_id: int, name: str) -> Step | None:
    steps = db.session.get_one(Operation, operation_id).steps
    return next((step for step in steps if step.name == name), None)


def running_update(tmp_path, undone: Sequence[str]) -> int:
    """A worker `w` has done everything but these steps of a village's update, in one attempt."""
    old, new = add_offered_release("2408.0.0"), add_offered_release("2410.0.0")
    instance_id, _ = add_fleet(tmp_path, 2, old)
    number = add_update(instance_id, new, state=OperationState.RUNNING)
    with transaction():
        operation = db.session.get_one(Operation, number)
        operation.claimed_by, operation.attempt, operation.finished_at = "w", 1, None
        for step in operation.steps:
            if step.name in undone:
                step.state = StepState.PENDING
    return number


def test_retrying_goes_on_with_the_way_back(stopped: tuple[int, int]) -> None:
    retry_operation(stopped[0], by="ani")
    assert db.session.get_one(Operation, stopped[0]).state == OperationState.QUEUED
    assert has_unfinished_return(stopped[0])
    kept = step_of(stopped[0], "warm")
    assert kept is not None and (kept.state, kept.result) == (StepState.DONE, KEPT)


def test_one_that_came_back_starts_anew(stopped: tuple[int, int]) -> None:
    retry_operation(stopped[1], by="ani")
    assert step_of(stopped[1], COMING_BACK) is None
    kept = step_of(stopped[1], "warm")
    assert kept is not None and (kept.state, kept.result) == (StepState.PENDING, {})


@pytest.mark.parametrize("left", ["retire", "check"])
def test_what_is_on_record_is_waited_for_and_what_never_began_is_given_up(
    app: Flask, tmp_path, left: str
) -> None:
    """An engine that stays away may not make a failure of a village that is on its new release."""
    undone = ("retire",) if left == "retire" else STEPS[OperationKind.UPDATE]
    number = running_update(tmp_path, undone=undone)
    with transaction():
        db.session.get_one(Operation, number).attempt = MAX_ATTEMPTS + 3
    _settle(number, "w", Unavailable("Docker tidak menjawab."))
    state = db.session.get_one(Operation, number).state
    assert state == (OperationState.QUEUED if left == "retire" else OperationState.ERRORED)


def test_a_container_that_cannot_be_put_to_rest_makes_no_failure_of_a_village(
    app: Flask, tmp_path
) -> None:
    """It serves the new release, on record: the limit of failures has nothing to count."""
    number = running_update(tmp_path, undone=("retire",))
    _settle(number, "w", StepFailed("Docker: removal in progress (409)."))
    operation = db.session.get_one(Operation, number)
    assert operation.state == OperationState.QUEUED  # once more, after a while
    with transaction():
        operation.state, operation.claimed_by = OperationState.RUNNING, "w"
        operation.attempt = MAX_ATTEMPTS
    _settle(number, "w", StepFailed("Docker: removal in progress (409)."))
    operation = db.session.get_one(Operation, number)
    assert (operation.state, operation.error_message) == (OperationState.SUCCEEDED, "")
    told = db.session.query(Event).filter_by(word="operation_succeeded").one()
    assert told.fields["not_retired"] == "Docker: removal in progress (409)."


def test_who_lost_the_lease_does_not_go_the_way_back_too(
    app: Flask, tmp_path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another worker ended our migration, so it failed here: the way back is that one's alone."""
    number = running_update(tmp_path, undone=("migrate", "record", "retire"))
    monkeypatch.setattr(run, "load_members", lambda job: (job,))
    monkeypatch.setattr(
        run.StepContext, "of", lambda job, results: StepContext(job, Tools, results)
    )
    came_back: list[int] = []
    monkeypatch.setitem(run.COMES_BACK, OperationKind.UPDATE, lambda context: came_back.append(1))

    def lose(context: StepContext) -> None:
        with transaction():
            db.session.get_one(Operation, number).claimed_by = "other"
        raise StepFailed("Perintah berakhir (kode 137).")

    monkeypatch.setitem(run.STEP_FUNCTIONS[OperationKind.UPDATE], "migrate", lose)
    with transaction():
        db.session.get_one(Operation, number).state = OperationState.QUEUED
    run_operation(app, number, "w", 60)
    operation = db.session.get_one(Operation, number, populate_existing=True)
    assert (operation.state, operation.claimed_by) == (OperationState.RUNNING, "other")
    step = step_of(number, "migrate")
    assert step is not None and step.state == StepState.RUNNING  # as the other one has it
    assert came_back == [] and step_of(number, COMING_BACK) is None
