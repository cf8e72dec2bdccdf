"""Touch: what lies in other rows about a product's instances, each read once for all of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select

from siappakai.models import (
    ACTIVE,
    DatabaseGroup,
    Instance,
    InstancePolicy,
    Operation,
    OperationKind,
    OperationState,
    Rehearsal,
    RehearsalItem,
    Release,
    Step,
    StepState,
    Verdict,
    db,
)
from siappakai.rollout.candidate import Rehearsed
from siappakai.rollout.durations import Durations, measured_durations
from siappakai.rollout.verdicts import of_the_release
from siappakai.subscriptions.offers import token_gate

_WORST_LAST = (Verdict.GREEN, Verdict.YELLOW, Verdict.RED)


@dataclass(frozen=True, slots=True)
class Policy:
    """An instance's wishes; the defaults are those of an instance without a row."""

    channel: str = "biasa"
    is_pinned: bool = False
    held_until_on: date | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """By instance: policies, busy, failed (count, when), rehearsals. By group: locked, sizes."""

    policies: Mapping[int, Policy]
    busy: Mapping[int, str]
    locked: Mapping[int, str]
    failed: Mapping[int, tuple[int, datetime | None]]
    barriers: Mapping[str, str]
    rehearsals: Mapping[int, RehearsalItem]
    sizes: Mapping[int, int]
    durations: Durations
    traffic: Mapping[int, tuple[float, ...]]

    def rehearsal_of(self, instances: Sequence[Instance]) -> Rehearsed | None:
        """The worst of the members' newest; None unless each was rehearsed from its version."""
        items = [self.rehearsals.get(each.id) for each in instances]
        fitting = [
            item
            for item, each in zip(items, instances, strict=True)
            if item is not None and item.from_release_id == each.recorded_release_id
        ]
        if not fitting:
            return None
        worst = max(fitting, key=lambda item: _WORST_LAST.index(item.verdict))
        if len(fitting) < len(instances) and worst.verdict != Verdict.RED:
            return None
        found = of_the_release(worst.findings)
        finding = found[0].get("sentence", "") if found else ""
        return Rehearsed(
            verdict=str(worst.verdict),
            finished_at=min((each.judged_at for each in fitting if each.judged_at), default=None),
            finding=str(finding),
            dump_s=_most(fitting, "dump_s"),
            migrate_s=_most(fitting, "migrate_s"),
            hold_s=_held(fitting),
        )

    def traffic_of(self, instances: Sequence[Instance]) -> tuple[float, ...]:
        """Requests by hour of the members together; empty when any is unknown."""
        rows = [self.traffic.get(each.id, ()) for each in instances]
        if any(len(row) != 24 for row in rows):
            return ()
        return tuple(sum(hour) for hour in zip(*rows, strict=True))


def _most(items: Sequence[RehearsalItem], name: str) -> float | None:
    values = [float(item.measures[name]) for item in items if item.measures.get(name) is not None]
    return max(values, default=None)


def _held(items: Sequence[RehearsalItem]) -> float | None:
    """How long visitors will wait; rehearsals that didn't count every member don't know it."""
    return _most([each for each in items if "member_s" in each.measures], "hold_s")


def read_facts(
    release: Release, instances: Sequence[Instance], traffic: Mapping[int, tuple[float, ...]]
) -> Facts:
    """Everything about the instances of the release's product; a query or two a fact."""
    product = release.product
    rehearsals = _rehearsals(release)
    codes = [each.village_code for each in instances if each.village_code]
    return Facts(
        policies=_policies(product),
        busy=_busy(product),
        locked=_locked(product),
        failed=_failed(product),
        barriers=token_gate(codes, release),
        rehearsals=rehearsals,
        sizes={**_snapshot_sizes(product), **_rehearsed_sizes(rehearsals)},
        durations=measured_durations(product, release.id),
        traffic=traffic,
    )


def _policies(product: str) -> dict[int, Policy]:
    rows = db.session.scalars(
        select(InstancePolicy)
        .join(Instance, Instance.id == InstancePolicy.instance_id)
        .where(Instance.product == product)
    )
    return {
        row.instance_id: Policy(str(row.channel), row.is_pinned, row.held_until_on, row.reason)
        for row in rows
    }


def _busy(product: str) -> dict[int, str]:
    rows = db.session.execute(
        select(Operation.instance_id, Operation.kind)
        .join(Instance, Instance.id == Operation.instance_id)
        .where(
            Instance.product == product,
            Operation.state.in_(ACTIVE),
            Operation.kind != OperationKind.REHEARSE,
        )
        .order_by(Operation.id)
    )
    return {row.instance_id: str(row.kind) for row in rows}


def _locked(product: str) -> dict[int, str]:
    """Groups that an operation of another product's instance holds now, with its reason."""
    rows = db.session.execute(
        select(DatabaseGroup.id, DatabaseGroup.lock_reason)
        .join(Operation, Operation.id == DatabaseGroup.lock_operation_id)
        .join(Instance, Instance.id == Operation.instance_id)
        .where(Operation.state.in_(ACTIVE), Instance.product != product)
    )
    return {row.id: row.lock_reason or "operasi lain" for row in rows}


def _failed(product: str) -> dict[int, tuple[int, datetime | None]]:
    """Updates that failed since the last one that succeeded: how many, and when the last ended."""
    last_success = (
        select(Operation.instance_id, func.max(Operation.id).label("last_id"))
        .where(Operation.kind == OperationKind.UPDATE, Operation.state == OperationState.SUCCEEDED)
        .group_by(Operation.instance_id)
        .subquery()
    )
    rows = db.session.execute(
        select(
            Operation.instance_id,
            func.count(Operation.id).label("count"),
            func.max(Operation.finished_at).label("last_at"),
        )
        .join(Instance, Instance.id == Operation.instance_id)
        .outerjoin(last_success, last_success.c.instance_id == Operation.instance_id)
        .where(
            Instance.product == product,
            Operation.kind == OperationKind.UPDATE,
            Operation.state == OperationState.FAILED,
            Operation.id > func.coalesce(last_success.c.last_id, 0),
        )
        .group_by(Operation.instance_id)
    )
    return {row.instance_id: (row.count, row.last_at) for row in rows}


def _rehearsals(release: Release) -> dict[int, RehearsalItem]:
    """The newest verdict on each instance for the release as it is built now.

    Also while the village is tried once more; what was said of another image counts no longer.
    """
    rows = db.session.scalars(
        select(RehearsalItem)
        .join(Rehearsal, Rehearsal.id == RehearsalItem.rehearsal_id)
        .where(
            Rehearsal.release_id == release.id,
            Rehearsal.digest == release.digest,
            RehearsalItem.verdict != Verdict.UNKNOWN,
        )
        .order_by(RehearsalItem.judged_at, RehearsalItem.id)
    )
    return {row.instance_id: row for row in rows}


def _rehearsed_sizes(rehearsals: Mapping[int, RehearsalItem]) -> dict[int, int]:
    return {
        item.group_id: int(item.measures["dump_bytes"])
        for item in rehearsals.values()
        if item.measures.get("dump_bytes")
    }


def _snapshot_sizes(product: str) -> dict[int, int]:
    """Bytes of the last dump that an operation made of each group."""
    last = (
        select(func.max(Step.id))
        .join(Operation, Operation.id == Step.operation_id)
        .join(Instance, Instance.id == Operation.instance_id)
        .where(
            Instance.product == product,
            Step.name == "snapshot",
            Step.state == StepState.DONE,
        )
        .group_by(Instance.database_group_id)
    )
    rows = db.session.execute(
        select(Instance.database_group_id, Step.result)
        .join(Operation, Operation.id == Step.operation_id)
        .join(Instance, Instance.id == Operation.instance_id)
        .where(Step.id.in_(last))
    )
    return {row.database_group_id: int(row.result.get("bytes") or 0) for row in rows}
