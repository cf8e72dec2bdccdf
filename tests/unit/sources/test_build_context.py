"""A tree's fingerprint sees what matters and nothing else; its tar has no times of its own."""

from __future__ import annotations

import io
import os
import shutil
import tarfile
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from siappakai.errors import StepFailed
from siappakai.provision.build_context import scan_tree, tree_sha256, write_context


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    root = tmp_path / "rilis"
    (root / "app").mkdir(parents=True)
    (root / "app" / "a.php").write_text("a")
    (root / "index.php").write_text("i")
    (root / "tautan").symlink_to("app/a.php")
    return root


def turned_upside_down(root: Path) -> None:
    for path in root.rglob("*"):
        os.utime(path, (1, 1), follow_symlinks=False)
    (root / "index.php").chmod(0o600)


def test_times_and_other_permissions_do_not_count(tree: Path) -> None:
    before = tree_sha256(tree)
    turned_upside_down(tree)
    assert tree_sha256(tree) == before


CHANGES: dict[str, Callable[[Path], object]] = {
    "one byte": lambda root: (root / "index.php").write_text("j"),
    "a new name": lambda root: (root / "index.php").rename(root / "index2.php"),
    "a new empty file": lambda root: (root / "kosong").touch(),
    "a new empty folder": lambda root: (root / "kosong").mkdir(),
    "executable": lambda root: (root / "index.php").chmod(0o755),
    "a link elsewhere": lambda root: [
        (root / "tautan").unlink(),
        (root / "tautan").symlink_to("index.php"),
    ],
    "a link made a file": lambda root: [
        (root / "tautan").unlink(),
        (root / "tautan").write_text("a"),
    ],
    "moved between folders": lambda root: (root / "index.php").rename(root / "app" / "index.php"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_every_change_of_content_counts(tree: Path, change: str) -> None:
    before = tree_sha256(tree)
    CHANGES[change](tree)
    assert tree_sha256(tree) != before


def packed(root: Path) -> bytes:
    out = io.BytesIO()
    write_context([("", root, scan_tree(root)), ("source/", root, scan_tree(root))], out)
    return out.getvalue()


def test_the_context_is_the_same_bytes_for_the_same_content(tree: Path, tmp_path: Path) -> None:
    shutil.copytree(tree, tmp_path / "lain", symlinks=True)
    turned_upside_down(tmp_path / "lain")
    assert packed(tree) == packed(tmp_path / "lain")


def test_the_context_holds_both_parts_owned_by_root_with_past_times(tree: Path) -> None:
    with tarfile.open(fileobj=io.BytesIO(packed(tree))) as tar:
        members = {member.name: member for member in tar}
        assert tar.extractfile("source/index.php").read() == b"i"  # type: ignore[union-attr]
    assert {"index.php", "source/index.php", "source/app/a.php", "source/tautan"} <= set(members)
    assert members["source/tautan"].linkname == "app/a.php"
    assert all((one.uid, one.gid, one.uname) == (0, 0, "") for one in members.values())
    assert all(one.mtime < time.time() - 86400 for one in members.values())


def test_a_file_with_new_content_of_the_same_size_gets_another_time(tree: Path) -> None:
    def time_of_index() -> float:
        with tarfile.open(fileobj=io.BytesIO(packed(tree))) as tar:
            return tar.getmember("source/index.php").mtime

    before = time_of_index()
    (tree / "index.php").write_text("j")
    assert time_of_index() != before


def test_a_pipe_in_the_tree_is_refused_instead_of_waited_for(tree: Path) -> None:
    os.mkfifo(tree / "pipa")
    with pytest.raises(StepFailed, match="pipa"):
        tree_sha256(tree)
