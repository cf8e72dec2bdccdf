"""Touch: a release's source, from wherever it comes, becomes one clean folder."""

from __future__ import annotations

import difflib
import hashlib
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import SplitResult, urlsplit

from siappakai.errors import InvalidInput
from siappakai.provision.archive import copy_folder, unpack_archive
from siappakai.provision.build_context import tree_sha256
from siappakai.provision.git_source import GitWorkshop, Origin, git_workshop
from siappakai.provision.programs import OnLine

SourceKind = Literal["git", "archive", "folder"]
VERSION = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._+-]|/(?=[A-Za-z0-9_])){0,99}")
SSH_SHORT = re.compile(r"[A-Za-z0-9._-]+@[A-Za-z0-9][A-Za-z0-9.-]*:[^-:\s]\S*")
LOOPBACK = {"127.0.0.1", "::1", "localhost"}
ARCHIVE_ENDINGS = (".zip", ".tar.gz", ".tgz", ".tar.xz", ".tar")


@dataclass(frozen=True)
class FetchedSource:
    """A release's files and where they came from.

    `revision` is the commit (git), the archive's sha256 (archive) or the tree's sha256 (folder).
    `origin_shown` never holds a password or token.
    """

    tree: Path
    origin_shown: str
    revision: str
    kind: SourceKind


def fetch_source(
    origin: str, version: str, *, token_file: Path | None, into: Path, on_line: OnLine
) -> FetchedSource:
    """The source of `version`, alone in the new folder `into` (which must not exist yet).

    `origin` is a git URL (https, ssh), a git directory (bare or worktree), a folder or an archive.
    Only git can look `version` up; a folder or an archive is taken as it is. On any error `into`
    does not exist. Raises InvalidInput, Refused, Unavailable, StepFailed.
    """
    check_version(version)
    found = _find_origin(origin)
    if isinstance(found, Origin):
        token = None if found.is_local else token_file
        return _from_git(found, version, token, into, on_line)
    return _from_archive(found, into) if found.is_file() else _from_folder(found, into)


@contextmanager
def open_git(
    origin: str, *, token_file: Path | None, beside: Path, on_line: OnLine
) -> Iterator[tuple[GitWorkshop, Origin]]:
    """The git origin, ready to be asked for its tags; InvalidInput when it is none."""
    found = _find_origin(origin)
    if not isinstance(found, Origin):
        raise InvalidInput(
            "Sumber ini bukan repositori git, jadi tidak punya daftar tag.",
            hint="Sebutkan alamat git, atau tambahkan rilisnya satu per satu.",
        )
    token = None if found.is_local else token_file
    with git_workshop(found, token_file=token, beside=beside, on_line=on_line) as git:
        yield git, found


def is_remote_git(origin: str) -> bool:
    """Whether the address leads to another machine; refuses what no source may be."""
    return _is_remote(origin) and _checked_origin(origin) == origin


def _find_origin(origin: str) -> Origin | Path:
    """A git origin, or the archive or folder that is taken as it is."""
    address = _checked_origin(origin)
    path = Path(address)
    if address == origin and _is_remote(origin):
        return Origin(address, is_local=False)
    if not path.exists():
        raise InvalidInput(
            f'Sumber "{address}" tidak ditemukan.',
            hint="Sebutkan alamat git, folder, atau arsip (.zip, .tar.gz) yang ada.",
        )
    is_git = not path.is_file() and _is_git_directory(path)
    return Origin(str(path.resolve()), is_local=True) if is_git else path


def check_version(version: str) -> None:
    """Refuses a version that is no plain tag, branch or commit name."""
    if not VERSION.fullmatch(version) or ".." in version or version.endswith((".", "/", ".lock")):
        raise InvalidInput(
            f"Nama versi {version[:100]!r} tidak sah.", hint="Contoh nama versi: v2410.0.0"
        )


def choose_reference(references: dict[str, str], version: str) -> str | None:
    """The full reference of `version`: tags first, then branches, each also with or without v."""
    other = version[1:] if re.match(r"v\d", version) else "v" + version
    wanted = [f"refs/{kind}/{name}" for kind in ("tags", "heads") for name in (version, other)]
    return next((name for name in wanted if name in references), None)


def _from_git(
    origin: Origin, version: str, token_file: Path | None, into: Path, on_line: OnLine
) -> FetchedSource:
    with git_workshop(origin, token_file=token_file, beside=into.parent, on_line=on_line) as git:
        references = git.refs()
        reference = choose_reference(references, version)
        commit = references[reference] if reference else _commit(git, version)
        if commit is None:
            raise _unknown_version(version, references)
        git.export(commit, reference, into)
    return FetchedSource(into, origin.address, commit, "git")


def _commit(git: GitWorkshop, version: str) -> str | None:
    is_hexadecimal = re.fullmatch(r"[0-9a-f]{7,40}", version) is not None
    return git.find_commit(version) if is_hexadecimal else None


def _unknown_version(version: str, references: dict[str, str]) -> InvalidInput:
    tags = [name.removeprefix("refs/tags/") for name in references if name.startswith("refs/tags/")]
    near = difflib.get_close_matches(version, tags, n=5, cutoff=0.3)
    hint = f"Yang paling mirip: {', '.join(near)}." if near else "Periksa daftar tag di sumbernya."
    return InvalidInput(f"Versi {version} tidak ada di sumber rilis.", hint=hint)


def _from_archive(archive: Path, into: Path) -> FetchedSource:
    unpack_archive(archive, into)
    with archive.open("rb") as source:
        digest = hashlib.file_digest(source, "sha256").hexdigest()
    return FetchedSource(into, str(archive.absolute()), digest, "archive")


def _from_folder(folder: Path, into: Path) -> FetchedSource:
    if into.resolve().is_relative_to(folder.resolve()):
        raise InvalidInput(
            "Folder kerja berada di dalam folder sumber.", hint="Pindahkan folder sumber."
        )
    copy_folder(folder, into)
    return FetchedSource(into, str(folder.absolute()), tree_sha256(into), "folder")


def _is_git_directory(path: Path) -> bool:
    bare = (path / "HEAD").is_file() and (path / "objects").is_dir() and (path / "refs").is_dir()
    return bare or (path / ".git").exists()


def _is_remote(origin: str) -> bool:
    return "://" in origin or SSH_SHORT.fullmatch(origin) is not None


def _checked_origin(origin: str) -> str:
    """The address git or the file system may see; refuses credentials and odd protocols."""
    if not origin or origin.startswith("-") or re.search(r"[\x00-\x1f\x7f]", origin):
        raise InvalidInput(
            "Alamat sumber tidak sah.", hint="Contoh: https://github.com/OpenSID/OpenSID.git"
        )
    if "::" in origin.split("/", 1)[0]:
        raise _odd_protocol()
    if "://" not in origin:
        return origin
    try:
        url = urlsplit(origin)
        _check_url(url)
    except ValueError as error:
        raise InvalidInput("Alamat sumber tidak sah.", hint="Periksa ejaan alamatnya.") from error
    return url.path if url.scheme == "file" else origin


def _check_url(url: SplitResult) -> None:
    has_secret = url.password is not None or (url.username and url.scheme != "ssh")
    if has_secret or url.query or url.fragment:
        raise InvalidInput(
            f"Alamat sumber di {url.hostname} memuat nama pengguna, sandi, atau token.",
            hint="Hapus bagian itu dari alamat; simpan token dalam berkas berizin 0600.",
        )
    if url.scheme == "file" and url.hostname in (None, "localhost"):
        return
    if url.scheme not in ("https", "ssh") and not (
        url.scheme == "http" and url.hostname in LOOPBACK
    ):
        raise _odd_protocol()
    if not url.hostname or url.hostname.startswith("-"):
        raise ValueError(url.hostname)
    if url.scheme != "ssh" and url.path.endswith(ARCHIVE_ENDINGS):
        raise InvalidInput(
            "Alamat ini menunjuk sebuah arsip, bukan repositori git.",
            hint="Unduh arsip itu ke server ini, lalu sebutkan letak berkasnya.",
        )


def _odd_protocol() -> InvalidInput:
    return InvalidInput(
        "Sumber rilis hanya boleh memakai https atau ssh.",
        hint="Contoh: https://github.com/OpenSID/OpenSID.git",
    )
