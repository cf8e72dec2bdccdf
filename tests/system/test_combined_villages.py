"""Several villages in one combined database: each its own, all of one version."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest
from sqlalchemy import select

from siappakai.intake.save import check_upload, save_batch
from siappakai.models import DatabaseGroup, Instance, Operation, OperationState, Village, db
from siappakai.provision.planner import PlanAction
from siappakai.provision.start import StartChoice, plan_villages
from tests.fleet import Fleet
from tests.system.test_onboarding import page
from tests.system.villages import start_list, village_list

pytestmark = [pytest.mark.system, pytest.mark.timeout(600)]

LABEL = "Gabungan Uji"


def start(fleet: Fleet, first: int, count: int, choice: StartChoice) -> list[int]:
    return start_list(fleet, village_list("7305", first, count), choice)


@pytest.fixture(scope="module")
def combined(fleet: Fleet, release: int) -> Iterator[list[int]]:
    """Three villages at once in a new combined database, a fourth that joins later."""
    fleet.start_worker()
    fleet.start_worker()
    ids = start(fleet, 40, 3, StartChoice((release,), new_group=LABEL))
    fleet.wait_finished(ids)
    with fleet.app.app_context():
        group_id = db.session.scalars(select(DatabaseGroup.id).filter_by(label=LABEL)).one()
    later = start(fleet, 43, 1, StartChoice((release,), group_id=group_id))
    fleet.wait_finished(later)
    yield ids + later
    fleet.stop_workers()


def villages_of(fleet: Fleet, operation_ids: list[int]) -> list[tuple[str, str, str]]:
    """(code, domain, name) of each operation's village."""
    with fleet.app.app_context():
        rows = db.session.scalars(
            select(Village)
            .join(Instance, Instance.village_code == Village.code)
            .join(Operation, Operation.instance_id == Instance.id)
            .where(Operation.id.in_(operation_ids))
        ).all()
        return [(row.code, row.domain, row.name) for row in rows]


def test_all_join_one_database_with_a_row_each(fleet: Fleet, combined: list[int]) -> None:
    with fleet.app.app_context():
        operations = [db.session.get_one(Operation, one) for one in combined]
        stopped = [each for each in operations if each.state != OperationState.SUCCEEDED]
        assert not stopped, [(each.error_message, each.error_log_tail) for each in stopped]
        databases = {each.instance.database_group.database_name for each in operations}
        config_ids = {each.instance.config_id for each in operations}
        keys = {each.instance.scope_code for each in operations}
    (database,) = databases  # numbered where other tests of this fleet made a group before
    assert database.startswith("sid_gabungan_7305")
    assert len(config_ids) == len(keys) == 4
    with fleet.tools.databases._cursor(database) as cursor:
        cursor.execute("SELECT id, kode_desa FROM config")
        rows = dict(cursor.fetchall())
    assert set(rows) == config_ids
    assert set(rows.values()) == keys


def test_each_page_shows_its_own_village_only(fleet: Fleet, combined: list[int]) -> None:
    villages = villages_of(fleet, combined)
    assert len(villages) == 4
    for code, domain, name in villages:
        status, text = page(fleet, domain, "/")
        assert status == 200
        assert name.casefold() in text
        for other_code, _, other in villages:
            if other_code != code and other.casefold() not in name.casefold():
                assert f"desa {other.casefold()}" not in text


def test_another_version_is_kept_out_of_the_combined_database(
    fleet: Fleet, combined: list[int]
) -> None:
    older = fleet.add_release("v2408.0.0")
    with fleet.app.app_context():
        group = db.session.scalars(select(DatabaseGroup).filter_by(label=LABEL)).one()
        codes = [
            row.code
            for row in db.session.scalars(select(Village))
            if not any(each.product == "opensid" for each in row.instances)
        ]
        if not codes:
            codes = start_only_list(fleet)
        plan = plan_villages(codes[:2], StartChoice((older,), group_id=group.id))
    assert plan.count(PlanAction.INSTALL) == 0
    assert all(LABEL in item.reason and "2410.0.0" in item.reason for item in plan.items)


def start_only_list(fleet: Fleet) -> list[str]:
    """Codes of two villages that are saved and not installed."""
    content = village_list("7305", 50, 2)
    batch = check_upload(str(uuid.uuid4()), "desa.csv", content, "7305", by="uji")
    save_batch(batch.id, by="uji")
    return [line.split(";")[0].replace(".", "") for line in content.decode().splitlines()[1:]]
