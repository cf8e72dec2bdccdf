"""From a spreadsheet row to a running village behind the edge, on real parts."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from siappakai.models import (
    Instance,
    ObservedState,
    Operation,
    OperationState,
    Server,
    VersionRecord,
    Village,
    db,
)
from siappakai.provision.http_probe import get_through_edge
from siappakai.provision.job import server_facts
from siappakai.provision.observe import observe_server
from siappakai.provision.verify import trusted_root, visible_text
from tests.fleet import Fleet
from tests.system.villages import footprint, install, village_list

pytestmark = [pytest.mark.system, pytest.mark.timeout(600)]


def page(fleet: Fleet, domain: str, path: str) -> tuple[int, str]:
    with fleet.app.app_context():
        server = server_facts(db.session.get_one(Server, fleet.server_id))
        root = trusted_root(server.paths)
    answer = get_through_edge(
        "127.0.0.1", server.https_port, domain, path, ca_file=root, timeout_s=30
    )
    return answer.status, visible_text(answer.text)


@pytest.fixture(scope="module")
def installed(fleet: Fleet, release: int) -> list[int]:
    fleet.start_worker()
    fleet.start_worker()
    _, ids = install(fleet, village_list("7305", 0, 4), release)
    fleet.wait_finished(ids)
    yield ids
    fleet.stop_workers()


def villages_of(operation_ids: list[int]) -> list[Village]:
    """The villages of these operations; other tests of this fleet have their own."""
    query = (
        select(Village)
        .join(Instance, Instance.village_code == Village.code)
        .join(Operation, Operation.instance_id == Instance.id)
        .where(Operation.id.in_(operation_ids))
    )
    return list(db.session.scalars(query))


def test_every_village_answers_with_its_own_name(fleet: Fleet, installed: list[int]) -> None:
    with fleet.app.app_context():
        states = {db.session.get_one(Operation, one).state for one in installed}
        villages = [(each.domain, each.name) for each in villages_of(installed)]
    assert states == {OperationState.SUCCEEDED}
    names = {name.casefold() for _, name in villages}
    for domain, name in villages:
        status, text = page(fleet, domain, "/")
        assert status == 200
        assert name.casefold() in text
        others = {other for other in names - {name.casefold()} if other not in name.casefold()}
        assert not [other for other in others if f"desa {other}" in text]


def test_each_has_one_version_record_with_its_proof(fleet: Fleet, installed: list[int]) -> None:
    with fleet.app.app_context():
        wanted = select(VersionRecord).where(VersionRecord.operation_id.in_(installed))
        records = list(db.session.scalars(wanted))
        assert len(records) == len(installed)
        for record in records:
            code = record.instance.scope_code
            assert record.proof["start"]["health"]["village_code"] == code
            assert record.proof["outside"]["pages"]["/"]["status"] == 200
            assert record.digest == record.instance.recorded_digest != ""
            assert record.recorded_by == "uji"


def test_the_same_list_again_changes_nothing_at_all(fleet: Fleet, installed: list[int]) -> None:
    with fleet.app.app_context():
        release_id = db.session.get_one(Operation, installed[0]).release_id
    before = footprint(fleet)
    started, ids = install(fleet, village_list("7305", 0, 4), release_id)
    assert (started.started, started.kept, ids) == (0, 4, [])
    assert footprint(fleet) == before


def test_what_the_ticker_sees_is_healthy(fleet: Fleet, installed: list[int]) -> None:
    with fleet.app.app_context():
        counts = observe_server(fleet.server_id)
        seen = list(db.session.scalars(select(Instance).where(Instance.recorded_at.is_not(None))))
        digests = {db.session.get_one(Operation, one).instance.observed_digest for one in installed}
    assert counts["sehat"] == len(seen) >= len(installed)
    assert len(digests) == 1 and digests != {""}


def test_a_stopped_container_is_seen_as_stopped(fleet: Fleet, installed: list[int]) -> None:
    with fleet.app.app_context():
        instance = db.session.get_one(Operation, installed[0]).instance
        (container,) = fleet.tools.engine.list_containers(village=instance.scope_code)
        fleet.tools.engine.client.api.stop(container.name)
        observe_server(fleet.server_id)
        db.session.expire_all()
        assert instance.observed_state == ObservedState.STOPPED
        fleet.tools.engine.client.api.start(container.name)


def test_a_broken_row_never_stops_the_others(fleet: Fleet, installed: list[int]) -> None:
    with fleet.app.app_context():
        release_id = db.session.get_one(Operation, installed[0]).release_id
    content = village_list("7305", 4, 2) + b"\n99.99.99.9999;Tidak Ada;x.desa.localhost"
    database = f"sid_{village_list('7305', 4, 1).decode().splitlines()[1][:13].replace('.', '')}"
    fleet.tools.databases.create(database, "utf8", "utf8_general_ci")
    with fleet.tools.databases._cursor(database) as cursor:
        cursor.execute("CREATE TABLE milik_orang (id INT)")
    started, ids = install(fleet, content, release_id)
    assert started.started == 2
    fleet.wait_finished(ids)
    with fleet.app.app_context():
        states = sorted(db.session.get_one(Operation, one).state for one in ids)
        blocked = db.session.scalars(
            select(Operation).filter_by(state=OperationState.ERRORED)
        ).one()
        assert states == sorted([OperationState.SUCCEEDED, OperationState.ERRORED])
        assert database in blocked.error_message and "tidak disentuh" in blocked.error_hint
    assert fleet.tools.databases.table_count(database) == 1, "somebody's table is still there"
    with fleet.tools.databases._cursor(database) as cursor:
        cursor.execute("DROP TABLE milik_orang")
    again, more = install(fleet, content, release_id)
    assert (again.started, again.kept) == (1, 1), "the stopped one goes on, the other stays"
    assert more[0] in ids
    fleet.wait_finished(more)
    with fleet.app.app_context():
        assert db.session.get_one(Operation, more[0]).state == OperationState.SUCCEEDED
