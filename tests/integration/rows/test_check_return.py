"""A snapshot is only taken back to where it came from, by the update that led to what serves."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask

from siappakai.errors import StepErrored
from siappakai.models import (
    DatabaseGroup,
    Instance,
    Operation,
    OperationKind,
    OperationState,
    db,
    transaction,
)
from siappakai.provision.job import load_job
from siappakai.provision.members import load_members
from siappakai.provision.order import order_return
from siappakai.provision.step_context import StepContext
from siappakai.provision.update_steps import _whose, check_return
from tests.rollout_cast import add_fleet, add_offered_release, add_update, combine

TOOLS: Any = SimpleNamespace(engine=SimpleNamespace(has_image=lambda digest: True))


class Fleet:
    """Villages on the new release; the first one's update is to be returned."""

    def __init__(self, root: Path, count: int = 1, *, together: bool = False) -> None:
        self.old, self.new = (add_offered_release(each) for each in ("2408.0.0", "2410.0.0"))
        self.ids = add_fleet(root, count, self.old)
        if together:
            combine(self.ids, "Gabungan")
        self.update_id = add_update(self.ids[0], self.new)
        self._note_warm()
        with transaction():
            for each in self.ids:
                row = db.session.get_one(Instance, each)
                row.recorded_release_id, row.recorded_spec_sha256 = self.new, "a" * 64

    def _note_warm(self) -> None:
        led = {"old_release_id": self.old, "old_spec_sha256": "b" * 64}
        parts = {"members": {str(one): led for one in self.ids}} if self.ids[1:] else led
        with transaction():
            self._step("warm").result = parts

    def _step(self, name: str) -> Any:
        steps = db.session.get_one(Operation, self.update_id).steps
        return next(step for step in steps if step.name == name)

    def note_whose(self) -> None:
        """As an update of today notes it."""
        whose = _whose(self.context())
        with transaction():
            self._step("check").result = {"whose": whose}

    def order(self) -> None:
        self.return_id = order_return(self.ids[0], by="uji")

    def context(self) -> StepContext:
        job = load_job(self.return_id)
        return StepContext(job, TOOLS, {}, load_members(job))


def leave_combined(instance_id: int) -> None:
    with transaction():
        instance = db.session.get_one(Instance, instance_id)
        own = db.session.query(DatabaseGroup).filter_by(database_name=f"d{instance.scope_code}")
        instance.database_group_id = own.one().id


@pytest.fixture(autouse=True)
def rows_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("siappakai.provision.order.enqueue_operations", lambda ids: None)
    # Room and long work are asked of MariaDB; other tests do.
    monkeypatch.setattr("siappakai.provision.update_steps._ensure_way_back", lambda context: None)


def test_the_update_that_led_here_may_be_returned(app: Flask, tmp_path: Path) -> None:
    fleet = Fleet(tmp_path)
    fleet.order()
    fleet.note_whose()
    assert check_return(fleet.context())["update_id"] == fleet.update_id


def test_a_release_reached_by_another_update_is_not_led_back_by_an_older_one(
    app: Flask, tmp_path: Path
) -> None:
    """v2 to v3 is on record though its operation failed: v1's snapshot would take v3's rows."""
    fleet = Fleet(tmp_path)
    fleet.order()
    newer = add_offered_release("2411.0.0")
    add_update(fleet.ids[0], newer, state=OperationState.FAILED)
    with transaction():
        db.session.get_one(Instance, fleet.ids[0]).recorded_release_id = newer
    with pytest.raises(StepErrored, match="bukan yang membawa ke versi yang melayani"):
        check_return(fleet.context())


def test_one_that_left_the_combined_database_does_not_get_everybodys_rows(
    app: Flask, tmp_path: Path
) -> None:
    fleet = Fleet(tmp_path, 2, together=True)
    fleet.order()
    fleet.note_whose()
    leave_combined(fleet.ids[0])
    with pytest.raises(StepErrored, match="basis datanya berganti"):
        check_return(fleet.context())


def test_a_village_that_left_since_keeps_the_others_snapshot_from_being_taken_back(
    app: Flask, tmp_path: Path
) -> None:
    """Its rows of before would be there again, beside its own database."""
    fleet = Fleet(tmp_path, 2, together=True)
    fleet.order()
    fleet.note_whose()
    leave_combined(fleet.ids[1])
    with pytest.raises(StepErrored, match="ada desa yang masuk ke atau keluar"):
        check_return(fleet.context())


def test_an_update_of_before_this_was_noted_is_judged_by_its_release(
    app: Flask, tmp_path: Path
) -> None:
    fleet = Fleet(tmp_path)
    fleet.order()
    assert check_return(fleet.context())["update_id"] == fleet.update_id
    assert db.session.get_one(Operation, fleet.return_id).kind == OperationKind.RETURN
