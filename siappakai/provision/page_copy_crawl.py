"""Touch: walk through an instance's public pages like one visitor and write their copies down."""

from __future__ import annotations

import os
import re
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from siappakai.errors import Unavailable
from siappakai.provision.edge_rows import COPY_PAGE, MIB
from siappakai.provision.http_probe import RawAnswer, fetch_over_socket
from siappakai.provision.page_copy_html import PageCopy, copy_page, copy_style
from siappakai.provision.page_copy_links import FILE_TYPES, Address, Site, names_of

_CHARSET = re.compile(rb"charset\s*=\s*[\"']?([a-z0-9_-]+)", re.IGNORECASE)
_LOOK_AHEAD_BYTES = 1024  # where HTML lets a page name its character set


@dataclass(frozen=True, slots=True)
class CopyLimits:
    """When a walk ends: pages, bytes of all files, seconds; and the most for one answer."""

    pages: int = 60
    size_bytes: int = 20 * MIB
    seconds: float = 15.0
    answer_bytes: int = 4 * MIB
    answer_s: float = 5.0


class LimitReached(Exception):
    """The walk is over; what is written so far is whole."""


@dataclass(slots=True)
class Crawl:
    """One walk, breadth first; a page is written once every file it needs was asked for."""

    socket: Path
    host: str
    site: Site
    folder: Path
    banner: str
    limits: CopyLimits = field(default_factory=CopyLimits)
    owner: tuple[int, int] = (0, 0)
    pages: int = 0
    files: int = 0
    size_bytes: int = 0
    ended_by: str = ""
    seconds: float = 0.0
    _started: float = 0.0
    _cookies: dict[str, str] = field(default_factory=dict)
    _seen: set[str] = field(default_factory=set)

    def run(self, starts: Sequence[str]) -> None:
        """Copy from these paths on; Unavailable when not even the first one is answered."""
        self._started = time.monotonic()
        waiting = deque(dict.fromkeys(starts))
        self._seen |= set(waiting)
        try:
            while waiting:
                found = self._try_page(waiting.popleft())
                new = [path for path in dict.fromkeys(found) if path not in self._seen]
                waiting.extend(new)
                self._seen |= set(new)
        except LimitReached as reached:
            self.ended_by = str(reached)
        finally:
            self.seconds = time.monotonic() - self._started

    def _try_page(self, path: str) -> Sequence[str]:
        try:
            return self._take_page(path)
        except Unavailable:
            if not self.pages:
                raise
            return ()  # it may be one slow page; the walk's time ends it if it is more

    def _take_page(self, path: str) -> Sequence[str]:
        """Write the page and what it needs; returns the paths it leads to."""
        if self.pages >= self.limits.pages:
            raise LimitReached("halaman")
        answer = self._ask(path)
        names = names_of(path)
        if names is None or not _is_of(answer, ("text/html",)):
            return ()
        copy = copy_page(_text_of(answer), f"https://{self.host}{path}", self.site, self.banner)
        if copy is None:
            return ()
        self._take_files(copy)
        if self._write((*names, COPY_PAGE), copy.html.encode()):
            self.pages += 1
        return copy.pages

    def _take_files(self, copy: PageCopy) -> None:
        waiting = deque(copy.files)
        while waiting:
            path = waiting.popleft()
            if path not in self._seen:
                self._seen.add(path)
                waiting.extend(self._take_file(path))

    def _take_file(self, path: str) -> Sequence[str]:
        """Write a file that pages need; returns the files that it needs itself."""
        names, ending = names_of(path), Address(path).ending
        if names is None:
            return ()
        try:
            answer = self._ask(path)
        except Unavailable:
            return ()  # one picture that can't be had is no reason to have no page
        if not _is_of(answer, FILE_TYPES[ending]):
            return ()
        body, needed = answer.body, []
        if ending == "css":
            text = body.decode(errors="surrogateescape")
            text, needed = copy_style(text, f"https://{self.host}{path}", self.site)
            body = text.encode(errors="surrogateescape")
        if self._write(names, body):
            self.files += 1
        return needed

    def _ask(self, path: str) -> RawAnswer:
        left_s = self.limits.seconds - (time.monotonic() - self._started)
        if left_s <= 0:
            raise LimitReached("waktu")
        answer = fetch_over_socket(
            self.socket,
            path,
            headers=self._headers(),
            most_bytes=self.limits.answer_bytes,
            timeout_s=min(left_s, self.limits.answer_s),
        )
        self._remember_cookies(answer)
        return answer

    def _headers(self) -> dict[str, str]:
        """As the edge asks, and as one visitor: the site counts one, and keeps one session."""
        headers = {"Host": self.host, "X-Forwarded-Host": self.host}
        headers |= {"X-Forwarded-For": "127.0.0.1", "X-Forwarded-Proto": "https"}
        if self._cookies:
            headers["Cookie"] = "; ".join(f"{name}={each}" for name, each in self._cookies.items())
        return headers

    def _remember_cookies(self, answer: RawAnswer) -> None:
        for line in answer.all_of("Set-Cookie"):
            name, equals, value = line.partition(";")[0].strip().partition("=")
            if equals and name.isascii() and value.isascii():
                self._cookies[name] = value

    def _write(self, names: Sequence[str], content: bytes) -> bool:
        """False when a file and a folder would bear one name; the one that came first stays."""
        if self.size_bytes + len(content) > self.limits.size_bytes:
            raise LimitReached("ukuran")
        target = self.folder.joinpath(*names[1:])
        try:
            self._make_folders(names[1:-1])
            self._write_file(target, content)
        except (FileExistsError, NotADirectoryError):
            return False
        self.size_bytes += len(content)
        return True

    def _make_folders(self, names: Sequence[str]) -> None:
        folder = self.folder
        for name in names:
            folder = folder / name
            if not folder.is_dir():
                folder.mkdir(mode=0o750)
                os.chmod(folder, 0o750)
                os.chown(folder, *self.owner)

    def _write_file(self, target: Path, content: bytes) -> None:
        """Dated 1970: then the edge sends no date or tag, so that no browser keeps a copy."""
        descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fchown(stream.fileno(), *self.owner)
            os.fchmod(stream.fileno(), 0o640)
            os.utime(stream.fileno(), (0, 0))
            os.fsync(stream.fileno())


def _is_of(answer: RawAnswer, media_types: tuple[str, ...]) -> bool:
    told = next(iter(answer.all_of("Content-Type")), "").lower()
    return answer.status == 200 and answer.is_whole and told.startswith(media_types)


def _text_of(answer: RawAnswer) -> str:
    """The page's text by the character set it names, in its answer or in itself."""
    told = next(iter(answer.all_of("Content-Type")), "").encode()
    found = _CHARSET.search(told) or _CHARSET.search(answer.body[:_LOOK_AHEAD_BYTES])
    try:
        return answer.body.decode(found[1].decode() if found else "utf-8", errors="replace")
    except LookupError:
        return answer.body.decode(errors="replace")
