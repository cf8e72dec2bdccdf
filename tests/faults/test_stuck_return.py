"""An operation that is stuck on its way back goes on with that, and with nothing else."""

from __future__ import annotations

import pytest
from flask import Flask

from siappakai.errors import Unavailable
from siappakai.models import Operation, OperationState, Step, StepState, db, transaction
from siappakai.provision.lifecycle import MAX_ATTEMPTS
from siappakai.provision.retry import retry_operation
from siappakai.provision.run import COMING_BACK, _settle, has_unfinished_return
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
    old, new = add_offered_release("2408.0.0"), add_offered_release("2410.0.0")
    instance_id, _ = add_fleet(tmp_path, 2, old)
    number = add_update(instance_id, new, state=OperationState.RUNNING)
    with transaction():
        operation = db.session.get_one(Operation, number)
        operation.claimed_by, operation.attempt, operation.finished_at = "w", MAX_ATTEMPTS + 3, None
        for step in operation.steps:
            if step.name == left or left == "check":
                step.state = StepState.PENDING
    _settle(number, "w", Unavailable("Docker tidak menjawab."))
    state = db.session.get_one(Operation, number).state
    assert state == (OperationState.QUEUED if left == "retire" else OperationState.ERRORED)
