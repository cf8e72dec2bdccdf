"""Touch: directories and files of the panel's own processes, written when they differ."""

from __future__ import annotations

import os
import pwd
import sys
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from jinja2 import Environment, StrictUndefined

from siappakai.config import Settings
from siappakai.errors import StepErrored
from siappakai.host.places import HostPlaces
from siappakai.provision.naming import EDGE_GID


@dataclass(frozen=True, slots=True)
class Account:
    """The unprivileged account of the panel and Redis."""

    name: str
    uid: int
    gid: int


def find_account(name: str) -> Account:
    """The account made by install.sh; the caller's own when it isn't root (a trial run)."""
    if os.geteuid() != 0:
        own = pwd.getpwuid(os.geteuid())
        return Account(own.pw_name, own.pw_uid, own.pw_gid)
    try:
        found = pwd.getpwnam(name)
        return Account(name, found.pw_uid, found.pw_gid)
    except KeyError as error:
        raise StepErrored(
            f"Akun sistem {name} belum ada.", hint="Jalankan ulang ./install.sh."
        ) from error


def lay_out(settings: Settings, places: HostPlaces) -> bool:
    """Everything supervisord needs is there; returns whether one of its files changed.

    /run is empty after a restart of the machine, so this runs before every start.
    """
    account = find_account(places.account)
    _make_dir(places.run_dir, 0, 0, 0o755)
    _make_dir(places.redis_socket.parent, account.uid, account.gid, 0o750)
    _make_dir(places.redis_data, account.uid, account.gid, 0o700)
    _make_dir(places.log_dir, 0, account.gid, 0o750)
    _make_dir(places.files_dir, 0, account.gid, 0o750)
    for name in ("tema", "aset", "pratinjau"):  # the panel's, also when root's command came first
        _make_dir(places.home / name, account.uid, account.gid, 0o750)
    if places.panel_socket.parent.parent.is_dir():
        _make_dir(places.panel_socket.parent, account.uid, EDGE_GID, 0o750)
    words = {"places": places, "account": account, "worker_count": settings.worker_count}
    words["redis_server"] = "/usr/bin/redis-server"
    changed = [
        _write(places.redis_file, _render("redis.conf.j2", words), account.gid),
        _write(places.supervisor_file, _render("supervisord.conf.j2", words), 0),
    ]
    return any(changed)


def supervisord_program() -> Path:
    return Path(sys.executable).with_name("supervisord")


def _render(name: str, words: dict[str, object]) -> str:
    source = resources.files("siappakai").joinpath("templates", "host", name)
    environment = Environment(
        undefined=StrictUndefined, keep_trailing_newline=True, autoescape=False
    )
    return environment.from_string(source.read_text(encoding="utf-8")).render(words)


def _make_dir(path: Path, uid: int, gid: int, mode: int) -> None:
    path.mkdir(parents=True, exist_ok=True)
    if os.geteuid() == 0:
        os.chown(path, uid, gid)
    path.chmod(mode)


def _write(path: Path, text: str, gid: int) -> bool:
    if path.is_file() and path.read_text(encoding="utf-8") == text:
        return False
    new = path.with_suffix(".baru")
    new.write_text(text, encoding="utf-8")
    new.chmod(0o640)
    if os.geteuid() == 0:
        os.chown(new, 0, gid)
    new.replace(path)
    return True
