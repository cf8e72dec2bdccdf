"""A newcomer is dressed like most of its neighbours; who was there before waits for a person."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from siappakai.branding.edits import Temporary, add_temporary, set_values
from siappakai.branding.schedule import apply_due
from siappakai.branding.versions import freeze_now
from siappakai.models import (
    InstanceBrand,
    Operation,
    OperationState,
    Rollout,
    RolloutState,
    db,
    transaction,
    utc_now,
)
from siappakai.provision.brand_newcomers import dress_new_instances, instances_to_wear
from siappakai.rollout.brand_freeze import QUICK, freeze_brand
from tests.cast import add_release, add_server, add_villages
from tests.integration.rows.brand_rows import ALL, DAY, add_serving, ended, wear

DISTRICT = [f"73050520{number:02}" for number in range(1, 11)]
OTHER = [f"73050220{number:02}" for number in range(1, 4)]
NEW, NEW_ELSEWHERE = "7305052090", "7305022090"
YEAR, WEEK = 365 * DAY, 7 * DAY


@pytest.fixture
def fleet(app: Flask, tmp_path: Path) -> list[int]:
    """Ten villages of one district and three of another, there for a year, never dressed."""
    add_server(tmp_path / "srv")
    add_release()
    add_villages(*DISTRICT, *OTHER, NEW, NEW_ELSEWHERE)
    return add_serving(*DISTRICT, *OTHER, created_at=utc_now() - YEAR)


def version(text: str = "Takalar") -> int:
    set_values(ALL, {"footer_text": text}, by="ani")
    return freeze_now(text, by="ani").id


def operations() -> int:
    db.session.expire_all()
    return db.session.query(Operation).filter_by(state=OperationState.QUEUED).count()


def test_one_dressed_village_never_dresses_a_fleet_that_was_there_before(fleet: list[int]) -> None:
    wear(version(), fleet[0], ago=WEEK)
    assert instances_to_wear() == {} and dress_new_instances() == []
    assert operations() == 0


def test_after_a_rollout_stopped_on_its_way_the_rest_stays_as_it_is(fleet: list[int]) -> None:
    wear(version(), *fleet[:8], ago=WEEK)
    assert dress_new_instances() == [] and operations() == 0


def test_a_newcomer_is_dressed_like_most_of_its_district(fleet: list[int]) -> None:
    made = version()
    wear(made, *fleet[:6], ago=WEEK)
    (new,) = add_serving(NEW, created_at=utc_now() - DAY)
    assert instances_to_wear() == {new: made}
    assert len(dress_new_instances()) == 1
    assert instances_to_wear() == {}


def test_a_village_that_wears_nothing_counts_against_it(fleet: list[int]) -> None:
    wear(version(), *fleet[:5], ago=WEEK)
    add_serving(NEW)
    assert instances_to_wear() == {}


def test_a_district_that_was_undone_counts_against_it_too(fleet: list[int]) -> None:
    made = version()
    wear(made, *fleet, ago=2 * WEEK)
    wear(None, *fleet[:10], ago=WEEK)
    here, elsewhere = add_serving(NEW, NEW_ELSEWHERE)
    assert instances_to_wear() == {elsewhere: made}
    assert here not in instances_to_wear()


def test_several_newcomers_do_not_hold_each_other_up(fleet: list[int]) -> None:
    made = version()
    wear(made, *fleet[:10], ago=WEEK)
    codes = [f"73050520{number}" for number in range(50, 70)]
    add_villages(*codes)
    assert set(add_serving(*codes)) == set(instances_to_wear())


def test_alone_in_its_district_it_follows_the_regency(fleet: list[int]) -> None:
    made = version()
    wear(made, *fleet[:7], ago=WEEK)
    add_villages("7305092001")
    (lonely,) = add_serving("7305092001")
    assert instances_to_wear() == {lonely: made}


def test_only_its_own_product_counts(fleet: list[int]) -> None:
    wear(version(), *fleet, ago=WEEK)
    add_serving(*DISTRICT[:3], product="pbb", created_at=utc_now() - YEAR)
    add_serving(NEW, product="pbb")
    assert instances_to_wear() == {}


def test_a_newcomer_that_a_rollout_names_waits_for_it(fleet: list[int]) -> None:
    made = version()
    wear(made, *fleet, ago=WEEK)
    (new,) = add_serving(NEW)
    number = freeze_brand(version("Baru"), [new], QUICK, title="", by="ani")
    assert instances_to_wear() == {}
    for state, wanted in ((RolloutState.STOPPED, {}), (RolloutState.DISCARDED, {new: made})):
        with transaction():
            db.session.get_one(Rollout, number).state = state
        assert instances_to_wear() == wanted


def test_a_newcomer_on_which_it_failed_is_not_tried_again_and_again(fleet: list[int]) -> None:
    made = version()
    wear(made, *fleet, ago=WEEK)
    (new,) = add_serving(NEW)
    with transaction():
        ended(new, made, state=OperationState.FAILED)
        db.session.add(InstanceBrand(instance_id=new))
    assert instances_to_wear() == {} and dress_new_instances() == []
    repaired = version("Sesudah diperbaiki")
    wear(repaired, *fleet, ago=timedelta(hours=1))
    assert instances_to_wear() == {new: repaired}


def test_a_newcomer_is_still_one_after_the_clock_made_a_version(fleet: list[int]) -> None:
    now = utc_now()
    ribbon = Temporary("HUT RI", {"ribbon_kind": "merah_putih"}, now + DAY, now + 2 * DAY)
    add_temporary(ribbon, by="ani")
    wear(version(), *fleet, ago=WEEK)
    (new,) = add_serving(NEW, created_at=now - DAY)
    (due,) = apply_due(now + 1.5 * DAY)
    wear(due.version_id, *fleet)
    assert instances_to_wear() == {new: due.version_id}
    assert db.session.scalars(select(InstanceBrand).filter_by(instance_id=new)).first() is None
