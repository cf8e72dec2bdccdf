"""OpenDK and OpenKab wear the kit: names and logo in their own pages, all given back by an undo.

SIAPPAKAI_SUMBER_OPENSID, _OPENDK, _OPENKAB and _SATU_DATA_API=<git directories, vendor/ in their
tags>; our samples of OpenDK and OpenKab have no place for a logo.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from sqlalchemy import select

from siappakai.branding.edits import set_values
from siappakai.branding.scope import Scope
from siappakai.branding.versions import freeze_now
from siappakai.models import DatabaseGroup, Instance, OperationState, Server, db
from siappakai.provision.http_probe import get_through_edge
from siappakai.provision.job import server_facts
from siappakai.provision.order_brand import order_brand
from siappakai.provision.region_start import RegionOrder, install_for_region
from siappakai.provision.start import StartChoice
from siappakai.provision.verify import trusted_root
from tests.fleet import Fleet, running_fleet
from tests.system.brand_villages import keep_picture, operation, working
from tests.system.villages import start_list, village_list

pytestmark = [
    pytest.mark.system,
    pytest.mark.real_source("OPENSID", "OPENDK", "OPENKAB", "SATU_DATA_API"),
    pytest.mark.timeout(1200),
]

REAL = {"opendk": "v2606.0.0", "openkab": "v2509.0.0", "satu_data_api": "v2506.0.0"}
REGENCY, DISTRICT = "7305", "730501"
DOMAINS = {"opendk": "k730501.kec.localhost", "openkab": "takalarkab.go.id"}
PAGES = {"opendk": ("/", "/login"), "openkab": ("/login",)}
NAME = "Takalar Satu Wajah"


@dataclass
class Ground:
    fleet: Fleet
    ids: dict[str, int]
    pages_before: dict[str, str]
    rows_before: dict[str, tuple]

    def wear(self, product: str, version_id: int | None) -> None:
        with self.fleet.app.app_context():
            operation_id = order_brand(self.ids[product], version_id, by="uji")
        with working(self.fleet):
            self.fleet.wait_finished([operation_id], 200)
        row = operation(self.fleet, operation_id)
        assert row.state == OperationState.SUCCEEDED, (row.error_message, row.error_log_tail)


@pytest.fixture(scope="module")
def ground() -> Iterator[Ground]:
    with running_fleet("ujidaerah") as fleet:
        releases = {product: _add(fleet, product) for product in REAL}
        opensid = fleet.add_release("v2410.0.0", os.environ["SIAPPAKAI_SUMBER_OPENSID"])
        with working(fleet, 2):
            choice = StartChoice((opensid,), new_group="Gabungan Daerah")
            fleet.wait_finished(start_list(fleet, village_list(REGENCY, 10, 2), choice), 300)
            ids = _install(fleet, releases)
            fleet.wait_finished(ids, 400)
        with fleet.app.app_context():
            stopped = [operation(fleet, each) for each in ids]
            assert all(each.state == OperationState.SUCCEEDED for each in stopped), [
                (each.error_message, each.error_log_tail) for each in stopped
            ]
            rows = db.session.scalars(select(Instance).where(Instance.product.in_(PAGES)))
            found = {each.product: each.id for each in rows}
        yield Ground(
            fleet,
            found,
            {product: shown(fleet, product) for product in PAGES},
            {product: held(fleet, product) for product in PAGES},
        )


def _add(fleet: Fleet, product: str) -> int:
    source = os.environ[f"SIAPPAKAI_SUMBER_{product.upper()}"]
    return fleet.add_release(REAL[product], source, product)


def _install(fleet: Fleet, releases: dict[str, int]) -> list[int]:
    with fleet.app.app_context():
        group = select(DatabaseGroup.id).filter_by(label="Gabungan Daerah")
        both = (releases["satu_data_api"], releases["openkab"])
        group_id = db.session.scalars(group).one()
        regency = RegionOrder(REGENCY, DOMAINS["openkab"], both, group_id)
        ids = install_for_region(regency, by="uji")
        district = RegionOrder(DISTRICT, DOMAINS["opendk"], (releases["opendk"],))
        return ids + install_for_region(district, by="uji")


def shown(fleet: Fleet, product: str) -> str:
    """The sources of its pages through the edge, joined."""
    return "\n".join(get(fleet, product, path).text for path in PAGES[product])


def get(fleet: Fleet, product: str, path: str):
    with fleet.app.app_context():
        server = server_facts(db.session.get_one(Server, fleet.server_id))
        root = trusted_root(server.paths)
        db.session.rollback()
    domain = DOMAINS[product]
    return get_through_edge(
        "127.0.0.1", server.https_port, domain, path, ca_file=root, timeout_s=60
    )


def held(fleet: Fleet, product: str) -> tuple:
    """The texts that its slots stand in."""
    sql = {
        "opendk": "SELECT value FROM das_setting WHERE `key` = 'judul_aplikasi'",
        "openkab": "SELECT CONCAT_WS('|', nama_aplikasi, sebutan_kab, sebutan_desa) FROM identitas"
        " ORDER BY id LIMIT 1",
    }[product]
    with fleet.app.app_context():
        row = db.session.scalars(select(Instance).filter_by(product=product)).one()
        database = row.database_group.database_name
        db.session.rollback()
    return (fleet.tools.databases.query_one(database, sql, ()),)


@pytest.mark.parametrize("product", PAGES)
def test_names_and_logo_are_the_kits_and_come_back_by_an_undo(ground: Ground, product: str) -> None:
    fleet = ground.fleet
    values = {"app_name": NAME, "logo": keep_picture(fleet, "#7c2d12")}
    with fleet.app.app_context():
        set_values(Scope(REGENCY), values, by="uji")
        version = freeze_now("Wajah daerah", by="uji").id
    assert NAME not in ground.pages_before[product]
    ground.wear(product, version)
    assert NAME in str(held(fleet, product))
    page = shown(fleet, product)
    assert NAME in page
    for path in PAGES[product]:
        assert get(fleet, product, path).status == 200
    ground.wear(product, None)
    assert held(fleet, product) == ground.rows_before[product]
    assert NAME not in shown(fleet, product)
