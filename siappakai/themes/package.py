"""Touch: the kept files of a theme as one tar, the same byte for byte for the same content.

The old ustar headers are written, whose bytes no release of Python changes: the server that unpacks
it proves its folder by making the tar's sum again (playbooks/library/siappakai_content.py).
"""

from __future__ import annotations

import hashlib
import os
import tarfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from siappakai.errors import StepErrored
from siappakai.themes.check import KeptFile

# nginx makes a file's ETag of its time and length: one time for all would hide a changed file.
TIMES_FROM = 1_577_836_800
TIMES_SPAN = 365 * 86_400
BLOCK = tarfile.BLOCKSIZE
END = b"\0" * (2 * BLOCK)
CHUNK = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Package:
    """A tar on the panel's disk; `sha256` names the theme's content everywhere."""

    path: Path
    sha256: str
    size_bytes: int


def write_package(folder: Path, kept: Sequence[KeptFile], into: Path) -> Package:
    """The tar `<into>/<sha256>.tar`, whole or not at all; one that is there already is kept."""
    into.mkdir(mode=0o700, parents=True, exist_ok=True)
    temporary = into / f".{os.getpid()}-{id(kept)}.baru"
    digest = hashlib.sha256()
    try:
        with temporary.open("wb") as out:
            for chunk in _chunks(folder, kept):
                digest.update(chunk)
                out.write(chunk)
            out.flush()
            os.fsync(out.fileno())
            size = out.tell()
        path = into / f"{digest.hexdigest()}.tar"
        os.replace(temporary, path)
    except OSError as error:
        raise StepErrored(
            f"Paket tema tidak dapat ditulis: {error.strerror}.",
            hint="Periksa sisa ruang disk panel, lalu ulangi.",
        ) from error
    finally:
        temporary.unlink(missing_ok=True)
    return Package(path, digest.hexdigest(), size)


def _chunks(folder: Path, kept: Sequence[KeptFile]) -> Iterator[bytes]:
    for name in _folders(each.path for each in kept):
        yield header(name, folder_time(), is_folder=True)
    for each in kept:
        yield header(each.path, file_time(each.sha256), size=each.size_bytes)
        yield from _content(folder / each.path, each)
        yield b"\0" * (-each.size_bytes % BLOCK)
    yield END


def _content(path: Path, kept: KeptFile) -> Iterator[bytes]:
    digest = hashlib.sha256()
    with path.open("rb") as source:
        while chunk := source.read(CHUNK):
            digest.update(chunk)
            yield chunk
    if digest.hexdigest() != kept.sha256:
        raise StepErrored(
            f"Berkas {kept.path} berubah sesudah diperiksa.", hint="Ulangi penambahan tema."
        )


def _folders(paths: Iterable[str]) -> list[str]:
    found = set()
    for path in paths:
        parts = path.split("/")[:-1]
        found |= {"/".join(parts[: depth + 1]) for depth in range(len(parts))}
    return sorted(found)


def header(name: str, time: int, *, size: int = 0, is_folder: bool = False) -> bytes:
    """One ustar header: owner 0, 0644 or 0755."""
    info = tarfile.TarInfo(name)
    info.mtime, info.size = time, size
    info.mode = 0o755 if is_folder else 0o644
    info.type = tarfile.DIRTYPE if is_folder else tarfile.REGTYPE
    return info.tobuf(tarfile.USTAR_FORMAT, "utf-8", "strict")


def folder_time() -> int:
    return TIMES_FROM


def file_time(sha256: str) -> int:
    """A time that depends on content only, and so differs when the content differs."""
    return TIMES_FROM + int(sha256[:12], 16) % TIMES_SPAN
