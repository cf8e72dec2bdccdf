"""Nothing begins that could not be taken back for lack of room on a disk."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from siappakai.errors import StepErrored
from siappakai.models import OperationKind
from siappakai.provision.naming import ServerPaths
from siappakai.provision.rehearsal_steps import REHEARSE
from siappakai.provision.room import LEAST_FREE_BYTES, ensure_room
from siappakai.provision.update_steps import RETURN, UPDATE
from tests.integration.way_back.moving import Moving

pytestmark = pytest.mark.timeout(300)

GB = 1024**3
FIRST_STEPS = [
    (OperationKind.UPDATE, UPDATE["check"]),
    (OperationKind.RETURN, RETURN["check_return"]),
    (OperationKind.REHEARSE, REHEARSE["check_rehearsal"]),
]


class Disks:
    """How much each disk has free: by the folder it is known by, else `rest`."""

    def __init__(self, rest: int, **free: int) -> None:
        self.rest, self.free = rest, free

    def usage(self, path: Path) -> Any:
        return SimpleNamespace(free=self.free.get(Path(path).name, self.rest))


@pytest.fixture
def memory() -> Iterator[Path]:
    """A folder on another disk than the tests' own."""
    folder = Path(tempfile.mkdtemp(prefix="uji-data-", dir="/dev/shm"))
    yield folder
    shutil.rmtree(folder)


@pytest.mark.parametrize(("kind", "check"), FIRST_STEPS)
def test_an_operation_that_changes_a_database_begins_only_with_room_for_three_of_it(
    village: Moving, monkeypatch: pytest.MonkeyPatch, kind: OperationKind, check: Any
) -> None:
    context = village.context_of(kind)
    size = village.databases.size_bytes(village.name)
    assert size > 0
    enough = LEAST_FREE_BYTES + 3 * size
    monkeypatch.setattr(shutil, "disk_usage", Disks(enough - 1).usage)
    with pytest.raises(StepErrored, match=r"perlu 2,0 GB kosong di .*, tersedia 2,0 GB"):
        check(context)
    monkeypatch.setattr(shutil, "disk_usage", Disks(enough).usage)
    with pytest.raises(StepErrored, match="Citra"):  # the next thing it asks for
        check(context)


def test_dumps_and_mariadbs_data_are_counted_on_the_disks_they_lie_on(
    tmp_path: Path, memory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "srv"
    (root / "mariadb").mkdir(parents=True)
    paths = ServerPaths(root, "uji")
    one = Disks(12 * GB)
    monkeypatch.setattr(shutil, "disk_usage", one.usage)
    assert ensure_room(paths, 3 * GB) == 12 * GB
    with pytest.raises(StepErrored, match="perlu 14,0 GB kosong di .*/srv, tersedia 12,0 GB"):
        ensure_room(paths, 4 * GB)
    (root / "mariadb" / "data").symlink_to(memory)
    monkeypatch.setattr(shutil, "disk_usage", Disks(0, srv=6 * GB, data=10 * GB).usage)
    assert ensure_room(paths, 4 * GB) == 6 * GB
    with pytest.raises(StepErrored, match="perlu 7,0 GB kosong di .*/srv, tersedia 6,0 GB"):
        ensure_room(paths, 5 * GB)
    monkeypatch.setattr(shutil, "disk_usage", Disks(0, srv=9 * GB, data=10 * GB).usage)
    with pytest.raises(StepErrored, match="perlu 12,0 GB kosong di .*/data, tersedia 10,0 GB"):
        ensure_room(paths, 5 * GB)
