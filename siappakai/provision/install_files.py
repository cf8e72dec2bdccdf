"""Touch: an instance's directories, mount points and configuration files, with their owners."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from siappakai.products.contract import DataMount, Place, Recipe
from siappakai.provision import files
from siappakai.provision.naming import InstancePaths, ServerPaths


def lay_out_files(recipe: Recipe, place: Place, paths: InstancePaths, uid: int) -> list[str]:
    """Everything a container of this instance mounts is there; returns the files (re)written.

    What the container mounts read-only belongs to root on the disk too.
    """
    files.make_dir(paths.home, uid=0, gid=0, mode=0o711)
    make_server_folders(recipe, paths.server)
    mounts = [each for each in recipe.mounts() if not (each.of_product or each.of_server)]
    for mount in mounts:
        if not mount.is_file:
            owner = 0 if mount.read_only else uid
            files.make_dir(paths.home / mount.source, uid=owner, gid=uid, mode=mount.mode)
    _make_inner_mount_points(paths.home, mounts)
    return [
        file.path
        for file in recipe.files(place)
        if files.write_file(
            paths.home / file.path, file.content.reveal(), uid=uid, gid=uid, mode=file.mode
        )
    ]


def make_server_folders(recipe: Recipe, server: ServerPaths) -> None:
    """Folders that all instances of the server see are there, also on one prepared long ago.

    The engine makes no container whose mount has no source.
    """
    for mount in recipe.mounts():
        if mount.of_server:
            files.make_dir(server.root / mount.source, uid=0, gid=0, mode=0o755)


def _make_inner_mount_points(home: Path, mounts: Sequence[DataMount]) -> None:
    """A mount inside another mount needs a place to land in the outer one."""
    for inner in mounts:
        for outer in mounts:
            if inner.target.startswith(outer.target + "/"):
                below = inner.target[len(outer.target) + 1 :]
                files.make_mount_point(home / outer.source / below, is_file=inner.is_file)
