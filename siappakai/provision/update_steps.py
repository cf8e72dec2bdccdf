"""Touch: an instance, or all of a combined database, moves to another release and back.

The old containers stay until they are proven useless; what every step does for each member of a
combined database, it does for the one instance of a separate database too.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from siappakai.errors import StepErrored, StepFailed
from siappakai.models import Operation, OperationKind, OperationState, db
from siappakai.provision import verify
from siappakai.provision.come_back import before, led, refuse_hopeless
from siappakai.provision.containers import remove_others
from siappakai.provision.copies_steps import show_page_copies, take_page_copies
from siappakai.provision.held_time import AT_ONCE
from siappakai.provision.holding import (
    hold_all,
    lead_to,
    let_bystanders_on,
    let_work_end,
    refuse_work,
    wait_until_quiet,
    wrong_bystanders,
)
from siappakai.provision.install_steps import (
    check,
    prepare_files,
    run_container,
    verify_instance,
    verify_outside,
)
from siappakai.provision.job import Job
from siappakai.provision.kept_files import (
    end_commands,
    forget_older,
    put_files_back_from,
    run_kept,
)
from siappakai.provision.members import each, in_threads, load_bystanders, member_contexts
from siappakai.provision.page_copies import drop_copies
from siappakai.provision.proof_steps import compare_content, count_content, snapshot_and_count
from siappakai.provision.readers import let_readers_read
from siappakai.provision.record import record_versions
from siappakai.provision.room import ensure_room
from siappakai.provision.snapshots import (
    bring_back,
    is_changed,
    mark_changed,
    restore_file,
    sha256_of,
    snapshot,
)
from siappakai.provision.step_context import Result, StepContext
from siappakai.provision.stopwatch import outside
from siappakai.provision.warm_files import wait_and_warm_up, warm_up

HEALTHY_WITHIN_S = 25.0
NO_RETURN_HINT = "Tidak ada yang diubah. Salinan lama tetap disimpan di folder cadangan server."
MIGRATE_WITHIN_S = 600


def check_update(context: StepContext) -> Result:
    """What the later steps rely on is there; which neighbours on the database were ill before."""
    _ensure_way_back(context)
    found = check(context)
    in_threads(refuse_hopeless, member_contexts(context), AT_ONCE if context.members[1:] else 1)
    ill = wrong_bystanders(load_bystanders(context.job))
    return {
        **found,
        "ill_before": sorted(ill),
        "members_count": len(context.members),
        "whose": _whose(context),
    }


def _whose(context: StepContext) -> dict[str, Any]:
    """The database that is worked on, and the instances that move: what a snapshot is of."""
    ids = sorted(each.instance_id for each in context.members)
    return {"group_id": context.job.group.id, "instance_ids": ids}


def _ensure_way_back(context: StepContext) -> None:
    """StepErrored without room for the dump and for the database beside itself.

    Unavailable while somebody's long work goes on there.
    """
    job, databases, size = context.job, context.tools.databases, 0
    if _changes_database(context):
        size = databases.size_bytes(job.place.database.name)
        let_work_end(context)
    ensure_room(job.server.paths, size)


def warm(context: StepContext) -> Result:
    """The new release runs beside the old one, without traffic, with its pages compiled ahead."""
    kept = before(context)
    name, spec = run_container(context)
    socket = context.job.paths.socket_of(spec.sha256)
    wrong = _wait_until_warm(context.job, socket)
    if wrong:
        tail = context.tools.engine.last_log_lines(name)
        context.tools.engine.remove(name)
        raise StepFailed(f"Rilis baru tidak menyala: {wrong}.", log_tail=tail)
    warmed = warm_up(context.job, socket)
    return {"container": name, "spec_sha256": spec.sha256, "warmed": warmed, **kept}


def _wait_until_warm(job: Job, socket: Path) -> str:
    """Empty once it answers well, or lacks nothing but the migration; else what it lacks."""
    deadline, wrong = time.monotonic() + verify.START_TIMEOUT_S, "tidak menjawab"
    with outside():
        while time.monotonic() < deadline:
            answer = verify.ask_health(job.recipe, job.place, socket)
            if answer is not None:
                if answer.get("ok") or answer.get("error") == "not_migrated":
                    return ""
                wrong = str(answer.get("error") or "menjawab tidak sehat")
            time.sleep(verify.POLL_S)
    return wrong


def hold(context: StepContext) -> Result:
    """Requests wait at the edge from now on; those in flight have had their time.

    StepFailed when one goes on working on the database that would be changed.
    """
    held_at = time.time()
    for one in member_contexts(context):
        show_page_copies(one)
    held = hold_all(context, load_bystanders(context.job) if _changes_database(context) else ())
    working = wait_until_quiet(context)
    if _changes_database(context):
        refuse_work(working)
    return {"held": held, "held_at": held_at, "was_quiet": not working}


def _changes_database(context: StepContext) -> bool:
    return not context.job.recipe.database.shared_with


def migrate(context: StepContext) -> Result:
    """The database is at the new release; what a crashed attempt left is taken back first."""
    if not _changes_database(context):
        return {"skipped": "basis data milik produk lain"}
    if is_changed(context):
        end_commands(context)
        bring_back(context)
    mark_changed(context)
    job = context.job
    limit_s = int(job.parameters.get("migrate_timeout_s") or MIGRATE_WITHIN_S)
    answer = run_kept(context, job.recipe.upgrade_command(), "pindah", limit_s)
    return {**answer, "readers": let_readers_read(job)}


def prepare(context: StepContext) -> Result:
    """What the product does once before it serves, by its own commands."""
    commands = context.job.recipe.prepare_commands()
    return {"answers": [run_kept(context, each, "siap", MIGRATE_WITHIN_S) for each in commands]}


def start(context: StepContext) -> Result:
    """The new container proves this village and this release by its health answer."""
    job, engine = context.job, context.tools.engine
    name, spec = run_container(context)
    socket = job.paths.socket_of(spec.sha256)
    try:
        answer = verify.wait_for_health(
            job.recipe, job.place, job.release, socket, timeout_s=HEALTHY_WITHIN_S
        )
    except StepFailed as error:
        error.log_tail = error.log_tail or engine.last_log_lines(name)
        raise
    return {"container": name, "spec_sha256": spec.sha256, "health": answer}


def verify_all(context: StepContext) -> Result:
    """Every page answers inside, and the neighbours on the database are as well as before."""
    proof = each(_verify_pages, AT_ONCE)(context)
    if not _changes_database(context):
        return proof
    wrong = wrong_bystanders(load_bystanders(context.job))
    known = context.results.get("check", {}).get("ill_before", ())
    broken = {name: why for name, why in wrong.items() if name not in known}
    if broken:
        name, why = next(iter(broken.items()))
        raise StepFailed(
            f"{name} tidak sehat lagi di atas basis data yang baru: {why}",
            hint="Perbarui atau periksa dahulu aplikasi itu; rilis ini belum cocok dengannya.",
        )
    return proof


def _verify_pages(context: StepContext) -> Result:
    """Its pages answer on its own socket; a failure carries the container's last words too."""
    try:
        return verify_instance(context)
    except StepFailed as error:
        last = context.tools.engine.last_log_lines(str(context.results["start"]["container"]))
        error.log_tail = f"{error.log_tail}\n{last}".strip()
        raise


def switch(context: StepContext) -> Result:
    """All visitors who waited go on, to the new containers; everything is led over at once."""
    contexts = member_contexts(context)
    for one in contexts:
        lead_to(one, str(one.results["start"]["spec_sha256"]))
    if _changes_database(context):
        let_bystanders_on(load_bystanders(context.job))
    now = time.time()
    held_at = float(context.results.get("hold", {}).get("held_at", now))
    return {"links": len(contexts), "held_s": round(now - held_at, 3)}


def record(context: StepContext) -> Result:
    """A version record for every member, all in one transaction."""
    pairs = [(one.job, one.results) for one in member_contexts(context)]
    return {"version_records": record_versions(pairs)}


def retire(context: StepContext) -> Result:
    """The container of the release before rests, for a fast return; older ones are gone."""
    old = context.job.paths.container(str((led(context) or {}).get("old_spec_sha256", "")))
    keep = str(context.results["start"]["container"])
    removed = remove_others(context, keep, keep_stopped=old)
    drop_copies(context.job.paths)
    return {
        "removed": removed,
        "resting": old,
        "forgotten": forget_older(context, _return_point(context)),
    }


def _return_point(context: StepContext) -> int:
    """The operation whose kept files the next return would need; 0 after a return."""
    is_update = context.job.kind == OperationKind.UPDATE
    return context.job.operation_id if is_update else 0


def check_return(context: StepContext) -> Result:
    """There is room for a return, and every member can be led back."""
    _ensure_way_back(context)
    return each(_check_member)(context)


def _check_member(context: StepContext) -> Result:
    """The last update's snapshot is whole, and led away from just this release."""
    job = context.job
    kept = before(context)
    if not context.tools.engine.has_image(job.digest):
        raise StepErrored(f"Citra rilis {job.release.version} sudah tidak ada di server.")
    found = last_update(context.members[0].instance_id)
    results = {step.name: dict(step.result) for step in found.steps} if found else {}
    update_id, led_to = (found.id, found.release_id) if found else (0, None)
    db.session.rollback()
    if wrong := wrong_snapshot(results.get("check", {}).get("whose"), _whose(context)):
        raise StepErrored(wrong, hint=NO_RETURN_HINT)
    if found and led_to != kept["old_release_id"]:
        raise StepErrored(
            "Pembaruan terakhir yang berhasil bukan yang membawa ke versi yang melayani sekarang.",
            hint=NO_RETURN_HINT,
        )
    taken, was = results.get("snapshot", {}), _own_part(results.get("warm", {}), job.instance_id)
    if was.get("old_release_id") != job.release_id:
        raise StepErrored(
            f"Tidak ada pembaruan dari versi {job.release.version} yang dapat dibalik.",
            hint="Hanya pembaruan terakhir yang dapat dibalik dengan salinannya.",
        )
    source = str(taken.get("file", ""))
    if source and (not Path(source).is_file() or sha256_of(Path(source)) != taken.get("sha256")):
        raise StepErrored("Salinan sebelum pembaruan hilang atau berubah; tidak dipakai.")
    noted = {name: taken.get(name) for name in ("bytes", "sha256", "tables")}
    return {"file": source, **noted, "update_id": update_id, **kept}


def wrong_snapshot(was: dict[str, Any] | None, now: dict[str, Any]) -> str:
    """Why the snapshot isn't of what would be returned now; empty when it is, or nothing is told.

    (Updates of before this was noted tell nothing; they are judged by their release alone.)
    """
    if not was or was == now:
        return ""
    if was["group_id"] != now["group_id"]:
        return "Sejak pembaruan itu basis datanya berganti: salinannya milik basis data lain."
    return "Sejak pembaruan itu ada desa yang masuk ke atau keluar dari basis data gabungan ini."


def prepare_return(context: StepContext) -> Result:
    """The files of the release before, and its container awake beside the one that serves.

    Nobody is led to it and none of its pages is asked, so it can change nothing. A container that
    doesn't wake is no finding here: the way back goes on and `start` tells it.
    """
    written = prepare_files(context)
    try:
        _, spec = run_container(context)
    except StepFailed as error:
        return {**written, "warmed": {"note": f"belum menyala: {error.message}"[:300]}}
    socket = context.job.paths.socket_of(spec.sha256)
    return {**written, "warmed": wait_and_warm_up(context.job, socket)}


def _own_part(result: dict[str, Any], instance_id: int) -> dict[str, Any]:
    return result.get("members", {}).get(str(instance_id), {}) if "members" in result else result


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
    """Database and files are as they were before the last update."""
    kept = member_contexts(context)[0].results["check_return"]
    if not kept["file"]:
        return {"skipped": "basis data milik produk lain"}
    if is_changed(context):
        bring_back(context)
    mark_changed(context)
    restore_file(context, Path(str(kept["file"])), kept)
    changed = sum(
        put_files_back_from(one, int(kept["update_id"])) for one in member_contexts(context)
    )
    return {"file": kept["file"], "files": changed, "readers": let_readers_read(context.job)}


_SERVE: dict[str, Callable[[StepContext], Result]] = {
    "start": each(start, AT_ONCE),
    "verify": verify_all,
    "compare": compare_content,
    "switch": switch,
    "outside": each(verify_outside, AT_ONCE),
    "record": record,
    "retire": each(retire, AT_ONCE),
}

UPDATE: dict[str, Callable[[StepContext], Result]] = {
    "check": check_update,
    "files": each(prepare_files),
    "warm": each(warm, AT_ONCE),
    "copies": each(take_page_copies),
    "hold": hold,
    "snapshot": snapshot_and_count,
    "count": count_content,
    "migrate": migrate,
    "prepare": each(prepare, AT_ONCE),
    **_SERVE,
}

RETURN: dict[str, Callable[[StepContext], Result]] = {
    "check_return": check_return,
    "files": each(prepare_return, AT_ONCE),
    "hold": hold,
    "snapshot": snapshot,
    "restore": restore,
    **{name: step for name, step in _SERVE.items() if name != "compare"},
}
