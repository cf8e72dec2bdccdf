"""Think: which hosts outside an instance may reach, and the one way out's configuration for it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from siappakai.errors import InvalidInput
from siappakai.provision.egress_hosts import NEVER_REACHED, OutsideHost
from siappakai.provision.egress_settings import EgressSettings
from siappakai.provision.wanted import BindMount

EGRESS_UID = 199_992  # playbooks/roles/egress: egress_container_uid
RUN_IN_EGRESS = "/run/out"  # short: a unix socket's path has 107 bytes, a part of them HAProxy's
CONTROL_IN_EGRESS = "/run/control"
CONNECT_S = 5
MOST_WAYS = 254


@dataclass(frozen=True, slots=True)
class EgressPaths:
    """Where the way out lies on a server, below the fleet's `root`."""

    root: Path

    @property
    def run(self) -> Path:
        """One folder a set, each mounted into the instances of that set and no other."""
        return self.root / "egress" / "run"

    @property
    def config(self) -> Path:
        return self.root / "egress" / "config" / "haproxy.cfg"

    @property
    def master_socket(self) -> Path:
        return self.root / "egress" / "control" / "master.sock"

    @property
    def check_socket(self) -> Path:
        return self.root / "egress" / "control" / "check.sock"

    @property
    def trust(self) -> Path:
        return self.root / "egress" / "trust"

    @property
    def inside(self) -> Path:
        """Where the edge listens for instances that call their own public address."""
        return self.root / "edge" / "run" / "inside"

    def socket(self, set_name: str, host: OutsideHost) -> Path:
        return self.run / set_name / host.socket_name


@dataclass(frozen=True, slots=True)
class EgressSet:
    """The hosts that instances with one and the same wish may reach now.

    The name comes from the wish, not from what is allowed: closing the way or blocking a host
    takes sockets away and restarts no instance.
    """

    name: str
    hosts: tuple[OutsideHost, ...]


@dataclass(frozen=True, slots=True)
class EgressConfig:
    """HAProxy's configuration; `stamp` is told by the running one, so that it can be read back."""

    text: str
    stamp: str
    set_names: tuple[str, ...]
    sockets: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WayOut:
    """What an instance's container gets; empty when it may reach nothing."""

    hosts: Mapping[str, str] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    mounts: tuple[BindMount, ...] = ()


# --- what is wanted, and what of it is allowed


def wanted_hosts(
    product: str, recipe_hosts: Iterable[str], settings: EgressSettings
) -> tuple[OutsideHost, ...]:
    """What a product asks for and the regency adds, sorted, each once; InvalidInput if unclear."""
    asked = {OutsideHost.parse(text) for text in recipe_hosts}
    return tuple(sorted(asked | set(settings.extra.get(product, ()))))


def allowed_hosts(
    wanted: Iterable[OutsideHost], settings: EgressSettings
) -> tuple[OutsideHost, ...]:
    """Those of the wanted hosts that the settings leave open."""
    if settings.closed:
        return ()
    return tuple(sorted(host for host in set(wanted) if host.host not in settings.blocked))


def set_name(wanted: Iterable[OutsideHost]) -> str:
    """Equal wishes have equal names, whatever their order; empty for no wish."""
    names = sorted(str(host) for host in set(wanted))
    return hashlib.sha256("\n".join(names).encode()).hexdigest()[:12] if names else ""


def make_set(wanted: Sequence[OutsideHost], settings: EgressSettings) -> EgressSet:
    return EgressSet(set_name(wanted), allowed_hosts(wanted, settings))


# --- what an instance gets


def instance_way_out(
    paths: EgressPaths,
    wanted: Sequence[OutsideHost],
    own_domains: Sequence[OutsideHost] = (),
) -> WayOut:
    """Names, listeners and mounts that lead the wanted hosts and own domains to their sockets.

    Every name gets a loopback address of the instance's own (127.77.0.N), on which its nginx
    passes bytes on; so TLS stays between the product and the far end. Own domains win.
    """
    own_names = {own.host for own in own_domains}
    outside = sorted({host for host in wanted if host.host not in own_names})
    names = sorted(own_names) + sorted({host.host for host in outside})
    if len(names) > MOST_WAYS:
        raise InvalidInput(f"Paling banyak {MOST_WAYS} alamat luar untuk satu aplikasi.")
    if not names:
        return WayOut()
    address = {name: f"127.77.0.{number}" for number, name in enumerate(names, 1)}
    ways = [f"{address[own.host]}:{own.port}=/run/edge-inside/https.sock" for own in own_domains]
    ways += [f"{address[host.host]}:{host.port}=/run/egress/{host.socket_name}" for host in outside]
    environment = {
        "SIAPPAKAI_EGRESS": " ".join(ways),
        "SIAPPAKAI_CA": "/run/siappakai-trust/ca.pem",
    }
    return WayOut(address, environment, tuple(_mounts(paths, wanted, own_domains)))


def _mounts(
    paths: EgressPaths, wanted: Sequence[OutsideHost], own_domains: Sequence[OutsideHost]
) -> Iterable[BindMount]:
    if wanted:
        yield BindMount(str(paths.run / set_name(wanted)), "/run/egress", True)
    if own_domains:
        yield BindMount(str(paths.inside), "/run/edge-inside", True)
    yield BindMount(str(paths.trust), "/run/siappakai-trust", True)


# --- what the way out gets


def make_egress(sets: Iterable[EgressSet], settings: EgressSettings) -> EgressConfig:
    """HAProxy's configuration with one socket per set and host; equal sets give equal text."""
    hosts_of: dict[str, set[OutsideHost]] = {}
    for each in sets:
        if each.name:
            hosts_of.setdefault(each.name, set()).update(each.hosts)
    places = [(name, host) for name in sorted(hosts_of) for host in sorted(hosts_of[name])]
    known = sorted({host.host for _, host in places})
    ways = "".join([_PASS_ON, *(_frontend(name, host, settings) for name, host in places)])
    stamp = hashlib.sha256(f"{_GLOBAL}{_check('', known)}{ways}".encode()).hexdigest()
    return EgressConfig(
        text=f"{_GLOBAL}{_check(stamp, known)}{ways}",
        stamp=stamp,
        set_names=tuple(sorted(hosts_of)),
        sockets=tuple(f"{name}/{host.socket_name}" for name, host in places),
    )


_GLOBAL = """\
# Ditulis oleh SiapPakai; perubahan di sini akan ditimpa.
global
  maxconn 2000
  nbthread 1
  hard-stop-after 15m
  log stdout format raw local0 info

resolvers outside
  parse-resolv-conf
  accepted_payload_size 1232
  resolve_retries 2
  timeout resolve 1s
  timeout retry 1s
  hold valid 10s
  hold nx 2s
  hold other 2s
"""

# Bytes, time and name only: what is said is TLS between the product and the far end.
_PASS_ON = f"""
defaults
  mode tcp
  log global
  maxconn 500
  retries 0
  timeout connect {CONNECT_S}s
  timeout client 10m
  timeout server 10m
  log-format '{{"at":"%[date,utime("%Y-%m-%dT%H:%M:%SZ")]","to":"%ft",\
"address":"%[var(txn.ip)]","sent":%U,"received":%B,"ms":%Tt,"end":"%ts","why":"%[var(txn.why)]"}}'

backend outside
  server any 0.0.0.0:0
"""


def _frontend(name: str, host: OutsideHost, settings: EgressSettings) -> str:
    """A socket that leads to one host; what its name resolves to is what is checked and dialled."""
    refused = f"{{ var(txn.ip) -m ip {' '.join(map(str, NEVER_REACHED))} }}"
    if networks := settings.inside.get(host.host):
        refused += f" !{{ var(txn.ip) -m ip {' '.join(map(str, networks))} }}"
    return f"""
frontend {name}:{host}
  bind {RUN_IN_EGRESS}/{name}/{host.socket_name} mode 666
  tcp-request inspect-delay 8s
  tcp-request content do-resolve(txn.ip,outside,ipv4) str({host.host})
  tcp-request content set-var(txn.why) str(name-not-found) unless {{ var(txn.ip) -m found }}
  tcp-request content set-var(txn.why) str(address-inside) if {refused}
  tcp-request content reject if {{ var(txn.why) -m found }}
  tcp-request content set-dst var(txn.ip)
  tcp-request content set-dst-port int({host.port})
  default_backend outside
"""


def _check(stamp: str, known: Sequence[str]) -> str:
    """The panel's own socket: which configuration runs, and what a listed name resolves to."""
    resolve = "".join(_resolve(name) for name in known)
    return f"""
defaults
  mode http
  timeout connect {CONNECT_S}s
  timeout client 15s
  timeout server 15s

frontend check
  bind {CONTROL_IN_EGRESS}/check.sock mode 660
  http-request return content-type text/plain string "{stamp}" if {{ path /stamp }}
{resolve}  http-request return status 404
"""


def _resolve(name: str) -> str:
    answer = 'http-request return content-type text/plain lf-string "%[var(txn.ip)]"'
    return f"""\
  http-request do-resolve(txn.ip,outside,ipv4) str({name}) if {{ path /resolve/{name} }}
  {answer} if {{ path /resolve/{name} }}
"""
