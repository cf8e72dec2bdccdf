"""Workers are root: nothing written into Redis may choose what they run."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from rq import Callback, Queue, SimpleWorker
from rq.serializers import JSONSerializer

from siappakai import create_app
from siappakai.queue import (
    connect_redis,
    enqueue_operations,
    enqueue_tasks,
    open_queue,
    queued_operation_ids,
    queued_task_ids,
)
from siappakai.schema import upgrade_schema
from siappakai.worker import OperationJob
from tests.conftest import make_settings

pytestmark = pytest.mark.system


@pytest.fixture
def panel(tmp_path: Path) -> Iterator[Flask]:
    redis = subprocess.Popen(
        ["redis-server", "--port", "0", "--unixsocket", "redis.sock", "--save", ""],
        cwd=tmp_path,
        stdout=subprocess.DEVNULL,
    )
    while not (tmp_path / "redis.sock").exists():
        assert redis.poll() is None
    app = create_app(make_settings(tmp_path))
    with app.app_context():
        upgrade_schema()
        yield app
        connect_redis(app.extensions["siappakai_settings"].redis_url).close()
    connect_redis.cache_clear()
    redis.terminate()
    redis.wait()


def forge(panel: Flask, function: str, *args: object, **more: object) -> None:
    """Put a job into our queue as anybody who can write into Redis could."""
    ours = open_queue()
    Queue(ours.name, connection=ours.connection, serializer=JSONSerializer).enqueue(
        function, args=args, **more
    )


def work_off(panel: Flask) -> None:
    queue = open_queue(OperationJob)
    SimpleWorker(
        [queue], connection=queue.connection, job_class=OperationJob, serializer=JSONSerializer
    ).work(burst=True, logging_level="CRITICAL")


@pytest.mark.parametrize("function", ["os.mkdir", "pathlib.Path.touch", "siappakai.worker.work"])
def test_a_forged_function_never_runs(panel: Flask, tmp_path: Path, function: str) -> None:
    trace = tmp_path / "jejak"
    forge(panel, function, str(trace))
    work_off(panel)
    assert not trace.exists()


def test_a_forged_callback_never_runs(panel: Flask, tmp_path: Path) -> None:
    forge(panel, "siappakai.worker.run", 1, on_success=Callback("os.abort"))
    forge(panel, "siappakai.worker.run_task", 1, on_success=Callback("os.abort"))
    forge(panel, "os.mkdir", "x", on_failure=Callback("os.abort"))
    work_off(panel)


@pytest.mark.parametrize("given", [("1",), (1, 2), (True,), ()])
def test_a_function_of_ours_takes_one_whole_number_and_nothing_else(
    panel: Flask, monkeypatch: pytest.MonkeyPatch, given: tuple[object, ...]
) -> None:
    seen: list[object] = []
    for name in ("run", "run_task"):
        monkeypatch.setattr(f"siappakai.worker.{name}", lambda *args: seen.append(args))
        forge(panel, f"siappakai.worker.{name}", *given)
    work_off(panel)
    assert seen == []


def test_operations_and_tasks_of_one_number_are_two_things(
    panel: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[str, int]] = []
    monkeypatch.setattr("siappakai.worker.run", lambda one: seen.append(("operation", one)))
    monkeypatch.setattr("siappakai.worker.run_task", lambda one: seen.append(("task", one)))
    assert enqueue_operations([7]) and enqueue_tasks([7, 9])
    assert queued_operation_ids() == {7} and queued_task_ids() == {7, 9}
    work_off(panel)
    assert sorted(seen) == [("operation", 7), ("task", 7), ("task", 9)]
    assert queued_operation_ids() == queued_task_ids() == set()


def test_our_own_ids_still_run(panel: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []
    monkeypatch.setattr("siappakai.worker.run", seen.append)
    assert enqueue_operations([7, 8])
    work_off(panel)
    assert seen == [7, 8]
