"""No order of pause, resume, stop, failure and crash starts a village twice or loses one."""

from __future__ import annotations

import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlalchemy import select

from siappakai import create_app
from siappakai.errors import Refused
from siappakai.models import (
    ItemState,
    Operation,
    OperationKind,
    OperationState,
    Rollout,
    RolloutItem,
    RolloutState,
    db,
)
from siappakai.provision.catalogue import offer_release, withdraw_release
from siappakai.rollout import acts
from siappakai.rollout.drive import advance
from siappakai.rollout.machine import WORKING
from siappakai.rollout.policy import Limits, RolloutPolicy
from tests.conftest import make_settings
from tests.integration.rows.rollout_rows import active_operations, begin, end_operation, make_ground
from tests.schema_file import give_schema

COUNT = 8


class RolloutEngine(RuleBasedStateMachine):
    """The real engine on real rows; only the operations' ends are played."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        settings = make_settings(Path(self.folder.name))
        give_schema(settings)
        self.app = create_app(settings)
        self.context = self.app.app_context()
        self.context.push()
        self.forgiven_failures = 0
        self.starts_allowed = True
        self.starts_seen = 0
        self.asked_again: set[int] = set()

    def teardown(self) -> None:
        db.session.remove()
        db.engine.dispose()
        self.context.pop()
        self.folder.cleanup()

    @initialize(
        parallel=st.integers(1, 3),
        failures=st.integers(1, 3),
        consecutive=st.integers(1, 3),
        canary=st.integers(1, 3),
        confirm=st.booleans(),
    )
    def set_up(
        self, parallel: int, failures: int, consecutive: int, canary: int, confirm: bool
    ) -> None:
        self.policy = RolloutPolicy(
            limits=Limits(parallel, failures, 100.0, consecutive),
            bake_s=0,
            skip_calendar_days=False,
            confirm_waves=(2,) if confirm else (),
        )
        sizes = [canary, COUNT - canary]
        root = Path(self.folder.name) / "srv"
        self.rollout_id, self.instances = make_ground(root, COUNT, sizes, self.policy)
        begin(self.rollout_id)

    # --- what may happen, in any order

    @rule(which=st.integers(0, 7), well=st.booleans())
    def an_operation_ends(self, which: int, well: bool) -> None:
        running = [each.id for each in active_operations()]
        db.session.rollback()
        if running:
            end_operation(running[which % len(running)], well=well)

    @rule(times=st.integers(1, 3))
    def somebody_advances(self, times: int) -> None:
        """A worker, the ticker, or both at once; or again after a crash."""
        for _ in range(times):
            advance(self.rollout_id)

    @rule(act=st.sampled_from(["pause", "resume", "stop", "retry_failed", "return_all"]))
    def a_person_presses(self, act: str) -> None:
        before = self.state()
        if act == "retry_failed":
            self.ask_again([each for each in self.items() if each.state == ItemState.FAILED])
        try:
            if act == "stop":
                acts.stop(self.rollout_id, reason="sudah malam", by="ani")
            else:
                getattr(acts, act)(self.rollout_id, by="ani")
        except Refused:
            assert self.state() == before
        if act == "resume":
            self.asked_again.clear()
        if act == "retry_failed" and before == RolloutState.HALTED:
            assert self.state() == before

    @rule(which=st.integers(0, COUNT - 1), act=st.sampled_from(["skip", "retry", "return"]))
    def a_person_touches_one(self, which: int, act: str) -> None:
        item = self.items()[which]
        item_id, before = item.id, self.state_now()
        if act == "retry":
            self.ask_again([item])
        db.session.rollback()
        try:
            if act == "skip":
                acts.skip(item_id, reason="kepala desa meminta", by="ani")
            elif act == "retry":
                acts.retry(item_id, by="ani")
            else:
                acts.return_items(self.rollout_id, [item_id], by="ani")
        except Refused:
            pass
        if act == "retry" and before == RolloutState.HALTED:
            assert self.state() == before

    @precondition(lambda self: bool(self.policy.confirm_waves))
    @rule()
    def the_second_wave_is_confirmed(self) -> None:
        acts.confirm_wave(self.rollout_id, 2, by="ani")

    # --- what must always hold

    def items(self) -> list[RolloutItem]:
        query = select(RolloutItem).order_by(RolloutItem.wave_number, RolloutItem.position)
        return list(db.session.scalars(query))

    def state(self) -> RolloutState:
        state = self.state_now()
        db.session.rollback()
        return state

    def state_now(self) -> RolloutState:
        return RolloutState(db.session.get_one(Rollout, self.rollout_id).state)

    def ask_again(self, items: list[RolloutItem]) -> None:
        """While it is held, these and no others may start."""
        if self.state_now() == RolloutState.HALTED:
            self.asked_again |= {each.instance_id for each in items}

    @invariant()
    def nothing_is_started_twice(self) -> None:
        busy = Counter(each.instance_id for each in active_operations())
        assert not busy or max(busy.values()) == 1
        for item in self.items():
            if item.state == ItemState.WAITING:
                assert busy[item.instance_id] == 0
        db.session.rollback()

    @invariant()
    def no_limit_is_exceeded(self) -> None:
        assert len(active_operations()) <= self.policy.limits.parallel
        db.session.rollback()

    @invariant()
    def none_is_lost(self) -> None:
        items = self.items()
        assert sorted(item.instance_id for item in items) == sorted(self.instances)
        for item in items:
            if item.state in WORKING:
                assert item.operation is not None
        db.session.rollback()

    @invariant()
    def every_operation_belongs_to_one_item(self) -> None:
        current = {item.operation_id for item in self.items()}
        assert {each.id for each in active_operations()} <= current
        db.session.rollback()

    @invariant()
    def nothing_new_starts_unless_it_runs(self) -> None:
        updates, state = _updates(), self.state()
        fresh = set(updates[self.starts_seen :])
        if state == RolloutState.HALTED and not self.starts_allowed:
            assert fresh <= self.asked_again
        elif state != RolloutState.RUNNING and fresh:
            # Only what began in the same step, before the state changed, may be new.
            assert self.starts_allowed
        self.starts_seen = len(updates)
        self.starts_allowed = state == RolloutState.RUNNING

    @invariant()
    def what_the_row_says_is_what_runs(self) -> None:
        advance(self.rollout_id)
        rollout = db.session.get_one(Rollout, self.rollout_id)
        for item in self.items():
            on_new = item.instance.recorded_release_id == rollout.release_id
            if item.state in (ItemState.SUCCEEDED, ItemState.RETURN_WAITING):
                assert on_new
            if item.state in (ItemState.FAILED, ItemState.RETURNED):
                assert not on_new
        db.session.rollback()


def _updates() -> list[int]:
    """Whom each update so far was for, in the order in which they were queued."""
    query = select(Operation.instance_id).filter_by(kind=OperationKind.UPDATE)
    query = query.order_by(Operation.id)
    found = list(db.session.scalars(query))
    db.session.rollback()
    return found


RolloutEngine.TestCase.settings = settings(
    max_examples=12, stateful_step_count=30, suppress_health_check=list(HealthCheck)
)
TestRolloutEngine: Any = RolloutEngine.TestCase


@pytest.mark.parametrize("failures", [1, 2])
def test_after_the_limit_none_starts_that_was_not_running(
    app: Any, tmp_path: Path, failures: int
) -> None:
    policy = RolloutPolicy(limits=Limits(2, failures, 100.0, 9), bake_s=0)
    rollout_id, _ = make_ground(tmp_path / "srv", 6, [6], policy)
    begin(rollout_id)
    while active := active_operations():
        one = active[0].id
        db.session.rollback()
        end_operation(one, well=False)
        advance(rollout_id)
    rollout = db.session.get_one(Rollout, rollout_id)
    states = Counter(item.state for item in rollout.items)
    assert rollout.state == RolloutState.HALTED
    assert f"batasnya {failures}" in rollout.blocked_because
    assert failures <= states[ItemState.FAILED] <= failures + 1
    assert states[ItemState.WAITING] == 6 - states[ItemState.FAILED]


def test_everything_returns_by_the_same_path_and_in_reverse_order(app: Any, tmp_path: Path) -> None:
    policy = RolloutPolicy(limits=Limits(1, 1, 100.0, 1), bake_s=0)
    rollout_id, instances = make_ground(tmp_path / "srv", 3, [1, 2], policy)
    begin(rollout_id)
    for _ in range(3):
        end_operation(active_operations()[0].id, well=True)
        advance(rollout_id)
    assert db.session.get_one(Rollout, rollout_id).state == RolloutState.FINISHED
    assert acts.return_all(rollout_id, by="ani") == 3
    order = []
    while active := active_operations():
        order.append(active[0].instance_id)
        assert active[0].kind == OperationKind.RETURN
        end_operation(active[0].id, well=True)
        advance(rollout_id)
    assert order == instances[::-1]
    states = {item.state for item in db.session.get_one(Rollout, rollout_id).items}
    assert states == {ItemState.RETURNED}


def test_a_cancelled_operation_counts_as_a_failure(app: Any, tmp_path: Path) -> None:
    policy = RolloutPolicy(limits=Limits(1, 1, 100.0, 1), bake_s=0)
    rollout_id, _ = make_ground(tmp_path / "srv", 2, [2], policy)
    begin(rollout_id)
    with_id = active_operations()[0]
    with_id.state = OperationState.CANCELLED
    with_id.active_key = None
    db.session.commit()
    advance(rollout_id)
    rollout = db.session.get_one(Rollout, rollout_id)
    assert rollout.state == RolloutState.HALTED


def halted_with_two_failures(root: Path) -> tuple[int, list[int]]:
    """Six villages, two at once: the first two failed, four have not begun."""
    policy = RolloutPolicy(limits=Limits(2, 2, 100.0, 9), bake_s=0)
    rollout_id, _ = make_ground(root, 6, [6], policy)
    begin(rollout_id)
    for operation_id in [each.id for each in active_operations()]:
        end_operation(operation_id, well=False)
    advance(rollout_id)
    rollout = db.session.get_one(Rollout, rollout_id)
    assert rollout.state == RolloutState.HALTED
    return rollout_id, [item.id for item in rollout.items]


def test_trying_one_again_starts_only_that_one_and_the_rest_stays_held(
    app: Any, tmp_path: Path
) -> None:
    rollout_id, items = halted_with_two_failures(tmp_path / "srv")
    sentence = db.session.get_one(Rollout, rollout_id).blocked_because
    assert acts.retry(items[0], by="ani") == acts.Again.ALONE
    (operation,) = active_operations()
    end_operation(operation.id, well=True)
    advance(rollout_id)
    rollout = db.session.get_one(Rollout, rollout_id)
    assert (rollout.state, rollout.blocked_because) == (RolloutState.HALTED, sentence)
    assert rollout.forgiven == [] and not active_operations()
    wanted = [ItemState.SUCCEEDED, ItemState.FAILED, *[ItemState.WAITING] * 4]
    assert [item.state for item in rollout.items] == wanted
    acts.resume(rollout_id, by="ani")
    assert len(active_operations()) == 2


def test_one_tried_again_while_an_alarm_holds_the_rollout_is_really_tried(
    app: Any, tmp_path: Path
) -> None:
    rollout_id, items = halted_with_two_failures(tmp_path / "srv")
    wave = db.session.get_one(Rollout, rollout_id).waves[0]
    wave.verdict = {"alarm": "Galat naik."}
    db.session.commit()
    assert acts.retry_failed(rollout_id, by="ani") == (2, acts.Again.ALONE)
    assert len(active_operations()) == 2
    assert db.session.get_one(Rollout, rollout_id).state == RolloutState.HALTED


def test_one_tried_again_in_a_paused_rollout_starts_when_it_goes_on(
    app: Any, tmp_path: Path
) -> None:
    rollout_id, items = halted_with_two_failures(tmp_path / "srv")
    acts.pause(rollout_id, by="ani")
    assert acts.retry(items[1], by="ani") == acts.Again.LATER
    assert not active_operations()
    acts.resume(rollout_id, by="ani")
    assert len(active_operations()) == 2


def test_who_was_left_out_before_its_wave_began_still_waits_for_it(
    app: Any, tmp_path: Path
) -> None:
    policy = RolloutPolicy(limits=Limits(1, 1, 100.0, 1), bake_s=0)
    rollout_id, _ = make_ground(tmp_path / "srv", 3, [1, 2], policy)
    begin(rollout_id)
    late = db.session.get_one(Rollout, rollout_id).items[2].id
    acts.skip(late, reason="kepala desa meminta", by="ani")
    end_operation(active_operations()[0].id, well=False)
    advance(rollout_id)
    assert acts.retry(late, by="ani") == acts.Again.LATER
    assert not active_operations()


def test_nothing_is_tried_again_in_a_rollout_that_was_stopped(app: Any, tmp_path: Path) -> None:
    rollout_id, items = halted_with_two_failures(tmp_path / "srv")
    acts.stop(rollout_id, reason="sudah malam", by="ani")
    with pytest.raises(Refused, match="tidak ada lagi yang mulai"):
        acts.retry(items[0], by="ani")
    assert db.session.get_one(RolloutItem, items[0]).state == ItemState.FAILED


def test_a_withdrawn_release_holds_the_rollout_with_one_sentence_and_fails_nobody(
    app: Any, tmp_path: Path
) -> None:
    policy = RolloutPolicy(limits=Limits(1, 3, 100.0, 3), bake_s=0)
    rollout_id, _ = make_ground(tmp_path / "srv", 3, [3], policy)
    begin(rollout_id)
    withdraw_release(2, by="ani", reason="Laporan salah")
    end_operation(active_operations()[0].id, well=True)
    advance(rollout_id)
    rollout = db.session.get_one(Rollout, rollout_id)
    assert rollout.state == RolloutState.HALTED and not active_operations()
    assert rollout.blocked_because.startswith("Tertahan: rilis 2410.0.0 ditarik (Laporan salah).")
    states = [item.state for item in rollout.items]
    assert states == [ItemState.SUCCEEDED, ItemState.WAITING, ItemState.WAITING]
    with pytest.raises(Refused, match="rilis 2410.0.0 ditarik"):
        acts.resume(rollout_id, by="ani")
    offer_release(2, by="ani", reason="Sudah diperiksa")
    acts.resume(rollout_id, by="ani")
    assert len(active_operations()) == 1


def test_a_release_withdrawn_when_nobody_waits_any_more_holds_nothing(
    app: Any, tmp_path: Path
) -> None:
    policy = RolloutPolicy(limits=Limits(1, 1, 100.0, 1), bake_s=0)
    rollout_id, _ = make_ground(tmp_path / "srv", 1, [1], policy)
    begin(rollout_id)
    withdraw_release(2, by="ani", reason="Laporan salah")
    end_operation(active_operations()[0].id, well=True)
    advance(rollout_id)
    assert db.session.get_one(Rollout, rollout_id).state == RolloutState.FINISHED
