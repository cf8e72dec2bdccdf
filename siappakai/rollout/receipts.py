"""Touch: a rollout's receipts and report, read from the rows of its operations and their steps."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from flask import current_app
from sqlalchemy.orm import joinedload, selectinload

from siappakai.config import Settings
from siappakai.errors import NotFound
from siappakai.local_words import word_of_village
from siappakai.models import (
    Instance,
    ItemState,
    Operation,
    OperationKind,
    Release,
    Rollout,
    RolloutItem,
    StepState,
    db,
    utc_now,
)
from siappakai.products import find_recipe
from siappakai.products.balance import Measured
from siappakai.provision.naming import instance_key
from siappakai.provision.pictures import picture_path
from siappakai.provision.proof_steps import ADDITION
from siappakai.provision.release_balance import contract_with
from siappakai.rollout.balance_lines import balance_lines
from siappakai.rollout.receipt import (
    Approval,
    BalanceLine,
    Outcome,
    Receipt,
    RolloutReport,
    Wave,
)
from siappakai.rollout.way_back import is_stuck

AT_ONCE = 400
OUTCOMES: Mapping[ItemState, Outcome] = {
    ItemState.SUCCEEDED: Outcome.DONE,
    ItemState.FAILED: Outcome.RETURNED,
    ItemState.SKIPPED: Outcome.SKIPPED,
    ItemState.RETURN_WAITING: Outcome.DONE,
    ItemState.RETURNING: Outcome.DONE,
    ItemState.RETURNED: Outcome.RETURNED,
    ItemState.RETURN_FAILED: Outcome.STUCK,
}


def report_of(rollout_id: int, *, made_by: str) -> RolloutReport:
    """The whole rollout as it stands now; NotFound when there is none."""
    rollout = db.session.get(Rollout, rollout_id)
    if rollout is None:
        raise NotFound("Peluncuran itu tidak ada.")
    loaded = _load(rollout)
    receipts = tuple(
        _receipt(item, loaded.instances[each], loaded.updates.get(item.instance_id))
        for item in rollout.items
        for each in item.members
    )
    first = next((item.instance.home for item in rollout.items), None)
    return RolloutReport(
        title=rollout.title,
        product_label=find_recipe(rollout.product).label,
        release_version=rollout.release.version,
        edition=str(rollout.release.edition),
        plan_hash=rollout.plan_sha256,
        receipts=receipts,
        made_at=utc_now(),
        regency_name=first.regency_name if first is not None else "",
        state_word=str(rollout.state),
        ordered_by=rollout.created_by,
        made_by=made_by,
        approvals=_approvals(rollout),
        waves=tuple(
            Wave(each.number, each.name, each.started_at, each.finished_at)
            for each in rollout.waves
        ),
        started_at=rollout.started_at,
        finished_at=rollout.finished_at,
        zone=zone(),
    )


@dataclass(frozen=True, slots=True)
class Loaded:
    """What many receipts read, by a few queries: instances, and the update each leader had last."""

    instances: Mapping[int, Instance]
    updates: Mapping[int, Operation]


def _load(rollout: Rollout) -> Loaded:
    ids = sorted({each for item in rollout.items for each in item.members})
    instances: dict[int, Instance] = {}
    for start in range(0, len(ids), AT_ONCE):
        query = (
            db.select(Instance)
            .where(Instance.id.in_(ids[start : start + AT_ONCE]))
            .options(
                joinedload(Instance.village),
                joinedload(Instance.region),
                joinedload(Instance.server),
                joinedload(Instance.database_group),
                joinedload(Instance.recorded_release).load_only(Release.version),
            )
        )
        instances |= {each.id: each for each in db.session.scalars(query)}
    updates = db.session.scalars(
        db.select(Operation)
        .filter_by(rollout_id=rollout.id, kind=OperationKind.UPDATE)
        .options(selectinload(Operation.steps))
        .order_by(Operation.id)
    )
    return Loaded(instances, {each.instance_id: each for each in updates})


def zone() -> ZoneInfo:
    settings: Settings = current_app.extensions["siappakai_settings"]
    return ZoneInfo(settings.local_time_zone)


def _approvals(rollout: Rollout) -> tuple[Approval, ...]:
    if rollout.approved_at is None:
        return ()
    return (Approval(rollout.approved_by, rollout.approved_at),)


def receipt_for(item: RolloutItem, instance_id: int) -> Receipt:
    if instance_id not in item.members:
        raise NotFound("Desa itu tidak ikut bagian peluncuran ini.")
    return _receipt(item, db.session.get_one(Instance, instance_id), update_of(item))


def _receipt(item: RolloutItem, instance: Instance, operation: Operation | None) -> Receipt:
    rollout = item.rollout
    steps = _results(operation)
    home = instance.home
    before, after = _pictures(instance, operation)
    outcome = _outcome(item, operation)
    serving = instance.recorded_release
    return Receipt(
        village_name=home.name,
        village_code=instance.scope_code,
        product_label=find_recipe(instance.product).label,
        from_version=item.from_release.version,
        to_version=rollout.release.version,
        outcome=outcome,
        serving_version=serving.version if serving is not None else "",
        is_database_back=_is_database_back(operation),
        edition=str(rollout.release.edition),
        village_word=word_of_village(instance.village_code) if instance.village_code else "",
        district_name=getattr(home, "district_name", ""),
        domain=home.domain,
        server_name=instance.server.name,
        wave=item.wave_number,
        started_at=item.started_at,
        switched_at=_moment(steps.get("hold", {}), steps.get("switch", {})),
        finished_at=item.finished_at,
        returned_at=None if outcome is Outcome.NOT_BEGUN else _returned_at(item),
        hold_s=_hold_s(steps, operation),
        dump_s=_seconds(operation, "snapshot"),
        migrate_s=_seconds(operation, "migrate"),
        balance=_balance(instance, steps),
        reason=item.reason,
        ordered_by=operation.requested_by if operation else rollout.created_by,
        approved_by=(rollout.approved_by,) if rollout.approved_by else (),
        plan_hash=rollout.plan_sha256,
        operation_id=operation.id if operation else None,
        digest=rollout.release.digest,
        picture_before=before,
        picture_after=after,
        pictures_note=_why_no_picture(steps),
    )


def _outcome(item: RolloutItem, operation: Operation | None) -> Outcome:
    """A unit that could not come back is *perlu ditangani*, whatever was said of it since."""
    if is_stuck(item):
        return Outcome.STUCK
    if item.state == ItemState.FAILED and not _has_begun(operation, "hold"):
        return Outcome.NOT_BEGUN  # whatever came before stands beside what serves
    return OUTCOMES.get(item.state, Outcome.NOT_YET)


def _is_database_back(operation: Operation | None) -> bool:
    """Whether its migration began, and was on a database of its own."""
    step = _step(operation, "migrate")
    return _has_begun(operation, "migrate") and "skipped" not in step.result


def _has_begun(operation: Operation | None, name: str) -> bool:
    step = _step(operation, name)
    return step is not None and step.state != StepState.PENDING


def update_of(item: RolloutItem) -> Operation | None:
    """The unit's newest update in this rollout, also after it returned."""
    return db.session.scalars(
        db.select(Operation)
        .filter_by(
            rollout_id=item.rollout_id, instance_id=item.instance_id, kind=OperationKind.UPDATE
        )
        .order_by(Operation.id.desc())
    ).first()


def _results(operation: Operation | None) -> dict[str, dict[str, Any]]:
    return {step.name: dict(step.result) for step in (operation.steps if operation else ())}


def _moment(hold: Mapping[str, Any], switch: Mapping[str, Any]) -> datetime | None:
    if "held_at" not in hold or "held_s" not in switch:
        return None
    return datetime.fromtimestamp(float(hold["held_at"]) + float(switch["held_s"]), UTC)


def _hold_s(steps: Mapping[str, Mapping[str, Any]], operation: Operation | None) -> float | None:
    """How long visitors waited: until the switch, or until the old release was back."""
    switch, hold = steps.get("switch", {}), steps.get("hold", {})
    if "held_s" in switch:
        return float(switch["held_s"])
    back = _step(operation, "return")
    if "held_at" in hold and back is not None and back.finished_at is not None:
        return round(back.finished_at.timestamp() - float(hold["held_at"]), 3)
    return None


def _returned_at(item: RolloutItem) -> datetime | None:
    if item.state == ItemState.RETURNED:
        return item.finished_at
    back = _step(item.operation, "return")
    return back.finished_at if back is not None else None


def _step(operation: Operation | None, name: str) -> Any:
    steps: Iterable[Any] = operation.steps if operation else ()
    return next((step for step in steps if step.name == name), None)


def _seconds(operation: Operation | None, name: str) -> float | None:
    step = _step(operation, name)
    return round(step.duration_ms / 1000, 3) if step is not None and step.duration_ms else None


def _balance(instance: Instance, steps: Mapping[str, Mapping[str, Any]]) -> tuple[BalanceLine, ...]:
    before, after = (steps.get(name, {}).get("measured") for name in ("count", "compare"))
    if not before:
        return ()
    is_combined = instance.database_group.is_combined
    code = instance.scope_code if is_combined else ""
    addition = str(steps.get("count", {}).get(ADDITION) or "")
    return balance_lines(
        contract_with(instance.product, addition),
        Measured.from_json(before),
        Measured.from_json(after) if after else None,
        code,
    )


def _pictures(instance: Instance, operation: Operation | None) -> tuple[Path | None, Path | None]:
    if operation is None:
        return None, None
    key = instance_key(instance.product, instance.scope_code)
    paths = [
        picture_path(instance.server.root, key, operation.id, when)
        for when in ("sebelum", "sesudah")
    ]
    before, after = (path if path.is_file() else None for path in paths)
    return before, after


def _why_no_picture(steps: Mapping[str, Mapping[str, Any]]) -> str:
    notes = (steps.get(name, {}).get("picture", "") for name in ("copies", "retire"))
    return next((str(note) for note in notes if note), "")
