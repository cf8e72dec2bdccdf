"""Touch: a local program runs to its end, its lines seen while it runs, never through a shell."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from siappakai.errors import StepErrored

OnLine = Callable[[str], None]

# What a child may inherit. Everything else stays with us: settings may hold secrets.
PASSED_ON = (
    "PATH",
    "TMPDIR",
    "DOCKER_HOST",
    "DOCKER_CERT_PATH",
    "DOCKER_TLS_VERIFY",
    "SSH_AUTH_SOCK",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    *(
        name
        for pair in (("http_proxy", "HTTP_PROXY"), ("https_proxy", "HTTPS_PROXY"))
        for name in pair
    ),
    "no_proxy",
    "NO_PROXY",
)
KEPT_LINES = 200_000


@dataclass(frozen=True)
class Finished:
    """How a program ended and the lines it wrote (standard output and errors together)."""

    code: int
    lines: tuple[str, ...]
    timed_out: bool

    def tail(self, count: int = 20) -> str:
        """The last lines, which usually tell why."""
        return "\n".join(self.lines[-count:])


def child_environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """The small environment a child gets: a fixed list of ours, plus `extra`."""
    kept = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    return {"LC_ALL": "C.UTF-8", **kept, **(extra or {})}


def run_program(
    argv: Sequence[str],
    *,
    timeout_s: float,
    env: Mapping[str, str] | None = None,
    on_line: OnLine | None = None,
    cwd: Path | None = None,
) -> Finished:
    """The program's end state; `on_line` gets each line as it comes, in the caller's thread."""
    lines: deque[str] = deque(maxlen=KEPT_LINES)
    with started(argv, timeout_s=timeout_s, env=env, cwd=cwd, stderr=subprocess.STDOUT) as running:
        for line in _lines_of(running.output):
            lines.append(line)
            if on_line:
                on_line(line)
        code = running.wait()
    return Finished(code, tuple(lines), running.timed_out)


class Running:
    """A started program whose output is read by the caller; it dies with its deadline."""

    def __init__(self, process: subprocess.Popen[bytes], timeout_s: float) -> None:
        self._process = process
        self.timed_out = False
        self._timer = threading.Timer(timeout_s, self._out_of_time)
        self._timer.daemon = True
        self._timer.start()

    @property
    def output(self) -> IO[bytes]:
        assert self._process.stdout is not None
        return self._process.stdout

    def wait(self) -> int:
        """The exit code; the deadline still counts."""
        return self._process.wait()

    def _out_of_time(self) -> None:
        self.timed_out = True
        self._kill()

    def _kill(self) -> None:
        try:
            os.killpg(self._process.pid, signal.SIGKILL)
        except ProcessLookupError:
            return

    def stop(self) -> None:
        """Nothing of the program runs any more, whatever state it was in."""
        self._timer.cancel()
        if self._process.poll() is None:
            self._kill()
        self.output.close()
        self._process.wait()


@contextmanager
def started(
    argv: Sequence[str],
    *,
    timeout_s: float,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    stderr: int | IO[bytes] = subprocess.DEVNULL,
) -> Iterator[Running]:
    """A running program in a process group of its own, gone when the block is left."""
    try:
        process = subprocess.Popen(
            list(argv),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=stderr,
            env=dict(env) if env is not None else child_environment(),
            cwd=cwd,
            start_new_session=True,
        )
    except OSError as error:
        raise StepErrored(
            f"Program {argv[0]} tidak dapat dijalankan: {error.strerror}.",
            hint="Jalankan ulang ./install.sh agar program yang kurang dipasang.",
        ) from error
    running = Running(process, timeout_s)
    try:
        yield running
    finally:
        running.stop()


def _lines_of(stream: IO[bytes]) -> Iterator[str]:
    rest = b""
    while chunk := os.read(stream.fileno(), 65536):
        *whole, rest = re.split(rb"[\r\n]+", rest + chunk)
        yield from (_text(line) for line in whole if line.strip())
    if rest.strip():
        yield _text(rest)


def _text(line: bytes) -> str:
    return line.decode("utf-8", "replace").rstrip()
