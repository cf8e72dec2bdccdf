"""A look outlives what happens to the application: an update, and the return from it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from siappakai.branding.edits import set_lock, set_values
from siappakai.branding.scope import Scope
from siappakai.branding.versions import freeze_now
from siappakai.models import OperationState
from siappakai.provision.brand_drift import drift_round, read_drift
from siappakai.provision.order import order_return, order_update
from tests.fleet import Fleet, running_fleet
from tests.system.brand_villages import (
    Dressed,
    add_theme,
    keep_picture,
    operation,
    wear,
    working,
)
from tests.system.villages import install, village_list

pytestmark = [pytest.mark.system, pytest.mark.timeout(900)]

ALL = Scope("7305")
TITLE = "Portal yang Bertahan"


@pytest.fixture(scope="module")
def fleet() -> Iterator[Fleet]:
    with running_fleet("ujitahan") as made:
        yield made


@pytest.fixture(scope="module")
def villages(fleet: Fleet) -> list[Dressed]:
    """Two villages of the older release that wear the kit."""
    older, content = fleet.add_release("v2408.0.0"), village_list("7305", 0, 2)
    with working(fleet, 2):
        _, ids = install(fleet, content, older)
        fleet.wait_finished(ids)
    codes = [line[:13].replace(".", "") for line in content.decode().splitlines()[1:]]
    return [Dressed(fleet, code) for code in codes]


@pytest.fixture(scope="module")
def dressed(fleet: Fleet, villages: list[Dressed]) -> list[Dressed]:
    values = {
        "site_title": TITLE,
        "primary_colour": "#7c3aed",
        "logo": keep_picture(fleet, "#7c3aed"),
        "theme": add_theme(fleet, "bertahan", "1.0.0"),
    }
    with fleet.app.app_context():
        set_values(ALL, values, by="uji")
        set_lock(ALL, "site_title", True, by="uji")
        version = freeze_now("Wajah yang bertahan", by="uji").id
    with working(fleet, 2):
        rows = wear(fleet, villages, version)
    for row in rows:
        assert row.state == OperationState.SUCCEEDED, (row.error_message, row.error_log_tail)
    return villages


def finish(fleet: Fleet, operation_id: int) -> None:
    with working(fleet):
        fleet.wait_finished([operation_id])
    row = operation(fleet, operation_id)
    assert row.state == OperationState.SUCCEEDED, (row.error_message, row.error_log_tail)


def assert_dressed(village: Dressed) -> None:
    home = village.page("/")
    assert "desa/themes/bertahan/" in home and TITLE in home
    with village.fleet.app.app_context():
        assert not read_drift(village.id).differences


def test_a_look_and_its_locks_survive_an_update_and_the_return(
    fleet: Fleet, dressed: list[Dressed]
) -> None:
    village, spared = dressed
    before, newer = village.files(), fleet.add_release("v2410.0.0")
    with fleet.app.app_context():
        operation_id = order_update(village.id, newer, by="uji")
    finish(fleet, operation_id)
    assert village.files() == before
    assert_dressed(village)
    village.log_in()
    village.send("/setting", "website_title", {"website_title": "Diubah desa"})
    assert village.setting("website_title") == TITLE
    with fleet.app.app_context():
        operation_id = order_return(village.id, by="uji")
    finish(fleet, operation_id)
    assert village.files() == before
    assert_dressed(village)
    assert_dressed(spared)


def test_what_a_return_brings_back_is_nobody_s_choice_and_is_worn_anew(
    fleet: Fleet, dressed: list[Dressed]
) -> None:
    """A brand of after the update is lost from the database by the return, free values too."""
    village = dressed[1]
    with fleet.app.app_context():
        operation_id = order_update(village.id, fleet.add_release("v2410.0.0"), by="uji")
    finish(fleet, operation_id)
    with fleet.app.app_context():
        set_values(ALL, {"login_title": "Masuk Baru"}, by="uji")
        version = freeze_now("Wajah sesudah pembaruan", by="uji").id
    with working(fleet):
        wear(fleet, [village], version)
    with fleet.app.app_context():
        operation_id = order_return(village.id, by="uji")
    finish(fleet, operation_id)
    assert village.setting("login_title") == "OpenSID"
    with working(fleet), fleet.app.app_context():
        fleet.wait_finished(drift_round(10))
    assert village.setting("login_title") == "Masuk Baru"
    assert "Dikembalikan" in village.brand().note
