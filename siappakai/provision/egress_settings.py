"""Think: what the regency chose about the outside: closed, blocked, added; checked before use."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network

from siappakai.errors import InvalidInput
from siappakai.provision.egress_hosts import NEVER_REACHED, OutsideHost, is_host_name

_PRIVATE = tuple(map(IPv4Network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")))
_WIDEST_PREFIX = 24


@dataclass(frozen=True, slots=True)
class EgressSettings:
    """What the regency chose: `inside` lists, per host, inner networks its name may lead to."""

    closed: bool = False
    blocked: frozenset[str] = frozenset()
    extra: Mapping[str, tuple[OutsideHost, ...]] = field(default_factory=dict)
    inside: Mapping[str, tuple[IPv4Network, ...]] = field(default_factory=dict)


def read_egress(raw: Mapping[str, object]) -> EgressSettings:
    """The setting `egress` as the admin gave it; InvalidInput names everything wrong at once.

    `{"closed": false, "blocked": [host], "extra": {product: ["host:port"]},
    "inside": {host: ["10.20.0.5/32"]}}`
    """
    findings: list[str] = []
    if unknown := sorted(set(raw) - {"closed", "blocked", "extra", "inside"}):
        findings.append(f"pilihan {', '.join(unknown)} tidak dikenal")
    if not isinstance(raw.get("closed", False), bool):
        findings.append("closed harus ya atau tidak")
    settings = EgressSettings(
        closed=raw.get("closed", False) is True,
        blocked=frozenset(_read_blocked(raw.get("blocked", []), findings)),
        extra={
            product: tuple(_read_hosts(product, texts, findings))
            for product, texts in _table(raw, "extra", findings).items()
        },
        inside={
            host: tuple(_read_networks(host, texts, findings))
            for host, texts in _table(raw, "inside", findings).items()
        },
    )
    if findings:
        raise InvalidInput(
            "Pengaturan jalan keluar tidak sah: " + "; ".join(findings[:10]) + ".",
            hint="Tulis alamat sebagai nama:port, contoh layanan.opendesa.id:443, lalu ulangi.",
        )
    return settings


def _table(raw: Mapping[str, object], name: str, findings: list[str]) -> dict[str, object]:
    table = raw.get(name, {})
    if isinstance(table, Mapping):
        return {str(key): value for key, value in table.items()}
    findings.append(f"{name} harus berupa tabel")
    return {}


def _texts(value: object, where: str, findings: list[str]) -> list[str]:
    if isinstance(value, list | tuple) and all(isinstance(text, str) for text in value):
        return list(value)
    findings.append(f"{where} harus berupa daftar")
    return []


def _read_blocked(value: object, findings: list[str]) -> Iterable[str]:
    for host in _texts(value, "blocked", findings):
        if is_host_name(host):
            yield host
        else:
            findings.append(f"nama {host!r} tidak sah")


def _read_hosts(product: str, value: object, findings: list[str]) -> Iterable[OutsideHost]:
    for text in _texts(value, f"extra {product}", findings):
        try:
            yield OutsideHost.parse(text)
        except InvalidInput as error:
            findings.append(error.message.rstrip("."))


def _read_networks(host: str, value: object, findings: list[str]) -> Iterable[IPv4Network]:
    if not is_host_name(host):
        findings.append(f"nama {host!r} tidak sah")
    for text in _texts(value, f"inside {host}", findings):
        try:
            network = IPv4Network(text)
        except ValueError:
            findings.append(f"jaringan {text!r} tidak sah")
            continue
        if _may_be_inside(network):
            yield network
        else:
            findings.append(f"jaringan {text} tidak boleh dibuka")


def _may_be_inside(network: IPv4Network) -> bool:
    """Only a small part of a private network: never this machine itself."""
    is_private = any(network.subnet_of(each) for each in _PRIVATE)
    return is_private and network.prefixlen >= _WIDEST_PREFIX


def is_refused(address: str, host: str, settings: EgressSettings) -> bool:
    """Whether the way out refuses what this name resolves to, by the same lists as its rules."""
    ip = IPv4Address(address)
    if any(ip in network for network in settings.inside.get(host, ())):
        return False
    return any(ip in network for network in NEVER_REACHED)
