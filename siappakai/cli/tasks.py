"""Following a task from the command line: its lines as they come, and how it ended."""

from __future__ import annotations

import time

import click

from siappakai.models import ACTIVE, OperationState, db
from siappakai.tasks.order import get_task

EVERY_S = 0.5


def follow_task(task_id: int) -> None:
    """Tell the lines as the worker writes them; exit code 1 when it did not succeed."""
    told: list[str] = []
    while True:
        db.session.rollback()
        task = get_task(task_id)
        lines = task.lines.splitlines()
        for line in lines[_same(told, lines) :]:
            click.echo(f"  {line}")
        told = lines
        if task.state not in ACTIVE:
            break
        time.sleep(EVERY_S)
    if task.state != OperationState.SUCCEEDED:
        click.echo(f"{task.state}: {task.error_message}\n{task.error_hint}", err=True)
        raise click.exceptions.Exit(1)


def _same(told: list[str], lines: list[str]) -> int:
    """How many of the lines were told already, old ones having fallen away at the front."""
    for start in range(len(told) + 1):
        rest = told[start:]
        if lines[: len(rest)] == rest:
            return len(rest)
    return 0
