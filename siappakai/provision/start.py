"""Touch: from a saved village list to queued operations; pressing twice starts nothing twice."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from siappakai.errors import NotFound, Refused
from siappakai.models import (
    ACTIVE,
    Batch,
    BatchRow,
    BatchState,
    DatabaseGroup,
    Instance,
    Operation,
    OperationKind,
    OperationState,
    Release,
    Server,
    Village,
    append_event,
    db,
    transaction,
    utc_now,
)
from siappakai.products import find_recipe
from siappakai.provision.naming import database_name
from siappakai.provision.planner import InstallPlan, PlanAction, VillageState, make_install_plan
from siappakai.provision.retry import requeue
from siappakai.provision.run import make_steps
from siappakai.queue import enqueue_operations

PRODUCT = "opensid"
LOCAL_SERVER = "local"


@dataclass(frozen=True, slots=True)
class StartResult:
    started: int
    kept: int
    blocked: int
    already_started: bool


def plan_batch(batch_id: int) -> InstallPlan:
    """What *Pasang* would do for the list now; nothing is changed."""
    return make_install_plan(_village_states(_batch_codes(batch_id)))


def plan_villages(codes: list[str]) -> InstallPlan:
    return make_install_plan(_village_states(codes))


def start_batch(batch_id: int, *, release_id: int, by: str) -> StartResult:
    """Queue an installation for every village of the list that needs one."""
    with transaction():
        release = installable_release(release_id)
        batch = db.session.get(Batch, batch_id)
        if batch is None:
            raise NotFound("Daftar itu tidak ada.")
        if batch.state == BatchState.CHECKED:
            raise Refused("Daftar ini belum disimpan.", hint="Tekan “Simpan yang benar” dahulu.")
        already = batch.state == BatchState.STARTED
        plan = make_install_plan(_village_states(_batch_codes(batch_id)))
        to_install = [] if already else plan_codes(plan, PlanAction.INSTALL)
        ids = queue_installs(to_install, release, by=by, batch_id=batch_id)
        if not already:
            batch.state, batch.started_at = BatchState.STARTED, utc_now()
            append_event("batch_started", f"batch:{batch_id}", by=by, installs=len(ids))
        result = StartResult(len(ids), plan.keep_count, plan.blocked_count, already)
    enqueue_operations(ids)
    return result


def plan_codes(plan: InstallPlan, action: PlanAction) -> list[str]:
    return [item.village_code for item in plan.items if item.action == action]


def installable_release(release_id: int) -> Release:
    release = db.session.get(Release, release_id)
    if release is None or not release.is_installable:
        raise Refused(
            "Rilis itu belum siap dipasang.",
            hint="Pilih rilis lain, atau bangun dahulu dengan `siappakai rilis tambah`.",
        )
    return release


def queue_installs(
    codes: list[str], release: Release, *, by: str, batch_id: int | None = None
) -> list[int]:
    """New operations for these villages, part of the caller's transaction; returns their ids."""
    server = db.session.scalars(select(Server).filter_by(name=LOCAL_SERVER)).first()
    if server is None and codes:
        raise Refused("Belum ada server.", hint="Jalankan `siappakai server siapkan`.")
    known = {each.scope_code: each for each in _instances(codes)}
    last = _last_operations([each.id for each in known.values()])
    operations = []
    for code in codes:
        instance = known.get(code) or _new_instance(code, release, server)
        instance.wanted_release = release
        stopped = last.get(instance.id) if instance.id else None
        if stopped is not None and _can_go_on(stopped, release):
            requeue(stopped, by)
            stopped.batch_id = batch_id
            operations.append(stopped)
        else:
            operations.append(_new_operation(instance, release, by, batch_id))
    db.session.add_all(operations)
    db.session.flush()
    for operation in operations:
        operation.active_key = operation.instance_id
    db.session.flush()
    return [operation.id for operation in operations]


def _can_go_on(operation: Operation, release: Release) -> bool:
    """A stopped installation of the same release goes on where it stopped, keeping its steps."""
    is_stopped = operation.is_finished and operation.state != OperationState.SUCCEEDED
    is_same = operation.kind == OperationKind.INSTALL and operation.release_id == release.id
    return is_stopped and is_same


def _new_operation(
    instance: Instance, release: Release, by: str, batch_id: int | None
) -> Operation:
    return Operation(
        kind=OperationKind.INSTALL,
        instance=instance,
        release=release,
        batch_id=batch_id,
        requested_by=by,
        steps=make_steps(OperationKind.INSTALL),
    )


def _new_instance(code: str, release: Release, server: Server) -> Instance:
    recipe = find_recipe(PRODUCT)
    group = DatabaseGroup(
        product=PRODUCT,
        server_id=server.id,
        database_name=database_name(recipe.database_prefix, code),
    )
    instance = Instance(
        product=PRODUCT,
        scope_code=code,
        village_code=code,
        server_id=server.id,
        database_group=group,
        web_path=recipe.web_path,
        wanted_release=release,
    )
    db.session.add(instance)
    return instance


def _instances(codes: list[str]) -> list[Instance]:
    rows: list[Instance] = []
    for start in range(0, len(codes), 500):
        some = codes[start : start + 500]
        rows += db.session.scalars(
            select(Instance)
            .where(Instance.product == PRODUCT, Instance.scope_code.in_(some))
            .options(joinedload(Instance.recorded_release))
        )
    return rows


def _batch_codes(batch_id: int) -> list[str]:
    rows = db.session.scalars(
        select(BatchRow.village_code)
        .join(Village, Village.code == BatchRow.village_code)
        .where(BatchRow.batch_id == batch_id, BatchRow.status != "salah")
    )
    return sorted(set(rows))


def _village_states(codes: list[str]) -> list[VillageState]:
    names: dict[str, str] = {}
    for start in range(0, len(codes), 500):
        some = codes[start : start + 500]
        rows = db.session.execute(select(Village.code, Village.name).where(Village.code.in_(some)))
        names.update({row.code: row.name for row in rows})
    instances = {each.scope_code: each for each in _instances(codes)}
    last = _last_operations([each.id for each in instances.values()])
    return [_state(code, names[code], instances.get(code), last) for code in codes if code in names]


def _state(
    code: str, name: str, instance: Instance | None, last: dict[int, Operation]
) -> VillageState:
    if instance is None:
        return VillageState(code, name)
    operation = last.get(instance.id)
    recorded = instance.recorded_release
    return VillageState(
        code,
        name,
        is_recorded=recorded is not None,
        recorded_version=recorded.version if recorded else "",
        is_active=operation is not None and operation.state in ACTIVE,
        last_error=operation.error_message if operation and operation.is_finished else "",
    )


def _last_operations(instance_ids: list[int]) -> dict[int, Operation]:
    newest: dict[int, Operation] = {}
    for start in range(0, len(instance_ids), 500):
        some = instance_ids[start : start + 500]
        rows = db.session.scalars(
            select(Operation).where(Operation.instance_id.in_(some)).order_by(Operation.id)
        )
        newest.update({row.instance_id: row for row in rows})
    return newest
