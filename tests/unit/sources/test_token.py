"""The token reaches a git server and shows itself nowhere on the way."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from siappakai.errors import InvalidInput, Refused
from siappakai.provision.sources import fetch_source
from tests.git_server import GitServer, git_server

from .conftest import TOKEN


@pytest.fixture
def serve(worktree: Path, tmp_path: Path) -> Iterator[Callable[[str | None], GitServer]]:
    subprocess.run(
        ["git", "clone", "-q", "--bare", worktree, tmp_path / "gudang" / "opensid.git"], check=True
    )
    with ExitStack() as running:

        def start(password: str | None) -> GitServer:
            return running.enter_context(git_server(tmp_path / "gudang", password))

        yield start


Serve = Callable[[str | None], GitServer]


def test_a_tag_comes_over_http_as_a_shallow_clone(
    serve: Serve, worktree: Path, tmp_path: Path, git: Callable[..., str]
) -> None:
    server = serve(None)
    lines: list[str] = []
    got = fetch_source(
        server.address + "/opensid.git",
        "2410.0.0",
        token_file=None,
        into=tmp_path / "kerja" / "hasil",
        on_line=lines.append,
    )
    assert got.revision == git(worktree, "rev-parse", "v2410.0.0^{commit}")
    assert (got.tree / "index.php").read_text() == "<?php echo 'baru';\n"
    assert got.origin_shown == server.address + "/opensid.git"
    assert lines
    assert [path.name for path in (tmp_path / "kerja").iterdir()] == ["hasil"]


def test_a_commit_comes_over_http(
    serve: Serve, worktree: Path, tmp_path: Path, git: Callable[..., str]
) -> None:
    address, commit = serve(None).address + "/opensid.git", git(worktree, "rev-parse", "2409.0.0")
    got = fetch_source(address, commit, token_file=None, into=tmp_path / "hasil", on_line=print)
    assert (got.revision, (got.tree / "index.php").read_text()) == (commit, "<?php echo 'lama';\n")


@pytest.mark.parametrize(("content", "user"), [(TOKEN, "oauth2"), (f"budi:{TOKEN}\n", "budi")])
def test_the_token_opens_the_server_and_is_seen_in_no_process_file_or_line(
    serve: Serve, tmp_path: Path, token_file: Path, content: str, user: str
) -> None:
    server = serve(TOKEN)
    token_file.write_text(content)
    lines: list[str] = []
    got = fetch_source(
        server.address + "/opensid.git",
        "v2410.0.0",
        token_file=token_file,
        into=tmp_path / "kerja" / "hasil",
        on_line=lines.append,
    )
    assert (got.tree / "index.php").is_file()
    assert user in server.users
    assert server.seen_processes > 0
    assert server.token_seen_in == set()
    assert TOKEN not in "\n".join(lines) + repr(got)
    kept = [path for path in (tmp_path / "kerja").rglob("*") if path.is_file()]
    assert kept and not any(TOKEN.encode() in path.read_bytes() for path in kept)


def test_the_look_around_would_have_found_a_token_in_argv(serve: Serve) -> None:
    server = serve(TOKEN)
    argv = ["sh", "-c", "echo siap; read selesai", TOKEN]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as careless:
        assert careless.stdout and careless.stdout.readline() == b"siap\n"
        server.look_around()
        careless.kill()
    assert f"{careless.pid}/cmdline" in server.token_seen_in


def test_a_wrong_or_missing_token_is_refused_with_a_hint(
    serve: Serve, tmp_path: Path, token_file: Path
) -> None:
    server = serve("yang-lain")
    for token in (None, token_file):
        with pytest.raises(Refused, match="menolak akses") as caught:
            fetch_source(
                server.address + "/opensid.git",
                "v2410.0.0",
                token_file=token,
                into=tmp_path / "kerja" / "hasil",
                on_line=print,
            )
        assert "0600" in caught.value.hint
        assert TOKEN not in caught.value.message + caught.value.log_tail
    assert list((tmp_path / "kerja").iterdir()) == []


def test_the_token_is_never_sent_to_the_address_of_a_redirect(
    serve: Serve, tmp_path: Path, token_file: Path
) -> None:
    wanted, stranger = serve(TOKEN), serve(TOKEN)
    wanted.redirect_to = stranger.address
    with pytest.raises(Refused, match="mengalihkan"):
        fetch_source(
            wanted.address + "/opensid.git",
            "v2410.0.0",
            token_file=token_file,
            into=tmp_path / "hasil",
            on_line=print,
        )
    assert stranger.users == set() and stranger.seen_processes == 0


def test_an_address_without_a_repository_is_wrong_input(serve: Serve, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="bukan repositori git"):
        fetch_source(
            serve(None).address + "/lain.git",
            "v1",
            token_file=None,
            into=tmp_path / "hasil",
            on_line=print,
        )
