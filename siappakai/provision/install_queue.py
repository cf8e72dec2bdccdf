"""Touch: new operations and the instances they are for, part of the caller's transaction."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from siappakai.errors import NotFound, Refused
from siappakai.models import (
    DatabaseGroup,
    DatabaseMode,
    Instance,
    Operation,
    OperationKind,
    OperationState,
    Release,
    Server,
    db,
)
from siappakai.products import find_recipe
from siappakai.products.contract import Recipe, Scope
from siappakai.provision.again import start_again
from siappakai.provision.naming import database_name
from siappakai.provision.run import make_steps

LOCAL_SERVER = "local"
AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Placing:
    """Where new instances go: their server, and the combined database they join or read."""

    server: Server
    combined: DatabaseGroup | None = None


def queue_installs(
    codes: list[str],
    release: Release,
    *,
    by: str,
    batch_id: int | None = None,
    combined: DatabaseGroup | None = None,
) -> list[int]:
    """New operations of the release's product for these villages or regions; returns their ids."""
    if not codes:
        return []
    placing = Placing(local_server(), combined)
    known = {each.scope_code: each for each in find_instances(release.product, codes)}
    last = last_operations([each.id for each in known.values()])
    operations = []
    for code in codes:
        instance = known.get(code) or _new_instance(code, release, placing)
        instance.wanted_release = release
        stopped = last.get(instance.id) if instance.id else None
        if stopped is not None and _can_go_on(stopped, release):
            start_again(stopped, by)
            stopped.batch_id = batch_id
            operations.append(stopped)
        else:
            operation = _new_operation(instance, release, by, batch_id)
            db.session.add(operation)
            operations.append(operation)
    db.session.flush()
    for operation in operations:
        operation.active_key = operation.instance_id
    db.session.flush()
    return [operation.id for operation in operations]


def local_server() -> Server:
    server = db.session.scalars(select(Server).filter_by(name=LOCAL_SERVER)).first()
    if server is None:
        raise Refused("Belum ada server.", hint="Jalankan `siappakai server siapkan`.")
    return server


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


def _new_instance(code: str, release: Release, placing: Placing) -> Instance:
    recipe = find_recipe(release.product)
    is_village = recipe.scope == Scope.VILLAGE
    instance = Instance(
        product=recipe.product,
        scope_code=code,
        village_code=code if is_village else None,
        region_code=None if is_village else code,
        server_id=placing.server.id,
        database_group=_database_group(code, recipe, placing),
        reads_group=_reads_group(recipe, placing),
        web_path=recipe.web_path,
        wanted_release=release,
    )
    db.session.add(instance)
    return instance


def _database_group(code: str, recipe: Recipe, placing: Placing) -> DatabaseGroup:
    """Another product's, a combined one of this very product, or a new one of its own."""
    shared_with = recipe.database.shared_with
    if shared_with:
        peer = db.session.scalar(select(Instance).filter_by(product=shared_with, scope_code=code))
        if peer is None:
            label = find_recipe(shared_with).label
            raise Refused(f"{recipe.label} memerlukan {label}.", hint=f"Pasang {label} dahulu.")
        return peer.database_group
    if placing.combined is not None and placing.combined.product == recipe.product:
        return placing.combined
    return DatabaseGroup(
        product=recipe.product,
        server_id=placing.server.id,
        database_name=database_name(recipe.database.prefix, code),
    )


def _reads_group(recipe: Recipe, placing: Placing) -> DatabaseGroup | None:
    if not recipe.database.reads:
        return None
    if placing.combined is None or placing.combined.product != recipe.database.reads:
        label = find_recipe(recipe.database.reads).label
        raise Refused(
            f"{recipe.label} memerlukan basis data gabungan {label}.",
            hint=f"Pasang {label} dalam mode gabungan dahulu, lalu pilih basis data itu.",
        )
    return placing.combined


def find_combined(group_id: int | None) -> DatabaseGroup | None:
    """The combined database of that id, None for no id; NotFound when it is no such database."""
    if group_id is None:
        return None
    group = db.session.get(DatabaseGroup, group_id)
    if group is None or not group.is_combined:
        raise NotFound("Basis data gabungan itu tidak ada.")
    return group


def make_combined_group(label: str, product: str, regency_code: str) -> DatabaseGroup:
    """A new, still empty combined database; its name is made from the regency's code."""
    server = local_server()
    prefix = f"{find_recipe(product).database.prefix}_gabungan_{regency_code}"
    taken = db.session.scalar(
        select(func.count(DatabaseGroup.id)).where(
            DatabaseGroup.server_id == server.id, DatabaseGroup.mode == DatabaseMode.COMBINED
        )
    )
    name = prefix if not taken else f"{prefix}_{taken + 1}"
    group = DatabaseGroup(
        product=product,
        mode=DatabaseMode.COMBINED,
        server_id=server.id,
        database_name=name,
        label=label,
    )
    db.session.add(group)
    db.session.flush()
    return group


def find_instances(product: str, codes: list[str]) -> list[Instance]:
    rows: list[Instance] = []
    for start in range(0, len(codes), AT_ONCE):
        some = codes[start : start + AT_ONCE]
        rows += db.session.scalars(
            select(Instance)
            .where(Instance.product == product, Instance.scope_code.in_(some))
            .options(joinedload(Instance.recorded_release))
        )
    return rows


def last_operations(instance_ids: list[int]) -> dict[int, Operation]:
    """Instance id → its newest operation."""
    newest: dict[int, Operation] = {}
    for start in range(0, len(instance_ids), AT_ONCE):
        some = instance_ids[start : start + AT_ONCE]
        rows = db.session.scalars(
            select(Operation).where(Operation.instance_id.in_(some)).order_by(Operation.id)
        )
        newest.update({row.instance_id: row for row in rows})
    return newest
