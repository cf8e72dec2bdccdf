"""A rehearsal in rows: what is refused, how many at once, pause, resume, stop, again, and after."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from siappakai.errors import InvalidInput, NotFound, Refused
from siappakai.models import (
    ACTIVE,
    DatabaseGroup,
    DatabaseMode,
    Instance,
    Operation,
    OperationKind,
    OperationState,
    Rehearsal,
    RehearsalItem,
    RehearsalState,
    Release,
    ReleaseState,
    Verdict,
    db,
    transaction,
    utc_now,
    write_setting,
)
from siappakai.provision.run import move
from siappakai.rollout import rehearsal_acts as acts
from siappakai.rollout import rehearse, verdicts
from siappakai.rollout.candidate import Candidate
from siappakai.rollout.candidates import candidates_for
from siappakai.rollout.machine_share import MachineShare, MachineSight, set_share, why_full
from siappakai.rollout.rehearsal_summary import summarise
from siappakai.rollout.rehearse import advance_rehearsals, after_operation, order_rehearsal
from tests.cast import add_server
from tests.integration.rows.rollout_rows import (
    NEW,
    OLD,
    WORKER,
    active_operations,
    add_running_villages,
    add_sample_release,
)

ROOMY = MachineShare(load_per_core=1000, memory_mb=0, disk_mb=0)
COUNT = 5


@pytest.fixture
def villages(app: Flask, tmp_path: Path) -> Iterator[list[int]]:
    old = add_sample_release(OLD)
    add_sample_release(NEW)
    set_share(ROOMY, by="uji")
    yield add_running_villages(COUNT, old, add_server(tmp_path / "srv"))


def release_id(version: str = NEW) -> int:
    return db.session.scalars(select(Release.id).filter_by(version=version)).one()


def order(ids: list[int] | None = None, at_once: int = 2) -> int:
    return order_rehearsal("opensid", release_id(), ids, at_once=at_once, by="ani")


def active() -> list[int]:
    found = [each.id for each in active_operations()]
    db.session.rollback()
    return found


def end(operation_id: int, verdict: Verdict | None = Verdict.GREEN) -> None:
    """What a worker writes: a verdict and success, or (None) that the rehearsal itself failed."""
    with transaction():
        operation = db.session.get_one(Operation, operation_id)
        if operation.state is OperationState.QUEUED:
            move(operation, OperationState.RUNNING, by=WORKER)
        operation.started_at = utc_now() - timedelta(seconds=10)
        if verdict is None:
            operation.error_message = "MariaDB tidak menjawab."
            move(operation, OperationState.ERRORED, by=WORKER)
        else:
            red = [verdicts.migration_hangs(60).to_json()] if verdict is Verdict.RED else []
            for item in db.session.scalars(
                select(RehearsalItem).filter_by(operation_id=operation_id)
            ):
                item.verdict, item.findings, item.finished_at = verdict, red, utc_now()
                item.judged_at = item.finished_at
                item.measures = {"migrate_s": 2.0, "hold_s": 5.0, "proof": {"grants": []}}
            move(operation, OperationState.SUCCEEDED, by=WORKER)
    after_operation(operation_id)


def candidate(instance_id: int) -> Candidate:
    found = candidates_for(release_id(), lambda _server, _digest: True)
    return next(each for each in found if instance_id in each.member_ids)


def verdict_in_plan(instance_id: int) -> tuple[str, str]:
    """What a plan goes by: the verdict, and how its first finding begins."""
    seen = candidate(instance_id)
    finding = seen.rehearsed.finding if seen.rehearsed else ""
    return seen.verdict, finding.partition(":")[0]


def state_of(rehearsal_id: int) -> RehearsalState:
    db.session.rollback()
    return db.session.get_one(Rehearsal, rehearsal_id).state


def combine(ids: list[int]) -> None:
    with transaction():
        first = db.session.get_one(Instance, ids[0])
        group = DatabaseGroup(
            product="opensid",
            mode=DatabaseMode.COMBINED,
            server_id=first.server_id,
            database_name="gabungan_uji",
            label="Gabungan",
        )
        db.session.add(group)
        for each in ids:
            db.session.get_one(Instance, each).database_group = group


# --- ordering


def test_all_that_the_release_could_move_are_rehearsed(villages: list[int]) -> None:
    with transaction():
        db.session.get_one(Instance, villages[0]).recorded_release_id = release_id()
    seen = summarise(order())
    assert [line.instance_id for line in seen.lines] == villages[1:]


def test_a_release_that_is_not_tested_is_refused_with_its_state(villages: list[int]) -> None:
    with transaction():
        db.session.get_one(Release, release_id()).state = ReleaseState.BUILT
    with pytest.raises(Refused, match="masih dibangun"):
        order()
    with pytest.raises(NotFound):
        order_rehearsal("pbb", release_id(), by="ani")


def test_a_village_that_is_newer_or_there_already_is_refused_by_name(villages: list[int]) -> None:
    with pytest.raises(Refused, match="Desa 2001: sudah memakai versi 2408"):
        order_rehearsal("opensid", release_id(OLD), [villages[0]], by="ani")
    with transaction():
        db.session.get_one(Instance, villages[0]).recorded_release_id = release_id()
    with pytest.raises(Refused, match="lebih lama"):
        order_rehearsal("opensid", release_id(OLD), [villages[0]], by="ani")
    with pytest.raises(NotFound):
        order([99999])
    with pytest.raises(InvalidInput):
        order(at_once=0)


def test_one_release_is_rehearsed_once_at_a_time(villages: list[int]) -> None:
    first = order(villages[:2])
    with pytest.raises(Refused, match=f"nomor {first}"):
        order(villages[2:])
    acts.stop(first, by="ani")
    for each in active():
        end(each)
    order(villages[2:])


def test_naming_one_village_of_a_combined_database_takes_all_of_them(villages: list[int]) -> None:
    combine(villages[:3])
    rehearsal_id = order([villages[1]])
    assert [line.instance_id for line in summarise(rehearsal_id).lines] == villages[:3]
    assert len(active()) == 1
    operation = db.session.get_one(Operation, active()[0])
    assert (operation.instance_id, operation.kind) == (villages[0], OperationKind.REHEARSE)
    end(operation.id)
    assert summarise(rehearsal_id).counts == {Verdict.GREEN: 3}
    assert state_of(rehearsal_id) is RehearsalState.FINISHED


# --- going on


@pytest.mark.parametrize("at_once", [1, 2, 5])
def test_never_more_than_so_many_at_once_and_each_village_once(
    villages: list[int], at_once: int
) -> None:
    rehearsal_id = order(at_once=at_once)
    seen: list[int] = []
    while state_of(rehearsal_id) is not RehearsalState.FINISHED:
        now = active()
        assert 0 < len(now) <= at_once
        seen.append(now[0])
        end(now[0])
        advance_rehearsals()
    assert len(set(seen)) == len(seen) == COUNT
    assert summarise(rehearsal_id).done == COUNT
    operations = db.session.scalars(select(Operation.instance_id)).all()
    assert sorted(operations) == villages


def test_the_villages_wanted_release_is_left_alone(villages: list[int]) -> None:
    order(at_once=5)
    wanted = db.session.scalars(select(Instance.wanted_release_id).distinct()).all()
    assert wanted == [release_id(OLD)]


def test_nothing_starts_while_the_machine_is_full_and_one_sentence_says_so(
    villages: list[int],
) -> None:
    set_share(MachineShare(load_per_core=1000, memory_mb=10**9, disk_mb=0), by="uji")
    rehearsal_id = order()
    assert active() == []
    assert "Menunggu memori" in summarise(rehearsal_id).blocked_because
    set_share(ROOMY, by="uji")
    advance_rehearsals()
    assert len(active()) == 2
    assert summarise(rehearsal_id).blocked_because == ""


@pytest.mark.parametrize(
    ("sight", "word"),
    [
        (MachineSight(0.4, 2000, 9000), ""),
        (MachineSight(1.6, 2000, 9000), "beban"),
        (MachineSight(0.4, 100, 9000), "memori"),
        (MachineSight(0.4, 2000, 100), "disk"),
    ],
)
def test_each_limit_of_the_share_counts(sight: MachineSight, word: str) -> None:
    assert bool(why_full(sight, MachineShare())) == bool(word)
    assert word in why_full(sight, MachineShare())


def test_it_waits_until_its_hour(villages: list[int]) -> None:
    rehearsal_id = order_rehearsal(
        "opensid", release_id(), not_before_at=utc_now() + timedelta(hours=3), by="ani"
    )
    assert active() == []
    assert "waktunya" in summarise(rehearsal_id).blocked_because
    with transaction():
        db.session.get_one(Rehearsal, rehearsal_id).not_before_at = utc_now()
    advance_rehearsals()
    assert len(active()) == 1


def test_a_busy_village_waits_and_the_next_one_starts(villages: list[int]) -> None:
    with transaction():
        operation = Operation(
            kind=OperationKind.UPDATE,
            instance_id=villages[0],
            release_id=release_id(),
            requested_by="ani",
            active_key=villages[0],
        )
        db.session.add(operation)
    rehearsal_id = order(at_once=1)
    own = [each.instance_id for each in active_operations() if each.rehearsal_id == rehearsal_id]
    assert own == [villages[1]]
    assert "Desa 2001 menunggu" in summarise(rehearsal_id).blocked_because


def test_a_village_that_moved_meanwhile_is_left_out_with_the_reason(villages: list[int]) -> None:
    rehearsal_id = order(at_once=1)
    with transaction():
        db.session.get_one(Instance, villages[1]).recorded_release_id = release_id()
    for _ in range(COUNT):
        for each in active():
            end(each)
    seen = summarise(rehearsal_id)
    assert seen.state is RehearsalState.FINISHED
    assert seen.counts == {Verdict.GREEN: COUNT - 1, Verdict.UNKNOWN: 1}
    assert "sudah memakai" in seen.lines[1].findings[0]["sentence"]


def test_a_worker_or_ticker_that_dies_between_loses_and_doubles_nothing(
    villages: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed after the rows are written and before Redis hears of it, or before they are."""
    rehearsal_id = order(at_once=1)
    first = active()[0]

    def dies(_ids: object) -> bool:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(rehearse, "enqueue_operations", dies)
        with pytest.raises(KeyboardInterrupt):
            end(first)
    db.session.rollback()
    assert len(active()) == 1  # queued once; the ticker's refill tells Redis again
    advance_rehearsals()
    advance_rehearsals()
    assert len(active()) == 1
    assert summarise(rehearsal_id).done == 1


# --- what a person may do


def test_pause_starts_nothing_more_and_resume_goes_on(villages: list[int]) -> None:
    rehearsal_id = order(at_once=1)
    acts.pause(rehearsal_id, by="ani")
    end(active()[0])
    assert active() == [] and state_of(rehearsal_id) is RehearsalState.PAUSED
    acts.resume(rehearsal_id, by="ani")
    assert len(active()) == 1
    with pytest.raises(Refused):
        acts.resume(rehearsal_id, by="ani")


def test_stop_takes_out_what_only_waits_in_the_queue(villages: list[int]) -> None:
    rehearsal_id = order(at_once=2)
    first, second = active()
    with transaction():
        move(db.session.get_one(Operation, first), OperationState.RUNNING, by=WORKER)
        db.session.get_one(Operation, first).started_at = utc_now()
    acts.stop(rehearsal_id, by="ani")
    assert active() == [first]
    end(first)
    advance_rehearsals()
    assert active() == []
    assert db.session.get_one(Operation, second).state is OperationState.CANCELLED
    seen = summarise(rehearsal_id)
    assert (seen.state, seen.counts[Verdict.GREEN]) == (RehearsalState.STOPPED, 1)


def test_what_could_not_be_rehearsed_says_why_and_can_be_tried_again(villages: list[int]) -> None:
    rehearsal_id = order(villages[:3], at_once=3)
    first, second, third = active()
    end(first, None)
    end(second, Verdict.RED)
    end(third)
    seen = summarise(rehearsal_id)
    assert seen.counts == {Verdict.UNKNOWN: 1, Verdict.RED: 1, Verdict.GREEN: 1}
    assert "MariaDB tidak menjawab" in seen.lines[0].findings[0]["sentence"]
    assert seen.in_words.endswith("1 gagal karena 1 sebab")
    assert acts.retry(rehearsal_id, by="ani") == 2
    assert len(active()) == 2 and state_of(rehearsal_id) is RehearsalState.RUNNING
    for each in active():
        end(each)
    assert summarise(rehearsal_id).counts == {Verdict.GREEN: 3}
    assert acts.retry(rehearsal_id, [villages[2]], by="ani") == 1
    with pytest.raises(Refused):
        acts.retry(rehearsal_id, [villages[2]], by="ani")


def test_a_red_one_stays_red_until_its_new_verdict_falls(villages: list[int]) -> None:
    """Not while it waits, not while it runs, and not when the second attempt could not be made."""
    old = order(villages[:1])
    end(active()[0])  # an older rehearsal was green
    rehearsal_id = order(villages[:1])
    end(active()[0], Verdict.RED)
    assert verdict_in_plan(villages[0]) == ("merah", "Pemindahan menggantung")
    set_share(MachineShare(load_per_core=1000, memory_mb=10**9, disk_mb=0), by="uji")
    acts.retry(rehearsal_id, by="ani")
    line = summarise(rehearsal_id).lines[0]
    assert (line.verdict, line.is_retried, line.is_running) == (Verdict.RED, True, False)
    assert verdict_in_plan(villages[0]) == ("merah", "Pemindahan menggantung")
    set_share(ROOMY, by="uji")
    advance_rehearsals()
    assert verdict_in_plan(villages[0]) == ("merah", "Pemindahan menggantung")
    end(active()[0], None)
    assert verdict_in_plan(villages[0]) == ("merah", "Pemindahan menggantung")
    seen = summarise(rehearsal_id)
    assert (seen.counts, seen.red_causes[0].count) == ({Verdict.RED: 1}, 1)
    assert "putusan sebelumnya tetap berlaku. MariaDB" in seen.lines[0].findings[-1]["sentence"]
    acts.retry(rehearsal_id, by="ani")
    end(active()[0], None)
    assert len(summarise(rehearsal_id).lines[0].findings) == 2  # the last attempt's reason alone
    acts.retry(rehearsal_id, by="ani")
    acts.stop(rehearsal_id, by="ani")
    assert verdict_in_plan(villages[0]) == ("merah", "Pemindahan menggantung")
    acts.retry(rehearsal_id, by="ani")
    end(active()[0])
    assert verdict_in_plan(villages[0])[0] == "hijau"
    acts.retry(old, villages[:1], by="ani")
    end(active()[0], Verdict.RED)
    assert verdict_in_plan(villages[0])[0] == "merah"  # the newest verdict, not the newest row


def test_an_attempt_that_could_not_be_made_makes_no_verdict_younger(villages: list[int]) -> None:
    rehearsal_id = order(villages[:1])
    end(active()[0], Verdict.YELLOW)
    was = candidate(villages[0]).rehearsed
    acts.retry(rehearsal_id, villages[:1], by="ani")
    end(active()[0], None)
    now = candidate(villages[0]).rehearsed
    assert was is not None and now is not None
    assert (now.verdict, now.finished_at) == ("kuning", was.finished_at)


@pytest.mark.parametrize("rest", [acts.pause, acts.stop])
def test_trying_one_village_again_begins_no_other_of_a_rehearsal_that_rests(
    villages: list[int], rest: Callable[..., None]
) -> None:
    rehearsal_id = order(at_once=1)
    end(active()[0], Verdict.RED)
    end(active()[0], Verdict.YELLOW)
    rest(rehearsal_id, by="ani")
    rested = state_of(rehearsal_id)
    for each in active():  # the third ran on when it was paused
        end(each)
    done = summarise(rehearsal_id).done
    assert acts.retry(rehearsal_id, [villages[1]], by="ani") == 1
    assert [each.instance_id for each in active_operations()] == [villages[1]]
    assert summarise(rehearsal_id).is_going
    end(active()[0])
    assert advance_rehearsals() == [] and active() == []
    seen = summarise(rehearsal_id)
    assert (seen.state, seen.done, seen.is_going) == (rested, done, False)
    assert acts.retry(rehearsal_id, by="ani") == 1 + (rest is acts.stop)  # red, or cancelled
    assert [each.instance_id for each in active_operations()] == [villages[0]]


def test_what_waits_to_be_tried_again_in_a_rehearsal_that_rests_can_be_stopped(
    villages: list[int],
) -> None:
    rehearsal_id = order(at_once=1)
    end(active()[0], Verdict.RED)
    acts.stop(rehearsal_id, by="ani")
    with pytest.raises(Refused):
        acts.stop(rehearsal_id, by="ani")
    set_share(MachineShare(load_per_core=1000, memory_mb=10**9, disk_mb=0), by="uji")
    acts.retry(rehearsal_id, villages[:1], by="ani")
    assert active() == [] and "memori" in summarise(rehearsal_id).blocked_because
    acts.stop(rehearsal_id, by="ani")
    set_share(ROOMY, by="uji")
    assert advance_rehearsals() == [] and active() == []
    seen = summarise(rehearsal_id)
    assert (seen.is_going, seen.blocked_because) == (False, "")
    acts.retry(rehearsal_id, villages[:1], by="ani")
    assert len(active()) == 1
    assert acts.retry(rehearsal_id, by="ani") == 1  # the cancelled one, none that never began


def test_what_is_full_now_lets_the_ticker_try_it_again_later(villages: list[int]) -> None:
    rehearsal_id = order(at_once=1)
    end(active()[0], Verdict.RED)
    acts.stop(rehearsal_id, by="ani")
    set_share(MachineShare(load_per_core=1000, memory_mb=10**9, disk_mb=0), by="uji")
    acts.retry(rehearsal_id, villages[:1], by="ani")
    set_share(ROOMY, by="uji")
    assert len(advance_rehearsals()) == 1 and advance_rehearsals() == []


def test_a_rehearsal_counts_only_for_the_image_that_it_tried(villages: list[int]) -> None:
    rehearsal_id = order(villages[:3], at_once=1)
    end(active()[0])
    assert candidate(villages[0]).verdict == "hijau"
    with transaction():
        db.session.get_one(Release, release_id()).digest = "sha256:" + "9" * 64
    assert candidate(villages[0]).verdict == "belum"
    end(active()[0])  # it ran meanwhile; nothing more of it is worth running
    seen = summarise(rehearsal_id)
    assert seen.outdated == "Rilis dibangun ulang sesudah gladi ini; ulangi gladi."
    assert active() == [] and seen.state is RehearsalState.FINISHED
    assert "dibangun ulang" in seen.lines[2].findings[0]["sentence"]
    with pytest.raises(Refused, match="dibangun ulang"):
        acts.retry(rehearsal_id, by="ani")
    again = order(villages[:1])
    end(active()[0])
    assert candidate(villages[0]).verdict == "hijau"
    assert summarise(again).outdated == ""


def test_a_rested_rehearsal_of_another_image_does_not_go_on(villages: list[int]) -> None:
    rehearsal_id = order(at_once=1)
    acts.pause(rehearsal_id, by="ani")
    with transaction():
        db.session.get_one(Release, release_id()).digest = "sha256:" + "9" * 64
    with pytest.raises(Refused, match="dibangun ulang"):
        acts.resume(rehearsal_id, by="ani")
    acts.stop(rehearsal_id, by="ani")
    order(at_once=1)  # it is in nobody's way


def test_the_summary_foretells_when_it_ends_from_what_it_measured(villages: list[int]) -> None:
    rehearsal_id = order(at_once=1)
    assert summarise(rehearsal_id).left_s is None
    end(active()[0])
    seen = summarise(rehearsal_id)
    assert 35 <= (seen.left_s or 0) <= 45  # four more of ten seconds each
    assert (seen.done, seen.running, seen.total) == (1, 1, COUNT)
    assert seen.longest_hold_s == 5.0
    assert "1 desa" in seen.untouched
    with transaction():
        write_setting("local_words", {"village": "gampong"}, by="ani")
    assert "pada 1 gampong:" in summarise(rehearsal_id).untouched


def test_no_operation_of_a_finished_rehearsal_is_active(villages: list[int]) -> None:
    rehearsal_id = order(at_once=2)
    while state_of(rehearsal_id) is not RehearsalState.FINISHED:
        end(active()[-1], Verdict.RED)
    left = select(Operation.id).where(Operation.state.in_(ACTIVE))
    assert db.session.scalars(left).all() == []
    assert summarise(rehearsal_id).red_causes[0].count == COUNT
