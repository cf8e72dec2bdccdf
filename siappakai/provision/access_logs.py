"""Touch: the edge's access log, read a piece at a time: what visitors of each instance got.

Caddy appends to `sites.log`, renames it when it is full (`sites-<time>….log`) and packs the renamed
one (`….log.gz`) a moment later; where it goes on reading is therefore kept by a file's first bytes,
not by its name or inode (https://caddyserver.com/docs/caddyfile/directives/log#file).
"""

from __future__ import annotations

import gzip
import hashlib
import json
import re
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import IO, Any, cast

from siappakai.provision.traffic import Moments, Sides

LOG_NAME = "sites"
CHUNK_BYTES = 1024 * 1024
LONGEST_LINE = 256 * 1024
HEAD_BYTES = 512

# Nothing a visitor sends can look like this: inside JSON text a quote is always escaped.
_TAIL = re.compile(
    rb'"duration":([0-9.eE+-]+),"size":[0-9]+,"status":([0-9]+),.*?"instance_key":"([^"\\]*)"'
)


@dataclass(frozen=True, slots=True)
class LogCursor:
    """Up to where the log was read: a file, known by its first bytes, and an offset in it."""

    head_bytes: int
    head_sha256: str
    offset: int

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, kept: Mapping[str, Any] | None) -> LogCursor | None:
        return cls(**kept) if kept else None


@dataclass(slots=True)
class Reading:
    """What a piece of the log says; `has_gap`: what the cursor pointed at is no longer there."""

    cursor: LogCursor | None
    sides: dict[str, Sides] = field(default_factory=dict)
    lines: int = 0
    unreadable: int = 0
    has_gap: bool = False


@dataclass(frozen=True, slots=True)
class Window:
    """Which lines count, in whole seconds since 1970: `from_s` included, `until_s` not.

    A line is written when its request ends. Choose `until_s` a second or two ago and no later
    than the `moments` were read from the rows: what comes after is read the next time.
    """

    from_s: int
    until_s: int


def read_access_log(
    folder: Path,
    cursor: LogCursor | None,
    window: Window,
    moments: Mapping[str, Moments],
) -> Reading:
    """Count what was written since the cursor; without one, what the window holds.

    A missing log is an empty one. Costs half the time of parsing each line as JSON, and the memory
    of one chunk.
    """
    reading = Reading(cursor)
    for _ in range(3):
        files = _files(folder, window)
        pending, found = _from_cursor(files, cursor)
        reading.has_gap = cursor is not None and not found
        if files == _files(folder, window):
            break  # nothing was renamed while we looked
    for path in pending:
        if not _read_file(path, reading, window, moments):
            break
    return reading


def _files(folder: Path, window: Window) -> list[Path]:
    """The log's files, oldest first; a packed one only when it is not there unpacked as well."""
    try:
        names = {path.name: path for path in folder.iterdir()}
    except FileNotFoundError:
        return []
    rolled = {}
    for name, path in sorted(names.items(), reverse=True):  # ….log.gz comes before ….log here
        if name.startswith(LOG_NAME + "-") and name.endswith((".log", ".log.gz")):
            rolled[name.removesuffix(".gz")] = path
    files = [path for _, path in sorted(rolled.items()) if _reaches(path, window)]
    current = names.get(LOG_NAME + ".log")
    return [*files, current] if current else files


def _reaches(path: Path, window: Window) -> bool:
    try:
        return path.stat().st_mtime >= window.from_s - 1
    except FileNotFoundError:
        return False


def _from_cursor(files: list[Path], cursor: LogCursor | None) -> tuple[list[Path], bool]:
    """The files from the cursor's on; all of them when it is in none (the log was removed)."""
    if cursor is None:
        return files, False
    for index, path in enumerate(files):
        with _opened(path) as stream:
            if stream is not None and _head(stream, cursor.head_bytes) == cursor.head_sha256:
                return files[index:], True
    return files, False


@contextmanager
def _opened(path: Path) -> Iterator[IO[bytes] | None]:
    """The file's plain bytes; None when it is gone. One packed this instant is read packed."""
    packed = path.with_name(path.name + ".gz")
    for candidate in (path, packed):
        try:
            stream = _open(candidate)
        except FileNotFoundError:
            continue
        with stream:
            yield stream
        return
    yield None


def _open(path: Path) -> IO[bytes]:
    return cast(IO[bytes], gzip.open(path)) if path.suffix == ".gz" else path.open("rb")


def _head(stream: IO[bytes], length: int) -> str:
    try:
        return hashlib.sha256(stream.read(length)).hexdigest()
    except (EOFError, zlib.error, gzip.BadGzipFile):
        return ""


def _read_file(
    path: Path, reading: Reading, window: Window, moments: Mapping[str, Moments]
) -> bool:
    """Count the file's lines from the cursor on; False when the window's end was reached."""
    with _opened(path) as stream:
        if stream is None:
            return True
        try:
            start = _starting_point(stream, reading.cursor)
            if start is None:
                return True  # not one whole line yet
            stream.seek(start.offset)
            offset, is_through = _count_lines(stream, start.offset, reading, window, moments)
        except (EOFError, zlib.error, gzip.BadGzipFile):
            reading.has_gap = True  # a packed file that is damaged: what follows it still counts
            return True
        reading.cursor = LogCursor(start.head_bytes, start.head_sha256, offset)
        return is_through


def _starting_point(stream: IO[bytes], cursor: LogCursor | None) -> LogCursor | None:
    """Where to begin in this file: at the cursor if it is the cursor's, else at its beginning."""
    head = stream.read(HEAD_BYTES)
    if cursor and hashlib.sha256(head[: cursor.head_bytes]).hexdigest() == cursor.head_sha256:
        return cursor
    line_end = head.find(b"\n")
    if line_end < 0 and len(head) < HEAD_BYTES:
        return None
    length = line_end + 1 if line_end >= 0 else HEAD_BYTES
    return LogCursor(length, hashlib.sha256(head[:length]).hexdigest(), 0)


def _count_lines(
    stream: IO[bytes],
    offset: int,
    reading: Reading,
    window: Window,
    moments: Mapping[str, Moments],
) -> tuple[int, bool]:
    """The offset behind the last whole line counted, and whether the file's end was reached."""
    counter, rest = _Counter(reading, window, moments), b""
    while chunk := stream.read(CHUNK_BYTES):
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            if not counter.take(line):
                return offset, False
            offset += len(line) + 1
        if len(rest) > LONGEST_LINE:
            reading.unreadable += 1
            offset += len(rest)
            rest = b""
    return offset, True


class _Counter:
    """Takes line after line; what many lines share (second, instance) is worked out once."""

    def __init__(self, reading: Reading, window: Window, moments: Mapping[str, Moments]) -> None:
        self._reading = reading
        self._window = window
        self._moments = moments
        self._stamp = b""
        self._second = 0
        self._keys: dict[bytes, tuple[Sides, Moments]] = {}

    def take(self, line: bytes) -> bool:
        """Count one line; False when it belongs to a later reading."""
        begin = line.find(b'"ts":"', 0, 64) + 6
        stamp = line[begin : line.find(b'"', begin, begin + 40)]
        tail = _TAIL.match(line, line.rfind(b'"duration":'))
        if begin < 6 or tail is None:
            return self._take_slowly(line)
        if stamp != self._stamp and not self._set_second(stamp):
            return self._take_slowly(line)
        return self._count(tail[3], int(tail[2]), float(tail[1]))

    def _set_second(self, stamp: bytes) -> bool:
        try:
            self._second = int(datetime.fromisoformat(stamp.decode()).timestamp())
        except ValueError:
            return False
        self._stamp = stamp
        return True

    def _take_slowly(self, line: bytes) -> bool:
        """The same for a line that isn't as Caddy writes it today."""
        try:
            row = json.loads(line)
            stamp, key = str(row["ts"]).encode(), str(row.get("instance_key", "")).encode()
            status, seconds = int(row["status"]), float(row["duration"])
        except (ValueError, KeyError, TypeError):
            self._reading.unreadable += bool(line.strip())
            return True
        if stamp != self._stamp and not self._set_second(stamp):
            self._reading.unreadable += 1
            return True
        return self._count(key, status, seconds)

    def _count(self, key: bytes, status: int, seconds: float) -> bool:
        second = self._second
        if second >= self._window.until_s:
            return False
        self._reading.lines += 1
        if key and second >= self._window.from_s:
            sides, moments = self._keys.get(key) or self._meet(key)
            sides.side_of(moments, second, seconds).count(status, seconds)
        return True

    def _meet(self, key: bytes) -> tuple[Sides, Moments]:
        name = key.decode(errors="replace")
        met = self._reading.sides.setdefault(name, Sides()), self._moments.get(name, Moments())
        self._keys[key] = met
        return met
