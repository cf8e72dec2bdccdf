"""Touch: what the guard must know of rollouts, instances and their moves, read from the rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import and_, func, or_, select

from siappakai.models import (
    ACTIVE,
    Instance,
    Operation,
    OperationKind,
    Region,
    Rollout,
    RolloutItem,
    RolloutState,
    RolloutWave,
    Server,
    Step,
    StepState,
    Village,
    db,
    utc_now,
)
from siappakai.provision.naming import instance_key
from siappakai.rollout import policy as policies
from siappakai.rollout.watch_sides import HANGOVER_S, Move

BAKES = frozenset({RolloutState.RUNNING, RolloutState.PAUSED, RolloutState.HALTED})
JUST_ENDED = frozenset({RolloutState.FINISHED, RolloutState.STOPPED})
LAST_WORD_WITHIN = timedelta(hours=1)
MOVING = frozenset({OperationKind.UPDATE, OperationKind.RETURN})
_LED = {OperationKind.UPDATE: "warm", OperationKind.RETURN: "check_return"}
_STEPS = ("hold", "switch", "return", *_LED.values())


@dataclass(frozen=True, slots=True)
class Served:
    """One instance: its key in the edge's log, and the release it was last proven to run."""

    id: int
    key: str
    name: str
    product: str
    server_id: int
    group_id: int
    release_id: int | None
    spec_sha256: str


@dataclass(frozen=True, slots=True)
class WaveSeen:
    """A wave that has begun; `ids` are all instances that move in it."""

    number: int
    name: str
    started_at: datetime
    bake_s: int
    bake_until_at: datetime | None
    ids: frozenset[int]
    alarm: str

    @property
    def until(self) -> str:
        """Tells one bake time from the next: a wave that is tried again has another end."""
        return self.bake_until_at.isoformat() if self.bake_until_at else ""


@dataclass(frozen=True, slots=True)
class Sight:
    """A rollout as its rows are. `logs`: server → the folder of its edge's log, if it is here.

    `far`: names of servers whose log is not on this machine.
    """

    rollout_id: int
    state: RolloutState
    product: str
    target: int
    guard: Mapping[str, Any]
    waves: tuple[WaveSeen, ...]
    served: Mapping[int, Served]
    logs: Mapping[int, Path]
    far: tuple[str, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)

    @property
    def of_product(self) -> list[Served]:
        return [each for each in self.served.values() if each.product == self.product]

    def keys_of(self, wave: WaveSeen) -> frozenset[str]:
        return frozenset(self.served[one].key for one in wave.ids if one in self.served)

    @property
    def on_target(self) -> frozenset[str]:
        return frozenset(each.key for each in self.of_product if each.release_id == self.target)


def rollouts_to_watch() -> list[int]:
    """Those that run or rest, and those that have just ended and want their last word."""
    recent = utc_now() - LAST_WORD_WITHIN
    has_begun = select(RolloutWave.id).where(
        RolloutWave.rollout_id == Rollout.id, RolloutWave.started_at.is_not(None)
    )
    ended = and_(Rollout.state.in_(JUST_ENDED), Rollout.finished_at >= recent)
    query = select(Rollout.id).where(or_(Rollout.state.in_(BAKES), ended), has_begun.exists())
    ids = list(db.session.scalars(query.order_by(Rollout.id)))
    db.session.rollback()
    return ids


def load_sight(rollout_id: int) -> Sight | None:
    """Everything at once, so that no session stays open; None when the guard is not wanted."""
    try:
        rollout = db.session.get(Rollout, rollout_id, populate_existing=True)
        if rollout is None or not policies.from_json(rollout.policy).use_guard:
            return None
        return _sight(rollout)
    finally:
        db.session.rollback()


def _sight(rollout: Rollout) -> Sight:
    served = _served()
    moving = {each.server_id for each in served.values() if each.product == rollout.product}
    servers = list(db.session.scalars(select(Server).where(Server.id.in_(moving))))
    return Sight(
        rollout.id,
        rollout.state,
        rollout.product,
        rollout.release_id,
        dict(rollout.guard or {}),
        tuple(_waves(rollout)),
        served,
        {each.id: each.root / "edge" / "logs" for each in servers if _is_here(each)},
        tuple(sorted(each.name for each in servers if not _is_here(each))),
        {each.key: each.name for each in served.values()},
    )


def _is_here(server: Server) -> bool:
    return server.connection == "local"


def _waves(rollout: Rollout) -> Iterable[WaveSeen]:
    ids: dict[int, set[int]] = defaultdict(set)
    rows = db.session.execute(
        select(RolloutItem.wave_number, RolloutItem.instance_id, RolloutItem.members).filter_by(
            rollout_id=rollout.id
        )
    )
    for number, leader, members in rows:
        ids[number] |= {leader, *members}
    for wave in rollout.waves:
        if wave.started_at is not None:
            yield WaveSeen(
                wave.number,
                wave.name,
                wave.started_at,
                wave.bake_s,
                wave.bake_until_at,
                frozenset(ids[wave.number]),
                str((wave.verdict or {}).get("alarm", "")),
            )


def _served() -> dict[int, Served]:
    rows = db.session.execute(
        select(
            Instance.id,
            Instance.product,
            Instance.scope_code,
            func.coalesce(Village.name, Region.name, Instance.scope_code),
            Instance.server_id,
            Instance.database_group_id,
            Instance.recorded_release_id,
            Instance.recorded_spec_sha256,
        )
        .outerjoin(Village, Village.code == Instance.village_code)
        .outerjoin(Region, Region.code == Instance.region_code)
        .where(Instance.is_installed)
        .order_by(Instance.id)
    )
    return {
        one: Served(one, instance_key(product, code), name, product, *rest)
        for one, product, code, name, *rest in rows
    }


def load_moves(served: Mapping[int, Served], since_s: float) -> dict[str, list[Move]]:
    """Key → its moves that had not ended at `since_s`, in order; none for those that stayed."""
    since_at = datetime.fromtimestamp(since_s - HANGOVER_S, UTC)
    rows = db.session.execute(
        select(
            Operation.id,
            Operation.kind,
            Operation.instance_id,
            Operation.release_id,
            Step.name,
            Step.state,
            Step.started_at,
            Step.finished_at,
            Step.result,
        )
        .join(Step, Step.operation_id == Operation.id)
        .where(
            or_(Operation.state.in_(ACTIVE), Operation.finished_at >= since_at),
            Step.name.in_(_STEPS),
            Step.started_at.is_not(None),
        )
        .order_by(Operation.id)
    ).all()
    db.session.rollback()
    found: dict[str, list[Move]] = defaultdict(list)
    for _, steps in _by_operation(rows).items():
        for key, move in _moves(steps, served):
            found[key].append(move)
    return {key: sorted(moves, key=lambda each: each.held_at_s) for key, moves in found.items()}


def _by_operation(rows: Iterable[Any]) -> dict[int, dict[str, Any]]:
    steps: dict[int, dict[str, Any]] = defaultdict(dict)
    for row in rows:
        steps[row.id][row.name] = row
    return {one: named for one, named in steps.items() if "hold" in named}


def _moves(steps: Mapping[str, Any], served: Mapping[int, Served]) -> Iterable[tuple[str, Move]]:
    """The moves of all that one operation holds: its members, and neighbours on its database."""
    hold = steps["hold"]
    held_s = hold.started_at.timestamp()
    held_s = min(held_s, float(hold.result.get("held_at", held_s)))
    gone_on, came_back = _ended(steps)
    members = _members(steps)
    for one, kept in members.items():
        if one in served:
            before = kept.get("old_release_id", served[one].release_id)
            moves_on = hold.kind in MOVING and not came_back
            after = hold.release_id if moves_on else before
            spec = str(kept.get("old_spec_sha256", ""))
            yield served[one].key, Move(held_s, gone_on, before, after, spec)
    others = set(hold.result.get("held", ()))
    for each in served.values():
        if each.key in others and each.id not in members:
            yield each.key, Move(held_s, gone_on, each.release_id, each.release_id)


def _ended(steps: Mapping[str, Any]) -> tuple[float | None, bool]:
    """When visitors went on, and whether the operation turned back."""
    last = steps.get("return") or steps.get("switch")
    is_done = last is not None and last.state == StepState.DONE and last.finished_at is not None
    return (last.finished_at.timestamp() if is_done else None), "return" in steps


def _members(steps: Mapping[str, Any]) -> dict[int, Mapping[str, Any]]:
    hold = steps["hold"]
    led = steps.get(_LED.get(hold.kind, ""))
    result: Mapping[str, Any] = led.result if led is not None else {}
    if "members" in result:
        return {int(one): kept for one, kept in result["members"].items()}
    return {hold.instance_id: result}


def busy_groups() -> frozenset[int]:
    """Databases on which an operation waits or runs now."""
    query = (
        select(Instance.database_group_id)
        .join(Operation, Operation.instance_id == Instance.id)
        .where(Operation.state.in_(ACTIVE))
    )
    found = frozenset(db.session.scalars(query))
    db.session.rollback()
    return found
