"""What the pages of rehearsals show: lists, what changed, where the running ones are."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import case, func, select
from sqlalchemy.orm import joinedload

from siappakai.errors import NotFound
from siappakai.models import (
    ACTIVE,
    Instance,
    Operation,
    Rehearsal,
    RehearsalItem,
    RehearsalState,
    Step,
    StepState,
    Verdict,
    Village,
    db,
)
from siappakai.provision.lifecycle import STEP_LABELS
from siappakai.web.live import Stamp
from siappakai.web.paging import Page
from siappakai.web.queries_rollouts import LIGHT_RELEASE

BUSY = (RehearsalState.RUNNING, RehearsalState.PAUSED)


def get_rehearsal(rehearsal_id: int) -> Rehearsal:
    """The rehearsal with its release; NotFound when there is none."""
    rehearsal = db.session.scalars(
        select(Rehearsal).filter_by(id=rehearsal_id).options(_release())
    ).first()
    if rehearsal is None:
        raise NotFound("Gladi bersih itu tidak ada.", hint="Buka Gladi bersih, pilih dari sana.")
    return rehearsal


def recent_rehearsals(number: int, size: int) -> Page:
    """One page of all rehearsals, newest first."""
    total = db.session.scalar(select(func.count(Rehearsal.id))) or 0
    number = min(number, max(1, -(-total // size)))
    query = select(Rehearsal).options(_release()).order_by(Rehearsal.id.desc())
    rows = db.session.scalars(query.limit(size).offset((number - 1) * size))
    return Page(list(rows), number, size, total)


def active_rehearsals() -> list[Rehearsal]:
    """Those that run or rest now, newest first."""
    query = select(Rehearsal).where(Rehearsal.state.in_(BUSY)).options(_release())
    return list(db.session.scalars(query.order_by(Rehearsal.id.desc())))


def _release() -> object:
    return joinedload(Rehearsal.release).options(*LIGHT_RELEASE)


def verdict_counts(rehearsal_ids: Sequence[int]) -> dict[int, dict[Verdict, int]]:
    """Villages by verdict of several rehearsals."""
    rows = db.session.execute(
        select(RehearsalItem.rehearsal_id, RehearsalItem.verdict, func.count())
        .where(RehearsalItem.rehearsal_id.in_(rehearsal_ids))
        .group_by(RehearsalItem.rehearsal_id, RehearsalItem.verdict)
    )
    counted: dict[int, dict[Verdict, int]] = {each: {} for each in rehearsal_ids}
    for rehearsal_id, verdict, count in rows:
        counted[rehearsal_id][verdict] = count
    return counted


def running_steps(rehearsal_id: int) -> dict[int, str]:
    """Operation → what it does now, of those that are not finished."""
    active = select(Operation.id).where(
        Operation.rehearsal_id == rehearsal_id, Operation.state.in_(ACTIVE)
    )
    rows = db.session.execute(
        select(Step.operation_id, Step.name).where(
            Step.operation_id.in_(active), Step.state == StepState.RUNNING
        )
    )
    return {row.operation_id: STEP_LABELS.get(row.name, row.name) for row in rows}


def rehearsal_stamp(rehearsal_id: int) -> Stamp:
    """Changes with the rehearsal's state, every verdict, and every step of what runs."""
    row = db.session.execute(
        select(Rehearsal.state, Rehearsal.blocked_because).filter_by(id=rehearsal_id)
    ).one()
    items = db.session.execute(
        select(
            RehearsalItem.verdict,
            func.count(),
            func.count(RehearsalItem.finished_at),
            func.count(case((RehearsalItem.is_again, 1))).label("again"),
        )
        .where(RehearsalItem.rehearsal_id == rehearsal_id)
        .group_by(RehearsalItem.verdict)
        .order_by(RehearsalItem.verdict)
    ).all()
    active = select(Operation.id).where(
        Operation.rehearsal_id == rehearsal_id, Operation.state.in_(ACTIVE)
    )
    steps = db.session.execute(
        select(Operation.id, func.count(Step.id))
        .outerjoin(Step, (Step.operation_id == Operation.id) & (Step.state != StepState.PENDING))
        .where(Operation.id.in_(active))
        .group_by(Operation.id)
        .order_by(Operation.id)
    ).all()
    waits = any(each.again for each in items)
    is_finished = row.state != RehearsalState.RUNNING and not steps and not waits
    return Stamp(repr((row, items, steps)), is_finished)


def districts_with(product: str) -> list[tuple[str, str]]:
    """Districts that have a village with this product, by name."""
    rows = db.session.execute(
        select(Village.district_code, Village.district_name)
        .join(Instance, Instance.village_code == Village.code)
        .where(Instance.product == product, Instance.is_installed)
        .distinct()
        .order_by(Village.district_name)
    )
    return [(row.district_code, row.district_name) for row in rows]
