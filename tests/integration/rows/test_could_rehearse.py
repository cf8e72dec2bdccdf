"""Whom a release is rehearsed for: those that a plan could move to it, and nobody else."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import event

from siappakai.errors import Refused
from siappakai.models import Edition, Instance, Release, Subscription, db, transaction
from siappakai.rollout.candidates import candidates_for
from siappakai.rollout.could_rehearse import choose_instances, why_none
from siappakai.rollout.draft import draft_plan
from siappakai.rollout.machine_share import MachineShare, set_share
from siappakai.rollout.policy import PRESETS
from siappakai.rollout.rehearsal_summary import summarise
from siappakai.rollout.rehearse import advance_rehearsals, order_rehearsal
from tests.integration.rows.rollout_rows import active_operations
from tests.rollout_cast import add_fleet, add_offered_release, combine

COUNT = 5


@pytest.fixture
def premium(app: Flask) -> tuple[int, int]:
    """A premium release that runs, and the one that is wanted."""
    found = add_offered_release("2608.0.0"), add_offered_release("2610.0.0")
    with transaction():
        for each in found:
            db.session.get_one(Release, each).edition = Edition.PREMIUM
    return found


@pytest.fixture
def villages(premium: tuple[int, int], tmp_path: Path) -> list[int]:
    """The first runs the general edition, the second has no token, the third an old one."""
    ids = add_fleet(tmp_path / "srv", COUNT, premium[0])
    general = add_offered_release("2609.0.0")
    with transaction():
        db.session.get_one(Instance, ids[0]).recorded_release_id = general
        subscribe(ids[2], date(2026, 9, 30))
        for each in (ids[0], *ids[3:]):
            subscribe(each, date(2027, 9, 30))
    return ids


def subscribe(instance_id: int, ends_on: date) -> None:
    code = db.session.get_one(Instance, instance_id).village_code
    mark = f"{instance_id:012d}"
    db.session.add(
        Subscription(village_code=code, ends_on=ends_on, fingerprint=mark, added_by="ani")
    )


def chosen(release_id: int, ids: list[int] | None = None) -> list[int]:
    found = choose_instances(db.session.get_one(Release, release_id), ids)
    return [each.id for each in found]


def test_all_that_can_move_are_the_same_for_a_rehearsal_as_for_a_plan(
    premium: tuple[int, int], villages: list[int]
) -> None:
    plan = draft_plan(premium[1], PRESETS["cepat"], lambda _server, _digest: True)
    assert chosen(premium[1]) == sorted(each.instance_id for each in plan.moves) == villages[3:]
    assert {each.reason for each in plan.stays} == {"edisi lain", "langganan"}


def test_one_village_of_a_combined_database_that_is_kept_keeps_all_of_it(
    premium: tuple[int, int], villages: list[int]
) -> None:
    combine(villages[2:4], "Takalar")
    assert chosen(premium[1]) == [villages[4]]
    with pytest.raises(Refused, match="Desa 4: berbagi basis data dengan Desa 3: rilis itu tidak"):
        chosen(premium[1], [villages[3]])
    candidates = {each.instance_id: each for each in candidates_for(premium[1], lambda *_: True)}
    assert "Desa 3" in candidates[villages[2]].token_barrier


@pytest.mark.parametrize(
    ("at", "why"),
    [(0, "Desa 1: memakai edisi umum; rilis itu edisi premium"), (1, "Desa 2: rilis itu tidak")],
)
def test_a_village_that_is_named_and_could_not_move_is_refused_with_the_reason(
    premium: tuple[int, int], villages: list[int], at: int, why: str
) -> None:
    with pytest.raises(Refused, match=why):
        order_rehearsal("opensid", premium[1], [villages[at]], by="ani")


def test_a_token_that_ended_meanwhile_leaves_the_village_out(
    premium: tuple[int, int], villages: list[int]
) -> None:
    set_share(MachineShare(load_per_core=1000, memory_mb=10**9, disk_mb=0), by="uji")
    rehearsal_id = order_rehearsal("opensid", premium[1], by="ani")
    with transaction():
        code = db.session.get_one(Instance, villages[3]).village_code
        db.session.get_one(Subscription, code).ends_on = date(2026, 9, 30)
    set_share(MachineShare(load_per_core=1000, memory_mb=0, disk_mb=0), by="uji")
    advance_rehearsals()
    assert [each.instance_id for each in active_operations()] == [villages[4]]
    (finding,) = summarise(rehearsal_id).lines[0].findings
    assert "tidak ditawarkan kepadanya" in finding["sentence"]


@pytest.fixture
def queries(app: Flask) -> Iterator[list[str]]:
    seen: list[str] = []

    def note(_c: object, _cu: object, statement: str, *_rest: object) -> None:
        seen.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    yield seen
    event.remove(db.engine, "before_cursor_execute", note)


def test_850_villages_take_as_many_queries_as_four(
    premium: tuple[int, int], tmp_path: Path, queries: list[str]
) -> None:
    ids = add_fleet(tmp_path / "srv", 850, premium[0])
    with transaction():
        for each in ids[::2]:
            subscribe(each, date(2027, 9, 30))
    db.session.expire_all()
    release = db.session.get_one(Release, premium[1])
    queries.clear()
    whys = why_none(release)
    assert (len(whys), sum(not why for why in whys.values())) == (850, 425)
    assert len(queries) <= 4
    queries.clear()
    assert chosen(premium[1], ids[::2]) == ids[::2]
    assert len(queries) <= 5
