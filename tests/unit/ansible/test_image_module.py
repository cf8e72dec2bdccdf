"""siappakai_image counts room as the engine uses it: on one disk everything adds up."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

LIBRARY = Path(__file__).resolve().parents[3] / "playbooks" / "library"


@pytest.fixture(scope="module")
def image() -> ModuleType:
    spec = importlib.util.spec_from_file_location("siappakai_image", LIBRARY / "siappakai_image.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def wanted(folder: Path, **more: int) -> dict[str, object]:
    archive = str(folder / "kiriman" / "a.tar.gz")
    return {
        "archive": archive,
        "archive_bytes": 126,
        "image_bytes": 320,
        "reserve_bytes": 1000,
        **more,
    }


def test_on_one_disk_archive_and_the_unpacked_image_are_needed_together(image, tmp_path):
    engine_root = tmp_path / "docker"
    engine_root.mkdir()
    assert image.needs(wanted(tmp_path), engine_root) == {tmp_path / "kiriman": 126 + 704 + 1000}


def test_on_two_disks_each_has_its_own_need_and_reserve(image, tmp_path):
    assert image.needs(wanted(tmp_path), Path("/proc")) == {
        tmp_path / "kiriman": 126 + 1000,
        Path("/proc"): 704 + 1000,
    }


def test_what_has_arrived_already_needs_no_room_again(image, tmp_path):
    (tmp_path / "kiriman").mkdir()
    (tmp_path / "kiriman" / "a.tar.gz").write_bytes(b"x" * 100)
    assert image.needs(wanted(tmp_path), Path("/proc"))[tmp_path / "kiriman"] == 26 + 1000


def test_too_little_room_is_told_for_each_folder_and_never_as_zero(image):
    one, two = Path("/srv/takalar"), Path("/srv/aceh-utara")
    short = image.lacking({one: 5_000_001, two: 9_000_000}, {one: 5_000_000, two: 9_000_000})
    assert short == [f"{one} kurang 1 MB (perlu 6 MB, sisa 5 MB)"]
