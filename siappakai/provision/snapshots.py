"""Touch: an operation's own dump of the database, and bringing the database back to it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from siappakai.errors import StepErrored
from siappakai.provision import files
from siappakai.provision.file_view_tree import settle
from siappakai.provision.members import MOVING
from siappakai.provision.restore import restore_database
from siappakai.provision.step_context import Result, StepContext


def keep_folder(context: StepContext) -> Path:
    """Where what this operation may have to bring back is kept: its instance's, or its group's."""
    job = context.job
    is_group = job.group.is_combined and job.kind in MOVING and not job.recipe.database.shared_with
    name = f"kelompok-{job.group.id}" if is_group else job.paths.key
    return job.server.paths.root / "salinan" / name


def snapshot_path(context: StepContext) -> Path:
    return keep_folder(context) / f"operasi-{context.job.operation_id}.sql"


def snapshot(context: StepContext) -> Result:
    """A whole dump of the database as it is now; another product's database is left alone."""
    job = context.job
    if job.recipe.database.shared_with:
        return {"file": "", "reason": "basis data milik produk lain"}
    if job.group.is_combined and job.kind not in MOVING:
        raise StepErrored(
            "Desa ini berada di basis data gabungan.",
            hint="Basis data gabungan dikerjakan sekaligus untuk semua desanya, tidak satu-satu.",
        )
    target = snapshot_path(context)
    _make_folder(target.parent)
    if is_changed(context):  # after a crash: never over what proves the old state
        return {"file": str(target), "sha256": sha256_of(target), "bytes": target.stat().st_size}
    dump = context.tools.databases.dump(job.place.database.name, target)
    return {
        "file": str(target),
        "sha256": dump.sha256,
        "bytes": dump.size_bytes,
        "tables": dump.table_count,
    }


def _make_folder(folder: Path) -> None:
    """The folder and the one above it are there, also after a power cut."""
    files.make_dir(folder, uid=0, gid=0, mode=0o700)
    settle(folder.parent, "")
    settle(folder.parent.parent, "")


def mark_changed(context: StepContext) -> None:
    """From now on the database may differ from the operation's snapshot, says the disk too.

    A mark lost in a power cut would let a half-migrated database be migrated once more.
    """
    mark = changed_mark(snapshot_path(context))
    mark.touch(mode=0o600)
    settle(mark.parent, mark.name)
    settle(mark.parent, "")


def is_changed(context: StepContext) -> bool:
    return changed_mark(snapshot_path(context)).exists()


def bring_back(context: StepContext) -> bool:
    """The database is as the snapshot has it; False when it never changed.

    StepErrored, with the database untouched, when the dump is not the one that was taken.
    """
    if not is_changed(context):
        return False
    target = snapshot_path(context)
    restore_file(context, target, context.results.get("snapshot", {}))
    changed_mark(target).unlink()
    return True


def restore_file(context: StepContext, source: Path, taken: Mapping[str, Any]) -> None:
    """Put a dump of ours in the place of the instance's database, after proving it beside it.

    `taken` is what was noted of it when it was made: `bytes`, `sha256`, `tables`, as far as known.
    """
    _prove_same(source, taken)
    job, tables = context.job, taken.get("tables")
    restore_database(
        context.tools.databases, job.place.database, job.recipe.database, source, tables
    )


def _prove_same(source: Path, taken: Mapping[str, Any]) -> None:
    if not source.is_file():
        raise StepErrored(f"Salinan {source.name} tidak ada di server.")
    size, sha256 = taken.get("bytes"), taken.get("sha256")
    is_same = size is None or source.stat().st_size == size
    if not is_same or (sha256 and sha256_of(source) != sha256):
        raise StepErrored(
            f"Salinan {source.name} rusak: isinya bukan yang dicatat ketika dibuat.",
            hint="Basis data belum disentuh. Periksa disk server dan taruh kembali salinan yang "
            "utuh dari cadangan, lalu tekan Coba lagi.",
        )


def sha256_of(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def changed_mark(target: Path) -> Path:
    """The file that says, while its operation is under way, that the database may differ."""
    return target.with_name(target.name + ".diubah")


def snapshot_group(context: StepContext) -> Result:
    """A whole dump of the instance's database, with every village in it; they go on serving."""
    job = context.job
    folder = job.server.paths.root / "salinan" / f"kelompok-{job.group.id}"
    _make_folder(folder)
    target = folder / f"operasi-{job.operation_id}.sql"
    dump = context.tools.databases.dump(job.place.database.name, target)
    return {"file": str(target), "sha256": dump.sha256, "tables": dump.table_count}


SNAPSHOT: dict[str, Callable[[StepContext], Result]] = {"group_snapshot": snapshot_group}
