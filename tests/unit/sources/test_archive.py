"""An archive from outside becomes a clean tree, or nothing at all."""

from __future__ import annotations

import io
import lzma
import os
import stat
import tarfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from siappakai.errors import InvalidInput, StepErrored
from siappakai.provision.archive import copy_folder, unpack_archive
from siappakai.provision.tree_writer import MIB, Entry, Limits, safe_parts, write_tree

from .conftest import make_tar, make_zip, tar_member

SMALL = Limits(total_bytes=MIB, files=50, ratio=20, ratio_counts_from_bytes=64 * 1024)
OK = (tar_member("rilis/index.php"), b"<?php")


def refuse(archive: Path, tmp_path: Path, words: str, limits: Limits = SMALL) -> None:
    """Refused with these words, and not a single file is left behind."""
    before = set(tmp_path.rglob("*"))
    with pytest.raises(InvalidInput, match=words):
        unpack_archive(archive, tmp_path / "hasil" / "pohon", limits=limits)
    left = set(tmp_path.rglob("*")) - before
    assert left <= {tmp_path / "hasil"}


@pytest.mark.parametrize("name", ["../keluar.php", "rilis/../../keluar.php", "rilis/a/../../../k"])
def test_a_tar_name_that_climbs_out_is_refused(tmp_path: Path, name: str) -> None:
    archive = make_tar(tmp_path / "a.tar.gz", OK, (tar_member(name), b"x"))
    refuse(archive, tmp_path, "ke luar folder rilis")


@pytest.mark.parametrize("name", ["../keluar.php", "rilis/../../keluar.php"])
def test_a_zip_name_that_climbs_out_is_refused(tmp_path: Path, name: str) -> None:
    refuse(make_zip(tmp_path / "a.zip", (name, b"x", 0o100644)), tmp_path, "ke luar folder rilis")


@pytest.mark.parametrize("name", ["/etc/cron.d/jahat", "//etc/passwd", "C:/Windows/x.php"])
def test_an_absolute_name_is_refused(tmp_path: Path, name: str) -> None:
    refuse(make_zip(tmp_path / "a.zip", (name, b"x", 0o100644)), tmp_path, "alamat mutlak")
    if not name.startswith("C"):
        archive = make_tar(tmp_path / "a.tar.gz", (tar_member(name), b"x"))
        refuse(archive, tmp_path, "alamat mutlak")


@pytest.mark.parametrize("name", ["rilis\\..\\..\\k.php", "rilis/a\nb.php", "rilis/a\x00.php"])
def test_backslashes_and_control_characters_in_names_are_refused(tmp_path: Path, name: str) -> None:
    refuse(make_zip(tmp_path / "a.zip", (name, b"x", 0o100644)), tmp_path, "karakter terlarang")


def test_a_nul_in_a_tar_name_is_refused(tmp_path: Path) -> None:
    header = tar_member("rilis/pendek.php")
    header.pax_headers = {"path": "rilis/a.php\x00.txt"}
    archive = tmp_path / "a.tar.gz"
    with tarfile.open(archive, "w:gz", format=tarfile.PAX_FORMAT) as tar:
        tar.addfile(header)
    refuse(archive, tmp_path, "karakter terlarang")


@pytest.mark.parametrize("target", ["/etc/passwd", "../../etc/passwd", "..", "a/../../../x", ""])
def test_a_symlink_that_points_out_is_refused(tmp_path: Path, target: str) -> None:
    link = tar_member("rilis/tautan", tarfile.SYMTYPE, target)
    refuse(make_tar(tmp_path / "a.tar.gz", OK, (link, b"")), tmp_path, "tautan")
    if target:
        zipped = (
            ("rilis/a", b"x", 0o100644),
            ("rilis/tautan", target.encode(), stat.S_IFLNK | 0o777),
        )
        refuse(make_zip(tmp_path / "a.zip", *zipped), tmp_path, "tautan")


def test_a_chain_of_harmless_looking_links_that_leads_out_is_refused(tmp_path: Path) -> None:
    chain = (
        (tar_member("rilis/a/b/c.php"), b"x"),
        (tar_member("rilis/a/b/akar", tarfile.SYMTYPE, "../.."), b""),
        (tar_member("rilis/keluar", tarfile.SYMTYPE, "a/b/akar/../rilis/c"), b""),
    )
    refuse(make_tar(tmp_path / "a.tar.gz", *chain), tmp_path, "rantai tautan")


def test_no_file_is_written_through_a_link(tmp_path: Path) -> None:
    outside = tmp_path / "luar"
    outside.mkdir()
    link = (tar_member("rilis/pintu", tarfile.SYMTYPE, str(outside)), b"")
    through = (tar_member("rilis/pintu/jahat.php"), b"x")
    refuse(make_tar(tmp_path / "a.tar.gz", link, through), tmp_path, "melewati sebuah tautan")
    assert list(outside.iterdir()) == []


def test_links_inside_the_tree_are_kept(tmp_path: Path) -> None:
    members = (
        OK,
        (tar_member("rilis/a/b/c.php"), b"c"),
        (tar_member("rilis/a/naik", tarfile.SYMTYPE, "../index.php"), b""),
        (tar_member("rilis/turun", tarfile.SYMTYPE, "a/b"), b""),
        (tar_member("rilis/menggantung", tarfile.SYMTYPE, "desa/belum-ada"), b""),
        (tar_member("rilis/keras.php", tarfile.LNKTYPE, "rilis/index.php"), b""),
    )
    unpack_archive(make_tar(tmp_path / "a.tar.gz", *members), tmp_path / "hasil")
    assert (tmp_path / "hasil/a/naik").read_bytes() == b"<?php"
    assert (tmp_path / "hasil/turun/c.php").read_bytes() == b"c"
    assert os.readlink(tmp_path / "hasil/menggantung") == "desa/belum-ada"
    assert (tmp_path / "hasil/keras.php").read_bytes() == b"<?php"
    assert (tmp_path / "hasil/keras.php").stat().st_nlink == 1


@pytest.mark.parametrize("target", ["/etc/passwd", "../luar", "rilis/tak-ada", "rilis"])
def test_a_hard_link_to_anything_but_an_earlier_file_is_refused(
    tmp_path: Path, target: str
) -> None:
    link = (tar_member("rilis/keras", tarfile.LNKTYPE, target), b"")
    folder = (tar_member("rilis", tarfile.DIRTYPE), b"")
    refuse(make_tar(tmp_path / "a.tar.gz", folder, OK, link), tmp_path, "Arsip ditolak")


@pytest.mark.parametrize("kind", [tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE])
def test_devices_and_pipes_are_refused(tmp_path: Path, kind: bytes) -> None:
    archive = make_tar(tmp_path / "a.tar.gz", OK, (tar_member("rilis/alat", kind), b""))
    refuse(archive, tmp_path, "berkas khusus")
    piped = ("rilis/pipa", b"", stat.S_IFIFO | 0o644)
    refuse(make_zip(tmp_path / "a.zip", piped), tmp_path, "berkas khusus")


def test_a_zip_that_swells_out_of_proportion_is_refused(tmp_path: Path) -> None:
    bomb = ("rilis/nol", b"\0" * (900 * 1024), 0o100644)
    refuse(make_zip(tmp_path / "a.zip", bomb), tmp_path, "mengembang")


def test_a_tar_that_swells_out_of_proportion_is_refused(tmp_path: Path) -> None:
    bomb = (tar_member("rilis/nol"), b"\0" * (900 * 1024))
    refuse(make_tar(tmp_path / "a.tar.gz", bomb), tmp_path, "mengembang")


def test_a_bomb_hidden_after_the_end_of_the_tar_is_refused(tmp_path: Path) -> None:
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w") as tar:
        tar.addfile(tar_member("rilis/kosong"))
    archive = tmp_path / "a.tar.xz"
    archive.write_bytes(lzma.compress(plain.getvalue() + b"\0" * (3 * MIB)))
    refuse(archive, tmp_path, "melebihi|mengembang")


def test_a_tar_header_too_large_for_memory_is_refused(tmp_path: Path) -> None:
    header = tarfile.TarInfo("././@PaxHeader")
    header.type, header.size = tarfile.XHDTYPE, 8 * 1024 * MIB
    plain = header.tobuf(tarfile.GNU_FORMAT) + b"\0" * 10240
    archive = tmp_path / "a.tar.xz"
    archive.write_bytes(lzma.compress(plain))
    refuse(archive, tmp_path, "terlalu besar")


def test_more_bytes_or_more_files_than_allowed_are_refused(tmp_path: Path) -> None:
    large = (tar_member("rilis/acak"), os.urandom(MIB + 1))
    refuse(make_tar(tmp_path / "a.tar.gz", large), tmp_path, "melebihi 1 MB")
    many = [(tar_member(f"rilis/{n}"), b"") for n in range(60)]
    refuse(make_tar(tmp_path / "b.tar.gz", *many), tmp_path, "lebih dari 50 berkas")


def test_the_same_name_twice_is_refused(tmp_path: Path) -> None:
    refuse(make_tar(tmp_path / "a.tar.gz", OK, OK), tmp_path, "dua kali")


def test_names_that_differ_only_in_case_are_refused_when_one_is_a_link(tmp_path: Path) -> None:
    link = (tar_member("rilis/Pintu", tarfile.SYMTYPE, "index.php"), b"")
    other = (tar_member("rilis/pintu/x.php"), b"")
    refuse(make_tar(tmp_path / "a.tar.gz", OK, link, other), tmp_path, "huruf besar-kecil")


def test_two_files_that_differ_in_case_are_both_kept(tmp_path: Path) -> None:
    members = ((tar_member("r/Readme.md"), b"1"), (tar_member("r/README.md"), b"2"))
    unpack_archive(make_tar(tmp_path / "a.tar.gz", *members), tmp_path / "hasil")
    assert (tmp_path / "hasil/Readme.md").read_bytes() == b"1"
    assert (tmp_path / "hasil/README.md").read_bytes() == b"2"


def test_setuid_and_odd_permissions_are_reduced(tmp_path: Path) -> None:
    members = (
        (tar_member("rilis/setuid", mode=0o6777), b""),
        (tar_member("rilis/terbuka.php", mode=0o666), b""),
        (tar_member("rilis/terkunci.php", mode=0o000), b""),
        (tar_member("rilis/folder", tarfile.DIRTYPE, mode=0o1777), b""),
    )
    old = os.umask(0o077)
    try:
        unpack_archive(make_tar(tmp_path / "a.tar.gz", *members), tmp_path / "hasil")
    finally:
        os.umask(old)
    modes = {p.name: stat.S_IMODE(p.stat().st_mode) for p in (tmp_path / "hasil").iterdir()}
    assert modes == {
        "setuid": 0o755,
        "terbuka.php": 0o644,
        "terkunci.php": 0o644,
        "folder": 0o755,
    }
    assert stat.S_IMODE((tmp_path / "hasil").stat().st_mode) == 0o755


def test_one_top_folder_is_stripped_and_two_are_not(tmp_path: Path) -> None:
    unpack_archive(make_tar(tmp_path / "a.tar.gz", OK), tmp_path / "satu")
    assert [p.name for p in (tmp_path / "satu").iterdir()] == ["index.php"]
    two = make_zip(tmp_path / "b.zip", ("a/x.php", b"", 0o100644), ("b/x.php", b"", 0o100644))
    unpack_archive(two, tmp_path / "dua")
    assert sorted(p.name for p in (tmp_path / "dua").iterdir()) == ["a", "b"]


def test_what_macos_and_git_add_is_left_out(tmp_path: Path) -> None:
    members = [
        (name, b"x", 0o100644)
        for name in (
            "rilis/index.php",
            "__MACOSX/rilis/._index.php",
            "rilis/.git/config",
            "rilis/.gitignore",
        )
    ]
    unpack_archive(make_zip(tmp_path / "a.zip", *members), tmp_path / "hasil")
    assert sorted(p.name for p in (tmp_path / "hasil").iterdir()) == [".gitignore", "index.php"]


@pytest.mark.parametrize("cut", [0.3, 0.7, 0.999])
def test_a_truncated_archive_is_refused_as_broken(tmp_path: Path, cut: float) -> None:
    members = [(tar_member(f"r/{n}"), os.urandom(20_000)) for n in range(9)]
    whole = make_tar(tmp_path / "a.tar.gz", *members).read_bytes()
    (tmp_path / "potong.tar.gz").write_bytes(whole[: int(len(whole) * cut)])
    refuse(tmp_path / "potong.tar.gz", tmp_path, "rusak atau terpotong")
    zipped = [(f"r/{n}", os.urandom(20_000), 0o100644) for n in range(9)]
    whole = make_zip(tmp_path / "a.zip", *zipped).read_bytes()
    (tmp_path / "potong.zip").write_bytes(whole[: int(len(whole) * cut)])
    refuse(tmp_path / "potong.zip", tmp_path, "rusak atau terpotong")


def test_a_flipped_byte_in_a_zip_is_refused(tmp_path: Path) -> None:
    archive = make_zip(tmp_path / "a.zip", ("r/a", os.urandom(5000), 0o100644))
    content = bytearray(archive.read_bytes())
    content[2500] ^= 1
    archive.write_bytes(content)
    refuse(archive, tmp_path, "rusak atau terpotong")


def test_a_web_page_named_zip_is_refused(tmp_path: Path) -> None:
    page = tmp_path / "rilis.zip"
    page.write_text("<!doctype html><title>404</title>")
    refuse(page, tmp_path, "bukan arsip")


def test_a_zip_with_a_password_is_refused(tmp_path: Path) -> None:
    archive = make_zip(tmp_path / "a.zip", ("r/a", b"x", 0o100644))
    content = bytearray(archive.read_bytes())
    content[content.index(b"PK\x01\x02") + 8] |= 1
    archive.write_bytes(content)
    refuse(archive, tmp_path, "kata sandi")


def test_an_empty_archive_is_refused(tmp_path: Path) -> None:
    refuse(make_zip(tmp_path / "a.zip"), tmp_path, "kosong")


def test_a_folder_in_the_way_is_never_touched(tmp_path: Path) -> None:
    (tmp_path / "hasil").mkdir()
    (tmp_path / "hasil" / "penting").write_text("jangan hilang")
    with pytest.raises(StepErrored, match="sudah ada"):
        unpack_archive(make_tar(tmp_path / "a.tar.gz", OK), tmp_path / "hasil")
    assert (tmp_path / "hasil" / "penting").read_text() == "jangan hilang"


def test_a_folder_is_copied_under_the_same_rules(tmp_path: Path) -> None:
    source = tmp_path / "sumber"
    (source / "a").mkdir(parents=True)
    (source / "a" / "x.php").write_text("x")
    (source / "a" / "naik").symlink_to("x.php")
    copy_folder(source, tmp_path / "hasil")
    assert (tmp_path / "hasil" / "a" / "naik").read_text() == "x"
    (source / "keluar").symlink_to("/etc/passwd")
    with pytest.raises(InvalidInput, match="tautan"):
        copy_folder(source, tmp_path / "hasil2")
    (source / "keluar").unlink()
    os.mkfifo(source / "pipa")
    with pytest.raises(InvalidInput, match="berkas khusus"):
        copy_folder(source, tmp_path / "hasil2")
    assert not (tmp_path / "hasil2").exists()


NAMES = st.lists(
    st.sampled_from(["..", ".", "", "a", "B", "b", "/", "\\", "x:", "tautan", "\0", "é", "…"]),
    max_size=6,
).map("/".join)
ENTRIES = st.lists(
    st.builds(
        Entry,
        name=NAMES,
        kind=st.sampled_from(["file", "folder", "link", "copy", "other"]),
        target=NAMES,
        chunks=st.just(lambda: (b"isi",)),
    ),
    max_size=8,
)


@settings(max_examples=300)
@given(entries=ENTRIES)
def test_whatever_the_entries_say_nothing_leaves_the_tree(
    tmp_path_factory: pytest.TempPathFactory, entries: list[Entry]
) -> None:
    home = tmp_path_factory.mktemp("bebas")
    into = home / "dalam" / "pohon"
    try:
        write_tree(entries, into, limits=SMALL, strip_top=True)
    except InvalidInput:
        assert not into.exists()
    found = [path for path in home.rglob("*") if path != home / "dalam"]
    assert all(path.is_relative_to(into) for path in found)
    for path in found:
        assert Path(os.path.realpath(path)).is_relative_to(into)


@given(name=st.text(max_size=40))
def test_safe_parts_never_climb(name: str) -> None:
    try:
        parts = safe_parts(name)
    except InvalidInput:
        return
    assert not any(part in ("..", ".", "") or "/" in part or "\0" in part for part in parts)
