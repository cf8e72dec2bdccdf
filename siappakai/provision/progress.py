"""Touch: how far a batch is, how long it may still take, and how the fleet stands."""

from __future__ import annotations

from dataclasses import dataclass

from flask import current_app
from sqlalchemy import ColumnElement, Select, case, exists, func, select
from sqlalchemy.orm import aliased

from siappakai.config import Settings
from siappakai.models import (
    ACTIVE,
    Instance,
    ObservedState,
    Operation,
    OperationKind,
    OperationState,
    Step,
    StepState,
    Village,
    WantedState,
    db,
)
from siappakai.provision.lifecycle import STEP_LABELS, STEPS

RECENT = 200
TROUBLED = (ObservedState.UNHEALTHY, ObservedState.STOPPED, ObservedState.MISSING)


@dataclass(frozen=True, slots=True)
class StepTime:
    """Median milliseconds of one step over the last measured runs."""

    name: str
    label: str
    median_ms: int
    measured: int


@dataclass(frozen=True, slots=True)
class BatchProgress:
    """`eta_s` is None while nothing was measured yet or nothing is left."""

    total: int
    queued: int
    running: int
    succeeded: int
    failed: int
    cancelled: int
    eta_s: float | None
    per_step: tuple[StepTime, ...]

    @property
    def finished(self) -> int:
        return self.succeeded + self.failed + self.cancelled


@dataclass(frozen=True, slots=True)
class FleetCounts:
    """Villages, each counted once in a field; a village may count in several fields.

    `healthy`: something is in service, and all of it was seen healthy. `unhealthy`: something in
    service was seen in trouble. `failed`: the newest operation on something stopped.
    """

    villages: int
    healthy: int
    unhealthy: int
    installing: int
    failed: int
    not_installed: int


def batch_progress(batch_id: int) -> BatchProgress:
    rows = db.session.execute(
        select(Operation.state, func.count())
        .where(Operation.batch_id == batch_id)
        .group_by(Operation.state)
    )
    counts = dict(rows.all())
    queued, running = counts.get(OperationState.QUEUED, 0), counts.get(OperationState.RUNNING, 0)
    failed = counts.get(OperationState.FAILED, 0) + counts.get(OperationState.ERRORED, 0)
    per_step = step_times(OperationKind.INSTALL)
    settings: Settings = current_app.extensions["siappakai_settings"]
    return BatchProgress(
        total=sum(counts.values()),
        queued=queued,
        running=running,
        succeeded=counts.get(OperationState.SUCCEEDED, 0),
        failed=failed,
        cancelled=counts.get(OperationState.CANCELLED, 0),
        eta_s=estimate_s(queued, running, per_step, settings.worker_count),
        per_step=per_step,
    )


def estimate_s(
    queued: int, running: int, per_step: tuple[StepTime, ...], workers: int
) -> float | None:
    """Seconds left: what waits takes the measured median each, what runs half of it."""
    one_s = sum(step.median_ms for step in per_step) / 1000
    if not one_s or not (queued or running):
        return None
    return (queued + running / 2) * one_s / max(workers, 1)


def step_times(kind: OperationKind) -> tuple[StepTime, ...]:
    """The median time of each step over the newest finished ones, in step order."""
    return tuple(_step_time(name) for name in STEPS[kind])


def _step_time(name: str) -> StepTime:
    newest = (
        select(Step.duration_ms)
        .filter_by(name=name, state=StepState.DONE)
        .order_by(Step.id.desc())
        .limit(RECENT)
    )
    times = sorted(db.session.scalars(newest))
    median = times[len(times) // 2] if times else 0
    return StepTime(name, STEP_LABELS[name], median, len(times))


def fleet_counts() -> FleetCounts:
    """How the villages stand now; one village counts once, however many products it has."""
    villages = db.session.scalar(select(func.count()).select_from(Village)) or 0
    each = _service_of_villages().subquery()
    installed, healthy, unhealthy = db.session.execute(
        select(
            func.count(),
            func.sum(_one_if((each.c.serving > 0) & (each.c.healthy == each.c.serving))),
            func.sum(_one_if(each.c.troubled > 0)),
        ).select_from(each)
    ).one()
    return FleetCounts(
        villages=villages,
        healthy=int(healthy or 0),
        unhealthy=int(unhealthy or 0),
        installing=_count_villages(Operation.state.in_(ACTIVE)),
        failed=_count_villages(_is_last_and_stopped()),
        not_installed=max(villages - installed, 0),
    )


def _service_of_villages() -> Select[tuple[int, int, int]]:
    """A row for every village with something installed: how much serves, is healthy, troubled."""
    serves = Instance.wanted_state == WantedState.RUNNING
    seen = Instance.observed_state
    return (
        select(
            func.sum(_one_if(serves)).label("serving"),
            func.sum(_one_if(serves & (seen == ObservedState.HEALTHY))).label("healthy"),
            func.sum(_one_if(serves & seen.in_(TROUBLED))).label("troubled"),
        )
        .where(Instance.is_installed, Instance.village_code.is_not(None))
        .group_by(Instance.village_code)
    )


def _one_if(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return case((condition, 1), else_=0)


def _count_villages(condition: ColumnElement[bool]) -> int:
    """Villages with an operation like this."""
    query = (
        select(func.count(Instance.village_code.distinct()))
        .join(Operation, Operation.instance_id == Instance.id)
        .where(condition)
    )
    return db.session.scalar(query) or 0


def _is_last_and_stopped() -> ColumnElement[bool]:
    """The operation failed or could not run, and nothing was tried on its instance since."""
    later = aliased(Operation)
    followed = exists().where(later.instance_id == Operation.instance_id, later.id > Operation.id)
    stopped = Operation.state.in_((OperationState.FAILED, OperationState.ERRORED))
    return stopped & (Operation.kind != OperationKind.REHEARSE) & ~followed
