"""Touch: the errors an instance has written since a moment, in its container and its files."""

from __future__ import annotations

import os
import stat
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from docker.errors import DockerException, NotFound
from requests.exceptions import RequestException

from siappakai.errors import Unavailable
from siappakai.products.contract import Recipe
from siappakai.provision.docker_engine import DockerEngine
from siappakai.provision.log_lines import LogEntry, LogLevel, fingerprint, read_entries
from siappakai.provision.naming import InstancePaths
from siappakai.provision.stopwatch import outside

LOG_SOURCE = "logs"  # the mount that every recipe keeps its product's own logs in
MOST_BYTES = 2 * 1024 * 1024  # of each file's end: enough for minutes of errors
MOST_LINES = 20_000
MOST_KINDS = 20
_SHAPES = ("%Y-%m-%d %H:%M:%S", "%d-%b-%Y %H:%M:%S")


@dataclass(slots=True)
class LogErrors:
    """How many entries of each level, and the most frequent kinds of errors (not of warnings)."""

    levels: Counter[LogLevel] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)

    def take(self, entry: LogEntry) -> None:
        self.levels[entry.level] += 1
        if entry.level is not LogLevel.WARNING:
            self.kinds[fingerprint(entry.text)] += 1

    @property
    def most_frequent(self) -> dict[str, int]:
        return dict(self.kinds.most_common(MOST_KINDS))


@dataclass(frozen=True, slots=True)
class LogPlace:
    """Where one instance writes: its running container and the folder of its product's logs.

    `local_time_zone` is the one that the product writes its times in.
    """

    container: str
    folder: Path | None
    local_time_zone: str


def log_place(recipe: Recipe, paths: InstancePaths, spec_sha256: str, zone: str) -> LogPlace:
    """The place of an instance whose container has this specification."""
    has_folder = any(mount.source == LOG_SOURCE for mount in recipe.mounts())
    folder = paths.home / LOG_SOURCE if has_folder else None
    return LogPlace(paths.container(spec_sha256), folder, zone)


def read_instance_logs(engine: DockerEngine, place: LogPlace, since_at: datetime) -> LogErrors:
    """Warnings and errors since `since_at` (aware); an instance that wrote nothing has none."""
    found = LogErrors()
    for entry in read_entries(_container_lines(engine, place.container, since_at)):
        found.take(entry)
    if place.folder is not None:
        for entry in _file_entries(place, since_at):
            found.take(entry)
    return found


def _container_lines(engine: DockerEngine, name: str, since_at: datetime) -> Iterator[str]:
    """What the container wrote; the time is Docker's own, to the nanosecond."""
    try:
        with outside():
            text = engine.client.api.logs(
                name, since=since_at.timestamp(), tail=MOST_LINES, stdout=True, stderr=True
            )
    except NotFound:
        return
    except (RequestException, DockerException) as error:
        raise Unavailable(
            "Log aplikasi tidak dapat dibaca dari Docker.",
            hint="Periksa mesin Docker dengan `siappakai keadaan`, lalu coba lagi.",
        ) from error
    yield from text.decode(errors="replace").splitlines()


def _file_entries(place: LogPlace, since_at: datetime) -> Iterator[LogEntry]:
    """Entries of the product's own files; one written in the same second as `since_at` is left."""
    zone, last = ZoneInfo(place.local_time_zone), since_at.timestamp()
    for path in _log_files(place.folder, since_at):
        for entry in read_entries(_last_lines(path)):
            written = _read_time(entry.at, zone)
            if written is not None and written.timestamp() > last:
                yield entry


def _log_files(folder: Path | None, since_at: datetime) -> Iterable[Path]:
    """Files of the product that were written to since then, never more than a few days' worth."""
    try:
        entries = sorted(os.scandir(folder or ""), key=lambda each: each.name)
    except (FileNotFoundError, NotADirectoryError):
        return []
    oldest = (since_at - timedelta(seconds=1)).timestamp()
    return [
        Path(each.path)
        for each in entries
        if each.name.endswith((".log", ".php"))
        and each.is_file(follow_symlinks=False)
        and each.stat(follow_symlinks=False).st_mtime >= oldest
    ][-8:]


def _last_lines(path: Path) -> list[str]:
    """The end of a file that the instance owns: no link is followed, no pipe waited for."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return []
    with os.fdopen(descriptor, "rb") as stream:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            return []
        stream.seek(max(0, status.st_size - MOST_BYTES))
        return stream.read(MOST_BYTES).decode(errors="replace").splitlines()


def _read_time(written: str, zone: ZoneInfo) -> datetime | None:
    plain = written.replace("/", "-").replace("T", " ")
    for shape in _SHAPES:
        try:
            return datetime.strptime(plain, shape).replace(tzinfo=zone).astimezone(UTC)
        except ValueError:
            continue
    return None
