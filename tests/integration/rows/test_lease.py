"""Claims, locks and starts on real rows: one worker at a time, nothing started twice."""

from __future__ import annotations

import threading
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select, text, update
from sqlalchemy.exc import DBAPIError

from siappakai.errors import Refused
from siappakai.models import (
    DatabaseGroup,
    Event,
    Instance,
    Operation,
    OperationState,
    Release,
    VersionRecord,
    append_event,
    db,
    transaction,
    utc_now,
)
from siappakai.provision.install_queue import queue_installs
from siappakai.provision.lease import Heartbeat, LeaseLost, claim, lock_group
from siappakai.provision.retry import cancel_queued, retry_operation
from siappakai.provision.run import move
from siappakai.provision.start import plan_villages
from siappakai.ticker import refill_queue
from tests.cast import BONTOKANANG, TAMASAJU, add_release, add_server, add_villages


@pytest.fixture
def operations(app: Flask, tmp_path: Path) -> list[int]:
    """Two queued installations, of two villages."""
    add_server(tmp_path / "srv")
    release_id = add_release()
    add_villages()
    with transaction():
        release = db.session.get_one(Release, release_id)
        return queue_installs([TAMASAJU, BONTOKANANG], release, by="admin")


def test_of_many_workers_one_gets_the_operation(app: Flask, operations: list[int]) -> None:
    won: list[str] = []
    start = threading.Barrier(8)

    def work(name: str) -> None:
        with app.app_context():
            start.wait()
            if claim(operations[0], name, 20):
                won.append(name)
            db.session.remove()

    threads = [threading.Thread(target=work, args=(f"w{n}",)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 1
    assert db.session.get_one(Operation, operations[0]).claimed_by == won[0]
    assert db.session.get_one(Operation, operations[1]).state == OperationState.QUEUED


def test_a_running_operation_is_free_again_only_after_its_lease(operations: list[int]) -> None:
    assert claim(operations[0], "mati", 20)
    assert not claim(operations[0], "lain", 20)
    with transaction():
        past = utc_now() - timedelta(seconds=1)
        db.session.execute(
            update(Operation).where(Operation.id == operations[0]).values(lease_until_at=past)
        )
    assert claim(operations[0], "lain", 20)
    assert db.session.get_one(Operation, operations[0]).attempt == 2


def test_a_waiting_operation_is_not_claimed_before_its_time(operations: list[int]) -> None:
    with transaction():
        soon = utc_now() + timedelta(seconds=60)
        db.session.get_one(Operation, operations[0]).not_before_at = soon
    assert not claim(operations[0], "w", 20)
    assert claim(operations[1], "w", 20)


def test_a_heartbeat_keeps_the_lease_and_notices_a_loss(app: Flask, operations: list[int]) -> None:
    claim(operations[0], "w", 1)
    with Heartbeat(app, operations[0], "w", 1) as heartbeat:
        first = db.session.get_one(Operation, operations[0]).lease_until_at
        db.session.rollback()
        threading.Event().wait(0.6)
        db.session.expire_all()
        later = db.session.get_one(Operation, operations[0]).lease_until_at
        assert first is not None and later is not None and later > first
        heartbeat.check()
        with transaction():
            db.session.get_one(Operation, operations[0]).claimed_by = "perebut"
        threading.Event().wait(0.6)
        with pytest.raises(LeaseLost):
            heartbeat.check()


def test_two_operations_never_hold_one_database(operations: list[int]) -> None:
    one, two = (db.session.get_one(Operation, each) for each in operations)
    group = one.instance.database_group_id
    assert lock_group(group, one.id, "pasang")
    assert lock_group(group, one.id, "pasang"), "the holder may ask again"
    assert not lock_group(group, two.id, "pasang")


def test_a_lock_of_a_finished_operation_is_free(operations: list[int]) -> None:
    group = db.session.get_one(Operation, operations[0]).instance.database_group_id
    lock_group(group, operations[0], "pasang")
    with transaction():
        operation = db.session.get_one(Operation, operations[0])
        operation.state = OperationState.RUNNING
        move(operation, OperationState.FAILED, by="w")
    assert db.session.get_one(DatabaseGroup, group).lock_operation_id is None
    assert lock_group(group, operations[1], "pasang")


def test_a_move_outside_the_table_is_refused_and_changes_nothing(operations: list[int]) -> None:
    with pytest.raises(ValueError, match="is not a move"), transaction():
        move(db.session.get_one(Operation, operations[0]), OperationState.SUCCEEDED, by="w")
    assert db.session.get_one(Operation, operations[0]).state == OperationState.QUEUED


def test_a_village_has_one_active_operation_at_most(operations: list[int]) -> None:
    with pytest.raises(DBAPIError), transaction():
        release = db.session.scalars(select(Release)).one()
        queue_installs([TAMASAJU], release, by="admin")
    assert db.session.scalar(select(func.count(Operation.id))) == 2
    plan = plan_villages([TAMASAJU, BONTOKANANG])
    assert plan.blocked_count == 2 and plan.install_count == 0


def test_a_stopped_installation_goes_on_instead_of_starting_anew(operations: list[int]) -> None:
    with transaction():
        stopped = db.session.get_one(Operation, operations[0])
        stopped.state = OperationState.RUNNING
        move(stopped, OperationState.FAILED, by="w")
    with transaction():
        release = db.session.scalars(select(Release)).one()
        assert queue_installs([TAMASAJU], release, by="admin") == [operations[0]]
    assert db.session.get_one(Operation, operations[0]).state == OperationState.QUEUED
    assert db.session.scalar(select(func.count(Operation.id))) == 2


def test_another_release_after_a_failure_is_a_new_operation(operations: list[int]) -> None:
    with transaction():
        stopped = db.session.get_one(Operation, operations[0])
        stopped.state = OperationState.RUNNING
        move(stopped, OperationState.FAILED, by="w")
    other = add_release("2411.0.0")
    with transaction():
        (made,) = queue_installs([TAMASAJU], db.session.get_one(Release, other), by="admin")
    assert made not in operations


def test_every_change_of_state_is_a_line_of_history(operations: list[int]) -> None:
    claim(operations[0], "w", 20)
    with transaction():
        move(
            db.session.get_one(Operation, operations[0]), OperationState.FAILED, by="w", reason="x"
        )
    words = list(
        db.session.scalars(
            select(Event.word)
            .where(Event.subject == f"operation:{operations[0]}")
            .order_by(Event.id)
        )
    )
    assert words == ["operation_claimed", "operation_failed"]


def test_history_and_version_records_cannot_be_changed_or_deleted(operations: list[int]) -> None:
    with transaction():
        instance = db.session.scalars(select(Instance)).first()
        append_event("x", "instance:1", by="w")
        db.session.add(
            VersionRecord(
                instance_id=instance.id,
                operation_id=operations[0],
                release_id=instance.wanted_release_id,
                version="2410.0.0",
                edition="contoh",
                digest="sha256:1",
                schema_version="1",
                proof={},
                recorded_by="admin",
            )
        )
    with pytest.raises(Refused), transaction():
        db.session.scalars(select(VersionRecord)).one().version = "9999"
        db.session.flush()
    for table in ("version_records", "events"):
        for statement in (f"UPDATE {table} SET id = id + 100", f"DELETE FROM {table}"):
            with pytest.raises(DBAPIError, match="append-only"), transaction():
                db.session.execute(text(statement))


def test_cancelling_stops_what_waits_and_leaves_what_runs(operations: list[int]) -> None:
    with transaction():
        db.session.execute(update(Operation).values(batch_id=None))
    claim(operations[0], "w", 20)
    assert cancel_queued(0, by="admin") == 0
    with pytest.raises(Refused, match="masih berjalan"):
        retry_operation(operations[0], by="admin")


def test_the_ticker_finds_what_redis_lost(
    operations: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[int] = []
    monkeypatch.setattr("siappakai.ticker.queued_operation_ids", lambda: {operations[1]})
    monkeypatch.setattr("siappakai.ticker.enqueue_operations", lambda ids: told.extend(ids) or True)
    assert refill_queue() == [operations[0]]
    assert told == [operations[0]]
