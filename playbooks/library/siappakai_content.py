#!/usr/bin/python
"""Theme packages and pictures lie on this server under the sum of their content, and are that.

The options are described in siappakai_content.yml beside this file.
"""

from __future__ import annotations

import hashlib
import os
import pwd
import re
import shutil
import stat
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule

NAME = re.compile(r"([0-9a-f]{64})\.([a-z0-9]{1,8})")
MEGABYTE = 1_000_000
CHUNK = 1024 * 1024
BLOCK = tarfile.BLOCKSIZE
END = b"\0" * (2 * BLOCK)
# The panel's siappakai/themes/package.py writes these; the sum of a folder is that of its tar.
TIMES_FROM = 1_577_836_800
TIMES_SPAN = 365 * 86_400
FILE_MODE, FOLDER_MODE = 0o644, 0o755


class Failed(Exception):
    """The content is not what it should be; the text goes to the admin."""


def place_of(root: Path, name: str) -> Path:
    """Where content of that name belongs: a package's folder, or a picture."""
    found = NAME.fullmatch(name)
    if found is None:
        raise Failed(f"nama {name!r} bukan sidik yang utuh")
    return root / "tema" / found[1] if found[2] == "tar" else root / "merek" / name


def is_there(root: Path, name: str) -> bool:
    """Whether the content is on the disk, every byte of it, owned and readable as it should be."""
    place = place_of(root, name)
    try:
        if not name.endswith(".tar"):
            return has_dress(place.lstat(), FILE_MODE) and sum_of(place) == name[:64]
        return has_dress(place.lstat(), FOLDER_MODE) and folder_sum(place) == name[:64]
    except (OSError, Failed):
        return False


def has_dress(status: os.stat_result, mode: int) -> bool:
    return stat.S_IMODE(status.st_mode) == mode and status.st_uid == os.geteuid()


def sum_of(path: Path) -> str:
    digest = hashlib.sha256()
    with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW), "rb") as source:
        while chunk := source.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def folder_sum(folder: Path) -> str:
    """The sum of the tar that this folder was unpacked from."""
    folders, files = [], []
    for path, is_folder in items(folder, ""):
        (folders if is_folder else files).append(path)
    digest = hashlib.sha256()
    for path in sorted(folders):
        digest.update(header(path, TIMES_FROM, 0, is_folder=True))
    for path in sorted(files):
        content = (folder / path).read_bytes()
        own = hashlib.sha256(content).hexdigest()
        digest.update(header(path, TIMES_FROM + int(own[:12], 16) % TIMES_SPAN, len(content)))
        digest.update(content + b"\0" * (-len(content) % BLOCK))
    digest.update(END)
    return digest.hexdigest()


def items(folder: Path, prefix: str) -> Iterator[tuple[str, bool]]:
    """(path, is it a folder) of everything below; what is neither file nor folder is refused."""
    with os.scandir(folder) as found:
        for each in found:
            path, status = prefix + each.name, each.stat(follow_symlinks=False)
            if stat.S_ISDIR(status.st_mode) and has_dress(status, FOLDER_MODE):
                yield path, True
                yield from items(Path(each.path), path + "/")
            elif stat.S_ISREG(status.st_mode) and has_dress(status, FILE_MODE):
                yield path, False
            else:
                raise Failed(f"{path} bukan berkas tema yang utuh")


def header(name: str, time: int, size: int, *, is_folder: bool = False) -> bytes:
    info = tarfile.TarInfo(name)
    info.mtime, info.size = time, size
    info.mode = FOLDER_MODE if is_folder else FILE_MODE
    info.type = tarfile.DIRTYPE if is_folder else tarfile.REGTYPE
    return info.tobuf(tarfile.USTAR_FORMAT, "utf-8", "strict")


def lacking(root: Path, contents: list[dict[str, Any]], arriving: Path | None, reserve: int) -> str:
    """How much room is missing; empty when there is enough."""
    coming = sum(each["bytes"] * (2 if each["name"].endswith(".tar") else 1) for each in contents)
    if arriving is not None:
        coming += sum(max(each["bytes"] - size_of(arriving / each["name"]), 0) for each in contents)
    state = os.statvfs(next(each for each in (root, *root.parents) if each.exists()))
    free = state.f_bavail * state.f_frsize
    short = coming + reserve - free
    if not contents or short <= 0:
        return ""
    return f"{root} kurang {-(-short // MEGABYTE)} MB (sisa {free // MEGABYTE} MB)"


def size_of(path: Path) -> int:
    return path.lstat().st_size if path.is_file() and not path.is_symlink() else 0


def number_of(owner: str) -> int:
    """The number of the user whose files these are; our own when nobody is named."""
    return pwd.getpwnam(owner).pw_uid if owner else os.geteuid()


def make_ready(arriving: Path, contents: list[dict[str, Any]], owner: int) -> list[str]:
    """A file for each content to arrive in; returns the names of those not complete yet.

    sftp goes on where a file ends, so one must be there; one too long is begun anew.
    """
    waiting = []
    for each in contents:
        path = arriving / each["name"]
        if path.is_symlink() or size_of(path) > each["bytes"]:
            path.unlink()
        if not path.exists():
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
            os.chown(path, owner, -1)
        if size_of(path) < each["bytes"]:
            waiting.append(each["name"])
    return waiting


def bring(root: Path, each: dict[str, Any], source: Path, *, is_passing: bool) -> bool:
    """The content is in its place; False when what arrived is something else.

    `is_passing`: the source was only on its way here, and is removed.
    """
    place, name = place_of(root, each["name"]), each["name"]
    try:
        is_whole = sum_of(source) == name[:64]
    except OSError:
        is_whole = False
    if not is_whole:
        if is_passing:
            source.unlink(missing_ok=True)
        return False
    place.parent.mkdir(mode=FOLDER_MODE, exist_ok=True)
    stage = place.with_name(f".{name[:64]}.baru")
    remove(stage)
    if name.endswith(".tar"):
        unpack(source, stage)
    else:
        write(stage, source.open("rb"), FILE_MODE, None)
    settle(place, stage)
    if not is_there(root, name):
        raise Failed(f"{place.name} tidak terbukti utuh sesudah ditaruh")
    if is_passing:
        source.unlink()
    return True


def settle(place: Path, stage: Path) -> None:
    """One rename; what stood there and was not the content makes room just before."""
    old = place.with_name(f".{place.name}.lama")
    remove(old)
    if os.path.lexists(place):
        os.rename(place, old)
    os.rename(stage, place)
    descriptor = os.open(place.parent, os.O_RDONLY)
    os.fsync(descriptor)
    os.close(descriptor)
    remove(old)


def remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    elif os.path.lexists(path):
        path.unlink()


def unpack(archive: Path, stage: Path) -> None:
    stage.mkdir(mode=0o700)
    stage.chmod(FOLDER_MODE)
    with tarfile.open(archive, "r:") as tar:
        for member in tar:
            if member.name.startswith("/") or ".." in member.name.split("/"):
                raise Failed(f"{member.name} menunjuk ke luar paket")
            target = stage / member.name
            if member.isdir():
                target.mkdir(mode=FOLDER_MODE)
                target.chmod(FOLDER_MODE)
            elif member.isreg():
                write(target, tar.extractfile(member), FILE_MODE, member.mtime)
            else:
                raise Failed(f"{member.name} bukan berkas biasa")


def write(target: Path, content: Any, mode: int, time: float | None) -> None:
    flags = os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_NOFOLLOW
    with os.fdopen(os.open(target, flags, 0o600), "wb") as out, content:
        shutil.copyfileobj(content, out, CHUNK)
        out.flush()
        os.fchmod(out.fileno(), mode)
        os.fsync(out.fileno())
    if time is not None:
        os.utime(target, (time, time))


def argument_spec() -> dict[str, Any]:
    """The same options as DOCUMENTATION tells."""
    content = {
        "name": {"type": "str", "required": True},
        "bytes": {"type": "int", "required": True},
        "source": {"type": "path", "required": True},
    }
    return {
        "root": {"type": "path", "required": True},
        "contents": {"type": "list", "elements": "dict", "options": content, "required": True},
        "state": {"type": "str", "choices": ["present", "known", "ready"], "default": "present"},
        "arriving": {"type": "path"},
        "owner": {"type": "str", "default": ""},
        "reserve_bytes": {"type": "int", "default": 0},
    }


def act(params: dict[str, Any], check: bool) -> dict[str, Any]:
    """Reach the wanted state; raises Failed or OSError."""
    root = Path(params["root"])
    arriving = Path(params["arriving"]) if params["arriving"] else None
    missing = [each for each in params["contents"] if not is_there(root, each["name"])]
    names = [each["name"] for each in missing]
    if params["state"] == "known" or check:
        short = lacking(root, missing, arriving, params["reserve_bytes"])
        return {"changed": check and bool(names), "missing": names, "lacking": short}
    if params["state"] == "ready":
        if arriving is None:
            raise Failed("arriving belum disebut")
        waiting = make_ready(arriving, missing, number_of(params["owner"]))
        return {"changed": bool(waiting), "missing": names, "waiting": waiting}
    wrong = [
        each["name"]
        for each in missing
        if not bring(
            root,
            each,
            arriving / each["name"] if arriving else Path(each["source"]),
            is_passing=arriving is not None,
        )
    ]
    return {"changed": len(wrong) < len(missing), "missing": wrong, "wrong": wrong}


def main() -> None:
    module = AnsibleModule(argument_spec=argument_spec(), supports_check_mode=True)
    try:
        module.exit_json(**act(module.params, module.check_mode))
    except (Failed, OSError, KeyError, tarfile.TarError) as problem:
        module.fail_json(msg=str(problem))


if __name__ == "__main__":
    main()
