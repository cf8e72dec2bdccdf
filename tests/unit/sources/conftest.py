"""Small real git repositories, archives and trees for these tests."""

from __future__ import annotations

import io
import subprocess
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

TOKEN = "rahasia-9f2c71d0e8"


def run_git(folder: Path, *words: str) -> str:
    identity = (
        "-c",
        "user.name=Uji",
        "-c",
        "user.email=uji@desa.example",
        "-c",
        "tag.gpgSign=false",
    )
    ran = subprocess.run(
        ["git", *identity, "-C", str(folder), *words], check=True, capture_output=True, text=True
    )
    return ran.stdout.strip()


@pytest.fixture
def git() -> Callable[..., str]:
    return run_git


@pytest.fixture
def worktree(tmp_path: Path) -> Path:
    """A repository of two releases: v2410.0.0 (annotated) and 2409.0.0, and a branch `uji`."""
    folder = tmp_path / "opensid"
    folder.mkdir()
    run_git(folder, "init", "-q", "-b", "umum")
    (folder / ".gitattributes").write_text("/tests export-ignore\n/.gitattributes export-ignore\n")
    (folder / "tests").mkdir()
    (folder / "tests" / "Uji.php").write_text("<?php\n")
    (folder / "index.php").write_text("<?php echo 'lama';\n")
    (folder / "artisan").write_text("#!/usr/bin/env php\n")
    (folder / "artisan").chmod(0o755)
    (folder / "tautan.php").symlink_to("index.php")
    run_git(folder, "add", ".")
    run_git(folder, "commit", "-q", "-m", "lama")
    run_git(folder, "tag", "2409.0.0")
    (folder / "index.php").write_text("<?php echo 'baru';\n")
    run_git(folder, "commit", "-q", "-am", "baru")
    run_git(folder, "tag", "-a", "v2410.0.0", "-m", "rilis")
    run_git(folder, "branch", "uji")
    return folder


@pytest.fixture
def token_file(tmp_path: Path) -> Path:
    path = tmp_path / "token"
    path.write_text(TOKEN + "\n")
    path.chmod(0o600)
    return path


def make_tar(path: Path, *members: tuple[tarfile.TarInfo, bytes]) -> Path:
    with tarfile.open(path, "w:gz") as tar:
        for header, content in members:
            header.size = len(content)
            tar.addfile(header, io.BytesIO(content))
    return path


def tar_member(
    name: str, kind: bytes = tarfile.REGTYPE, target: str = "", mode: int = 0o644
) -> tarfile.TarInfo:
    header = tarfile.TarInfo(name)
    header.type, header.linkname, header.mode = kind, target, mode
    return header


def make_zip(path: Path, *members: tuple[str, bytes, int]) -> Path:
    """Members are (name, content, unix mode)."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content, mode in members:
            header = zipfile.ZipInfo(name)
            header.filename = name
            header.external_attr = mode << 16
            header.create_system = 3
            header.compress_type = zipfile.ZIP_DEFLATED
            packed.writestr(header, content)
    return path
