"""Touch: one HTTP request to a unix socket, or to a domain through the edge."""

from __future__ import annotations

import http.client
import socket as sockets
import ssl
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import httpx

from siappakai.errors import Unavailable

_HINT = "Tunggu sebentar, lalu coba lagi. Bila berulang, lihat catatan instansi dan edge."
_USER_AGENT = "SiapPakai-probe"
_PART_BYTES = 64 * 1024

_Part = TypeVar("_Part")


@dataclass(frozen=True)
class Answer:
    """What came back, whatever its status; header names are lower case."""

    status: int
    headers: Mapping[str, str]
    text: str
    seconds: float

    @property
    def is_success(self) -> bool:
        return 200 <= self.status < 300


@dataclass(frozen=True)
class RawAnswer:
    """An answer byte for byte; `headers` as they came, a name perhaps more than once.

    `is_whole` is false when the body is longer than wanted, or ended before it was whole.
    """

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    is_whole: bool

    def all_of(self, name: str) -> list[str]:
        """Return every value of a header."""
        return [value for each, value in self.headers if each.lower() == name.lower()]


def get_over_socket(
    socket: Path, path: str, *, host: str, https: bool = True, timeout_s: float = 10.0
) -> Answer:
    """Return the answer of the instance behind this socket; redirects are not followed.

    Speaks like the edge does (Host and X-Forwarded-*), so the application builds the same links.
    Raises Unavailable when nothing answers in time.
    """
    headers = {"Host": host, "X-Forwarded-Host": host, "X-Forwarded-For": "127.0.0.1"}
    headers["X-Forwarded-Proto"] = "https" if https else "http"
    return ask_over_socket(socket, "GET", path, headers=headers, timeout_s=timeout_s)


def ask_over_socket(
    socket: Path,
    method: str,
    path: str,
    *,
    headers: Mapping[str, str],
    body: bytes | None = None,
    timeout_s: float = 10.0,
) -> Answer:
    """Return the answer to any one request over a unix socket; Unavailable when there is none.

    Not by httpx: its unix transport leaves a socket open when nobody listens.
    """
    started = time.monotonic()
    asked = (method, path, body, headers)
    raw = _exchange(_UnixConnection(socket, timeout_s), asked, started + timeout_s)
    names = {name.lower() for name, _ in raw.headers}
    told = {name: ", ".join(raw.all_of(name)) for name in names}
    text = raw.body.decode(errors="replace")
    return Answer(raw.status, told, text, time.monotonic() - started)


def fetch_over_socket(
    socket: Path,
    path: str,
    *,
    headers: Mapping[str, str],
    most_bytes: int,
    timeout_s: float = 10.0,
) -> RawAnswer:
    """Return the answer to one GET over a unix socket, its body cut after `most_bytes`.

    Raises Unavailable when nothing answers in time.
    """
    asked = ("GET", path, None, headers)
    deadline = time.monotonic() + timeout_s
    return _exchange(_UnixConnection(socket, timeout_s), asked, deadline, most_bytes)


def get_through_edge(
    edge_address: str,
    https_port: int,
    domain: str,
    path: str,
    *,
    ca_file: Path | None = None,
    timeout_s: float = 10.0,
) -> Answer:
    """Return what a visitor of the domain gets from the edge at this address.

    The certificate's chain and name are checked against `ca_file`, or the system's authorities.
    No name is looked up, no redirect followed. Raises Unavailable when nothing answers in time,
    also when the certificate does not prove the domain.
    """
    started = time.monotonic()
    port = "" if https_port == 443 else f":{https_port}"
    address = f"[{edge_address}]" if ":" in edge_address else edge_address
    request = httpx.Request(
        "GET",
        f"https://{address}:{https_port}{path}",
        headers={"Host": f"{domain}{port}", "User-Agent": _USER_AGENT},
        extensions={"sni_hostname": domain, "timeout": httpx.Timeout(timeout_s).as_dict()},
    )
    try:
        trust = ssl.create_default_context(cafile=str(ca_file) if ca_file else None)
        try:
            return _send(request, trust, started, timeout_s)
        except httpx.ConnectError as error:
            if "not yet valid" not in str(error):
                raise
            time.sleep(1)  # made this instant, to the second; our clock may be behind by a tick
            return _send(request, trust, started, timeout_s)
    except (OSError, httpx.HTTPError) as error:
        raise _no_answer(domain, error) from error


def _send(
    request: httpx.Request, trust: ssl.SSLContext, started: float, timeout_s: float
) -> Answer:
    with (
        httpx.Client(transport=httpx.HTTPTransport(verify=trust)) as client,
        closing(client.send(request, stream=True)) as answer,
    ):
        text = "".join(_within(started + timeout_s, answer.iter_text()))
    return Answer(answer.status_code, dict(answer.headers), text, time.monotonic() - started)


_Asked = tuple[str, str, bytes | None, Mapping[str, str]]  # method, path, body, headers


def _exchange(
    connection: _UnixConnection, asked: _Asked, deadline: float, most_bytes: int | None = None
) -> RawAnswer:
    method, path, body, headers = asked
    try:
        with closing(connection):
            connection.request(method, path, body, {"User-Agent": _USER_AGENT, **headers})
            answer = connection.getresponse()
            parts = _within(deadline, iter(lambda: answer.read(_PART_BYTES), b""))
            whole, is_whole = _joined(parts, most_bytes)
    except (OSError, http.client.HTTPException) as error:
        raise _no_answer(headers.get("Host", connection.path.name), error) from error
    is_short = len(whole) < int(answer.headers.get("Content-Length") or 0)  # cut on its way
    told = tuple(answer.headers.items())
    return RawAnswer(answer.status, told, whole, is_whole and not is_short)


def _joined(parts: Iterable[bytes], most_bytes: int | None) -> tuple[bytes, bool]:
    """The parts as one; cut, and false, as soon as they are more than wanted."""
    whole = bytearray()
    for part in parts:
        whole += part
        if most_bytes is not None and len(whole) > most_bytes:
            return bytes(whole[:most_bytes]), False
    return bytes(whole), True


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: Path, timeout_s: float) -> None:
        super().__init__("localhost", timeout=timeout_s)
        self.path = path

    def connect(self) -> None:
        self.sock = sockets.socket(sockets.AF_UNIX, sockets.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self.path))


def _within(deadline: float, parts: Iterable[_Part]) -> Iterator[_Part]:
    """The libraries limit each wait; this limits their sum, against an answer that only drips."""
    for part in parts:
        if time.monotonic() > deadline:
            raise TimeoutError("the answer did not end in time")
        yield part


def _no_answer(name: str, error: Exception) -> Unavailable:
    return Unavailable(f"{name} tidak menjawab.", hint=_HINT, log_tail=f"{error!r}"[:500])
