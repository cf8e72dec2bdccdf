"""Touch: how large an archive inside a theme would become, without unpacking it to the disk."""

from __future__ import annotations

import bz2
import gzip
import lzma
import zipfile
import zlib
from pathlib import Path
from typing import IO, cast

from siappakai.themes.names import ARCHIVES

MIB = 1024 * 1024
LARGEST_BYTES = 200 * MIB
LARGEST_RATIO = 100
RATIO_COUNTS_FROM = 16 * MIB
OPENERS = {b"\x1f\x8b": gzip.open, b"\xfd7zXZ\x00": lzma.open, b"BZh": bz2.open}
UNREADABLE = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError, RuntimeError)
UNREADABLE += (NotImplementedError, UnicodeDecodeError, ValueError)


def why_refuse_archive(path: Path) -> str:
    """Why nobody should ever unpack this file; empty when it is an ordinary archive, or none."""
    packed = path.stat().st_size
    try:
        with path.open("rb") as source:
            head = source.read(6)
            source.seek(0)
            if head.startswith(b"PK"):
                return _zip(source, packed)
            for start, opener in OPENERS.items():
                if head.startswith(start):
                    return _measure(cast(IO[bytes], opener(source)), packed)
    except UNREADABLE:
        return "arsip rusak atau bersandi"
    return ""


def _zip(source: IO[bytes], packed: int) -> str:
    with zipfile.ZipFile(source) as whole:
        members = whole.infolist()
        if any(each.filename.rpartition(".")[2].casefold() in ARCHIVES for each in members):
            return "arsip di dalam arsip di dalam paket"
        if sum(each.file_size for each in members) > LARGEST_BYTES:
            return "mengaku berisi lebih dari 200 MB"
        total = 0
        for each in members:
            with whole.open(each) as content:
                total, why = _count(content, packed, total)
                if why:
                    return why
    return ""


def _measure(content: IO[bytes], packed: int) -> str:
    return _count(content, packed, 0)[1]


def _count(content: IO[bytes], packed: int, total: int) -> tuple[int, str]:
    while chunk := content.read(MIB):
        total += len(chunk)
        if total > LARGEST_BYTES:
            return total, "berisi lebih dari 200 MB"
        if total > RATIO_COUNTS_FROM and total > LARGEST_RATIO * max(packed, 1):
            return total, f"mengembang lebih dari {LARGEST_RATIO} kali lipat"
    return total, ""
