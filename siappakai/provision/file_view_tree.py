"""Touch: reading and copying trees that a village controls, without ever following its links.

Everything is reached from a directory that root made, one name at a time and by descriptor
(openat with O_NOFOLLOW): a link put in a folder's place meanwhile ends in an error, not outside.
"""

from __future__ import annotations

import base64
import errno
import hashlib
import os
import stat
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from siappakai.errors import StepErrored
from siappakai.provision.file_view_plan import MAX_DEPTH, Facts, is_within

DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC  # a FIFO must not make us wait
WRITE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
BLOCK = 1024 * 1024
KEPT_XATTRS = ("user.", "system.posix_acl_")
KINDS = {stat.S_IFREG: "file", stat.S_IFDIR: "dir", stat.S_IFLNK: "link"}

Manifest = dict[str, tuple[int, int, int, str]]


@contextmanager
def directory(top: Path, path: str = "") -> Iterator[int]:
    """A descriptor of the directory `path` below `top`; every name on the way is a directory."""
    descriptor = os.open(top, DIRECTORY)
    try:
        for name in path.split("/") if path else ():
            inner = os.open(name, DIRECTORY, dir_fd=descriptor)
            os.close(descriptor)
            descriptor = inner
        yield descriptor
    finally:
        os.close(descriptor)


@contextmanager
def parent(top: Path, path: str) -> Iterator[tuple[int, str]]:
    """The descriptor of the directory that holds `path`, and the last name."""
    above, _, name = path.rpartition("/")
    with directory(top, above) as descriptor:
        yield descriptor, name


def facts_of(top: Path, path: str) -> Facts | None:
    """What lies there, contents unread; None when nothing does, or not below directories."""
    try:
        if not path:
            with directory(top) as descriptor:
                return _facts(os.fstat(descriptor), "", _xattrs(descriptor))
        with parent(top, path) as (descriptor, name):
            return facts_at(descriptor, name)
    except OSError as error:
        if error.errno in (errno.ENOENT, errno.ENOTDIR, errno.ELOOP):
            return None
        raise


def facts_at(descriptor: int, name: str) -> Facts:
    status = os.stat(name, dir_fd=descriptor, follow_symlinks=False)
    kind = KINDS.get(stat.S_IFMT(status.st_mode), "other")
    if kind == "link":
        return _facts(status, os.readlink(name, dir_fd=descriptor), {})
    if kind == "other":
        return _facts(status, "", {})
    opened = os.open(name, READ, dir_fd=descriptor)
    try:
        return _facts(os.fstat(opened), "", _xattrs(opened))
    finally:
        os.close(opened)


def _facts(status: os.stat_result, link: str, xattrs: dict[str, str]) -> Facts:
    kind = KINDS.get(stat.S_IFMT(status.st_mode), "other")
    return Facts(
        kind=kind,
        mode=stat.S_IMODE(status.st_mode),
        uid=status.st_uid,
        gid=status.st_gid,
        mtime_ns=status.st_mtime_ns,
        size=status.st_size if kind == "file" else 0,
        link=link,
        xattrs=xattrs,
    )


def _xattrs(descriptor: int) -> dict[str, str]:
    try:
        names = [one for one in os.listxattr(descriptor) if one.startswith(KEPT_XATTRS)]
        return {
            name: base64.b64encode(os.getxattr(descriptor, name)).decode() for name in sorted(names)
        }
    except OSError:  # a file system without them
        return {}


def walk(
    top: Path, path: str = "", skip: Callable[[str], bool] = lambda path: False
) -> Iterator[tuple[str, int, str, os.stat_result]]:
    """(path below `top`, directory's descriptor, name, lstat) of all there is, outside first.

    The descriptor is open only while its entry is being looked at. What goes meanwhile is left out.
    """
    with directory(top, path) as descriptor:
        yield from _walk(descriptor, path, skip, path.count("/") + 1)


def _walk(
    descriptor: int, path: str, skip: Callable[[str], bool], depth: int
) -> Iterator[tuple[str, int, str, os.stat_result]]:
    if depth > MAX_DEPTH:
        raise StepErrored(
            f"Ada folder yang bertingkat lebih dari {MAX_DEPTH}.",
            hint="Hapus folder yang tidak wajar itu dari berkas desa, lalu coba lagi.",
        )
    for name in sorted(os.listdir(descriptor)):
        below = f"{path}/{name}" if path else name
        if skip(below):
            continue
        try:
            status = os.stat(name, dir_fd=descriptor, follow_symlinks=False)
        except FileNotFoundError:
            continue
        yield below, descriptor, name, status
        if stat.S_ISDIR(status.st_mode):
            with suppress(FileNotFoundError, NotADirectoryError):
                inner = os.open(name, DIRECTORY, dir_fd=descriptor)
                try:
                    yield from _walk(inner, below, skip, depth + 1)
                finally:
                    os.close(inner)


def hash_of(top: Path, path: str) -> str:
    """The sha256 of a regular file below `top`."""
    with parent(top, path) as (descriptor, name):
        return hash_at(descriptor, name)


def hash_at(descriptor: int, name: str) -> str:
    with _opened(descriptor, name) as source:
        digest = hashlib.sha256()
        while block := os.read(source, BLOCK):
            digest.update(block)
        return digest.hexdigest()


@contextmanager
def _opened(descriptor: int, name: str) -> Iterator[int]:
    opened = os.open(name, READ, dir_fd=descriptor)
    try:
        if not stat.S_ISREG(os.fstat(opened).st_mode):
            raise StepErrored(f"{name} bukan berkas biasa lagi ketika dibaca.")
        yield opened
    finally:
        os.close(opened)


def copy_out(top: Path, path: str, target: Path) -> str:
    """The file's contents stand in a new root-only file, not yet settled; returns its sha256."""
    with parent(top, path) as (descriptor, name), _opened(descriptor, name) as source:
        digest = hashlib.sha256()
        with os.fdopen(os.open(target, WRITE, 0o600), "wb") as stream:
            while block := os.read(source, BLOCK):
                digest.update(block)
                stream.write(block)
        return digest.hexdigest()


def settle(top: Path, path: str) -> None:
    """What was written to this file or directory is on the disk, whatever happens to the power."""
    with parent(top, path) as (descriptor, name):
        opened = os.open(name, READ, dir_fd=descriptor) if name else os.dup(descriptor)
        try:
            os.fsync(opened)
        finally:
            os.close(opened)


def dress(descriptor: int, facts: Facts) -> None:
    """An open file or directory gets this owner, mode, attributes and time."""
    os.fchown(descriptor, facts.uid, facts.gid)
    os.fchmod(descriptor, facts.mode)
    for name in set(_xattrs(descriptor)) - set(facts.xattrs):
        os.removexattr(descriptor, name)
    for name, value in facts.xattrs.items():
        os.setxattr(descriptor, name, base64.b64decode(value))
    os.utime(descriptor, ns=(facts.mtime_ns, facts.mtime_ns))


def tree_manifest(paths: Iterable[Path], exclude: Iterable[Path] = ()) -> Manifest:
    """Path → (mode, uid, size, sha256) of all below these directories, links not followed.

    In a link's place of the sha256 stands `→ target`; nothing for a directory.
    """
    found: Manifest = {}
    excluded = [str(one) for one in exclude]
    for top in paths:
        for below, descriptor, name, status in walk(
            top, skip=lambda below, top=top: is_within(f"{top}/{below}", excluded)
        ):
            kind = KINDS.get(stat.S_IFMT(status.st_mode), "other")
            size = status.st_size if kind == "file" else 0
            with suppress(FileNotFoundError):  # gone since we saw it
                proof = _proof(descriptor, name, kind)
                found[f"{top}/{below}"] = (status.st_mode, status.st_uid, size, proof)
    return found


def _proof(descriptor: int, name: str, kind: str) -> str:
    if kind == "file":
        return hash_at(descriptor, name)
    return "→ " + os.readlink(name, dir_fd=descriptor) if kind == "link" else ""


@contextmanager
def on_disk(what: str) -> Iterator[None]:
    """The disk's refusals inside become a StepErrored that says at what."""
    try:
        yield
    except OSError as error:
        raise StepErrored(
            f"{what} tidak berhasil: {error.strerror or error}.",
            hint="Periksa ruang dan keadaan disk server; bila berkas desa sedang diubah, ulangi.",
            log_tail=str(error.filename or ""),
        ) from error
