"""The token reaches a git server and shows itself nowhere on the way."""

from __future__ import annotations

import base64
import os
import subprocess
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from siappakai.errors import InvalidInput, Refused
from siappakai.provision.sources import fetch_source

from .conftest import TOKEN


class GitServer(ThreadingHTTPServer):
    """git http-backend behind a password, which looks around the machine at every request."""

    daemon_threads = True

    def __init__(self, root: Path, password: str | None) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.root, self.password = root, password
        self.redirect_to = ""
        self.users: set[str] = set()
        self.seen_processes = 0
        self.token_seen_in: set[str] = set()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def look_around(self) -> None:
        for process in Path("/proc").glob("[0-9]*"):
            for kind in ("cmdline", "environ"):
                try:
                    content = (process / kind).read_bytes()
                except OSError:
                    continue
                if kind == "cmdline" and b"git" in content:
                    self.seen_processes += 1
                if TOKEN.encode() in content:
                    self.token_seen_in.add(f"{process.name}/{kind}")


class _Handler(BaseHTTPRequestHandler):
    server: GitServer

    def do_GET(self) -> None:
        self._answer()

    do_POST = do_GET

    def _answer(self) -> None:
        self.server.look_around()
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.server.redirect_to:
            self._head(302, [("Location", self.server.redirect_to + self.path)])
        elif self.server.password and not self._is_allowed():
            self._head(401, [("WWW-Authenticate", 'Basic realm="uji"')])
        else:
            self._run_backend(body)

    def _is_allowed(self) -> bool:
        kind, _, value = (self.headers.get("Authorization") or "").partition(" ")
        user, _, password = base64.b64decode(value).decode().partition(":")
        self.server.users.add(user)
        return kind == "Basic" and password == self.server.password

    def _head(self, status: int, headers: list[tuple[str, str]], body: bytes = b"") -> None:
        self.send_response(status)
        for name, value in [*headers, ("Content-Length", str(len(body)))]:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def _run_backend(self, body: bytes) -> None:
        path, _, query = self.path.partition("?")
        env = {
            "PATH": os.environ["PATH"],
            "GIT_PROJECT_ROOT": str(self.server.root),
            "GIT_HTTP_EXPORT_ALL": "1",
            "REQUEST_METHOD": self.command,
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(len(body)),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
            "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
        }
        ran = subprocess.run(
            ["git", "http-backend"], check=True, input=body, env=env, capture_output=True
        )
        head, _, content = ran.stdout.partition(b"\r\n\r\n")
        headers = [tuple(line.decode().split(": ", 1)) for line in head.split(b"\r\n") if line]
        status = next((int(value[:3]) for name, value in headers if name == "Status"), 200)
        self._head(status, [(n, v) for n, v in headers if n != "Status"], content)

    def log_message(self, *_: object) -> None:
        return


@pytest.fixture
def serve(worktree: Path, tmp_path: Path) -> Iterator[Callable[[str | None], GitServer]]:
    subprocess.run(
        ["git", "clone", "-q", "--bare", worktree, tmp_path / "gudang" / "opensid.git"], check=True
    )
    running: list[GitServer] = []

    def start(password: str | None) -> GitServer:
        server = GitServer(tmp_path / "gudang", password)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        running.append(server)
        return server

    yield start
    for server in running:
        server.shutdown()
        server.server_close()


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
