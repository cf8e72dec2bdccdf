"""A release built again with other content never changes under who runs it or may return to it."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask

from siappakai.errors import InvalidInput
from siappakai.models import Instance, Operation, Release, ReleaseState, db, transaction
from siappakai.provision.release_build import _take_other_content
from tests.rollout_cast import add_fleet, add_offered_release, add_update, combine


@pytest.fixture
def fleet(app: Flask, tmp_path: Path) -> tuple[list[int], dict[str, int]]:
    """Two villages of a combined database that one of them led from 2408 to 2410; 2407 is free."""
    releases = {each: add_offered_release(each) for each in ("2407.0.0", "2408.0.0", "2410.0.0")}
    instances = add_fleet(tmp_path, 2, releases["2410.0.0"])
    combine(instances, "Takalar")
    update = add_update(instances[0], releases["2410.0.0"])
    with transaction():
        for step in db.session.get_one(Operation, update).steps:
            if step.name == "warm":
                kept = {"old_release_id": releases["2408.0.0"]}
                step.result = {"members": {str(each): kept for each in instances}}
        for each in releases.values():
            db.session.get_one(Release, each).state = ReleaseState.WITHDRAWN
    return instances, releases


def rebuild(release_id: int) -> ReleaseState:
    with transaction():
        _take_other_content(db.session.get_one(Release, release_id), "ani")
    return db.session.get_one(Release, release_id).state


def test_what_a_village_may_return_to_keeps_its_content(
    fleet: tuple[list[int], dict[str, int]],
) -> None:
    _, releases = fleet
    with pytest.raises(InvalidInput, match="tempat kembali sebuah aplikasi"):
        rebuild(releases["2408.0.0"])
    assert db.session.get_one(Release, releases["2408.0.0"]).state == ReleaseState.WITHDRAWN


def test_what_a_village_runs_keeps_its_content(fleet: tuple[list[int], dict[str, int]]) -> None:
    instances, releases = fleet
    with transaction():
        for each in instances:
            db.session.get_one(Instance, each).wanted_release_id = releases["2407.0.0"]
    with pytest.raises(InvalidInput, match="sudah ada dengan isi lain"):
        rebuild(releases["2410.0.0"])


def test_what_nobody_can_come_to_may_be_built_anew(
    fleet: tuple[list[int], dict[str, int]],
) -> None:
    _, releases = fleet
    assert rebuild(releases["2407.0.0"]) == ReleaseState.BUILT
