"""A request is answered even when it comes in the moment php-fpm ends its only idle worker."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from siappakai.provision.docker_engine import DockerEngine
from siappakai.provision.http_probe import Answer, get_over_socket
from siappakai.provision.naming import instance_key
from tests.fleet import Fleet
from tests.system.villages import install, village_list

pytestmark = [pytest.mark.system, pytest.mark.timeout(300)]

FIRST, COUNT = 50, 2


@pytest.fixture(scope="module")
def codes(fleet: Fleet, release: int) -> Iterator[list[str]]:
    fleet.start_worker()
    content = village_list("7305", FIRST, COUNT)
    _, ids = install(fleet, content, release)
    fleet.wait_finished(ids)
    yield [line[:13].replace(".", "") for line in content.decode().splitlines()[1:]]
    fleet.stop_workers()


def idle_workers(engine: DockerEngine, code: str) -> list[int]:
    """Process ids, as the host sees them, of this village's php-fpm workers."""
    (container,) = engine.list_containers(village=code)
    rows = engine.client.api.top(container.name, ps_args="-o pid,args")["Processes"]
    return [int(row[0]) for row in rows if "php-fpm: pool" in row[1]]


def test_a_request_that_only_a_dying_worker_could_see_is_still_answered(
    fleet: Fleet, codes: list[str]
) -> None:
    engine = fleet.tools.engine
    for code in codes:
        socket = fleet.root / "run" / instance_key("opensid", code) / "current"
        assert ask(socket).status == 200
        workers = idle_workers(engine, code)
        assert workers, "a worker idles right after a request"
        for worker in workers:
            os.kill(worker, signal.SIGSTOP)  # counts as idle, takes nothing
        answers: list[Answer] = []
        visitor = threading.Thread(target=lambda: answers.append(ask(socket)))  # noqa: B023
        visitor.start()
        time.sleep(0.3)
        for worker in workers:
            os.kill(worker, signal.SIGKILL)
        visitor.join(timeout=15)
        assert [each.status for each in answers] == [200], code


def ask(socket: Path) -> Answer:
    return get_over_socket(socket, "/.siappakai/health", host="desa.localhost", timeout_s=12)
