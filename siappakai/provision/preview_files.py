"""Touch: where a preview's pictures lie in the panel's home, readable by the panel."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

from siappakai.provision import files

BEFORE, AFTER, MARKED = "sebelum", "sesudah", "beda"
NAME = re.compile(r"\d{1,12}-[a-z]{1,24}-[a-z]{1,24}-(sebelum|sesudah|beda)\.png")


def preview_folder(home: Path, preview_id: int) -> Path:
    return home / "pratinjau" / str(int(preview_id))


def picture_name(instance_id: int, page: str, screen: str, when: str) -> str:
    """`12-depan-ponsel-sesudah.png`."""
    name = f"{instance_id}-{page}-{screen}-{when}.png"
    if not NAME.fullmatch(name):
        raise ValueError(f"not a picture's name: {name!r}")
    return name


def find_picture(home: Path, preview_id: int, name: str) -> Path | None:
    """The stored picture of that name; None when there is none (or it is no picture's name)."""
    path = preview_folder(home, preview_id) / name
    return path if NAME.fullmatch(name) and path.is_file() else None


def store_picture(home: Path, preview_id: int, name: str, png: bytes) -> None:
    """The picture lies there whole, readable by root and by the panel's group."""
    owner, group = os.geteuid(), home.stat().st_gid
    folder = preview_folder(home, preview_id)
    for each in (folder.parent, folder):
        files.make_dir(each, uid=owner, gid=group, mode=0o750)
    temporary = folder / f".{name}.baru"
    temporary.unlink(missing_ok=True)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(png)
        os.fchown(stream.fileno(), owner, group)
        os.fchmod(stream.fileno(), 0o640)
    os.replace(temporary, folder / name)


def drop_pictures(home: Path, preview_id: int) -> None:
    """All pictures of the preview are gone; as root (the panel may only read them)."""
    shutil.rmtree(preview_folder(home, preview_id), ignore_errors=True)


def left_previews(home: Path) -> set[int]:
    """Numbers of the previews that have a folder."""
    folder = home / "pratinjau"
    names = [each.name for each in folder.iterdir()] if folder.is_dir() else []
    return {int(name) for name in names if name.isdecimal()}
