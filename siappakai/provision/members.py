"""Touch: all instances that one operation moves together, and a step carried out for each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass, replace
from typing import Any

from flask import current_app
from sqlalchemy import and_, or_, select

from siappakai.models import Instance, OperationKind, db
from siappakai.products import find_recipe
from siappakai.products.contract import Place, Recipe, ReleaseFacts
from siappakai.provision.followed_release import refuse_overtaken
from siappakai.provision.group import moves_together
from siappakai.provision.job import Job, load_job, release_facts
from siappakai.provision.naming import InstancePaths, instance_key
from siappakai.provision.place import make_place
from siappakai.provision.step_context import Result, StepContext

MOVING = frozenset({OperationKind.UPDATE, OperationKind.RETURN, OperationKind.REHEARSE})
MEMBERS = "members"


@dataclass(frozen=True, slots=True)
class Bystander:
    """Another product's instance that works on the same database and serves now."""

    label: str
    recipe: Recipe
    place: Place
    release: ReleaseFacts
    paths: InstancePaths
    spec_sha256: str

    @property
    def link_target(self) -> str:
        return self.paths.link_target(self.spec_sha256)


def load_members(job: Job) -> tuple[Job, ...]:
    """The jobs of all instances that move by this operation; the leader's own is the first.

    Called under the lock: Unavailable when the database moved since the job was read.
    """
    refuse_overtaken(job.operation_id, job.release_id)
    if job.kind not in MOVING:
        return (job,)
    ids = [each.id for each in moves_together(job.instance())]
    db.session.rollback()
    others = sorted(set(ids) - {job.instance_id})
    return (job, *(load_job(job.operation_id, instance_id) for instance_id in others))


def load_bystanders(job: Job) -> tuple[Bystander, ...]:
    """Who else works on (or reads) the database that this operation changes, by their ids."""
    if job.recipe.database.shared_with:
        return ()
    shares = and_(
        Instance.database_group_id == job.group.id, Instance.product != job.recipe.product
    )
    rows = db.session.scalars(
        select(Instance)
        .where(or_(shares, Instance.reads_group_id == job.group.id))
        .order_by(Instance.id)
    )
    found = tuple(_bystander(row, job) for row in rows if row.is_serving)
    db.session.commit()
    return found


def _bystander(instance: Instance, job: Job) -> Bystander:
    recipe = find_recipe(instance.product)
    return Bystander(
        f"{recipe.label} {instance.home.name}",
        recipe,
        make_place(instance, recipe),
        release_facts(instance.recorded_release),
        job.server.paths.instance(instance_key(instance.product, instance.scope_code)),
        instance.recorded_spec_sha256,
    )


def member_contexts(context: StepContext) -> list[StepContext]:
    """A context a member, in which earlier results are that member's own."""
    return [
        replace(context, job=job, results=_own(context.results, job.instance_id))
        for job in context.members
    ]


def _own(results: Mapping[str, Result], instance_id: int) -> dict[str, Result]:
    own = {}
    for name, result in results.items():
        parts = result.get(MEMBERS)
        own[name] = parts.get(str(instance_id), {}) if isinstance(parts, dict) else result
    return own


def each(step: Callable[[StepContext], Result], at_once: int = 1) -> Callable[..., Result]:
    """A step that does `step` for every member, some at once; the first error ends it."""

    def for_all(context: StepContext) -> Result:
        if len(context.members) == 1:
            return step(context)
        contexts = member_contexts(context)
        results = in_threads(step, contexts, at_once)
        return {
            MEMBERS: {
                str(one.job.instance_id): dict(result)
                for one, result in zip(contexts, results, strict=True)
            }
        }

    return for_all


def in_threads(
    work: Callable[[StepContext], Any], contexts: list[StepContext], at_once: int
) -> list[Any]:
    """The results of `work` in the contexts' order; each thread has a session of its own."""
    if at_once == 1:
        return [work(one) for one in contexts]
    app = current_app._get_current_object()  # type: ignore[attr-defined]

    def run(one: StepContext) -> Any:
        with app.app_context():
            try:
                return work(one)
            finally:
                db.session.remove()

    with ThreadPoolExecutor(at_once) as pool:
        futures = [pool.submit(copy_context().run, run, one) for one in contexts]
        return [future.result() for future in futures]
