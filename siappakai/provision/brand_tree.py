"""Touch: files of an instance's look, laid and read without ever following a link of a village's.

The application may write in its own folders, so any name there may have become a link to
somewhere else: each folder on the way is opened by itself, and a link is never walked through.
"""

from __future__ import annotations

import errno
import hashlib
import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from siappakai.errors import StepErrored
from siappakai.products.brand import Picture
from siappakai.provision.brand_plan import FOLDER, LINK

MOST_BYTES = 32 * 1024 * 1024  # more than any upload that the applications take
KEPT = "merek/simpanan"  # below an instance's directory, seen by no container
PRIVATE = ("config/",)  # what only the application reads; the rest its web server sends
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_ABSENT = (errno.ENOENT, errno.ENAMETOOLONG)
_NO_FILE = (*_ABSENT, errno.ELOOP, errno.ENXIO)


class BrandTree:
    """The directory in which an instance wears its files; paths are relative to it.

    `kept` is where its own bytes are kept by their hash, `stores` where else they may lie.
    """

    def __init__(self, home: Path, uid: int, kept: Path, stores: tuple[Path, ...] = ()) -> None:
        self.home = home
        self.uid = uid
        self.kept = kept
        self.stores = stores

    def look(self, path: str) -> str:
        """What lies there: "" nothing, `→target` a link, "folder", or the file's sha256."""
        with self._folder_of(path) as (folder, name):
            if folder is None:
                return ""
            try:
                status = os.stat(name, dir_fd=folder, follow_symlinks=False)
                if stat.S_ISLNK(status.st_mode):
                    return LINK + os.readlink(name, dir_fd=folder)
            except OSError as error:
                if error.errno not in (*_ABSENT, errno.EINVAL):  # no link any more
                    raise
                return ""
        if stat.S_ISDIR(status.st_mode):
            return FOLDER
        content = self.read(path)
        return hashlib.sha256(content).hexdigest() if content is not None else ""

    def read(self, path: str) -> bytes | None:
        """The file's bytes; None when it is no plain file, or larger than any picture."""
        with self._folder_of(path) as (folder, name):
            if folder is None:
                return None
            try:
                handle = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=folder)
            except OSError as error:
                if error.errno in _NO_FILE:
                    return None
                raise
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode) or status.st_size > MOST_BYTES:
            os.close(handle)
            return None
        with os.fdopen(handle, "rb") as stream:
            return stream.read(MOST_BYTES + 1)

    def lay(self, path: str, what: str) -> bool:
        """What `look` says of the path is `what` afterwards; whether anything changed.

        A file's bytes are those kept under its hash. A folder that stands in its place is moved
        aside, and not back again.
        """
        if self.look(path) == what:
            return False
        if not what or what == FOLDER:
            return self._remove(path)
        if what.startswith(LINK):
            self._link(path, what.removeprefix(LINK))
            return True
        content = self.read_kept(what)
        if content is None:
            raise StepErrored(
                f"Isi berkas {PurePosixPath(path).name} tidak tersimpan.",
                hint="Bagikan ulang merek ke server ini, lalu tekan Coba lagi.",
            )
        self._write(path, content)
        return True

    def folders(self, path: str) -> frozenset[str]:
        """Names of the real folders in a folder; a link to one is none."""
        with self._folder_of(f"{path}/.") as (folder, _):
            if folder is None:
                return frozenset()
            with os.scandir(folder) as entries:
                return frozenset(one.name for one in entries if one.is_dir(follow_symlinks=False))

    # --- bytes that must not be lost: what was replaced, and what the village chose

    def keep(self, content: bytes, ending: str = "") -> str:
        """The bytes lie beside the instance's data under their sha256, which is returned."""
        digest = hashlib.sha256(content).hexdigest()
        folder = self.kept
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        target = folder / (f"{digest}.{ending}" if ending else digest)
        if not any(folder.glob(f"{digest}*")):
            temporary = target.with_name(f".{target.name}.baru")
            temporary.write_bytes(content)
            temporary.chmod(0o400)
            with temporary.open("rb") as stream:
                os.fsync(stream.fileno())
            os.replace(temporary, target)
        return digest

    def keep_file(self, path: str) -> str:
        """What lies at the path, kept; "" when there is no plain file."""
        content = self.read(path)
        if content is None:
            return ""
        return self.keep(content, PurePosixPath(path).suffix[1:].lower())

    def read_kept(self, sha256: str) -> bytes | None:
        """The kept bytes, proved to be those of the hash."""
        path = self._kept_path(sha256)
        content = path.read_bytes() if path is not None else None
        if content is not None and hashlib.sha256(content).hexdigest() != sha256:
            raise StepErrored(
                f"Simpanan {sha256[:12]} berubah di disk.",
                hint="Pulihkan folder merek/simpanan dari cadangan, lalu tekan Coba lagi.",
            )
        return content

    def kept_picture(self, sha256: str) -> Picture | None:
        path = self._kept_path(sha256)
        return Picture(sha256, path.suffix[1:] or "png") if path is not None else None

    def forget_kept(self, keep: frozenset[str]) -> int:
        """Kept bytes of other hashes are gone; how many there were."""
        gone = [each for each in self.kept.glob("*") if each.name.partition(".")[0] not in keep]
        for path in gone:
            path.unlink(missing_ok=True)
        return len(gone)

    def _kept_path(self, sha256: str) -> Path | None:
        if len(sha256) != 64:
            return None
        found = (sorted(one.glob(f"{sha256}*")) for one in (self.kept, *self.stores))
        return next((each[0] for each in found if each), None)

    # --- by open folders only

    @contextmanager
    def _folder_of(self, path: str, *, make: bool = False) -> Iterator[tuple[int | None, str]]:
        """The open folder of the path's last part, and that part; None where a part is missing."""
        *parts, name = _parts(path)
        folder = self._open_home(make)
        try:
            for part in parts:
                if folder is None:
                    break
                following = self._enter(folder, part, make)
                os.close(folder)
                folder = following
            yield folder, name
        finally:
            if folder is not None:
                os.close(folder)

    def _open_home(self, make: bool) -> int | None:
        try:
            return os.open(self.home, _FOLDER)
        except FileNotFoundError as error:
            if not make:
                return None
            raise StepErrored(
                "Folder berkas aplikasi ini tidak ada di server.",
                hint="Pulihkan folder itu dari cadangan, lalu tekan Coba lagi.",
            ) from error

    def _enter(self, folder: int, part: str, make: bool) -> int | None:
        try:
            return os.open(part, _FOLDER, dir_fd=folder)
        except FileNotFoundError:
            if not make:
                return None
            os.mkdir(part, 0o755, dir_fd=folder)
            os.chown(part, self.uid, self.uid, dir_fd=folder, follow_symlinks=False)
            return os.open(part, _FOLDER, dir_fd=folder)
        except OSError as error:
            if error.errno not in (errno.ELOOP, errno.ENOTDIR, errno.ENAMETOOLONG):
                raise
            if not make:
                return None
            raise StepErrored(
                f"{part} seharusnya folder, tetapi bukan.",
                hint="Pindahkan yang menempati namanya di berkas desa, lalu coba lagi.",
            ) from error

    def _write(self, path: str, content: bytes) -> None:
        mode = 0o400 if path.startswith(PRIVATE) else 0o644
        with self._folder_of(path, make=True) as (folder, name):
            temporary = f".{name[:200]}.baru"
            _unlink(temporary, folder)
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
            handle = os.open(temporary, flags, 0o600, dir_fd=folder)
            with os.fdopen(handle, "wb") as stream:
                stream.write(content)
                os.fchown(stream.fileno(), self.uid, self.uid)
                os.fchmod(stream.fileno(), mode)
                stream.flush()
                os.fsync(stream.fileno())
            _replace(temporary, name, folder)

    def _link(self, path: str, target: str) -> None:
        with self._folder_of(path, make=True) as (folder, name):
            temporary = f".{name[:200]}.baru"
            _unlink(temporary, folder)
            os.symlink(target, temporary, dir_fd=folder)
            _replace(temporary, name, folder)

    def _remove(self, path: str) -> bool:
        with self._folder_of(path) as (folder, name):
            return folder is not None and _unlink(name, folder)


def _parts(path: str) -> list[str]:
    parts = path.split("/")
    if path.startswith("/") or ".." in parts or "" in parts or "\0" in path:
        raise ValueError(f"not a path below an instance: {path!r}")
    return parts


def _unlink(name: str, folder: int | None) -> bool:
    try:
        os.unlink(name, dir_fd=folder)
    except FileNotFoundError:
        return False
    except IsADirectoryError:
        _move_aside(name, folder)
    return True


def _replace(temporary: str, name: str, folder: int | None) -> None:
    """The new file or link has its name; a folder that stands there makes way, whole."""
    try:
        os.replace(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)
    except IsADirectoryError:
        _move_aside(name, folder)
        os.replace(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)


def _move_aside(name: str, folder: int | None) -> None:
    """A folder in the place of a file of ours keeps all it holds, under another name."""
    aside = f"{name[:200]}.dipindah-{secrets.token_hex(4)}"
    os.rename(name, aside, src_dir_fd=folder, dst_dir_fd=folder)
