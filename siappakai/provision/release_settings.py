"""Touch: where each product's releases come from, and what building them needs; chosen settings.

Files are named by the command line alone: the worker reads them as root, so that a page of the
panel must not choose them. A token goes to the origin that it was given for and to no other.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from siappakai.errors import InvalidInput, NotFound
from siappakai.models import append_event, read_setting, transaction, write_setting
from siappakai.products import find_recipe
from siappakai.provision.composer_build import ComposerOptions
from siappakai.provision.git_source import checked_token_parts
from siappakai.provision.sources import is_remote_git

KEEP = "rilis.simpan"
KEEP_BY_DEFAULT = 3
KNOWN_ORIGINS = {
    "opensid": "https://github.com/OpenSID/OpenSID.git",
    "pbb": "https://github.com/OpenSID/rilis-pbb.git",
    "mobile_api": "https://github.com/OpenSID/rilis-opensid-api.git",
    "opendk": "https://github.com/OpenSID/OpenDK.git",
    "openkab": "https://github.com/OpenSID/OpenKab.git",
    "satu_data_api": "https://github.com/OpenSID/API-Database-Gabungan.git",
}


@dataclass(frozen=True, slots=True)
class ReleaseSource:
    """A product's origin with the files that open it and its private packages."""

    origin: str
    token_file: Path | None = None
    composer: ComposerOptions = ComposerOptions()


def source_of(product: str, origin: str = "") -> ReleaseSource:
    """The product's source as it was set; another origin gets none of its token."""
    find_recipe(product)
    files: dict[str, Any] = read_setting(f"rilis.berkas.{product}", {})
    own = _own_origin(product)
    wanted = origin or own
    if not wanted:
        raise NotFound(
            "Sumber rilis produk ini belum diatur.",
            hint=f"Jalankan: siappakai rilis sumber {product} <alamat git>",
        )
    token = files.get("token") if wanted == own else None
    composer = ComposerOptions(_path(files.get("packages")), _path(files.get("auth")))
    return ReleaseSource(wanted, _path(token), composer)


def set_source(product: str, source: ReleaseSource, *, by: str) -> None:
    """Where the product's releases come from now on; a token others can read is refused."""
    find_recipe(product)
    if source.token_file is not None:
        checked_token_parts(source.token_file)
    files = {
        "token": _text(source.token_file),
        "packages": _text(source.composer.packages_dir),
        "auth": _text(source.composer.auth_file),
    }
    with transaction():
        write_setting(f"rilis.sumber.{product}", source.origin, by=by)
        write_setting(f"rilis.berkas.{product}", files, by=by)
        append_event("release_source_set", f"product:{product}", by=by, origin=source.origin)


def check_panel_origin(product: str, origin: str) -> str:
    """The origin, if a page may choose it: the product's own, or a git address elsewhere."""
    wanted = origin.strip()
    if wanted in ("", _own_origin(product)):
        return wanted
    if not is_remote_git(wanted):
        raise InvalidInput(
            "Dari panel, sumber rilis harus alamat git (https atau ssh).",
            hint="Folder dan arsip di server ditambahkan dengan: siappakai rilis tambah",
        )
    return wanted


def kept_images() -> int:
    """How many earlier images of each product are kept besides those that are needed."""
    return int(read_setting(KEEP, KEEP_BY_DEFAULT))


def _own_origin(product: str) -> str:
    return str(read_setting(f"rilis.sumber.{product}", KNOWN_ORIGINS.get(product, "")))


def _path(text: str | None) -> Path | None:
    return Path(text) if text else None


def _text(path: Path | None) -> str:
    return str(path.absolute()) if path else ""
