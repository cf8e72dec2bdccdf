"""Think: how an outside host is written, and which addresses no name may lead to."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import IPv4Network

from siappakai.errors import InvalidInput

LONGEST_NAME = 60  # its socket's path must fit into 107 bytes
_LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_NAME = re.compile(rf"({_LABEL}\.)+[a-z]([a-z0-9-]{{0,61}}[a-z0-9])")
_INNER_ENDINGS = ("localhost", "localdomain", "local", "internal", "lan", "home.arpa")
_EXAMPLE = "contoh: layanan.opendesa.id:443"

# What is not the public internet (IANA's IPv4 special-purpose address registry), and multicast.
NEVER_REACHED = tuple(
    IPv4Network(text)
    for text in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/3",
    )
)


def is_host_name(host: str) -> bool:
    """A full public name in lower case: no address, no name that only means something inside."""
    if len(host) > LONGEST_NAME or not _NAME.fullmatch(host):
        return False
    return not any(host.endswith(f".{ending}") for ending in _INNER_ENDINGS)


@dataclass(frozen=True, slots=True, order=True)
class OutsideHost:
    """One name and one port; nothing else of it can be reached."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"

    @property
    def socket_name(self) -> str:
        return f"{self.host}-{self.port}.sock"

    @classmethod
    def parse(cls, text: str) -> OutsideHost:
        """`host:port` as a recipe or an admin writes it; InvalidInput says what is wrong."""
        host, colon, port = text.strip().rpartition(":")
        if not colon or not re.fullmatch(r"[1-9][0-9]{0,4}", port) or int(port) > 65535:
            raise _wrong(text, "port harus angka 1 sampai 65535")
        if not is_host_name(host):
            raise _wrong(
                text, "harus nama lengkap di internet, bukan angka IP dan bukan nama jaringan dalam"
            )
        return cls(host, int(port))


def _wrong(text: str, reason: str) -> InvalidInput:
    return InvalidInput(f"Alamat luar {text!r} tidak sah: {reason} ({_EXAMPLE}).")
