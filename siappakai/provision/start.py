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
    StepState,
    Village,
    append_event,
    db,
    transaction,
    utc_now,
)
from siappakai.products import find_recipe
from siappakai.provision.naming import database_name
from siappakai.provision.planner import InstallPlan, PlanAction, VillageState, make_install_plan
from siappakai.provision.run import make_steps, move
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
    operations = []
    for code in codes:
        instance = known.get(code) or _new_instance(code, release, server)
        instance.wanted_release = release
        operations.append(
            Operation(
                kind=OperationKind.INSTALL,
                instance=instance,
                release=release,
                batch_id=batch_id,
                requested_by=by,
                steps=make_steps(OperationKind.INSTALL),
            )
        )
    db.session.add_all(operations)
    db.session.flush()
    for operation in operations:
        operation.active_key = operation.instance_id
    db.session.flush()
    return [operation.id for operation in operations]


def retry_operation(operation_id: int, *, by: str) -> None:
    """Queue a stopped operation again; finished steps are kept, the rest runs anew."""
    with transaction():
        operation = db.session.get(Operation, operation_id)
        if operation is None:
            raise NotFound("Operasi itu tidak ada.")
        _requeue(operation, by)
    enqueue_operations([operation_id])


def retry_failed(batch_id: int, *, by: str) -> int:
    """Queue every failed or errored operation of the list again; returns how many."""
    stopped = (OperationState.FAILED, OperationState.ERRORED)
    with transaction():
        rows = db.session.scalars(
            select(Operation).where(Operation.batch_id == batch_id, Operation.state.in_(stopped))
        ).all()
        for operation in rows:
            _requeue(operation, by)
        ids = [operation.id for operation in rows]
    enqueue_operations(ids)
    return len(ids)


def cancel_queued(batch_id: int, *, by: str) -> int:
    """Cancel what has not started; what runs goes on to a safe end. Returns how many."""
    with transaction():
        rows = db.session.scalars(
            select(Operation).filter_by(batch_id=batch_id, state=OperationState.QUEUED)
        ).all()
        for operation in rows:
            move(operation, OperationState.CANCELLED, by=by)
        return len(rows)


def _requeue(operation: Operation, by: str) -> None:
    if operation.state in ACTIVE:
        raise Refused("Operasi ini masih berjalan.", hint="Tunggu sampai selesai.")
    if operation.state == OperationState.SUCCEEDED:
        raise Refused("Operasi ini sudah berhasil; tidak ada yang perlu diulang.")
    busy = db.session.scalar(select(Operation.id).filter_by(active_key=operation.instance_id))
    if busy is not None:
        raise Refused("Operasi lain sedang berjalan untuk desa ini.", hint="Tunggu sampai selesai.")
    operation.attempt, operation.not_before_at, operation.finished_at = 0, None, None
    for step in operation.steps:
        if step.state != StepState.DONE:
            step.state, step.note = StepState.PENDING, ""
    move(operation, OperationState.QUEUED, by=by, reason="diulang")
    # A database that vanished or a stopped container shows in the earlier, cheap steps.
    for step in operation.steps:
        if step.name in ("check", "files"):
            step.state = StepState.PENDING


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
