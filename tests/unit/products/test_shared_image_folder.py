"""What several products' images share is part of the context and of the content's hash."""

from __future__ import annotations

from pathlib import Path

import pytest

from siappakai.errors import InvalidInput
from siappakai.provision.image_build import _content_sha256, _scan


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path, Path]:
    """A source tree, a product's image folder and a shared one."""
    tree, product, shared = tmp_path / "sumber", tmp_path / "pbb", tmp_path / "laravel"
    for folder in (tree, product, shared):
        folder.mkdir()
        (folder / "README.md").write_text("bukan untuk citra")
    (tree / "artisan").write_text("a")
    (product / "Dockerfile").write_text("ARG BASE\n")
    (shared / "cli.php").write_text("b")
    return tree, product, shared


def test_the_shared_folder_lies_below_its_own_name(folders: tuple[Path, Path, Path]) -> None:
    tree, product, shared = folders
    parts = {prefix: [item.path for item in items] for prefix, _, items in _scan(*folders)}
    assert parts == {
        "": ["Dockerfile"],
        "source/": ["README.md", "artisan"],
        "laravel/": ["cli.php"],
    }
    alone = {prefix for prefix, _, _ in _scan(tree, product, None)}
    assert alone == {"", "source/"}


def test_a_change_in_the_shared_folder_is_another_content(folders: tuple[Path, Path, Path]) -> None:
    tree, product, shared = folders
    first = _content_sha256("sha256:x", _scan(tree, product, shared))
    assert _content_sha256("sha256:x", _scan(tree, product, shared)) == first
    assert _content_sha256("sha256:x", _scan(tree, product, None)) != first
    (shared / "cli.php").write_text("c")
    changed = _content_sha256("sha256:x", _scan(tree, product, shared))
    assert changed != first
    assert _content_sha256(
        "sha256:x", _scan(tree, product, shared.rename(shared.with_name("l")))
    ) not in (first, changed)


def test_an_image_folder_may_not_hold_what_the_shared_one_is_called(
    folders: tuple[Path, Path, Path],
) -> None:
    tree, product, shared = folders
    (product / "laravel").mkdir()
    with pytest.raises(InvalidInput) as refused:
        _scan(tree, product, shared)
    assert "laravel" in refused.value.hint
