"""Tasks on real rows: claimed once, told as they go, ended with words, never lost."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from siappakai.errors import NotFound, Refused, StepFailed, Unavailable
from siappakai.models import OperationState, Release, Task, TaskKind, db, transaction, utc_now
from siappakai.provision.lease import Heartbeat, LeaseLost, claim
from siappakai.provision.programs import OnLine
from siappakai.tasks.lines import KEPT_LINES, TaskLines, join_line
from siappakai.tasks.order import (
    TaskOrder,
    cancel_task,
    order_build,
    order_discovery,
    order_distribution,
    order_task,
    retry_task,
)
from siappakai.tasks.refill import refill_tasks
from siappakai.tasks.run import run_task
from siappakai.tasks.work import WORK, TaskFacts
from tests.cast import add_release

Work = Callable[[TaskFacts, OnLine], dict[str, Any]]


@pytest.fixture
def ids(app: Flask) -> list[int]:
    """Two tasks that wait: a build and a search."""
    release_id = add_release()
    with transaction():
        db.session.get_one(Release, release_id).origin = "https://contoh.invalid/x.git"
    return [order_build(release_id, by="ani"), order_discovery("pbb", by="ani")]


def do_instead(monkeypatch: pytest.MonkeyPatch, kind: TaskKind, work: Work) -> None:
    """The kind's work is `work`; everything around it is the real thing."""
    monkeypatch.setitem(WORK, kind, work)


def read(task_id: int) -> Task:
    db.session.rollback()
    return db.session.get_one(Task, task_id, populate_existing=True)


def test_of_many_workers_one_gets_the_task(app: Flask, ids: list[int]) -> None:
    won: list[str] = []
    start = threading.Barrier(6)

    def work(name: str) -> None:
        with app.app_context():
            start.wait()
            if claim(ids[0], name, 20, Task):
                won.append(name)
            db.session.remove()

    threads = [threading.Thread(target=work, args=(f"w{n}",)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 1 and read(ids[0]).claimed_by == won[0]
    assert read(ids[1]).state == OperationState.QUEUED


def test_asking_twice_gives_one_task_until_it_has_ended(app: Flask, ids: list[int]) -> None:
    release_id = read(ids[0]).release_id
    assert order_build(release_id, by="budi") == ids[0]
    assert order_discovery("pbb", by="budi") == ids[1]
    assert order_discovery("opendk", by="budi") not in ids
    cancel_task(ids[0], by="ani")
    assert order_build(release_id, by="budi") != ids[0]
    with pytest.raises(Refused, match="sama sedang berjalan"):
        retry_task(ids[0], by="ani")


def test_what_can_not_be_done_is_told_before_a_task_is_made(app: Flask) -> None:
    release_id = add_release()
    with pytest.raises(Refused, match="Asal rilis"):
        order_build(release_id, by="ani")
    with pytest.raises(NotFound):
        order_build(99, by="ani")
    with pytest.raises(NotFound):
        order_distribution(99, by="ani")
    assert db.session.scalars(select(Task)).all() == []


def test_lines_and_result_are_kept_and_shown_while_it_works(
    app: Flask, ids: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []

    def work(task: TaskFacts, on_line: OnLine) -> dict[str, Any]:
        on_line("satu\x00")
        deadline = time.monotonic() + 20
        while not seen and time.monotonic() < deadline:
            time.sleep(0.1)
            seen.extend(line for line in read(task.id).lines.splitlines() if line == "satu")
        on_line("dua")
        return {"found": 2}

    do_instead(monkeypatch, TaskKind.DISCOVER, work)
    run_task(app, ids[1], "w1", 20)
    task = read(ids[1])
    assert seen == ["satu"] and task.lines == "satu\ndua" and task.result == {"found": 2}
    assert (task.state, task.active_key) == (OperationState.SUCCEEDED, None)
    assert task.finished_at is not None and task.claimed_by == ""


def test_a_passing_trouble_waits_and_a_lasting_one_ends(
    app: Flask, ids: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(task: TaskFacts, on_line: OnLine) -> dict[str, Any]:
        raise Unavailable("Docker diam.", hint="Tunggu.")

    def broken(task: TaskFacts, on_line: OnLine) -> dict[str, Any]:
        on_line("sampai di sini")
        raise StepFailed("Gagal.", hint="Perbaiki.", log_tail="baris sebab")

    do_instead(monkeypatch, TaskKind.BUILD, away)
    do_instead(monkeypatch, TaskKind.DISCOVER, away)
    for one in ids:
        run_task(app, one, "w1", 20)
    waiting, told = read(ids[0]), read(ids[1])
    assert (waiting.state, waiting.error_message) == (OperationState.QUEUED, "Docker diam.")
    assert waiting.not_before_at is not None and waiting.not_before_at > utc_now()
    assert told.state == OperationState.ERRORED  # somebody waits for the answer
    do_instead(monkeypatch, TaskKind.BUILD, broken)
    with transaction():
        db.session.get_one(Task, ids[0]).not_before_at = None
    run_task(app, ids[0], "w2", 20)
    ended = read(ids[0])
    assert (ended.state, ended.error_hint) == (OperationState.FAILED, "Perbaiki.")
    assert ended.lines.splitlines()[-2:] == ["sampai di sini", "baris sebab"]


def test_an_unexpected_error_ends_the_task_and_is_raised_on(
    app: Flask, ids: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    def odd(task: TaskFacts, on_line: OnLine) -> dict[str, Any]:
        raise KeyError("x")

    do_instead(monkeypatch, TaskKind.BUILD, odd)
    with pytest.raises(KeyError):
        run_task(app, ids[0], "w1", 20)
    assert read(ids[0]).state == OperationState.ERRORED
    assert "tidak diduga" in read(ids[0]).error_message


def test_who_lost_its_lease_stops_at_its_next_line_and_changes_nothing(
    app: Flask, ids: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    reached: list[str] = []

    def work(task: TaskFacts, on_line: OnLine) -> dict[str, Any]:
        with transaction():
            row = db.session.get_one(Task, task.id)
            row.claimed_by, row.lines = "w2", "milik w2"
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            on_line("milik w1")
            time.sleep(0.1)
        reached.append("end")
        return {}

    do_instead(monkeypatch, TaskKind.BUILD, work)
    run_task(app, ids[0], "w1", 2)
    task = read(ids[0])
    assert reached == [] and (task.claimed_by, task.lines) == ("w2", "milik w2")
    assert task.state == OperationState.RUNNING


def test_abandoned_tasks_are_found_and_working_ones_left_alone(
    app: Flask, ids: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[list[int]] = []
    monkeypatch.setattr("siappakai.tasks.refill.queued_task_ids", set)
    monkeypatch.setattr(
        "siappakai.tasks.refill.enqueue_tasks", lambda some: told.append(list(some)) or True
    )
    assert claim(ids[0], "w1", 20, Task)
    assert refill_tasks() == [ids[1]]
    with transaction():
        row = db.session.get_one(Task, ids[0])
        row.lease_until_at = utc_now() - timedelta(seconds=1)
    assert refill_tasks() == ids and told == [[ids[1]], ids]


def test_a_task_goes_on_telling_after_what_the_killed_worker_told(
    app: Flask, ids: list[int]
) -> None:
    assert claim(ids[0], "w1", 20, Task)
    with Heartbeat(app, ids[0], "w1", 20, Task) as heartbeat:
        with TaskLines(app, ids[0], heartbeat, "lama") as on_line:
            for number in range(KEPT_LINES):
                on_line(f"baris {number}")
        lines = read(ids[0]).lines.splitlines()
    assert len(lines) == KEPT_LINES and lines[-1] == f"baris {KEPT_LINES - 1}"
    lost = Heartbeat(app, ids[0], "w9", 20, Task)
    lost._lost.set()
    with pytest.raises(LeaseLost):
        TaskLines(app, ids[0], lost)("x")


def test_a_counter_takes_one_line() -> None:
    lines: list[str] = []
    for each in (
        "Mulai",
        "Receiving objects: 1% (1/90)",
        "Receiving objects: 99% (89/90)",
        "Akhir",
    ):
        lines = join_line(lines, each)
    assert lines == ["Mulai", "Receiving objects: 99% (89/90)", "Akhir"]
    assert join_line(["Step 1/14"], "Step 2/14") == ["Step 1/14", "Step 2/14"]


def test_one_active_task_for_each_thing_even_when_asked_in_the_same_moment(app: Flask) -> None:
    order, start, made = TaskOrder(TaskKind.PRUNE, "semua"), threading.Barrier(4), []

    def ask() -> None:
        with app.app_context():
            start.wait()
            made.append(order_task(order, "ani"))
            db.session.remove()

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 4 and len(set(made)) == 1
