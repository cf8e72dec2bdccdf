"""A stand's files: production is read, never written; what is laid lies in the stand."""

from __future__ import annotations

import hashlib
import os
import stat
from pathlib import Path

import pytest

from siappakai.errors import StepErrored
from siappakai.provision.brand_tree import BrandTree
from siappakai.provision.preview_tree import StandTree

UID = os.geteuid()
pytestmark = pytest.mark.skipif(UID != 0, reason="whiteouts are made by root")


@pytest.fixture
def real(tmp_path: Path) -> Path:
    home = tmp_path / "desa-asli"
    (home / "desa" / "logo").mkdir(parents=True)
    (home / "desa" / "themes" / "tema-desa").mkdir(parents=True)
    (home / "desa" / "logo" / "lama.png").write_bytes(b"lama")
    (home / "config").mkdir()
    (home / "config" / "merek.json").write_text("{}")
    return home


def stand_tree(tmp_path: Path, real: Path) -> StandTree:
    upper, config, scratch = (tmp_path / name for name in ("upper", "config", "simpanan"))
    for each in (upper, config, scratch):
        each.mkdir(exist_ok=True)
    below = BrandTree(real, UID, real / "merek")
    return StandTree(scratch, below, {"desa": upper, "config": config}, frozenset({"config"}))


def contents(home: Path) -> dict[str, str]:
    return {
        str(path.relative_to(home)): path.read_text() if path.is_file() else ""
        for path in sorted(home.rglob("*"))
    }


def test_what_is_laid_goes_to_the_stand_and_production_stays(tmp_path: Path, real: Path) -> None:
    before = contents(real)
    tree = stand_tree(tmp_path, real)
    kept = tree.keep(b"baru", "png")
    assert tree.lay("desa/logo/baru.png", kept) and not tree.lay("desa/logo/baru.png", kept)
    assert tree.lay("desa/themes/nusantara", "→/var/lib/siappakai/tema/abc")
    assert tree.lay("config/merek.json", kept)
    assert (tmp_path / "upper/logo/baru.png").read_bytes() == b"baru"
    assert os.readlink(tmp_path / "upper/themes/nusantara") == "/var/lib/siappakai/tema/abc"
    assert (tmp_path / "config/merek.json").read_bytes() == b"baru"
    assert contents(real) == before


def test_productions_files_are_seen_where_the_stand_has_none(tmp_path: Path, real: Path) -> None:
    tree = stand_tree(tmp_path, real)
    assert tree.look("desa/logo/lama.png") == hashlib.sha256(b"lama").hexdigest()
    assert tree.read("desa/logo/lama.png") == b"lama"
    assert tree.folders("desa/themes") == frozenset({"tema-desa"})
    tree.lay("desa/themes/lain", "→/x")
    assert tree.folders("desa/themes") == frozenset({"tema-desa"})
    assert tree.look("config/merek.json") == ""  # the stand's own folder is all there is
    tree.lay("desa/logo/lama.png", tree.keep(b"ganti"))
    assert tree.read("desa/logo/lama.png") == b"ganti"


def test_what_goes_leaves_a_whiteout_and_can_come_again(tmp_path: Path, real: Path) -> None:
    tree = stand_tree(tmp_path, real)
    assert tree.lay("desa/logo/lama.png", "")
    gone = (tmp_path / "upper/logo/lama.png").lstat()
    assert stat.S_ISCHR(gone.st_mode) and gone.st_rdev == 0
    assert tree.look("desa/logo/lama.png") == "" and tree.read("desa/logo/lama.png") is None
    assert not tree.lay("desa/logo/lama.png", "")
    tree.lay("desa/logo/lama.png", tree.keep(b"lagi"))
    assert tree.read("desa/logo/lama.png") == b"lagi"
    assert (real / "desa/logo/lama.png").read_bytes() == b"lama"


def test_a_link_that_the_application_left_in_the_stand_leads_nowhere(
    tmp_path: Path, real: Path
) -> None:
    outside = tmp_path / "luar"
    outside.mkdir()
    tree = stand_tree(tmp_path, real)
    (tmp_path / "upper/logo").symlink_to(outside)
    with pytest.raises(StepErrored, match="folder"):
        tree.lay("desa/logo/baru.png", tree.keep(b"baru"))
    assert list(outside.iterdir()) == []


def test_what_production_kept_can_be_laid_in_the_stand(tmp_path: Path, real: Path) -> None:
    kept = BrandTree(real, UID, real / "merek").keep(b"pilihan desa", "png")
    tree = stand_tree(tmp_path, real)
    assert tree.lay("desa/logo/milik.png", kept)
    assert tree.read("desa/logo/milik.png") == b"pilihan desa"
