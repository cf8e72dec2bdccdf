"""Touch: what an application's own commands write into its files can be taken back, and again.

A command works on a view of the files. What it wrote is brought to the real ones when it has ended
well; the originals are kept beside the operation's dump. The view of the last good update stays:
its contents are what a return that fails brings again.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from siappakai.provision.file_view import (
    FileView,
    ViewOrder,
    apply_changes,
    close_left_views,
    open_view,
    undo_changes,
    volatile_paths,
)
from siappakai.provision.job import Job
from siappakai.provision.step_context import (
    StepContext,
    command_container,
    run_command,
    wanted_container,
)

ENDING = ".berkas"
WORDS = ("pindah", "siap")  # in the order in which an update runs them


def run_kept(
    context: StepContext, command: tuple[str, ...], word: str, limit_s: int
) -> dict[str, Any]:
    """The command's answer; its changes to files are in place, and can be taken back.

    What an attempt before this one left is taken back first.
    """
    _take_back(context, context.job.operation_id, word)
    view = _open(context, context.job.operation_id, word)
    answer = run_command(context, command, word, limit_s, view.spec)
    keep = _keep(context.job, context.job.operation_id, word)
    applied = apply_changes(view, keep, volatile_paths(context.job.recipe, context.job.paths))
    return {**answer, "files_changed": applied.added + applied.changed + applied.deleted}


def end_commands(context: StepContext) -> None:
    """No command of an attempt before this one writes any more; a crash may have left it alive."""
    for job in context.members:
        for word in WORDS:
            context.tools.engine.remove(command_container(job, word))


def put_files_back(context: StepContext) -> int:
    """Nothing that this operation's commands wrote is left; how many paths that concerned."""
    number = context.job.operation_id
    return sum(_take_back(context, number, word) for word in reversed(WORDS))


def put_files_back_from(context: StepContext, update_id: int) -> int:
    """The files are as they were before that update; `bring_files_again` leads here again."""
    job = context.job
    return sum(undo_changes(_keep(job, update_id, word)) for word in reversed(WORDS))


def bring_files_again(context: StepContext, update_id: int) -> None:
    """The files are as that update left them: a return that failed ends where it began."""
    job = context.job
    for word in WORDS:
        if _keep(job, update_id, word).is_dir():
            view = _open(context, update_id, word)
            apply_changes(view, _keep(job, update_id, word), volatile_paths(job.recipe, job.paths))


def forget_older(context: StepContext, kept_id: int) -> list[str]:
    """Kept files and views of operations other than this one are gone; returns their names."""
    gone = []
    for folder in _keeps(context.job):
        number, _, word = folder.name.removesuffix(ENDING).removeprefix("operasi-").partition("-")
        if number != str(kept_id):
            _drop(context, int(number), word)
            gone.append(folder.name)
    return gone


def _take_back(context: StepContext, operation_id: int, word: str) -> int:
    count = undo_changes(_keep(context.job, operation_id, word))
    _drop(context, operation_id, word)
    return count


def _drop(context: StepContext, operation_id: int, word: str) -> None:
    name = _order(context, operation_id, word).name
    close_left_views(context.tools.engine, context.job.server.paths, beginning=name)
    shutil.rmtree(_keep(context.job, operation_id, word), ignore_errors=True)


def _open(context: StepContext, operation_id: int, word: str) -> FileView:
    return open_view(_order(context, operation_id, word))


def _order(context: StepContext, operation_id: int, word: str) -> ViewOrder:
    name = f"operasi-{operation_id}-{context.job.paths.key}-{word}"
    spec = wanted_container(context.job)
    return ViewOrder(context.tools.engine, context.job.server.paths, name, spec)


def _keeps(job: Job) -> Iterator[Path]:
    folder = job.server.paths.root / "salinan" / job.paths.key
    return folder.glob(f"operasi-*{ENDING}")


def _keep(job: Job, operation_id: int, word: str) -> Path:
    folder = job.server.paths.root / "salinan" / job.paths.key
    return folder / f"operasi-{operation_id}-{word}{ENDING}"
