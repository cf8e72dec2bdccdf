"""Touch: the database steps of an installation: its own, a combined one, or another product's."""

from __future__ import annotations

import hashlib

from siappakai.errors import Refused, StepErrored, StepFailed
from siappakai.provision.job import Job
from siappakai.provision.step_context import Result, StepContext, run_commands


def check_template(job: Job) -> None:
    """The release's template is on the server, or StepErrored with how to make it."""
    template = job.server.paths.templates / job.template_file
    if not job.template_file or not template.is_file():
        raise StepErrored(
            f"Cetakan basis data {job.release.version} tidak ada di server.",
            hint=f"Jalankan `siappakai rilis cetak {job.recipe.product} {job.release.version}`.",
        )


def create_database(context: StepContext) -> Result:
    """The database is there, and an account of this instance that can reach it alone.

    A database found here was either made by an installation of ours before, or is somebody's
    data: the second is refused, never touched.
    """
    job, databases = context.job, context.tools.databases
    access, needs = job.place.database, job.recipe.database
    if needs.shared_with:
        databases.ensure_account(access, needs.rights)
        return {"shared_database": access.name} | _allow_reading(context)
    tables = databases.table_count(access.name)
    if tables and not (job.group.in_use and job.group.is_combined) and not _is_ours(context):
        raise StepErrored(
            f"Basis data {access.name} sudah ada dan berisi {tables} tabel.",
            hint="Bukan buatan pemasangan ini, jadi tidak disentuh. Pindahkan dahulu isinya.",
        )
    databases.create(access.name, needs.charset, needs.collation)
    databases.ensure_account(access, needs.rights)
    made = {"database": access.name, "made_by_operation": job.operation_id}
    return made | _allow_reading(context)


def _allow_reading(context: StepContext) -> dict[str, str]:
    """The account may look into the combined database that the recipe reads."""
    job, reads = context.job, context.job.place.reads
    if reads is None:
        return {}
    tables = context.tools.databases.grant_reading(
        reads.user, reads.name, job.recipe.database.hidden
    )
    return {"reads": reads.name, "readable_tables": str(tables)}


def _is_ours(context: StepContext) -> bool:
    """Whether an installation of ours made the database."""
    job = context.job
    made_now = context.results.get("database", {}).get("made_by_operation") == job.operation_id
    return made_now or job.group.made_here


def _may_refill(context: StepContext) -> bool:
    """Whether nobody ever used the database that an installation of ours made."""
    job = context.job
    is_used = job.group.in_use or job.is_recorded or job.is_exposed
    return _is_ours(context) and not is_used


def load_schema(context: StepContext) -> Result:
    """The database holds the release's template with this region in it."""
    job = context.job
    if job.recipe.database.shared_with:
        return {"shared_database": job.place.database.name}
    if job.group.is_combined and (job.group.has_schema or job.group.in_use):
        return _join(context)
    tables = _fill(context)
    databases, place = context.tools.databases, job.place
    databases.run(place.database.name, job.recipe.adopt(place))
    return {"tables": tables}


def _fill(context: StepContext) -> int:
    """Number of tables after loading the template into an empty database.

    A half-loaded one, left by a crash, is emptied first: an installation of ours made it, it has
    never served anybody and its source is the template.
    """
    job, databases = context.job, context.tools.databases
    access = job.place.database
    if databases.table_count(access.name):
        if not _may_refill(context):
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
    return tables


def _join(context: StepContext) -> Result:
    """The village has its own rows in a combined database where others live already.

    Rows left by a crash half-way are this installation's own and were never served: they go
    first, so that the application makes them whole.
    """
    job, databases = context.job, context.tools.databases
    name = job.place.database.name
    if find_row(context) is not None:
        if job.is_recorded or job.is_exposed:
            raise Refused(f"Desa ini sudah ada di basis data {name}; tidak ditimpa.")
        databases.run(name, job.recipe.leave(job.place))
    answers = run_commands(context, job.recipe.join_commands(), "gabung")
    if find_row(context) is None:
        raise StepFailed("Desa tidak ditemukan di basis data gabungan setelah ditambahkan.")
    return {"joined": name, "tables": databases.table_count(name), "answers": answers}


def find_row(context: StepContext) -> int | None:
    """The id of this village's row in a combined database, if it has one."""
    place = context.job.place
    query = context.job.recipe.village_row(place)
    if query is None:
        return None
    found = context.tools.databases.query_one(place.database.name, query.sql, query.values)
    return None if found is None else int(found)


def write_identity(context: StepContext) -> Result:
    """The rows become this region's own: key, name, codes, settings, token, first admin."""
    job = context.job
    place = job.place
    statements = (*job.recipe.identity(place), *job.recipe.token_statements(place))
    if statements:
        context.tools.databases.run(place.database.name, statements)
    return {"statements": len(statements), "config_id": find_row(context)}
