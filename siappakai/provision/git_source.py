"""Touch: one commit of a git repository becomes a plain tree; its token stays in its own file.

Every git command runs in a fresh bare repository of ours, so no hook, filter or setting of a
repository we were pointed at is ever used. A token reaches git by an askpass program that reads
the 0600 file itself: it is in no argument, URL, environment value or git setting.
"""

from __future__ import annotations

import os
import re
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from siappakai.errors import InvalidInput, Refused, SiapPakaiError, StepFailed, Unavailable
from siappakai.provision.archive import tar_entries, unpack_tar_stream
from siappakai.provision.programs import (
    Finished,
    OnLine,
    Running,
    child_environment,
    run_program,
    started,
)
from siappakai.provision.tree_writer import Entry

ASK_TIMEOUT_S = 90
FETCH_TIMEOUT_S = 1800
LONGEST_TEXT = 1_000_000
REF_LINE = re.compile(r"^([0-9a-f]{40}|[0-9a-f]{64})\s+(refs/(?:tags|heads)/\S+)$")
SETTINGS = (
    ("protocol.ext.allow", "never"),
    ("credential.helper", ""),
    ("core.hooksPath", "/dev/null"),
    ("gc.auto", "0"),
    ("maintenance.auto", "false"),
    ("advice.detachedHead", "false"),
    ("http.lowSpeedLimit", "1000"),
    ("http.lowSpeedTime", "60"),
)
ASKPASS = """#!/bin/sh
IFS= read -r line < "$SIAPPAKAI_TOKEN_FILE" || [ -n "$line" ] || exit 1
case "$1" in
Username*) case "$line" in *:*) printf '%s\\n' "${line%%:*}" ;; *) echo oauth2 ;; esac ;;
*) printf '%s\\n' "${line#*:}" ;;
esac
"""
# What git and its transports say, what we say, and whether trying again may help.
SIGNS: tuple[tuple[str, type[SiapPakaiError], str, str], ...] = (
    (
        r"authentication failed|could not read |prompts disabled|permission denied|error: 40[13]",
        Refused,
        "Sumber rilis menolak akses",
        "Simpan token baca (read-only) dalam berkas berizin 0600 lalu sebutkan berkas itu.",
    ),
    (
        r"host key verification failed",
        Refused,
        "Kunci SSH server sumber belum dikenal",
        "Hubungkan sekali dengan ssh secara manual, periksa sidik jarinya, lalu ulangi.",
    ),
    (
        r"repository .*not found|does not appear to be a git repository|returned error: 404",
        InvalidInput,
        "Alamat sumber bukan repositori git, atau perlu token",
        "Periksa ejaan alamat; untuk repositori tertutup sebutkan berkas token.",
    ),
    (
        r"redirect|error: 30\d",
        Refused,
        "Alamat sumber mengalihkan ke alamat lain",
        "Pakai alamat barunya; token tidak dikirim ke alamat pengalihan.",
    ),
)


@dataclass(frozen=True)
class Origin:
    """Where commits come from: an address for git, or a local git directory."""

    address: str
    is_local: bool


@contextmanager
def git_workshop(
    origin: Origin, *, token_file: Path | None, beside: Path, on_line: OnLine
) -> Iterator[GitWorkshop]:
    """An empty bare repository for one fetch, in a 0700 folder that is gone afterwards."""
    beside.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=".sumber-", dir=beside))
    try:
        yield GitWorkshop(origin, folder, token_file, on_line)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class GitWorkshop:
    """Lists, brings and exports commits of one origin."""

    def __init__(
        self, origin: Origin, folder: Path, token_file: Path | None, on_line: OnLine
    ) -> None:
        self._origin, self._folder, self._on_line = origin, folder, on_line
        self._repository = folder / "gudang.git"
        self._hidden: tuple[str, ...] = ()
        self._env = child_environment({"HOME": str(folder), **self._access(token_file)})
        self._git("init", "--quiet", "--bare", "--template=", str(self._repository))

    def refs(self) -> dict[str, str]:
        """Full reference name → commit, of all tags and branches (annotated tags peeled)."""
        if self._origin.is_local:
            ran = self._run(self._there(), "show-ref", "--tags", "--heads", "--dereference")
            if ran.code not in (0, 1):
                raise self._failure(ran)
        else:
            ran = self._git("ls-remote", "--tags", "--heads", "--", self._origin.address)
        found = {match[2]: match[1] for line in ran.lines if (match := REF_LINE.match(line))}
        peeled = {name[:-3]: sha for name, sha in found.items() if name.endswith("^{}")}
        return {name: sha for name, sha in (found | peeled).items() if not name.endswith("^{}")}

    def find_commit(self, version: str) -> str | None:
        """The full commit for a hexadecimal name; abbreviations only work in a local directory."""
        if not self._origin.is_local:
            return version if re.fullmatch(r"[0-9a-f]{40}", version) else None
        ran = self._run(self._there(), "rev-parse", "--verify", "--quiet", version + "^{commit}")
        return ran.lines[-1] if ran.code == 0 and ran.lines else None

    def top_files(self, commit: str) -> list[str]:
        """The names at the top of a commit's tree; a local directory only, else none."""
        if not self._origin.is_local:
            return []
        return list(self._git_there("ls-tree", "--name-only", commit).lines)

    def read_text(self, commit: str, name: str) -> str:
        """One file of a commit in a local directory."""
        argv = [*self._there(), "cat-file", "blob", f"{commit}:{name}"]
        with started(argv, timeout_s=ASK_TIMEOUT_S, env=self._env) as running:
            return running.output.read(LONGEST_TEXT).decode("utf-8", "replace")

    def export(self, commit: str, reference: str | None, into: Path) -> None:
        """`into` is the commit's tree, as `git archive` gives it; submodules stay empty folders."""
        self._bring(commit, reference)
        with (self._folder / "pesan").open("w+b") as messages:
            argv = [*self._here(), "archive", "--format=tar", commit]
            with started(
                argv, timeout_s=FETCH_TIMEOUT_S, env=self._env, stderr=messages
            ) as running:
                unpack_tar_stream(_checked(running, messages), into)

    def _bring(self, commit: str, reference: str | None) -> None:
        if self._origin.is_local:
            objects = self._git_there("rev-parse", "--git-path", "objects").lines[-1]
            shared = Path(self._origin.address, objects).resolve()
            borrowed = self._repository / "objects" / "info" / "alternates"
            borrowed.parent.mkdir(parents=True, exist_ok=True)
            borrowed.write_text(f"{shared}\n")
        else:
            self._fetch(reference or commit)
        arrived = self._run(self._here(), "rev-parse", "--verify", commit + "^{commit}")
        if arrived.code != 0 or arrived.lines[-1] != commit:
            raise StepFailed(
                "Sumber rilis berubah saat sedang diambil.", hint="Ulangi pengambilan rilis."
            )

    def _access(self, token_file: Path | None) -> dict[str, str]:
        plain = {
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_ALLOW_PROTOCOL": "https:http:ssh",
            "GIT_SSH_COMMAND": "ssh -o BatchMode=yes -o ConnectTimeout=20",
            "GIT_PAGER": "cat",
            "GIT_ASKPASS": "/bin/false",
        }
        if token_file is None:
            return plain
        self._hidden = checked_token_parts(token_file)
        askpass = self._folder / "askpass"
        askpass.write_text(ASKPASS)
        askpass.chmod(0o700)
        return plain | {
            "GIT_ASKPASS": str(askpass),
            "SIAPPAKAI_TOKEN_FILE": str(token_file.absolute()),
        }

    def _here(self) -> list[str]:
        # With a token no redirect is followed: git would ask askpass again for the new host.
        follow = "false" if self._hidden else "initial"
        settings = (*SETTINGS, ("http.followRedirects", follow))
        flags = [part for name, value in settings for part in ("-c", f"{name}={value}")]
        return ["git", *flags, f"--git-dir={self._repository}"]

    def _there(self) -> list[str]:
        # Named outright: git must neither search upwards nor stumble over who owns the folder.
        place = Path(self._origin.address)
        inner = ".git" if (place / ".git").exists() else "."
        return ["git", "-C", str(place), f"--git-dir={inner}"]

    def _git(self, *words: str) -> Finished:
        return self._checked(self._run(self._here(), *words))

    def _git_there(self, *words: str) -> Finished:
        return self._checked(self._run(self._there(), *words))

    def _checked(self, ran: Finished) -> Finished:
        if ran.code != 0:
            raise self._failure(ran)
        return ran

    def _run(self, start: list[str], *words: str) -> Finished:
        return run_program([*start, *words], timeout_s=ASK_TIMEOUT_S, env=self._env)

    def _fetch(self, wanted: str) -> None:
        options = ("--depth=1", "--no-tags", "--no-recurse-submodules", "--progress")
        argv = [*self._here(), "fetch", *options, "--", self._origin.address, wanted]
        self._checked(
            run_program(argv, timeout_s=FETCH_TIMEOUT_S, env=self._env, on_line=self._show)
        )

    def _show(self, line: str) -> None:
        self._on_line(self._without_token(line))

    def _without_token(self, text: str) -> str:
        for part in self._hidden:
            text = text.replace(part, "…")
        return text

    def _failure(self, ran: Finished) -> SiapPakaiError:
        tail = self._without_token(ran.tail())
        for sign, kind, message, hint in SIGNS:
            if not ran.timed_out and re.search(sign, tail, re.IGNORECASE):
                return kind(f"{message}: {self._origin.address}.", hint=hint, log_tail=tail)
        return Unavailable(
            f"Sumber rilis tidak dapat dihubungi: {self._origin.address}.",
            hint="Periksa sambungan internet server ini, atau pakai arsip yang sudah diunduh.",
            log_tail=tail,
        )


def checked_token_parts(token_file: Path) -> tuple[str, ...]:
    """The words to hide from logs; refuses a token file that others can read.

    The file holds one line: a token, or `user:token`.
    """
    try:
        with token_file.open("rb") as source:
            seen = os.fstat(source.fileno())
            line = source.readline(4096).decode("utf-8", "replace").strip()
    except OSError as error:
        raise InvalidInput(
            f"Berkas token {token_file} tidak dapat dibaca: {error.strerror}.",
            hint="Periksa letak berkas itu dan pemiliknya.",
        ) from error
    if not stat.S_ISREG(seen.st_mode) or stat.S_IMODE(seen.st_mode) & 0o077:
        raise Refused(
            f"Berkas token {token_file} dapat dibaca pengguna lain.",
            hint=f"Jalankan: chmod 600 {token_file}",
        )
    if not line:
        raise InvalidInput(f"Berkas token {token_file} kosong.", hint="Isi satu baris token.")
    return tuple({line, line.partition(":")[2] or line})


def _checked(running: Running, messages: IO[bytes]) -> Iterator[Entry]:
    yield from tar_entries(running.output)
    if running.wait() != 0:
        messages.seek(0)
        raise StepFailed(
            "Isi rilis tidak dapat dibaca dari repositori git.",
            hint="Repositori itu mungkin tidak lengkap; ambil ulang, atau pakai arsip rilis.",
            log_tail=messages.read()[-4000:].decode("utf-8", "replace"),
        )
