"""What the screens of a batch show: its checked rows, its operations, how long it may take."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.orm import defer, joinedload, selectinload

from siappakai.errors import NotFound
from siappakai.models import (
    ACTIVE,
    Batch,
    BatchRow,
    Instance,
    Operation,
    OperationKind,
    OperationState,
    Release,
    Step,
    StepState,
    db,
)
from siappakai.models.release import INSTALLABLE
from siappakai.provision.catalogue import newest_first
from siappakai.web.formatting import product_rank
from siappakai.web.live import Stamp
from siappakai.web.paging import Page

ROW_STATUSES = {"salah": "Salah", "baru": "Baru", "berubah": "Berubah", "sama": "Sama"}
FIRST = (
    OperationState.RUNNING,
    OperationState.FAILED,
    OperationState.ERRORED,
    OperationState.QUEUED,
    OperationState.CANCELLED,
)
WORK_STATES = {
    "berjalan": ("Berjalan", (OperationState.RUNNING,)),
    "menunggu": ("Menunggu", (OperationState.QUEUED,)),
    "gagal": ("Gagal", (OperationState.FAILED, OperationState.ERRORED)),
    "berhasil": ("Berhasil", (OperationState.SUCCEEDED,)),
    "batal": ("Dibatalkan", (OperationState.CANCELLED,)),
}
SAMPLE = 60


@dataclass(frozen=True, slots=True)
class RowCounts:
    """How many rows of a batch are in which status."""

    new: int
    changed: int
    same: int
    wrong: int

    @property
    def total(self) -> int:
        return self.new + self.changed + self.same + self.wrong

    @property
    def right(self) -> int:
        return self.total - self.wrong


def get_batch(batch_id: int) -> Batch:
    """The batch; NotFound when there is none."""
    batch = db.session.get(Batch, batch_id)
    if batch is None:
        raise NotFound("Unggahan itu tidak ada.", hint="Buka Daftar unggahan dan pilih dari sana.")
    return batch


def row_counts(batch_id: int) -> RowCounts:
    query = (
        select(BatchRow.status, func.count())
        .where(BatchRow.batch_id == batch_id)
        .group_by(BatchRow.status)
    )
    counts = dict(db.session.execute(query).all())
    return RowCounts(*(counts.get(name, 0) for name in ("baru", "berubah", "sama", "salah")))


def checked_rows(batch_id: int, status: str, number: int, size: int, total: int) -> Page:
    """One page of checked rows in the order of the spreadsheet, of one status or of all."""
    query = select(BatchRow).where(BatchRow.batch_id == batch_id)
    if status in ROW_STATUSES:
        query = query.where(BatchRow.status == status)
    number = min(number, max(1, -(-total // size)))
    query = query.order_by(BatchRow.row_number).limit(size).offset((number - 1) * size)
    return Page(list(db.session.scalars(query)), number, size, total)


@dataclass(frozen=True, slots=True)
class WorkFilter:
    """Which of a batch's operations are asked for: by state, by product; both may be empty."""

    state: str = ""
    product: str = ""

    def rules(self) -> list[ColumnElement[bool]]:
        rules: list[ColumnElement[bool]] = []
        if self.state:
            rules.append(Operation.state.in_(WORK_STATES[self.state][1]))
        if self.product:
            of_product = select(Instance.id).where(Instance.product == self.product)
            rules.append(Operation.instance_id.in_(of_product))
        return rules


def batch_counts(batch_id: int) -> dict[str, dict[str, int]]:
    """Product → state of the filter → how many operations, for the tabs over the list."""
    rows = db.session.execute(
        select(Instance.product, Operation.state, func.count())
        .join(Instance, Instance.id == Operation.instance_id)
        .where(Operation.batch_id == batch_id)
        .group_by(Instance.product, Operation.state)
    )
    counts: dict[str, dict[str, int]] = {}
    for product, state, count in rows:
        named = next((key for key, (_, states) in WORK_STATES.items() if state in states), "")
        of_product = counts.setdefault(product, {})
        of_product[named] = of_product.get(named, 0) + count
    return {product: counts[product] for product in sorted(counts, key=product_rank)}


def batch_operations(batch_id: int, wanted: WorkFilter, number: int, size: int) -> Page:
    """One page of a batch's operations: running first, then failed, waiting, and done."""
    conditions = [Operation.batch_id == batch_id, *wanted.rules()]
    total = db.session.scalar(select(func.count(Operation.id)).where(*conditions)) or 0
    number = min(number, max(1, -(-total // size)))
    rank = case({state.value: at for at, state in enumerate(FIRST)}, value=Operation.state, else_=9)
    query = (
        select(Operation)
        .where(*conditions)
        .options(
            joinedload(Operation.instance).joinedload(Instance.village),
            selectinload(Operation.steps),
        )
        .order_by(rank, Operation.id)
        .limit(size)
        .offset((number - 1) * size)
    )
    return Page(list(db.session.scalars(query)), number, size, total)


def batch_stamp(batch_id: int) -> Stamp:
    """Changes with every state of its operations and every finished step of the running ones."""
    states = db.session.execute(
        select(Operation.state, func.count())
        .where(Operation.batch_id == batch_id)
        .group_by(Operation.state)
        .order_by(Operation.state)
    ).all()
    running = select(Operation.id).where(
        Operation.batch_id == batch_id, Operation.state == OperationState.RUNNING
    )
    steps = db.session.execute(
        select(Step.operation_id, func.count(), func.max(Step.started_at))
        .where(Step.operation_id.in_(running), Step.state != StepState.PENDING)
        .group_by(Step.operation_id)
        .order_by(Step.operation_id)
    ).all()
    done = db.session.scalar(
        select(func.count()).where(Step.operation_id.in_(running), Step.state == StepState.DONE)
    )
    is_finished = bool(states) and not any(state in ACTIVE for state, _ in states)
    return Stamp(repr((states, steps, done)), is_finished)


def installable_releases(product: str = "opensid") -> list[Release]:
    """The releases a new instance may get, newest first."""
    query = (
        select(Release)
        .options(defer(Release.components))
        .where(Release.product == product, Release.state.in_(INSTALLABLE))
    )
    return newest_first(db.session.scalars(query))


def seconds_per_install() -> float | None:
    """The median wall time of recent installations on this fleet; None before the first."""
    query = (
        select(Operation.started_at, Operation.finished_at)
        .where(
            Operation.kind == OperationKind.INSTALL,
            Operation.state == OperationState.SUCCEEDED,
            Operation.started_at.is_not(None),
            Operation.finished_at.is_not(None),
        )
        .order_by(Operation.id.desc())
        .limit(SAMPLE)
    )
    spans = sorted((end - start).total_seconds() for start, end in db.session.execute(query))
    return spans[len(spans) // 2] if spans else None


def recent_batches(number: int, size: int) -> Page:
    total = db.session.scalar(select(func.count(Batch.id))) or 0
    number = min(number, max(1, -(-total // size)))
    query = select(Batch).order_by(Batch.id.desc()).limit(size).offset((number - 1) * size)
    return Page(list(db.session.scalars(query)), number, size, total)
