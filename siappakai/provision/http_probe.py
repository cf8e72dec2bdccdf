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
    connection = _UnixConnection(socket, timeout_s)
    try:
        with closing(connection):
            connection.request(method, path, body, {"User-Agent": _USER_AGENT, **headers})
            answer = connection.getresponse()
            parts = _within(started + timeout_s, iter(lambda: answer.read(_PART_BYTES), b""))
            text = b"".join(parts).decode(errors="replace")
    except (OSError, http.client.HTTPException) as error:
        raise _no_answer(headers.get("Host", socket.name), error) from error
    names = {name.lower() for name in answer.headers}
    told = {name: ", ".join(answer.headers.get_all(name, [])) for name in names}
    return Answer(answer.status, told, text, time.monotonic() - started)


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


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: Path, timeout_s: float) -> None:
        super().__init__("localhost", timeout=timeout_s)
        self._path = path

    def connect(self) -> None:
        self.sock = sockets.socket(sockets.AF_UNIX, sockets.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))


def _within(deadline: float, parts: Iterable[_Part]) -> Iterator[_Part]:
    """The libraries limit each wait; this limits their sum, against an answer that only drips."""
    for part in parts:
        if time.monotonic() > deadline:
            raise TimeoutError("the answer did not end in time")
        yield part


def _no_answer(name: str, error: Exception) -> Unavailable:
    return Unavailable(f"{name} tidak menjawab.", hint=_HINT, log_tail=f"{error!r}"[:500])
