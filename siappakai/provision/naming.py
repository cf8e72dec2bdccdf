"""Think: every name and path an instance has on its server, from one place."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

RUN_IN_CONTAINER = "/run/siappakai"
DATABASE_SOCKET_DIR_IN_CONTAINER = "/run/mysqld"
EDGE_GID = 199_990  # playbooks/roles/edge: edge_container_uid


def instance_key(product: str, scope_code: str) -> str:
    """`opensid-7305012001`; also the folder's name and part of the container's."""
    return f"{product.replace('_', '-')}-{scope_code}"


def database_name(prefix: str, scope_code: str) -> str:
    """`sid_7305012001`; the database's user has the same name (MariaDB allows 80 characters)."""
    return f"{prefix}_{scope_code}"


@dataclass(frozen=True, slots=True)
class ServerPaths:
    """The data tree of one server below `root`."""

    root: Path
    fleet: str

    @property
    def mariadb_container(self) -> str:
        return f"{self.fleet}-mariadb"

    @property
    def mariadb_socket(self) -> Path:
        return self.root / "mariadb" / "run" / "mysqld.sock"

    @property
    def mariadb_data(self) -> Path:
        return self.root / "mariadb" / "data"

    @property
    def mariadb_admin_file(self) -> Path:
        return self.root / "mariadb" / "admin.cnf"

    @property
    def edge_container(self) -> str:
        return f"{self.fleet}-edge"

    @property
    def edge_admin_socket(self) -> Path:
        return self.root / "edge" / "run" / "admin.sock"

    @property
    def edge_data(self) -> Path:
        return self.root / "edge" / "data"

    @property
    def templates(self) -> Path:
        return self.root / "templates"

    def instance(self, key: str) -> InstancePaths:
        return InstancePaths(self, key)


@dataclass(frozen=True, slots=True)
class InstancePaths:
    """Where one instance keeps its data and opens its socket."""

    server: ServerPaths
    key: str

    @property
    def home(self) -> Path:
        return self.server.root / "instances" / self.key

    def home_of(self, product: str) -> Path:
        """Where another product of the same region keeps its data."""
        return self.server.instance(instance_key(product, self.key.rpartition("-")[2])).home

    @property
    def run(self) -> Path:
        return self.server.root / "run" / self.key

    @property
    def current(self) -> Path:
        return self.run / "current"

    def container(self, spec_sha256: str) -> str:
        return f"{self.server.fleet}-{self.key}-{spec_sha256[:8]}"

    def run_of(self, spec_sha256: str) -> Path:
        return self.run / spec_sha256[:8]

    def socket_of(self, spec_sha256: str) -> Path:
        return self.run_of(spec_sha256) / "http.sock"

    def link_target(self, spec_sha256: str) -> str:
        return f"{spec_sha256[:8]}/http.sock"
