"""Server-sent events that say only "something changed"; the page then asks for its new part.

A stream reads a small stamp every second and gives its database connection back in between. It
ends by itself after a minute (browsers connect again), and the number of streams in one process
is limited, so that streams can never use up the threads that serve pages: who gets none polls.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from threading import BoundedSemaphore

from flask import Response, current_app, stream_with_context

from siappakai.models import db

EVERY_S = 1.0
LONGEST_S = 60.0
HEARTBEAT_S = 10.0
MOST_STREAMS = 6
HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
_free_streams = BoundedSemaphore(MOST_STREAMS)


@dataclass(frozen=True, slots=True)
class Stamp:
    """`text` differs whenever the page would; `is_finished` when it never will again."""

    text: str
    is_finished: bool


def stream_changes(read_stamp: Callable[[], Stamp]) -> Response:
    """The stream, or 204 when too many run already (the browser then polls)."""
    if not _free_streams.acquire(blocking=False):
        return Response(status=204)
    every_s = current_app.config.get("LIVE_EVERY_S", EVERY_S)
    lines = stream_with_context(change_lines(read_stamp, every_s))
    response = Response(lines, mimetype="text/event-stream", headers=HEADERS)
    response.call_on_close(_free_streams.release)
    return response


def change_lines(read_stamp: Callable[[], Stamp], every_s: float = EVERY_S) -> Iterator[str]:
    """The events of one stream: `mulai`, then `berubah` each time, `selesai` at the end."""
    ends_at = time.monotonic() + LONGEST_S
    last, spoke_at = _read(read_stamp), time.monotonic()
    yield "retry: 1500\nevent: mulai\ndata: 1\n\n"
    while time.monotonic() < ends_at and not last.is_finished:
        time.sleep(every_s)
        now = _read(read_stamp)
        if now.text != last.text:
            last, spoke_at = now, time.monotonic()
            yield "event: berubah\ndata: 1\n\n"
        elif time.monotonic() - spoke_at > HEARTBEAT_S:
            spoke_at = time.monotonic()
            yield ": masih di sini\n\n"
    if last.is_finished:
        yield "event: selesai\ndata: 1\n\n"


def _read(read_stamp: Callable[[], Stamp]) -> Stamp:
    try:
        return read_stamp()
    finally:
        db.session.remove()
