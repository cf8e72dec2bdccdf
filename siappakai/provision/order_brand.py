"""Touch: an instance is told to wear a brand version."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from siappakai.errors import NotFound, Refused
from siappakai.models import (
    BrandRecord,
    BrandVersion,
    Instance,
    InstanceBrand,
    OperationKind,
    WantedState,
    db,
    transaction,
)
from siappakai.products import find_recipe
from siappakai.provision.order import Busy, queue_operation
from siappakai.queue import enqueue_operations

WEARERS = ("opensid", "pbb", "mobile_api", "opendk", "openkab")


def order_brand(
    instance_id: int,
    version_id: int | None,
    *,
    by: str,
    parameters: dict[str, Any] | None = None,
) -> int:
    """The queued operation that gives the instance this version to wear.

    Without a version: its look before the first brand. Wearing the same once more changes nothing.
    """
    with transaction():
        operation_id = queue_brand(instance_id, version_id, by=by, parameters=parameters)
    enqueue_operations([operation_id])
    return operation_id


def queue_brand(
    instance_id: int,
    version_id: int | None,
    *,
    by: str,
    parameters: dict[str, Any] | None = None,
) -> int:
    """The queued operation's id; part of the caller's transaction. Refused with the reason."""
    instance = db.session.get(Instance, instance_id)
    if instance is None or not instance.is_installed:
        raise NotFound("Aplikasi itu belum terpasang.")
    if instance.wanted_state != WantedState.RUNNING:
        raise Refused("Aplikasi ini sedang dilepas.", hint="Hidupkan dahulu, lalu ulangi.")
    if instance.product not in WEARERS:
        raise Refused(f"{find_recipe(instance.product).label} tidak mengenal wajah.")
    if version_id is not None and db.session.get(BrandVersion, version_id) is None:
        raise NotFound("Versi wajah itu tidak ada.")
    told = {**(parameters or {}), "brand_version_id": version_id}
    release = instance.recorded_release
    operation_id = queue_operation(OperationKind.APPLY_BRAND, instance, release, by, told)
    row = db.session.get(InstanceBrand, instance_id) or InstanceBrand(instance_id=instance_id)
    db.session.add(row)
    row.wanted_version_id = version_id
    db.session.flush()
    return operation_id


def order_brands(instance_ids: Sequence[int], version_id: int | None, *, by: str) -> list[int]:
    """Operations for all of them at once; who is busy now is left out."""
    with transaction():
        ids = []
        for instance_id in instance_ids:
            try:
                ids.append(queue_brand(instance_id, version_id, by=by))
            except Busy:
                continue
    enqueue_operations(ids)
    return ids


def queue_brand_return(
    instance_id: int,
    operation_id: int,
    *,
    by: str,
    parameters: dict[str, Any] | None = None,
) -> int:
    """Back to what the instance wore before that operation: an older version, or its own look."""
    earlier = db.session.scalars(
        select(BrandRecord)
        .where(BrandRecord.instance_id == instance_id, BrandRecord.operation_id < operation_id)
        .order_by(BrandRecord.id.desc())
        .limit(1)
    ).first()
    before = earlier.version_id if earlier is not None else None
    return queue_brand(instance_id, before, by=by, parameters=parameters)
