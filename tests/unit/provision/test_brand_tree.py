"""Files of a look are laid and read without ever following a link of the village's."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from siappakai.errors import StepErrored
from siappakai.provision.brand_tree import KEPT, BrandTree


@pytest.fixture
def tree(tmp_path: Path) -> BrandTree:
    home, store = tmp_path / "instans", tmp_path / "merek"
    (home / "desa" / "logo").mkdir(parents=True)
    (home / "config").mkdir()
    store.mkdir()
    return BrandTree(home, os.getuid(), home / KEPT, (store,))


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def test_kept_bytes_are_laid_under_any_name_and_back_again(tree: BrandTree) -> None:
    old, new = b"lama", b"baru"
    (tree.home / "desa/logo/a.png").write_bytes(old)
    assert tree.keep_file("desa/logo/a.png") == digest(old)
    assert tree.lay("desa/logo/a.png", tree.keep(new, "png"))
    assert tree.read("desa/logo/a.png") == new
    assert tree.lay("desa/logo/a.png", digest(old))
    assert tree.read("desa/logo/a.png") == old
    assert not tree.lay("desa/logo/a.png", digest(old))


def test_the_kit_s_pictures_on_the_server_are_found_by_their_hash(tree: BrandTree) -> None:
    content = b"gambar kabupaten"
    (tree.stores[0] / f"{digest(content)}.png").write_bytes(content)
    tree.lay("desa/merek/x.png", digest(content))
    assert (tree.home / "desa/merek/x.png").read_bytes() == content


def test_changed_bytes_of_the_server_s_are_never_laid(tree: BrandTree) -> None:
    (tree.stores[0] / f"{digest(b'asli')}.png").write_bytes(b"palsu")
    with pytest.raises(StepErrored):
        tree.lay("desa/logo/a.png", digest(b"asli"))


def test_a_file_behind_a_link_is_not_read(tree: BrandTree, tmp_path: Path) -> None:
    secret = tmp_path / "rahasia"
    secret.write_text("kunci")
    (tree.home / "desa/logo/a.png").symlink_to(secret)
    assert tree.read("desa/logo/a.png") is None
    assert tree.keep_file("desa/logo/a.png") == ""
    (tree.home / "desa/luar").symlink_to(tmp_path)
    assert tree.read("desa/luar/rahasia") is None
    assert tree.look("desa/luar/rahasia") == ""


def test_nothing_is_written_through_a_link_that_stands_for_a_folder(
    tree: BrandTree, tmp_path: Path
) -> None:
    outside = tmp_path / "luar"
    outside.mkdir()
    (tree.home / "desa/merek").symlink_to(outside)
    with pytest.raises(StepErrored):
        tree.lay("desa/merek/a.png", tree.keep(b"isi"))
    assert list(outside.iterdir()) == []


def test_a_link_in_a_file_s_place_is_replaced_and_its_target_left(
    tree: BrandTree, tmp_path: Path
) -> None:
    target = tmp_path / "milik-lain"
    target.write_text("utuh")
    (tree.home / "desa/logo/favicon.ico").symlink_to(target)
    tree.lay("desa/logo/favicon.ico", tree.keep(b"ikon"))
    assert target.read_text() == "utuh"
    assert (tree.home / "desa/logo/favicon.ico").read_bytes() == b"ikon"


@pytest.mark.parametrize("path", ["/etc/passwd", "../a", "desa/../../a", "desa//a", ""])
def test_a_path_that_leads_out_of_the_instance_is_refused(tree: BrandTree, path: str) -> None:
    with pytest.raises(ValueError):
        tree.read(path)


def test_a_pipe_or_folder_is_no_file(tree: BrandTree) -> None:
    os.mkfifo(tree.home / "desa/logo/pipa.png")
    (tree.home / "desa/logo/folder.png").mkdir()
    assert tree.read("desa/logo/pipa.png") is None
    assert tree.read("desa/logo/folder.png") is None
    assert tree.look("desa/logo/folder.png") == "folder"


def test_a_theme_s_link_leads_where_it_is_told_and_goes_again(tree: BrandTree) -> None:
    assert tree.lay("desa/themes/nusantara", "→/var/lib/siappakai/tema/abc")
    assert tree.look("desa/themes/nusantara") == "→/var/lib/siappakai/tema/abc"
    assert tree.folders("desa/themes") == frozenset()
    assert tree.lay("desa/themes/nusantara", "")
    assert tree.look("desa/themes/nusantara") == ""


def test_what_only_the_application_reads_is_closed_to_others(tree: BrandTree) -> None:
    tree.lay("config/kunci.json", tree.keep(b"{}", "json"))
    tree.lay("desa/logo/a.png", tree.keep(b"gambar", "png"))
    assert (tree.home / "config/kunci.json").stat().st_mode & 0o777 == 0o400
    assert (tree.home / "desa/logo/a.png").stat().st_mode & 0o777 == 0o644


def test_kept_bytes_that_nothing_needs_any_more_go(tree: BrandTree) -> None:
    kept, gone = tree.keep(b"satu", "png"), tree.keep(b"dua", "png")
    assert tree.forget_kept(frozenset({kept})) == 1
    assert tree.read_kept(kept) == b"satu"
    assert tree.read_kept(gone) is None


def moved(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.dipindah-*"))


@pytest.mark.parametrize("name", ["favicon.ico", ".favicon.ico.baru"])
def test_a_folder_in_the_place_of_a_file_makes_way_and_keeps_what_it_holds(
    tree: BrandTree, name: str
) -> None:
    logos = tree.home / "desa/logo"
    (logos / name).mkdir()
    (logos / name / "milik-desa").write_text("utuh")
    assert tree.lay("desa/logo/favicon.ico", tree.keep(b"ikon"))
    assert tree.read("desa/logo/favicon.ico") == b"ikon"
    (aside,) = [each for each in logos.iterdir() if ".dipindah-" in each.name]
    assert (aside / "milik-desa").read_text() == "utuh"


def test_a_link_is_laid_where_a_folder_stood(tree: BrandTree) -> None:
    (tree.home / "desa/themes/nusantara/x").mkdir(parents=True)
    assert tree.lay("desa/themes/nusantara", "→/var/lib/siappakai/tema/abc")
    assert tree.look("desa/themes/nusantara") == "→/var/lib/siappakai/tema/abc"
    assert (moved(tree.home / "desa/themes")[0] / "x").is_dir()


def test_the_way_back_to_a_folder_leaves_it_or_takes_ours_away(tree: BrandTree) -> None:
    path = "desa/logo/favicon.ico"
    (tree.home / path).mkdir()
    assert not tree.lay(path, "folder") and (tree.home / path).is_dir()
    tree.lay(path, tree.keep(b"ikon"))
    assert tree.lay(path, "folder") and tree.look(path) == ""
    (tree.home / path).mkdir()
    assert tree.lay(path, "") and tree.look(path) == ""


def test_a_link_to_a_folder_is_replaced_and_the_folder_stays_where_it_is(
    tree: BrandTree, tmp_path: Path
) -> None:
    outside = tmp_path / "luar"
    outside.mkdir()
    (tree.home / "desa/logo/favicon.ico").symlink_to(outside)
    tree.lay("desa/logo/favicon.ico", tree.keep(b"ikon"))
    assert outside.is_dir() and moved(tree.home / "desa/logo") == []


def test_a_name_too_long_for_a_disk_is_nothing_at_all(tree: BrandTree) -> None:
    for path in (f"desa/logo/{'x' * 300}", f"desa/{'x' * 300}/a.png"):
        assert tree.look(path) == "" and tree.read(path) is None
    assert tree.folders(f"desa/{'x' * 300}") == frozenset()


def test_without_a_home_there_is_nothing_and_nothing_is_laid(tmp_path: Path) -> None:
    tree = BrandTree(tmp_path / "hilang", os.getuid(), tmp_path / "simpanan")
    assert tree.look("desa/a.png") == "" and tree.read("desa/a.png") is None
    assert tree.folders("desa/themes") == frozenset()
    with pytest.raises(StepErrored, match="tidak ada di server"):
        tree.lay("desa/a.png", tree.keep(b"isi"))
