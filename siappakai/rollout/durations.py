"""Touch: how long past updates took, read from their steps: per database group and per product."""

from __future__ import annotations

import math
import statistics
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Integer, case, func, select

from siappakai.models import (
    DatabaseGroup,
    DatabaseMode,
    Instance,
    Operation,
    OperationKind,
    OperationState,
    Release,
    Step,
    StepState,
    db,
)
from siappakai.provision.lifecycle import STEPS
from siappakai.rollout.candidate import Measured
from siappakai.rollout.odds import History

LAST_OF_EACH = 3
RUNS_FOR_A_SPREAD = 5
_UPDATE = STEPS[OperationKind.UPDATE]
HELD = _UPDATE[_UPDATE.index("hold") : _UPDATE.index("switch") + 1]


@dataclass(frozen=True, slots=True)
class Durations:
    """Medians of past updates: `own` by leading or moved instance's group, `usual` by mode."""

    own: dict[int, Measured]
    usual: dict[bool, Measured]


def measured_durations(product: str, release_id: int) -> Durations:
    """What updates of the product took; `usual` of those to this release, else of any."""
    runs = _runs(product)
    to_release = [run for run in runs if run.release_id == release_id]
    usual = {}
    for is_combined in (False, True):
        some = [run for run in to_release if run.is_combined == is_combined]
        some = some or [run for run in runs if run.is_combined == is_combined]
        if some:
            usual[is_combined] = _medians(some)
    by_group: dict[int, list[Any]] = defaultdict(list)
    for run in runs:
        by_group[run.group_id].append(run)
    return Durations({group: _medians(some) for group, some in by_group.items()}, usual)


def _runs(product: str) -> Sequence[Any]:
    """The last successful updates of each instance, a row each, seconds by part."""
    newest = (
        select(
            Operation.id,
            Operation.release_id,
            Instance.database_group_id.label("group_id"),
            (DatabaseGroup.mode == DatabaseMode.COMBINED).label("is_combined"),
            func.row_number()
            .over(partition_by=Operation.instance_id, order_by=Operation.id.desc())
            .label("turn"),
        )
        .join(Instance, Instance.id == Operation.instance_id)
        .join(DatabaseGroup, DatabaseGroup.id == Instance.database_group_id)
        .where(
            Instance.product == product,
            Operation.kind == OperationKind.UPDATE,
            Operation.state == OperationState.SUCCEEDED,
        )
        .subquery()
    )
    columns = (newest.c.id, newest.c.release_id, newest.c.group_id, newest.c.is_combined)
    query = (
        select(
            *columns,
            _seconds(("snapshot",)).label("dump_s"),
            _seconds(("migrate",)).label("migrate_s"),
            _seconds(HELD).label("hold_s"),
            _seconds(_UPDATE).label("total_s"),
        )
        .join(Step, Step.operation_id == newest.c.id)
        .where(newest.c.turn <= LAST_OF_EACH, Step.state == StepState.DONE)
        .group_by(*columns)
        .order_by(newest.c.id)
    )
    return db.session.execute(query).all()


def _seconds(names: Iterable[str]) -> Any:
    chosen = case((Step.name.in_(tuple(names)), Step.duration_ms), else_=0)
    return func.sum(chosen, type_=Integer) / 1000.0


def _medians(runs: Sequence[Any]) -> Measured:
    totals = [float(run.total_s) for run in runs]
    return Measured(
        dump_s=_median(run.dump_s for run in runs),
        migrate_s=_median(run.migrate_s for run in runs),
        hold_s=_median(run.hold_s for run in runs),
        total_s=_median(totals),
        count=len(runs),
        spread=_spread(totals),
    )


def _median(values: Iterable[float]) -> float:
    return round(float(statistics.median(values)), 3)


def _spread(totals: Sequence[float]) -> float | None:
    logs = [math.log(total) for total in totals if total > 0]
    return round(statistics.stdev(logs), 3) if len(logs) >= RUNS_FOR_A_SPREAD else None


def history_of(product: str) -> History:
    """All finished updates of the product so far; those that could not begin don't count."""
    rows = db.session.execute(
        select(Operation.state, func.count())
        .join(Release, Release.id == Operation.release_id)
        .where(
            Release.product == product,
            Operation.kind == OperationKind.UPDATE,
            Operation.state.in_((OperationState.SUCCEEDED, OperationState.FAILED)),
        )
        .group_by(Operation.state)
    )
    counts: dict[OperationState, int] = {row[0]: row[1] for row in rows}
    return History(counts.get(OperationState.SUCCEEDED, 0), counts.get(OperationState.FAILED, 0))
