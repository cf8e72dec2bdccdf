"""Touch: a release's archive (zip, tar, tar.gz, tar.xz, tar.bz2) or folder becomes a safe tree."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import IO, cast

from siappakai.errors import InvalidInput
from siappakai.provision.tree_writer import (
    MIB,
    Entry,
    Limits,
    Meter,
    read_chunks,
    refusal,
    write_tree,
)

DEFAULT_LIMITS = Limits()
BROKEN = (
    tarfile.TarError,
    zipfile.BadZipFile,
    gzip.BadGzipFile,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    NotImplementedError,
    UnicodeDecodeError,
)
OPENERS = {
    b"\x1f\x8b": gzip.open,
    b"\xfd7zXZ\x00": lzma.open,
    b"BZh": bz2.open,
}
ZIP_STARTS = (b"PK\x03\x04", b"PK\x05\x06")
TAR_MARK_AT = 257


def unpack_archive(archive: Path, into: Path, *, limits: Limits = DEFAULT_LIMITS) -> None:
    """`into` is the archive's tree, without a single top folder; on any error it does not exist.

    The format is known by the file's first bytes, not by its name.
    """
    with archive.open("rb") as source:
        head = source.read(512)
        source.seek(0)
        packed = os.fstat(source.fileno()).st_size
        entries = _entries(source, head, limits, packed)
        try:
            write_tree(entries, into, limits=limits, packed_bytes=packed, strip_top=True)
        except BROKEN as error:
            raise _broken(archive.name) from error


def unpack_tar_stream(entries: Iterator[Entry], into: Path) -> None:
    """`into` is the tree of a tar made by git (see `tar_entries`), top folder kept."""
    try:
        write_tree(entries, into, limits=DEFAULT_LIMITS)
    except BROKEN as error:
        raise _broken(into.name) from error


def copy_folder(folder: Path, into: Path, *, limits: Limits = DEFAULT_LIMITS) -> None:
    """`into` is a copy of `folder` under the same rules as an archive."""
    write_tree(_folder_entries(folder, ""), into, limits=limits)


def tar_entries(stream: IO[bytes], meter: Meter | None = None) -> Iterator[Entry]:
    """The tar's entries in order; each must be used before the next is asked for."""
    whole = _Metered(stream, meter or Meter(DEFAULT_LIMITS, None))
    readable = cast(IO[bytes], whole)
    with tarfile.open(fileobj=readable, mode="r|", tarinfo=_CarefulTarInfo) as tar:
        for member in tar:
            yield _tar_entry(tar, member)
    whole.drain()
    if whole.last.strip(b"\0"):
        raise tarfile.ReadError("no end mark")


def _entries(source: IO[bytes], head: bytes, limits: Limits, packed: int) -> Iterator[Entry]:
    if head.startswith(ZIP_STARTS):
        return _zip_entries(source)
    # Headers and padding are not release content, but a bomb may hide there.
    roomy = Limits(
        2 * limits.total_bytes, limits.files, limits.ratio, limits.ratio_counts_from_bytes
    )
    meter = Meter(roomy, packed)
    for start, opener in OPENERS.items():
        if head.startswith(start):
            return tar_entries(cast(IO[bytes], opener(source)), meter)
    if head[TAR_MARK_AT : TAR_MARK_AT + 5] == b"ustar":
        return tar_entries(source, meter)
    raise InvalidInput(
        "Berkas ini bukan arsip zip, tar.gz, atau tar.xz.",
        hint="Unduh ulang rilis; halaman web yang tersimpan dengan nama .zip sering jadi sebabnya.",
    )


class _Metered(io.RawIOBase):
    """Counts what is decompressed, also headers and padding, and remembers the end."""

    def __init__(self, stream: IO[bytes], meter: Meter) -> None:
        self._stream, self._meter, self.last = stream, meter, b""

    def read(self, size: int = -1) -> bytes:
        chunk = self._stream.read(size)
        self._meter.took(len(chunk))
        self.last = chunk[-512:] or self.last
        return chunk

    def drain(self) -> None:
        """Reads to the end, so that a checksum at the end is checked too."""
        while self.read(MIB):
            pass


class _CarefulTarInfo(tarfile.TarInfo):
    """Refuses header blocks that tarfile would read into memory whole."""

    def _proc_member(self, tar: tarfile.TarFile) -> tarfile.TarInfo:
        if self.type not in tarfile.REGULAR_TYPES and self.size > MIB:
            raise refusal(self.name, "kepala berkas tar terlalu besar")
        return super()._proc_member(tar)  # type: ignore[misc]


def _tar_entry(tar: tarfile.TarFile, member: tarfile.TarInfo) -> Entry:
    if member.isdir():
        return Entry(member.name, "folder")
    if member.issym():
        return Entry(member.name, "link", target=member.linkname)
    executable = bool(member.mode & 0o100)
    if member.islnk():
        return Entry(member.name, "copy", executable, target=member.linkname)
    if not member.isreg() or member.issparse():
        return Entry(member.name, "other")
    content = tar.extractfile(member)
    assert content is not None
    return Entry(
        member.name, "file", executable, chunks=lambda: iter(partial(content.read, MIB), b"")
    )


def _zip_entries(source: IO[bytes]) -> Iterator[Entry]:
    with zipfile.ZipFile(source) as packed:
        for member in packed.infolist():
            yield _zip_entry(packed, member)


def _zip_entry(packed: zipfile.ZipFile, member: zipfile.ZipInfo) -> Entry:
    name, mode = member.orig_filename, member.external_attr >> 16
    if member.flag_bits & 0x1:
        raise refusal(name, "berkas zip memakai kata sandi")
    if name.endswith("/"):
        return Entry(name, "folder")
    if stat.S_ISLNK(mode):
        return Entry(name, "link", target=_zip_link_target(packed, member))
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG):
        return Entry(name, "other")
    return Entry(name, "file", bool(mode & 0o100), chunks=partial(_zip_chunks, packed, member))


def _zip_link_target(packed: zipfile.ZipFile, member: zipfile.ZipInfo) -> str:
    with packed.open(member) as content:
        return content.read(4096).decode("utf-8")


def _zip_chunks(packed: zipfile.ZipFile, member: zipfile.ZipInfo) -> Iterator[bytes]:
    with packed.open(member) as content:
        while chunk := content.read(MIB):
            yield chunk


def _folder_entries(folder: Path, prefix: str) -> Iterator[Entry]:
    with os.scandir(folder) as found:
        children = sorted(found, key=lambda child: child.name)
    for child in children:
        name = prefix + child.name
        if child.is_symlink():
            yield Entry(name, "link", target=os.readlink(child.path))
        elif child.is_dir():
            yield Entry(name, "folder")
            if child.name != ".git":
                yield from _folder_entries(Path(child.path), name + "/")
        elif child.is_file():
            executable = bool(child.stat().st_mode & 0o100)
            yield Entry(name, "file", executable, chunks=partial(read_chunks, Path(child.path)))
        else:
            yield Entry(name, "other")


def _broken(name: str) -> InvalidInput:
    return InvalidInput(
        f'Arsip "{name}" rusak atau terpotong.',
        hint="Unduh ulang arsip itu; tidak ada berkas yang disimpan.",
    )
