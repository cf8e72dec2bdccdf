"""Candidates built from rows: every fact in its place, and a fixed number of queries."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import event

from siappakai.errors import NotFound
from siappakai.models import (
    Channel,
    DatabaseGroup,
    Instance,
    InstancePolicy,
    ObservedState,
    Operation,
    OperationKind,
    OperationState,
    Verdict,
    WantedState,
    db,
    transaction,
    write_setting,
)
from siappakai.rollout.candidate import Candidate
from siappakai.rollout.candidates import candidates_for, wanted_of
from siappakai.rollout.draft import draft_plan
from siappakai.rollout.durations import history_of
from siappakai.rollout.policy import RolloutPolicy
from tests.rollout_cast import (
    DIGEST,
    add_fleet,
    add_offered_release,
    add_rehearsal,
    add_update,
    combine,
)


def everywhere(_server: object, _digest: str) -> bool:
    return True


@pytest.fixture
def releases(app: Flask) -> tuple[int, int]:
    """The release that runs, and the one that is wanted."""
    return add_offered_release("2408.0.0"), add_offered_release("2410.0.0")


@pytest.fixture
def fleet(releases: tuple[int, int], tmp_path: Path) -> list[int]:
    """Four villages on the old release."""
    return add_fleet(tmp_path / "srv", 4, releases[0])


def by_lead(release_id: int) -> dict[int, Candidate]:
    return {each.instance_id: each for each in candidates_for(release_id, everywhere)}


def change(instance_id: int, **values: object) -> None:
    with transaction():
        for name, value in values.items():
            setattr(db.session.get_one(Instance, instance_id), name, value)


def test_each_village_is_a_candidate_with_what_is_recorded_of_it(
    releases: tuple[int, int], fleet: list[int]
) -> None:
    found = by_lead(releases[1])
    assert sorted(found) == fleet
    first = found[fleet[0]]
    assert (first.version, first.release_id, first.edition) == ("2408.0.0", releases[0], "umum")
    assert (first.label, first.members[0].district_name) == ("Desa 1", "Kecamatan 02")
    assert (first.channel, first.observed, first.verdict, first.failed_count) == (
        *("biasa", "", "belum", 0),
    )
    assert first.digest == "sha256:" + "a" * 64


def test_wishes_health_operations_and_removal_are_read_of_each_alone(
    releases: tuple[int, int], fleet: list[int]
) -> None:
    with transaction():
        db.session.add(
            InstancePolicy(
                instance_id=fleet[0],
                channel=Channel.SLOW,
                is_pinned=True,
                held_until_on=date(2026, 12, 1),
                reason="ujian",
                set_by="admin",
            )
        )
    change(fleet[1], observed_state=ObservedState.STOPPED)
    change(fleet[2], wanted_state=WantedState.REMOVED)
    add_update(fleet[3], releases[1], state=OperationState.QUEUED)
    found = by_lead(releases[1])
    pinned = found[fleet[0]]
    assert (pinned.channel, pinned.is_pinned, pinned.pin_reason) == ("lambat", True, "ujian")
    assert pinned.held_until_on == date(2026, 12, 1)
    assert [found[each].observed for each in fleet] == ["", "berhenti", "", ""]
    assert [found[each].is_removed for each in fleet] == [False, False, True, False]
    assert [found[each].busy_with for each in fleet] == ["", "", "", "perbarui"]


def test_a_lock_of_another_product_is_told_and_one_of_a_finished_operation_is_not(
    releases: tuple[int, int], fleet: list[int]
) -> None:
    with transaction():
        for at, state in enumerate((OperationState.RUNNING, OperationState.SUCCEEDED)):
            one = db.session.get_one(Instance, fleet[at])
            other = Instance(
                product="pbb",
                scope_code=one.scope_code,
                village_code=one.village_code,
                server_id=one.server_id,
                database_group_id=one.database_group_id,
                wanted_release_id=releases[0],
            )
            operation = Operation(
                kind=OperationKind.INSTALL,
                instance=other,
                release_id=releases[0],
                state=state,
                requested_by="admin",
            )
            db.session.add(operation)
            db.session.flush()
            group = db.session.get_one(DatabaseGroup, one.database_group_id)
            group.lock_operation_id, group.lock_reason = operation.id, "pasang PBB"
    found = by_lead(releases[1])
    assert [found[each].locked_because for each in fleet] == ["pasang PBB", "", "", ""]


def test_a_combined_database_is_one_candidate_with_the_strictest_wish(
    releases: tuple[int, int], fleet: list[int]
) -> None:
    group_id = combine(fleet[1:], "Takalar")
    with transaction():
        db.session.add(
            InstancePolicy(
                instance_id=fleet[2], channel=Channel.SLOW, is_pinned=True, reason="x", set_by="a"
            )
        )
    found = by_lead(releases[1])
    assert sorted(found) == [fleet[0], fleet[1]]
    group = found[fleet[1]]
    assert (group.group_id, group.is_combined, group.label) == (group_id, True, "Gabungan Takalar")
    assert group.member_ids == tuple(fleet[1:])
    assert (group.channel, group.is_pinned, group.pin_reason) == ("lambat", True, "Desa 3: x")


def test_a_removed_village_of_a_combined_database_is_named_but_does_not_move(
    releases: tuple[int, int], fleet: list[int]
) -> None:
    combine(fleet, "Takalar")
    change(fleet[0], wanted_state=WantedState.REMOVED)
    (group,) = candidates_for(releases[1], everywhere)
    assert (group.instance_id, group.member_ids) == (fleet[1], tuple(fleet[1:]))
    assert group.removed == ("Desa 1",)
    assert not group.is_removed


def test_a_combined_database_of_two_versions_is_in_trouble(
    releases: tuple[int, int], fleet: list[int]
) -> None:
    combine(fleet, "Takalar")
    change(fleet[2], recorded_release_id=releases[1])
    (group,) = candidates_for(releases[1], everywhere)
    assert group.trouble == "Versi yang berbagi basis data tidak sama: 2408.0.0, 2410.0.0."


def test_the_newest_rehearsal_of_just_this_move_counts(
    releases: tuple[int, int], fleet: list[int]
) -> None:
    add_rehearsal(releases[1], {fleet[0]: Verdict.RED, fleet[1]: Verdict.GREEN}, migrate_s=9)
    add_rehearsal(releases[1], {fleet[0]: Verdict.YELLOW}, dump_s=1.5, migrate_s=4.5, dump_bytes=7)
    add_rehearsal(releases[0], {fleet[2]: Verdict.RED})
    change(fleet[1], recorded_release_id=releases[1])  # has moved since its rehearsal
    found = by_lead(releases[1])
    assert [found[each].verdict for each in fleet] == ["kuning", "belum", "belum", "belum"]
    rehearsed = found[fleet[0]].rehearsed
    assert rehearsed is not None
    assert (rehearsed.dump_s, rehearsed.migrate_s, rehearsed.finding) == (1.5, 4.5, "NIK ganda.")
    assert found[fleet[0]].db_bytes == 7


def test_a_combined_rehearsal_is_its_worst_and_needs_every_member(
    releases: tuple[int, int], fleet: list[int]
) -> None:
    combine(fleet, "Takalar")
    add_rehearsal(releases[1], dict.fromkeys(fleet[:3], Verdict.GREEN))
    assert candidates_for(releases[1], everywhere)[0].verdict == "belum"
    add_rehearsal(releases[1], {fleet[3]: Verdict.YELLOW})
    assert candidates_for(releases[1], everywhere)[0].verdict == "kuning"
    add_rehearsal(releases[1], {fleet[0]: Verdict.RED})
    assert candidates_for(releases[1], everywhere)[0].verdict == "merah"


def test_seconds_are_medians_of_the_last_updates(
    releases: tuple[int, int], fleet: list[int]
) -> None:
    old, new = releases
    for snapshot in (50.0, 2.0, 4.0, 3.0):  # the oldest of four no longer counts
        add_update(fleet[0], old, seconds={"snapshot": snapshot, "migrate": 10.0})
    add_update(fleet[1], new, seconds={"snapshot": 8.0, "migrate": 20.0})
    found = by_lead(new)
    own = found[fleet[0]].measured
    assert own is not None and (own.dump_s, own.migrate_s, own.count) == (3.0, 10.0, 3)
    assert own.dump_s + own.migrate_s < own.hold_s < own.total_s
    assert found[fleet[2]].measured is None
    usual = found[fleet[2]].usual
    assert usual is not None and (usual.dump_s, usual.migrate_s) == (8.0, 20.0)
    assert found[fleet[0]].db_bytes == 5_000_000


def test_failures_count_until_the_next_success(releases: tuple[int, int], fleet: list[int]) -> None:
    new = releases[1]
    add_update(fleet[0], new, state=OperationState.FAILED)
    add_update(fleet[0], new)
    for _ in range(2):
        add_update(fleet[0], new, state=OperationState.FAILED)
        add_update(fleet[1], new, state=OperationState.ERRORED)
    found = by_lead(new)
    assert [found[each].failed_count for each in fleet] == [2, 0, 0, 0]
    assert found[fleet[0]].last_failed_at is not None
    counted = history_of("opensid")
    assert (counted.succeeded, counted.failed) == (1, 3)


def test_each_server_is_asked_once_for_the_image(
    releases: tuple[int, int], fleet: list[int]
) -> None:
    asked: list[tuple[str, str]] = []

    def has_image(server: object, digest: str) -> bool:
        asked.append((server.name, digest))  # type: ignore[attr-defined]
        return False

    found = candidates_for(releases[1], has_image)
    assert asked == [("local", DIGEST)]
    assert [each.has_image for each in found] == [False] * 4


def test_two_villages_of_one_name_are_told_apart(
    releases: tuple[int, int], fleet: list[int]
) -> None:
    with transaction():
        for instance_id in fleet[:2]:
            db.session.get_one(Instance, instance_id).village.name = "Sukamaju"
    found = by_lead(releases[1])
    assert found[fleet[0]].label == "Sukamaju (Kecamatan 02)"
    assert found[fleet[1]].label == "Sukamaju (Kecamatan 03)"


def test_the_settings_channel_days_and_calendar_reach_the_plan(
    releases: tuple[int, int], fleet: list[int]
) -> None:
    with transaction():
        write_setting("rollout.channel_days", {"biasa": 60}, by="admin")
    plan = draft_plan(releases[1], RolloutPolicy(), everywhere)
    assert [stay.reason for stay in plan.stays] == ["kanal"] * 4
    assert "30 hari" not in plan.stays[0].sentence


def test_an_unknown_release_is_told(app: Flask) -> None:
    with pytest.raises(NotFound):
        wanted_of(99)


@contextmanager
def counted_queries() -> Iterator[list[str]]:
    seen: list[str] = []

    def note(_c: object, _cu: object, statement: str, *_rest: object) -> None:
        if statement.lstrip().upper().startswith(("SELECT", "WITH")):
            seen.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(db.engine, "before_cursor_execute", note)


def test_850_villages_take_as_many_queries_as_four(
    releases: tuple[int, int], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    old, new = releases
    ids = add_fleet(tmp_path / "srv", 850, old)
    add_rehearsal(new, dict.fromkeys(ids[:400], Verdict.GREEN), dump_s=1.0, migrate_s=2.0)
    for instance_id in ids[:60]:
        add_update(instance_id, old)
    db.session.expire_all()
    began = time.perf_counter()
    with counted_queries() as queries:
        found = candidates_for(new, everywhere)
    spent_s = time.perf_counter() - began
    with capsys.disabled():
        print(f"\n850 candidates: {spent_s:.2f} s, {spent_s:.2f} of the 1 s allowed")
    assert len(found) == 850
    assert sum(each.verdict == "hijau" for each in found) == 400
    assert len(queries) <= 12
