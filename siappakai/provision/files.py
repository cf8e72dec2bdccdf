"""Touch: directories, files and the `current` link of instances on this machine's disk."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from siappakai.errors import StepErrored


def make_dir(path: Path, *, uid: int, gid: int, mode: int) -> None:
    """The directory exists with this owner and mode; a link standing in its place is refused."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        path.mkdir(mode=mode)
    except FileExistsError as error:
        if path.is_symlink() or not path.is_dir():
            raise StepErrored(
                f"{path.name} seharusnya folder, tetapi bukan.",
                hint="Pindahkan berkas yang menempati namanya, lalu coba lagi.",
            ) from error
    os.chown(path, uid, gid, follow_symlinks=False)
    os.chmod(path, mode)


def make_mount_point(path: Path, *, is_file: bool) -> None:
    """An empty file or directory for a mount inside another mount; an existing one is left."""
    if os.path.lexists(path):
        return
    if is_file:
        path.touch(mode=0o444)
    else:
        path.mkdir(mode=0o755)


def write_file(path: Path, content: str, *, uid: int, gid: int, mode: int) -> bool:
    """Write the file whole or not at all; returns whether anything changed."""
    wanted = content.encode()
    if _is_same(path, wanted, uid, gid, mode):
        return False
    temporary = path.with_name(f".{path.name}.baru")
    temporary.unlink(missing_ok=True)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(wanted)
        os.fchown(stream.fileno(), uid, gid)
        os.fchmod(stream.fileno(), mode)
        stream.flush()
        os.fsync(stream.fileno())
    os.replace(temporary, path)
    return True


def _is_same(path: Path, wanted: bytes, uid: int, gid: int, mode: int) -> bool:
    try:
        status = path.lstat()
    except FileNotFoundError:
        return False
    owner = (status.st_uid, status.st_gid, status.st_mode & 0o7777)
    return not path.is_symlink() and owner == (uid, gid, mode) and path.read_bytes() == wanted


def switch_link(link: Path, target: str) -> bool:
    """Point `link` at `target` in one atomic rename; returns whether it pointed elsewhere."""
    if link.is_symlink() and os.readlink(link) == target:
        return False
    temporary = link.with_name(link.name + ".baru")
    temporary.unlink(missing_ok=True)
    temporary.symlink_to(target)
    os.replace(temporary, link)
    return True


def remove_link(link: Path) -> bool:
    """Nothing is served from here until it is linked again; returns whether it was linked."""
    try:
        link.unlink()
    except FileNotFoundError:
        return False
    return True


def free_bytes(path: Path) -> int:
    """Free space on the disk that holds `path`, or its nearest existing parent."""
    while not path.exists():
        path = path.parent
    return shutil.disk_usage(path).free
