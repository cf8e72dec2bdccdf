"""Villages with OpenSID and the mobile API, from a list, and what tests do with them."""

from __future__ import annotations

import json
import os
import subprocess
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import select

from siappakai.intake.save import check_upload, save_batch
from siappakai.models import Instance, Operation, OperationState, Server, Village, db
from siappakai.products.mobile_api import MobileApi
from siappakai.provision.http_probe import Answer, ask_over_socket, get_through_edge
from siappakai.provision.job import server_facts
from siappakai.provision.naming import InstancePaths, instance_key
from siappakai.provision.release_build import ReleaseOrder, add_release
from siappakai.provision.start import StartChoice, start_batch
from siappakai.provision.template_dump import ensure_template
from siappakai.provision.verify import trusted_root
from siappakai.secret import Secret
from siappakai.vault import find_secret
from tests.fleet import ROOT, Fleet
from tests.system.villages import village_list

SAMPLES = ROOT / "tests" / "samples" / "mobile_api"
SOURCE = os.environ.get("SIAPPAKAI_SUMBER_MOBILE_API", "")  # a git directory, vendor/ in its tags
REAL_TAG = "v2606.0.1"
RECIPE = MobileApi()


def add_api(fleet: Fleet, tree: Path) -> int:
    """The release of this tree is in the catalogue, its image tried."""
    with fleet.app.app_context():
        version = RECIPE.read_release(tree).version
        order = ReleaseOrder("mobile_api", f"v{version}", str(tree), by="uji")
        release_id = add_release(order, fleet.tools.engine, print)
        ensure_template(release_id, fleet.server_id, by="uji", on_line=print)
        return release_id


def real_tree(folder: Path) -> Path:
    """The real release out of the git directory; its own code calls v2606.0.1 v2606.0.0."""
    line = ["git", f"--git-dir={SOURCE}", "archive", REAL_TAG]
    packed = subprocess.run(line, check=True, capture_output=True).stdout
    subprocess.run(["tar", "-x", "-C", str(folder)], input=packed, check=True)
    return folder


@dataclass(frozen=True)
class ApiVillage:
    """One village whose OpenSID and mobile API run."""

    fleet: Fleet
    code: str
    name: str
    domain: str
    api_id: int
    opensid_uid: int
    database: str
    proof: dict[str, Any]

    # --- as a visitor

    def get(self, path: str) -> Answer:
        """A page of the village's domain, through the edge, certificate checked."""
        with self.fleet.app.app_context():
            server = server_facts(db.session.get_one(Server, self.fleet.server_id))
            root = trusted_root(server.paths)
        return get_through_edge(
            "127.0.0.1", server.https_port, self.domain, path, ca_file=root, timeout_s=60
        )

    def json(self, path: str) -> Any:
        answer = self.get(path)
        assert answer.status == 200, answer.text[:400]
        return json.loads(answer.text)

    def ask(self, method: str, path: str, body: bytes = b"", token: str = "") -> Answer:
        headers = {"Host": self.domain, "X-Forwarded-Proto": "https", "Accept": "application/json"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        socket = self.paths("mobile_api").current
        return ask_over_socket(socket, method, path, headers=headers, body=body, timeout_s=60)

    # --- as the control plane

    def paths(self, product: str) -> InstancePaths:
        with self.fleet.app.app_context():
            server = server_facts(db.session.get_one(Server, self.fleet.server_id))
        return server.paths.instance(instance_key(product, self.code))

    @property
    def desa(self) -> Path:
        """OpenSID's folder on the server."""
        return self.paths("opensid").home / "desa"

    @property
    def container(self) -> str:
        found = self.fleet.tools.engine.list_containers(village=self.code)
        (name,) = [one.name for one in found if "-mobile-api-" in one.name]
        return name

    def php(self, code: str) -> tuple[int, str]:
        """What PHP code inside the serving container says, run as the instance's own user."""
        result = self.fleet.tools.engine.run_inside(self.container, ("php", "-r", code))
        return result.exit_code, result.output + result.errors

    def secret(self, name: str) -> Secret:
        with self.fleet.app.app_context():
            found = find_secret(f"instance:{self.api_id}", name)
        assert found is not None
        return found


def install_both(
    fleet: Fleet, releases: tuple[int, ...], first: int, count: int, group: str = ""
) -> list[ApiVillage]:
    """A list in, both products chosen, *Pasang*; each village with its proof."""
    with fleet.app.app_context():
        content = village_list("7305", first, count)
        batch = check_upload(str(uuid.uuid4()), "desa.csv", content, "7305", by="uji")
        save_batch(batch.id, by="uji")
        batch_id = batch.id
        choice = StartChoice(releases, new_group=group)
        assert start_batch(batch_id, choice=choice, by="uji").started == 2 * count
        ids = list(db.session.scalars(select(Operation.id).filter_by(batch_id=batch_id)))
        db.session.rollback()
    fleet.wait_finished(ids)
    with fleet.app.app_context():
        operations = [db.session.get_one(Operation, one) for one in ids]
        stopped = [one for one in operations if one.state != OperationState.SUCCEEDED]
        assert not stopped, [(one.error_message, one.error_log_tail) for one in stopped]
        mine = [one for one in operations if one.instance.product == "mobile_api"]
        return [_village(fleet, one) for one in mine]


def _village(fleet: Fleet, operation: Operation) -> ApiVillage:
    api = operation.instance
    row = db.session.get_one(Village, api.scope_code)
    opensid = select(Instance).filter_by(product="opensid", scope_code=row.code)
    proof = {step.name: dict(step.result) for step in operation.steps}
    uid = db.session.scalars(opensid).one().uid
    database = api.database_group.database_name
    return ApiVillage(fleet, row.code, row.name, row.domain, api.id, uid, database, proof)
