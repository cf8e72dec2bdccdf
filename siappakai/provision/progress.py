"""Touch: how far a batch is, how long it may still take, and how the fleet stands."""

from __future__ import annotations

from dataclasses import dataclass

from flask import current_app
from sqlalchemy import func, select

from siappakai.config import Settings
from siappakai.models import (
    Instance,
    ObservedState,
    Operation,
    OperationKind,
    OperationState,
    Step,
    StepState,
    Village,
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
    """Villages by how they stand now; one village counts once."""
    villages = db.session.scalar(select(func.count()).select_from(Village)) or 0
    observed = dict(
        db.session.execute(
            select(Instance.observed_state, func.count())
            .where(Instance.recorded_release_id.is_not(None))
            .group_by(Instance.observed_state)
        ).all()
    )
    recorded = sum(observed.values())
    installing = _count_operations(OperationState.QUEUED, OperationState.RUNNING)
    return FleetCounts(
        villages=villages,
        healthy=observed.get(ObservedState.HEALTHY, 0),
        unhealthy=sum(observed.get(state, 0) for state in TROUBLED),
        installing=installing,
        failed=_count_stopped(),
        not_installed=max(villages - recorded, 0),
    )


def _count_operations(*states: OperationState) -> int:
    return (
        db.session.scalar(select(func.count(Operation.id)).where(Operation.state.in_(states))) or 0
    )


def _count_stopped() -> int:
    """Instances whose newest operation failed or could not run."""
    newest = select(func.max(Operation.id)).group_by(Operation.instance_id)
    stopped = (OperationState.FAILED, OperationState.ERRORED)
    return (
        db.session.scalar(
            select(func.count(Operation.id)).where(
                Operation.id.in_(newest), Operation.state.in_(stopped)
            )
        )
        or 0
    )
