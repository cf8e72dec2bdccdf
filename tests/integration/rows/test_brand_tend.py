"""What the ticker does for brands goes on for all others when one village refuses."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import event, select

from siappakai.branding.edits import Temporary, add_temporary
from siappakai.branding.sent import unsent_themes
from siappakai.branding.versions import freeze_now
from siappakai.errors import Unavailable
from siappakai.models import (
    Instance,
    Operation,
    OperationKind,
    OperationState,
    Step,
    StepState,
    Theme,
    ThemeState,
    ThemeVersion,
    WantedState,
    db,
    transaction,
    utc_now,
)
from siappakai.provision import brand_tend
from siappakai.provision.brand_tend import catch_up, tend_brands
from siappakai.provision.run import COMING_BACK
from tests.cast import add_release, add_server, add_villages
from tests.integration.rows.brand_rows import DAY, add_serving, ended, want, wanted, wear

CODES = [f"73050520{number:02}" for number in range(1, 7)]


@pytest.fixture
def fleet(app: Flask, tmp_path: Path) -> list[int]:
    add_server(tmp_path / "srv")
    add_release()
    add_villages(*CODES)
    return add_serving(*CODES)


def with_ribbon() -> int:
    """A version whose ribbon begins tomorrow."""
    now = utc_now()
    ribbon = Temporary("HUT RI", {"ribbon_kind": "merah_putih"}, now + DAY, now + 2 * DAY)
    add_temporary(ribbon, by="ani")
    return freeze_now("Jadwal", by="ani").id


def stick(instance_id: int) -> None:
    """An operation of it stopped on its way back."""
    with transaction():
        operation_id = ended(instance_id, None, state=OperationState.FAILED)
        row = db.session.get_one(Operation, operation_id)
        row.kind = OperationKind.UPDATE
        row.steps = [Step(name=COMING_BACK, position=99, state=StepState.FAILED)]


def queued() -> dict[int, int]:
    """Instance → version of the operations that wait."""
    rows = db.session.scalars(select(Operation).filter_by(state=OperationState.QUEUED))
    return {row.instance_id: row.parameters["brand_version_id"] for row in rows}


def test_one_that_refuses_holds_up_no_other_village(
    fleet: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    version = with_ribbon()
    wear(version, *fleet)
    stick(fleet[0])
    with transaction():
        db.session.get_one(Instance, fleet[1]).wanted_state = WantedState.REMOVED
    later = utc_now() + 1.5 * DAY
    monkeypatch.setattr(brand_tend, "utc_now", lambda: later)
    tend_brands()
    made = wanted(fleet[2])
    assert made != version and queued() == dict.fromkeys(fleet[2:], made)
    assert wanted(fleet[1]) == version


def test_a_part_that_is_refused_leaves_the_others_their_turn(
    fleet: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    version = with_ribbon()
    want(version, fleet[0])

    def refuse() -> None:
        raise Unavailable("Redis tidak menjawab.")

    monkeypatch.setattr(brand_tend, "send_new_themes", refuse)
    tend_brands()
    assert queued() == {fleet[0]: version}


def test_many_are_told_in_batches_and_read_in_one_query(fleet: list[int]) -> None:
    version = with_ribbon()
    want(version, *fleet)
    assert len(catch_up(4)) == 4 and len(catch_up(4)) == 2 and catch_up(4) == []
    asked: list[str] = []
    event.listen(db.engine, "before_cursor_execute", lambda *given: asked.append(given[2]))
    assert catch_up() == []
    assert len([each for each in asked if each.startswith("SELECT")]) == 1


def test_what_failed_waits_for_a_person_and_what_was_busy_does_not(fleet: list[int]) -> None:
    first = with_ribbon()
    want(first, *fleet[:2])
    with transaction():
        ended(fleet[0], first, state=OperationState.FAILED)
    assert len(catch_up()) == 1 and queued() == {fleet[1]: first}


def test_those_that_refuse_do_not_use_up_the_batch(fleet: list[int]) -> None:
    version = with_ribbon()
    want(version, *fleet)
    for each in fleet[:4]:
        stick(each)
    assert len(catch_up(2)) == 2 and set(queued()) == set(fleet[4:])


def test_a_withdrawn_theme_is_sent_as_long_as_a_look_may_need_it(fleet: list[int]) -> None:
    with transaction():
        theme = Theme(slug="takalar")
        db.session.add(theme)
        db.session.flush()
        for number, state in enumerate(ThemeState):
            sha256 = str(number) * 64
            row = ThemeVersion(theme_id=theme.id, version=f"1.{number}", state=state, sha256=sha256)
            db.session.add(row)
    states = {row.sha256: row.state for row in db.session.scalars(select(ThemeVersion))}
    assert {states[each] for each in unsent_themes()} == {ThemeState.READY, ThemeState.WITHDRAWN}
