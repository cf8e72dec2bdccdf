"""Touch: the steps of an installation, each safe to run again after a crash at any point."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from siappakai.errors import Refused, StepErrored, StepFailed
from siappakai.provision import files, verify
from siappakai.provision.edge_routes import apply_edge, ensure_route, job_route
from siappakai.provision.install_files import lay_out_files
from siappakai.provision.job import Job
from siappakai.provision.naming import EDGE_GID
from siappakai.provision.record import record_version
from siappakai.provision.tools import Tools, tools_for
from siappakai.provision.wanted import ContainerSpec, make_container_spec, run_mount

LEAST_FREE_BYTES = 2 * 1024**3

Result = Mapping[str, Any]


@dataclass(slots=True)
class StepContext:
    """A job, its tools, and what earlier steps (perhaps of another attempt) found out."""

    job: Job
    tools: Tools
    results: dict[str, Result] = field(default_factory=dict)

    @classmethod
    def of(cls, job: Job, results: dict[str, Result]) -> StepContext:
        return cls(job, tools_for(job.server), results)


def check(context: StepContext) -> Result:
    """Everything the later steps rely on is there: room, engine, image, template, MariaDB."""
    job, tools = context.job, context.tools
    free = files.free_bytes(job.server.paths.root)
    if free < LEAST_FREE_BYTES:
        raise StepErrored(
            f"Ruang disk server tinggal {free // 1024**2} MB.",
            hint="Kosongkan ruang sampai paling sedikit 2 GB, lalu tekan Coba lagi.",
        )
    if not job.digest or not tools.engine.has_image(job.digest):
        raise StepErrored(
            f"Citra {job.recipe.label} {job.release.version} tidak ada di server.",
            hint=f"Jalankan `siappakai rilis tambah {job.recipe.product} v{job.release.version}`.",
        )
    template = job.server.paths.templates / job.template_file
    if not job.template_file or not template.is_file():
        raise StepErrored(
            f"Cetakan basis data {job.release.version} tidak ada di server.",
            hint=f"Jalankan `siappakai rilis cetak {job.recipe.product} {job.release.version}`.",
        )
    return {"mariadb": tools.databases.ping(), "free_bytes": free}


def prepare_files(context: StepContext) -> Result:
    """The instance's directories, mount points and configuration files, with their owners."""
    job = context.job
    return {"files_written": lay_out_files(job.recipe, job.place, job.paths, job.uid)}


def create_database(context: StepContext) -> Result:
    """An empty database with an account that can reach it alone.

    A database found here was either made by this same operation before a crash, or is somebody's
    data: the second is refused, never touched.
    """
    job, databases = context.job, context.tools.databases
    access, recipe = job.place.database, job.recipe
    tables = databases.table_count(access.name)
    if tables and not _is_ours_to_refill(context):
        raise StepErrored(
            f"Basis data {access.name} sudah ada dan berisi {tables} tabel.",
            hint="Bukan buatan pemasangan ini, jadi tidak disentuh. Pindahkan dahulu isinya.",
        )
    databases.create(access.name, recipe.database_charset, recipe.database_collation)
    databases.ensure_account(access)
    return {"database": access.name, "made_by_operation": job.operation_id}


def _is_ours_to_refill(context: StepContext) -> bool:
    """Whether an installation of this very instance made the database and nobody ever used it."""
    job = context.job
    made_now = context.results.get("database", {}).get("made_by_operation") == job.operation_id
    return (made_now or job.made_database) and not job.is_recorded and not job.is_exposed


def load_schema(context: StepContext) -> Result:
    """The database holds the release's template, whole.

    A half-loaded one, left by a crash, is emptied first: an installation of this instance made
    it, it has never served anybody and its source is the template.
    """
    job, databases = context.job, context.tools.databases
    access = job.place.database
    if databases.table_count(access.name):
        if not _is_ours_to_refill(context):
            raise Refused(f"Basis data {access.name} sudah berisi; tidak ditimpa.")
        databases.drop_unused(access.name)
        create_database(context)
    template = job.server.paths.templates / job.template_file
    if hashlib.sha256(template.read_bytes()).hexdigest() != job.template_sha256:
        raise StepErrored(
            f"Cetakan {job.template_file} berubah sejak dibuat.",
            hint=f"Buat ulang: `siappakai rilis cetak {job.recipe.product} {job.release.version}`.",
        )
    databases.load(access, template)
    tables = databases.table_count(access.name)
    if tables != job.template_tables:
        raise StepFailed(f"Hanya {tables} dari {job.template_tables} tabel yang terisi.")
    return {"tables": tables}


def write_identity(context: StepContext) -> Result:
    """The clone becomes this village's own: key, name, codes, settings, first admin."""
    job = context.job
    statements = job.recipe.identity(job.place)
    context.tools.databases.run(job.place.database.name, statements)
    return {"statements": len(statements)}


def wanted_container(job: Job) -> ContainerSpec:
    return make_container_spec(
        job.recipe,
        job.paths,
        uid=job.uid,
        image_digest=job.digest,
        labels={
            "village": job.place.village.code,
            "product": job.recipe.product,
            "release": job.release.version,
            "digest": job.digest,
            "instance": str(job.instance_id),
        },
        files=tuple(job.recipe.files(job.place)),
        environment=job.recipe.environment(job.place),
    )


def start_instance(context: StepContext) -> Result:
    """The container runs and its health answer proves this village and this release."""
    job, engine = context.job, context.tools.engine
    spec = wanted_container(job)
    run_dir = job.paths.run_of(spec.sha256)
    files.make_dir(job.paths.run, uid=0, gid=EDGE_GID, mode=0o755)
    files.make_dir(run_dir, uid=job.uid, gid=EDGE_GID, mode=0o750)
    name = job.paths.container(spec.sha256)
    engine.ensure_running(name, spec, run_mount(run_dir))
    try:
        answer = verify.wait_until_healthy(job, job.paths.socket_of(spec.sha256))
    except StepFailed as error:
        error.log_tail = error.log_tail or engine.last_log_lines(name)
        raise
    return {"container": name, "spec_sha256": spec.sha256, "health": answer}


def verify_instance(context: StepContext) -> Result:
    """Its pages answer on its own socket, before any visitor can reach it."""
    job = context.job
    spec_sha256 = str(context.results["start"]["spec_sha256"])
    return verify.prove_pages_inside(job, job.paths.socket_of(spec_sha256))


def switch(context: StepContext) -> Result:
    """The `current` link leads to this container's socket."""
    paths = context.job.paths
    spec_sha256 = str(context.results["start"]["spec_sha256"])
    changed = files.switch_link(paths.current, paths.link_target(spec_sha256))
    return {"link": paths.link_target(spec_sha256), "changed": changed}


def route(context: StepContext) -> Result:
    """The edge knows the village's domain."""
    ensure_route(context.job)
    return apply_edge(context.job.server, needs_route=job_route(context.job))


def verify_outside(context: StepContext) -> Result:
    """The pages answer through the edge with a valid certificate, as a visitor sees them."""
    return verify.prove_pages_outside(context.job)


def record(context: StepContext) -> Result:
    """One version record, with the proof of the steps before."""
    return record_version(context.job, context.results)


INSTALL: dict[str, Callable[[StepContext], Result]] = {
    "check": check,
    "files": prepare_files,
    "database": create_database,
    "schema": load_schema,
    "identity": write_identity,
    "start": start_instance,
    "verify": verify_instance,
    "switch": switch,
    "route": route,
    "outside": verify_outside,
    "record": record,
}
