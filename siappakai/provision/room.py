"""Touch: room on a server's disks for the way back of what is about to change."""

from __future__ import annotations

import os
from pathlib import Path

from siappakai.errors import StepErrored
from siappakai.provision import files
from siappakai.provision.naming import ServerPaths

LEAST_FREE_BYTES = 2 * 1024**3  # for everything else on the disk, which goes on growing
DUMPS, BESIDE = 1, 2  # times the database: its dump; its copy, and what a migration adds
GB = 1024**3


def ensure_room(paths: ServerPaths, database_bytes: int = 0) -> int:
    """StepErrored unless a database of this size could be dumped, loaded beside itself, and grow.

    Returns the free bytes of the disk that dumps lie on. MariaDB's data may lie on another one.
    """
    for folder, needed in _needs(paths, database_bytes).items():
        free = files.free_bytes(folder)
        if free < needed:
            raise StepErrored(
                f"Ruang disk server tidak cukup: perlu {_in_gb(needed)} GB kosong di {folder}, "
                f"tersedia {_in_gb(free)} GB.",
                hint="Belum ada yang diubah. Pangkas citra dan salinan lama (Rilis › Pangkas) atau "
                "besarkan disk server, lalu tekan Coba lagi.",
            )
    return files.free_bytes(paths.root)


def _needs(paths: ServerPaths, database_bytes: int) -> dict[Path, int]:
    """Folder → bytes that must be free on its disk; one folder a disk."""
    dumps, beside = DUMPS * database_bytes, BESIDE * database_bytes
    if _disk_of(paths.root) == _disk_of(paths.mariadb_data):
        return {paths.root: LEAST_FREE_BYTES + dumps + beside}
    return {
        paths.root: LEAST_FREE_BYTES + dumps,
        paths.mariadb_data: LEAST_FREE_BYTES + beside,
    }


def _disk_of(folder: Path) -> int:
    """The disk of the folder, or of its nearest existing parent."""
    while not folder.exists():
        folder = folder.parent
    return os.stat(folder).st_dev


def _in_gb(size_bytes: int) -> str:
    return f"{size_bytes / GB:.1f}".replace(".", ",")
