"""Small theme packages made for tests: honest ones, and ones that mean harm."""

from __future__ import annotations

import io
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path

TEMPLATE = b"<!DOCTYPE html><html><body><?= $desa['nama_desa'] ?></body></html>"


def png(extra: bytes = b"") -> bytes:
    """A real picture of one pixel, with a text chunk of any content."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        sum_ = struct.pack(">I", zlib.crc32(kind + body))
        return struct.pack(">I", len(body)) + kind + body + sum_

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0))
    text = chunk(b"tEXt", b"Comment\0" + extra) if extra else b""
    pixels = chunk(b"IDAT", zlib.compress(b"\0\xff\0\0"))
    return b"\x89PNG\r\n\x1a\n" + head + text + pixels + chunk(b"IEND", b"")


def honest(**more: bytes) -> dict[str, bytes]:
    """The files of a theme that OpenSID loads; `more` are added by name."""
    return {
        "template.php": TEMPLATE,
        "commons/meta.php": b"<link rel='stylesheet' href='<?= base_url() ?>'>",
        "layouts/artikel.tpl.php": b'<?php $this->load->view("$folder_themes/commons/meta") ?>',
        "assets/css/gaya.css": b"body { color: #123456 }\n",
        "assets/images/logo.png": png(),
        **more,
    }


def write_folder(folder: Path, files: Mapping[str, bytes]) -> Path:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


def write_zip(path: Path, files: Mapping[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in files.items():
            packed.writestr(name, content)
    return path


def write_tar(path: Path, *members: tuple[tarfile.TarInfo, bytes]) -> Path:
    with tarfile.open(path, "w:gz") as packed:
        for name, content in honest().items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            packed.addfile(info, io.BytesIO(content))
        for info, content in members:
            packed.addfile(info, io.BytesIO(content))
    return path


def member(name: str, kind: bytes, target: str = "") -> tuple[tarfile.TarInfo, bytes]:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info, b""


def zip_of_zeros(megabytes: int) -> bytes:
    """A zip of a few kilobytes that would unpack to so many megabytes."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed,
        packed.open("besar.css", "w", force_zip64=True) as content,
    ):
        for _ in range(megabytes):
            content.write(bytes(1024 * 1024))
    return out.getvalue()
