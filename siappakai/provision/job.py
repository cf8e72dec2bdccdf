"""Touch: what one operation needs, read from the rows at once, so that no session stays open."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import select

from siappakai.errors import NotFound
from siappakai.models import (
    Instance,
    Operation,
    OperationKind,
    Release,
    Server,
    TemplateDump,
    db,
    transaction,
)
from siappakai.products import find_recipe
from siappakai.products.contract import Place, Recipe, ReleaseFacts
from siappakai.provision.egress_config import WayOut
from siappakai.provision.followed_release import follow_release
from siappakai.provision.group import GroupFacts, group_facts
from siappakai.provision.naming import InstancePaths, ServerPaths, instance_key
from siappakai.provision.peers import Need, needs_of, uid_of
from siappakai.provision.place import make_place
from siappakai.provision.way_out import way_out_of


@dataclass(frozen=True, slots=True)
class ServerFacts:
    id: int
    docker_url: str
    paths: ServerPaths
    edge_address: str
    https_port: int


@dataclass(frozen=True, slots=True)
class Job:
    """One operation on one instance, frozen when it was claimed.

    `uid` owns its files: its own, or that of the product it runs as.
    """

    operation_id: int
    kind: OperationKind
    requested_by: str
    instance_id: int
    group: GroupFacts
    needs: tuple[Need, ...]
    uid: int
    is_recorded: bool
    is_exposed: bool
    recipe: Recipe
    place: Place
    web_path: str
    release_id: int
    release: ReleaseFacts
    digest: str
    template_file: str
    template_sha256: str
    template_tables: int
    server: ServerFacts
    paths: InstancePaths
    way_out: WayOut
    parameters: Mapping[str, Any]

    @property
    def subject(self) -> str:
        return f"instance:{self.instance_id}"

    def instance(self) -> Instance:
        """The instance's row, for a step that writes it inside its own transaction."""
        return db.session.get_one(Instance, self.instance_id)


def load_job(operation_id: int, instance_id: int | None = None) -> Job:
    """The job behind an operation; secrets it lacks are made and kept first.

    Its release is the told one, or what serves by now.

    With an instance: that one's part of an operation which moves several of them together.
    """
    with transaction():
        operation = db.session.get(Operation, operation_id)
        if operation is None:
            raise NotFound(f"Operasi {operation_id} tidak ada.")
        own = operation.instance
        return _make_job(operation, db.session.get_one(Instance, instance_id or own.id))


def server_facts(server: Server) -> ServerFacts:
    return ServerFacts(
        server.id,
        server.docker_url,
        ServerPaths(Path(server.data_root), server.fleet),
        server.edge_address,
        server.https_port,
    )


def release_facts(release: Release) -> ReleaseFacts:
    return ReleaseFacts(
        release.version, release.schema_version, release.edition, (release.php_version,)
    )


def _make_job(operation: Operation, instance: Instance) -> Job:
    release = follow_release(operation)
    recipe = find_recipe(instance.product)
    server = server_facts(instance.server)
    template = db.session.scalar(
        select(TemplateDump).filter_by(release_id=release.id, server_id=server.id)
    )
    place = make_place(instance, recipe)
    return Job(
        operation_id=operation.id,
        kind=operation.kind,
        requested_by=operation.requested_by,
        instance_id=instance.id,
        group=group_facts(instance),
        needs=needs_of(instance, recipe),
        uid=uid_of(instance, recipe),
        is_recorded=instance.is_installed,
        is_exposed=instance.exposed_at is not None,
        recipe=recipe,
        place=place,
        web_path=instance.web_path,
        release_id=release.id,
        release=release_facts(release),
        digest=release.digest,
        template_file=template.file_name if template else "",
        template_sha256=template.sha256 if template else "",
        template_tables=template.table_count if template else 0,
        server=server,
        paths=server.paths.instance(instance_key(instance.product, instance.scope_code)),
        way_out=way_out_of(recipe, place, server.paths),
        parameters=dict(operation.parameters or {}),
    )
