"""Touch: where each product's releases come from, and what building them needs; chosen settings.

Files are named by the command line alone: the worker reads them as root, so that a page of the
panel must not choose them. A token goes to the origin that it was given for and to no other.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from siappakai.errors import InvalidInput, NotFound, Refused
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
PARTS = {"token": "token", "packages": "paket composer", "auth": "auth composer"}


@dataclass(frozen=True, slots=True)
class ReleaseSource:
    """A product's origin with the files that open it and its private packages."""

    origin: str
    token_file: Path | None = None
    composer: ComposerOptions = ComposerOptions()

    def files(self) -> dict[str, Path | None]:
        """By the names of PARTS."""
        packages, auth = self.composer.packages_dir, self.composer.auth_file
        return {"token": self.token_file, "packages": packages, "auth": auth}


def source_of(product: str, origin: str = "") -> ReleaseSource:
    """The product's source as it was set; another origin gets none of its token."""
    find_recipe(product)
    files, own = files_of(product), _own_origin(product)
    wanted = origin or own
    if not wanted:
        raise NotFound(
            "Sumber rilis produk ini belum diatur.",
            hint=f"Jalankan: siappakai rilis sumber {product} <alamat git>",
        )
    token = files["token"] if wanted == own else None
    return ReleaseSource(wanted, token, ComposerOptions(files["packages"], files["auth"]))


def files_of(product: str) -> dict[str, Path | None]:
    """The files that were set for the product's own origin, by the names of PARTS."""
    files: dict[str, Any] = read_setting(f"rilis.berkas.{product}", {})
    return {name: _path(files.get(name)) for name in PARTS}


def changed_source(
    product: str, origin: str, given: Mapping[str, Path | None], dropped: Collection[str] = ()
) -> ReleaseSource:
    """The product's source with the files `given` (token, packages, auth); nothing is written.

    The files set before stay while the origin does, but for those `dropped`: another origin gets
    none of them. Refused when one is given and dropped at once.
    """
    find_recipe(product)
    own = _own_origin(product)
    both = sorted(name for name in dropped if given.get(name))
    if both:
        raise Refused(
            f"{PARTS[both[0]].capitalize()} disebut dan sekaligus dibuang.",
            hint="Pilih salah satu, lalu ulangi.",
        )
    kept = files_of(product) if origin in ("", own) else {}
    files = {
        name: given.get(name) or (None if name in dropped else kept.get(name)) for name in PARTS
    }
    composer = ComposerOptions(files["packages"], files["auth"])
    return ReleaseSource(origin or source_of(product).origin, files["token"], composer)


def set_source(product: str, source: ReleaseSource, *, by: str) -> None:
    """Where the product's releases come from now on; a token others can read is refused."""
    find_recipe(product)
    if source.token_file is not None:
        checked_token_parts(source.token_file)
    files = {name: _text(path) for name, path in source.files().items()}
    named = [name for name, path in files.items() if path]
    with transaction():
        write_setting(f"rilis.sumber.{product}", source.origin, by=by)
        write_setting(f"rilis.berkas.{product}", files, by=by)
        append_event(
            "release_source_set", f"product:{product}", by=by, origin=source.origin, files=named
        )


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
