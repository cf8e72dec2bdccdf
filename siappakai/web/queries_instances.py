"""The instances of one village, district or regency, as their cards show them."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import defer, joinedload, selectinload

from siappakai.errors import NotFound
from siappakai.models import (
    ACTIVE,
    Instance,
    LicenceState,
    Operation,
    Region,
    Release,
    Step,
    StepState,
    StoredSecret,
    VersionRecord,
    Village,
    db,
)
from siappakai.web.formatting import product, product_rank
from siappakai.web.instance_actions import Action, actions_of
from siappakai.web.live import Stamp
from siappakai.web.status import Status, instance_status

SHOWN_OPERATIONS = 5
SHOWN_RECORDS = 20
LICENCES = {
    LicenceState.VALID: Status("Lisensi berlaku", "green", "circle-check"),
    LicenceState.INVALID: Status("Lisensi tidak berlaku", "orange", "alert-triangle"),
    LicenceState.UNKNOWN: Status("Lisensi tidak dapat diperiksa", "secondary", "circle-dashed"),
}


@dataclass(frozen=True, slots=True)
class InstanceView:
    """An instance and what its card shows."""

    instance: Instance
    status: Status
    address: str
    operations: list[Operation]
    records: list[VersionRecord]
    has_admin_password: bool
    actions: list[Action]
    licence: Status | None


def get_instance(instance_id: int) -> Instance:
    """The instance; NotFound when there is none."""
    instance = db.session.get(Instance, instance_id)
    if instance is None:
        raise NotFound("Aplikasi itu tidak ada.", hint="Buka lagi halaman asalnya, lalu pilih.")
    return instance


def instance_views(home: Village | Region) -> list[InstanceView]:
    query = (
        select(Instance)
        .where(_of(home))
        .options(
            joinedload(Instance.server),
            joinedload(Instance.wanted_release).options(defer(Release.components)),
            joinedload(Instance.recorded_release).options(defer(Release.components)),
            joinedload(Instance.database_group),
            joinedload(Instance.reads_group),
        )
    )
    rows = sorted(db.session.scalars(query), key=lambda each: product_rank(each.product))
    return [view_of(instance) for instance in rows]


def view_of(instance: Instance) -> InstanceView:
    operations = _operations(instance.id)
    newest = operations[0] if operations else None
    return InstanceView(
        instance=instance,
        status=instance_status(instance, newest),
        address=address_of(instance),
        operations=operations,
        records=_records(instance.id),
        has_admin_password=_has_admin_password(instance.id),
        actions=actions_of(instance),
        licence=LICENCES.get(instance.observed_licence) if instance.is_installed else None,
    )


def address_of(instance: Instance) -> str:
    """Where visitors find the instance."""
    port = instance.server.https_port
    return f"https://{instance.home.domain}{'' if port == 443 else f':{port}'}{instance.web_path}"


def dependents_of(instance: Instance) -> list[str]:
    """Names of the region's other products in service that work on this one's database."""
    query = select(Instance.product).where(
        Instance.scope_code == instance.scope_code,
        Instance.id != instance.id,
        Instance.database_group_id == instance.database_group_id,
        Instance.is_installed,
    )
    return [product(name) for name in sorted(db.session.scalars(query), key=product_rank)]


def instances_stamp(home: Village | Region) -> Stamp:
    """Changes with its instances' observed states, its operations and their steps."""
    seen = db.session.execute(
        select(
            *(Instance.id, Instance.observed_state, Instance.recorded_at, Instance.observed_at),
            *(Instance.wanted_state, Instance.observed_licence),
        )
        .where(_of(home))
        .order_by(Instance.id)
    ).all()
    ids = [row[0] for row in seen]
    work = db.session.execute(
        select(Operation.id, Operation.state, Operation.attempt)
        .where(Operation.instance_id.in_(ids))
        .order_by(Operation.id.desc())
        .limit(SHOWN_OPERATIONS * max(len(ids), 1))
    ).all()
    steps = db.session.execute(
        select(Step.state, func.count())
        .where(Step.operation_id.in_([row[0] for row in work]), Step.state != StepState.PENDING)
        .group_by(Step.state)
        .order_by(Step.state)
    ).all()
    is_finished = not any(state in ACTIVE for _, state, _ in work)
    return Stamp(repr((seen, work, steps)), is_finished)


def _of(home: Village | Region) -> ColumnElement[bool]:
    column = Instance.village_code if isinstance(home, Village) else Instance.region_code
    return column == home.code


def _operations(instance_id: int) -> list[Operation]:
    query = (
        select(Operation)
        .where(Operation.instance_id == instance_id)
        .options(
            selectinload(Operation.steps),
            joinedload(Operation.release).options(defer(Release.components)),
        )
        .order_by(Operation.id.desc())
        .limit(SHOWN_OPERATIONS)
    )
    return list(db.session.scalars(query))


def _records(instance_id: int) -> list[VersionRecord]:
    query = (
        select(VersionRecord)
        .where(VersionRecord.instance_id == instance_id)
        .order_by(VersionRecord.id.desc())
        .limit(SHOWN_RECORDS)
    )
    return list(db.session.scalars(query))


def _has_admin_password(instance_id: int) -> bool:
    query = select(StoredSecret.id).filter_by(
        owner=f"instance:{instance_id}", name="admin_password"
    )
    return db.session.scalar(query) is not None
