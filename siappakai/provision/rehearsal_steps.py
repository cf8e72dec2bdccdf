"""Touch: an update tried on clones: database, files and container of its own, then thrown away.

The village goes on serving and is only read. A migration that fails is a rehearsal that succeeded:
what it found stands in the steps' results and, village by village, in the rehearsal's items.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from siappakai.errors import StepFailed
from siappakai.models import TemplateDump, db
from siappakai.products.balance import Files, Measured, compare
from siappakai.products.contract import DatabaseAccess
from siappakai.products.data_checks import Shape
from siappakai.provision import files
from siappakai.provision.balance import BalancePlace, folders_of, measure, place_of_job
from siappakai.provision.clones import clone_access, clone_database
from siappakai.provision.data_checks import CheckPlace, find_dirt, shape_of_template
from siappakai.provision.file_counts import DEPTH
from siappakai.provision.file_view import Change, Changes, changes, close_left_views, volatile_paths
from siappakai.provision.file_view_open import work_folder
from siappakai.provision.install_steps import check
from siappakai.provision.job import Job
from siappakai.provision.proof_steps import ADDITION, counted_by
from siappakai.provision.rehearsal_probe import probe_members
from siappakai.provision.rehearsal_stand import (
    Stand,
    grant_clone,
    make_stand,
    name_of,
    proof_of,
    throw_away,
)
from siappakai.provision.rehearsal_verdict import write_verdicts
from siappakai.provision.release_balance import Balance, balance_of
from siappakai.provision.room import ensure_room
from siappakai.provision.step_context import Result, StepContext, last_object
from siappakai.provision.update_steps import MIGRATE_WITHIN_S

LOG_TAIL = 6000


def check_rehearsal(context: StepContext) -> Result:
    """Image, MariaDB, and room for a dump and a clone are there; what it starts from."""
    job = context.job
    size = context.tools.databases.size_bytes(job.place.database.name)
    ensure_room(job.server.paths, size)
    found = check(context)
    instance = job.instance()
    release_id, version = instance.recorded_release_id, instance.recorded_release.version
    db.session.rollback()
    return {**found, "from_release_id": release_id, "from_version": version, "size_bytes": size}


def clone(context: StepContext) -> Result:
    """A clone holds what the database held at one moment; how long the dump and loading took."""
    facts = clone_database(
        context.tools.databases, context.job.place.database.name, access(context)
    )
    return asdict(facts)


def access(context: StepContext) -> DatabaseAccess:
    """The clone's account with a new password: none is ever kept."""
    return clone_access(context.job.place.database.name, str(context.job.operation_id))


def inspect(context: StepContext) -> Result:
    """What lies in the clone that a migration trips over, village by village."""
    job = context.job
    if not moves_database(job):
        return {"findings": []}
    place = CheckPlace(
        context.tools.databases,
        access(context).name,
        job.recipe.product,
        str(context.results["check_rehearsal"]["from_version"]),
        job.release.version,
        _shape(job, job.release_id),
        _shape(job, int(context.results["check_rehearsal"]["from_release_id"])),
        job.group.is_combined,
    )
    return {"findings": [each.to_json() for each in find_dirt(place)]}


def moves_database(job: Job) -> bool:
    """Whether the product migrates a database of its own."""
    return not job.recipe.database.shared_with


def _shape(job: Job, release_id: int) -> Shape | None:
    row = db.session.scalar(
        db.select(TemplateDump).filter_by(release_id=release_id, server_id=job.server.id)
    )
    path = job.server.paths.templates / row.file_name if row is not None else Path("/")
    db.session.rollback()
    return shape_of_template(path) if path.is_file() else None


def count(context: StepContext) -> Result:
    """Rows, sums and files of every village before the migration, and how long counting took."""
    started = time.monotonic()
    balance = balance_of(context.job.release_id)
    measured = measure(_place(context, balance)).to_json()
    took_s = round(time.monotonic() - started, 3)
    return {"measured": measured, ADDITION: balance.addition, "count_s": took_s}


def _place(context: StepContext, balance: Balance) -> BalancePlace:
    place = place_of_job(context.job, context.tools.databases, balance.contract)
    return replace(place, database=access(context).name) if place.database else place


def try_migration(context: StepContext) -> Result:
    """The new release's own migration ran on the clone, the same way as an update runs it.

    A clone that an attempt before this one may have changed is made anew first.
    """
    job = context.job
    again = _fresh_clone(context)
    close_left_views(context.tools.engine, job.server.paths, beginning=name_of(job))
    account = access(context)
    grant_clone(context.tools.databases, account, [job])
    started = time.monotonic()
    stand = make_stand(job, context.tools, account)
    opened_s = time.monotonic() - started
    proof = proof_of(stand, context.tools.databases)
    if not moves_database(job):
        return {**again, "ok": True, "proof": proof, "skipped": "basis data milik produk lain"}
    _mark(context).touch(mode=0o600)
    return {**again, "proof": proof, **_migrate(context, stand, opened_s)}


def _fresh_clone(context: StepContext) -> dict[str, Any]:
    """Nothing if the clone is as it was made; else a new one, counted anew."""
    if not _mark(context).exists():
        return {}
    facts = clone(context)
    measured = measure(_place(context, counted_by(context))).to_json()
    _mark(context).unlink()
    return {"clone": facts, "measured": measured}


def _mark(context: StepContext) -> Path:
    """There as soon as a migration may have begun to change the clone."""
    folder = work_folder(context.job.server.paths)
    files.make_dir(folder, uid=0, gid=0, mode=0o700)
    mark = folder / f"gladi-{context.job.operation_id}-diubah"
    files.make_dir(mark, uid=0, gid=0, mode=0o700)
    return mark / "ya"


def _migrate(context: StepContext, stand: Stand, opened_s: float) -> dict[str, Any]:
    """What an update measures as its migration: a view, the command, the files it changed."""
    job, engine = context.job, context.tools.engine
    limit_s = int(job.parameters.get("migrate_timeout_s") or MIGRATE_WITHIN_S)
    started_at, started = time.time(), time.monotonic()
    try:
        done = engine.run_once(
            stand.container("pindah"), stand.spec, job.recipe.upgrade_command(), limit_s
        )
    except StepFailed as error:
        if time.monotonic() - started < limit_s:
            raise  # Docker refused: nothing is known of the release
        context.tools.databases.kill_connections(stand.job.place.database.user)
        return _told(error, is_hanging=True, started_at=started_at, migrate_s=float(limit_s))
    answer = last_object(done.output)
    if done.exit_code or not answer.get("ok"):
        tail = (done.output + "\n" + done.errors)[-LOG_TAIL:]
        error = StepFailed(f"Perintah migrate gagal (kode {done.exit_code}).", log_tail=tail)
        seconds = time.monotonic() - started
        return _told(error, is_hanging=False, started_at=started_at, migrate_s=seconds)
    moved = changes(stand.view, volatile_paths(job.recipe, job.paths))
    migrate_s = opened_s + time.monotonic() - started
    return {
        "ok": True,
        "started_at": started_at,
        "migrate_s": round(migrate_s, 3),
        "program_s": answer.get("seconds"),
        "files": _moved_files(job, moved),
        "files_changed": len(moved.added) + len(moved.changed) + len(moved.deleted),
    }


def _told(
    error: StepFailed, *, is_hanging: bool, started_at: float, migrate_s: float
) -> dict[str, Any]:
    return {
        "ok": False,
        "is_hanging": is_hanging,
        "message": error.message,
        "log_tail": error.log_tail[-LOG_TAIL:],
        "started_at": started_at,
        "migrate_s": round(migrate_s, 3),
    }


def _moved_files(job: Job, moved: Changes) -> dict[str, list[int]]:
    """Folder → by how many files and bytes it grew (or, below zero, shrank)."""
    outer = {path: name for name, path in folders_of(job, job.paths.home).items()}
    found: dict[str, list[int]] = {}
    for one in moved.entries:
        path = moved.reals[one.part] / one.path
        root = next((each for each in outer if path.is_relative_to(each)), None)
        if root is None:
            continue
        below = path.parent.relative_to(root).parts if path != root else ()
        key = "/".join([outer[root], *below][:DEPTH])
        sums = found.setdefault(key, [0, 0])
        sums[0] += _is_file(one, after=True) - _is_file(one, after=False)
        sums[1] += _size(one, after=True) - _size(one, after=False)
    return {key: sums for key, sums in found.items() if any(sums)}


def _is_file(change: Change, *, after: bool) -> int:
    facts = change.after if after else change.before
    return int(facts is not None and facts.kind != "dir")


def _size(change: Change, *, after: bool) -> int:
    facts = change.after if after else change.before
    return facts.size if facts is not None and facts.kind == "file" else 0


def probe(context: StepContext) -> Result:
    """The new release answered on the clone, village by village, or what was wrong with it."""
    if not context.results["try_migration"]["ok"]:
        return {"skipped": "pemindahannya gagal"}
    return probe_members(context, access(context))


def compare_clone(context: StepContext) -> Result:
    """What the clone held before the migration and no longer holds, unless a contract says why."""
    tried = context.results["try_migration"]
    if not tried["ok"] or not moves_database(context.job):
        return {"losses": []}
    before = Measured.from_json(tried.get("measured") or context.results["count"]["measured"])
    balance = counted_by(context)
    after = replace(measure(_place(context, balance)), files=_files_after(context, before))
    version = str(context.results["check_rehearsal"]["from_version"])
    losses = compare(before, after, balance.contract, version, context.job.release.version)
    return {
        "losses": [
            {"key": each.key, "village_code": each.village_code, "sentence": each.sentence}
            for each in losses
        ]
    }


def _files_after(context: StepContext, before: Measured) -> dict[str, dict[str, Files]]:
    """The leader's files as its view has them; the others' were not touched by the migration."""
    job = context.job
    own = job.place.region.code if job.group.is_combined else ""
    folders = dict(before.files.get(own, {}))
    for name, (number, size) in context.results["try_migration"].get("files", {}).items():
        was = folders.get(name, Files(0, 0))
        folders[name] = Files(was.count + number, was.size_bytes + size)
    return {**before.files, own: folders}


def discard(context: StepContext) -> Result:
    """Clone, account, views, containers and folders of this rehearsal are gone."""
    job = context.job
    throw_away(context.tools, job.server.paths, job.operation_id, job.place.database.name)
    return {"gone": True}


REHEARSE: dict[str, Callable[[StepContext], Result]] = {
    "check_rehearsal": check_rehearsal,
    "clone": clone,
    "inspect": inspect,
    "count": count,
    "try_migration": try_migration,
    "probe": probe,
    "compare": compare_clone,
    "verdict": write_verdicts,
    "discard": discard,
}
