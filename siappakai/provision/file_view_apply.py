"""Touch: what a view changed is brought to the real directories, and taken back exactly.

First everything that will be lost is kept and the journal is on the disk, then the tree is changed;
both ways only say what each path shall be, so that whoever comes after a crash just says it again.
"""

from __future__ import annotations

import json
import os
import shutil
import stat
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from siappakai.errors import StepErrored
from siappakai.provision.file_view_plan import Change, Changes, Facts, makings, removals
from siappakai.provision.file_view_tree import (
    DIRECTORY,
    copy_out,
    dress,
    facts_of,
    hash_of,
    on_disk,
    parent,
    settle,
)

JOURNAL = "jurnal.json"
DONE = "diterapkan"

Wanted = tuple[Change, Facts | None]
Source = Callable[[int, Change], tuple[Path, str]]


@dataclass(frozen=True, slots=True)
class AppliedFacts:
    """What an application changed; `kept_bytes` lie under `keep` for the way back."""

    added: int
    changed: int
    deleted: int
    kept_bytes: int
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Journal:
    """The promise on the disk: every path, what it was, what it shall be, where its old self is."""

    view: str
    reals: tuple[Path, ...]
    entries: tuple[Change, ...]
    notes: tuple[str, ...]

    def facts(self) -> AppliedFacts:
        changes = Changes(self.entries, self.reals, (), self.notes)
        kept = sum(one.before.size for one in self.entries if one.before)
        added, changed, deleted = changes.added, changes.changed, changes.deleted
        return AppliedFacts(len(added), len(changed), len(deleted), kept, self.notes)


def bring_changes(
    view: str, changes: Callable[[], Changes], uppers: Sequence[Path], keep: Path
) -> AppliedFacts:
    """The real directories are as the view has them; `changes` is asked only the first time."""
    with on_disk("Membawa perubahan berkas"):
        journal = read_journal(keep) or _write_journal(view, changes(), uppers, keep)
        if journal.view != view:
            raise StepErrored(f"Folder simpanan {keep.name} milik pekerjaan lain.")
        if not (keep / DONE).exists():
            _reach(
                journal,
                [(one, one.after) for one in journal.entries],
                keep,
                lambda number, one: (uppers[one.part], one.path),
            )
            (keep / DONE).touch(mode=0o600)
        return journal.facts()


def undo_changes(keep: Path) -> int:
    """The tree is exactly as it was before `apply_changes`; how many paths that concerned.

    0 when nothing was applied from here. Files that came later beside them are left alone.
    """
    with on_disk("Mengembalikan berkas"):
        journal = read_journal(keep)
        if journal is None:
            return 0
        (keep / DONE).unlink(missing_ok=True)
        _reach(
            journal,
            [(one, one.before) for one in journal.entries],
            keep,
            lambda number, one: (keep / "asal", str(number)),
        )
        return len(journal.entries)


# --- the journal


def read_journal(keep: Path) -> Journal | None:
    """The journal under `keep`; None when it was never finished, so nothing was changed."""
    try:
        row: dict[str, Any] = json.loads((keep / JOURNAL).read_text(encoding="ascii"))
    except FileNotFoundError:
        return None
    entries = tuple(
        Change(one["part"], one["path"], Facts.read(one["before"]), Facts.read(one["after"]))
        for one in row["entries"]
    )
    reals = tuple(Path(one) for one in row["reals"])
    return Journal(row["view"], reals, entries, tuple(row["notes"]))


def _write_journal(view: str, changes: Changes, uppers: Sequence[Path], keep: Path) -> Journal:
    _make_empty(keep, changes.reals)
    kept = keep / "asal"
    entries = tuple(
        replace(
            one,
            before=_read_file(changes.reals[one.part], one, one.before, kept / str(number)),
            after=_read_file(uppers[one.part], one, one.after, None),
        )
        for number, one in enumerate(changes.entries)
    )
    journal = Journal(view, changes.reals, entries, changes.notes)
    temporary = keep / f".{JOURNAL}.baru"
    with temporary.open("w", encoding="ascii") as stream:
        json.dump(asdict(journal), stream, default=str)
    for name in sorted(os.listdir(keep / "asal")):
        settle(keep / "asal", name)
    settle(keep / "asal", "")
    settle(keep, temporary.name)
    temporary.replace(keep / JOURNAL)
    settle(keep, "")
    return journal


def _make_empty(keep: Path, reals: Sequence[Path]) -> None:
    """A root-only folder, on the same disk as the real ones: files go over by one rename."""
    keep.mkdir(mode=0o700, parents=True, exist_ok=True)
    keep.chmod(0o700)
    for name in ("asal", "antar"):
        with suppress(FileNotFoundError):
            shutil.rmtree(keep / name)
        (keep / name).mkdir(mode=0o700)
    if any(real.lstat().st_dev != keep.lstat().st_dev for real in reals):
        raise StepErrored(
            "Folder simpanan tidak berada di disk yang sama dengan berkas desa.",
            hint="Letakkan seluruh folder data server di satu disk.",
        )


def _read_file(top: Path, change: Change, facts: Facts | None, target: Path | None) -> Facts | None:
    """The facts with the file's sha256; its contents copied to `target` if there is one."""
    if facts is None or facts.kind != "file":
        return facts
    if target is None:
        return replace(facts, sha256=hash_of(top, change.path))
    return replace(facts, sha256=copy_out(top, change.path, target))


# --- the tree


def _reach(journal: Journal, wanted: Sequence[Wanted], keep: Path, source: Source) -> None:
    """Every path is what is wanted of it: first what goes, then what comes, then its dress."""
    numbers = {(one.part, one.path): number for number, one in enumerate(journal.entries)}
    for change, facts in removals(wanted):
        _clear(journal.reals[change.part], change.path, facts)
    for change, facts in makings(wanted):
        if facts is not None:
            number = numbers[change.part, change.path]
            top, path = source(number, change)
            _make(journal.reals[change.part], change.path, facts, (top, path), keep / "antar")
    for change, facts in removals(wanted):
        if facts is not None and facts.kind == "dir":
            _dress_directory(journal.reals[change.part], change.path, facts)
    for change, facts in wanted:
        if facts is not None and facts.kind != "link":
            settle(journal.reals[change.part], change.path)


def _clear(real: Path, path: str, facts: Facts | None) -> None:
    """Nothing of another kind stands there; a directory with strangers in it stays."""
    found = facts_of(real, path)
    if found is None or not path or (facts is not None and facts.kind == found.kind):
        return
    with parent(real, path) as (descriptor, name), suppress(FileNotFoundError):
        if found.kind != "dir":
            os.unlink(name, dir_fd=descriptor)
            return
        try:
            os.rmdir(name, dir_fd=descriptor)
        except OSError:
            if facts is not None:
                raise


def _make(real: Path, path: str, facts: Facts, source: tuple[Path, str], stage: Path) -> None:
    if facts.kind == "dir":
        if path:
            with parent(real, path) as (descriptor, name), suppress(FileExistsError):
                os.mkdir(name, 0o700, dir_fd=descriptor)
    elif not _is_there(real, path, facts):
        ready = stage / "baru"
        ready.unlink(missing_ok=True)
        if facts.kind == "link":
            _make_link(ready, facts)
        else:
            _make_file(ready, facts, source)
        with parent(real, path) as (descriptor, name):
            os.rename(ready, name, dst_dir_fd=descriptor)


def _is_there(real: Path, path: str, facts: Facts) -> bool:
    if not facts.is_like(facts_of(real, path)):
        return False
    return facts.kind == "link" or hash_of(real, path) == facts.sha256


def _make_link(ready: Path, facts: Facts) -> None:
    os.symlink(facts.link, ready)
    os.chown(ready, facts.uid, facts.gid, follow_symlinks=False)
    os.utime(ready, ns=(facts.mtime_ns, facts.mtime_ns), follow_symlinks=False)


def _make_file(ready: Path, facts: Facts, source: tuple[Path, str]) -> None:
    top, path = source
    if copy_out(top, path, ready) != facts.sha256:
        raise StepErrored(f"Isi {path} berubah sejak dicatat; tidak dipakai.")
    descriptor = os.open(ready, os.O_WRONLY | os.O_NOFOLLOW)
    try:
        dress(descriptor, facts)
    finally:
        os.close(descriptor)


def _dress_directory(real: Path, path: str, facts: Facts) -> None:
    if not path:
        descriptor = os.open(real, DIRECTORY)
    else:
        with parent(real, path) as (above, name):
            descriptor = os.open(name, DIRECTORY, dir_fd=above)
    try:
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            dress(descriptor, facts)
    finally:
        os.close(descriptor)
