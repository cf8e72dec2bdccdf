"""Think: what an edge must know: its paths, its settings and its rows, checked before use."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from siappakai.errors import InvalidInput

MIB = 1024 * 1024
COPIES_LINK = "salinan"  # beside `current`: leads to copies of an instance's public pages
COPY_PAGE = "@.html"  # the page of path /a/b lies in a/b/@.html, its other files at their own path

_LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_DOMAIN = re.compile(rf"{_LABEL}(\.{_LABEL})*")
_INSTANCE_KEY = re.compile(r"[a-z0-9][a-z0-9_-]*-[0-9]{2,10}")
_VILLAGE_CODE = re.compile(r"[0-9]{2,10}")
_KIND = re.compile(r"[a-z_]{1,20}")
_PREFIX = re.compile(r"/([a-zA-Z0-9_-]+(/[a-zA-Z0-9_-]+)*)?")


@dataclass(frozen=True)
class EdgePaths:
    """Where things lie as the Caddy process sees them.

    `inside` is the folder where instances reach their own public address; empty: there is none.
    """

    instances: str = "/run/siappakai-instances"
    run: str = "/run/edge"
    storage: str = "/data/caddy"
    logs: str = "/logs"
    inside: str = ""

    @property
    def admin_socket(self) -> str:
        return f"{self.run}/admin.sock"

    @property
    def again_socket(self) -> str:
        return f"{self.run}/again.sock"

    @property
    def inside_socket(self) -> str:
        return f"{self.inside}/https.sock"


@dataclass(frozen=True)
class EdgeSettings:
    """How one edge listens, certifies, waits and limits."""

    listen_address: str = ""
    http_port: int = 80
    https_port: int = 443
    certificate: Literal["internal", "acme"] = "internal"
    acme_directory_url: str = ""
    acme_email: str = ""
    acme_ca_root_file: str = ""
    hold_s: int = 60
    try_interval_ms: int = 50
    max_body_bytes: int = 26 * MIB
    request_s: int = 900
    hsts_s: int = 0
    admin_socket_mode: str = "0660"
    log_size_mib: int = 50
    log_keep: int = 20
    log_keep_days: int = 90


@dataclass(frozen=True)
class Route:
    """One path of one domain leads to one instance."""

    domain: str
    instance_key: str
    village_code: str
    path_prefix: str = "/"
    kind: str = "village"


@dataclass(frozen=True)
class PanelRoute:
    """The domain that leads to the panel's own socket, as the Caddy process sees it."""

    domain: str
    socket_path: str


def check_rows(routes: Sequence[Route], panel: PanelRoute | None) -> None:
    """Raise InvalidInput naming the wrong rows; say nothing when all are right.

    Strict, because Caddy would read a brace in a value as an instruction of its own.
    """
    findings = [finding for route in routes for finding in _findings(route)]
    places = [(route.domain, route.path_prefix) for route in routes]
    findings += [f"{d}{p} dipakai lebih dari sekali" for d, p in _repeated(places)]
    if panel and not _is_domain(panel.domain):
        findings.append(f"domain panel {panel.domain!r} tidak sah")
    if panel and panel.domain in {domain for domain, _ in places}:
        findings.append(f"domain panel {panel.domain} juga dipakai sebuah situs")
    if findings:
        raise InvalidInput(
            "Daftar alamat situs tidak dapat dipasang: " + "; ".join(findings[:10]) + ".",
            hint="Perbaiki domain atau jalur pada baris yang disebut, lalu ulangi.",
        )


def _findings(route: Route) -> list[str]:
    checks = (
        (_is_domain(route.domain), f"domain {route.domain!r} tidak sah"),
        (_INSTANCE_KEY.fullmatch(route.instance_key), f"kunci {route.instance_key!r} tidak sah"),
        (_VILLAGE_CODE.fullmatch(route.village_code), f"kode {route.village_code!r} tidak sah"),
        (_PREFIX.fullmatch(route.path_prefix), f"jalur {route.path_prefix!r} tidak sah"),
        (_KIND.fullmatch(route.kind), f"jenis {route.kind!r} tidak sah"),
    )
    return [finding for is_right, finding in checks if not is_right]


def _is_domain(domain: str) -> bool:
    return len(domain) <= 253 and _DOMAIN.fullmatch(domain) is not None


def _repeated(places: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    return sorted(place for place, times in Counter(places).items() if times > 1)
