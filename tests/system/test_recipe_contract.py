"""Every recipe goes the whole way: install, again, update, return, removal, revival."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import select

from siappakai.errors import Unavailable
from siappakai.models import (
    Instance,
    ObservedState,
    Operation,
    OperationState,
    Release,
    ReleaseState,
    VersionRecord,
    WantedState,
    db,
    transaction,
)
from siappakai.provision.observe import observe_server
from siappakai.provision.order import (
    order_removal,
    order_return,
    order_revival,
    order_update,
    push_tokens,
)
from siappakai.secret import Secret
from siappakai.subscriptions.keep import keep_token
from siappakai.vault import find_secret
from tests.fleet import Fleet, running_fleet
from tests.system.test_onboarding import page
from tests.system.villages import footprint, install, table_checksums, village_list

pytestmark = [pytest.mark.system, pytest.mark.timeout(900)]


@dataclass
class Way:
    """Two villages on an older release, and the newer and the broken one."""

    fleet: Fleet
    older: int
    newer: int
    broken: int
    instances: list[int]


@pytest.fixture(scope="module")
def way() -> Iterator[Way]:
    with running_fleet("ujijalan") as fleet:
        older, newer = fleet.add_release("v2408.0.0"), fleet.add_release("v2410.0.0")
        broken = fleet.add_broken_release("v2411.0.0-rusak")
        fleet.start_worker()
        fleet.start_worker()
        _, ids = install(fleet, village_list("7305", 0, 2), older)
        fleet.wait_finished(ids)
        with fleet.app.app_context():
            instances = list(db.session.scalars(select(Instance.id).order_by(Instance.id)))
        yield Way(fleet, older, newer, broken, instances)
        fleet.stop_workers()


def finish(way: Way, operation_id: int) -> Operation:
    way.fleet.wait_finished([operation_id])
    with way.fleet.app.app_context():
        operation = db.session.get_one(Operation, operation_id)
        db.session.refresh(operation)
        assert operation.steps
        db.session.expunge_all()
        return operation


def content(way: Way, instance_id: int) -> dict[str, int]:
    """CHECKSUM TABLE of every table of the instance's database."""
    with way.fleet.app.app_context():
        name = db.session.get_one(Instance, instance_id).database_group.database_name
    return table_checksums(way.fleet, name)


def version_of(way: Way, instance_id: int) -> str:
    """The version that the instance's own pages show to a visitor."""
    with way.fleet.app.app_context():
        domain = db.session.get_one(Instance, instance_id).village.domain
    status, text = page(way.fleet, domain, "/siteman")
    assert status == 200
    return text


def test_an_update_moves_one_village_and_leaves_the_other(way: Way) -> None:
    first, second = way.instances
    untouched = content(way, second)
    with way.fleet.app.app_context():
        operation_id = order_update(first, way.newer, by="uji")
    operation = finish(way, operation_id)
    assert operation.state == OperationState.SUCCEEDED, operation.error_log_tail
    assert "opensid 2410.0.0" in version_of(way, first)
    assert "opensid 2408.0.0" in version_of(way, second)
    assert content(way, second) == untouched
    with way.fleet.app.app_context():
        assert db.session.get_one(Instance, first).recorded_release_id == way.newer
        observed = observe_server(way.fleet.server_id)
        assert observed[ObservedState.HEALTHY] == 2
        records = select(VersionRecord).where(VersionRecord.instance_id == first)
        assert len(list(db.session.scalars(records))) == 2


def test_a_return_brings_release_and_rows_back(way: Way) -> None:
    _, second = way.instances
    before = content(way, second)
    with way.fleet.app.app_context():
        there = order_update(second, way.newer, by="uji")
    assert finish(way, there).state == OperationState.SUCCEEDED
    assert content(way, second) != before
    with way.fleet.app.app_context():
        back = order_return(second, by="uji")
    returned = finish(way, back)
    assert returned.state == OperationState.SUCCEEDED, returned.error_log_tail
    assert content(way, second) == before
    assert "opensid 2408.0.0" in version_of(way, second)


def test_a_release_whose_migration_fails_leaves_everything_as_it_was(way: Way) -> None:
    _, second = way.instances
    before, footprint_before = content(way, second), footprint(way.fleet)
    with way.fleet.app.app_context():
        spec = db.session.get_one(Instance, second).recorded_spec_sha256
        operation_id = order_update(second, way.broken, by="uji")
    operation = finish(way, operation_id)
    assert operation.state == OperationState.FAILED
    assert "Sudah kembali ke keadaan semula" in operation.error_message
    assert content(way, second) == before
    assert "opensid 2408.0.0" in version_of(way, second)
    with way.fleet.app.app_context():
        instance = db.session.get_one(Instance, second)
        assert (instance.recorded_release_id, instance.recorded_spec_sha256) == (way.older, spec)
        key = f"opensid-{instance.scope_code}"
    link = way.fleet.root / "run" / key / "current"
    assert Path(link.readlink()).parts[0] == spec[:8]
    assert footprint(way.fleet).databases == footprint_before.databases


def test_a_removed_village_keeps_its_data_and_comes_back_whole(way: Way) -> None:
    first, _ = way.instances
    before = content(way, first)
    with way.fleet.app.app_context():
        domain = db.session.get_one(Instance, first).village.domain
        removal = order_removal(first, by="uji")
    assert finish(way, removal).state == OperationState.SUCCEEDED
    with pytest.raises(Unavailable):  # the edge has no certificate for a name it doesn't know
        page(way.fleet, domain, "/")
    assert content(way, first) == before
    with way.fleet.app.app_context():
        assert db.session.get_one(Instance, first).wanted_state == WantedState.REMOVED
        revival = order_revival(first, by="uji")
    revived = finish(way, revival)
    assert revived.state == OperationState.SUCCEEDED, revived.error_log_tail
    assert page(way.fleet, domain, "/")[0] == 200
    assert "opensid 2410.0.0" in version_of(way, first)


def token_of(code: str, ends_on: str) -> Secret:
    """A token as OpenDesa's portal shapes it, with a signature of nobody."""

    def part(value: dict[str, object]) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")

    payload = {"desa_id": code, "tanggal_berlangganan": {"mulai": "2026-01-01", "akhir": ends_on}}
    return Secret(f"{part({'alg': 'HS256', 'typ': 'JWT'})}.{part(payload)}.dGFuZGE")


def setting(way: Way, instance_id: int, key: str) -> str:
    with way.fleet.app.app_context():
        name = db.session.get_one(Instance, instance_id).database_group.database_name
    return way.fleet.tools.databases.query_one(
        name, "SELECT value FROM setting_aplikasi WHERE `key` = %s", (key,)
    )


def test_a_token_reaches_the_application_and_nothing_else_changes(way: Way) -> None:
    first, second = way.instances
    with way.fleet.app.app_context():
        instance = db.session.get_one(Instance, first)
        code, spec = instance.scope_code, instance.recorded_spec_sha256
        key = find_secret(f"instance:{first}", "app_key")
        with transaction():
            keep_token(code, token_of(code, "2027-12-31"), by="uji")
        (operation_id,) = push_tokens(by="uji")
    operation = finish(way, operation_id)
    assert operation.state == OperationState.SUCCEEDED, operation.error_log_tail
    assert setting(way, first, "layanan_opendesa_token") == token_of(code, "2027-12-31").reveal()
    assert not setting(way, second, "layanan_opendesa_token")
    with way.fleet.app.app_context():
        instance = db.session.get_one(Instance, first)
        assert instance.recorded_spec_sha256 == spec
        assert find_secret(f"instance:{first}", "app_key").reveal() == key.reveal()
        assert push_tokens(by="uji") == []


def test_the_catalogue_never_offers_a_release_that_is_not_tested(way: Way) -> None:
    with way.fleet.app.app_context():
        states = {row.version: row.state for row in db.session.scalars(select(Release))}
    assert states["2410.0.0"] == ReleaseState.TESTED
