"""The ticker goes on whatever one of its rounds fails of."""

from __future__ import annotations

import threading

from flask import Flask

from siappakai import ticker
from siappakai.errors import Unavailable
from siappakai.models import Server, db


def test_a_round_that_fails_costs_no_other_its_turn(app: Flask) -> None:
    stop, done = threading.Event(), []

    def broken() -> None:
        done.append("rusak")
        raise ValueError("tidak diduga")

    def refused() -> None:
        db.session.add(Server())  # left half-done
        raise Unavailable("MariaDB tidak menjawab.")

    def last() -> None:
        done.append(db.session.query(Server).count())
        stop.set()

    ticker._turn(app, stop, [ticker.Round(0, each) for each in (broken, refused, last)])
    assert done == ["rusak", 0]
