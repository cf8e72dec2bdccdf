"""Trees that a village controls are walked, copied and restored without following its links."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from siappakai.errors import StepErrored
from siappakai.provision.file_view_apply import bring_changes, undo_changes
from siappakai.provision.file_view_changes import find_changes, write_baseline
from siappakai.provision.file_view_open import copy_tree
from siappakai.provision.file_view_plan import MAX_DEPTH, Changes, ViewMethod, ViewPart
from siappakai.provision.file_view_tree import tree_manifest

SWAPPER = """
import ctypes, os, random, sys, time
folder, outside = sys.argv[1:]
link, exchange, aside = folder + '-tautan', 2, 0
swap = ctypes.CDLL(None).renameat2
print('mulai', flush=True)
while True:
    if not os.path.islink(link) and not os.path.islink(folder):
        aside += 1
        if os.path.lexists(link):
            os.rename(link, folder + f'-lama-{aside}')
        os.symlink(outside, link)
    swap(-100, os.fsencode(folder), -100, os.fsencode(link), exchange)
    time.sleep(random.random() / 3000)
"""
SECRET = "rahasia desa lain"


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    """What belongs to somebody else."""
    folder = tmp_path / "luar"
    folder.mkdir()
    for number in range(20):
        (folder / f"berkas-{number}").write_text(SECRET)
    return folder


@pytest.fixture
def real(tmp_path: Path) -> Path:
    folder = tmp_path / "asli"
    (folder / "upload").mkdir(parents=True)
    for number in range(20):
        (folder / "upload" / f"berkas-{number}").write_text(f"milik sendiri {number}")
    return folder


@contextmanager
def swapping(folder: Path, outside: Path) -> Iterator[None]:
    """Somebody puts a link in the folder's place and takes it away, without pause."""
    command = [sys.executable, "-c", SWAPPER, str(folder), str(outside)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        try:
            yield
        finally:
            process.kill()


@contextmanager
def copied(tmp_path: Path, real: Path) -> Iterator[ViewPart]:
    """A part whose view is a whole copy, the way it is made where no overlay is possible."""
    folder = tmp_path / "kerja"
    (folder / "0").mkdir(parents=True)
    part = ViewPart(real, "/desa", folder / "0" / "upper", folder / "0" / "work", "v", ("config",))
    copy_tree(real, part.upper)
    write_baseline(folder, 0, part.upper)
    yield part


def look(part: ViewPart, *volatile: Path) -> Changes:
    return find_changes(ViewMethod.COPY, part.upper.parents[1], (part,), volatile)


def test_a_copy_never_holds_what_a_swapped_link_leads_to(
    tmp_path: Path, real: Path, outside: Path
) -> None:
    ended, deadline = 0, time.monotonic() + 4
    with swapping(real / "upload", outside):
        while time.monotonic() < deadline:
            target = tmp_path / f"salinan-{ended}"
            with suppress(OSError):
                copy_tree(real, target)
            ended += 1
            found = [path for path in target.rglob("*") if path.is_file() and not path.is_symlink()]
            assert not [one for one in found if one.read_text() == SECRET]
    assert ended > 20


def test_neither_applying_nor_undoing_writes_through_a_swapped_link(
    tmp_path: Path, real: Path, outside: Path
) -> None:
    before, ended, deadline = tree_manifest([outside]), 0, time.monotonic() + 6
    with copied(tmp_path, real) as part:
        for number in range(0, 20, 2):
            (part.upper / "upload" / f"berkas-{number}").write_text("dari pemindahan")
            (part.upper / "upload" / f"berkas-{number + 1}").unlink()
            (part.upper / "upload" / f"baru-{number}").write_text("baru")
        keep = tmp_path / "simpan"
        bring_changes("uji", lambda: look(part), [part.upper], keep)
        with swapping(real / "upload", outside):
            while time.monotonic() < deadline:
                for act in (
                    lambda: undo_changes(keep),
                    lambda: bring_changes("uji", lambda: look(part), [part.upper], keep),
                ):
                    with suppress(StepErrored):
                        act()
                assert tree_manifest([outside]) == before
                ended += 1
    assert ended > 5


def test_special_files_stay_behind_with_a_note(
    tmp_path: Path, real: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    os.mkfifo(real / "pipa")
    with copied(tmp_path, real) as part:
        assert not (part.upper / "pipa").exists()
        os.mkfifo(part.upper / "pipa-baru")
        with socket.socket(socket.AF_UNIX) as listening:
            monkeypatch.chdir(part.upper)  # a socket's path may not be long
            listening.bind("soket")
        found = look(part)
        assert found.added == ()
        assert {note.split(":")[0].rpartition("/")[2] for note in found.notes} == {
            "pipa-baru",
            "soket",
        }


def test_a_special_file_in_the_way_is_left_with_all_that_would_be_in_its_place(
    tmp_path: Path, real: Path
) -> None:
    with copied(tmp_path, real) as part:
        (part.upper / "pipa").mkdir()
        (part.upper / "pipa" / "dalam").write_text("x")
        os.mkfifo(real / "pipa")
        found = look(part)
        assert found.added == () and "tidak diganti" in found.notes[0]
        bring_changes("uji", lambda: found, [part.upper], tmp_path / "simpan")
        assert (real / "pipa").is_fifo()


def test_what_lies_under_another_mount_is_nobodys_change(tmp_path: Path, real: Path) -> None:
    (real / "config").mkdir()
    with copied(tmp_path, real) as part:
        (part.upper / "config" / "database.php").write_text("ditulis di bawah pemasangan lain")
        (part.upper / "config").chmod(0o777)
        (part.upper / "configurasi").write_text("bukan folder itu")
        assert look(part).added == (str(real / "configurasi"),)
        assert look(part).changed == ()


def test_a_rewritten_file_with_its_old_time_and_size_is_a_change(
    tmp_path: Path, real: Path
) -> None:
    name = "upload/berkas-1"
    with copied(tmp_path, real) as part:
        status = (part.upper / name).stat()
        (part.upper / name).write_text("Milik sendiri 1")
        os.utime(part.upper / name, ns=(status.st_atime_ns, status.st_mtime_ns))
        assert look(part).changed == (str(real / name),)


def test_a_file_written_with_what_it_held_is_no_change(tmp_path: Path, real: Path) -> None:
    name = "upload/berkas-1"
    with copied(tmp_path, real) as part:
        status = (part.upper / name).stat()
        (part.upper / name).write_bytes((real / name).read_bytes())
        os.utime(part.upper / name, ns=(status.st_atime_ns, status.st_mtime_ns))
        assert look(part).entries == ()


def test_a_tree_too_deep_is_refused_and_no_descriptor_stays_open(tmp_path: Path) -> None:
    before = len(os.listdir("/proc/self/fd"))
    folder = tmp_path / "dalam"
    folder.joinpath(*["a"] * (MAX_DEPTH + 1)).mkdir(parents=True)
    with pytest.raises(StepErrored, match="bertingkat"):
        tree_manifest([folder])
    assert len(os.listdir("/proc/self/fd")) == before


def test_names_that_are_no_text_come_and_go_like_any_other(tmp_path: Path, real: Path) -> None:
    odd = os.fsdecode(b'foto \xff\n".jpg')
    (real / odd).write_text("lama")
    before = tree_manifest([real])
    with copied(tmp_path, real) as part:
        (part.upper / odd).write_text("baru saja")
        (part.upper / ("b" + odd)).symlink_to(odd)
        bring_changes("uji", lambda: look(part), [part.upper], tmp_path / "simpan")
        assert (real / odd).read_text() == "baru saja"
        assert os.readlink(real / ("b" + odd)) == odd
        assert undo_changes(tmp_path / "simpan") == 3
    assert tree_manifest([real]) == before


def test_attributes_come_back_with_the_file(tmp_path: Path, real: Path) -> None:
    name = "upload/berkas-1"
    try:
        os.setxattr(real / name, "user.asal", b"pemindai")
    except OSError:
        pytest.skip("this file system has no user attributes")
    with copied(tmp_path, real) as part:
        assert os.getxattr(part.upper / name, "user.asal") == b"pemindai"
        (part.upper / name).unlink()
        bring_changes("uji", lambda: look(part), [part.upper], tmp_path / "simpan")
        assert not (real / name).exists()
        undo_changes(tmp_path / "simpan")
    assert os.getxattr(real / name, "user.asal") == b"pemindai"


def test_the_journal_names_each_path_with_its_hash(tmp_path: Path, real: Path) -> None:
    with copied(tmp_path, real) as part:
        (part.upper / "upload/berkas-1").write_text("lain")
        bring_changes("uji", lambda: look(part), [part.upper], tmp_path / "simpan")
    journal = json.loads((tmp_path / "simpan" / "jurnal.json").read_text())
    [row] = [one for one in journal["entries"] if one["path"] == "upload/berkas-1"]
    assert len(row["before"]["sha256"]) == len(row["after"]["sha256"]) == 64
    assert row["before"]["sha256"] != row["after"]["sha256"]
    assert (tmp_path / "simpan").stat().st_mode & 0o777 == 0o700


def test_a_journal_of_other_work_is_refused(tmp_path: Path, real: Path) -> None:
    with copied(tmp_path, real) as part:
        (part.upper / "a").write_text("a")
        bring_changes("operasi-1", lambda: look(part), [part.upper], tmp_path / "simpan")
        with pytest.raises(StepErrored):
            bring_changes("operasi-2", lambda: look(part), [part.upper], tmp_path / "simpan")


def test_a_kept_file_that_was_altered_is_not_put_back(tmp_path: Path, real: Path) -> None:
    with copied(tmp_path, real) as part:
        (part.upper / "upload/berkas-1").write_text("lain")
        bring_changes("uji", lambda: look(part), [part.upper], tmp_path / "simpan")
        for kept in (tmp_path / "simpan" / "asal").iterdir():
            kept.write_text("palsu")
        with pytest.raises(StepErrored, match="berubah sejak dicatat"):
            undo_changes(tmp_path / "simpan")
        assert (real / "upload/berkas-1").read_text() == "lain"


def test_what_came_later_beside_a_change_is_left_alone(tmp_path: Path, real: Path) -> None:
    with copied(tmp_path, real) as part:
        (part.upper / "tema").mkdir()
        (part.upper / "tema" / "a").write_text("a")
        bring_changes("uji", lambda: look(part), [part.upper], tmp_path / "simpan")
        (real / "tema" / "dari-warga").write_text("unggahan")
        undo_changes(tmp_path / "simpan")
    assert (real / "tema" / "dari-warga").read_text() == "unggahan"
    assert not (real / "tema" / "a").exists()


def test_a_manifest_leaves_out_what_is_excluded_and_shows_every_other_byte(real: Path) -> None:
    before = tree_manifest([real], [real / "upload"])
    assert not [path for path in before if "upload" in path]
    (real / "upload" / "berkas-1").write_text("lain")
    assert tree_manifest([real], [real / "upload"]) == before
    full = tree_manifest([real])
    (real / "upload" / "berkas-1").chmod(0o600)
    assert tree_manifest([real]) != full
