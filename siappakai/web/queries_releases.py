"""The catalogue as its pages show it: releases in order, who runs them, the work on them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import case, func, or_, select
from sqlalchemy.orm import defer, joinedload

from siappakai.models import (
    ACTIVE,
    Event,
    Instance,
    OperationState,
    Release,
    ReleaseState,
    Rollout,
    RolloutItem,
    RolloutState,
    Task,
    TaskKind,
    db,
    utc_now,
)
from siappakai.models.release import version_key
from siappakai.products import RECIPES
from siappakai.products.contract import Scope
from siappakai.provision.catalogue import MOVES, is_pruned
from siappakai.rollout.machine import AGAIN
from siappakai.tasks.order import STOPPED, key_of
from siappakai.web.formatting import number, product_rank
from siappakai.web.live import Stamp
from siappakai.web.paging import Page

SHOWN_TASKS = 4
# Shown on pages of their own.
ELSEWHERE = (TaskKind.PRUNE, TaskKind.DISTRIBUTE_THEMES, TaskKind.ADD_THEME)
SHOWN_EVENTS = 40
FRESH = timedelta(days=1)
GOING_ON = frozenset({RolloutState.RUNNING, RolloutState.PAUSED, RolloutState.HALTED})


@dataclass(frozen=True, slots=True)
class ReleaseDeeds:
    """What may be done with a release now; the words on the building button are empty if not."""

    build: str
    may_offer: bool
    may_withdraw: bool
    wants_reason: bool


@dataclass(frozen=True, slots=True)
class OpenRollout:
    """A rollout of the release that has not ended; `waiting` are its units that have not begun."""

    id: int
    title: str
    state: RolloutState
    waiting: int


def open_rollouts(release_id: int) -> list[OpenRollout]:
    """Which rollouts a withdrawal of the release would hold, newest first."""
    waits = case((RolloutItem.state.in_(AGAIN), 1), else_=0)
    query = (
        select(Rollout.id, Rollout.title, Rollout.state, func.sum(waits))
        .join(RolloutItem, RolloutItem.rollout_id == Rollout.id)
        .where(Rollout.release_id == release_id, Rollout.state.in_(GOING_ON))
        .group_by(Rollout.id, Rollout.title, Rollout.state)
        .order_by(Rollout.id.desc())
    )
    return [OpenRollout(*row[:3], int(row[3])) for row in db.session.execute(query)]


def deeds_of(release: Release, is_busy: bool) -> ReleaseDeeds:
    """The buttons of a release's row and page."""
    state = release.state
    words = {ReleaseState.NEW: "Bangun", ReleaseState.BUILT: "Coba bangun lagi"}
    build = "Bangun ulang" if is_pruned(release) else words.get(state, "")
    moves = MOVES[state]
    return ReleaseDeeds(
        "" if is_busy or not release.origin else build,
        ReleaseState.OFFERED in moves and not is_pruned(release),
        ReleaseState.WITHDRAWN in moves,
        state == ReleaseState.WITHDRAWN,
    )


def find_releases(product: str, number: int, size: int) -> Page:
    """One page of the catalogue, by product as people think of them, newest version first."""
    query = select(Release.id, Release.product, Release.version)
    rows = db.session.execute(query.filter_by(product=product) if product else query).all()
    rows.sort(key=lambda row: (version_key(row.version), row.id), reverse=True)
    rows.sort(key=lambda row: product_rank(row.product))
    number = min(number, max(1, -(-len(rows) // size)))
    ids = [row.id for row in rows[(number - 1) * size : number * size]]
    found = {
        each.id: each
        for each in db.session.scalars(
            select(Release)
            .where(Release.id.in_(ids))
            .options(defer(Release.components), defer(Release.notes), defer(Release.balance_toml))
        )
    }
    return Page([found[one] for one in ids], number, size, len(rows))


def known_products() -> list[str]:
    """All products of this panel, in the order people think of them."""
    return sorted(RECIPES, key=product_rank)


def scope_of(product: str) -> Scope | None:
    """Whether the product is a village's, a district's or the regency's; None if unknown here."""
    recipe = RECIPES.get(product)
    return recipe.scope if recipe else None


def use_counts() -> dict[int, int]:
    """How many instances are recorded to run each release, by the release's id."""
    query = (
        select(Instance.recorded_release_id, func.count())
        .where(Instance.is_installed)
        .group_by(Instance.recorded_release_id)
    )
    return dict(db.session.execute(query).all())


def users_of(release_id: int, number: int, size: int) -> Page:
    """The instances that are recorded to run the release, in the order of their codes."""
    who = Instance.recorded_release_id == release_id
    total = db.session.scalar(select(func.count(Instance.id)).where(who)) or 0
    number = min(number, max(1, -(-total // size)))
    query = (
        select(Instance)
        .where(who)
        .options(joinedload(Instance.village), joinedload(Instance.region))
        .order_by(Instance.scope_code, Instance.id)
        .limit(size)
        .offset((number - 1) * size)
    )
    return Page(list(db.session.scalars(query)), number, size, total)


def history_of(release: Release) -> list[Event]:
    """What happened to the release, newest first."""
    subjects = (f"release:{release.id}", f"{release.product}:{release.version}")
    query = select(Event).where(Event.subject.in_(subjects)).order_by(Event.id.desc())
    return list(db.session.scalars(query.limit(SHOWN_EVENTS)))


def vendor_words(release: Release) -> str:
    """Where the release's PHP libraries came from, as noted when it was built."""
    event = db.session.scalars(
        select(Event)
        .filter_by(word="release_built", subject=f"{release.product}:{release.version}")
        .order_by(Event.id.desc())
        .limit(1)
    ).first()
    if event is None:
        return "–"
    packages = event.fields.get("composer_packages")
    if packages is None:
        return "sudah ada di dalam sumbernya"
    lock = "dibuat di sini" if event.fields.get("composer_lock_was_made") else "dari sumbernya"
    return f"disusun composer saat dibangun: {number(packages)} paket, daftar pastinya {lock}"


# --- the work on releases


def shown_tasks(release_id: int | None = None, kind: TaskKind | None = None) -> list[Task]:
    """Tasks at work, and the newest that ended within a day; of one release or kind if given."""
    recent = or_(
        Task.state.in_(ACTIVE),
        Task.finished_at > utc_now() - FRESH,
        Task.state.in_(STOPPED) if release_id is not None else Task.state.in_(ACTIVE),
    )
    kinds = Task.kind.not_in(ELSEWHERE) if kind is None else Task.kind == kind
    query = select(Task).where(recent, kinds)
    if release_id is not None:
        query = query.filter_by(release_id=release_id)
    query = query.options(joinedload(Task.release).defer(Release.components))
    rows = list(db.session.scalars(query.order_by(Task.id.desc()).limit(50)))
    active = [each for each in rows if each.state in ACTIVE]
    ended = [each for each in rows if each.state not in ACTIVE and not _is_followed(each, rows)]
    return [*active, *ended[:SHOWN_TASKS]]


def _is_followed(task: Task, rows: list[Task]) -> bool:
    """Whether the same work was asked for again since."""
    key = key_of(task)
    return any(each.id > task.id and key_of(each) == key for each in rows)


def busy_releases() -> set[int]:
    """The releases that a task waits for or works on."""
    query = select(Task.release_id).where(Task.state.in_(ACTIVE), Task.release_id.is_not(None))
    return {int(one) for one in db.session.scalars(query) if one is not None}


def newest_pruning() -> Task | None:
    """The last look at, or taking away of, what nobody needs."""
    query = select(Task).filter_by(kind=TaskKind.PRUNE).order_by(Task.id.desc()).limit(1)
    return db.session.scalars(query).first()


def tasks_stamp(release_id: int | None = None, kind: TaskKind | None = None) -> Stamp:
    """Changes with the tasks' states and lines, and with the releases' states."""
    query = select(Task.id, Task.state, Task.lines, Task.attempt).order_by(Task.id.desc())
    if release_id is not None:
        query = query.filter_by(release_id=release_id)
    if kind is not None:
        query = query.filter_by(kind=kind)
    tasks = db.session.execute(query.limit(20)).all()
    states = db.session.execute(
        select(Release.state, func.count()).group_by(Release.state).order_by(Release.state)
    ).all()
    seen = [(row.id, row.state, row.attempt, hash(row.lines)) for row in tasks]
    return Stamp(repr((seen, states)), not any(row.state in ACTIVE for row in tasks))


def last_line(task: Task) -> str:
    """What the task told last; what it found, once it has ended."""
    if task.state == OperationState.SUCCEEDED and task.kind == TaskKind.DISCOVER:
        new = task.result.get("new", [])
        seen = f"{number(len(task.result.get('found', [])))} rilis terlihat"
        return f"{seen}, {len(new)} baru: {', '.join(new)}." if new else f"{seen}, tidak ada baru."
    return task.lines.rpartition("\n")[2]
