"""Touch: a headless Chromium of our own: unprivileged, sandboxed, seeing only the edge.

It is driven through two pipes (Chrome DevTools Protocol, one JSON message a NUL byte), so nothing
listens anywhere. Its account owns nothing else on the machine; the names it may resolve are given
at the start; all other names and addresses lead nowhere.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import select
import shutil
import signal
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from siappakai.errors import InvalidInput, Unavailable

Json = dict[str, Any]

PICTURE_UID = 199_985
WIDTH, HEIGHT = 1280, 800
_NAMES = ("chromium", "chromium-browser", "google-chrome-stable")
_FLAGS = (
    *("--headless", "--remote-debugging-pipe", "--no-first-run", "--no-default-browser-check"),
    *("--disable-gpu", "--disable-extensions", "--disable-sync", "--disable-quic"),
    *("--disable-background-networking", "--disable-component-update", "--disable-breakpad"),
    *("--disable-domain-reliability", "--disable-client-side-phishing-detection"),
    *(
        "--disable-default-apps",
        "--disable-software-rasterizer",
        "--mute-audio",
        "--hide-scrollbars",
    ),
    *("--no-proxy-server", "--force-webrtc-ip-handling-policy=disable_non_proxied_udp"),
    *("--webrtc-ip-handling-policy=disable_non_proxied_udp", "--password-store=basic"),
    *(
        "--force-color-profile=srgb",
        "--lang=id",
        "--metrics-recording-only",
        f"--window-size={WIDTH},{HEIGHT}",
    ),
)
_LAST_LINES_BYTES = 1500
_END_S = 2.0
_FORGOTTEN_S = 3600
_PREFIX = "siappakai-gambar-"
_MOST_MESSAGE_BYTES = 64 << 20
_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?")
_ADDRESS = re.compile(r"[0-9a-f.:]{2,45}")


@dataclass(frozen=True, slots=True)
class Reach:
    """What the browser may reach: name → address, and the public keys it may trust unseen."""

    hosts: Mapping[str, str]
    trusted_keys: frozenset[str] = frozenset()

    def flags(self) -> list[str]:
        """Every other host, also one given as an address, is not found.

        A name that could add a rule of its own is refused with InvalidInput.
        """
        rules = [_rule(name, address) for name, address in sorted(self.hosts.items())]
        kept = ["--host-resolver-rules=" + ", ".join([*rules, "MAP * ~NOTFOUND"])]
        if self.trusted_keys:
            keys = ",".join(sorted(self.trusted_keys))
            kept.append(f"--ignore-certificate-errors-spki-list={keys}")
        return kept


def is_reachable(name: str, address: str) -> bool:
    """Whether this is a plain name and a plain address, so that it can't add a rule of its own."""
    return bool(_HOST.fullmatch(name) and _ADDRESS.fullmatch(address))


def _rule(name: str, address: str) -> str:
    if not is_reachable(name, address):
        raise InvalidInput(f"Alamat {name[:80]!r} tidak dapat dibuka peramban.")
    return f"MAP {name} [{address}]" if ":" in address else f"MAP {name} {address}"


def find_chromium() -> str | None:
    """The path of an installed Chromium; None without one."""
    found = (shutil.which(name) for name in _NAMES)
    return next((path for path in found if path), None)


class BrowserGone(Unavailable):
    """The browser ended by itself; there is nobody to ask for the next page."""


class Browser:
    """A running Chromium; commands wait for their answer until `deadline` (monotonic seconds)."""

    def __init__(self, to_it: int, from_it: int, log: IO[bytes]) -> None:
        self._to_it, self._from_it, self._log = to_it, from_it, log
        self._buffer = bytearray()
        self._last_id = 0
        self.events: list[Json] = []

    def call(self, method: str, params: Json | None, *, session: str = "", deadline: float) -> Json:
        """The answer's result; events that come meanwhile are kept in `events`."""
        sent = self.send(method, params, session=session)
        while True:
            message = self.read(deadline)
            if message.get("id") == sent:
                if "error" in message:
                    raise Unavailable(f"Peramban menolak {method}: {message['error']['message']}.")
                return message["result"]
            self.events.append(message)

    def send(self, method: str, params: Json | None, *, session: str = "") -> int:
        """Send a command without waiting; returns its number."""
        self._last_id += 1
        message: Json = {"id": self._last_id, "method": method, "params": params or {}}
        if session:
            message["sessionId"] = session
        try:
            os.write(self._to_it, json.dumps(message).encode() + b"\0")
        except OSError as error:
            raise self._gone() from error
        return self._last_id

    def read(self, deadline: float) -> Json:
        """The next message; Unavailable at the deadline, or when the browser is gone."""
        message = self.read_or_none(deadline)
        if message is None:
            raise Unavailable("Halaman tidak selesai dibuka pada waktunya.")
        return message

    def read_or_none(self, deadline: float) -> Json | None:
        """The next message; None at the deadline."""
        while (end := self._buffer.find(b"\0")) < 0:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([self._from_it], [], [], left)[0]:
                return None
            part = os.read(self._from_it, 1 << 20)
            if not part:
                raise self._gone()
            self._buffer += part
            if len(self._buffer) > _MOST_MESSAGE_BYTES:
                raise BrowserGone("Peramban menjawab terlalu panjang.")
        message = bytes(self._buffer[:end])
        del self._buffer[: end + 1]
        return json.loads(message)

    def _gone(self) -> BrowserGone:
        start = max(0, os.fstat(self._log.fileno()).st_size - _LAST_LINES_BYTES)
        text = os.pread(self._log.fileno(), _LAST_LINES_BYTES, start).decode(errors="replace")
        return BrowserGone("Peramban berhenti sendiri.", log_tail=text)


@contextmanager
def running_browser(chromium: str, reach: Reach) -> Iterator[Browser]:
    """A browser with an empty profile; when the block is left, nothing of it remains.

    As root it runs as an account of its own that cannot gain rights again; its sandbox stays on.
    """
    _sweep()
    home = Path(tempfile.mkdtemp(prefix=_PREFIX))
    pipes, pid = _Pipes(), 0
    with tempfile.TemporaryFile() as log:
        try:
            if os.geteuid() == 0:
                os.chown(home, PICTURE_UID, PICTURE_UID)
            argv = [*_as_nobody(), chromium, *_FLAGS, *reach.flags(), *_profile(home)]
            pid = _spawn(argv, home, pipes, log.fileno())
            pipes.close_childs()
            yield Browser(pipes.to_it, pipes.from_it, log)
        finally:
            pipes.close()
            if pid:
                _end(pid)
            shutil.rmtree(home, ignore_errors=True)


def _sweep() -> None:
    """Profiles that a killed worker left behind are gone; its browser ended with its pipes."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        try:
            status = folder.lstat()
        except FileNotFoundError:
            continue
        if status.st_uid == PICTURE_UID and time.time() - status.st_mtime > _FORGOTTEN_S:
            shutil.rmtree(folder, ignore_errors=True)


def _profile(home: Path) -> list[str]:
    return [f"--user-data-dir={home}/profil", "about:blank"]


def _as_nobody() -> list[str]:
    nice = ["/usr/bin/nice", "-n", "10"]
    if os.geteuid() != 0:
        return nice
    account = [f"--reuid={PICTURE_UID}", f"--regid={PICTURE_UID}", "--clear-groups"]
    return [*nice, "/usr/bin/setpriv", *account, "--no-new-privs", "--inh-caps=-all"]


class _Pipes:
    """Two pipes with numbers above those the child gets them as (3 reads, 4 writes)."""

    def __init__(self) -> None:
        self._open: list[int] = []
        self.child_reads, self.to_it = self._pair()
        self.from_it, self.child_writes = self._pair()

    def _pair(self) -> tuple[int, int]:
        made = os.pipe()
        high = [fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, 10) for end in made]
        for end in made:
            os.close(end)
        self._open += high
        return high[0], high[1]

    def close_childs(self) -> None:
        self._close(self.child_reads, self.child_writes)

    def close(self) -> None:
        self._close(*tuple(self._open))

    def _close(self, *ends: int) -> None:
        for end in ends:
            if end in self._open:
                self._open.remove(end)
                os.close(end)


def _spawn(argv: Sequence[str], home: Path, pipes: _Pipes, log: int) -> int:
    """Start it in a session, so a process group, of its own; returns its number."""
    actions = [
        (os.POSIX_SPAWN_OPEN, 0, "/dev/null", os.O_RDONLY, 0),
        (os.POSIX_SPAWN_DUP2, log, 1),
        (os.POSIX_SPAWN_DUP2, log, 2),
        (os.POSIX_SPAWN_DUP2, pipes.child_reads, 3),
        (os.POSIX_SPAWN_DUP2, pipes.child_writes, 4),
    ]
    places = {"HOME": str(home), "TMPDIR": str(home)}
    environment = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", **places}
    try:
        return os.posix_spawn(
            argv[0],
            argv,
            environment,
            file_actions=actions,
            setsid=True,
            setsigmask=(),
            setsigdef=(signal.SIGPIPE, signal.SIGXFSZ),
        )
    except OSError as error:
        raise Unavailable(f"Peramban tidak dapat dijalankan: {error.strerror}.") from error


def _end(pid: int) -> None:
    """Nothing of its process group is left; closed pipes end it by themselves, else a signal."""
    deadline = time.monotonic() + _END_S
    ended = False
    while not ended and time.monotonic() < deadline:
        ended = os.waitpid(pid, os.WNOHANG)[0] != 0
        time.sleep(0.02)
    _kill_group(pid)
    if not ended:
        os.waitpid(pid, 0)


def _kill_group(pid: int) -> None:
    try:
        os.killpg(pid, signal.SIGKILL)
    except ProcessLookupError:
        return
