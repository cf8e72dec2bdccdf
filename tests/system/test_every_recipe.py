"""Every product by its own recipe: installed, not twice, updated, returned, released, revived."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from sqlalchemy import select

from siappakai.models import DatabaseGroup, Instance, Operation, OperationState, Release, db
from siappakai.products import RECIPES
from siappakai.provision.http_probe import get_through_edge
from siappakai.provision.job import release_facts, server_facts
from siappakai.provision.order import order_removal, order_return, order_revival, order_update
from siappakai.provision.place import make_place
from siappakai.provision.region_start import RegionOrder, install_for_region
from siappakai.provision.start import StartChoice
from siappakai.provision.verify import trusted_root, wrong_answer
from tests.fleet import SAMPLES, Fleet, running_fleet
from tests.system.villages import start_list, table_checksums, village_list

pytestmark = [pytest.mark.system, pytest.mark.timeout(1200)]

ALL = SAMPLES.parent
OLDER = {
    "opensid": "opensid/v2408.0.0",
    "pbb": "laravel/v1.0.0",
    "mobile_api": "mobile_api/v2605.0.0",
    "opendk": "opendk/v2511.0.0",
    "satu_data_api": "satu_data_api/v2501.0.0",
    "openkab": "openkab/v2501.0.0",
}
NEWER = {
    "opensid": "opensid/v2410.0.0",
    "pbb": "laravel/v1.1.0",
    "mobile_api": "mobile_api/v2606.0.0",
    "opendk": "opendk/v2512.0.0",
    "openkab": "openkab/v2502.0.0",
}
VILLAGE_PRODUCTS = ("opensid", "pbb", "mobile_api")
REGENCY, DISTRICT = "7305", "730501"


@dataclass
class Family:
    """One of each product for the same regency, with the releases they can move between."""

    fleet: Fleet
    older: dict[str, int]
    newer: dict[str, int]
    operations: list[int] = field(default_factory=list)

    def finish(self, operation_id: int) -> None:
        self.fleet.wait_finished([operation_id])
        with self.fleet.app.app_context():
            operation = db.session.get_one(Operation, operation_id)
            db.session.refresh(operation)
            why = (operation.error_message, operation.error_log_tail)
            assert operation.state == OperationState.SUCCEEDED, why

    def instance(self, product: str) -> int:
        """The newest instance of a product: for OpenSID the last village, in its own database."""
        with self.fleet.app.app_context():
            query = select(Instance.id).filter_by(product=product).order_by(Instance.id.desc())
            return db.session.scalars(query.limit(1)).one()

    def recorded(self, product: str) -> int | None:
        with self.fleet.app.app_context():
            return db.session.get_one(Instance, self.instance(product)).recorded_release_id

    def content(self, product: str) -> dict[str, int]:
        """CHECKSUM TABLE of every table of the database it works on, its own or a shared one."""
        with self.fleet.app.app_context():
            instance = db.session.get_one(Instance, self.instance(product))
            name = instance.database_group.database_name
        return table_checksums(self.fleet, name)

    def wrong_pages(self, product: str) -> list[str]:
        """What is wrong with the product's own pages through the edge; empty when nothing is."""
        with self.fleet.app.app_context():
            instance = db.session.get_one(Instance, self.instance(product))
            server, recipe = server_facts(instance.server), RECIPES[product]
            place = make_place(instance, recipe)
            probes = recipe.page_probes(place, release_facts(instance.recorded_release))
            root = trusted_root(server.paths)
            db.session.rollback()
        wrong = []
        for probe in probes:
            answer = get_through_edge(
                "127.0.0.1",
                server.https_port,
                place.region.domain,
                probe.path,
                ca_file=root,
                timeout_s=60,
            )
            wrong.append(wrong_answer(probe, answer))
        return [each for each in wrong if each]


def add(fleet: Fleet, places: dict[str, str]) -> dict[str, int]:
    return {
        product: fleet.add_release(place.rpartition("/")[2], str(ALL / place), product)
        for product, place in places.items()
    }


def group_of(family: Family) -> int:
    with family.fleet.app.app_context():
        query = select(DatabaseGroup.id).where(DatabaseGroup.label != "")
        return db.session.scalars(query).one()


def install_regions(family: Family) -> list[int]:
    older, group_id = family.older, group_of(family)
    regency = (older["satu_data_api"], older["openkab"])
    with family.fleet.app.app_context():
        ids = install_for_region(
            RegionOrder(REGENCY, "takalarkab.go.id", regency, group_id), by="uji"
        )
        district = RegionOrder(DISTRICT, "mangarabombang.takalarkab.go.id", (older["opendk"],))
        return ids + install_for_region(district, by="uji")


@pytest.fixture(scope="module")
def family() -> Iterator[Family]:
    with running_fleet("ujisemua") as fleet:
        made = Family(fleet, add(fleet, OLDER), add(fleet, NEWER))
        fleet.start_worker()
        fleet.start_worker()
        opensid = (made.older["opensid"],)
        combined = StartChoice(opensid, new_group="Gabungan Semua")
        ids = start_list(fleet, village_list(REGENCY, 10, 2), combined)
        fleet.wait_finished(ids)
        chosen = StartChoice(tuple(made.older[each] for each in VILLAGE_PRODUCTS))
        ids += start_list(fleet, village_list(REGENCY, 20, 1), chosen)
        ids += install_regions(made)
        fleet.wait_finished(ids, timeout_s=400)
        made.operations = ids
        yield made
        fleet.stop_workers()


def test_every_product_is_installed_and_answers(family: Family) -> None:
    with family.fleet.app.app_context():
        rows = [db.session.get_one(Operation, each) for each in family.operations]
        stopped = [(row.instance.product, row.error_message, row.error_log_tail) for row in rows]
        assert {row.state for row in rows} == {OperationState.SUCCEEDED}, stopped
        assert {row.instance.product for row in rows} == set(RECIPES)
    assert {product: family.wrong_pages(product) for product in RECIPES} == {
        product: [] for product in RECIPES
    }


def test_a_second_installation_queues_nothing(family: Family) -> None:
    chosen = StartChoice(tuple(family.older[each] for each in VILLAGE_PRODUCTS))
    assert start_list(family.fleet, village_list(REGENCY, 20, 1), chosen) == []
    assert install_regions(family) == []


@pytest.mark.parametrize("product", list(NEWER))
def test_a_product_is_updated_and_returns(family: Family, product: str) -> None:
    instance_id = family.instance(product)
    before = family.content(product)
    with family.fleet.app.app_context():
        there = order_update(instance_id, family.newer[product], by="uji")
    family.finish(there)
    assert family.recorded(product) == family.newer[product]
    assert family.wrong_pages(product) == []
    with family.fleet.app.app_context():
        back = order_return(instance_id, by="uji")
    family.finish(back)
    assert family.recorded(product) == family.older[product]
    assert family.wrong_pages(product) == []
    assert family.content(product) == before


def test_all_leave_service_and_come_back_with_their_keys(family: Family) -> None:
    with family.fleet.app.app_context():
        releases = db.session.scalars(select(Release)).all()
        order = sorted({row.product for row in releases}, key=lambda each: len(RECIPES[each].needs))
    specs = {product: _spec(family, product) for product in order}
    for product in reversed(order):
        with family.fleet.app.app_context():
            removal = order_removal(family.instance(product), by="uji")
        family.finish(removal)
    for product in order:
        with family.fleet.app.app_context():
            revival = order_revival(family.instance(product), by="uji")
        family.finish(revival)
        assert family.wrong_pages(product) == []
    assert {product: _spec(family, product) for product in order} == specs


def _spec(family: Family, product: str) -> str:
    """The hash over image, mounts and every file's content: equal only if no key changed."""
    with family.fleet.app.app_context():
        return db.session.get_one(Instance, family.instance(product)).recorded_spec_sha256
