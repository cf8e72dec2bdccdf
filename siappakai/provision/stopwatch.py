"""Think: time spent waiting for Docker, MariaDB and the applications, kept apart from our own."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_outside_s: ContextVar[list[float] | None] = ContextVar("outside_s", default=None)
_depth: ContextVar[int] = ContextVar("outside_depth", default=0)


@contextmanager
def collect_outside_time() -> Iterator[list[float]]:
    """A list of seconds, one entry an outermost `outside()` block run inside this one."""
    entries: list[float] = []
    token = _outside_s.set(entries)
    try:
        yield entries
    finally:
        _outside_s.reset(token)


@contextmanager
def outside() -> Iterator[None]:
    """Marks a wait for somebody else's work; nested blocks count once."""
    entries = _outside_s.get()
    if entries is None or _depth.get():
        yield
        return
    token = _depth.set(1)
    started = time.perf_counter()
    try:
        yield
    finally:
        _depth.reset(token)
        entries.append(time.perf_counter() - started)
