"""Touch: an offline folder of composer packages, each a zip whose composer.json says its version.

It is what composer calls an artifact repository
(https://getcomposer.org/doc/05-repositories.md#artifact).
"""

from __future__ import annotations

import json
import os
import re
import shutil
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path

from siappakai.errors import InvalidInput
from siappakai.provision.composer_lock import PackageKey, package_key

LARGEST_DESCRIPTION = 1024 * 1024


def find_packages(folder: Path) -> dict[PackageKey, Path]:
    """Every package in the folder and below, by name and version; the first file name wins."""
    if not folder.is_dir():
        raise InvalidInput(
            f"Folder paket composer {folder} tidak ada.",
            hint="Sebutkan folder berisi berkas .zip, satu untuk tiap paket.",
        )
    found: dict[PackageKey, Path] = {}
    for path in sorted(folder.rglob("*.zip")):
        if path.is_file() and (key := _described(path)):
            found.setdefault(key, path)
    if not found:
        raise InvalidInput(
            f"Folder paket composer {folder} tidak berisi satu paket pun.",
            hint="Isi dengan berkas .zip yang composer.json-nya memuat name dan version.",
        )
    return found


def lay_out_packages(packages: Mapping[PackageKey, Path], into: Path) -> dict[PackageKey, str]:
    """Copies of the packages in the new folder `into`, readable by the builder; their names."""
    into.mkdir(mode=0o755)
    names = {}
    for key, path in sorted(packages.items()):
        name = re.sub(r"[^a-z0-9._~-]", "-", f"{key[0].replace('/', '~')}-{key[1]}") + ".zip"
        shutil.copyfile(path, into / name)
        os.chmod(into / name, 0o444)
        names[key] = name
    return names


def _described(path: Path) -> PackageKey | None:
    try:
        with zipfile.ZipFile(path) as packed:
            place = _description(packed)
            text = packed.read(place) if place else b"{}"
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, RuntimeError, ValueError) as error:
        raise _broken(path) from error
    try:
        project = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _broken(path) from error
    if not isinstance(project, dict):
        raise _broken(path)
    name, version = project.get("name"), project.get("version")
    if not (isinstance(name, str) and isinstance(version, str)):
        return None
    return package_key(name, version)


def _description(packed: zipfile.ZipFile) -> zipfile.ZipInfo | None:
    """composer.json at the top, or in the one top folder GitHub puts around everything."""
    places = {one.filename: one for one in packed.infolist()}
    tops = {name.split("/", 1)[0] for name in places}
    inside = f"{next(iter(tops))}/composer.json" if len(tops) == 1 else ""
    found = places.get("composer.json") or places.get(inside)
    return found if found and found.file_size <= LARGEST_DESCRIPTION else None


def _broken(path: Path) -> InvalidInput:
    return InvalidInput(
        f'Berkas paket "{path.name}" rusak.',
        hint="Salin ulang berkas itu ke folder paket composer; rilis belum diubah.",
    )
