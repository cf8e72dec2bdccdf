"""Touch: what one operation needs, read from the rows at once, so that no session stays open."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from flask import current_app
from sqlalchemy import select

from siappakai import vault
from siappakai.config import Settings
from siappakai.errors import NotFound
from siappakai.local_words import word_of_village
from siappakai.models import (
    Instance,
    Operation,
    OperationKind,
    Release,
    Server,
    Step,
    TemplateDump,
    Village,
    db,
    transaction,
)
from siappakai.products import find_recipe
from siappakai.products.contract import (
    DatabaseAccess,
    Place,
    Recipe,
    ReleaseFacts,
    VillageFacts,
)
from siappakai.provision.naming import InstancePaths, ServerPaths, instance_key


@dataclass(frozen=True, slots=True)
class ServerFacts:
    id: int
    docker_url: str
    paths: ServerPaths
    edge_address: str
    https_port: int


@dataclass(frozen=True, slots=True)
class Job:
    """One operation on one village's instance, frozen when it was claimed."""

    operation_id: int
    kind: OperationKind
    requested_by: str
    instance_id: int
    group_id: int
    uid: int
    is_recorded: bool
    is_exposed: bool
    made_database: bool
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

    @property
    def subject(self) -> str:
        return f"instance:{self.instance_id}"


def load_job(operation_id: int) -> Job:
    """The job behind an operation; secrets it lacks are made and kept first."""
    with transaction():
        operation = db.session.get(Operation, operation_id)
        if operation is None:
            raise NotFound(f"Operasi {operation_id} tidak ada.")
        return _make_job(operation)


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


def _make_job(operation: Operation) -> Job:
    instance: Instance = operation.instance
    release: Release = operation.release
    recipe = find_recipe(instance.product)
    server = server_facts(instance.server)
    template = db.session.scalar(
        select(TemplateDump).filter_by(release_id=release.id, server_id=server.id)
    )
    return Job(
        operation_id=operation.id,
        kind=operation.kind,
        requested_by=operation.requested_by,
        instance_id=instance.id,
        group_id=instance.database_group_id,
        uid=instance.uid,
        is_recorded=instance.is_installed,
        is_exposed=instance.exposed_at is not None,
        made_database=_made_database(instance),
        recipe=recipe,
        place=make_place(instance, recipe),
        web_path=instance.web_path,
        release_id=release.id,
        release=release_facts(release),
        digest=release.digest,
        template_file=template.file_name if template else "",
        template_sha256=template.sha256 if template else "",
        template_tables=template.table_count if template else 0,
        server=server,
        paths=server.paths.instance(instance_key(instance.product, instance.scope_code)),
    )


def _made_database(instance: Instance) -> bool:
    """Whether an operation of this instance made its database, as that step's result says."""
    steps = db.session.scalars(
        select(Step)
        .join(Operation)
        .where(Operation.instance_id == instance.id, Step.name == "database")
    )
    name = instance.database_group.database_name
    return any(step.result.get("database") == name for step in steps)


def make_place(instance: Instance, recipe: Recipe) -> Place:
    """The instance's place with all its secrets; those that don't exist yet are made and kept."""
    owner = f"instance:{instance.id}"
    secrets = {
        name: vault.keep_secret(owner, name, make) for name, make in recipe.secret_makers().items()
    }
    database = instance.database_group.database_name
    settings: Settings = current_app.extensions["siappakai_settings"]
    village = village_facts(instance.village)
    return Place(
        village=village,
        database=DatabaseAccess(database, database, secrets["database_password"]),
        secrets=secrets,
        village_word=word_of_village(village.code),
        local_time_zone=settings.local_time_zone,
    )


def village_facts(village: Village) -> VillageFacts:
    names = VillageFacts.__dataclass_fields__
    return VillageFacts(**{name: getattr(village, name) for name in names})
