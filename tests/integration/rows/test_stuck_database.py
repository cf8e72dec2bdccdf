"""A database left between two releases is nobody's to work on until its operation has arrived."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from siappakai.errors import Refused
from siappakai.models import (
    DatabaseGroup,
    Instance,
    Operation,
    OperationKind,
    OperationState,
    Step,
    StepState,
    db,
    transaction,
)
from siappakai.provision.brand_who import is_free
from siappakai.provision.lease import claim, lock_group
from siappakai.provision.order import order_update, push_tokens, queue_operation
from siappakai.provision.retry import retry_operation
from siappakai.provision.run import COMING_BACK, move
from siappakai.provision.stuck import Busy
from siappakai.web.instance_actions import actions_of
from tests.rollout_cast import add_fleet, add_offered_release, combine

LEADER, MEMBER, MOBILE, READER, ELSEWHERE = range(5)


@pytest.fixture
def fleet(app: Flask, tmp_path: Path) -> tuple[list[int], int]:
    """Two villages of one combined database, a mobile API on it, a reader of it, and a stranger."""
    instances = add_fleet(tmp_path, 5, add_offered_release("2408.0.0"))
    group = combine(instances[:2], "Takalar")
    with transaction():
        mobile = db.session.get_one(Instance, instances[MOBILE])
        mobile.product, mobile.database_group_id = "mobile_api", group
        reader = db.session.get_one(Instance, instances[READER])
        reader.product, reader.reads_group_id = "openkab", group
    return instances, add_offered_release("2410.0.0")


def order(kind: OperationKind, instance_id: int) -> int:
    with transaction():
        instance = db.session.get_one(Instance, instance_id)
        return queue_operation(kind, instance, instance.recorded_release, "ani")


def end_stuck(operation_id: int) -> None:
    """It turned back, and its way back failed: the disk was full."""
    with transaction():
        operation = db.session.get_one(Operation, operation_id)
        step = Step(name=COMING_BACK, position=99, state=StepState.RUNNING, note="500")
        operation.steps.append(step)
        move(operation, OperationState.ERRORED, by="w")


def begun_update(instance_id: int, release_id: int) -> int:
    """An update that a worker carries out, with the lock on its database."""
    operation_id = order_update(instance_id, release_id, by="ani")
    assert claim(operation_id, "w", 20) and lock_group(group_of(instance_id), operation_id, "x")
    return operation_id


def group_of(instance_id: int) -> int:
    return db.session.get_one(Instance, instance_id).database_group_id


def free() -> set[int]:
    db.session.rollback()
    return set(db.session.scalars(select(Instance.id).where(is_free())))


def reasons(instance_id: int) -> set[str]:
    db.session.rollback()
    return {each.reason for each in actions_of(db.session.get_one(Instance, instance_id))}


@pytest.mark.parametrize("who", [MEMBER, MOBILE, READER])
def test_everybody_on_the_database_waits_for_the_one_that_is_stuck(
    fleet: tuple[list[int], int], who: int
) -> None:
    instances, new = fleet
    stuck = begun_update(instances[LEADER], new)
    end_stuck(stuck)
    for kind in (OperationKind.PUSH_TOKEN, OperationKind.APPLY_BRAND, OperationKind.UPDATE):
        with pytest.raises(Refused, match=f"sama dengan OpenSID Desa 1 .*nomor {stuck}") as told:
            order(kind, instances[who])
        assert not isinstance(told.value, Busy) and "Coba lagi" in told.value.hint
    assert any(f"operasi nomor {stuck}" in each for each in reasons(instances[who]))
    order(OperationKind.PUSH_TOKEN, instances[ELSEWHERE])
    assert free() == set()


def test_who_shares_no_database_stays_free(fleet: tuple[list[int], int]) -> None:
    instances, new = fleet
    assert free() == set(instances)
    stuck = begun_update(instances[LEADER], new)
    end_stuck(stuck)
    assert free() == {instances[ELSEWHERE]}
    assert not any(f"nomor {stuck}" in each for each in reasons(instances[ELSEWHERE]))


@pytest.mark.parametrize("who", [MEMBER, MOBILE, READER])
def test_what_waited_already_gets_no_lock_before_it_has_arrived(
    fleet: tuple[list[int], int], who: int
) -> None:
    instances, new = fleet
    stuck = begun_update(instances[LEADER], new)
    waiting = order(OperationKind.PUSH_TOKEN, instances[who])
    group = group_of(instances[who])
    assert not lock_group(group, waiting, "token")
    end_stuck(stuck)
    assert not lock_group(group, waiting, "token")
    retry_operation(stuck, by="ani")
    assert claim(stuck, "w", 20) and lock_group(group_of(instances[LEADER]), stuck, "perbarui")
    with transaction():
        operation = db.session.get_one(Operation, stuck)
        operation.steps[-1].state = StepState.DONE
        move(operation, OperationState.FAILED, by="w")
    assert db.session.get_one(DatabaseGroup, group).lock_operation_id is None
    assert lock_group(group, waiting, "token")


def test_one_village_s_own_trouble_holds_up_only_what_moves_them_all(
    fleet: tuple[list[int], int],
) -> None:
    instances, new = fleet
    brand = order(OperationKind.APPLY_BRAND, instances[MEMBER])
    assert claim(brand, "w", 20) and lock_group(group_of(instances[MEMBER]), brand, "wajah")
    end_stuck(brand)
    order(OperationKind.PUSH_TOKEN, instances[MOBILE])
    assert free() == {instances[each] for each in (LEADER, READER, ELSEWHERE)}
    with pytest.raises(Refused, match=f"sama dengan OpenSID Desa 2 .*nomor {brand}"):
        order_update(instances[LEADER], new, by="ani")
    token = order(OperationKind.PUSH_TOKEN, instances[LEADER])
    assert lock_group(group_of(instances[LEADER]), token, "token")


def test_while_it_is_on_its_way_back_others_are_only_busy(fleet: tuple[list[int], int]) -> None:
    instances, new = fleet
    moving = begun_update(instances[LEADER], new)
    with transaction():
        step = Step(name=COMING_BACK, position=99, state=StepState.RUNNING, note="500")
        operation = db.session.get_one(Operation, moving)
        operation.steps.append(step)
    with pytest.raises(Busy, match="belum selesai kembali"):
        order(OperationKind.APPLY_BRAND, instances[MEMBER])


def test_a_database_moves_once_at_a_time(fleet: tuple[list[int], int]) -> None:
    instances, new = fleet
    moving = begun_update(instances[LEADER], new)
    with pytest.raises(Busy, match=f"sedang berpindah versi lewat operasi nomor {moving}"):
        order_update(instances[MEMBER], new, by="ani")
    with pytest.raises(Busy):
        order(OperationKind.RETURN, instances[MEMBER])
    order_update(instances[ELSEWHERE], new, by="ani")
    order(OperationKind.PUSH_TOKEN, instances[MEMBER])


def test_an_old_update_is_not_repeated_beside_one_that_runs(
    fleet: tuple[list[int], int],
) -> None:
    instances, new = fleet
    old = begun_update(instances[MEMBER], new)
    with transaction():
        move(db.session.get_one(Operation, old), OperationState.FAILED, by="w")
    moving = begun_update(instances[LEADER], new)
    with pytest.raises(Busy, match=f"nomor {moving}"):
        retry_operation(old, by="ani")


def test_a_stuck_village_keeps_no_other_from_its_token(
    fleet: tuple[list[int], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    instances, new = fleet
    end_stuck(begun_update(instances[LEADER], new))
    waiting = [instances[MEMBER], instances[ELSEWHERE]]
    monkeypatch.setattr("siappakai.provision.order.instances_to_push", lambda _: waiting)
    (queued,) = push_tokens(by="ani")
    assert db.session.get_one(Operation, queued).instance_id == instances[ELSEWHERE]
    with pytest.raises(Refused, match="belum selesai kembali"):
        push_tokens(by="ani")
