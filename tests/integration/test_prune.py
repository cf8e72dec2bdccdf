"""Images go only when no fleet on the same Docker needs them; what went can be built again."""

from __future__ import annotations

import os
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import docker
import pytest
from docker.errors import ImageNotFound
from flask import Flask
from sqlalchemy import select

from siappakai import create_app
from siappakai.models import (
    Event,
    Operation,
    OperationKind,
    OperationState,
    Release,
    ReleaseState,
    Step,
    StepState,
    TemplateDump,
    db,
    transaction,
    utc_now,
)
from siappakai.provision.catalogue import is_pruned
from siappakai.provision.docker_engine import DockerEngine
from siappakai.provision.image_claims import claim_image, claims_of, drop_claims
from siappakai.provision.install_queue import queue_installs
from siappakai.provision.prune import plan_pruning, prune_images
from siappakai.provision.prune_plan import Pruning
from siappakai.provision.release_build import ReleaseOrder, add_release
from siappakai.schema import upgrade_schema
from tests.cast import BONTOKANANG, TAMASAJU, add_server, add_villages
from tests.conftest import make_settings
from tests.fleet import SAMPLES

pytestmark = pytest.mark.timeout(600)
DOCKER = "unix:///var/run/docker.sock"
VERSIONS = ("2410.0.0", "2410.9.0", "2410.10.0")
LONG_AGO_S = 60 * 86_400


class Panel:
    """A fleet's own control database over the shared engine."""

    def __init__(self, home: Path, name: str) -> None:
        home.mkdir()
        self.home, self.app = home, create_app(make_settings(home, FLEET=name))
        self.engine = DockerEngine(DOCKER, name)
        with self.app.app_context():
            upgrade_schema()
            self.server_id = add_server(home / "srv", name)

    def build(self, source: Path, version: str) -> int:
        with self.app.app_context():
            order = ReleaseOrder("opensid", version, str(source), by="uji")
            return add_release(order, self.engine, print)

    def set_state(self, state: ReleaseState) -> None:
        with self.app.app_context(), transaction():
            for each in db.session.scalars(select(Release)):
                each.state = state

    @contextmanager
    def rows(self) -> Iterator[Flask]:
        with self.app.app_context():
            yield self.app
            db.session.remove()

    def prunable(self, keep_n: int = 0) -> list[str]:
        with self.rows():
            return [each.version for each in plan_pruning(self.server_id, keep_n).images]

    def prune(self, keep_n: int = 0) -> list[str]:
        with self.rows():
            plan = plan_pruning(self.server_id, keep_n)
            done = prune_images(self.server_id, plan, by="ani", on_line=print, keep_n=keep_n)
            return [each.version for each in done.images]


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Three small sources whose content no other image on this machine has."""
    folder = tmp_path_factory.mktemp("sumber")
    for version in VERSIONS:
        shutil.copytree(SAMPLES / "v2410.0.0", folder / version)
        helper = folder / version / "donjo-app/helpers/opensid_helper.php"
        helper.write_text(helper.read_text().replace("2410.0.0", version))
        (folder / version / "unik.txt").write_text(secrets.token_hex(16))
    return {version: folder / version for version in VERSIONS}


@pytest.fixture
def panels(tmp_path: Path) -> Iterator[tuple[Panel, Panel]]:
    """Two fleets on one Docker; whatever they built is gone afterwards."""
    mark = secrets.token_hex(3)
    made = Panel(tmp_path / "satu", f"pangkasa{mark}"), Panel(tmp_path / "dua", f"pangkasb{mark}")
    yield made
    client = docker.from_env()
    for panel in made:
        drop_claims(panel.engine)
        with panel.rows():
            digests = set(db.session.scalars(select(Release.digest)))
            db.engine.dispose()
        for digest in filter(None, digests):
            try:
                client.images.remove(digest, force=True)
            except ImageNotFound:
                continue
    client.close()


def test_an_image_goes_with_the_last_fleet_and_is_built_again_with_equal_content(
    panels: tuple[Panel, Panel], sources: dict[str, Path]
) -> None:
    one, two = panels
    version = VERSIONS[0]
    ids = [panel.build(sources[version], version) for panel in panels]
    with one.rows():
        release = db.session.get_one(Release, ids[0])
        digest, content, base = release.digest, release.content_sha256, release.php_version
    with two.rows():
        assert db.session.get_one(Release, ids[1]).digest == digest  # one image for both
    for panel in panels:
        panel.set_state(ReleaseState.TESTED)
        assert panel.prunable() == []
        panel.set_state(ReleaseState.WITHDRAWN)
    assert one.prune() == [version]
    assert one.engine.has_image(digest), "the other fleet still keeps it"
    with one.rows():
        release = db.session.get_one(Release, ids[0])
        assert is_pruned(release) and release.digest == digest and release.components
        assert db.session.scalars(select(Event).filter_by(word="image_pruned")).one()
    assert one.prune() == [] and two.prunable() == [version]
    assert two.prune() == [version]
    assert not two.engine.has_image(digest)
    assert two.engine.has_image(f"siappakai/php:{base}")
    assert one.build(sources[version], version) == ids[0]
    with one.rows():
        release = db.session.get_one(Release, ids[0])
        assert (release.content_sha256, release.state) == (content, ReleaseState.WITHDRAWN)
        assert not is_pruned(release) and one.engine.has_image(release.digest)


def test_what_runs_is_wanted_or_may_be_returned_to_stays(
    panels: tuple[Panel, Panel], sources: dict[str, Path]
) -> None:
    panel = panels[0]
    ids = {version: panel.build(sources[version], version) for version in VERSIONS}
    panel.set_state(ReleaseState.WITHDRAWN)
    assert panel.prunable() == list(VERSIONS)
    assert panel.prunable(keep_n=1) == list(VERSIONS[:2])  # 2410.10.0 is the newest, not 2410.9.0
    with panel.rows(), transaction():
        add_instance_on(ids[VERSIONS[1]], before=ids[VERSIONS[0]])
    assert panel.prunable() == [VERSIONS[2]]
    with panel.rows(), transaction():
        db.session.execute(Step.__table__.delete())
    assert panel.prunable() == [VERSIONS[0], VERSIONS[2]]


def add_instance_on(release_id: int, before: int) -> None:
    """Two villages run the release; the last update of one led away from `before`."""
    add_villages(TAMASAJU, BONTOKANANG)
    release = db.session.get_one(Release, release_id)
    with transaction():
        ids = queue_installs([TAMASAJU, BONTOKANANG], release, by="ani")
        for one in ids:
            operation = db.session.get_one(Operation, one)
            operation.state, operation.active_key = OperationState.SUCCEEDED, None
            operation.instance.recorded_release_id = release_id
        update = Operation(
            kind=OperationKind.UPDATE,
            instance_id=operation.instance_id,
            release_id=release_id,
            state=OperationState.SUCCEEDED,
            requested_by="ani",
        )
        led = {"members": {"1": {"old_release_id": before}}}
        update.steps = [Step(position=0, name="warm", state=StepState.DONE, result=led)]
        db.session.add(update)
        db.session.flush()


def test_a_container_of_anybody_keeps_its_image(
    panels: tuple[Panel, Panel], sources: dict[str, Path]
) -> None:
    panel = panels[0]
    version = VERSIONS[0]
    panel.build(sources[version], version)
    panel.set_state(ReleaseState.WITHDRAWN)
    with panel.rows():
        digest = db.session.scalars(select(Release.digest)).one()
    name = f"pangkas-{secrets.token_hex(4)}"
    client = docker.from_env()
    made = client.containers.create(digest, name=name, network_mode="none")
    try:
        assert panel.prunable() == [] and panel.prune() == []
        with panel.rows():
            kept = plan_pruning(panel.server_id, 0).kept
        assert [each.reason for each in kept] == ["dipakai sebuah kontainer"]
    finally:
        made.remove(force=True)
        client.close()
    assert panel.prunable() == [version]


def test_an_image_without_any_claim_is_nobodys_to_remove(
    panels: tuple[Panel, Panel], sources: dict[str, Path]
) -> None:
    one, two = panels
    version = VERSIONS[0]
    one.build(sources[version], version)
    one.set_state(ReleaseState.WITHDRAWN)
    with one.rows():
        digest = db.session.scalars(select(Release.digest)).one()
    tags = one.engine.client.api.inspect_image(digest)["RepoTags"]
    own, others = claims_of(tags, one.engine.fleet)
    assert len(own) == 1 and others == []
    assert drop_claims(one.engine) == 1
    assert one.prunable() == []
    claim_image(two.engine, digest, "opensid", version)
    assert one.prunable() == []
    claim_image(one.engine, digest, "opensid", version)
    assert one.prunable() == [version]


def test_only_old_dumps_that_nothing_returns_to_and_orphan_templates_go(
    panels: tuple[Panel, Panel],
) -> None:
    panel = panels[0]
    with panel.rows():
        with transaction():
            release = Release(
                product="opensid", version="2410.0.0", edition="contoh", state=ReleaseState.TESTED
            )
            db.session.add(release)
            db.session.flush()
            release_id = release.id
        add_instance_on(release_id, before=release_id)  # operations 1 and 2, update 3
        with transaction():
            operation = db.session.get_one(Operation, 1)
            later = [
                Operation(
                    kind=OperationKind.RETURN,
                    instance_id=operation.instance_id,
                    release_id=release_id,
                    state=state,
                    requested_by="ani",
                    finished_at=utc_now(),
                )
                for state in (OperationState.FAILED, OperationState.FAILED, OperationState.ERRORED)
            ]
            for each in later[1:]:  # one came back, one is still on its way
                state = StepState.DONE if each.state == OperationState.FAILED else StepState.FAILED
                each.steps = [Step(position=99, name="return", state=state)]
            first = Operation(
                kind=OperationKind.UPDATE,
                instance_id=db.session.get_one(Operation, 3).instance_id,
                release_id=release_id,
                state=OperationState.SUCCEEDED,
                requested_by="ani",
            )
            dump = TemplateDump(
                release_id=release_id,
                server_id=panel.server_id,
                file_name="opensid-milik.sql",
                sha256="",
                size_bytes=1,
                table_count=1,
                seconds=1,
            )
            db.session.add_all([*later, dump])
            db.session.flush()  # operations 4, 5, 6
            db.session.add(first)  # 7: the newest update of the instance of 3
    root = panel.home / "srv"
    old = [
        root / "salinan/opensid-7305052001/operasi-1.sql",
        root / "salinan/opensid-7305052001/operasi-5.sql",  # failed and came back
        root / "salinan/opensid-7305052002/operasi-2.sql",
        root / "salinan/opensid-7305052002/operasi-3.sql",  # a way back once
        root / "templates/opensid-yatim.sql",
    ]
    marks = [
        path.with_name(path.name + ".diubah")
        for path in old
        if path.stem in ("operasi-2", "operasi-3")
    ]
    stays = [
        root / "salinan/opensid-7305052001/operasi-4.sql",  # failed
        root / "salinan/opensid-7305052001/operasi-6.sql",  # could not come back yet
        root / "salinan/opensid-7305052001/operasi-6.sql.diubah",
        root / "salinan/opensid-7305052002/operasi-7.sql",  # the way back
        root / "salinan/opensid-7305052002/operasi-7.sql.diubah",
        root / "salinan/opensid-7305052001/operasi-99.sql",  # not known
        root / "salinan/opensid-7305052001/ekspor-1.sql",
        root / "templates/opensid-milik.sql",
    ]
    for path in (*old, *marks, *stays):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("isi")
        os.utime(path, (time.time() - LONG_AGO_S,) * 2)
    with panel.rows():
        plan = plan_pruning(panel.server_id)
        assert [each.path for each in plan.files] == [str(path) for path in old]
        nothing = prune_images(panel.server_id, Pruning(), by="ani", on_line=print)
        assert nothing.files == () and old[0].exists()
        prune_images(panel.server_id, plan, by="ani", on_line=print)
    assert not [path for path in (*old, *marks) if path.exists()]
    assert all(path.exists() for path in stays)
