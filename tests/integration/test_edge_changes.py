"""Holds, switches, reloads, refusals and restarts of the real Caddy lose nothing."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from siappakai.errors import StepFailed, Unavailable
from siappakai.provision.edge import Applied, EdgeClient
from siappakai.provision.edge_config import Route, serves
from siappakai.provision.http_probe import get_through_edge
from tests.integration.running_edge import (
    BONTO,
    CAKURA,
    LOOPBACK,
    ROUTES,
    Edge,
    running_edge,
    serving_edge,
)


@pytest.fixture
def edge() -> Iterator[Edge]:
    with running_edge() as edge:
        yield edge


@pytest.fixture
def served() -> Iterator[Edge]:
    with serving_edge() as edge:
        yield edge


class Visitors:
    """Several clients that POST without pause; every answer must come from the right village."""

    def __init__(self, edge: Edge, count: int = 8) -> None:
        self._edge = edge
        self._ends = threading.Event()
        self.statuses: list[str] = []
        self.longest_s = 0.0
        self._pool = ThreadPoolExecutor(count)
        self._runs = [self._pool.submit(self._visit, ROUTES[i % 2]) for i in range(count)]

    def _visit(self, route: Route) -> None:
        body = os.urandom(20_000)
        digest = hashlib.sha256(body).hexdigest()
        with self._edge.http_client() as client:
            while not self._ends.is_set():
                started = time.monotonic()
                self.statuses.append(self._once(client, route, body, digest))
                self.longest_s = max(self.longest_s, time.monotonic() - started)

    def _once(self, client: httpx.Client, route: Route, body: bytes, digest: str) -> str:
        # A client may find its idle connection closed by a reload; browsers open a new one.
        headers = {"Connection": "close"}
        answer = self._edge.send(client, route.domain, "POST", content=body, headers=headers)
        if answer.status_code != 200:
            return f"{answer.status_code} {answer.text[:80]}"
        told = answer.json()
        is_right = told["sha256"] == digest and told["name"].startswith(route.instance_key)
        return "ok" if is_right else f"wrong: {told}"

    def finish(self) -> list[str]:
        """Return what went wrong."""
        self._ends.set()
        for run in self._runs:
            run.result(60)
        self._pool.shutdown()
        return [status for status in self.statuses if status != "ok"]


def test_no_post_is_lost_while_the_link_is_held_and_switched(served: Edge) -> None:
    served.serve(BONTO, "bbbb", BONTO.instance_key)
    visitors = Visitors(served)
    for turn in range(6):
        time.sleep(0.2)
        if turn in (2, 4):
            served.hold(BONTO)
            time.sleep(1)
        served.switch(BONTO, ("aaaa", "bbbb")[turn % 2])
    while len(visitors.statuses) < 600:
        time.sleep(0.1)
    wrong = visitors.finish()
    print(f"{len(visitors.statuses)} POSTs, longest {visitors.longest_s:.2f} s")
    assert wrong == []
    assert 1 <= visitors.longest_s < 4


def test_a_held_post_survives_changes_of_the_configuration(served: Edge) -> None:
    served.hold(BONTO)
    bodies = [os.urandom(300_000) for _ in range(30)]

    def post(body: bytes) -> tuple[int, str]:
        with served.http_client() as client:
            answer = served.send(client, BONTO.domain, "POST", content=body)
        return answer.status_code, answer.json()["sha256"]

    with ThreadPoolExecutor(len(bodies)) as pool:
        waiting = [pool.submit(post, body) for body in bodies]
        time.sleep(1)
        for turn in range(4):
            new = [replace(BONTO, domain="baru.takalar.test")] if turn % 2 == 0 else []
            assert served.apply(*ROUTES, *new).changed
            time.sleep(0.3)
        assert not any(one.done() for one in waiting)
        served.switch(BONTO, "aaaa")
        answers = [one.result(20) for one in waiting]
    assert answers == [(200, hashlib.sha256(body).hexdigest()) for body in bodies]


def test_a_slow_upload_under_way_survives_changes_of_the_configuration(served: Edge) -> None:
    part = os.urandom(50_000)

    def slowly() -> Iterator[bytes]:
        for _ in range(20):
            time.sleep(0.1)
            yield part

    def upload() -> str:
        with served.http_client() as client:
            return served.send(client, CAKURA.domain, "POST", content=slowly()).json()["sha256"]

    with ThreadPoolExecutor(1) as pool:
        sent = pool.submit(upload)
        for routes in ((*ROUTES, replace(BONTO, domain="baru.takalar.test")), ROUTES):
            time.sleep(0.5)
            assert served.apply(*routes).changed
        assert not sent.done()
        assert sent.result(20) == hashlib.sha256(part * 20).hexdigest()


def test_a_request_carried_over_reloads_still_tells_the_truth_about_its_client(
    served: Edge,
) -> None:
    served.hold(BONTO)
    with ThreadPoolExecutor(1) as pool, served.http_client() as client:
        forged = {"X-Forwarded-For": "6.6.6.6", "X-Forwarded-Proto": "http"}
        waiting = pool.submit(served.send, client, BONTO.domain, headers=forged)
        for routes in ((*ROUTES, replace(BONTO, domain="baru.takalar.test")), ROUTES):
            time.sleep(0.3)
            served.apply(*routes)
        served.switch(BONTO, "aaaa")
        seen = waiting.result(20).json()["headers"]
    assert seen["x-forwarded-for"] == seen["x-real-ip"] == LOOPBACK
    assert seen["x-forwarded-proto"] == "https"
    assert seen["host"] == f"{BONTO.domain}:{served.settings.https_port}"
    assert "x-siappakai-hop" not in seen


def test_the_same_rows_change_nothing_and_a_new_row_does(served: Edge) -> None:
    before = served.client.current()
    again = served.apply(*reversed(ROUTES))
    assert not again.changed
    assert served.client.current() == before
    new = replace(BONTO, domain="baru.takalar.test")
    assert served.apply(*ROUTES, new).changed
    assert json.loads(served.get(new.domain).text)["name"] == BONTO.instance_key


def test_a_bad_configuration_is_kept_out_and_the_old_one_serves_on(served: Edge) -> None:
    bad = served.config(*ROUTES)
    bad["apps"]["http"]["servers"]["sites"]["routes"].append({"handle": [{"handler": "salah"}]})
    taken = served.config(*ROUTES)
    with socket.create_server((LOOPBACK, 0)) as other:
        taken["apps"]["http"]["servers"]["redirect"]["listen"] = [
            f"{LOOPBACK}:{other.getsockname()[1]}"
        ]
        for config, reason in ((bad, "salah"), (taken, "address already in use")):
            with pytest.raises(StepFailed) as refused:
                served.client.apply(config)
            assert reason in refused.value.log_tail
            assert served.get(BONTO.domain).status == 200
    assert not served.apply(*ROUTES).changed


def test_an_edge_that_is_away_says_so(served: Edge) -> None:
    served.stop()
    with pytest.raises(Unavailable):
        served.apply(*ROUTES)
    with pytest.raises(Unavailable):
        get_through_edge(LOOPBACK, served.settings.https_port, BONTO.domain, "/", timeout_s=2)
    served.start()


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_a_restarted_edge_serves_what_it_served_with_the_same_authority(
    served: Edge, how: int
) -> None:
    root = served.client.internal_root_certificate()
    served.stop(how)
    served.start()
    assert served.client.internal_root_certificate() == root
    assert served.get(CAKURA.domain).status == 200
    assert not served.apply(*ROUTES).changed


def test_workers_at_once_all_get_their_route_with_fewer_loads_than_workers(edge: Edge) -> None:
    committed: list[Route] = []
    gate = threading.Barrier(8)

    def install(number: int) -> Applied:
        mine = Route(f"d{number}.test", f"opensid-730501200{number}", f"730501200{number}")
        gate.wait()
        committed.append(mine)
        client = EdgeClient(Path(edge.paths.admin_socket))
        return client.apply_routes(
            lambda: edge.config(*committed), lambda running: serves(running, [mine])
        )

    with ThreadPoolExecutor(8) as pool:
        applied = list(pool.map(install, range(8)))
    assert serves(edge.client.current(), committed)
    loads = sum(one.changed for one in applied)
    print(f"{loads} loads for 8 workers")
    assert 1 <= loads < 8


def test_a_whole_regency_of_852_villages_is_applied_within_seconds(edge: Edge) -> None:
    for count in (10, 110, 852):
        many = [
            Route(f"desa{i:04}.test", f"opensid-110800{i:04}", f"110800{i:04}")
            for i in range(count)
        ]
        first = edge.apply(*many, *ROUTES)
        one_more = edge.apply(*many, *ROUTES, replace(BONTO, domain="baru.takalar.test"))
        nothing = edge.apply(*many, *ROUTES, replace(BONTO, domain="baru.takalar.test"))
        status = Path(f"/proc/{edge.process.pid}/status").read_text()
        rss_mib = int(status.split("VmRSS:")[1].split()[0]) // 1024
        print(
            f"{count} routes: first {first.seconds:.3f} s, one more {one_more.seconds:.3f} s, "
            f"nothing new {nothing.seconds:.3f} s, Caddy {rss_mib} MiB"
        )
        assert (first.changed, one_more.changed, nothing.changed) == (True, True, False)
    assert one_more.seconds < 5
    assert rss_mib < 300
    assert edge.get(BONTO.domain).status == 200
