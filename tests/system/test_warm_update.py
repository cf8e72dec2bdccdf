"""What one village's pages compiled is compiled ahead in the next container of that release."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from siappakai.models import Instance, Operation, OperationState, Release, Server, db, transaction
from siappakai.provision.http_probe import Answer, get_over_socket, get_through_edge
from siappakai.provision.image_claims import claim_image
from siappakai.provision.job import server_facts
from siappakai.provision.naming import ServerPaths
from siappakai.provision.order import order_return, order_update
from siappakai.provision.step_context import Result
from siappakai.provision.verify import trusted_root
from siappakai.provision.warm_files import FOLDER, known_scripts, list_file
from tests.broken_releases import add_sample, add_variant
from tests.fleet import Fleet, running_fleet
from tests.system.rehearsed import allow_any_load, rehearse
from tests.system.villages import install, village_list

pytestmark = [pytest.mark.system, pytest.mark.timeout(900)]

LEAST = 8  # scripts that the sample's two proven pages need, at the very least
WITHOUT_DOORS = b"""
USER 0:0
RUN cd /opt/siappakai && rm warm.php loaded.php own_scripts.php && \\
    sed -i -e '/= .*\\/loaded {/,/}/d' -e '/= .*\\/warm {/,/}/d' nginx.d/opensid.conf
USER 65534:65534
"""


@dataclass
class Ground:
    """Two villages on the older sample, with a database each."""

    fleet: Fleet
    old: int
    new: int
    ids: list[int]

    def move(self, number: int, release_id: int) -> dict[str, Result]:
        with self.fleet.app.app_context():
            return self._finish(order_update(self.ids[number], release_id, by="uji"))

    def go_back(self, number: int) -> dict[str, Result]:
        with self.fleet.app.app_context():
            return self._finish(order_return(self.ids[number], by="uji"))

    def _finish(self, operation_id: int) -> dict[str, Result]:
        self.fleet.wait_finished([operation_id])
        with self.fleet.app.app_context():
            operation = db.session.get_one(Operation, operation_id)
            why = (operation.error_message, operation.error_log_tail)
            assert operation.state == OperationState.SUCCEEDED, why
            return {step.name: dict(step.result) for step in operation.steps}

    def known(self, release_id: int) -> list[str]:
        with self.fleet.app.app_context():
            digest = db.session.get_one(Release, release_id).digest
            return known_scripts(self._paths(), digest)

    def kept_modes(self) -> set[tuple[int, int]]:
        folder = self.fleet.root / FOLDER
        return {
            (each.stat().st_uid, each.stat().st_mode & 0o7777)
            for each in (folder, *folder.iterdir())
        }

    def _paths(self) -> ServerPaths:
        return server_facts(db.session.get_one(Server, self.fleet.server_id)).paths

    def loaded(self, number: int) -> Answer:
        with self.fleet.app.app_context():
            instance = db.session.get_one(Instance, self.ids[number])
            own = self._paths().instance(f"opensid-{instance.scope_code}")
            domain = instance.home.domain
        return get_over_socket(own.current, "/.siappakai/loaded", host=domain)

    def outside(self, number: int, path: str) -> Answer:
        with self.fleet.app.app_context():
            domain = db.session.get_one(Instance, self.ids[number]).home.domain
            server = server_facts(db.session.get_one(Server, self.fleet.server_id))
            root = trusted_root(server.paths)
        return get_through_edge(
            server.edge_address, server.https_port, domain, path, ca_file=root, timeout_s=30
        )


@pytest.fixture(scope="module")
def ground() -> Iterator[Ground]:
    with running_fleet("ujihangat") as fleet:
        old, new = add_sample(fleet, "v2408.0.0"), add_sample(fleet, "v2410.0.0")
        fleet.start_worker()
        _, operations = install(fleet, village_list("7305", 40, 2), old)
        fleet.wait_finished(operations)
        with fleet.app.app_context():
            ids = [db.session.get_one(Operation, each).instance_id for each in operations]
        yield Ground(fleet, old, new, ids)
        fleet.stop_workers()


def assert_warm(result: Result, known: list[str]) -> None:
    """Everything was compiled before the first page, but what must not be compiled ahead."""
    warmed = result["warmed"]
    assert warmed["compiled"] + warmed["left"] == warmed["of"] == len(known)
    assert warmed["compiled"] >= LEAST > warmed["left"]


def test_the_first_village_teaches_and_the_second_is_warm_there_and_back(
    ground: Ground,
) -> None:
    assert len(ground.known(ground.old)) >= LEAST  # from the installation
    assert ground.known(ground.new) == []
    first = ground.move(0, ground.new)
    assert "note" in first["warm"]["warmed"]  # nobody knew it yet, and that stopped nothing
    known = ground.known(ground.new)
    assert len(known) >= LEAST and first["outside"]["learnt"] == {"scripts": len(known)}
    assert ground.kept_modes() == {(0, 0o700), (0, 0o600)}
    second = ground.move(1, ground.new)
    assert_warm(second["warm"], known)
    assert "learnt" not in second["outside"]
    assert set(json.loads(ground.loaded(1).text)) == set(known)  # exactly those, no more
    back = ground.go_back(1)
    assert_warm(back["files"], ground.known(ground.old))
    assert ground.outside(1, "/").status == 200


def test_the_two_doors_are_closed_to_visitors(ground: Ground) -> None:
    assert ground.loaded(0).status == 200
    for path in ("/.siappakai/loaded", "/.siappakai/warm", "//.siappakai//loaded"):
        answer = ground.outside(0, path)
        assert answer.status == 404 and "/var/www" not in answer.text


def test_a_rehearsed_release_is_known_before_its_first_village_moves(ground: Ground) -> None:
    allow_any_load(ground.fleet)
    release_id = add_variant(ground.fleet, "baik")
    rehearse(ground.fleet, release_id, [ground.ids[0]])
    known = ground.known(release_id)
    assert len(known) >= LEAST
    moved = ground.move(0, release_id)
    assert_warm(moved["warm"], known)


def test_an_image_without_the_doors_is_updated_to_all_the_same(ground: Ground) -> None:
    release_id = add_variant(ground.fleet, "mengubah-berkas")
    engine = ground.fleet.tools.engine
    with ground.fleet.app.app_context():
        release = db.session.get_one(Release, release_id)
        recipe = b"FROM " + release.digest.encode() + WITHOUT_DOORS
        image, _ = engine.client.images.build(fileobj=io.BytesIO(recipe), network_mode="none")
        with transaction():
            db.session.get_one(Release, release_id).digest = str(image.id)
        claim_image(engine, str(image.id), "opensid", "tanpa-pintu")
        target = list_file(ground._paths(), str(image.id))
        assert target is not None
        target.write_text(json.dumps(ground.known(ground.new)))  # a list, and nobody to take it
    moved = ground.move(1, release_id)
    assert "404" in moved["warm"]["warmed"]["note"]
    assert ground.loaded(1).status == 404
    assert ground.outside(1, "/").status == 200
