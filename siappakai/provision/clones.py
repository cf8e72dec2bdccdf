"""Touch: a clone of a database to rehearse on, with an account that reaches nothing else."""

from __future__ import annotations

import re
import shutil
import time
from dataclasses import dataclass

from siappakai.errors import Refused
from siappakai.products.contract import DatabaseAccess
from siappakai.provision import files
from siappakai.provision.databases import Databases
from siappakai.secret import random_token

PREFIX = "gladi_"
MARK = re.compile(r"[a-z0-9]{1,12}")


@dataclass(frozen=True, slots=True)
class CloneFacts:
    """How long production's dump and the clone's filling took, and how much there was."""

    database: str
    dump_s: float
    load_s: float
    size_bytes: int
    table_count: int


def clone_access(source_name: str, mark: str) -> DatabaseAccess:
    """Name, account and a new password for a clone: `gladi_7_sid_7305012001` for mark `7`."""
    if not MARK.fullmatch(mark):
        raise ValueError(f"not a clone's mark: {mark!r}")
    name = f"{PREFIX}{mark}_{source_name}"
    return DatabaseAccess(name, name, random_token())


def clone_database(databases: Databases, source_name: str, target: DatabaseAccess) -> CloneFacts:
    """The target holds all that the source held at one moment; the source goes on being used.

    A clone that is there already is made anew. The dump, full of people's data, lies in a folder
    that only root may enter and is gone in the end.
    """
    _refuse_other(target.name, target.user)
    if source_name.startswith(PREFIX):
        raise Refused(f"{source_name} sendiri sudah salinan gladi bersih.")
    drop_clone(databases, target.name)
    folder = databases.paths.root / "kerja" / target.name
    files.make_dir(folder.parent, uid=0, gid=0, mode=0o700)
    files.make_dir(folder, uid=0, gid=0, mode=0o700)
    try:
        started = time.monotonic()
        dump = databases.dump(source_name, folder / "isi.sql")
        dumped = time.monotonic()
        charset, collation = databases.charset_of(source_name)
        databases.create(target.name, charset, collation)
        databases.ensure_account(target)
        databases.load(target, folder / "isi.sql")
        loaded = time.monotonic()
    finally:
        shutil.rmtree(folder)
    count = databases.table_count(target.name) or 0
    return CloneFacts(target.name, dumped - started, loaded - dumped, dump.size_bytes, count)


def drop_clone(databases: Databases, name: str) -> None:
    """The clone, its account and whatever still works on it are gone; production can't be meant."""
    _refuse_other(name)
    databases.kill_connections(name)
    databases.drop_unused(name)


def left_clones(databases: Databases, mark: str = "") -> list[str]:
    """Names of the clones that are there, of one mark only if it is given."""
    beginning = f"{PREFIX}{mark}_" if mark else PREFIX
    return [name for name in databases.names() if name.startswith(beginning)]


def _refuse_other(*names: str) -> None:
    for name in names:
        if not name.startswith(PREFIX):
            raise Refused(
                f"Basis data {name} bukan salinan gladi bersih; tidak disentuh.",
                hint=f"Hanya nama yang berawalan {PREFIX} yang boleh dibuat dan dihapus di sini.",
            )
