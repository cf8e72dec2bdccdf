"""A release moves by one table of moves, and each move is a line of history."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from siappakai.errors import InvalidInput, Refused
from siappakai.models import Event, Release, ReleaseState, db, transaction
from siappakai.provision.catalogue import (
    MOVES,
    PRUNED_TAG,
    explain_untested,
    mark_tested,
    move_release,
    newest_first,
    offer_release,
    withdraw_release,
)
from tests.cast import add_release


def events(release_id: int) -> list[tuple[str, str]]:
    rows = db.session.scalars(
        select(Event).filter_by(subject=f"release:{release_id}", word="release_moved")
    )
    return [(each.fields["was"], each.fields["state"]) for each in rows]


@pytest.mark.parametrize("before", list(ReleaseState))
@pytest.mark.parametrize("after", list(ReleaseState))
def test_only_the_moves_of_the_table_are_made(
    app: Flask, before: ReleaseState, after: ReleaseState
) -> None:
    release_id, other = add_release(state=before), add_release("2409.0.0", before)

    def move() -> None:
        with transaction():
            release = db.session.get_one(Release, release_id)
            move_release(release, after, by="ani", reason="sebab")

    if after in MOVES[before]:
        move()
        assert events(release_id) == [(str(before), str(after))]
    else:
        with pytest.raises(Refused):
            move()
        assert events(release_id) == []
    moved = db.session.get_one(Release, release_id)
    assert moved.state == (after if after in MOVES[before] else before)
    assert (moved.offered_at is not None) == (
        moved.state == after == ReleaseState.OFFERED != before
    )
    assert db.session.get_one(Release, other).state == before


def test_nothing_is_offered_that_was_never_tested() -> None:
    reachable, todo = set(), [ReleaseState.NEW]
    while todo:
        for state in MOVES[todo.pop()] - {ReleaseState.TESTED} - reachable:
            reachable.add(state)
            todo.append(state)
    assert reachable == {ReleaseState.BUILT}


def test_withdrawing_and_offering_again_want_a_reason(app: Flask) -> None:
    release_id = add_release(state=ReleaseState.OFFERED)
    with pytest.raises(InvalidInput):
        withdraw_release(release_id, by="ani", reason="  ")
    withdraw_release(release_id, by="ani", reason="x" * 300)
    assert db.session.get_one(Release, release_id).state_reason == "x" * 200
    with pytest.raises(InvalidInput):
        offer_release(release_id, by="ani")
    offer_release(release_id, by="ani", reason="ternyata baik")
    assert db.session.get_one(Release, release_id).state == ReleaseState.OFFERED


def test_a_pruned_release_is_built_again_before_it_is_offered(app: Flask) -> None:
    release_id = add_release(state=ReleaseState.WITHDRAWN)
    with transaction():
        db.session.get_one(Release, release_id).image_tag = PRUNED_TAG
    with pytest.raises(Refused, match="dipangkas"):
        offer_release(release_id, by="ani", reason="perlu lagi")


def test_only_a_built_release_becomes_tested_or_says_why_not(app: Flask) -> None:
    built, offered = (
        add_release(state=ReleaseState.BUILT),
        add_release("2409.0.0", ReleaseState.OFFERED),
    )
    explain_untested(built, "gagal dipasang")
    explain_untested(offered, "gagal dipasang")
    assert db.session.get_one(Release, built).state_reason == "gagal dipasang"
    assert db.session.get_one(Release, offered).state_reason == ""
    with transaction():
        for one in (built, offered):
            mark_tested(db.session.get_one(Release, one), by="ani")
    now = db.session.get_one(Release, built)
    assert (now.state, now.state_reason) == (ReleaseState.TESTED, "")
    assert db.session.get_one(Release, offered).state == ReleaseState.OFFERED


def test_newest_is_by_version_not_by_row(app: Flask) -> None:
    for version in ("2602.10.0", "2602.1.0-rev01", "2602.1.0", "2602.9.0"):
        add_release(version)
    rows = newest_first(db.session.scalars(select(Release)))
    assert [each.version for each in rows] == [
        "2602.10.0",
        "2602.9.0",
        "2602.1.0-rev01",
        "2602.1.0",
    ]
