"""Districts with OpenDK, and what tests do with them as a visitor and as the control plane."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from siappakai.models import Instance, Operation, OperationState, Server, db
from siappakai.products.opendk import OpenDk
from siappakai.provision.http_probe import Answer, ask_over_socket, get_through_edge
from siappakai.provision.job import server_facts
from siappakai.provision.naming import InstancePaths, instance_key
from siappakai.provision.region_start import RegionOrder, install_for_region
from siappakai.provision.release_build import ReleaseOrder, add_release
from siappakai.provision.template_dump import ensure_template
from siappakai.provision.verify import trusted_root
from siappakai.regions import districts_of_regency
from siappakai.secret import Secret
from siappakai.vault import find_secret
from tests.fleet import Fleet

RECIPE = OpenDk()


@dataclass(frozen=True)
class OpenDkDistrict:
    """One district whose OpenDK runs."""

    fleet: Fleet
    code: str
    name: str
    domain: str
    instance_id: int
    database: str
    proof: dict[str, Any]

    # --- as a visitor

    def get(self, path: str) -> Answer:
        """A page of the district's domain, through the edge, certificate checked."""
        with self.fleet.app.app_context():
            server = server_facts(db.session.get_one(Server, self.fleet.server_id))
            root = trusted_root(server.paths)
        return get_through_edge(
            "127.0.0.1", server.https_port, self.domain, path, ca_file=root, timeout_s=60
        )

    def ask(
        self, method: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None
    ) -> Answer:
        named = {"Host": self.domain, "X-Forwarded-Proto": "https", **(headers or {})}
        socket = self.paths.current
        return ask_over_socket(socket, method, path, headers=named, body=body, timeout_s=60)

    def post(
        self, path: str, fields: dict[str, str], headers: dict[str, str] | None = None
    ) -> Answer:
        form = {"Content-Type": "application/x-www-form-urlencoded", **(headers or {})}
        return self.ask("POST", path, urlencode(fields).encode(), form)

    # --- as the control plane

    @property
    def paths(self) -> InstancePaths:
        with self.fleet.app.app_context():
            server = server_facts(db.session.get_one(Server, self.fleet.server_id))
        return server.paths.instance(instance_key("opendk", self.code))

    @property
    def forms(self) -> Path:
        """The folder of shipped forms among the district's own files on the server."""
        return self.paths.home / "app/public/template_upload"

    @property
    def container(self) -> str:
        """The one that serves: the link leads to its socket."""
        found = self.fleet.tools.engine.list_containers()
        key, spec = f"-opendk-{self.code}-", self.paths.current.readlink().parts[0]
        (name,) = [each.name for each in found if key in each.name and each.name.endswith(spec)]
        return name

    def run(self, *command: str) -> tuple[int, str]:
        """What a command in the serving container says, run as the instance's own user."""
        result = self.fleet.tools.engine.run_inside(self.container, command)
        return result.exit_code, result.output + result.errors

    def health(self) -> Any:
        return json.loads(self.ask("GET", "/.siappakai/health").text)

    def restart(self) -> None:
        self.fleet.tools.engine.client.api.restart(self.container, timeout=35)
        self.fleet.wait_for(lambda: self.paths.current.exists(), 30, "the restarted OpenDK")

    def password(self) -> Secret:
        with self.fleet.app.app_context():
            found = find_secret(f"instance:{self.instance_id}", "admin_password")
        assert found is not None
        return found

    def query(self, sql: str, values: tuple[object, ...] = ()) -> list[tuple[Any, ...]]:
        with self.fleet.tools.databases._cursor(self.database) as cursor:
            cursor.execute(sql, values)
            return list(cursor.fetchall())


def add_opendk(fleet: Fleet, version: str, origin: str) -> int:
    """The release is built and has its template."""
    with fleet.app.app_context():
        order = ReleaseOrder("opendk", version, origin, by="uji")
        release_id = add_release(order, fleet.tools.engine, print)
        ensure_template(release_id, fleet.server_id, by="uji", on_line=print)
        return release_id


def install_districts(fleet: Fleet, release_id: int, first: int) -> list[OpenDkDistrict]:
    """Two districts of Takalar, from that one on, each installed on a domain of its own."""
    ids: list[int] = []
    for district in districts_of_regency("7305")[first : first + 2]:
        order = RegionOrder(district.code, f"k{district.code}.kec.localhost", (release_id,))
        with fleet.app.app_context():
            ids += install_for_region(order, by="uji")
            assert install_for_region(order, by="uji") == []
    fleet.wait_finished(ids, 300)
    return [_district(fleet, one) for one in ids]


def _district(fleet: Fleet, operation_id: int) -> OpenDkDistrict:
    operation = finished(fleet, operation_id)
    with fleet.app.app_context():
        instance = db.session.get_one(Instance, operation.instance_id)
        database, home = instance.database_group.database_name, instance.home
        proof = {step.name: dict(step.result) for step in operation.steps}
        return OpenDkDistrict(
            fleet, home.code, home.name, home.domain, instance.id, database, proof
        )


def finished(fleet: Fleet, operation_id: int) -> Operation:
    """The operation, which must have succeeded; detached, its steps loaded."""
    with fleet.app.app_context():
        operation = db.session.get_one(Operation, operation_id)
        assert operation.steps
        assert operation.state == OperationState.SUCCEEDED, (
            operation.error_message,
            operation.error_log_tail,
        )
        db.session.expunge_all()
        return operation
