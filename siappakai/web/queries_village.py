"""One village with its instances, their operations with steps, and their version records."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload, selectinload

from siappakai.errors import NotFound
from siappakai.models import (
    ACTIVE,
    Instance,
    Operation,
    Step,
    StepState,
    StoredSecret,
    VersionRecord,
    Village,
    db,
)
from siappakai.regions import normalise_code
from siappakai.web.live import Stamp
from siappakai.web.status import Status, instance_status

SHOWN_OPERATIONS = 5
SHOWN_RECORDS = 20


@dataclass(frozen=True, slots=True)
class InstanceView:
    """An instance and what its card shows."""

    instance: Instance
    status: Status
    address: str
    operations: list[Operation]
    records: list[VersionRecord]
    has_admin_password: bool


def get_village(code: str) -> Village:
    """The village of a code with or without dots; NotFound when it is not in the fleet."""
    digits = normalise_code(code) or ""
    village = db.session.get(Village, digits)
    if village is None:
        raise NotFound(
            "Wilayah itu belum ada di panel ini.", hint="Unggah daftarnya, atau periksa kodenya."
        )
    return village


def instance_views(village: Village) -> list[InstanceView]:
    query = (
        select(Instance)
        .where(Instance.village_code == village.code)
        .options(
            joinedload(Instance.server),
            joinedload(Instance.wanted_release),
            joinedload(Instance.recorded_release),
            joinedload(Instance.database_group),
        )
        .order_by(Instance.product)
    )
    return [_view(instance, village) for instance in db.session.scalars(query)]


def _view(instance: Instance, village: Village) -> InstanceView:
    operations = _operations(instance.id)
    return InstanceView(
        instance=instance,
        status=instance_status(instance, operations[0] if operations else None),
        address=address_of(instance, village),
        operations=operations,
        records=_records(instance.id),
        has_admin_password=_has_admin_password(instance.id),
    )


def address_of(instance: Instance, village: Village) -> str:
    """Where visitors find the instance."""
    port = instance.server.https_port
    return f"https://{village.domain}{'' if port == 443 else f':{port}'}{instance.web_path}"


def _operations(instance_id: int) -> list[Operation]:
    query = (
        select(Operation)
        .where(Operation.instance_id == instance_id)
        .options(selectinload(Operation.steps), joinedload(Operation.release))
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


def village_stamp(code: str) -> Stamp:
    """Changes with its instances' observed states, its operations and their steps."""
    seen = db.session.execute(
        select(Instance.id, Instance.observed_state, Instance.recorded_at, Instance.observed_at)
        .where(Instance.village_code == code)
        .order_by(Instance.id)
    ).all()
    ids = [row[0] for row in seen]
    work = db.session.execute(
        select(Operation.id, Operation.state, Operation.attempt)
        .where(Operation.instance_id.in_(ids))
        .order_by(Operation.id.desc())
        .limit(SHOWN_OPERATIONS)
    ).all()
    steps = db.session.execute(
        select(Step.state, func.count())
        .where(Step.operation_id.in_([row[0] for row in work]), Step.state != StepState.PENDING)
        .group_by(Step.state)
        .order_by(Step.state)
    ).all()
    is_finished = not any(state in ACTIVE for _, state, _ in work)
    return Stamp(repr((seen, work, steps)), is_finished)
