"""Touch: operations that stopped on their way back, and whom they hold up until they arrive."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.orm import aliased

from siappakai.errors import Refused
from siappakai.models import (
    Instance,
    Operation,
    OperationKind,
    Step,
    StepState,
    db,
)
from siappakai.products import RECIPES, find_recipe
from siappakai.provision.lifecycle import COMING_BACK

MOVES = frozenset({OperationKind.UPDATE, OperationKind.RETURN})
ON_CLONES = frozenset({OperationKind.REHEARSE, OperationKind.PREVIEW})
HINT = "Buka operasi itu, perbaiki sebabnya, lalu tekan Coba lagi."


class Busy(Refused):
    """Refused only for now: another operation works on the instance."""


def moves_database(kind: OperationKind, instance: Instance) -> bool:
    """Whether such an operation changes the database of all that work on it or read it."""
    return kind in MOVES and instance.product not in _sharers()


def _sharers() -> list[str]:
    """The products that work on another one's database, and never change its schema."""
    return [name for name, each in RECIPES.items() if each.database.shared_with]


def is_coming_back(operation: type[Operation]) -> ColumnElement[bool]:
    """Over operations: it turned back and has not arrived."""
    return (
        select(Step.id)
        .where(
            Step.operation_id == operation.id,
            Step.name == COMING_BACK,
            Step.state != StepState.DONE,
        )
        .exists()
    )


def is_half_moved(operation: type[Operation]) -> ColumnElement[bool]:
    """Over operations: it left its database between two releases."""
    its = aliased(Instance)
    owner = select(its.id).where(its.id == operation.instance_id, its.product.not_in(_sharers()))
    return and_(operation.kind.in_(MOVES), owner.exists(), is_coming_back(operation))


def half_moved_groups() -> Select[tuple[int]]:
    """The databases that an update or return left between two releases."""
    operation, its = aliased(Operation), aliased(Instance)
    return (
        select(its.database_group_id)
        .join(operation, operation.instance_id == its.id)
        .where(is_half_moved(operation))
    )


def is_stuck() -> ColumnElement[bool]:
    """Over instances: its own operation has not arrived, or one that moves a database of its."""
    operation, groups = aliased(Operation), half_moved_groups()
    own = select(operation.id).where(
        operation.instance_id == Instance.id, is_coming_back(operation)
    )
    return or_(
        own.correlate(Instance).exists(),
        Instance.database_group_id.in_(groups),
        and_(Instance.reads_group_id.is_not(None), Instance.reads_group_id.in_(groups)),
    )


def find_stuck(instance: Instance, kind: OperationKind | None = None) -> Operation | None:
    """What must arrive before such an operation may start on the instance; its own first.

    One that moves the database waits for everybody on it; others for their own, and for what
    moves a database they work on or read.
    """
    own = Operation.instance_id == instance.id
    groups = [instance.database_group_id, instance.reads_group_id]
    near = Instance.database_group_id.in_([each for each in groups if each is not None])
    reasons = [own, and_(near, is_half_moved(Operation))]
    if kind is not None and moves_database(kind, instance):
        same = Instance.database_group_id == instance.database_group_id
        reasons.append(and_(same, Operation.kind.not_in(ON_CLONES)))
    return db.session.scalars(
        select(Operation)
        .join(Instance, Instance.id == Operation.instance_id)
        .where(or_(*reasons), is_coming_back(Operation))
        .order_by(own.desc(), Operation.id)
        .limit(1)
    ).first()


def refuse_moving(instance: Instance, kind: OperationKind) -> None:
    """A database moves once at a time: a second move would begin where the first one ends."""
    if not moves_database(kind, instance):
        return
    moving = db.session.scalar(
        select(Operation.id)
        .join(Instance, Instance.id == Operation.instance_id)
        .where(
            Operation.active_key.is_not(None),
            Operation.kind.in_(MOVES),
            Instance.database_group_id == instance.database_group_id,
            Instance.product == instance.product,
        )
    )
    if moving is not None:
        raise Busy(
            f"Basis data ini sedang berpindah versi lewat operasi nomor {moving}.",
            hint="Tunggu sampai selesai.",
        )


def refuse_stuck(instance: Instance, kind: OperationKind) -> None:
    """Nothing is built on half a state: what stopped on its way back goes on first."""
    stuck = find_stuck(instance, kind)
    if stuck is None:
        return
    if stuck.is_finished:
        raise Refused(tell_stuck(stuck, instance), hint=HINT)
    raise Busy(tell_stuck(stuck, instance), hint="Tunggu sampai selesai.")


def tell_stuck(stuck: Operation, instance: Instance) -> str:
    """As one sentence on the page of an instance that it holds up."""
    if stuck.instance_id == instance.id:
        return f"Operasi nomor {stuck.id} belum selesai kembali ke keadaan semula."
    label, home = find_recipe(stuck.instance.product).label, stuck.instance.home.name
    return (
        f"Basis data yang sama dengan {label} {home} belum selesai kembali ke keadaan semula "
        f"(operasi nomor {stuck.id})."
    )
