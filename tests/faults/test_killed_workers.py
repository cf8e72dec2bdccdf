"""`kill -9` of a worker at each step in turn loses nothing and doubles nothing.

Every second moment is tried always, the others with SIAPPAKAI_UJI_LAMBAT=1.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import func, select

from siappakai.models import (
    DatabaseGroup,
    Instance,
    Operation,
    OperationKind,
    OperationState,
    StepState,
    VersionRecord,
    db,
)
from siappakai.provision.lifecycle import STEPS
from tests.fleet import Fleet, running_fleet
from tests.system.villages import install, village_list

pytestmark = [pytest.mark.system, pytest.mark.timeout(300)]

MOMENTS = [
    (name, moment) for name in STEPS[OperationKind.INSTALL] for moment in ("before", "after")
]
MOMENTS += [("schema", "inside"), ("start", "inside")]
ALWAYS = {
    (name, ("before", "after")[at % 2]) for at, name in enumerate(STEPS[OperationKind.INSTALL])
}
ALWAYS |= {("schema", "inside"), ("start", "inside")}
RESUME_WITHIN_S = 60


@pytest.fixture(scope="module")
def fleet() -> Iterator[Fleet]:
    with running_fleet("ujimati") as made:
        yield made


@pytest.fixture(scope="module")
def release(fleet: Fleet) -> int:
    return fleet.add_release("v2410.0.0")


@pytest.mark.parametrize(
    ("step", "moment"),
    [pytest.param(*each, marks=() if each in ALWAYS else pytest.mark.slow) for each in MOMENTS],
    ids=[f"{s}-{m}" for s, m in MOMENTS],
)
def test_a_killed_worker_is_followed_by_another(
    fleet: Fleet, release: int, step: str, moment: str
) -> None:
    index = MOMENTS.index((step, moment))
    victim = fleet.start_worker("-m", "tests.faults.dying_worker", step, moment)
    _, ids = install(fleet, village_list("7305", index, 1), release)
    fleet.wait_for(lambda: victim.poll() is not None, what=f"the death at {step}")
    assert victim.returncode == -9
    with fleet.app.app_context():
        assert db.session.get_one(Operation, ids[0]).state == OperationState.RUNNING
    fleet.start_worker()
    try:
        seconds = fleet.wait_finished(ids, RESUME_WITHIN_S)
    finally:
        fleet.stop_workers()
    assert seconds < RESUME_WITHIN_S
    check_village(fleet, ids[0])


def check_village(fleet: Fleet, operation_id: int) -> None:
    """One container, one database, one account, one version record, all locks free."""
    with fleet.app.app_context():
        operation = db.session.get_one(Operation, operation_id)
        assert operation.state == OperationState.SUCCEEDED, operation.error_message
        assert operation.attempt == 2
        assert {each.state for each in operation.steps} == {StepState.DONE}
        instance: Instance = operation.instance
        code, name = instance.scope_code, instance.database_group.database_name
        records = select(func.count(VersionRecord.id)).filter_by(instance_id=instance.id)
        assert db.session.scalar(records) == 1
        assert instance.recorded_release_id == operation.release_id
        group = db.session.get_one(DatabaseGroup, instance.database_group_id)
        assert group.lock_operation_id is None
    containers = fleet.tools.engine.list_containers(village=code)
    assert [each.state for each in containers] == ["running"]
    with fleet.tools.databases._cursor() as cursor:
        cursor.execute("SELECT COUNT(*) FROM mysql.user WHERE user = %s", (name,))
        assert cursor.fetchone()[0] == 1
        cursor.execute("SELECT COUNT(*) FROM mysql.db WHERE user = %s", (name,))
        assert cursor.fetchone()[0] == 1
    assert fleet.tools.databases.query_one(name, "SELECT COUNT(*) FROM config") == 1
    assert fleet.tools.databases.query_one(name, "SELECT kode_desa FROM config") == code
