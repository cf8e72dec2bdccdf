"""A declared repair fits exactly, or the tree stays as it was."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from siappakai.errors import InvalidInput, StepFailed
from siappakai.provision.patches import AppliedPatch, apply_patches, load_patches

FLUSH = {
    "file": "app/Setting.php",
    "find": r"^\s*cache\(\)->flush\(\);\r?\n",
    "replace": "",
    "expect_matches": 1,
    "reason": "menghapus cache pada setiap permintaan",
    "measured": "+17 % permintaan per detik",
}
TWICE = {
    **FLUSH,
    "file": "index.php",
    "find": r"versi (\d+)",
    "replace": r"rilis \1",
    "expect_matches": 2,
}


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    root = tmp_path / "rilis"
    (root / "app").mkdir(parents=True)
    (root / "app" / "Setting.php").write_bytes(
        b"<?php // \xe9\r\n    cache()->flush();\r\nreturn 1;\r\n"
    )
    (root / "app" / "Setting.php").chmod(0o755)
    (root / "index.php").write_text("versi 1\nversi 2\n")
    return root


def folder_of(tmp_path: Path, **patches: dict[str, Any]) -> Path:
    folder = tmp_path / "patches"
    folder.mkdir()
    for name, fields in patches.items():
        (folder / f"{name}.json").write_text(json.dumps(fields))
    return folder


def test_patches_change_exactly_what_they_name_and_say_so(tmp_path: Path, tree: Path) -> None:
    folder = folder_of(tmp_path, b_flush=FLUSH, a_kata=TWICE)
    applied = apply_patches(tree, load_patches(folder))
    assert (tree / "app" / "Setting.php").read_bytes() == b"<?php // \xe9\r\nreturn 1;\r\n"
    assert (tree / "app" / "Setting.php").stat().st_mode & 0o777 == 0o755
    assert (tree / "index.php").read_text() == "rilis 1\nrilis 2\n"
    digest = hashlib.sha256((folder / "b_flush.json").read_bytes()).hexdigest()
    assert [one.name for one in applied] == ["a_kata", "b_flush"]
    assert applied[1] == AppliedPatch("b_flush", FLUSH["reason"], digest, FLUSH["measured"])
    assert sorted(path.name for path in (tree / "app").iterdir()) == ["Setting.php"]


def test_two_patches_of_one_file_follow_each_other(tmp_path: Path, tree: Path) -> None:
    then = {**TWICE, "find": r"rilis (\d+)", "replace": r"edisi \1"}
    apply_patches(tree, load_patches(folder_of(tmp_path, a=TWICE, b=then)))
    assert (tree / "index.php").read_text() == "edisi 1\nedisi 2\n"


@pytest.mark.parametrize("count", [1, 3])
def test_another_number_of_matches_fails_naming_the_patch_and_changes_nothing(
    tmp_path: Path, tree: Path, count: int
) -> None:
    before = {path: path.read_bytes() for path in tree.rglob("*.php")}
    folder = folder_of(tmp_path, a_flush=FLUSH, b_kata={**TWICE, "expect_matches": count})
    with pytest.raises(StepFailed, match=f"b_kata tidak cocok: cocok 2 kali, seharusnya {count}"):
        apply_patches(tree, load_patches(folder))
    assert {path: path.read_bytes() for path in tree.rglob("*.php")} == before


def test_a_patch_of_a_file_that_is_not_there_fails(tmp_path: Path, tree: Path) -> None:
    folder = folder_of(tmp_path, hilang={**FLUSH, "file": "app/Lain.php"})
    with pytest.raises(StepFailed, match=r"app/Lain\.php tidak ada"):
        apply_patches(tree, load_patches(folder))


@pytest.mark.parametrize(
    "place", ["../luar.php", "/etc/passwd", "app/../../luar.php", "keluar/luar.php"]
)
def test_a_patch_can_not_reach_outside_the_release(tmp_path: Path, tree: Path, place: str) -> None:
    (tmp_path / "luar.php").write_text("versi 1 versi 2")
    (tree / "keluar").symlink_to(tmp_path)
    with pytest.raises(InvalidInput, match="ke luar folder rilis"):
        apply_patches(tree, load_patches(folder_of(tmp_path, a={**TWICE, "file": place})))
    assert (tmp_path / "luar.php").read_text() == "versi 1 versi 2"


@pytest.mark.parametrize(
    "fields",
    [
        {key: value for key, value in FLUSH.items() if key != "reason"},
        {**FLUSH, "lain": 1},
        {**FLUSH, "expect_matches": 0},
        {**FLUSH, "expect_matches": True},
        {**FLUSH, "find": "("},
        [],
    ],
)
def test_a_patch_file_that_is_not_complete_is_refused(tmp_path: Path, fields: Any) -> None:
    with pytest.raises(InvalidInput, match=r"a\.json tidak dapat dibaca"):
        load_patches(folder_of(tmp_path, a=fields))


def test_a_release_without_a_patch_folder_has_no_patches(tmp_path: Path) -> None:
    assert load_patches(tmp_path / "tidak-ada") == []
