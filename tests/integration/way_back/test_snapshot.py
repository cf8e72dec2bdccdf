"""An update's dump survives a power cut, and only the very dump that was taken is brought back."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from siappakai.errors import StepErrored
from siappakai.provision.snapshots import bring_back, is_changed, mark_changed, snapshot
from tests.integration.way_back.moving import Moving

pytestmark = pytest.mark.timeout(300)


class Disk:
    """Notes what was settled, under which name and how much of it there was."""

    def __init__(self) -> None:
        self.settled: list[tuple[str, int]] = []
        self.settle = os.fsync

    def fsync(self, descriptor: int) -> None:
        self.settle(descriptor)
        path = os.readlink(f"/proc/self/fd/{descriptor}")
        self.settled.append((path, os.fstat(descriptor).st_size))


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Disk:
    made = Disk()
    monkeypatch.setattr(os, "fsync", made.fsync)
    return made


def test_the_dump_and_its_mark_are_on_the_disk_before_anything_may_change(
    village: Moving, disk: Disk
) -> None:
    taken = snapshot(village.context)
    dump = Path(taken["file"])
    folders = [str(village.salinan.parent), str(village.salinan), str(dump.parent)]
    paths = [path for path, _ in disk.settled]
    assert set(folders) <= set(paths)  # each new name on the way to it too
    whole = [path for path, size in disk.settled if size == taken["bytes"]]
    assert whole and Path(whole[0]).parent == dump.parent
    assert paths.index(whole[0]) < len(paths) - 1 and paths[-1] == str(dump.parent)
    disk.settled.clear()
    mark_changed(village.context)
    assert [path for path, _ in disk.settled] == [f"{dump}.diubah", str(dump.parent)]


@pytest.mark.parametrize("harm", ["emptied", "cut", "altered", "gone"])
def test_a_dump_that_is_not_the_one_taken_is_refused_before_anything_is_touched(
    village: Moving, harm: str
) -> None:
    context = village.context
    context.results["snapshot"] = snapshot(context)
    dump = Path(context.results["snapshot"]["file"])
    mark_changed(context)
    village.run("DELETE FROM penduduk WHERE id = 1", "CREATE TABLE setengah (id INT)")
    before, text = village.content(), dump.read_bytes()
    harmed = {
        "emptied": b"",
        "cut": text[: len(text) // 2],
        "altered": text.replace(b"Daeng", b"Dg___"),
        "gone": None,
    }[harm]
    dump.unlink()
    if harmed is not None:
        dump.write_bytes(harmed)
    names = village.databases.names()
    with pytest.raises(StepErrored, match="rusak|tidak ada di server"):
        bring_back(context)
    assert village.content() == before and village.databases.names() == names
    assert is_changed(context)
    dump.write_bytes(text)
    assert bring_back(context) and not is_changed(context)
    assert "Daeng Ngalle" in village.content() and "setengah" not in village.content()
