"""A migration writes to a view of a village's files; they change when we say so, and back."""

from __future__ import annotations

import os
import shutil
import signal
import sys
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from siappakai.errors import StepErrored
from siappakai.provision.file_view import (
    FileView,
    ViewMethod,
    apply_changes,
    changes,
    close_left_views,
    close_view,
    open_view,
    undo_changes,
)
from siappakai.provision.file_view_open import work_folder
from tests.system.file_view_villages import DESA, Village, run_in, two_villages

pytestmark = [pytest.mark.system, pytest.mark.timeout(600)]
EVERY = 1 if os.environ.get("SIAPPAKAI_UJI_LAMBAT") else 4  # so many changes between two deaths

FILES = {
    "upload/dokumen/ktp.pdf": "ktp warga",
    "upload/dokumen/kk.pdf": "kartu keluarga",
    "upload/galeri/satu.jpg": "foto satu",
    "upload/galeri/dua.jpg": "foto dua",
    "upload/sama.txt": "AAAA",
    "upload/acuan.txt": "AAAA",
    "pengaturan/lama/x.css": "x",
    "pengaturan/lama/dalam/y.css": "y",
    "template-surat/a.html": "surat",
    "logo/logo.png": "gambar",
    "widgets/w.php": "widget",
    "cache/views.php": "lama",
}
MIGRATION = f"""
set -e
cd {DESA}
echo baru > upload/dokumen/baru.txt
chmod u+s upload/dokumen/baru.txt
ln upload/dokumen/baru.txt upload/dokumen/keras.txt
mkdir -p tema/a/b
echo tema > tema/a/b/c.css
echo tambahan >> upload/dokumen/ktp.pdf
rm upload/dokumen/kk.pdf
mv upload/galeri upload/galeri-baru
rm -r pengaturan/lama
mkdir pengaturan/lama
echo z > pengaturan/lama/z.css
chmod 600 template-surat/a.html
rm logo/logo.png
mkdir logo/logo.png
echo isi > logo/logo.png/isi
rm -r widgets
echo widget > widgets
ln -s /etc/shadow upload/tautan
printf BBBB > upload/sama.txt
touch -r upload/acuan.txt upload/sama.txt
mkfifo upload/pipa
rm -r cache
mkdir cache
echo baru > cache/lain.php
echo catatan > /var/www/app/storage/logs/log.php
"""
SEEN = f"""
cd {DESA}
find . \\( -path ./cache -o -path ./config -o -path ./app_key -o -type p \\) -prune -o \\
    \\( -type d -printf '%y %m %U %G - %P\\n' -o -printf '%y %m %U %G %s %P %l\\n' \\) |
    sed 's/^f 4\\([0-7][0-7][0-7]\\) /f \\1 /' | sort
find upload pengaturan tema logo -type f -exec sha256sum {{}} + | sort
"""


@pytest.fixture(scope="module", params=list(ViewMethod))
def villages(request: pytest.FixtureRequest) -> Iterator[list[Village]]:
    with two_villages(request.param) as made:
        for village in made:
            village.write(FILES)
        yield made


@pytest.fixture
def view(villages: list[Village]) -> Iterator[FileView]:
    made = open_view(villages[0].order("operasi-1"))
    yield made
    close_view(made)


@pytest.fixture
def keep(villages: list[Village]) -> Iterator[Path]:
    folder = villages[0].paths.server.root / "salinan" / "operasi-1"
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


def migrate(view: FileView) -> None:
    result = run_in(view, MIGRATION)
    assert result.exit_code == 0, result.errors


def seen_by(view: FileView, village: Village, *, really: bool) -> str:
    """What a container sees, through the view or on the real files."""
    spec = village.spec if really else view.spec
    name = f"{village.engine.fleet}-lihat"
    result = village.engine.run_once(name, spec, ("sh", "-c", SEEN))
    assert result.exit_code == 0, result.errors
    return result.output


def below_desa(village: Village, paths: tuple[str, ...]) -> set[str]:
    return {path.removeprefix(f"{village.desa}/") for path in paths}


def test_the_method_is_what_this_disk_allows(view: FileView, villages: list[Village]) -> None:
    root = str(villages[0].paths.server.root)
    mounts = [line.split()[1:3] for line in Path("/proc/mounts").read_text().splitlines()]
    is_overlay = [root, "overlay"] in mounts
    assert view.method == (ViewMethod.COPY if is_overlay else ViewMethod.OVERLAY)


def test_nothing_a_container_writes_to_its_view_reaches_the_real_files(
    view: FileView, villages: list[Village]
) -> None:
    before = [village.manifest() for village in villages]
    times = villages[0].times()
    migrate(view)
    assert [village.manifest() for village in villages] == before
    assert villages[0].times() == times


def test_what_is_mounted_read_only_in_it_stays_so_in_the_view(
    view: FileView, villages: list[Village]
) -> None:
    tries = f"cd {DESA}; cat app_key >/dev/null || exit 9; ls config/database.php || exit 8;"
    tries += "for f in app_key config/database.php config/baru.php; do echo x > $f && exit 7; done;"
    tries += "rm app_key && exit 6; mv config lain && exit 5; exit 0"
    result = run_in(view, tries)
    assert result.exit_code == 0, result.errors
    assert changes(view).entries == ()


def test_a_view_is_reached_by_root_and_its_container_only(
    view: FileView, villages: list[Village]
) -> None:
    folder = work_folder(villages[0].paths.server)
    for path in (folder, view.folder):
        assert (path.lstat().st_uid, path.lstat().st_mode & 0o7777) == (0, 0o700)
    upper, real = view.parts[0].upper.lstat(), villages[0].desa.lstat()
    assert (upper.st_uid, upper.st_mode) == (real.st_uid, real.st_mode)


def test_the_changes_are_named_path_by_path(view: FileView, villages: list[Village]) -> None:
    migrate(view)
    found = changes(view, villages[0].volatile)
    assert below_desa(villages[0], found.deleted) == {
        "upload/dokumen/kk.pdf",
        "upload/galeri",
        "upload/galeri/satu.jpg",
        "upload/galeri/dua.jpg",
        "pengaturan/lama/x.css",
        "pengaturan/lama/dalam",
        "pengaturan/lama/dalam/y.css",
        "widgets/w.php",
    }
    assert below_desa(villages[0], found.added) == {
        "upload/dokumen/baru.txt",
        "upload/dokumen/keras.txt",
        "upload/galeri-baru",
        "upload/galeri-baru/satu.jpg",
        "upload/galeri-baru/dua.jpg",
        "upload/tautan",
        "pengaturan/lama/z.css",
        "logo/logo.png/isi",
        "tema",
        "tema/a",
        "tema/a/b",
        "tema/a/b/c.css",
    }
    assert below_desa(villages[0], found.changed) == {
        "upload/dokumen/ktp.pdf",
        "upload/sama.txt",
        "template-surat/a.html",
        "logo/logo.png",
        "widgets",
    }
    assert any("upload/pipa" in note for note in found.notes)
    assert any("baru.txt: tanda setuid" in note for note in found.notes)


def test_volatile_folders_are_named_only_when_nobody_leaves_them_out(
    view: FileView, villages: list[Village]
) -> None:
    migrate(view)
    everything = changes(view)
    named = {*everything.added, *everything.changed, *everything.deleted}
    home = villages[0].paths.home
    assert {f"{home}/desa/cache/lain.php", f"{home}/desa/cache/views.php"} <= named
    assert f"{home}/logs/log.php" in named
    left = changes(view, villages[0].volatile)
    assert not [one for one in (*left.added, *left.deleted) if "/cache" in one or "/logs" in one]


def test_applied_the_village_sees_what_the_migration_saw_and_undone_all_is_as_before(
    view: FileView, villages: list[Village], keep: Path
) -> None:
    village = villages[0]
    before, times, neighbour = village.manifest(), village.times(), villages[1].manifest()
    migrate(view)
    seen = seen_by(view, village, really=False)
    applied = apply_changes(view, keep, village.volatile)
    assert seen_by(view, village, really=True) == seen
    assert "upload/dokumen/baru.txt" in seen
    assert applied.deleted == 8
    assert (village.desa / "upload/tautan").readlink() == Path("/etc/shadow")
    assert not (village.desa / "upload/dokumen/baru.txt").lstat().st_mode & 0o6000
    assert (village.desa / "cache/views.php").read_text() == "lama"
    assert undo_changes(keep) > 0
    assert village.manifest() == before
    assert village.times() == times
    assert villages[1].manifest() == neighbour


def test_applying_and_undoing_again_change_nothing_more(
    view: FileView, villages: list[Village], keep: Path
) -> None:
    village = villages[0]
    before = village.times()
    migrate(view)
    first = apply_changes(view, keep, village.volatile)
    after = village.times()
    assert apply_changes(view, keep, village.volatile) == first
    assert village.times() == after
    undo_changes(keep)
    undo_changes(keep)
    assert village.times() == before
    assert apply_changes(view, keep, village.volatile) == first
    assert village.times() == after
    undo_changes(keep)


def test_undoing_what_was_never_applied_changes_nothing(
    villages: list[Village], keep: Path
) -> None:
    before = villages[0].times()
    assert undo_changes(keep) == 0
    assert villages[0].times() == before


def test_the_way_back_needs_neither_view_nor_container(
    view: FileView, villages: list[Village], keep: Path
) -> None:
    village = villages[0]
    before = village.manifest()
    migrate(view)
    apply_changes(view, keep, village.volatile)
    close_view(view)
    assert not view.folder.exists()
    undo_changes(keep)
    assert village.manifest() == before


def killed_after(count: int, act: Callable[[], object]) -> bool:
    """Run `act` in a process of its own, killed before its `count`th change to the disk."""
    pid = os.fork()
    if pid:
        status = os.waitpid(pid, 0)[1]
        assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0
        return os.WIFSIGNALED(status)
    left = count
    verbs = {"rename", "remove", "mkdir", "rmdir", "symlink", "chown", "chmod", "utime", "setxattr"}

    def kill_when_due(event: str, arguments: tuple[object, ...]) -> None:
        nonlocal left
        is_write = event == "open" and isinstance(arguments[2], int) and arguments[2] & os.O_CREAT
        if is_write or (event.startswith("os.") and event[3:] in verbs):
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            left -= 1

    try:
        sys.addaudithook(kill_when_due)
        act()
    except BaseException:
        traceback.print_exc()
        os._exit(3)
        raise
    os._exit(0)


def test_killed_at_any_change_applying_again_gives_the_same_tree(
    view: FileView, villages: list[Village], keep: Path
) -> None:
    village = villages[0]
    before = village.times(), village.manifest()
    migrate(view)
    apply_changes(view, keep, village.volatile)
    after = village.times(), village.manifest()
    undo_changes(keep)
    count = 0
    while True:
        shutil.rmtree(keep)
        was_killed = killed_after(count, lambda: apply_changes(view, keep, village.volatile))
        apply_changes(view, keep, village.volatile)
        assert (village.times(), village.manifest()) == after, f"change {count}"
        undo_changes(keep)
        assert (village.times(), village.manifest()) == before, f"change {count}"
        if not was_killed:
            break
        count += EVERY
    assert count > 100


def test_killed_at_any_change_undoing_gives_the_tree_before(
    view: FileView, villages: list[Village], keep: Path
) -> None:
    village = villages[0]
    before = village.times(), village.manifest()
    migrate(view)
    count = 0
    while killed_after(count, lambda: apply_changes(view, keep, village.volatile)):
        undo_changes(keep)
        assert (village.times(), village.manifest()) == before, f"change {count}"
        shutil.rmtree(keep, ignore_errors=True)
        count += EVERY
    last = count
    count = 0
    while killed_after(count, lambda: undo_changes(keep)):
        undo_changes(keep)
        assert (village.times(), village.manifest()) == before, f"change {count} of undoing"
        apply_changes(view, keep, village.volatile)
        count += EVERY
    assert (village.times(), village.manifest()) == before
    assert min(last, count) > 80


def test_a_link_swapped_in_never_leads_outside(
    view: FileView, villages: list[Village], keep: Path
) -> None:
    """The village puts a link to its neighbour's folder where the migration wrote."""
    village, neighbour = villages
    theirs, mine = neighbour.manifest(), village.manifest()
    migrate(view)
    found = changes(view, village.volatile)
    aside = village.desa / "upload-asli"
    (village.desa / "upload").rename(aside)
    (village.desa / "upload").symlink_to(neighbour.desa / "upload")
    try:
        assert found.added
        apply_changes(view, keep, village.volatile)
        assert neighbour.manifest() == theirs
        assert not (village.desa / "upload").is_symlink()
        undo_changes(keep)
        assert (village.desa / "upload").is_symlink()
        assert neighbour.manifest() == theirs
    finally:
        (village.desa / "upload").unlink(missing_ok=True)
        aside.rename(village.desa / "upload")
    assert village.manifest() == mine


def test_a_name_means_one_view_and_closing_twice_is_closing_once(villages: list[Village]) -> None:
    first = open_view(villages[0].order("operasi-2"))
    assert run_in(first, f"echo satu > {DESA}/satu.txt").exit_code == 0
    again = open_view(villages[0].order("operasi-2"))
    assert run_in(again, f"cat {DESA}/satu.txt").output == "satu\n"
    with pytest.raises(StepErrored):
        open_view(villages[1].order("operasi-2"))
    close_view(first)
    close_view(again)
    anew = open_view(villages[0].order("operasi-2"))
    assert run_in(anew, f"cat {DESA}/satu.txt").exit_code == 1
    close_view(anew)


def test_two_views_of_one_village_do_not_meet(villages: list[Village]) -> None:
    first, second = (open_view(villages[0].order(f"gladi-{n}-a")) for n in (1, 2))
    assert run_in(first, f"echo satu > {DESA}/satu.txt").exit_code == 0
    assert changes(first).added and not changes(second).added
    close_view(first)
    close_view(second)


def test_views_left_by_a_crash_are_found_by_name_and_age(villages: list[Village]) -> None:
    engine, server = villages[0].engine, villages[0].paths.server
    for name in ("gladi-7-a", "gladi-7-b", "operasi-9"):
        open_view(villages[0].order(name))
    assert close_left_views(engine, server, beginning="gladi-7-", older_than_s=3600) == []
    assert close_left_views(engine, server, beginning="gladi-7-") == ["gladi-7-a", "gladi-7-b"]
    assert [one.name for one in work_folder(server).iterdir()] == ["operasi-9"]
    assert close_left_views(engine, server) == ["operasi-9"]
    assert engine.list_volumes() == {}


def test_a_view_whose_container_was_left_running_is_closed_all_the_same(
    villages: list[Village],
) -> None:
    made = open_view(villages[0].order("operasi-3"))
    name = f"{made.engine.fleet}-tertinggal"
    made.engine._create(name, made.spec, made.spec.mounts, ("sleep", "300"), is_serving=False)
    made.engine.start(name)
    try:
        if made.method is ViewMethod.OVERLAY:
            close_view(made)
            assert made.engine.find_container(name) is None
    finally:
        made.engine.remove(name)
    close_view(made)
    assert not made.folder.exists()


def test_a_link_where_a_data_folder_should_be_is_refused(villages: list[Village]) -> None:
    aside = villages[0].paths.home / "desa-asli"
    villages[0].desa.rename(aside)
    villages[0].desa.symlink_to(villages[1].desa)
    try:
        with pytest.raises(StepErrored):
            open_view(villages[0].order("operasi-4"))
    finally:
        villages[0].desa.unlink()
        aside.rename(villages[0].desa)
        close_left_views(villages[0].engine, villages[0].paths.server)
