"""Coba lagi asks what a new order would be asked: much may have changed since it stopped."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask

from siappakai.errors import Refused
from siappakai.models import (
    Batch,
    Edition,
    Instance,
    Operation,
    OperationKind,
    OperationState,
    Release,
    ReleaseState,
    Step,
    StepState,
    WantedState,
    db,
    transaction,
    utc_now,
)
from siappakai.provision.install_queue import queue_installs
from siappakai.provision.retry import retry_failed, retry_operation
from siappakai.provision.run import COMING_BACK, make_steps
from tests.cast import BONTOKANANG, TAMASAJU, add_release, add_server, add_villages
from tests.rollout_cast import add_fleet, add_offered_release, combine

LONG_AGO = timedelta(days=9)


@pytest.fixture
def fleet(app: Flask, tmp_path: Path) -> tuple[list[int], dict[str, int]]:
    """Two villages of one combined database on 2410, and the releases by version."""
    releases = {each: add_offered_release(each) for each in ("2408.0.0", "2410.0.0", "2412.0.0")}
    instances = add_fleet(tmp_path, 2, releases["2410.0.0"])
    combine(instances, "Takalar")
    return instances, releases


def stopped(
    kind: OperationKind,
    instance_id: int,
    release_id: int,
    *,
    state: OperationState = OperationState.FAILED,
    ago: timedelta = LONG_AGO,
) -> int:
    """An operation that ended so long ago; its first step was done, the others were not."""
    with transaction():
        steps = make_steps(kind)
        steps[0].state, steps[0].result = StepState.DONE, {"spec_sha256": "a" * 64}
        operation = Operation(
            kind=kind,
            instance_id=instance_id,
            release_id=release_id,
            state=state,
            requested_by="ani",
            finished_at=utc_now() - ago,
            steps=steps,
        )
        db.session.add(operation)
        db.session.flush()
        return operation.id


def record(instances: list[int], release_id: int) -> None:
    with transaction():
        for each in instances:
            row = db.session.get_one(Instance, each)
            row.recorded_release_id = row.wanted_release_id = release_id


def change_release(release_id: int, **fields: object) -> None:
    with transaction():
        release = db.session.get_one(Release, release_id)
        for name, value in fields.items():
            setattr(release, name, value)


def state_of(operation_id: int) -> OperationState:
    db.session.rollback()
    return db.session.get_one(Operation, operation_id).state


def refused(operation_id: int, why: str) -> None:
    before = state_of(operation_id)
    with pytest.raises(Refused, match=why):
        retry_operation(operation_id, by="ani")
    assert state_of(operation_id) == before


def test_an_old_update_never_leads_to_an_older_release(
    fleet: tuple[list[int], dict[str, int]],
) -> None:
    (first, second), releases = fleet
    old = stopped(OperationKind.UPDATE, first, releases["2410.0.0"])
    refused(old, "Sudah memakai versi 2410")
    record([first, second], releases["2412.0.0"])
    refused(old, "lebih lama daripada yang berjalan")


def test_an_update_is_not_repeated_to_what_nobody_new_gets(
    fleet: tuple[list[int], dict[str, int]],
) -> None:
    (first, _), releases = fleet
    update = stopped(OperationKind.UPDATE, first, releases["2412.0.0"])
    change_release(releases["2412.0.0"], state=ReleaseState.WITHDRAWN)
    refused(update, "belum siap dipasang")
    change_release(releases["2412.0.0"], state=ReleaseState.OFFERED, edition=Edition.PREMIUM)
    refused(update, "tidak ditawarkan")
    change_release(releases["2412.0.0"], edition=Edition.GENERAL)
    retry_operation(update, by="ani")
    assert state_of(update) == OperationState.QUEUED


def test_a_repeated_update_is_wanted_again_by_all_that_move(
    fleet: tuple[list[int], dict[str, int]],
) -> None:
    instances, releases = fleet
    update = stopped(OperationKind.UPDATE, instances[0], releases["2412.0.0"])
    retry_operation(update, by="ani")
    wanted = {db.session.get_one(Instance, each).wanted_release_id for each in instances}
    assert wanted == {releases["2412.0.0"]}


@pytest.mark.parametrize(
    "kind", [OperationKind.UPDATE, OperationKind.PUSH_TOKEN, OperationKind.APPLY_BRAND]
)
def test_what_left_service_is_not_worked_on(
    fleet: tuple[list[int], dict[str, int]], kind: OperationKind
) -> None:
    (first, _), releases = fleet
    operation = stopped(kind, first, releases["2412.0.0"])
    with transaction():
        db.session.get_one(Instance, first).wanted_state = WantedState.REMOVED
    refused(operation, "sedang dilepas")


def test_a_removal_that_had_begun_goes_on(fleet: tuple[list[int], dict[str, int]]) -> None:
    (first, _), releases = fleet
    removal = stopped(OperationKind.REMOVE, first, releases["2410.0.0"])
    with transaction():
        db.session.get_one(Instance, first).wanted_state = WantedState.REMOVED
    retry_operation(removal, by="ani")
    assert state_of(removal) == OperationState.QUEUED


def test_a_return_turns_back_no_later_move(fleet: tuple[list[int], dict[str, int]]) -> None:
    (first, second), releases = fleet
    way_back = stopped(OperationKind.RETURN, first, releases["2408.0.0"])
    later = stopped(
        OperationKind.UPDATE,
        second,
        releases["2412.0.0"],
        state=OperationState.SUCCEEDED,
        ago=timedelta(),
    )
    refused(way_back, f"berpindah versi lewat operasi nomor {later}")
    other = stopped(OperationKind.RETURN, first, releases["2408.0.0"], ago=-timedelta(hours=1))
    retry_operation(other, by="ani")
    assert state_of(other) == OperationState.QUEUED


def test_nothing_old_is_built_on_half_a_state(fleet: tuple[list[int], dict[str, int]]) -> None:
    (first, _), releases = fleet
    token = stopped(OperationKind.PUSH_TOKEN, first, releases["2410.0.0"])
    stuck = stopped(OperationKind.UPDATE, first, releases["2412.0.0"], ago=timedelta())
    with transaction():
        operation = db.session.get_one(Operation, stuck)
        operation.steps.append(Step(name=COMING_BACK, position=99, state=StepState.FAILED))
    refused(token, f"nomor {stuck} belum selesai kembali")
    change_release(releases["2412.0.0"], state=ReleaseState.WITHDRAWN)
    retry_operation(stuck, by="ani")
    assert state_of(stuck) == OperationState.QUEUED, "its own way back is always open"


@pytest.mark.parametrize("kind", [OperationKind.PUSH_TOKEN, OperationKind.REVIVE])
def test_what_an_old_attempt_found_is_found_anew(
    fleet: tuple[list[int], dict[str, int]], kind: OperationKind
) -> None:
    (first, _), releases = fleet
    operation = stopped(kind, first, releases["2408.0.0"])
    retry_operation(operation, by="ani")
    steps = db.session.get_one(Operation, operation).steps
    assert all(each.state == StepState.PENDING and not each.result for each in steps)


@pytest.fixture
def installs(app: Flask, tmp_path: Path) -> list[int]:
    """Two installations of one list that failed after their first step."""
    add_server(tmp_path / "srv")
    release_id = add_release()
    add_villages()
    with transaction():
        release = db.session.get_one(Release, release_id)
        ids = queue_installs([TAMASAJU, BONTOKANANG], release, by="ani")
        for each in ids:
            operation = db.session.get_one(Operation, each)
            operation.state, operation.active_key = OperationState.FAILED, None
            operation.finished_at = utc_now() - LONG_AGO
            operation.steps[2].state = StepState.DONE
    return ids


def test_an_installation_goes_on_where_it_stopped(installs: list[int]) -> None:
    retry_operation(installs[0], by="ani")
    assert db.session.get_one(Operation, installs[0]).steps[2].state == StepState.DONE


def test_an_installation_that_another_followed_starts_anew(installs: list[int]) -> None:
    instance_id = db.session.get_one(Operation, installs[0]).instance_id
    stopped(OperationKind.INSTALL, instance_id, add_release("2411.0.0"), ago=timedelta())
    retry_operation(installs[0], by="ani")
    assert db.session.get_one(Operation, installs[0]).steps[2].state == StepState.PENDING


def test_what_was_installed_otherwise_is_not_installed_over(installs: list[int]) -> None:
    row = db.session.get_one(Operation, installs[0])
    record([row.instance_id], row.release_id)
    refused(installs[0], "sudah terpasang, versi 2410")


def test_one_that_is_refused_holds_up_no_other_of_its_list(installs: list[int]) -> None:
    with transaction():
        batch = Batch(upload_id="1", file_name="desa.csv", regency_code="7305", created_by="ani")
        db.session.add(batch)
        db.session.flush()
        for each in installs:
            db.session.get_one(Operation, each).batch_id = batch.id
        batch_id = batch.id
    row = db.session.get_one(Operation, installs[0])
    record([row.instance_id], row.release_id)
    assert retry_failed(batch_id, by="ani") == 1
    assert state_of(installs[0]) == OperationState.FAILED
    assert state_of(installs[1]) == OperationState.QUEUED
    with transaction():
        other = db.session.get_one(Operation, installs[1])
        other.state, other.active_key = OperationState.SUCCEEDED, None
    with pytest.raises(Refused, match="sudah terpasang"):
        retry_failed(batch_id, by="ani")
