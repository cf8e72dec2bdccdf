"""Touch: what a view would change in the real directories: both methods give the same answer."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from siappakai.provision.file_view_plan import (
    SET_ID,
    Change,
    Changes,
    Facts,
    ViewMethod,
    ViewPart,
    ancestors,
    is_within,
)
from siappakai.provision.file_view_tree import (
    DIRECTORY,
    facts_at,
    facts_of,
    hash_of,
    walk,
)

WHITEOUT = "trusted.overlay.whiteout"
OPAQUE = "trusted.overlay.opaque"

Baseline = dict[str, list[int]]  # path → inode and ctime_ns right after copying


@dataclass
class _Findings:
    """What one part's walk has found so far; `written` and `gone` are paths below it."""

    written: dict[str, Facts] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)
    opaque: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def find_changes(
    method: ViewMethod, folder: Path, parts: tuple[ViewPart, ...], volatile: Iterable[Path]
) -> Changes:
    """All changes of a view that nothing is written to just now.

    `volatile` are real directories whose changes are of no interest. Contents are read only where
    everything else is equal. Links, also hard ones, are never followed out of a part.
    """
    left_out = [str(one) for one in volatile]
    entries: list[Change] = []
    found: list[tuple[ViewPart, _Findings]] = []
    for number, part in enumerate(parts):
        if is_within(str(part.real), left_out):
            continue
        skip = _skip(part, left_out)
        if method is ViewMethod.OVERLAY:
            one = _look_at_upper(part, skip)
        else:
            one = _look_at_copy(part, read_baseline(folder, number), skip)
        entries += _compare(number, part, one)
        found.append((part, one))
    return Changes(
        entries=tuple(entries),
        reals=tuple(part.real for part in parts),
        opaque=tuple(str(part.real / path) for part, one in found for path in one.opaque),
        notes=tuple(f"{part.real}/{note}" for part, one in found for note in one.notes),
    )


def _skip(part: ViewPart, left_out: list[str]) -> Callable[[str], bool]:
    def skip(path: str) -> bool:
        return is_within(path, part.inner) or is_within(f"{part.real}/{path}", left_out)

    return skip


# --- overlay: the upper directory holds changes and whiteouts


def _look_at_upper(part: ViewPart, skip: Callable[[str], bool]) -> _Findings:
    found = _Findings()
    for path, descriptor, name, status in walk(part.upper, skip=skip):
        if _is_whiteout(descriptor, name, status):
            found.gone |= _real_paths(part, path, skip)
            continue
        _note_written(found, path, descriptor, name, status)
        is_dir = stat.S_ISDIR(status.st_mode)
        if is_dir and _is_opaque(descriptor, name):
            found.opaque.append(path)
        elif is_dir:
            continue
        found.gone |= _real_paths(part, path, skip)
    _add_directory_itself(part, found)
    found.gone -= set(found.written)
    return found


def _is_whiteout(descriptor: int, name: str, status: os.stat_result) -> bool:
    if stat.S_ISCHR(status.st_mode):
        return status.st_rdev == 0
    is_empty_file = stat.S_ISREG(status.st_mode) and not status.st_size
    return is_empty_file and _attribute(descriptor, name, WHITEOUT, os.O_RDONLY) is not None


def _is_opaque(descriptor: int, name: str) -> bool:
    """Everything below the directory in the lower tree is hidden, at any depth."""
    return _attribute(descriptor, name, OPAQUE, DIRECTORY) == b"y"


def _attribute(descriptor: int, name: str, attribute: str, flags: int) -> bytes | None:
    opened = os.open(name, flags | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=descriptor)
    try:
        return os.getxattr(opened, attribute)
    except OSError:
        return None
    finally:
        os.close(opened)


def _real_paths(part: ViewPart, path: str, skip: Callable[[str], bool]) -> set[str]:
    """The path and all below it in the real directory, if anything is there."""
    facts = facts_of(part.real, path)
    if facts is None:
        return set()
    below = walk(part.real, path, skip) if facts.kind == "dir" else ()
    return {path, *(one[0] for one in below)}


# --- copy: an entry that was not touched still has its inode and change time


def _look_at_copy(part: ViewPart, before: Baseline, skip: Callable[[str], bool]) -> _Findings:
    found = _Findings()
    seen = set()
    for path, descriptor, name, status in walk(part.upper, skip=skip):
        seen.add(path)
        if before.get(path) != [status.st_ino, status.st_ctime_ns]:
            _note_written(found, path, descriptor, name, status)
    _add_directory_itself(part, found)
    found.gone |= {path for path in before if path not in seen and not skip(path)}
    return found


def write_baseline(folder: Path, number: int, upper: Path) -> None:
    """Remember how every entry of a fresh copy is told from one that was written to."""
    rows = {path: [status.st_ino, status.st_ctime_ns] for path, _, _, status in walk(upper)}
    _baseline_file(folder, number).write_text(json.dumps(rows), encoding="ascii")


def read_baseline(folder: Path, number: int) -> Baseline:
    return dict(json.loads(_baseline_file(folder, number).read_text(encoding="ascii")))


def _baseline_file(folder: Path, number: int) -> Path:
    return folder / str(number) / "awal.json"


# --- both


def _note_written(
    found: _Findings, path: str, descriptor: int, name: str, status: os.stat_result
) -> None:
    facts = facts_at(descriptor, name)
    if facts.kind == "other":
        found.notes.append(f"{path}: bukan berkas biasa, tidak dibawa")
        return
    if facts.kind == "file" and facts.mode & SET_ID:
        found.notes.append(f"{path}: tanda setuid/setgid dilepas")
    if facts.kind == "file" and status.st_nlink > 1:
        found.notes.append(f"{path}: tautan keras dibawa sebagai berkas tersendiri")
    found.written[path] = facts.without_set_id()


def _add_directory_itself(part: ViewPart, found: _Findings) -> None:
    itself = facts_of(part.upper, "")
    if itself is not None:
        found.written[""] = itself


def _compare(number: int, part: ViewPart, found: _Findings) -> Iterator[Change]:
    """Changes that make a difference, and the directories they are in, outside first."""
    differing: dict[str, Change] = {}
    blocked: list[str] = []
    for path, after in sorted(found.written.items()):
        before = facts_of(part.real, path)
        if is_within(path, blocked):
            continue
        if before is not None and before.kind == "other":
            found.notes.append(f"{path}: bukan berkas biasa, tidak diganti")
            blocked.append(path)
        elif not (after.is_like(before) and _has_equal_content(part, path, after)):
            differing[path] = Change(number, path, before, after)
    for path in sorted(found.gone):
        before = facts_of(part.real, path)
        if before is not None and before.kind == "other":
            found.notes.append(f"{path}: bukan berkas biasa, tidak dihapus")
        elif before is not None:
            differing[path] = Change(number, path, before, None)
    for path in [above for one in differing for above in ancestors(one)]:
        if path not in differing:
            before, now = facts_of(part.real, path), facts_of(part.upper, path)
            differing[path] = Change(number, path, before, now or before)
    return iter(sorted(differing.values(), key=lambda one: one.path))


def _has_equal_content(part: ViewPart, path: str, facts: Facts) -> bool:
    return facts.kind != "file" or hash_of(part.upper, path) == hash_of(part.real, path)
