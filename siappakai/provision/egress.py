"""Touch: the way out takes a new list of hosts through HAProxy's master socket, or keeps its old.

`reload` on that socket answers only after the new worker listens, or with the reason why not; in
both cases somebody serves (https://docs.haproxy.org/3.0/management.html#9.4.1).
"""

from __future__ import annotations

import fcntl
import os
import socket as sockets
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from siappakai.errors import StepErrored, StepFailed, Unavailable
from siappakai.provision import files
from siappakai.provision.egress_config import EGRESS_UID, EgressConfig, EgressPaths
from siappakai.provision.http_probe import ask_over_socket

SYSTEM_TRUST = Path("/etc/ssl/certs/ca-certificates.crt")
_RELOAD_TIMEOUT_S = 30.0
_PREPARE = "Jalankan `siappakai server siapkan`, lalu coba lagi."


@dataclass(frozen=True)
class EgressApplied:
    """Whether the way out changed, and the stamp of what it runs now."""

    changed: bool
    stamp: str


def lay_out_sets(paths: EgressPaths, set_names: Iterable[str]) -> None:
    """The folder of each set exists; an instance mounts it, so it is made before the instance.

    A set's folder is never removed: a running instance would go on with the removed one.
    """
    for name in filter(None, set_names):
        files.make_dir(paths.run / name, uid=EGRESS_UID, gid=EGRESS_UID, mode=0o755)


def write_trust(
    paths: EgressPaths, local_root: bytes = b"", *, system: Path = SYSTEM_TRUST
) -> bool:
    """The certificates instances believe: this machine's, and the edge's own authority.

    One file a server, mounted by all its instances: a copy in each one's memory would cost 0.2 MB.
    One worker at a time writes it.
    """
    try:
        believed = system.read_text(encoding="ascii").rstrip()
    except OSError as error:
        raise StepErrored(
            "Daftar sertifikat mesin ini tidak terbaca.",
            hint="Pasang dahulu: apt-get install ca-certificates",
            log_tail=str(error),
        ) from error
    text = f"{believed}\n{local_root.decode('ascii')}".rstrip() + "\n"
    with _locked(paths):
        return files.write_file(paths.trust / "ca.pem", text, uid=0, gid=0, mode=0o644)


def running_stamp(paths: EgressPaths) -> str:
    """The stamp of the configuration that runs, read from it; Unavailable when nothing answers."""
    return _ask(paths, "/stamp") or ""


def resolve_outside(paths: EgressPaths, host: str) -> str | None:
    """What the way out dials for a name: an address, empty if there is none, None if not listed."""
    return _ask(paths, f"/resolve/{host}")


def _ask(paths: EgressPaths, path: str) -> str | None:
    try:
        answer = ask_over_socket(paths.check_socket, "GET", path, headers={"Host": "egress"})
    except Unavailable as error:
        raise _away(error.log_tail) from error
    return answer.text.strip() if answer.is_success else None


def _away(log_tail: str) -> Unavailable:
    return Unavailable("Jalan keluar server tidak menjawab.", hint=_PREPARE, log_tail=log_tail)


def apply_egress(paths: EgressPaths, build: Callable[[], EgressConfig]) -> EgressApplied:
    """The way out serves exactly what `build` returns; nothing is sent when it already does.

    One worker at a time; `build` is called while the lock is held, so it sees the rows that
    others committed while they waited. Running connections go on. A refused configuration
    changes nothing: StepFailed carries HAProxy's words.
    """
    with _locked(paths):
        wanted = build()
        lay_out_sets(paths, wanted.set_names)
        changed = not _runs(paths, wanted)
        if changed:
            _load(paths, wanted)
        _remove_others(paths, wanted)
        return EgressApplied(changed, wanted.stamp)


def _runs(paths: EgressPaths, wanted: EgressConfig) -> bool:
    """Whether it runs, would run again after a restart, and all its sockets are there."""
    told = running_stamp(paths)
    return (told, _kept(paths)) == (wanted.stamp, wanted.text) and not _missing(paths, wanted)


def _kept(paths: EgressPaths) -> str:
    """The configuration the next start would use."""
    try:
        return paths.config.read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""


def _missing(paths: EgressPaths, wanted: EgressConfig) -> list[str]:
    """Sockets that are not there; seen without connecting, which would dial out."""
    return [name for name in wanted.sockets if not (paths.run / name).is_socket()]


def _load(paths: EgressPaths, wanted: EgressConfig) -> None:
    old = _kept(paths)
    _write(paths, wanted.text)
    try:
        words = _reload(paths)
        is_loaded = words.startswith("Success=1") and running_stamp(paths) == wanted.stamp
        missing = _missing(paths, wanted)
    except Unavailable:
        _write(paths, old)
        raise
    if is_loaded and not missing:
        return
    _write(paths, old)
    _reload(paths)
    raise StepFailed(
        "Jalan keluar menolak daftar alamat baru; daftar lama tetap dipakai.",
        hint="Aplikasi yang berjalan tidak terganggu. Kirim rincian ini kepada pengembang.",
        log_tail=(words + "".join(f"\ntidak ada: {name}" for name in missing))[-2000:],
    )


def _write(paths: EgressPaths, text: str) -> None:
    files.write_file(paths.config, text, uid=os.geteuid(), gid=EGRESS_UID, mode=0o644)


def _reload(paths: EgressPaths) -> str:
    """What HAProxy's master says to `reload`: `Success=1` or `Success=0`, then its reasons."""
    deadline = time.monotonic() + _RELOAD_TIMEOUT_S
    try:
        with closing(sockets.socket(sockets.AF_UNIX, sockets.SOCK_STREAM)) as master:
            master.settimeout(_RELOAD_TIMEOUT_S)
            master.connect(str(paths.master_socket))
            master.sendall(b"reload\n")
            master.shutdown(sockets.SHUT_WR)
            said = b""
            while (part := master.recv(65536)) and time.monotonic() < deadline:
                said += part
    except OSError as error:
        raise _away(repr(error)) from error
    return said.decode(errors="replace")


def _remove_others(paths: EgressPaths, wanted: EgressConfig) -> None:
    """Sockets of hosts no longer listed are gone; nobody listens on them any more."""
    wanted_paths = {paths.run / name for name in wanted.sockets}
    for found in paths.run.glob("*/*.sock"):
        if found not in wanted_paths:
            found.unlink(missing_ok=True)


@contextmanager
def _locked(paths: EgressPaths) -> Iterator[None]:
    try:
        stream = paths.config.with_name("apply.lock").open("a")
    except OSError as error:
        raise _away(repr(error)) from error
    with stream:
        fcntl.flock(stream.fileno(), fcntl.LOCK_EX)
        yield
