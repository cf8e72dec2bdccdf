"""Touch: a throw-away instance of the new release answers on the clone, and so do neighbours."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select

from siappakai.errors import StepFailed, Unavailable
from siappakai.models import Instance, ObservedState, db
from siappakai.products.contract import DatabaseAccess
from siappakai.provision import verify
from siappakai.provision.instance_logs import LogPlace, read_instance_logs
from siappakai.provision.job import Job, load_job, release_facts
from siappakai.provision.rehearsal_stand import Stand, grant_clone, make_stand
from siappakai.provision.step_context import Result, StepContext, last_object
from siappakai.provision.update_steps import HEALTHY_WITHIN_S, MIGRATE_WITHIN_S
from siappakai.provision.warm_files import learn

PROBED_AT_MOST = 12
SERVING = "coba"


def probe_members(context: StepContext, access: DatabaseAccess) -> Result:
    """What each village's pages said, or those of a spread sample when there are very many.

    One throw-away instance serves at a time; it is never linked to anything a visitor reaches.
    """
    members = sample(context.members, PROBED_AT_MOST)
    neighbours = _neighbours(context, members)
    everyone = [*members, *(job for job, _ in neighbours)]
    for each in context.tools.engine.list_containers(rehearsal=str(context.job.operation_id)):
        context.tools.engine.remove(each.name)  # an attempt's before this one
    grant_clone(context.tools.databases, access, everyone)
    began = context.results["try_migration"].get("started_at") or time.time()
    began_at = datetime.fromtimestamp(float(began), UTC)
    seen = {
        str(job.instance_id): _serve(make_stand(job, context.tools, access), began_at)
        for job in members
    }
    beside = [
        {
            "village_code": job.place.region.code,
            "label": job.recipe.label,
            "was_ill": was_ill,
            **_serve(make_stand(job, context.tools, access), began_at, prepares=False),
        }
        for job, was_ill in neighbours
    ]
    return {"seen": seen, "beside": beside, "of": len(context.members)}


def sample(members: Sequence[Job], most: int) -> list[Job]:
    """All of them, or `most` spread evenly; the leader is always among them."""
    if len(members) <= most:
        return list(members)
    return [members[number * len(members) // most] for number in range(most)]


def _neighbours(context: StepContext, members: Sequence[Job]) -> list[tuple[Job, bool]]:
    """Other products' instances on the same database, of these villages; were they ill before."""
    job = context.job
    if job.recipe.database.shared_with:
        return []
    codes = {each.place.region.code for each in members}
    rows = db.session.scalars(
        select(Instance)
        .where(Instance.database_group_id == job.group.id, Instance.product != job.recipe.product)
        .order_by(Instance.id)
    ).all()
    found = [
        (row.id, row.recorded_release_id, row.recorded_digest, release_facts(row.recorded_release))
        for row in rows
        if row.is_serving and row.scope_code in codes
    ]
    ill = {row.id for row in rows if row.observed_state == ObservedState.UNHEALTHY}
    db.session.rollback()
    jobs = []
    for instance_id, release_id, digest, facts in found:
        own = load_job(job.operation_id, instance_id)
        own = replace(own, release_id=release_id, digest=digest, release=facts)
        jobs.append((own, instance_id in ill))
    return jobs


def _serve(stand: Stand, began_at: datetime, *, prepares: bool = True) -> dict[str, Any]:
    """Seconds and errors of one throw-away instance; gone when this returns."""
    engine, name = stand.view.engine, stand.container(SERVING)
    try:
        prepare_s = _prepare(stand) if prepares else 0.0
        engine.ensure_running(name, stand.spec, stand.run)
        started = time.monotonic()
        told = _ask(stand)
        proof_s = time.monotonic() - started
        if "wrong" not in told:
            learn(stand.job, stand.socket)  # a rehearsed release is known before it moves anybody
        place = LogPlace(name, stand.logs, stand.job.place.local_time_zone)
        errors = read_instance_logs(engine, place, began_at)
        if "wrong" in told:
            told["log_tail"] = f"{told['log_tail']}\n{engine.last_log_lines(name)}".strip()
        return {
            **told,
            "prepare_s": round(prepare_s, 3),
            "proof_s": round(proof_s, 3),
            "log_errors": errors.most_frequent,
        }
    except _Unprepared as error:
        return {"wrong": error.message, "kind": "persiapan", "log_tail": error.log_tail}
    finally:
        engine.remove(name)


class _Unprepared(StepFailed):
    """The product's own command before serving failed on the clone."""


def _prepare(stand: Stand) -> float:
    started = time.monotonic()
    for command in stand.job.recipe.prepare_commands():
        done = stand.view.engine.run_once(
            stand.container("siap"), stand.spec, command, MIGRATE_WITHIN_S
        )
        if done.exit_code or not last_object(done.output).get("ok"):
            tail = (done.output + "\n" + done.errors)[-6000:]
            raise _Unprepared(f"Persiapan gagal (kode {done.exit_code}).", log_tail=tail)
    return time.monotonic() - started


def _ask(stand: Stand) -> dict[str, Any]:
    """Health, then every page a visitor's proof asks for; the first thing wrong ends it."""
    job = stand.job
    try:
        verify.wait_for_health(
            job.recipe, job.place, job.release, stand.socket, timeout_s=HEALTHY_WITHIN_S
        )
    except StepFailed as error:
        return {"wrong": error.message, "kind": "tidak_sehat", "log_tail": error.log_tail}
    try:
        pages = verify.prove_pages_inside(job, stand.socket)["pages"]
    except (StepFailed, Unavailable) as error:  # a page that never answers is a finding too
        return {"wrong": error.message, "kind": "halaman", "log_tail": error.log_tail}
    return {"pages": pages, "first_page_s": next(iter(pages.values()), {}).get("seconds", 0.0)}
