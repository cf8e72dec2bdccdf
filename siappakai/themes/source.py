"""Touch: a theme from a zip, git address, git directory or folder, alone in a new folder."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from siappakai.errors import InvalidInput
from siappakai.models.release import is_preview, version_key
from siappakai.provision.archive import copy_folder, unpack_archive
from siappakai.provision.programs import OnLine
from siappakai.provision.sources import fetch_source, is_remote_git, open_git
from siappakai.provision.tree_writer import MIB, Limits, safe_parts
from siappakai.themes.describe import version_of_tag

LIMITS = Limits(120 * MIB, 20_000, ratio=100, ratio_counts_from_bytes=8 * MIB)
LARGEST_ARCHIVE = 60 * MIB


@dataclass(frozen=True, slots=True)
class Fetched:
    """`revision` is the commit, or the archive's sum; `tag` the git tag or branch."""

    tree: Path
    origin: str
    revision: str = ""
    tag: str = ""


@dataclass(frozen=True, slots=True)
class SourceOrder:
    """Where a theme comes from; `folder` is the one inside it that holds template.php."""

    origin: str
    tag: str = ""
    folder: str = ""
    token_file: Path | None = None


@contextmanager
def fetched_theme(order: SourceOrder, beside: Path, on_line: OnLine) -> Iterator[Fetched]:
    """The theme's files in a 0700 folder that is gone afterwards.

    Raises InvalidInput (an archive that does harm, a wrong address), Refused, Unavailable.
    """
    beside.mkdir(mode=0o700, parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix=".tema-", dir=beside))
    try:
        yield _inside(_fetch(order, work / "isi", on_line), order.folder)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _fetch(order: SourceOrder, into: Path, on_line: OnLine) -> Fetched:
    if is_remote_git(order.origin) or _is_git(Path(order.origin)):
        tag = order.tag or _newest(order, into.parent, on_line)
        found = fetch_source(
            order.origin, tag, token_file=order.token_file, into=into, on_line=on_line
        )
        return Fetched(into, found.origin_shown, found.revision, tag)
    place = Path(order.origin)
    if place.is_file():
        return _archive(place, into)
    if not place.is_dir():
        raise InvalidInput(
            f'Sumber "{order.origin}" tidak ditemukan.',
            hint="Sebutkan berkas .zip, alamat git, atau folder yang ada.",
        )
    if into.resolve().is_relative_to(place.resolve()):
        raise InvalidInput(
            "Folder kerja panel berada di dalam folder sumber.", hint="Sebutkan folder temanya."
        )
    copy_folder(place, into, limits=LIMITS)
    return Fetched(into, str(place.absolute()))


def _archive(place: Path, into: Path) -> Fetched:
    if place.stat().st_size > LARGEST_ARCHIVE:
        raise InvalidInput(
            f"Arsip tema lebih besar dari {LARGEST_ARCHIVE // MIB} MB.",
            hint="Kecilkan gambar di dalamnya, atau buang berkas cadangan.",
        )
    unpack_archive(place, into, limits=LIMITS)
    with place.open("rb") as source:
        digest = hashlib.file_digest(source, "sha256").hexdigest()
    return Fetched(into, place.name, digest)


def _newest(order: SourceOrder, beside: Path, on_line: OnLine) -> str:
    """The highest version among the tags, else the main branch."""
    with open_git(order.origin, token_file=order.token_file, beside=beside, on_line=on_line) as (
        git,
        _,
    ):
        refs = git.refs()
    tags = [each.removeprefix("refs/tags/") for each in refs if each.startswith("refs/tags/")]
    versions = [each for each in tags if version_of_tag(each) and not is_preview(each)]
    if versions:
        return max(versions, key=version_key)
    heads = [each.removeprefix("refs/heads/") for each in refs if each.startswith("refs/heads/")]
    for name in ("main", "master", *sorted(heads)):
        if name in heads:
            return name
    raise InvalidInput("Repositori ini kosong.", hint="Periksa alamatnya.")


def _inside(found: Fetched, folder: str) -> Fetched:
    if not folder:
        return found
    parts = safe_parts(folder)
    inner = found.tree.joinpath(*parts)
    if not parts or inner.is_symlink() or not inner.is_dir():
        raise InvalidInput(f'Folder "{folder}" tidak ada di dalam sumber tema.')
    if not inner.resolve().is_relative_to(found.tree.resolve()):
        raise InvalidInput(f'Folder "{folder}" menunjuk ke luar sumber tema.')
    return Fetched(inner, f"{found.origin}#{folder}", found.revision, found.tag)


def _is_git(path: Path) -> bool:
    bare = (path / "HEAD").is_file() and (path / "objects").is_dir() and (path / "refs").is_dir()
    return path.is_dir() and (bare or (path / ".git").exists())
