"""Touch: an instance leaves service with all its data kept, and comes into service again."""

from __future__ import annotations

from collections.abc import Callable

from siappakai.models import ObservedState, WantedState, transaction
from siappakai.provision import files
from siappakai.provision.containers import remove_others
from siappakai.provision.edge_routes import apply_edge
from siappakai.provision.install_steps import (
    prepare_files,
    record,
    route,
    start_instance,
    switch,
    verify_instance,
    verify_outside,
)
from siappakai.provision.snapshots import snapshot
from siappakai.provision.step_context import Result, StepContext
from siappakai.provision.village_rows_steps import export_rows


def keep_copy(context: StepContext) -> Result:
    """A copy of what the instance holds now: its database, or its village's rows."""
    job = context.job
    if job.group.is_combined and not job.recipe.database.shared_with:
        return export_rows(context)
    return snapshot(context)


def unroute(context: StepContext) -> Result:
    """The edge no longer knows its address; the instance's rows say that it left service."""
    with transaction():
        instance = context.job.instance()
        instance.wanted_state, instance.exposed_at = WantedState.REMOVED, None
    files.remove_link(context.job.paths.current)
    return apply_edge(context.job.server)


def stop(context: StepContext) -> Result:
    """No container of it is left; folders, files and the database stay where they are."""
    removed = remove_others(context, keep="")
    with transaction():
        instance = context.job.instance()
        instance.observed_state, instance.observed_answer = ObservedState.UNKNOWN, {}
    return {"removed": removed}


def close(context: StepContext) -> Result:
    """Its account can't log in any more; nothing was deleted."""
    user = context.job.place.database.user
    context.tools.databases.lock_account(user, locked=True)
    return {"locked": user}


def reopen(context: StepContext) -> Result:
    """Its account may log in again, and the rows say that it is wanted."""
    user = context.job.place.database.user
    context.tools.databases.lock_account(user, locked=False)
    with transaction():
        instance = context.job.instance()
        instance.wanted_state = WantedState.RUNNING
        instance.wanted_release_id = context.job.release_id
    return {"unlocked": user}


REMOVE: dict[str, Callable[[StepContext], Result]] = {
    "snapshot": keep_copy,
    "unroute": unroute,
    "stop": stop,
    "close": close,
}

REVIVE: dict[str, Callable[[StepContext], Result]] = {
    "files": prepare_files,
    "open": reopen,
    "start": start_instance,
    "verify": verify_instance,
    "switch": switch,
    "route": route,
    "outside": verify_outside,
    "record": record,
}
