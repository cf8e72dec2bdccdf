"""Touch: a rehearsal's rows go one step further: what ended is noted, what may start is queued."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path

from sqlalchemy import select

from siappakai.errors import InvalidInput, NotFound, Refused
from siappakai.log import get_logger
from siappakai.models import (
    ACTIVE,
    Instance,
    Operation,
    OperationKind,
    Rehearsal,
    RehearsalItem,
    RehearsalState,
    Release,
    Server,
    ServerState,
    Verdict,
    append_event,
    db,
    transaction,
    utc_now,
)
from siappakai.products import find_recipe
from siappakai.provision.group import moves_together
from siappakai.provision.job import ServerFacts, server_facts
from siappakai.provision.order import Busy, queue_operation
from siappakai.provision.rehearsal_stand import left_operations, throw_away
from siappakai.provision.tools import tools_for
from siappakai.queue import enqueue_operations
from siappakai.rollout import verdicts
from siappakai.rollout.could_rehearse import choose_instances, why_not
from siappakai.rollout.machine_share import look_at_machine, read_share, why_full

log = get_logger(__name__)

DRIVER = "gladi"
MOST_AT_ONCE = 16
REBUILT = "Rilis dibangun ulang sesudah gladi ini."
ORDER_ANEW = "Ulangi gladi: mulai gladi baru untuk rilis ini."
MOVES: dict[RehearsalState, frozenset[RehearsalState]] = {
    RehearsalState.RUNNING: frozenset(
        {RehearsalState.PAUSED, RehearsalState.STOPPED, RehearsalState.FINISHED}
    ),
    RehearsalState.PAUSED: frozenset({RehearsalState.RUNNING, RehearsalState.STOPPED}),
    RehearsalState.FINISHED: frozenset({RehearsalState.RUNNING}),  # something is tried again
    RehearsalState.STOPPED: frozenset({RehearsalState.RUNNING}),
}

RESTING = frozenset({RehearsalState.PAUSED, RehearsalState.STOPPED})


def order_rehearsal(
    product: str,
    release_id: int,
    instance_ids: Sequence[int] | None = None,
    *,
    at_once: int = 1,
    not_before_at: datetime | None = None,
    by: str,
) -> int:
    """Rehearse the release for these instances (None: all that it could move); the rehearsal's id.

    In a combined database all its villages are rehearsed together.
    """
    if not 1 <= at_once <= MOST_AT_ONCE:
        raise InvalidInput(f"Yang bersamaan paling sedikit 1, paling banyak {MOST_AT_ONCE}.")
    with transaction():
        release = _rehearsable(product, release_id)
        instances = choose_instances(release, instance_ids)
        rehearsal = Rehearsal(
            product=product,
            release_id=release.id,
            digest=release.digest,
            at_once=at_once,
            not_before_at=not_before_at,
            created_by=by,
            items=[
                RehearsalItem(
                    instance_id=each.id,
                    group_id=each.database_group_id,
                    from_release_id=each.recorded_release_id,
                )
                for each in instances
            ],
        )
        db.session.add(rehearsal)
        db.session.flush()
        tell(rehearsal, "ordered", by, villages=len(instances), to=release.version)
        rehearsal_id = rehearsal.id
    advance_rehearsal(rehearsal_id)
    return rehearsal_id


def _rehearsable(product: str, release_id: int) -> Release:
    release = db.session.get(Release, release_id)
    if release is None or release.product != product:
        raise NotFound(f"Rilis {find_recipe(product).label} itu tidak ada.")
    if not release.is_installable or not release.digest:
        raise Refused(
            f"Rilis {release.version} masih {release.state}; gladi bersih perlu rilis yang teruji.",
            hint="Bangun dan uji dahulu rilis itu di halaman Rilis.",
        )
    running = db.session.scalar(
        select(Rehearsal.id).where(
            Rehearsal.release_id == release_id,
            Rehearsal.state.in_((RehearsalState.RUNNING, RehearsalState.PAUSED)),
        )
    )
    if running is not None:
        raise Refused(
            f"Gladi bersih nomor {running} untuk rilis ini belum selesai.",
            hint="Tunggu, lanjutkan, atau hentikan dahulu yang itu.",
        )
    return release


# --- one step further


def advance_rehearsals() -> list[int]:
    """Every unfinished rehearsal goes on; the ticker's part. Returns the operations queued."""
    begun = RehearsalItem.operation_id.is_not(None) | RehearsalItem.is_again
    goes_on = Rehearsal.items.any(begun & RehearsalItem.finished_at.is_(None))
    query = select(Rehearsal.id).where(
        (Rehearsal.state == RehearsalState.RUNNING) | (Rehearsal.state.in_(RESTING) & goes_on)
    )
    ids = list(db.session.scalars(query))
    db.session.rollback()
    return [queued for rehearsal_id in ids for queued in advance_rehearsal(rehearsal_id)]


def after_operation(operation_id: int) -> None:
    """The worker's part: the operation that just ended lets its rehearsal go on at once."""
    operation = db.session.get(Operation, operation_id)
    is_ended = operation is not None and operation.is_finished
    rehearsal_id = operation.rehearsal_id if operation is not None and is_ended else None
    db.session.rollback()
    if rehearsal_id is not None:
        advance_rehearsal(rehearsal_id)


def advance_rehearsal(rehearsal_id: int) -> list[int]:
    """One step, in one transaction under the rehearsal's row lock; the operations queued by it."""
    with transaction():
        rehearsal = lock_rehearsal(rehearsal_id)
        note_ended(rehearsal)
        queued = _start_some(rehearsal)
    enqueue_operations(queued)
    return queued


def lock_rehearsal(rehearsal_id: int) -> Rehearsal:
    """The row, locked until the transaction ends (SQLite has one writer anyway)."""
    rehearsal = db.session.get(
        Rehearsal, rehearsal_id, with_for_update=True, populate_existing=True
    )
    if rehearsal is None:
        raise NotFound("Gladi bersih itu tidak ada.")
    return rehearsal


def refuse_outdated(rehearsal: Rehearsal) -> None:
    """Nothing more is tried in a rehearsal of an image that the release no longer has."""
    if rehearsal.is_outdated:
        raise Refused(REBUILT, hint=ORDER_ANEW)


def note_ended(rehearsal: Rehearsal) -> None:
    """Villages whose operation ended without a verdict say why; the others have theirs already."""
    for item in rehearsal.items:
        operation = item.operation
        if operation is None or item.finished_at is not None or not operation.is_finished:
            continue
        message = operation.error_message or f"Operasinya {operation.state}."
        _give_up(item, message, operation.error_hint or "Ulangi gladinya.")


def _give_up(item: RehearsalItem, message: str, hint: str) -> None:
    """It ends without a verdict; one that it had before stays in force, with its findings."""
    item.finished_at, item.is_again = utc_now(), False
    if item.verdict is Verdict.UNKNOWN:
        item.findings = [verdicts.not_rehearsed(message, hint).to_json()]
        return
    again = verdicts.not_rehearsed_again(message, hint).to_json()
    item.findings = [*verdicts.of_the_release(item.findings), again]


def _start_some(rehearsal: Rehearsal) -> list[int]:
    """The operations queued now; what keeps more from starting is one sentence on the row."""
    active = active_operations(rehearsal.id)
    waiting = _may_start(rehearsal)
    if not waiting and rehearsal.state is not RehearsalState.RUNNING:
        return []
    queued: list[int] = []
    notes: list[str] = []
    for item in waiting:
        if not item.is_waiting:
            continue  # started with another of its database
        if len(active) + len(queued) >= rehearsal.at_once:
            break
        if why := _why_not_now(rehearsal):
            notes.append(why)
            break
        queued += _begin(item, rehearsal, notes)
    rehearsal.blocked_because = notes[0] if notes else ""
    is_over = not queued and not active and not _may_start(rehearsal)
    if is_over and rehearsal.state is RehearsalState.RUNNING:
        move_rehearsal(rehearsal, RehearsalState.FINISHED, by=DRIVER)
    return queued


def _may_start(rehearsal: Rehearsal) -> list[RehearsalItem]:
    """All that wait; of a rehearsal that rests only those that are to be tried again."""
    is_running = rehearsal.state is RehearsalState.RUNNING
    return [
        each
        for each in rehearsal.items
        if each.is_waiting and (is_running or (each.is_again and rehearsal.state in RESTING))
    ]


def active_operations(rehearsal_id: int) -> list[int]:
    """Operations of the rehearsal that wait in the queue or run."""
    query = select(Operation.id).where(
        Operation.rehearsal_id == rehearsal_id, Operation.state.in_(ACTIVE)
    )
    return list(db.session.scalars(query))


def _why_not_now(rehearsal: Rehearsal) -> str:
    if rehearsal.not_before_at is not None and utc_now() < rehearsal.not_before_at:
        return "Menunggu waktunya mulai."
    root = db.session.scalars(select(Server.data_root).order_by(Server.id)).first() or "/"
    return why_full(look_at_machine(Path(root)), read_share())


def _begin(item: RehearsalItem, rehearsal: Rehearsal, notes: list[str]) -> Iterable[int]:
    """The operation for this village's whole database; none when it must wait, or can't be."""
    instance = db.session.get_one(Instance, item.instance_id)
    if rehearsal.is_outdated:
        _give_up(item, REBUILT, ORDER_ANEW)
        return ()
    members = moves_together(instance) if instance.is_serving else [instance]
    if why := why_not(members, rehearsal.release):
        _give_up(item, f"Tidak digladikan: {why}", "Tidak perlu apa-apa.")
        return ()
    leader = min(members, key=lambda each: each.id)
    told = {"rehearsal_id": rehearsal.id, "migrate_timeout_s": read_share().migrate_limit_s}
    try:
        operation_id = queue_operation(
            OperationKind.REHEARSE, leader, rehearsal.release, rehearsal.created_by, told
        )
    except Busy as error:
        notes.append(f"{leader.home.name} menunggu: {error.message}")
        return ()
    except Refused as error:
        _give_up(item, error.message, error.hint)
        return ()
    ids = {each.id for each in members}
    for each in rehearsal.items:
        if each.instance_id in ids and each.is_waiting:
            each.operation_id, each.is_again = operation_id, False
    return (operation_id,)


def move_rehearsal(rehearsal: Rehearsal, state: RehearsalState, *, by: str) -> None:
    """The one place where a rehearsal changes its state."""
    if state not in MOVES[rehearsal.state]:
        raise Refused(f"Gladi bersih yang {rehearsal.state} tidak dapat menjadi {state}.")
    rehearsal.state, rehearsal.blocked_because = state, ""
    is_over = state in (RehearsalState.FINISHED, RehearsalState.STOPPED)
    rehearsal.finished_at = utc_now() if is_over else None
    tell(rehearsal, state.name.lower(), by)


def tell(rehearsal: Rehearsal, word: str, by: str, **fields: object) -> None:
    """A line of the rehearsal's history."""
    append_event(f"rehearsal_{word}", f"rehearsal:{rehearsal.id}", by=by, **fields)


# --- what a crash left


def sweep_rehearsals() -> list[int]:
    """Leftovers of operations that have ended are thrown away; the ticker's part, now and then."""
    swept = []
    for server in _servers():
        tools = tools_for(server)
        for operation_id in sorted(left_operations(tools, server.paths)):
            operation = db.session.get(Operation, operation_id, populate_existing=True)
            is_over = operation is None or operation.is_finished
            group = operation.instance.database_group if operation is not None else None
            database = group.database_name if group is not None else ""
            db.session.rollback()
            if is_over:
                throw_away(tools, server.paths, operation_id, database)
                log.info("rehearsal_swept", operation=operation_id)
                swept.append(operation_id)
    return swept


def _servers() -> list[ServerFacts]:
    rows = db.session.scalars(select(Server).filter_by(state=ServerState.READY)).all()
    servers = [server_facts(each) for each in rows]
    db.session.rollback()
    return servers


__all__ = [
    "advance_rehearsal",
    "advance_rehearsals",
    "after_operation",
    "order_rehearsal",
    "sweep_rehearsals",
]
