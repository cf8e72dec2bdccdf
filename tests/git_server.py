"""git over http on loopback, by git's own http-backend."""

from __future__ import annotations

import base64
import os
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


class GitServer(ThreadingHTTPServer):
    """The bare repositories below `root`, behind a password if one is given.

    At every request it looks around the machine for the password in other processes.
    """

    daemon_threads = True

    def __init__(self, root: Path, password: str | None = None) -> None:
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
                if self.password and self.password.encode() in content:
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


@contextmanager
def git_server(root: Path, password: str | None = None) -> Iterator[GitServer]:
    """Serves until the end of the block."""
    server = GitServer(root, password)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
