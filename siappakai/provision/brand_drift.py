"""Touch: instances are looked at in turn; what was changed by hand is put back or adopted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select

from siappakai.branding.drift import Difference, file_differences, find_differences, tell
from siappakai.errors import Refused, SiapPakaiError
from siappakai.last_resort import going_on
from siappakai.log import get_logger
from siappakai.models import (
    Instance,
    InstanceBrand,
    Operation,
    OperationKind,
    OperationState,
    Step,
    append_event,
    db,
    transaction,
    utc_now,
)
from siappakai.provision.brand_dress import settle
from siappakai.provision.brand_plan import block_of, may_hold_block
from siappakai.provision.brand_remember import Look, look_at
from siappakai.provision.brand_who import is_free, is_locked, waits_for_version
from siappakai.provision.brand_worn import values_of
from siappakai.provision.job import load_job
from siappakai.provision.order_brand import order_brand
from siappakai.provision.step_context import StepContext

log = get_logger(__name__)
BY = "penjaga wajah"
BACK_OFF = tuple(timedelta(hours=hours) for hours in (1, 2, 4, 8, 16, 24))


@dataclass(frozen=True, slots=True)
class DriftSight:
    """What was seen on one instance; without differences it wears what it was given."""

    instance_id: int
    differences: tuple[Difference, ...]
    values: dict[str, str]

    @property
    def has_drifted(self) -> bool:
        return bool(self.differences)


def read_drift(instance_id: int) -> DriftSight:
    """The instance as it is against what it was last proven to wear; nothing is changed."""
    look = look_at(_context(instance_id))
    settled = settle(
        look.slots,
        look.present,
        look.worn.states,
        look.worn.base,
        look.worn.locked,
        is_nobodys=look.worn.was_put_back,
    )
    differences = (
        *find_differences(
            look.slots, look.present, look.worn.states, settled.adopted, settled.returned
        ),
        *file_differences(_our_files(look), _seen(look)),
    )
    values = values_of(look.present)
    return DriftSight(instance_id, differences, values)


def drift_round(limit: int = 10) -> list[int]:
    """Look at those not seen the longest; the operations that answer what had changed.

    An instance that is being worked on, or can't be read now, waits for its next turn.
    """
    ids: list[int] = []
    for instance_id in _in_turn(limit):
        _note_seen(instance_id)  # first of all: one that can't be read never holds the turn
        with going_on("drift_broken", instance=instance_id):
            ids += _look_after(instance_id)
    return ids


def _look_after(instance_id: int) -> list[int]:
    """The operation that answers what had changed on it; none when nothing had."""
    try:
        sight = read_drift(instance_id)
        _note(sight)
        return [_answer(sight)] if sight.has_drifted and not _is_backing_off(instance_id) else []
    except SiapPakaiError as error:
        log.warning("drift_not_read", instance=instance_id, error=error.message)
        return []


def _context(instance_id: int) -> StepContext:
    """As the last operation that dressed it: its job, without its steps."""
    operation_id = db.session.scalar(
        select(Operation.id)
        .join(Step)
        .where(
            Operation.instance_id == instance_id,
            Operation.kind == OperationKind.APPLY_BRAND,
            Step.name == "record_brand",
        )
        .order_by(Operation.id.desc())
    )
    db.session.rollback()
    if operation_id is None:
        raise Refused("Aplikasi itu belum pernah diberi wajah.")
    return StepContext.of(load_job(operation_id), {})


def _our_files(look: Look) -> dict[str, str]:
    """What we wrote ourselves and no slot names: nobody may change it but we."""
    named = {each.file for each in (*look.worn.states.values(), *look.present.values())}
    slots = {each.file for each in look.slots if each.file}
    return {
        path: what
        for path, what in look.worn.files.items()
        if path not in named | slots and not _is_village_s_edit(look, path, what)
    }


def _is_village_s_edit(look: Look, path: str, what: str) -> bool:
    """Whether our lines stand in the file as they were, whatever else was written there."""
    if not may_hold_block(path):
        return False
    now, then = look.tree.read(path) or b"", look.tree.read_kept(what) or b""
    return block_of(now) == block_of(then)


def _seen(look: Look) -> dict[str, str]:
    return {path: look.tree.look(path) for path in _our_files(look)}


def _in_turn(limit: int) -> list[int]:
    """Those seen the longest ago, but none that is or will be worked on now."""
    ids = list(
        db.session.scalars(
            select(Instance.id)
            .join(InstanceBrand, InstanceBrand.instance_id == Instance.id)
            .where(
                InstanceBrand.applied_at.is_not(None),
                Instance.is_serving,
                is_free(),
                ~is_locked(),
                ~waits_for_version(),
            )
            .order_by(InstanceBrand.observed_at, Instance.id)
            .limit(limit)
        )
    )
    db.session.rollback()
    return ids


def _note(sight: DriftSight) -> None:
    with transaction():
        row = db.session.get_one(InstanceBrand, sight.instance_id)
        row.observed_values, row.observed_at = sight.values, utc_now()
        if sight.has_drifted:
            append_event(
                "brand_drifted",
                f"instance:{sight.instance_id}",
                by=BY,
                note=tell(sight.differences),
            )


def _note_seen(instance_id: int) -> None:
    with transaction():
        db.session.get_one(InstanceBrand, instance_id).observed_at = utc_now()


def _is_backing_off(instance_id: int) -> bool:
    """Whether putting back has failed so lately that another attempt has to wait.

    Counted since the instance was last dressed well: 1 hour, 2, 4, at most a day.
    """
    row = db.session.get_one(InstanceBrand, instance_id)
    ends = db.session.scalars(
        select(Operation.finished_at)
        .where(
            Operation.instance_id == instance_id,
            Operation.kind == OperationKind.APPLY_BRAND,
            Operation.requested_by == BY,
            Operation.state != OperationState.SUCCEEDED,
            Operation.finished_at > row.applied_at,
        )
        .order_by(Operation.id.desc())
        .limit(len(BACK_OFF))
    ).all()
    db.session.rollback()
    return bool(ends) and ends[0] + BACK_OFF[len(ends) - 1] > utc_now()


def _answer(sight: DriftSight) -> int:
    """One operation: it puts back what is locked and adopts what is free, and says so.

    By the version that is worn: one that was wanted and failed is a person's to try again.
    """
    told = {"note": tell(sight.differences)}
    version_id = db.session.get_one(InstanceBrand, sight.instance_id).applied_version_id
    db.session.rollback()
    return order_brand(sight.instance_id, version_id, by=BY, parameters=told)
