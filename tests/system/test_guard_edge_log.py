"""What a real edge writes, holds and rolls is counted whole and on the right side."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from siappakai.provision.access_logs import LogCursor, Reading, Window, read_access_log
from siappakai.provision.traffic import Moments
from tests.integration.running_edge import BONTO, CAKURA, CAKURA_PBB, ROUTES, Edge, running_edge

pytestmark = [pytest.mark.system, pytest.mark.timeout(120)]


@pytest.fixture
def edge() -> Iterator[Edge]:
    with running_edge() as made:
        made.settings = replace(made.settings, log_size_mib=1)
        made.apply(*ROUTES)
        for route in (BONTO, CAKURA):
            assert made.get(route.domain).status == 200
        yield made


def read(edge: Edge, cursor: LogCursor | None = None, **moments: Moments) -> Reading:
    time.sleep(0.2)  # Caddy writes after it has answered
    named = {BONTO.instance_key: moments["bonto"]} if moments else {}
    window = Window(0, int(time.time()) + 2)
    return read_access_log(Path(edge.paths.logs), cursor, window, named)


def test_every_request_is_counted_for_its_instance(edge: Edge) -> None:
    first = read(edge)
    with edge.http_client() as client:
        for number in range(20):
            edge.send(client, BONTO.domain, path=f"/artikel/{number}?nik=7305052001000001")
        edge.send(client, CAKURA.domain, path="/pbb/masuk")
        edge.send(client, CAKURA.domain, path="/.siappakai/health")
    reading = read(edge, first.cursor)
    assert {key: each.before.requests for key, each in reading.sides.items()} == {
        BONTO.instance_key: 20,
        CAKURA_PBB.instance_key: 1,
        CAKURA.instance_key: 1,
    }
    assert (reading.unreadable, reading.has_gap) == (0, False)


def test_nothing_is_lost_while_caddy_rolls_and_packs_its_log(edge: Edge) -> None:
    cursor, seen, sent = read(edge).cursor, 0, 0
    with edge.http_client() as client:
        for _ in range(9):
            for _ in range(90):
                edge.send(client, BONTO.domain, path="/" + "a" * 4000)
                sent += 1
            reading = read(edge, cursor)
            assert not reading.has_gap
            cursor, seen = reading.cursor, seen + reading.lines
    assert seen == sent
    rolled = sorted(path.name for path in Path(edge.paths.logs).glob("sites-*"))
    assert len(rolled) >= 2 and rolled[0].endswith(".gz")


def test_a_held_request_is_the_updates_and_no_releases(edge: Edge) -> None:
    cursor = read(edge).cursor
    time.sleep(1.1)
    held_at = time.time()
    edge.hold(BONTO)
    waiting = [threading.Thread(target=edge.get, args=(BONTO.domain,)) for _ in range(3)]
    for each in waiting:
        each.start()
    time.sleep(2.0)
    edge.switch(BONTO, "aaaa")
    switched_at = time.time()
    for each in waiting:
        each.join()
    time.sleep(1.1)
    for _ in range(4):
        assert edge.get(BONTO.domain).status == 200
    sides = read(edge, cursor, bonto=Moments(held_at, switched_at)).sides[BONTO.instance_key]
    assert (sides.before.requests, sides.during.requests, sides.after.requests) == (0, 3, 4)
    assert sides.during.slower_than(1.5) == 3
    assert sides.after.slower_than(1.0) == 0
    assert sides.during.errors == sides.after.errors == 0
