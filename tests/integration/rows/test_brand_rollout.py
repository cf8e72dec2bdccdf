"""A brand goes to villages by the rollout engine: frozen, approved, in waves, back again."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from siappakai.branding.edits import set_values
from siappakai.branding.versions import freeze_now
from siappakai.errors import Refused
from siappakai.models import (
    BrandRecord,
    ItemState,
    Operation,
    OperationKind,
    Rollout,
    RolloutItem,
    RolloutState,
    db,
    transaction,
)
from siappakai.rollout import acts
from siappakai.rollout.brand_freeze import LOOKED_AT, QUICK, freeze_brand
from siappakai.rollout.freeze import approve
from siappakai.rollout.gate import missing_on_servers
from tests.cast import add_server
from tests.integration.rows.brand_rows import ALL
from tests.integration.rows.rollout_rows import (
    active_operations,
    add_running_villages,
    add_sample_release,
    end_operation,
)


@pytest.fixture
def villages(app: Flask, tmp_path: Path) -> list[int]:
    return add_running_villages(5, add_sample_release("2410.0.0"), add_server(tmp_path / "srv"))


def make_version(text: str) -> int:
    set_values(ALL, {"footer_text": text}, by="ani")
    return freeze_now(text, by="ani").id


def start(version_id: int, villages: list[int], policy=QUICK) -> int:
    number = freeze_brand(version_id, villages, policy, title="", by="ani")
    sha256 = db.session.get_one(Rollout, number).plan_sha256
    approve(number, sha256, by="budi", gate=missing_on_servers)
    acts.launch(number, by="budi")
    return number


def end_all(*, well: bool = True) -> int:
    """Each active operation ends, and so on until nothing is started any more; how many ended."""
    ended = 0
    while active := active_operations():
        for each in active:
            number, instance, version = each.id, each.instance_id, each.parameters
            end_operation(number, well=well)
            if well:
                note(number, instance, version["brand_version_id"])
            ended += 1
        acts.advance(db.session.scalars(select(Rollout.id).order_by(Rollout.id.desc())).first())
    return ended


def note(operation_id: int, instance_id: int, version_id: int | None) -> None:
    with transaction():
        db.session.add(
            BrandRecord(instance_id=instance_id, operation_id=operation_id, version_id=version_id)
        )


def test_all_wear_the_version_and_each_operation_carries_it(villages: list[int]) -> None:
    version = make_version("Satu")
    number = start(version, villages)
    assert end_all() == 5
    assert db.session.get_one(Rollout, number).state == RolloutState.FINISHED
    done = list(db.session.scalars(select(Operation).filter_by(rollout_id=number)))
    assert {each.kind for each in done} == {OperationKind.APPLY_BRAND}
    assert {each.parameters["brand_version_id"] for each in done} == {version}


def test_a_person_looks_at_two_villages_before_the_others_follow(villages: list[int]) -> None:
    number = start(make_version("Satu"), villages, LOOKED_AT)
    assert end_all() == 2
    assert "konfirmasi" in db.session.get_one(Rollout, number).blocked_because.lower() or (
        db.session.get_one(Rollout, number).blocked_because
    )
    acts.confirm_wave(number, 2, by="budi")
    assert end_all() == 3 or db.session.get_one(Rollout, number).state == RolloutState.RUNNING


def test_going_back_gives_what_was_worn_before_and_first_of_all_the_own_look(
    villages: list[int],
) -> None:
    first, second = make_version("Satu"), make_version("Dua")
    one = start(first, villages)
    end_all()
    two = start(second, villages)
    end_all()
    acts.return_all(two, by="budi")
    assert {each.parameters["brand_version_id"] for each in active_operations()} == {first}
    end_all()
    states = db.session.scalars(select(RolloutItem.state).filter_by(rollout_id=two))
    assert set(states) == {ItemState.RETURNED}
    acts.return_all(one, by="budi")
    assert {each.parameters["brand_version_id"] for each in active_operations()} == {None}


def test_a_plan_that_was_changed_is_not_approved(villages: list[int]) -> None:
    number = freeze_brand(make_version("Satu"), villages, QUICK, title="", by="ani")
    with transaction():
        rollout = db.session.get_one(Rollout, number)
        rollout.plan = {**rollout.plan, "moves": rollout.plan["moves"][:1]}
    sha256 = db.session.get_one(Rollout, number).plan_sha256
    with pytest.raises(Refused, match="tidak sama"):
        approve(number, sha256, by="budi", gate=missing_on_servers)


def test_nobody_to_wear_it_is_refused(villages: list[int]) -> None:
    with pytest.raises(Refused, match="Tidak ada aplikasi"):
        freeze_brand(make_version("Satu"), [], QUICK, title="", by="ani")
