"""What Beranda shows: a few small queries, each on an index."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Select, exists, func, select
from sqlalchemy.orm import aliased, joinedload

from siappakai.models import (
    ACTIVE,
    Batch,
    Instance,
    ObservedState,
    Operation,
    OperationState,
    Release,
    Server,
    ServerState,
    db,
)
from siappakai.models.release import INSTALLABLE
from siappakai.provision.progress import BatchProgress, batch_progress

FAILURES = (OperationState.FAILED, OperationState.ERRORED)
TROUBLED = (ObservedState.UNHEALTHY, ObservedState.STOPPED, ObservedState.MISSING)
SHOWN = 8


@dataclass(frozen=True, slots=True)
class RunningBatch:
    """A batch with work left, and how far it is."""

    batch: Batch
    progress: BatchProgress


def running_batches() -> list[RunningBatch]:
    """The batches with queued or running operations, newest first."""
    active = select(Operation.batch_id).where(Operation.state.in_(ACTIVE))
    query = select(Batch).where(Batch.id.in_(active)).order_by(Batch.id.desc()).limit(SHOWN)
    return [RunningBatch(batch, batch_progress(batch.id)) for batch in db.session.scalars(query)]


def _failures() -> Select[tuple[Operation]]:
    """Operations that failed and were followed by no other on the same instance."""
    later = aliased(Operation)
    followed = exists().where(later.instance_id == Operation.instance_id, later.id > Operation.id)
    return select(Operation).where(Operation.state.in_(FAILURES), ~followed)


def latest_failures() -> list[Operation]:
    query = _failures().order_by(Operation.id.desc()).limit(SHOWN)
    return list(
        db.session.scalars(
            query.options(joinedload(Operation.instance).joinedload(Instance.village))
        )
    )


def failure_count() -> int:
    return db.session.scalar(select(func.count()).select_from(_failures().subquery())) or 0


def unhealthy_instances() -> list[Instance]:
    """Instances that should run and were last seen in trouble."""
    query = (
        select(Instance)
        .where(
            Instance.observed_state.in_(TROUBLED),
            Instance.is_serving,
        )
        .options(joinedload(Instance.village))
        .order_by(Instance.observed_at.desc())
        .limit(SHOWN)
    )
    return list(db.session.scalars(query))


def has_installable_release() -> bool:
    query = select(Release.id).where(Release.state.in_(INSTALLABLE)).limit(1)
    return db.session.scalar(query) is not None


def has_ready_server() -> bool:
    query = select(Server.id).where(Server.state == ServerState.READY).limit(1)
    return db.session.scalar(query) is not None
