"""Touch: an instance is told to wear a brand version; and who was never told yet."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import joinedload

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


def instances_to_wear() -> dict[int, int]:
    """Instance → version, for those that serve and were never given any while others were.

    It is the version that most of its district wear, else most of all; a new village is dressed
    like its neighbours, an undone district included.
    """
    worn = _worn_versions()
    if not worn:
        return {}
    everywhere = Counter(version for _, version in worn)
    rows = db.session.scalars(
        select(Instance)
        .outerjoin(InstanceBrand, InstanceBrand.instance_id == Instance.id)
        .options(joinedload(Instance.operations))
        .where(
            Instance.product.in_(WEARERS),
            Instance.wanted_state == WantedState.RUNNING,
            Instance.recorded_release_id.is_not(None),
            InstanceBrand.wanted_version_id.is_(None),
            InstanceBrand.applied_at.is_(None),
        )
        .order_by(Instance.id)
    ).unique()
    found = {}
    for row in rows:
        if not row.is_busy:
            near = Counter(version for code, version in worn if code[:6] == row.scope_code[:6])
            found[row.id] = _most_common(near or everywhere)
    return found


def _worn_versions() -> list[tuple[str, int]]:
    """Scope code and version of everyone who wears one."""
    rows = db.session.execute(
        select(Instance.scope_code, InstanceBrand.applied_version_id)
        .join(Instance, Instance.id == InstanceBrand.instance_id)
        .where(
            InstanceBrand.applied_version_id.is_not(None),
            Instance.wanted_state == WantedState.RUNNING,
        )
    )
    return [(str(code), int(version)) for code, version in rows]


def _most_common(versions: Counter[int]) -> int:
    """Of equally common ones the newest."""
    return max(versions, key=lambda version: (versions[version], version))


def dress_new_instances(*, by: str = "sistem", limit: int = 20) -> list[int]:
    """Operations for new instances that wear nothing of the regency's yet."""
    found = list(instances_to_wear().items())[:limit]
    db.session.rollback()
    ids = []
    for instance_id, version_id in found:
        ids += order_brands([instance_id], version_id, by=by)
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
