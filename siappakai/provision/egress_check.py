"""Touch: whether a host outside answers over the way out, in words an admin understands."""

from __future__ import annotations

import socket as sockets
import ssl
import time
from contextlib import closing
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from siappakai.errors import Unavailable
from siappakai.provision.egress import resolve_outside
from siappakai.provision.egress_config import CONNECT_S, EgressPaths
from siappakai.provision.egress_hosts import OutsideHost
from siappakai.provision.egress_settings import EgressSettings, is_refused

SPEAKS_FIRST = (21, 25, 110, 143, 587)  # ports whose server greets, before any TLS
_ANSWER_S = 10.0


class Reach(StrEnum):
    REACHABLE = "terjangkau"
    NOT_LISTED = "tidak diizinkan"
    NAME_NOT_FOUND = "nama tidak ditemukan"
    ADDRESS_INSIDE = "alamat jaringan dalam"
    REFUSED = "ditolak"
    TIMEOUT = "tidak menjawab"
    CERTIFICATE = "sertifikat tidak sah"
    WAY_OUT_AWAY = "jalan keluar mati"


SENTENCES = {
    Reach.REACHABLE: "{host} terjangkau.",
    Reach.NOT_LISTED: "{host} tidak ada dalam daftar alamat yang diizinkan.",
    Reach.NAME_NOT_FOUND: "Nama {name} tidak ditemukan; periksa DNS server atau ejaannya.",
    Reach.ADDRESS_INSIDE: "Nama {name} mengarah ke jaringan dalam, jadi tidak disambungkan.",
    Reach.REFUSED: "{host} menolak atau memutus sambungan.",
    Reach.TIMEOUT: "{host} tidak menjawab sampai batas waktu.",
    Reach.CERTIFICATE: "{host} menjawab, tetapi sertifikatnya tidak sah.",
    Reach.WAY_OUT_AWAY: "Jalan keluar server tidak berjalan.",
}


@dataclass(frozen=True)
class Reachability:
    """What was found out about one host; `sentence` is for the page, `detail` for the log."""

    host: OutsideHost
    reach: Reach
    detail: str = ""

    @property
    def is_reachable(self) -> bool:
        return self.reach is Reach.REACHABLE

    @property
    def sentence(self) -> str:
        return SENTENCES[self.reach].format(host=self.host, name=self.host.host)


def check_reachable(
    paths: EgressPaths,
    set_name: str,
    host: OutsideHost,
    settings: EgressSettings,
    *,
    ca_file: Path | None = None,
) -> Reachability:
    """Go the way an instance of this set goes; takes at most about 15 s, raises nothing expected.

    Over TLS with the name and chain checked (against `ca_file` or the system's authorities); on
    ports where the server speaks first, its greeting is enough.
    """
    try:
        address = resolve_outside(paths, host.host)
    except Unavailable as error:
        return Reachability(host, Reach.WAY_OUT_AWAY, error.log_tail)
    if address is None or not paths.socket(set_name, host).is_socket():
        return Reachability(host, Reach.NOT_LISTED)
    if not address:
        return Reachability(host, Reach.NAME_NOT_FOUND)
    if is_refused(address, host.host, settings):
        return Reachability(host, Reach.ADDRESS_INSIDE, address)
    reach, detail = _speak(paths.socket(set_name, host), host, ca_file)
    return Reachability(host, reach, f"{address} {detail}".strip())


def _speak(path: Path, host: OutsideHost, ca_file: Path | None) -> tuple[Reach, str]:
    started = time.monotonic()
    try:
        with closing(sockets.socket(sockets.AF_UNIX, sockets.SOCK_STREAM)) as way:
            way.settimeout(_ANSWER_S)
            way.connect(str(path))
            if host.port in SPEAKS_FIRST:
                return (Reach.REACHABLE if way.recv(1) else _closed(started)), ""
            trust = ssl.create_default_context(cafile=str(ca_file) if ca_file else None)
            with trust.wrap_socket(way, server_hostname=host.host):
                return Reach.REACHABLE, ""
    except ssl.SSLCertVerificationError as error:
        return Reach.CERTIFICATE, error.verify_message
    except TimeoutError as error:
        return Reach.TIMEOUT, repr(error)
    except OSError as error:
        return _closed(started), repr(error)


def _closed(started: float) -> Reach:
    """The way out only closes: after its connect time nobody answered, before it was refused."""
    is_late = time.monotonic() - started >= CONNECT_S - 0.5
    return Reach.TIMEOUT if is_late else Reach.REFUSED
