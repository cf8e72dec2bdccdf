"""Touch: an instance moves to another release and back; the old one stays until proven useless."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from siappakai.errors import StepErrored, StepFailed
from siappakai.models import Instance, Operation, OperationKind, OperationState, Release, db
from siappakai.provision import files, verify
from siappakai.provision.containers import remove_others
from siappakai.provision.install_steps import (
    check,
    prepare,
    prepare_files,
    record,
    run_container,
    start_instance,
    switch,
    verify_instance,
    verify_outside,
)
from siappakai.provision.job import release_facts
from siappakai.provision.snapshots import (
    bring_back,
    is_changed,
    mark_changed,
    restore_file,
    sha256_of,
    snapshot,
)
from siappakai.provision.step_context import Result, StepContext, run_command
from siappakai.provision.stopwatch import outside

IN_FLIGHT_S = 0.3


def before(context: StepContext) -> dict[str, Any]:
    """What serves now, to be come back to: its release and the hash that names its container."""
    instance = db.session.get_one(Instance, context.job.instance_id)
    kept = {
        "old_release_id": instance.recorded_release_id,
        "old_spec_sha256": instance.recorded_spec_sha256,
    }
    db.session.rollback()
    if not kept["old_spec_sha256"]:
        raise StepErrored("Belum ada versi yang terbukti berjalan di sini.")
    return kept


def warm(context: StepContext) -> Result:
    """The new release runs beside the old one, without traffic, as soon as it answers at all."""
    job = context.job
    kept = before(context)
    name, spec = run_container(context)
    deadline = time.monotonic() + verify.START_TIMEOUT_S
    with outside():
        while verify.ask_health(job, job.paths.socket_of(spec.sha256)) is None:
            if time.monotonic() > deadline:
                tail = context.tools.engine.last_log_lines(name)
                raise StepFailed("Rilis baru tidak menyala.", log_tail=tail)
            time.sleep(verify.POLL_S)
    return {"container": name, "spec_sha256": spec.sha256, **kept}


def hold(context: StepContext) -> Result:
    """Requests wait at the edge from now on; those in flight have had their time."""
    was_linked = files.remove_link(context.job.paths.current)
    with outside():
        time.sleep(IN_FLIGHT_S)
    return {"was_linked": was_linked}


def migrate(context: StepContext) -> Result:
    """The database is at the new release; what a crashed attempt left is taken back first."""
    if context.job.recipe.database.shared_with:
        return {"skipped": "basis data milik produk lain"}
    if is_changed(context):
        bring_back(context)
    mark_changed(context)
    return run_command(context, context.job.recipe.upgrade_command(), "pindah")


def check_return(context: StepContext) -> Result:
    """The last update's snapshot is whole, and led away from just this release."""
    job = context.job
    kept = before(context)
    if not context.tools.engine.has_image(job.digest):
        raise StepErrored(f"Citra rilis {job.release.version} sudah tidak ada di server.")
    found = last_update(job.instance_id)
    results = {step.name: dict(step.result) for step in found.steps} if found else {}
    db.session.rollback()
    taken, led = results.get("snapshot", {}), results.get("warm", {})
    if led.get("old_release_id") != job.release_id:
        raise StepErrored(
            f"Tidak ada pembaruan dari versi {job.release.version} yang dapat dibalik.",
            hint="Hanya pembaruan terakhir yang dapat dibalik dengan salinannya.",
        )
    if taken.get("file") and sha256_of(Path(taken["file"])) != taken.get("sha256"):
        raise StepErrored("Salinan sebelum pembaruan berubah sejak dibuat; tidak dipakai.")
    return {"file": taken.get("file", ""), **kept}


def last_update(instance_id: int) -> Operation | None:
    """The instance's newest finished update."""
    return db.session.scalars(
        db.select(Operation)
        .filter_by(
            instance_id=instance_id, kind=OperationKind.UPDATE, state=OperationState.SUCCEEDED
        )
        .order_by(Operation.id.desc())
    ).first()


def restore(context: StepContext) -> Result:
    """The database is as it was before the last update."""
    source = str(context.results["check_return"]["file"])
    if not source:
        return {"skipped": "basis data milik produk lain"}
    mark_changed(context)
    restore_file(context, Path(source))
    return {"file": source}


def retire(context: StepContext) -> Result:
    """The container of the release before rests, for a fast return; older ones are gone."""
    led = context.results.get("warm") or context.results.get("check_return") or {}
    old = context.job.paths.container(str(led.get("old_spec_sha256", "")))
    keep = str(context.results["start"]["container"])
    return {"removed": remove_others(context, keep, keep_stopped=old), "resting": old}


def come_back(context: StepContext) -> Result:
    """The instance serves what it served before: database, container, route, proven again.

    Needs nothing of the release that failed. Visitors wait meanwhile, they see no error.
    """
    led = context.results.get("warm") or context.results.get("check_return")
    if led is None:
        return {"changed": "tidak ada"}
    job, old_sha256 = context.job, str(led["old_spec_sha256"])
    if is_changed(context):
        files.remove_link(job.paths.current)
        bring_back(context)
    name = job.paths.container(old_sha256)
    context.tools.engine.start(name)
    old = replace(job, release=_facts_of(int(led["old_release_id"])))
    socket = job.paths.socket_of(old_sha256)
    verify.wait_until_healthy(old, socket)
    verify.prove_pages_inside(old, socket)
    files.switch_link(job.paths.current, job.paths.link_target(old_sha256))
    pages = verify.prove_pages_outside(old)
    removed = remove_others(context, keep=name)
    return {"container": name, "pages": pages, "removed": removed}


def _facts_of(release_id: int) -> Any:
    facts = release_facts(db.session.get_one(Release, release_id))
    db.session.rollback()
    return facts


UPDATE: dict[str, Callable[[StepContext], Result]] = {
    "check": check,
    "files": prepare_files,
    "warm": warm,
    "hold": hold,
    "snapshot": snapshot,
    "migrate": migrate,
    "prepare": prepare,
    "start": start_instance,
    "verify": verify_instance,
    "switch": switch,
    "outside": verify_outside,
    "record": record,
    "retire": retire,
}

RETURN: dict[str, Callable[[StepContext], Result]] = {
    "check_return": check_return,
    "files": prepare_files,
    "hold": hold,
    "snapshot": snapshot,
    "restore": restore,
    "start": start_instance,
    "verify": verify_instance,
    "switch": switch,
    "outside": verify_outside,
    "record": record,
    "retire": retire,
}
