"""Touch: how many files lie below an instance's folders, and how many bytes they hold."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from pathlib import Path

from siappakai.products.balance import Files

DEPTH = 3  # folders are told apart as deep as desa/upload/dokumen


def count_files(folders: Mapping[str, Path], volatile: Iterable[str]) -> dict[str, Files]:
    """Folder → its files and those deeper than it is told apart; volatile folders are left out.

    Links are counted, never followed. A file that goes meanwhile is not there.
    """
    patterns = tuple(volatile)
    found: dict[str, Files] = {}
    for name, place in folders.items():
        for folder, size_bytes in _walk(place, name, patterns):
            key = "/".join(folder.split("/")[:DEPTH])
            known = found.get(key, Files(0, 0))
            found[key] = Files(known.count + 1, known.size_bytes + size_bytes)
    return found


def _walk(place: Path, name: str, volatile: tuple[str, ...]) -> Iterator[tuple[str, int]]:
    """(name of its folder, size in bytes) of every file below."""
    if any(fnmatchcase(name, pattern) for pattern in volatile):
        return
    try:
        entries = [*os.scandir(place)]
    except (FileNotFoundError, NotADirectoryError):
        return
    for entry in entries:
        if entry.is_dir(follow_symlinks=False):
            yield from _walk(Path(entry.path), f"{name}/{entry.name}", volatile)
            continue
        if any(fnmatchcase(f"{name}/{entry.name}", pattern) for pattern in volatile):
            continue
        try:
            yield name, entry.stat(follow_symlinks=False).st_size
        except FileNotFoundError:
            continue
