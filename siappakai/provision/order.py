"""Touch: one operation on one installed instance is queued, or refused with the reason."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from siappakai.errors import NotFound, Refused
from siappakai.models import (
    DatabaseGroup,
    Instance,
    Operation,
    OperationKind,
    Release,
    Step,
    StepState,
    WantedState,
    append_event,
    db,
    transaction,
)
from siappakai.provision.followed_release import release_to_revive
from siappakai.provision.gates import (
    refuse_needed,
    refuse_removed,
    refuse_unfitting,
    refuse_update,
)
from siappakai.provision.group import moves_together
from siappakai.provision.run import make_steps
from siappakai.provision.start import installable_release
from siappakai.provision.stuck import Busy, refuse_moving, refuse_stuck
from siappakai.provision.update_steps import last_update
from siappakai.queue import enqueue_operations
from siappakai.subscriptions.push import instances_to_push


def order_update(instance_id: int, release_id: int, *, by: str) -> int:
    """Move the instance to another release of its product and edition's catalogue.

    In a combined database all its villages move with it, at once.
    """
    with transaction():
        operation_id = queue_update(instance_id, release_id, by=by)
    enqueue_operations([operation_id])
    return operation_id


def queue_update(
    instance_id: int, release_id: int, *, by: str, parameters: dict[str, Any] | None = None
) -> int:
    """The queued update's id; part of the caller's transaction. Refused with the reason."""
    instance = _serving(instance_id)
    release = installable_release(release_id)
    refuse_update(instance, release)
    operation_id = queue_operation(OperationKind.UPDATE, instance, release, by, parameters)
    for each in moves_together(instance):
        each.wanted_release = release
    return operation_id


def order_return(instance_id: int, *, by: str) -> int:
    """Bring the release and the database back to before the last update.

    What citizens and officers entered since then is lost from the application; a dump of it is
    kept by the operation.
    """
    with transaction():
        operation_id = queue_return(instance_id, by=by)
    enqueue_operations([operation_id])
    return operation_id


def queue_return(instance_id: int, *, by: str, parameters: dict[str, Any] | None = None) -> int:
    """The queued return's id; part of the caller's transaction. Refused with the reason.

    In a combined database it is the instance that led the last update which leads the way back.
    """
    instance = _leader_of_last_update(_serving(instance_id))
    update = last_update(instance.id)
    led = _led_from(update, instance.id)
    if not led:
        raise Refused("Belum pernah diperbarui; tidak ada versi sebelumnya.")
    if led["old_release_id"] == instance.recorded_release_id:
        raise Refused(
            "Pembaruan terakhir sudah dibalik.",
            hint="Mengulanginya akan meninggalkan isian sejak itu; tidak dilakukan.",
        )
    release = db.session.get_one(Release, led["old_release_id"])
    operation_id = queue_operation(OperationKind.RETURN, instance, release, by, parameters)
    for each in moves_together(instance):
        each.wanted_release = release
    return operation_id


def _leader_of_last_update(instance: Instance) -> Instance:
    updates = [last_update(each.id) for each in moves_together(instance)]
    newest = max((each.id for each in updates if each is not None), default=0)
    leaders = [each.instance for each in updates if each is not None and each.id == newest]
    return leaders[0] if leaders else instance


def _led_from(update: Operation | None, instance_id: int) -> dict[str, Any]:
    """What the update's `warm` step said of the instance; empty when there was no update."""
    results = {step.name: step.result for step in update.steps} if update else {}
    warm = results.get("warm", {})
    return dict(warm["members"].get(str(instance_id), {}) if "members" in warm else warm)


def order_removal(instance_id: int, *, by: str) -> int:
    """Take the instance out of service; all its data stays."""
    refuse_needed(_serving(instance_id))
    db.session.rollback()
    return _order(OperationKind.REMOVE, instance_id, by)


def order_revival(instance_id: int, *, by: str) -> int:
    """Put a removed instance back into service, as it was."""
    with transaction():
        instance = _recorded(instance_id)
        if instance.wanted_state != WantedState.REMOVED:
            raise Refused("Aplikasi ini tidak sedang dilepas.")
        operation_id = queue_operation(
            OperationKind.REVIVE, instance, release_to_revive(instance), by
        )
    enqueue_operations([operation_id])
    return operation_id


def order_group_snapshot(group_id: int, *, by: str) -> int:
    """Dump a whole combined database; no other operation touches it meanwhile."""
    group = db.session.get(DatabaseGroup, group_id)
    serving = [
        each.id
        for each in (group.instances if group is not None else [])
        if each.is_installed and each.product == group.product and not each.is_busy
    ]
    db.session.rollback()
    if not serving:
        raise Refused("Tidak ada desa yang sedang tenang di basis data itu.", hint="Coba lagi.")
    return _order(OperationKind.SNAPSHOT, serving[0], by)


def order_export(instance_id: int, *, by: str) -> int:
    """Copy the village's rows of a combined database into a file on its server."""
    return _order(OperationKind.EXPORT, instance_id, by)


def order_restore(instance_id: int, file: str, *, by: str) -> int:
    """Put one of the village's exports back over its rows in the combined database."""
    return _order(OperationKind.RESTORE, instance_id, by, {"file": file})


def order_separation(instance_id: int, *, by: str) -> int:
    """Move the village out of its combined database into one of its own."""
    return _order(OperationKind.SEPARATE, instance_id, by)


def order_joining(instance_id: int, group_id: int, *, by: str) -> int:
    """Move the village from its own database into a combined one of the same version."""
    return _order(OperationKind.JOIN, instance_id, by, {"group_id": group_id})


def exports_of(instance: Instance) -> list[str]:
    """The files of the village's finished exports, newest first."""
    done = (
        select(Step.result)
        .join(Operation)
        .where(
            Operation.instance_id == instance.id,
            Step.name == "export",
            Step.state == StepState.DONE,
        )
    )
    rows = db.session.scalars(done.order_by(Step.id.desc()))
    return [str(row["file"]) for row in rows if row.get("file")]


def push_tokens(village_code: str = "", *, by: str) -> list[int]:
    """Queue the subscription token for every instance that waits for it; returns the operations.

    An instance that is being worked on is left out: it takes the token the next time. So is one
    that is stuck; Refused with its reason when there was nothing else to do.
    """
    refusals: list[Refused] = []
    with transaction():
        waiting = [db.session.get_one(Instance, each) for each in instances_to_push(village_code)]
        tried = [_queue_token(each, by, refusals) for each in waiting]
    ids = [each for each in tried if each is not None]
    if refusals and not ids:
        raise refusals[0]
    enqueue_operations(ids)
    return ids


def _queue_token(instance: Instance, by: str, refusals: list[Refused]) -> int | None:
    try:
        return queue_operation(OperationKind.PUSH_TOKEN, instance, instance.recorded_release, by)
    except Busy:
        return None
    except Refused as refusal:
        refusals.append(refusal)
        return None


def _order(
    kind: OperationKind, instance_id: int, by: str, parameters: dict[str, Any] | None = None
) -> int:
    with transaction():
        instance = _serving(instance_id)
        refuse_unfitting(kind, instance)
        operation_id = queue_operation(kind, instance, instance.recorded_release, by, parameters)
    enqueue_operations([operation_id])
    return operation_id


def _recorded(instance_id: int) -> Instance:
    instance = db.session.get(Instance, instance_id)
    if instance is None or not instance.is_installed:
        raise NotFound("Aplikasi itu belum terpasang.")
    return instance


def _serving(instance_id: int) -> Instance:
    instance = _recorded(instance_id)
    refuse_removed(instance)
    return instance


def queue_operation(
    kind: OperationKind,
    instance: Instance,
    release: Release,
    by: str,
    parameters: dict[str, Any] | None = None,
) -> int:
    """The queued operation's id; part of the caller's transaction. Busy while another works."""
    if instance.is_busy:
        raise Busy("Operasi lain sedang berjalan di sini.", hint="Tunggu sampai selesai.")
    refuse_moving(instance, kind)
    refuse_stuck(instance, kind)
    operation = Operation(
        kind=kind,
        instance=instance,
        release=release,
        requested_by=by,
        steps=make_steps(kind),
        parameters=parameters,
        rollout_id=(parameters or {}).get("rollout_id"),
        rehearsal_id=(parameters or {}).get("rehearsal_id"),
    )
    db.session.add(operation)
    db.session.flush()
    operation.active_key = instance.id
    append_event(
        "operation_ordered", f"instance:{instance.id}", by=by, kind=str(kind), to=release.version
    )
    db.session.flush()
    return operation.id
