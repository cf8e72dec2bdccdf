"""Touch: entries of an untrusted archive become a new folder, whole and harmless, or nothing.

Permissions are reduced to 0644 and 0755 (so setuid bits, owners and odd modes are gone), links
are made last and only when they stay inside, and the folder appears by one rename.
"""

from __future__ import annotations

import os
import re
import secrets
import shutil
import tempfile
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Literal

from siappakai.errors import InvalidInput, StepErrored

Kind = Literal["file", "folder", "link", "copy", "other"]
MIB = 1024 * 1024
CONTROL = re.compile(r"[\x00-\x1f\x7f]")
DRIVE = re.compile(r"^[A-Za-z]:")
# Left out: version control's own folder, and what macOS adds to every zip.
LEFT_OUT = {".git", "__macosx", ".ds_store"}


@dataclass(frozen=True)
class Limits:
    """How much one release may unpack to. OpenSID 2410 is 110 MB in 8,700 files."""

    total_bytes: int = 2048 * MIB
    files: int = 200_000
    ratio: int = 200
    ratio_counts_from_bytes: int = 64 * MIB


@dataclass(frozen=True)
class Entry:
    """One thing in an archive, as it claims to be; `target` is a link's or a copy's."""

    name: str
    kind: Kind
    is_executable: bool = False
    target: str = ""
    chunks: Callable[[], Iterable[bytes]] = field(default=lambda: ())


class Meter:
    """Counts bytes that really came out, whatever the archive's headers claim."""

    def __init__(self, limits: Limits, packed_bytes: int | None) -> None:
        self._limits, self._packed, self.total = limits, packed_bytes, 0

    def took(self, count: int, name: str = "") -> None:
        """Adds `count` bytes; refuses once the archive is larger than a release can be."""
        self.total += count
        if self.total > self._limits.total_bytes:
            raise refusal(name, f"isi arsip melebihi {self._limits.total_bytes // MIB} MB")
        if self._packed is None or self.total <= self._limits.ratio_counts_from_bytes:
            return
        if self.total > self._packed * self._limits.ratio:
            raise refusal(name, f"isi arsip mengembang lebih dari {self._limits.ratio} kali lipat")


def refusal(name: str, why: str) -> InvalidInput:
    """The error for one entry, its name made safe to show."""
    shown = name.encode("unicode_escape", "surrogatepass").decode("ascii")[:160]
    where = f' (pada "{shown}")' if shown else ""
    return InvalidInput(
        f"Arsip ditolak: {why}{where}.",
        hint="Tidak ada berkas yang disimpan. Unduh ulang rilis dari sumber resminya.",
    )


def write_tree(
    entries: Iterable[Entry],
    into: Path,
    *,
    limits: Limits,
    packed_bytes: int | None = None,
    strip_top: bool = False,
) -> None:
    """`into` holds all entries; on any error it does not exist.

    With `strip_top` a single top folder around everything is taken away.
    """
    if into.exists():
        raise StepErrored(f"Folder tujuan {into} sudah ada.", hint="Hapus folder itu lalu ulangi.")
    into.parent.mkdir(parents=True, exist_ok=True)
    stage = Path(tempfile.mkdtemp(prefix=f".{into.name}.", dir=into.parent))
    try:
        writer = _Writer(stage / "isi", limits, packed_bytes)
        for entry in entries:
            writer.add(entry)
        writer.finish(stage / secrets.token_hex(8), strip_top=strip_top).rename(into)
    except OSError as error:
        raise StepErrored(
            f"Isi rilis tidak dapat ditulis ke {into.parent}: {error.strerror or error}.",
            hint="Periksa sisa ruang disk dan hak akses folder itu.",
        ) from error
    finally:
        shutil.rmtree(stage, ignore_errors=True)


def safe_parts(name: str) -> tuple[str, ...]:
    """The path's parts, none of which can lead outside; empty for what is left out."""
    if CONTROL.search(name) or "\\" in name:
        raise refusal(name, "nama memuat karakter terlarang")
    if name.startswith("/") or DRIVE.match(name):
        raise refusal(name, "nama memakai alamat mutlak")
    parts = tuple(part for part in name.split("/") if part not in ("", "."))
    if ".." in parts:
        raise refusal(name, "nama menunjuk ke luar folder rilis")
    if not _fits(name, parts):
        raise refusal(name, "nama terlalu panjang atau bukan UTF-8")
    return () if any(part.casefold() in LEFT_OUT for part in parts) else parts


def _fits(name: str, parts: tuple[str, ...]) -> bool:
    try:
        sizes = [len(part.encode()) for part in parts]
    except UnicodeEncodeError:
        return False
    return len(name) <= 3000 and all(size <= 255 for size in sizes)


class _Writer:
    def __init__(self, root: Path, limits: Limits, packed_bytes: int | None) -> None:
        root.mkdir()
        root.chmod(0o755)
        self._root, self._limits = root, limits
        self._meter = Meter(limits, packed_bytes)
        self._kinds: dict[str, Kind] = {}
        self._folded: dict[str, str] = {}
        self._links: dict[str, str] = {}

    def add(self, entry: Entry) -> None:
        parts = safe_parts(entry.name)
        if not parts:
            return
        for depth in range(1, len(parts)):
            self._add_folder("/".join(parts[:depth]), entry.name)
        path = "/".join(parts)
        if entry.kind == "folder":
            self._add_folder(path, entry.name)
        elif entry.kind == "link":
            self._note(path, "link", entry.name)
            self._links[path] = entry.target
        elif entry.kind in ("file", "copy"):
            chunks = self._copied(entry) if entry.kind == "copy" else entry.chunks()
            self._note(path, "file", entry.name)
            self._write(path, chunks, is_executable=entry.is_executable)
        else:
            raise refusal(
                entry.name, "memuat berkas khusus (perangkat, pipa, atau berkas renggang)"
            )

    def finish(self, final: Path, *, strip_top: bool) -> Path:
        """The finished folder, at a path nobody can guess until its links are proven."""
        tops = {path.split("/", 1)[0] for path in self._kinds}
        if not tops:
            raise refusal("", "kosong")
        only = tops.pop() if len(tops) == 1 else ""
        stripped = strip_top and self._kinds.get(only) == "folder"
        (self._root / only if stripped else self._root).rename(final)
        skip = len(only) + 1 if stripped else 0
        links = {path[skip:]: target for path, target in self._links.items()}
        _make_links(final, links)
        return final

    def _add_folder(self, path: str, name: str) -> None:
        if self._kinds.get(path) == "folder":
            return
        self._note(path, "folder", name)
        folder = self._root / path
        folder.mkdir()
        folder.chmod(0o755)

    def _note(self, path: str, kind: Kind, name: str) -> None:
        if path in self._kinds:
            raise refusal(name, "nama yang sama muncul dua kali, atau melewati sebuah tautan")
        folded = unicodedata.normalize("NFC", path).casefold()
        twin = self._folded.setdefault(folded, path)
        if twin != path and (kind, self._kinds[twin]) != ("file", "file"):
            raise refusal(name, f'hanya berbeda huruf besar-kecil dari "{twin}"')
        if len(self._kinds) >= self._limits.files:
            raise refusal(name, f"memuat lebih dari {self._limits.files} berkas")
        self._kinds[path] = kind

    def _copied(self, entry: Entry) -> Iterator[bytes]:
        path = "/".join(safe_parts(entry.target))
        if self._kinds.get(path) != "file":
            raise refusal(entry.name, "tautan keras menunjuk ke luar arsip")
        return read_chunks(self._root / path)

    def _write(self, path: str, chunks: Iterable[bytes], *, is_executable: bool) -> None:
        flags = os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_NOFOLLOW
        handle = os.open(self._root / path, flags, 0o600)
        with os.fdopen(handle, "wb") as out:
            for chunk in chunks:
                self._meter.took(len(chunk), path)
                out.write(chunk)
            os.fchmod(out.fileno(), 0o755 if is_executable else 0o644)


def read_chunks(path: Path) -> Iterator[bytes]:
    """The file's bytes, a megabyte at a time, never through a link."""
    with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW), "rb") as source:
        while chunk := source.read(MIB):
            yield chunk


def _make_links(root: Path, links: dict[str, str]) -> None:
    for path, target in links.items():
        if not _stays_inside(path, target):
            raise refusal(path, f'tautan menunjuk ke luar folder rilis ("{target[:80]}")')
        (root / path).symlink_to(target)
    # Again with the real thing: a chain of harmless looking links can still lead out.
    for path, target in links.items():
        if not Path(os.path.realpath(root / path)).is_relative_to(os.path.realpath(root)):
            raise refusal(path, f'rantai tautan menunjuk ke luar folder rilis ("{target[:80]}")')


def _stays_inside(path: str, target: str) -> bool:
    if not target or target.startswith("/") or CONTROL.search(target) or "\\" in target:
        return False
    depth = len(PurePosixPath(path).parts) - 1
    for part in PurePosixPath(target).parts:
        depth += -1 if part == ".." else 1
        if depth < 0:
            return False
    return True
