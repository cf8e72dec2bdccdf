"""Touch: a tree's fingerprint, and the tar a build reads, both blind to times and owners."""

from __future__ import annotations

import hashlib
import json
import os
import stat
import tarfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Literal

from siappakai.errors import StepFailed

# Where a file's time starts, and how far its content may push it (see `_settled_time`).
TIMES_FROM = 1_577_836_800
TIMES_SPAN = 365 * 86_400


@dataclass(frozen=True, order=True)
class TreeItem:
    """One path of a tree: `x` is an executable file; `digest` is a link's target for `l`."""

    path: str
    kind: Literal["f", "x", "d", "l"]
    digest: str


def scan_tree(root: Path, left_out: frozenset[str] = frozenset()) -> list[TreeItem]:
    """All items below `root`, sorted; `left_out` names top entries to pass over.

    Reads every byte once: 0.3 s for OpenSID's 110 MB when cached.
    """
    return sorted(_items(root, "", left_out))


def tree_sha256(root: Path) -> str:
    """The same for the same paths, contents, links and executable bits, whatever the times."""
    return fingerprint(scan_tree(root))


def fingerprint(items: Sequence[TreeItem]) -> str:
    """One sha256 over items in their order."""
    rows = [[item.path, item.kind, item.digest] for item in items]
    return hashlib.sha256(json.dumps(rows, separators=(",", ":")).encode()).hexdigest()


def write_context(parts: Sequence[tuple[str, Path, Sequence[TreeItem]]], out: IO[bytes]) -> None:
    """`out` holds a tar of all parts, each below its prefix ("" or "source/")."""
    with tarfile.open(fileobj=out, mode="w|", format=tarfile.PAX_FORMAT) as tar:
        for prefix, root, items in parts:
            for item in items:
                _add(tar, prefix + item.path, root / item.path, item)
    out.flush()


def _items(root: Path, prefix: str, left_out: frozenset[str]) -> Iterator[TreeItem]:
    with os.scandir(root / prefix) as found:
        for child in found:
            path = prefix + child.name
            if path in left_out:
                continue
            if child.is_symlink():
                yield TreeItem(path, "l", os.readlink(child.path))
            elif child.is_dir():
                yield TreeItem(path, "d", "")
                yield from _items(root, path + "/", left_out)
            else:
                yield _file(path, Path(child.path))


def _file(path: str, place: Path) -> TreeItem:
    with os.fdopen(os.open(place, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb") as source:
        mode = os.fstat(source.fileno()).st_mode
        if not stat.S_ISREG(mode):
            raise StepFailed(f'"{path}" bukan berkas biasa.', hint="Ambil ulang sumber rilisnya.")
        digest = hashlib.file_digest(source, "sha256").hexdigest()
    return TreeItem(path, "x" if mode & 0o100 else "f", digest)


def _add(tar: tarfile.TarFile, name: str, place: Path, item: TreeItem) -> None:
    header = tarfile.TarInfo(name)
    header.mtime = _settled_time(item)
    header.mode = 0o755 if item.kind in "xd" else 0o644
    if item.kind == "d":
        header.type = tarfile.DIRTYPE
    elif item.kind == "l":
        header.type, header.linkname, header.mode = tarfile.SYMTYPE, item.digest, 0o777
    else:
        with place.open("rb") as source:
            header.size = os.fstat(source.fileno()).st_size
            tar.addfile(header, source)
        return
    tar.addfile(header)


def _settled_time(item: TreeItem) -> int:
    """A time that depends on content only, so it differs when content differs.

    One fixed time for all would be a trap: nginx makes its ETag from time and size, so a browser
    would keep an old stylesheet of the same length after an update.
    """
    if item.kind not in "fx":
        return TIMES_FROM
    return TIMES_FROM + int(item.digest[:12], 16) % TIMES_SPAN
