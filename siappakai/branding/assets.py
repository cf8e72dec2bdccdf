"""Pictures of the kit are kept by the hash of their cleaned bytes, and found again by it."""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
import unicodedata
from contextlib import suppress
from pathlib import Path

from flask import current_app

from siappakai.branding.images import Picture, clean_raster, rasterise
from siappakai.branding.svg import clean_svg, looks_like_svg
from siappakai.config import Settings
from siappakai.errors import NotFound, StepErrored
from siappakai.models import BrandAsset, append_event, db, transaction

_SHA256 = re.compile(r"[0-9a-f]{64}")
_TRIAL_SIDE = 256


def keep_asset(content: bytes, name: str, by: str) -> BrandAsset:
    """The uploaded picture, cleaned, on disk and in its row; the same picture is kept once.

    InvalidInput, with what to do, when it is no picture, too large, broken or could do harm.
    """
    shown = _tidy_name(name)
    picture = clean_picture(content, shown)
    digest = hashlib.sha256(picture.content).hexdigest()
    write_whole(path_of(digest), picture.content)
    with transaction():
        row = db.session.get(BrandAsset, digest)
        if row is None:
            row = BrandAsset(
                sha256=digest,
                media_type=picture.media_type,
                size_bytes=len(picture.content),
                width=picture.width,
                height=picture.height,
                original_name=shown,
                created_by=by,
            )
            db.session.add(row)
            append_event("brand_asset_kept", f"asset:{digest[:32]}", by=by, name=shown)
    return db.session.get_one(BrandAsset, digest)


def clean_picture(content: bytes, name: str) -> Picture:
    """The picture by its real content: a cleaned SVG that was seen to draw something, or pixels."""
    if not looks_like_svg(content):
        return clean_raster(content, name)
    drawing = clean_svg(content, name)
    rasterise(drawing.content, *drawing.scaled(_TRIAL_SIDE), name)
    return Picture(drawing.content, "image/svg+xml", drawing.width, drawing.height)


def find_asset(sha256: str) -> BrandAsset:
    row = db.session.get(BrandAsset, sha256)
    if row is None:
        raise NotFound(
            f"Gambar {sha256[:12]} tidak ada.", hint="Unggah dahulu, lalu pilih dari daftar."
        )
    return row


def read_asset(sha256: str) -> bytes:
    """The picture's bytes, proved to be those that were kept."""
    try:
        content = path_of(sha256).read_bytes()
    except FileNotFoundError as error:
        raise NotFound(f"Berkas gambar {sha256[:12]} hilang.", hint="Unggah lagi.") from error
    if hashlib.sha256(content).hexdigest() != sha256:
        raise StepErrored(
            f"Berkas gambar {sha256[:12]} berubah di disk.",
            hint="Pulihkan dari cadangan, atau hapus berkas itu dan unggah lagi gambarnya.",
        )
    return content


def assets_dir() -> Path:
    settings: Settings = current_app.extensions["siappakai_settings"]
    return settings.home / "aset"


def path_of(sha256: str) -> Path:
    """Where a picture of that hash lies, there or not."""
    if _SHA256.fullmatch(sha256) is None:
        raise NotFound("Nama gambar itu tidak dikenal.", hint="Pilih dari daftar gambar.")
    return assets_dir() / sha256[:2] / sha256


def write_whole(path: Path, content: bytes) -> bool:
    """The file holds the content, readable by its owner and group; returns whether it was written.

    Written beside it and renamed, so that nobody ever reads half of it.
    """
    if path.exists() and path.read_bytes() == content:
        return False
    make_folders(path.parent)
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".baru-", delete=False) as stream:
        try:
            stream.write(content)
            stream.flush()
            os.fchmod(stream.fileno(), 0o640)
            os.fsync(stream.fileno())
            os.replace(stream.name, path)
        except BaseException:
            Path(stream.name).unlink(missing_ok=True)
            raise
    return True


def make_folders(folder: Path) -> None:
    """The folder is there; what was missing is made for root and the panel's group to write in."""
    missing = [each for each in (folder, *folder.parents) if not each.exists()]
    for each in reversed(missing):
        with suppress(FileExistsError):  # another worker made it just now
            each.mkdir()
            each.chmod(0o2770)  # whatever the umask


def _tidy_name(name: str) -> str:
    """The last part of an uploaded file's name, in letters that can be shown."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    kept = "".join(
        each for each in last if unicodedata.category(each)[0] not in "CZ" or each == " "
    )
    return kept.strip()[:160] or "gambar"
