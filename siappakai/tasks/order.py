"""Touch: a task is queued, queued again or cancelled; pressing twice starts nothing twice."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from siappakai.errors import NotFound, Refused
from siappakai.models import (
    ACTIVE,
    MOVES,
    OperationState,
    Release,
    ReleaseState,
    Task,
    TaskKind,
    append_event,
    db,
    transaction,
    utc_now,
)
from siappakai.provision.catalogue import get_release, is_pruned
from siappakai.provision.release_settings import source_of
from siappakai.queue import enqueue_tasks

ALL = "semua"
STOPPED = frozenset({OperationState.FAILED, OperationState.ERRORED, OperationState.CANCELLED})


@dataclass(frozen=True, slots=True)
class TaskOrder:
    """`key` is what the task works on: one active task for each."""

    kind: TaskKind
    key: str
    product: str = ""
    release_id: int | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)


def order_discovery(product: str, origin: str = "", *, by: str) -> int:
    """Look for the product's releases at its origin, or at another git address."""
    source = source_of(product, origin)  # told now when there is none to ask
    db.session.rollback()
    return order_task(
        TaskOrder(TaskKind.DISCOVER, product, product, parameters={"origin": source.origin}), by
    )


def order_build(release_id: int, *, by: str) -> int:
    """Build the release's image and try a whole installation; the one before is kept if equal."""
    release = get_release(release_id)
    if not release.origin:
        raise Refused(
            "Asal rilis ini tidak diketahui.", hint="Tambahkan dengan: siappakai rilis tambah"
        )
    return order_task(_of_release(TaskKind.BUILD, release), by)


def order_distribution(release_id: int, *, by: str) -> int:
    """Bring the release's image to every server that will need it."""
    release = get_release(release_id)
    if release.state == ReleaseState.NEW or is_pruned(release):
        raise Refused("Citra rilis ini belum ada.", hint="Bangun dahulu, lalu kirim.")
    return order_task(_of_release(TaskKind.DISTRIBUTE, release), by)


def order_theme_distribution(*, by: str) -> int:
    """Bring every theme that is ready to every server; what is there already is only proven."""
    return order_task(TaskOrder(TaskKind.DISTRIBUTE_THEMES, ALL), by)


def order_theme(source: Mapping[str, str], *, by: str) -> int:
    """Fetch, check and keep a theme from git; `source` has the keys of `work.THEME_FIELDS`."""
    return order_task(
        TaskOrder(TaskKind.ADD_THEME, _theme_key(source), parameters=dict(source)), by
    )


def _theme_key(source: Mapping[str, Any]) -> str:
    """The same address, tag and folder are the same work."""
    what = "\n".join(str(source.get(name, "")) for name in ("origin", "tag", "folder"))
    return hashlib.sha256(what.encode()).hexdigest()[:24]


def order_prune(*, dry_run: bool, by: str, chosen: Mapping[str, Any] | None = None) -> int:
    """Say what nobody needs any more, or take away just what was shown (`chosen`)."""
    parameters = {"dry_run": dry_run, "chosen": dict(chosen or {})}
    return order_task(TaskOrder(TaskKind.PRUNE, ALL, parameters=parameters), by)


def _of_release(kind: TaskKind, release: Release) -> TaskOrder:
    order = TaskOrder(kind, str(release.id), release.product, release.id)
    db.session.rollback()
    return order


def order_task(order: TaskOrder, by: str) -> int:
    """The queued task; the one that is already on it when there is one."""
    key = f"{order.kind}:{order.key}"
    try:
        with transaction():
            task_id, is_new = _find_or_add(order, key, by)
    except IntegrityError:  # asked for twice in the same moment
        task_id, is_new = _active(key), False
    if is_new:
        enqueue_tasks([task_id])
    return task_id


def _find_or_add(order: TaskOrder, key: str, by: str) -> tuple[int, bool]:
    active = db.session.scalar(select(Task.id).filter_by(active_key=key))
    if active is not None:
        return active, False
    task = Task(
        kind=order.kind,
        release_id=order.release_id,
        product=order.product,
        parameters=dict(order.parameters),
        active_key=key,
        requested_by=by,
    )
    db.session.add(task)
    db.session.flush()
    append_event("task_ordered", f"task:{task.id}", by=by, kind=str(order.kind), of=order.key)
    return task.id, True


def _active(key: str) -> int:
    db.session.rollback()
    return db.session.scalars(select(Task.id).filter_by(active_key=key)).one()


def move_task(task: Task, state: OperationState, *, by: str, **fields: object) -> None:
    """Part of the caller's transaction: the one place where a task changes its state."""
    if state not in MOVES[task.state]:
        raise ValueError(f"task {task.id}: {task.state} → {state} is not a move")
    task.state, task.claimed_by, task.lease_until_at = state, "", None
    if state not in ACTIVE:
        task.active_key, task.finished_at = None, utc_now()
    append_event("task_" + state.name.lower(), f"task:{task.id}", by=by, **fields)


def retry_task(task_id: int, *, by: str) -> None:
    """A stopped task waits again and does its whole work anew; what it made before is used."""
    with transaction():
        task = get_task(task_id)
        if task.state not in STOPPED:
            raise Refused("Pekerjaan ini masih berjalan atau sudah berhasil.")
        key = key_of(task)
        if db.session.scalar(select(Task.id).filter_by(active_key=key)) is not None:
            raise Refused("Pekerjaan yang sama sedang berjalan.", hint="Tunggu sampai selesai.")
        task.attempt, task.not_before_at, task.finished_at = 0, None, None
        task.error_message = task.error_hint = ""
        move_task(task, OperationState.QUEUED, by=by, reason="diulang")
        task.active_key = key
    enqueue_tasks([task_id])


def cancel_task(task_id: int, *, by: str) -> None:
    """A task that waits is called off; one that runs goes on to a safe end."""
    with transaction():
        task = get_task(task_id)
        if task.state != OperationState.QUEUED:
            raise Refused("Pekerjaan ini sudah berjalan atau selesai; tidak dapat dibatalkan.")
        move_task(task, OperationState.CANCELLED, by=by)


def key_of(task: Task) -> str:
    """Equal for the same work; one active task for each."""
    match task.kind:
        case TaskKind.DISCOVER:
            key = task.product
        case TaskKind.PRUNE | TaskKind.DISTRIBUTE_THEMES:
            key = ALL
        case TaskKind.ADD_THEME:
            key = _theme_key(task.parameters)
        case _:
            key = str(task.release_id)
    return f"{task.kind}:{key}"


def get_task(task_id: int) -> Task:
    task = db.session.get(Task, task_id)
    if task is None:
        raise NotFound("Pekerjaan itu tidak ada.")
    return task
