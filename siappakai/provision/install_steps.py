"""Touch: the steps of an installation, each safe to run again after a crash at any point."""

from __future__ import annotations

from collections.abc import Callable

from siappakai.errors import StepErrored, StepFailed
from siappakai.models import OperationKind
from siappakai.provision import files, verify
from siappakai.provision.database_steps import (
    check_template,
    create_database,
    load_schema,
    write_identity,
)
from siappakai.provision.edge_routes import apply_edge, ensure_route, job_route
from siappakai.provision.install_files import lay_out_files
from siappakai.provision.job import Job
from siappakai.provision.naming import EDGE_GID
from siappakai.provision.record import record_version
from siappakai.provision.room import ensure_room
from siappakai.provision.step_context import Result, StepContext, run_commands, wanted_container
from siappakai.provision.wanted import ContainerSpec, run_mount
from siappakai.provision.warm_files import learn
from siappakai.provision.way_out import open_way_out


def check(context: StepContext) -> Result:
    """Everything the later steps rely on is there: room, engine, image, template, MariaDB."""
    job, tools = context.job, context.tools
    free = ensure_room(job.server.paths)
    _check_needs(job)
    if not job.digest or not tools.engine.has_image(job.digest):
        raise StepErrored(
            f"Citra {job.recipe.label} {job.release.version} tidak ada di server.",
            hint=f"Jalankan `siappakai rilis tambah {job.recipe.product} v{job.release.version}`.",
        )
    if job.kind == OperationKind.INSTALL and not job.recipe.database.shared_with:
        check_template(job)
    return {"mariadb": tools.databases.ping(), "free_bytes": free}


def _check_needs(job: Job) -> None:
    missing = [need.label for need in job.needs if not need.is_installed]
    if missing:
        raise StepErrored(
            f"{job.recipe.label} memerlukan {' dan '.join(missing)}, yang belum terpasang di sini.",
            hint=f"Pasang {' dan '.join(missing)} dahulu, lalu tekan Coba lagi.",
        )
    others = [version for version in job.group.versions if version != job.release.version]
    if job.kind == OperationKind.INSTALL and job.group.is_combined and others:
        raise StepErrored(
            f"Basis data gabungan ini berada pada versi {', '.join(others)}.",
            hint="Semua desa di satu basis data gabungan harus berversi sama: pilih rilis itu.",
        )


def prepare_files(context: StepContext) -> Result:
    """The instance's directories, mount points and configuration files, with their owners."""
    job = context.job
    written = lay_out_files(job.recipe, job.place, job.paths, job.uid)
    has_way_out = open_way_out(job.recipe, job.place, job.server.id, job.server.paths)
    return {"files_written": written, "has_way_out": has_way_out}


def prepare(context: StepContext) -> Result:
    """What the product does once before it serves, by its own commands."""
    return {"answers": run_commands(context, context.job.recipe.prepare_commands(), "siap")}


def run_container(context: StepContext) -> tuple[str, ContainerSpec]:
    """The instance's container runs, whether it answers already or not; its name and spec."""
    job = context.job
    spec = wanted_container(job)
    run_dir = job.paths.run_of(spec.sha256)
    files.make_dir(job.paths.run, uid=0, gid=EDGE_GID, mode=0o755)
    files.make_dir(run_dir, uid=job.uid, gid=EDGE_GID, mode=0o750)
    name = job.paths.container(spec.sha256)
    context.tools.engine.ensure_running(name, spec, run_mount(run_dir))
    return name, spec


def start_instance(context: StepContext) -> Result:
    """The container runs and its health answer proves this village and this release."""
    job, engine = context.job, context.tools.engine
    name, spec = run_container(context)
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
    """The pages answer through the edge with a valid certificate, as a visitor sees them.

    Nobody is held any more: what they had compiled is kept for the release's next containers.
    """
    proof = verify.prove_pages_outside(context.job)
    learnt = learn(context.job, context.job.paths.current)
    return {**proof, "learnt": learnt} if learnt else proof


def record(context: StepContext) -> Result:
    """One version record, with the proof of the steps before."""
    return record_version(context.job, context.results)


INSTALL: dict[str, Callable[[StepContext], Result]] = {
    "check": check,
    "files": prepare_files,
    "database": create_database,
    "schema": load_schema,
    "identity": write_identity,
    "prepare": prepare,
    "start": start_instance,
    "verify": verify_instance,
    "switch": switch,
    "route": route,
    "outside": verify_outside,
    "record": record,
}
