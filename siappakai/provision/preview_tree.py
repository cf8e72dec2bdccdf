"""Touch: an instance's files as its throw-away stand sees them; what is laid goes to the stand."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from siappakai.provision.brand_remember import brand_tree
from siappakai.provision.brand_tree import BrandTree
from siappakai.provision.file_view import ViewMethod
from siappakai.provision.rehearsal_stand import Stand
from siappakai.provision.wanted import BindMount


class StandTree(BrandTree):
    """Like the instance's own tree; production's files are read where the stand has none.

    `places` leads from a folder of the instance to where the stand writes it, `whole` names those
    which are complete there. No container of the stand runs while anything is laid.
    """

    def __init__(
        self, scratch: Path, real: BrandTree, places: Mapping[str, Path], whole: frozenset[str]
    ) -> None:
        super().__init__(scratch, real.uid, scratch, (real.kept, *real.stores))
        self.real = real
        self.places = places
        self.whole = whole

    def look(self, path: str) -> str:
        if self._is_decided(path):
            return "" if self._is_gone(path) else super().look(path)
        return self.real.look(path)

    def read(self, path: str) -> bytes | None:
        if self._is_decided(path):
            return None if self._is_gone(path) else super().read(path)
        return self.real.read(path)

    def folders(self, path: str) -> frozenset[str]:
        own = super().folders(path)
        return own if self._is_whole(path) else own | self.real.folders(path)

    def _is_whole(self, path: str) -> bool:
        return path.partition("/")[0] in self.whole

    def _is_decided(self, path: str) -> bool:
        """Whether the stand itself says what lies there."""
        return self._is_whole(path) or self._mode(path) is not None

    def _is_gone(self, path: str) -> bool:
        mode = self._mode(path)
        return mode is None or stat.S_ISCHR(mode)

    def _mode(self, path: str) -> int | None:
        with self._folder_of(path) as (folder, name):
            if folder is None:
                return None
            try:
                return os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode
            except FileNotFoundError:
                return None

    def _remove(self, path: str) -> bool:
        """Below an overlay a device 0:0 says that the file is gone (kernel's overlayfs.rst)."""
        super()._remove(path)
        if not self._is_whole(path) and self.real.look(path):
            with self._folder_of(path, make=True) as (folder, name):
                os.mknod(name, stat.S_IFCHR, os.makedev(0, 0), dir_fd=folder)
        return True

    @contextmanager
    def _folder_of(self, path: str, *, make: bool = False) -> Iterator[tuple[int | None, str]]:
        first, _, rest = path.partition("/")
        if first not in self.places or not rest:
            with super()._folder_of(path, make=make) as found:
                yield found
            return
        place = BrandTree(self.places[first], self.uid, self.kept)
        with place._folder_of(rest, make=make) as found:
            yield found


def tree_of(stand: Stand) -> StandTree:
    """The stand's files; its own configuration folders also hold what production's hold besides."""
    job, view = stand.job, stand.view
    mounts = {
        each.target: Path(each.source) for each in stand.spec.mounts if isinstance(each, BindMount)
    }
    places: dict[str, Path] = {}
    whole = set()
    for mount in job.recipe.mounts():
        if mount.is_file or mount.of_product or mount.of_server:
            continue
        real = job.paths.home / mount.source
        part = next((each for each in view.parts if each.real == real), None)
        if part is not None:
            places[mount.source] = part.upper
            if view.method is ViewMethod.COPY:
                whole.add(mount.source)
        elif (seen := mounts.get(mount.target, real)) != real:
            _fill(real, seen)
            places[mount.source] = seen
            whole.add(mount.source)
    scratch = stand.folder / "simpanan"
    scratch.mkdir(mode=0o700, exist_ok=True)
    return StandTree(scratch, brand_tree(job), places, frozenset(whole))


def _fill(real: Path, seen: Path) -> None:
    """What was laid beside the rendered files (a brand worn now) is there as well.

    Both folders are root's; no village writes here.
    """
    for each in sorted(real.iterdir()):
        target = seen / each.name
        if each.is_file() and not each.is_symlink() and not target.exists():
            shutil.copy2(each, target)
            status = each.stat()
            os.chown(target, status.st_uid, status.st_gid)
