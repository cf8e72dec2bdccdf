"""A way that closes without a word is told apart by when it closes."""

from __future__ import annotations

import socket
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from siappakai.provision.egress_check import SENTENCES, Reach, check_reachable
from siappakai.provision.egress_config import CONNECT_S, EgressPaths, set_name
from siappakai.provision.egress_hosts import OutsideHost
from siappakai.provision.egress_settings import EgressSettings

LICENCE = OutsideHost("layanan.opendesa.id", 443)
MAIL = OutsideHost("surel.takalarkab.go.id", 587)
Serve = Callable[[Path, Callable[[socket.socket], None]], None]


@pytest.fixture
def paths() -> Iterator[EgressPaths]:
    with tempfile.TemporaryDirectory(prefix="cek-", dir="/tmp") as root:  # short, for the sockets
        yield EgressPaths(Path(root))


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Listen on a socket; every caller is handled in turn, then hung up on."""
    listeners: list[socket.socket] = []

    def start(path: Path, handle: Callable[[socket.socket], None]) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(str(path))
        listener.listen()
        listeners.append(listener)
        threading.Thread(target=answer, args=(listener, handle), daemon=True).start()

    yield start
    for listener in listeners:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()


def answer(listener: socket.socket, handle: Callable[[socket.socket], None]) -> None:
    while True:
        try:
            caller, _ = listener.accept()
        except OSError:
            return
        with caller:
            handle(caller)


def resolves_to(address: str) -> Callable[[socket.socket], None]:
    def handle(caller: socket.socket) -> None:
        caller.recv(4096)
        body = address.encode()
        caller.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body))

    return handle


def check(paths: EgressPaths, host: OutsideHost) -> Reach:
    return check_reachable(paths, set_name([host]), host, EgressSettings()).reach


@pytest.mark.parametrize("host", [LICENCE, MAIL])
def test_closed_at_once_is_refused(paths: EgressPaths, serve: Serve, host: OutsideHost) -> None:
    serve(paths.check_socket, resolves_to("103.52.0.7"))
    serve(paths.socket(set_name([host]), host), lambda caller: None)
    assert check(paths, host) is Reach.REFUSED


def test_closed_after_the_connect_time_is_a_timeout(paths: EgressPaths, serve: Serve) -> None:
    serve(paths.check_socket, resolves_to("103.52.0.7"))
    path = paths.socket(set_name([LICENCE]), LICENCE)
    serve(path, lambda caller: time.sleep(CONNECT_S))
    assert check(paths, LICENCE) is Reach.TIMEOUT


@pytest.mark.parametrize(
    ("address", "reach"), [("", Reach.NAME_NOT_FOUND), ("10.0.0.7", Reach.ADDRESS_INSIDE)]
)
def test_a_name_that_leads_nowhere_or_inside_is_never_dialled(
    paths: EgressPaths, serve: Serve, address: str, reach: Reach
) -> None:
    called: list[object] = []
    serve(paths.check_socket, resolves_to(address))
    serve(paths.socket(set_name([LICENCE]), LICENCE), called.append)
    assert check(paths, LICENCE) is reach
    assert called == []


def test_without_a_way_out_that_is_what_is_told(paths: EgressPaths) -> None:
    assert check(paths, LICENCE) is Reach.WAY_OUT_AWAY


def test_every_finding_has_a_sentence() -> None:
    assert set(SENTENCES) == set(Reach)
