"""Touch: the running edge takes a new configuration through Caddy's admin socket, or keeps its old.

Caddy's `POST /load` sets the whole new configuration up before it leaves the old one, and stays
with the old one when anything fails (https://caddyserver.com/docs/api#post-load).
"""

from __future__ import annotations

import fcntl
import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from siappakai.errors import StepFailed, Unavailable
from siappakai.provision.edge_config import LOCAL_CA, STAMP, config_sha256
from siappakai.provision.http_probe import Answer, ask_over_socket

Json = dict[str, Any]

_LOCK_POLL_S = 0.02
_TRIES = 3
_START_HINT = "Periksa apakah kontainer edge berjalan, lalu coba lagi."


@dataclass(frozen=True)
class Applied:
    """What an apply did: whether the edge changed, what it runs now, and how long it took."""

    changed: bool
    sha256: str
    seconds: float


class EdgeClient:
    """Talks to one Caddy through its admin socket; any number of workers may do so at once."""

    def __init__(
        self, admin_socket: Path, *, timeout_s: float = 60.0, lock_timeout_s: float = 120.0
    ) -> None:
        self._socket = admin_socket
        self._lock_file = admin_socket.with_name("apply.lock")
        self._timeout_s = timeout_s
        self._lock_timeout_s = lock_timeout_s

    def current(self) -> Json | None:
        """Return the running configuration, None when Caddy has none yet."""
        return self._get("/config/")

    def current_sha256(self) -> str | None:
        """Return the checksum the running configuration was stamped with; None without a stamp."""
        answer = self._request("GET", f"/config/{STAMP}")
        return json.loads(answer.text) if answer.is_success else None

    def apply(self, config: Json) -> Applied:
        """Make Caddy run this configuration; does nothing when it already does."""
        return self.apply_routes(lambda: config)

    def apply_routes(
        self, build: Callable[[], Json], needs: Callable[[Json], bool] | None = None
    ) -> Applied:
        """Make Caddy run what `build` returns, unless the running one meets the `needs`.

        One worker at a time. `build` is called while the lock is held, so it sees the rows that
        other workers committed while they waited; what one load brought, the others skip.
        """
        started = time.monotonic()
        with self._locked():
            if needs is not None and (running := self.current()) and needs(running):
                sha256 = running.get(STAMP) or config_sha256(running)
                return Applied(False, sha256, time.monotonic() - started)
            config = build()
            sha256 = config_sha256(config)
            changed = self.current_sha256() != sha256
            if changed:
                self._load(config | {STAMP: sha256}, sha256)
            return Applied(changed, sha256, time.monotonic() - started)

    def internal_root_certificate(self) -> bytes:
        """Return the root certificate (PEM) of the edge's internal authority, to be trusted.

        Asked from Caddy: its file below the data directory is readable by the edge's user only.
        """
        return self._get(f"/pki/ca/{LOCAL_CA}")["root_certificate"].encode()

    def _load(self, config: Json, sha256: str) -> None:
        """Load; Caddy may drop the answer while it renews its own admin socket, so read back."""
        for _ in range(_TRIES):
            try:
                answer = self._request("POST", "/load", json.dumps(config).encode())
            except Unavailable:
                time.sleep(0.2)
                if self.current_sha256() == sha256:
                    return
                continue
            if answer.is_success:
                return
            raise _refusal(answer)
        raise Unavailable("Edge tidak menjawab saat dipasangi pengaturan.", hint=_START_HINT)

    def _get(self, path: str) -> Any:
        answer = self._request("GET", path)
        if not answer.is_success:
            raise _refusal(answer)
        return json.loads(answer.text)

    def _request(self, method: str, path: str, body: bytes | None = None) -> Answer:
        headers = {"Host": "localhost"}
        if body is not None:
            headers["Content-Type"] = "application/json"
        try:
            return ask_over_socket(
                self._socket, method, path, headers=headers, body=body, timeout_s=self._timeout_s
            )
        except Unavailable as error:
            raise Unavailable(
                "Edge tidak dapat dihubungi.", hint=_START_HINT, log_tail=error.log_tail
            ) from error

    @contextmanager
    def _locked(self) -> Iterator[None]:
        deadline = time.monotonic() + self._lock_timeout_s
        try:
            stream = self._lock_file.open("a")
        except OSError as error:
            raise Unavailable("Folder edge tidak dapat ditulisi.", hint=_START_HINT) from error
        with stream:
            while not _try_lock(stream.fileno()):
                if time.monotonic() > deadline:
                    raise Unavailable(
                        "Edge sedang dipasangi pengaturan oleh pekerja lain.",
                        hint="Tunggu sebentar, lalu coba lagi.",
                    )
                time.sleep(_LOCK_POLL_S)
            yield


def _try_lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _refusal(answer: Answer) -> StepFailed:
    try:
        reason = str(json.loads(answer.text)["error"])
    except (ValueError, KeyError, TypeError):
        reason = answer.text
    return StepFailed(
        "Edge menolak pengaturan baru; pengaturan lama tetap dipakai.",
        hint="Situs yang sudah berjalan tidak terganggu. Kirim rincian ini kepada pengembang.",
        log_tail=reason[:2000],
    )
