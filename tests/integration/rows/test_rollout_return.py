"""A rollout brings back only what it moved last; who was updated again since stays, and says so."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from siappakai.cli import main
from siappakai.errors import Refused
from siappakai.models import (
    Instance,
    ItemState,
    OperationKind,
    Rollout,
    RolloutState,
    WantedState,
    db,
    transaction,
)
from siappakai.provision.order import order_return, order_update
from siappakai.rollout import acts
from siappakai.rollout.drive import advance
from siappakai.rollout.policy import Limits, RolloutPolicy
from siappakai.rollout.way_back import held_back
from tests.integration.rows.rollout_rows import (
    active_operations,
    add_rollout,
    add_sample_release,
    begin,
    end_operation,
    make_ground,
)
from tests.rollout_cast import combine

POLICY = RolloutPolicy(limits=Limits(3, 1, 100.0, 1), bake_s=0)
NEWER = "2412.0.0"


def end_all(rollout_id: int = 0) -> None:
    for operation_id in [each.id for each in active_operations()]:
        end_operation(operation_id, well=True)
    if rollout_id:
        advance(rollout_id)


def state_of(rollout_id: int, at: int) -> ItemState:
    item = db.session.get_one(Rollout, rollout_id).items[at]
    return ItemState(item.state)


@pytest.fixture
def ground(app: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[int, list[int]]:
    """The first rollout has moved three villages; the ids of it and of them."""
    monkeypatch.setattr("siappakai.cli.create_app", lambda: app)
    rollout_id, instances = make_ground(tmp_path / "srv", 3, [3], POLICY)
    begin(rollout_id)
    end_all(rollout_id)
    assert db.session.get_one(Rollout, rollout_id).state == RolloutState.FINISHED
    return rollout_id, instances


def move_on(instance_ids: list[int]) -> int:
    """A second rollout moves these further; its id."""
    db.session.rollback()
    newer = add_sample_release(NEWER)
    second = add_rollout(instance_ids, [len(instance_ids)], POLICY, newer, 2)
    begin(second)
    end_all(second)
    return second


def test_who_a_later_rollout_moved_on_is_not_returned_by_the_first(
    ground: tuple[int, list[int]],
) -> None:
    first, instances = ground
    second = move_on(instances[:1])
    assert held_back(first, instances) == {
        instances[0]: f"sudah diperbarui lagi ke {NEWER} oleh peluncuran nomor {second}"
    }
    assert held_back(second, instances[:1]) == {}
    assert acts.return_all(first, by="ani") == 2
    assert {each.instance_id for each in active_operations()} == set(instances[1:])
    end_all(first)
    states = [state_of(first, at) for at in range(3)]
    assert states == [ItemState.SUCCEEDED, ItemState.RETURNED, ItemState.RETURNED]
    assert db.session.get_one(Instance, instances[0]).recorded_release.version == NEWER


def test_a_return_of_only_those_is_refused_with_the_reason(ground: tuple[int, list[int]]) -> None:
    first, instances = ground
    move_on(instances)
    with pytest.raises(Refused) as refused:
        acts.return_all(first, by="ani")
    assert f"sudah diperbarui lagi ke {NEWER}" in refused.value.hint
    assert not active_operations()
    assert {state_of(first, at) for at in range(3)} == {ItemState.SUCCEEDED}


def test_an_update_by_hand_after_a_return_by_hand_is_not_the_rollouts(
    ground: tuple[int, list[int]],
) -> None:
    first, instances = ground
    db.session.rollback()
    order_return(instances[0], by="ani")
    end_all()
    assert "sekarang memakai 2408.0.0" in held_back(first, instances)[instances[0]]
    db.session.rollback()
    order_update(instances[0], 2, by="ani")
    end_all()
    assert held_back(first, instances) == {
        instances[0]: "sudah diperbarui lagi ke 2410.0.0 di luar peluncuran"
    }


def test_one_updated_again_while_it_waited_stays_and_halts_nothing(
    ground: tuple[int, list[int]],
) -> None:
    first, instances = ground
    newer = add_sample_release(NEWER)
    order_update(instances[0], newer, by="ani")
    acts.return_all(first, by="ani")
    assert state_of(first, 0) == ItemState.RETURN_WAITING
    db.session.rollback()
    end_all(first)
    item = db.session.get_one(Rollout, first).items[0]
    assert item.state == ItemState.SUCCEEDED
    assert item.reason == f"Tidak dimundurkan: sudah diperbarui lagi ke {NEWER} di luar peluncuran."
    assert not [each for each in active_operations() if each.kind == OperationKind.RETURN]
    assert db.session.get_one(Rollout, first).state == RolloutState.FINISHED


def test_a_combined_database_is_held_by_whoever_led_its_newest_update(
    app: Any, tmp_path: Path
) -> None:
    rollout_id, instances = make_ground(tmp_path / "srv", 2, [2], POLICY)
    combine(instances, "Gabungan")
    with db.session.begin():
        rollout = db.session.get_one(Rollout, rollout_id)
        db.session.delete(rollout.items[1])
        rollout.items[0].members = instances
    begin(rollout_id)
    end_all(rollout_id)
    for each in instances:
        db.session.get_one(Instance, each).recorded_release_id = 2
    db.session.commit()
    assert held_back(rollout_id, instances[:1]) == {}
    db.session.rollback()
    order_update(instances[1], add_sample_release(NEWER), by="ani")
    end_all()
    assert "di luar peluncuran" in held_back(rollout_id, instances[:1])[instances[0]]


def test_the_command_names_who_stays(ground: tuple[int, list[int]]) -> None:
    first, instances = ground
    second = move_on(instances[:1])
    name = db.session.get_one(Instance, instances[0]).home.name
    db.session.rollback()
    said = CliRunner().invoke(main, ["peluncuran", "mundur", str(first), "--yes"]).output
    assert "2 dikembalikan." in said
    assert f"{name} sudah diperbarui lagi ke {NEWER} oleh peluncuran nomor {second}." in said


def test_a_refused_return_is_not_taken_for_the_success_of_the_update_before(
    ground: tuple[int, list[int]],
) -> None:
    """Nothing was begun, so the row's operation is still the update: it says nothing of now."""
    first, instances = ground
    with transaction():
        db.session.get_one(Instance, instances[0]).wanted_state = WantedState.REMOVED
    acts.return_all(first, by="ani")
    end_all(first)
    advance(first)
    item = db.session.get_one(Rollout, first).items[0]
    assert item.state == ItemState.RETURN_FAILED and "dilepas" in item.reason
    assert db.session.get_one(Instance, instances[0]).recorded_release_id == 2


def test_who_is_on_the_way_is_told_that_it_does_not_return_yet(
    app: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("siappakai.cli.create_app", lambda: app)
    rollout_id, _ = make_ground(tmp_path / "srv", 3, [3], POLICY)
    begin(rollout_id)
    end_operation(active_operations()[0].id, well=True)
    advance(rollout_id)
    said = CliRunner().invoke(main, ["peluncuran", "mundur", str(rollout_id), "--yes"]).output
    assert "1 dikembalikan." in said
    assert "2 sedang berpindah dan tidak ikut" in said
