"""A worker builds releases that stand in the catalogue; whoever is killed is followed."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator

import pytest

from siappakai.models import OperationState, ReleaseState, Task, db
from siappakai.provision.discovery import discover
from siappakai.tasks.order import (
    cancel_task,
    order_build,
    order_discovery,
    order_distribution,
    retry_task,
)
from siappakai.tasks.refill import refill_tasks
from tests.fleet import Fleet, running_fleet
from tests.system.release_sources import (
    forget_images,
    make_source,
    name_release,
    read_release,
    wait_for_task,
)

pytestmark = [pytest.mark.system, pytest.mark.timeout(900)]
REAL = os.environ.get("SIAPPAKAI_SUMBER_OPENSID", "")
MOMENTS = ("Mengambil sumber", "Step ", "Membuat cetakan")


@pytest.fixture(scope="module")
def fleet() -> Iterator[Fleet]:
    with running_fleet("ujirilis") as made:
        try:
            yield made
        finally:
            made.stop_workers()
            forget_images(made)


@pytest.fixture(autouse=True)
def no_worker_stays(fleet: Fleet) -> Iterator[None]:
    yield
    fleet.stop_workers()


def order(fleet: Fleet, release_id: int) -> int:
    with fleet.app.app_context():
        return order_build(release_id, by="ani")


def test_two_releases_are_built_and_tested_by_a_worker(fleet: Fleet) -> None:
    releases = [name_release(fleet, version) for version in ("2410.1.0", "2410.2.0")]
    ids = [order(fleet, each) for each in releases]
    assert order(fleet, releases[0]) == ids[0]
    fleet.start_worker()
    for release_id, task_id in zip(releases, ids, strict=True):
        task = wait_for_task(fleet, task_id)
        assert (task.state, task.error_message) == (OperationState.SUCCEEDED, "")
        assert task.result == {"release_id": release_id, "state": "teruji"}
        assert "Citra jadi" in task.lines and "Cetakan jadi" in task.lines
        release = read_release(fleet, release_id)
        assert release.state == ReleaseState.TESTED and release.digest.startswith("sha256:")
        assert release.notes.startswith(f"Catatan **{release.version}**")
    with fleet.app.app_context():
        sending = order_distribution(releases[0], by="ani")
    assert wait_for_task(fleet, sending).result == {"servers": ["local"]}


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_killed_worker_is_followed_by_another(fleet: Fleet, moment: str) -> None:
    release_id = name_release(fleet, f"2410.3.{MOMENTS.index(moment)}")
    task_id = order(fleet, release_id)
    victim = fleet.start_worker()
    fleet.wait_for(lambda: moment in _lines(task_id), 180, f"“{moment}”")
    victim.send_signal(signal.SIGKILL)
    victim.wait()
    with fleet.app.app_context():
        assert db.session.get_one(Task, task_id).state == OperationState.RUNNING
    fleet.start_worker()
    task = wait_for_task(fleet, task_id)
    assert (task.state, task.attempt) == (OperationState.SUCCEEDED, 2), task.error_message
    assert read_release(fleet, release_id).state == ReleaseState.TESTED
    assert list((fleet.home / "sumber").glob("rilis-*")) == []
    assert not [each for each in fleet.tools.engine.list_containers() if "one_off" in each.labels]


def _lines(task_id: int) -> str:
    refill_tasks()
    return db.session.get_one(Task, task_id).lines


def test_a_source_that_can_not_be_built_fails_and_is_tried_again_after_it_was_mended(
    fleet: Fleet,
) -> None:
    folder = make_source(fleet, "2410.4.0")
    release_id = name_release(fleet, "2410.4.1", folder)  # the code says 2410.4.0
    task_id = order(fleet, release_id)
    fleet.start_worker()
    task = wait_for_task(fleet, task_id)
    assert task.state == OperationState.FAILED
    assert "sumbernya berisi 2410.4.0" in task.error_message and task.error_hint
    assert read_release(fleet, release_id).state == ReleaseState.NEW
    helper = folder / "donjo-app/helpers/opensid_helper.php"
    helper.write_text(helper.read_text().replace("2410.4.0", "2410.4.1"))
    with fleet.app.app_context():
        retry_task(task_id, by="ani")
    assert wait_for_task(fleet, task_id).state == OperationState.SUCCEEDED
    assert read_release(fleet, release_id).state == ReleaseState.TESTED


def test_discovery_offline_ends_at_once_with_words_and_another_goes_on(fleet: Fleet) -> None:
    with fleet.app.app_context():
        far = order_discovery("pbb", "http://127.0.0.1:9/pbb.git", by="ani")
        waits = order_discovery("opendk", "http://127.0.0.1:9/opendk.git", by="ani")
        cancel_task(waits, by="ani")
    fleet.start_worker()
    task = wait_for_task(fleet, far, 60)
    assert task.state == OperationState.ERRORED and task.attempt == 1
    assert "tidak dapat dihubungi" in task.error_message and "arsip" in task.error_hint
    assert wait_for_task(fleet, waits, 5).state == OperationState.CANCELLED


@pytest.mark.skipif(not REAL, reason="SIAPPAKAI_SUMBER_OPENSID is not set")
@pytest.mark.parametrize("version", ["2407.0.0", "2409.0.0"])
def test_the_real_faulty_releases_stay_built_and_say_why(fleet: Fleet, version: str) -> None:
    with fleet.app.app_context():
        found = discover("opensid", REAL, by="ani").found
        release_id = next(each.release_id for each in found if each.version == version)
    task_id = order(fleet, release_id)
    fleet.start_worker()
    task = wait_for_task(fleet, task_id, 600)
    assert task.state == OperationState.FAILED, task.lines
    release = read_release(fleet, release_id)
    print(version, release.state, release.state_reason)
    assert release.state == ReleaseState.BUILT
    assert "Pemasangan percobaan OpenSID gagal" in release.state_reason
    assert "password" not in release.state_reason + task.lines
    assert release.notes.startswith("Di rilis ini")
