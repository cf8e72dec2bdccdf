"""Touch: the containers of one instance beside the one that serves."""

from __future__ import annotations

import shutil

from siappakai.provision.step_context import StepContext


def others(context: StepContext, keep: str) -> list[str]:
    """Names of the instance's serving containers other than `keep`."""
    found = context.tools.engine.list_containers(instance=str(context.job.instance_id))
    return [
        each.name for each in found if each.name != keep and "siappakai.one_off" not in each.labels
    ]


def remove_others(context: StepContext, keep: str, keep_stopped: str = "") -> list[str]:
    """Every other container has ended its work and is gone; `keep_stopped` only rests."""
    removed = []
    for name in others(context, keep):
        context.tools.engine.stop(name)
        if name == keep_stopped:
            continue
        context.tools.engine.remove(name)
        shutil.rmtree(context.job.paths.run / name.rpartition("-")[2], ignore_errors=True)
        removed.append(name)
    return removed
