"""What the pages of a rollout show: counts by wave, its units, causes; few queries each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import case, func, select
from sqlalchemy.orm import contains_eager, defer, joinedload, selectinload

from siappakai.errors import NotFound
from siappakai.models import (
    ACTIVE,
    BrandVersion,
    Event,
    Instance,
    ItemState,
    Operation,
    OperationState,
    Release,
    Rollout,
    RolloutItem,
    RolloutState,
    RolloutWave,
    Step,
    StepState,
    Task,
    TaskKind,
    db,
)
from siappakai.rollout.acts import RETURNABLE
from siappakai.rollout.fingerprint import Cause, group, trouble
from siappakai.rollout.machine import ENDED, TRIED, WORKING
from siappakai.rollout.way_back import held_back
from siappakai.web.live import Stamp
from siappakai.web.paging import Page
from siappakai.web.rollout_filter import ItemFilter
from siappakai.web.rollout_words import ITEM_FILTERS

BUSY = frozenset({RolloutState.RUNNING, RolloutState.PAUSED, RolloutState.HALTED})
WAITS = frozenset({RolloutState.PLANNED, RolloutState.APPROVED})
RESTING = frozenset(RolloutState) - BUSY
MOST_FAILURES = 200
SHOWN_EVENTS = 60
LIGHT_RELEASE = (defer(Release.components), defer(Release.notes), defer(Release.balance_toml))
FIRST = (
    *(ItemState.RETURN_FAILED, ItemState.STARTED, ItemState.RETURNING, ItemState.FAILED),
    *(ItemState.RETURN_WAITING, ItemState.RETRY_WAITING),
)


@dataclass(frozen=True, slots=True)
class Tally:
    """Units by state, and how many villages they are; one unit may be many villages."""

    states: Mapping[ItemState, int] = field(default_factory=dict)
    villages: int = 0
    returnable: int = 0

    def count(self, states: Sequence[ItemState] | frozenset[ItemState]) -> int:
        return sum(self.states.get(each, 0) for each in states)

    @property
    def total(self) -> int:
        return sum(self.states.values())

    @property
    def ended(self) -> int:
        return self.count(ENDED)

    @property
    def running(self) -> int:
        return self.count(WORKING)

    @property
    def waiting(self) -> int:
        return self.count((ItemState.WAITING, ItemState.RETRY_WAITING))

    @property
    def succeeded(self) -> int:
        return self.count((ItemState.SUCCEEDED,))

    @property
    def failed(self) -> int:
        return self.count((ItemState.FAILED, ItemState.RETURN_FAILED))

    @property
    def tried(self) -> int:
        return self.count(TRIED)

    @property
    def by_filter(self) -> dict[str, int]:
        return {key: self.count(states) for key, (_, states) in ITEM_FILTERS.items()}


def get_rollout(rollout_id: int) -> Rollout:
    """The rollout without its plan, which is read when it is asked for; NotFound without one."""
    rollout = db.session.scalars(
        select(Rollout)
        .filter_by(id=rollout_id)
        .options(
            defer(Rollout.plan),
            defer(Rollout.guard),
            joinedload(Rollout.release).options(*LIGHT_RELEASE),
            selectinload(Rollout.waves),
        )
    ).first()
    if rollout is None:
        raise NotFound("Peluncuran itu tidak ada.", hint="Buka Peluncuran dan pilih dari sana.")
    return rollout


def get_item(rollout_id: int, item_id: int) -> RolloutItem:
    """A unit of just this rollout, with whom it serves."""
    item = db.session.scalars(
        select(RolloutItem)
        .filter_by(id=item_id, rollout_id=rollout_id)
        .options(joinedload(RolloutItem.instance).options(*_homes()))
    ).first()
    if item is None:
        raise NotFound("Bagian peluncuran itu tidak ada.")
    return item


def item_of(rollout_id: int, instance_id: int) -> RolloutItem:
    """The unit with which the instance moves: its own, or its combined database's."""
    rows = db.session.execute(
        select(RolloutItem.id, RolloutItem.members).filter_by(rollout_id=rollout_id)
    )
    found = next((row.id for row in rows if instance_id in row.members), None)
    if found is None:
        raise NotFound("Desa itu tidak ikut peluncuran ini.")
    return db.session.get_one(RolloutItem, found)


def recent_rollouts(number: int, size: int) -> Page:
    """One page of all rollouts of releases, newest first; those of a look have their own list."""
    of_releases = Rollout.release_id.is_not(None)
    total = db.session.scalar(select(func.count(Rollout.id)).where(of_releases)) or 0
    number = min(number, max(1, -(-total // size)))
    query = select(Rollout).where(of_releases).order_by(Rollout.id.desc())
    query = query.limit(size).offset((number - 1) * size)
    return Page(list(db.session.scalars(query.options(*_light()))), number, size, total)


def active_rollouts() -> list[Rollout]:
    """What runs, rests or is halted now, newest first."""
    query = select(Rollout).where(Rollout.state.in_(BUSY)).order_by(Rollout.id.desc())
    return list(db.session.scalars(query.options(*_light())))


def _light() -> tuple[Any, ...]:
    return (
        *(defer(Rollout.plan), defer(Rollout.guard), defer(Rollout.policy)),
        joinedload(Rollout.release).options(*LIGHT_RELEASE),
        joinedload(Rollout.brand_version).options(defer(BrandVersion.layers)),
    )


def state_counts(rollout_ids: Sequence[int]) -> dict[int, Tally]:
    """Units by state of several rollouts, for lists."""
    rows = db.session.execute(
        select(RolloutItem.rollout_id, RolloutItem.state, func.count())
        .where(RolloutItem.rollout_id.in_(rollout_ids))
        .group_by(RolloutItem.rollout_id, RolloutItem.state)
    )
    counted: dict[int, dict[ItemState, int]] = {each: {} for each in rollout_ids}
    for rollout_id, state, count in rows:
        counted[rollout_id][state] = count
    return {each: Tally(states) for each, states in counted.items()}


def tallies(rollout_id: int) -> dict[int, Tally]:
    """Wave number → its units; 0 → all."""
    rows = db.session.execute(
        select(
            RolloutItem.wave_number, RolloutItem.state, RolloutItem.members, RolloutItem.instance_id
        ).filter_by(rollout_id=rollout_id)
    ).all()
    held = held_units(rollout_id)
    made = {0: _tally(rows, held)}
    for number in sorted({row.wave_number for row in rows}):
        made[number] = _tally([row for row in rows if row.wave_number == number], held)
    return made


def held_units(rollout_id: int) -> dict[int, str]:
    """Leading instance → why its unit, though it has moved, can't go back by this rollout."""
    moved = select(RolloutItem.instance_id).where(
        RolloutItem.rollout_id == rollout_id, RolloutItem.state.in_(RETURNABLE)
    )
    return held_back(rollout_id, list(db.session.scalars(moved)))


def wave_in_turn(counted: Mapping[int, Tally]) -> int:
    """The first wave that has not wholly ended; 0 when all have."""
    open_waves = [each for each, tally in counted.items() if each and tally.ended < tally.total]
    return min(open_waves, default=0)


def _tally(rows: Sequence[Any], held: Mapping[int, str]) -> Tally:
    able = [row for row in rows if row.state in RETURNABLE and row.instance_id not in held]
    return Tally(
        Counter(row.state for row in rows),
        sum(len(row.members) for row in rows),
        sum(len(row.members) for row in able),
    )


def find_items(rollout_id: int, wanted: ItemFilter, number: int, size: int) -> Page:
    """One page of units: what asks for attention first, then in the order in which they move."""
    rules = [RolloutItem.rollout_id == rollout_id, *wanted.rules()]
    total = db.session.scalar(select(func.count(RolloutItem.id)).where(*rules)) or 0
    number = min(number, max(1, -(-total // size)))
    rank = case({each.value: at for at, each in enumerate(FIRST)}, value=RolloutItem.state, else_=9)
    query = (
        select(RolloutItem)
        .where(*rules)
        .options(
            joinedload(RolloutItem.instance).options(
                *_homes(), joinedload(Instance.database_group)
            ),
            joinedload(RolloutItem.from_release).options(*LIGHT_RELEASE),
            joinedload(RolloutItem.operation).selectinload(Operation.steps),
        )
        .order_by(rank, RolloutItem.wave_number, RolloutItem.position, RolloutItem.id)
        .limit(size)
        .offset((number - 1) * size)
    )
    return Page(list(db.session.scalars(query)), number, size, total)


def _homes() -> tuple[Any, ...]:
    return joinedload(Instance.village), joinedload(Instance.region)


def member_names(items: Sequence[RolloutItem]) -> dict[int, list[tuple[int, str, str]]]:
    """Unit → (instance, name, code) of all that move with it; only where there are several."""
    ids = [one for item in items if len(item.members) > 1 for one in item.members]
    rows = db.session.scalars(select(Instance).where(Instance.id.in_(ids)).options(*_homes()))
    known = {each.id: (each.id, each.home.name, each.scope_code) for each in rows} if ids else {}
    return {
        item.id: [known[one] for one in item.members if one in known]
        for item in items
        if len(item.members) > 1
    }


def unit_name(item: RolloutItem) -> str:
    """Its village; a combined database by its label, or by the village that leads it."""
    if len(item.members) < 2:
        return str(item.instance.home.name)
    group = item.instance.database_group
    return f"Gabungan {group.label or group.database_name}"


def failure_causes(rollout_id: int) -> list[Cause]:
    """What failed, grouped by what caused it, the most frequent cause first."""
    query = (
        select(RolloutItem)
        .join(RolloutItem.instance)
        .options(
            contains_eager(RolloutItem.instance).options(*_homes()),
            joinedload(RolloutItem.operation),
        )
        .where(
            RolloutItem.rollout_id == rollout_id,
            RolloutItem.state.in_((ItemState.FAILED, ItemState.RETURN_FAILED)),
        )
        .order_by(RolloutItem.wave_number, RolloutItem.position)
        .limit(MOST_FAILURES)
    )
    return group(_trouble(each) for each in db.session.scalars(query))


def _trouble(item: RolloutItem) -> Any:
    tail = item.operation.error_log_tail if item.operation is not None else ""
    return trouble(item.instance.home.name, item.reason or "Sebab tidak tercatat.", tail)


def returnable_items(rollout_id: int, wave: int | None, item_id: int | None) -> list[RolloutItem]:
    """The units of the wave (or the one, or all) that can go back, as they would go."""
    items = moved_items(rollout_id, wave, item_id)
    held = held_back(rollout_id, [each.instance_id for each in items])
    return [each for each in items if each.instance_id not in held]


def moved_items(rollout_id: int, wave: int | None, item_id: int | None) -> list[RolloutItem]:
    """The units of the wave (or the one, or all) that have moved, the last one first."""
    query = (
        select(RolloutItem)
        .where(RolloutItem.rollout_id == rollout_id, RolloutItem.state.in_(RETURNABLE))
        .options(
            joinedload(RolloutItem.instance).options(*_homes(), joinedload(Instance.database_group))
        )
        .options(joinedload(RolloutItem.from_release).options(*LIGHT_RELEASE))
        .order_by(RolloutItem.wave_number.desc(), RolloutItem.position.desc())
    )
    if wave is not None:
        query = query.where(RolloutItem.wave_number == wave)
    if item_id is not None:
        query = query.where(RolloutItem.id == item_id)
    return list(db.session.scalars(query))


def moving_count(rollout_id: int, wave: int | None, item_id: int | None) -> int:
    """How many units of the wave (or all) are on their way just now: no return waits for them."""
    query = select(func.count(RolloutItem.id)).where(
        RolloutItem.rollout_id == rollout_id, RolloutItem.state == ItemState.STARTED
    )
    if wave is not None:
        query = query.where(RolloutItem.wave_number == wave)
    if item_id is not None:
        query = query.where(RolloutItem.id == item_id)
    return db.session.scalar(query) or 0


def rollout_stamp(rollout_id: int) -> Stamp:
    """Changes with every state, sentence, verdict and step of the rollout, and its image's way."""
    row = db.session.execute(
        select(Rollout.state, Rollout.blocked_because, Rollout.release_id).filter_by(id=rollout_id)
    ).one()
    states = db.session.execute(
        select(RolloutItem.wave_number, RolloutItem.state, func.count())
        .filter_by(rollout_id=rollout_id)
        .group_by(RolloutItem.wave_number, RolloutItem.state)
        .order_by(RolloutItem.wave_number, RolloutItem.state)
    ).all()
    waves = db.session.execute(
        select(RolloutWave.is_confirmed, RolloutWave.bake_until_at, RolloutWave.verdict)
        .filter_by(rollout_id=rollout_id)
        .order_by(RolloutWave.number)
    ).all()
    sending = delivery_of(row.release_id)
    sent = (sending.id, sending.state, hash(sending.lines)) if sending else None
    is_working = any(state in WORKING | {ItemState.RETURN_WAITING} for _, state, _ in states)
    is_sending = sending is not None and sending.state in ACTIVE
    is_finished = row.state in RESTING and not is_working and not is_sending
    seen = (row, states, [(w.is_confirmed, w.bake_until_at, repr(w.verdict)) for w in waves])
    return Stamp(repr((*seen, _steps_seen(rollout_id), sent)), is_finished)


def _steps_seen(rollout_id: int) -> Sequence[Any]:
    running = select(Operation.id).where(
        Operation.rollout_id == rollout_id, Operation.state == OperationState.RUNNING
    )
    return db.session.execute(
        select(Step.operation_id, Step.state, func.count())
        .where(Step.operation_id.in_(running), Step.state != StepState.PENDING)
        .group_by(Step.operation_id, Step.state)
        .order_by(Step.operation_id, Step.state)
    ).all()


def delivery_of(release_id: int | None) -> Task | None:
    """The newest task that brings the release's image to the servers; none for a look."""
    if release_id is None:
        return None
    query = select(Task).filter_by(release_id=release_id, kind=TaskKind.DISTRIBUTE)
    return db.session.scalars(query.order_by(Task.id.desc()).limit(1)).first()


def rollout_events(rollout_id: int) -> list[Event]:
    """What people and the driver decided, newest first; without a line for each village."""
    query = (
        select(Event)
        .where(Event.subject == f"rollout:{rollout_id}", ~Event.word.like("rollout_item_%"))
        .order_by(Event.id.desc())
    )
    return list(db.session.scalars(query.limit(SHOWN_EVENTS)))
