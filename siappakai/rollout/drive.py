"""Touch: a rollout's rows go one step further: what ended is noted, what may start is queued."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from flask import current_app
from sqlalchemy import and_, or_, select

from siappakai.config import Settings
from siappakai.errors import NotFound, Refused
from siappakai.models import (
    Instance,
    ItemState,
    Operation,
    OperationState,
    Rollout,
    RolloutItem,
    RolloutState,
    RolloutWave,
    append_event,
    db,
    transaction,
    utc_now,
)
from siappakai.provision.order import Busy, queue_return, queue_update
from siappakai.provision.order_brand import queue_brand, queue_brand_return
from siappakai.queue import enqueue_operations
from siappakai.rollout import policy as policies
from siappakai.rollout.fingerprint import fingerprint
from siappakai.rollout.holidays import days_without_work
from siappakai.rollout.machine import (
    ITEM_MOVES,
    MOVES,
    WORKING,
    Decision,
    ItemView,
    RolloutView,
    WaveView,
    decide,
    state_after,
)
from siappakai.rollout.move_checks import no_longer_moves, withdrawn_because
from siappakai.rollout.way_back import held_back

DRIVER = "peluncuran"
REPEATED = {ItemState.FAILED: ItemState.SUCCEEDED, ItemState.RETURN_FAILED: ItemState.RETURNED}
MAY_END = WORKING | REPEATED.keys()
MAY_MOVE = frozenset(
    {RolloutState.RUNNING, RolloutState.PAUSED, RolloutState.HALTED, RolloutState.STOPPED}
)


def advance(rollout_id: int) -> list[int]:
    """One step of the rollout; returns the operations that were queued by it.

    Everything is read, decided and written in one transaction, under the rollout's row lock, so
    that two callers at once start nothing twice.
    """
    with transaction():
        rollout = lock_rollout(rollout_id)
        now = utc_now()
        note_ended(rollout, now)
        decision = decide(view_of(rollout), now)
        queued = _carry_out(rollout, decision, now)
    enqueue_operations(queued)
    return queued


def advance_all() -> None:
    """Every rollout with something to do; the ticker's part."""
    for rollout_id in _with_work():
        advance(rollout_id)


def after_operation(operation_id: int) -> None:
    """A worker's part: the operation that just ended lets its rollout go on at once."""
    operation = db.session.get(Operation, operation_id)
    rollout_id = operation.rollout_id if operation is not None and operation.is_finished else None
    db.session.rollback()
    if rollout_id is not None:
        advance(rollout_id)


def _with_work() -> list[int]:
    has_work = (
        select(RolloutItem.id)
        .where(
            RolloutItem.rollout_id == Rollout.id,
            RolloutItem.state.in_([*WORKING, ItemState.RETURN_WAITING, ItemState.RETRY_WAITING]),
        )
        .exists()
    )
    query = select(Rollout.id).where(
        or_(
            Rollout.state == RolloutState.RUNNING,
            and_(Rollout.state.in_(list(MAY_MOVE) + [RolloutState.FINISHED]), has_work),
        )
    )
    ids = list(db.session.scalars(query))
    db.session.rollback()
    return ids


def lock_rollout(rollout_id: int) -> Rollout:
    """The row, locked until the transaction ends (SQLite has one writer anyway)."""
    rollout = db.session.get(Rollout, rollout_id, with_for_update=True, populate_existing=True)
    if rollout is None:
        raise NotFound("Peluncuran itu tidak ada.")
    return rollout


def view_of(rollout: Rollout) -> RolloutView:
    """The rows as `decide` wants them."""
    settings: Settings = current_app.extensions["siappakai_settings"]
    expected = {
        int(each["instance_id"]): float(each.get("total_s") or 0.0)
        for each in rollout.plan.get("moves", ())
    }
    chosen = policies.from_json(rollout.policy)
    return RolloutView(
        state=rollout.state,
        policy=chosen,
        waves=[_wave_view(each, chosen.use_guard) for each in rollout.waves],
        items=[
            ItemView(
                each.id,
                each.wave_number,
                each.position,
                each.state,
                each.finished_at,
                expected.get(each.instance_id, 0.0),
            )
            for each in rollout.items
        ],
        forgiven=frozenset(rollout.forgiven),
        days=days_without_work(utc_now()),
        zone=settings.local_time_zone,
        withdrawn=withdrawn_because(rollout),
    )


def _wave_view(wave: RolloutWave, is_guarded: bool) -> WaveView:
    return WaveView(
        number=wave.number,
        name=wave.name,
        bake_s=wave.bake_s,
        waits_for_person=wave.waits_for_person,
        is_confirmed=wave.is_confirmed,
        bake_until_at=wave.bake_until_at,
        is_finished=wave.finished_at is not None,
        alarm=str((wave.verdict or {}).get("alarm", "")),
        is_judged=not is_guarded or bool((wave.verdict or {}).get("is_final")),
    )


def note_ended(rollout: Rollout, now: datetime) -> None:
    """Units whose operation has ended say how, with the reason; a repeated success counts too."""
    items = [item for item in rollout.items if item.state in MAY_END and item.operation_id]
    wanted = [item.operation_id for item in items]
    found = {
        each.id: each
        for each in db.session.scalars(select(Operation).where(Operation.id.in_(wanted)))
    }
    for item in items:
        operation = found[item.operation_id]
        state = state_after(item.state, operation.state)
        if state != item.state:
            _end_item(item, state, operation, now)
        elif item.state in REPEATED and _succeeded_since(item, operation):
            _end_item(item, REPEATED[item.state], operation, now)


def _succeeded_since(item: RolloutItem, operation: Operation) -> bool:
    """Repeated, it went well; not the success of before a refusal, when none was begun at all."""
    if operation.state != OperationState.SUCCEEDED or operation.finished_at is None:
        return False
    return item.finished_at is None or operation.finished_at > item.finished_at


def _end_item(item: RolloutItem, state: ItemState, operation: Operation, now: datetime) -> None:
    item.state = state
    item.finished_at = operation.finished_at or now
    is_good = operation.state == OperationState.SUCCEEDED
    item.reason = "" if is_good else operation.error_message
    item.fingerprint = (
        "" if is_good else fingerprint(operation.error_message, operation.error_log_tail).key
    )
    tell_item(item, by=DRIVER)


def tell_item(item: RolloutItem, *, by: str) -> None:
    append_event(
        "rollout_item_" + item.state.name.lower(),
        f"rollout:{item.rollout_id}",
        by=by,
        item=item.id,
        instance=item.instance_id,
        reason=item.reason,
    )


def move_item(item: RolloutItem, state: ItemState, *, by: str, reason: str = "") -> None:
    """The one place where a person or the driver moves a unit that no operation moves."""
    if state not in ITEM_MOVES[item.state]:
        raise Refused(f"Yang {item.state} tidak dapat menjadi {state}.")
    item.state, item.reason = state, reason
    tell_item(item, by=by)


def move_rollout(rollout: Rollout, state: RolloutState, *, by: str, reason: str = "") -> None:
    """The one place where a rollout changes its state."""
    if state not in MOVES[rollout.state]:
        raise Refused(f"Peluncuran yang {rollout.state} tidak dapat menjadi {state}.")
    rollout.state = state
    if state == RolloutState.RUNNING:
        rollout.finished_at = None
    if state in (RolloutState.FINISHED, RolloutState.STOPPED, RolloutState.DISCARDED):
        rollout.finished_at = utc_now()
    append_event("rollout_" + state.name.lower(), f"rollout:{rollout.id}", by=by, reason=reason)


def _carry_out(rollout: Rollout, decision: Decision, now: datetime) -> list[int]:
    waves = {wave.number: wave for wave in rollout.waves}
    for number, until in decision.finished_waves.items():
        waves[number].finished_at, waves[number].bake_until_at = now, until
    if decision.started_wave is not None and waves[decision.started_wave].started_at is None:
        waves[decision.started_wave].started_at = now
    if decision.state != rollout.state:
        move_rollout(rollout, decision.state, by=DRIVER, reason=decision.sentence)
    if decision.state == RolloutState.HALTED and not decision.sentence:
        sentence = rollout.blocked_because
    else:
        sentence = decision.sentence
    items = {item.id: item for item in rollout.items}
    queued, waits = [], []
    for item_id in decision.returns:
        queued += _begin(items[item_id], rollout, ItemState.RETURNING, now, waits)
    for item_id in decision.starts:
        queued += _begin(items[item_id], rollout, ItemState.STARTED, now, waits)
    rollout.blocked_because = sentence or (waits[0] if waits else "")
    return queued


def _begin(
    item: RolloutItem, rollout: Rollout, state: ItemState, now: datetime, waits: list[str]
) -> Iterable[int]:
    """The operation that was queued for the unit; none when it must wait, or can't be."""
    instance = db.session.get_one(Instance, item.instance_id)
    try:
        operation_id = _queue(item, rollout, state)
    except Busy as error:
        waits.append(f"{instance.home.name} menunggu: {error.message}")
        return ()
    except Refused as error:
        failed = ItemState.FAILED if state == ItemState.STARTED else ItemState.RETURN_FAILED
        item.finished_at = now
        move_item(item, failed, by=DRIVER, reason=f"{error.message} {error.hint}".strip())
        return ()
    if operation_id is None:
        return ()
    item.state, item.reason, item.operation_id = state, "", operation_id
    item.started_at, item.finished_at = now, None
    tell_item(item, by=DRIVER)
    return (operation_id,)


def _queue(item: RolloutItem, rollout: Rollout, state: ItemState) -> int | None:
    by = rollout.approved_by or rollout.created_by
    told = parameters_of(rollout, item)
    if rollout.brand_version_id is not None:
        return _queue_brand(item, rollout, state, told, by)
    if state == ItemState.RETURNING:
        return _queue_return(item, told, by)
    why = no_longer_moves(item, rollout)
    if why:
        move_item(item, ItemState.SKIPPED, by=DRIVER, reason=why)
        return None
    return queue_update(item.instance_id, rollout.release_id, by=by, parameters=told)


def _queue_return(item: RolloutItem, told: dict[str, Any], by: str) -> int | None:
    """Who was updated again since stays, and says so: that way back is no longer this rollout's."""
    why = held_back(item.rollout_id, [item.instance_id]).get(item.instance_id)
    if why:
        move_item(item, ItemState.SUCCEEDED, by=DRIVER, reason=f"Tidak dimundurkan: {why}.")
        return None
    return queue_return(item.instance_id, by=by, parameters=told)


def _queue_brand(
    item: RolloutItem, rollout: Rollout, state: ItemState, told: dict[str, Any], by: str
) -> int:
    if state == ItemState.RETURNING:
        return queue_brand_return(item.instance_id, item.operation_id, by=by, parameters=told)
    return queue_brand(item.instance_id, rollout.brand_version_id, by=by, parameters=told)


def parameters_of(rollout: Rollout, item: RolloutItem) -> dict[str, Any]:
    """What an operation of this rollout is told; `expected_hold_s` decides on page copies."""
    move = next(
        (each for each in rollout.plan.get("moves", ()) if each["instance_id"] == item.instance_id),
        {},
    )
    chosen = policies.from_json(rollout.policy)
    return {
        "rollout_id": rollout.id,
        "item_id": item.id,
        "plan_sha256": rollout.plan_sha256,
        "approved_by": rollout.approved_by,
        "wave": item.wave_number,
        "expected_hold_s": move.get("hold_s"),
        "copies_after_s": chosen.copies_after_s,
        "migrate_timeout_s": chosen.migrate_timeout_s,
        "pictures": chosen.pictures,
    }
