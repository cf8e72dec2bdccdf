"""Touch: a village changes from a combined database to its own, or into a combined one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import select

from siappakai.combined.move import copy_village
from siappakai.combined.removal import remove_village
from siappakai.errors import Refused, StepErrored
from siappakai.models import DatabaseGroup, Instance, WantedState, db, transaction
from siappakai.models.release import version_key
from siappakai.products import find_recipe
from siappakai.products.contract import DatabaseAccess
from siappakai.provision import files
from siappakai.provision.come_back import before, come_back
from siappakai.provision.database_steps import check_template
from siappakai.provision.holding import hold_own
from siappakai.provision.install_files import lay_out_files
from siappakai.provision.install_steps import (
    start_instance,
    switch,
    verify_instance,
    verify_outside,
)
from siappakai.provision.job import load_job
from siappakai.provision.lease import lock_group
from siappakai.provision.naming import database_name
from siappakai.provision.place import make_place
from siappakai.provision.refresh_steps import retire_old
from siappakai.provision.step_context import Result, StepContext


def check_separation(context: StepContext) -> Result:
    """The village can leave its combined database; what serves now is remembered."""
    if not context.job.group.is_combined:
        raise StepErrored("Desa ini sudah memakai basis data sendiri.")
    check_template(context.job)
    _refuse_companions(context)
    return {"old_group_id": context.job.group.id, **before(context)}


def check_joining(context: StepContext) -> Result:
    """The village can enter the chosen combined database, which is locked for it too."""
    job = context.job
    if job.group.is_combined:
        raise StepErrored("Desa ini sudah berada di basis data gabungan.")
    _refuse_companions(context)
    target = _chosen_group(job.parameters)
    versions = {
        each.recorded_release.version
        for each in target.instances
        if each.is_installed and each.product == target.product
    }
    if versions != {job.release.version}:
        found = ", ".join(sorted(versions, key=version_key)) or "yang belum ada"
        raise StepErrored(
            f"Basis data gabungan “{target.label}” berada pada versi {found}, "
            f"desa ini {job.release.version}.",
            hint="Samakan dahulu versinya.",
        )
    target_id, name, server_id = target.id, target.database_name, target.server_id
    db.session.rollback()
    if server_id != job.server.id:
        raise StepErrored("Basis data gabungan itu berada di server lain.")
    _refuse_old_rows(context, name)
    return {"old_group_id": job.group.id, "new_group_id": target_id, **before(context)}


def _refuse_old_rows(context: StepContext, database: str) -> None:
    """Rows left there by an earlier separation are not what the village has now."""
    query = context.job.recipe.village_row(context.job.place)
    if query and context.tools.databases.query_one(database, query.sql, query.values) is not None:
        raise StepErrored(
            "Baris lama desa ini masih ada di basis data gabungan itu.",
            hint="Desa pertama sebuah basis data gabungan tidak dapat masuk lagi ke sana; pilih "
            "basis data gabungan yang lain.",
        )


def _chosen_group(parameters: dict[str, Any]) -> DatabaseGroup:
    group = db.session.get(DatabaseGroup, parameters.get("group_id") or 0)
    if group is None or not group.is_combined:
        raise StepErrored("Basis data gabungan itu tidak ada.")
    return group


def _refuse_companions(context: StepContext) -> None:
    """Another product on the same database would go on writing into the rows left behind."""
    job = context.job
    rows = db.session.scalars(
        select(Instance.product).where(
            Instance.database_group_id == job.group.id,
            Instance.scope_code == job.place.region.code,
            Instance.id != job.instance_id,
            Instance.wanted_state == WantedState.RUNNING,
        )
    )
    names = [find_recipe(product).label for product in rows]
    db.session.rollback()
    if names:
        raise StepErrored(
            f"{' dan '.join(names)} desa ini masih memakai basis data yang sama.",
            hint="Lepas dahulu aplikasi itu, pindahkan, lalu hidupkan lagi.",
        )


def make_target(context: StepContext) -> Result:
    """A database of the village's own, filled from the template; its name is never used twice."""
    job, databases = context.job, context.tools.databases
    needs = job.recipe.database
    stem = database_name(needs.prefix, job.place.region.code)
    access = DatabaseAccess(
        f"{stem}_{job.operation_id}", job.place.database.user, job.place.database.password
    )
    databases.drop_unused(access.name)  # what a crashed attempt of this very operation left
    databases.create(access.name, needs.charset, needs.collation)
    databases.ensure_account(access, needs.rights)
    databases.load(access, job.server.paths.templates / job.template_file)
    return {"new_group_id": _target_row(job.recipe.product, job.server.id, access.name)}


def _target_row(product: str, server_id: int, name: str) -> int:
    with transaction():
        group = db.session.scalar(
            select(DatabaseGroup).filter_by(server_id=server_id, database_name=name)
        ) or DatabaseGroup(product=product, server_id=server_id, database_name=name)
        db.session.add(group)
        db.session.flush()
        return group.id


def lock_target(context: StepContext) -> Result:
    """Nobody else works on the combined database while the village enters."""
    target = int(context.results["check_joining"]["new_group_id"])
    if not lock_group(target, context.job.operation_id, "desa masuk gabungan"):
        raise Refused(
            "Basis data gabungan itu sedang dikerjakan oleh operasi lain.",
            hint="Tunggu sampai selesai, lalu tekan Coba lagi.",
        )
    return {"locked": target}


def copy_rows(context: StepContext) -> Result:
    """The village stands in both databases, proven equal; a second call finds it there."""
    job = context.job
    source, target = _names(context)
    folder = job.server.paths.root / "ekspor"
    files.make_dir(folder, uid=0, gid=0, mode=0o700)
    query = job.recipe.village_row(job.place)
    found = context.tools.databases.query_one(target, query.sql, query.values) if query else None
    if found is None:
        report = copy_village(
            context.tools.databases, source, target, job.place.region.code, folder
        )
        found = report.restored.village_id
    return {"source": source, "target": target, "config_id": int(found)}


def _names(context: StepContext) -> tuple[str, str]:
    led = context.results.get("check_separation") or context.results["check_joining"]
    made = context.results.get("target") or led
    source = db.session.get_one(DatabaseGroup, led["old_group_id"]).database_name
    target = db.session.get_one(DatabaseGroup, made["new_group_id"]).database_name
    db.session.rollback()
    return source, target


def adopt_database(context: StepContext) -> Result:
    """The rows, the account and the configuration files point at the new database."""
    led = context.results.get("target") or context.results["check_joining"]
    group_id = int(led["new_group_id"])
    config_id = int(context.results["rows"]["config_id"])
    _point_at(context, group_id, config_id)
    written = lay_out_files(
        context.job.recipe, context.job.place, context.job.paths, context.job.uid
    )
    return {"group": group_id, "files_written": written}


def _point_at(context: StepContext, group_id: int, config_id: int | None) -> None:
    """The village's instances on the old database are on this one; the job is read anew."""
    job = context.job
    old_group_id = job.group.id
    with transaction():
        moving = db.session.scalars(
            select(Instance).where(
                Instance.database_group_id == old_group_id,
                Instance.scope_code == job.place.region.code,
            )
        ).all()
        for instance in moving:
            instance.database_group_id = group_id
            if instance.id == job.instance_id:
                instance.config_id = config_id
        db.session.flush()
        ids = [instance.id for instance in moving]
    db.session.expire_all()
    for instance_id in ids:
        _give_rights(context, instance_id)
    context.job = load_job(job.operation_id)


def _give_rights(context: StepContext, instance_id: int) -> None:
    with transaction():
        instance = db.session.get_one(Instance, instance_id)
        recipe = find_recipe(instance.product)
        access = make_place(instance, recipe).database
    context.tools.databases.grant(access.user, access.name, recipe.database.rights)


def settle(context: StepContext) -> Result:
    """What serves is on record; the account can no longer reach the database it came from."""
    job = context.job
    source, _ = _names(context)
    with transaction():
        job.instance().recorded_spec_sha256 = str(context.results["start"]["spec_sha256"])
    context.tools.databases.revoke(job.place.database.user, source)
    return {"left": source}


def clear_old_rows(context: StepContext) -> Result:
    """The combined database no longer shows the village; its first one has to stay there."""
    source, _ = _names(context)
    try:
        report = remove_village(context.tools.databases, source, context.job.place.region.code)
    except Refused as error:
        return {"kept": error.message}
    return {"rows": report.rows}


def move_back(context: StepContext) -> Result:
    """The village serves from the database it came from; a copy made for it is dropped."""
    led = context.results.get("check_separation") or context.results.get("check_joining")
    if led is None:
        return {"changed": "tidak ada"}
    if "adopt" in context.results or context.job.group.id != int(led["old_group_id"]):
        _point_at(context, int(led["old_group_id"]), _own_row(context, int(led["old_group_id"])))
        lay_out_files(context.job.recipe, context.job.place, context.job.paths, context.job.uid)
    context.results["warm"] = led
    result = dict(come_back(context))
    if "check_joining" in context.results and "rows" in context.results:
        _, target = _names(context)
        remove_village(context.tools.databases, target, context.job.place.region.code)
    elif "target" in context.results:
        _, target = _names(context)
        context.tools.databases.drop_unused(target)
    return result


def _own_row(context: StepContext, group_id: int) -> int | None:
    name = db.session.get_one(DatabaseGroup, group_id).database_name
    db.session.rollback()
    query = context.job.recipe.village_row(context.job.place)
    found = context.tools.databases.query_one(name, query.sql, query.values) if query else None
    return None if found is None else int(found)


_SERVE_AGAIN: dict[str, Callable[[StepContext], Result]] = {
    "rows": copy_rows,
    "adopt": adopt_database,
    "start": start_instance,
    "verify": verify_instance,
    "switch": switch,
    "outside": verify_outside,
    "settle": settle,
}

SEPARATE: dict[str, Callable[[StepContext], Result]] = {
    "check_separation": check_separation,
    "target": make_target,
    "hold": hold_own,
    **_SERVE_AGAIN,
    "clear": clear_old_rows,
    "retire": retire_old,
}

JOIN: dict[str, Callable[[StepContext], Result]] = {
    "check_joining": check_joining,
    "lock_target": lock_target,
    "hold": hold_own,
    **_SERVE_AGAIN,
    "retire": retire_old,
}
