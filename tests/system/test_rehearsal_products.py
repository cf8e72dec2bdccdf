"""Every product is rehearsed by its own recipe; its neighbours on the database are asked too."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from siappakai.models import Operation, Verdict, db
from siappakai.provision.start import StartChoice
from tests.fleet import running_fleet
from tests.system.rehearsed import allow_any_load, assert_nothing_left, production, rehearse
from tests.system.test_every_recipe import (
    NEWER,
    OLDER,
    REGENCY,
    VILLAGE_PRODUCTS,
    Family,
    add,
    install_regions,
)
from tests.system.villages import start_list, village_list

pytestmark = [pytest.mark.system, pytest.mark.timeout(1200)]


@pytest.fixture(scope="module")
def household() -> Iterator[Family]:
    """One of each product for the same regency, on its older release."""
    with running_fleet("ujigladisemua") as fleet:
        made = Family(fleet, add(fleet, OLDER), add(fleet, NEWER))
        allow_any_load(fleet)
        fleet.start_worker()
        combined = StartChoice((made.older["opensid"],), new_group="Gabungan Gladi")
        ids = start_list(fleet, village_list(REGENCY, 10, 2), combined)
        fleet.wait_finished(ids)
        chosen = StartChoice(tuple(made.older[each] for each in VILLAGE_PRODUCTS))
        ids += start_list(fleet, village_list(REGENCY, 20, 1), chosen)
        ids += install_regions(made)
        fleet.wait_finished(ids, timeout_s=600)
        yield made
        fleet.stop_workers()


@pytest.mark.parametrize("product", list(NEWER))
def test_a_product_is_rehearsed_and_nothing_of_it_changes(household: Family, product: str) -> None:
    fleet, instance_id = household.fleet, household.instance(product)
    before = production(fleet, [household.instance(each) for each in OLDER])
    (line,) = rehearse(fleet, household.newer[product], [instance_id]).lines
    assert line.verdict is not Verdict.RED and line.measures, line.findings
    assert production(fleet, [household.instance(each) for each in OLDER]) == before
    assert household.wrong_pages(product) == []
    assert_nothing_left(fleet)


def test_the_mobile_api_is_asked_on_the_clone_that_opensid_migrated(household: Family) -> None:
    release_id = household.newer["opensid"]
    (line,) = rehearse(household.fleet, release_id, [household.instance("opensid")]).lines
    with household.fleet.app.app_context():
        operation = db.session.get_one(Operation, line.operation_id)
        probe = next(dict(step.result) for step in operation.steps if step.name == "probe")
        db.session.rollback()
    (beside,) = probe["beside"]
    assert (beside["label"], beside["was_ill"]) == ("API Mobile", False)
    assert beside["pages"] and "wrong" not in beside
