"""Touch: what served before serves again: database, files, containers, route, each proven."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from siappakai.errors import SiapPakaiError, StepErrored, StepFailed, Unavailable
from siappakai.models import Instance, Release, db, transaction
from siappakai.provision import verify
from siappakai.provision.containers import remove_others
from siappakai.provision.holding import hold_all, lead_to, let_bystanders_on
from siappakai.provision.install_steps import run_container
from siappakai.provision.job import Job, release_facts
from siappakai.provision.kept_files import bring_files_again, end_commands, put_files_back
from siappakai.provision.members import in_threads, load_bystanders, member_contexts
from siappakai.provision.snapshots import bring_back, is_changed
from siappakai.provision.step_context import Result, StepContext

AT_ONCE = 3
PATIENCE_S = 30
PAUSE_S = 1


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


def led(context: StepContext) -> Result | None:
    """What `before` said of this instance when the operation began, if it came so far."""
    return context.results.get("warm") or context.results.get("check_return") or None


def come_back(context: StepContext) -> Result:
    """Everything serves what it served before, proven again; visitors wait, they see no error.

    Needs nothing of the release that failed. One instance that can't come back doesn't keep the
    others waiting: they serve, and the error names it.
    """
    contexts = [each for each in member_contexts(context) if led(each)]
    if not contexts:
        return {"changed": "tidak ada"}
    bystanders = load_bystanders(context.job)
    if is_changed(context):
        hold_all(context, bystanders)
        end_commands(context)
        bring_back(context)
    for each in contexts:
        _bring_files_back(each)
    errors = _try_all(_serve_old, contexts)
    for each, error in zip(contexts, errors, strict=True):
        if error is None:
            lead_to(each, _old_sha256(each))
    let_bystanders_on(bystanders)
    errors = [error or outside for error, outside in _prove_outside(contexts, errors)]
    _tell(contexts, errors)
    _want_old_again(contexts)
    removed = [name for each in contexts for name in remove_others(each, keep=_old_name(each))]
    return {"containers": [_old_name(each) for each in contexts], "removed": removed}


def _want_old_again(contexts: list[StepContext]) -> None:
    """What should run is what runs: nobody else tries the failed release again by itself."""
    with transaction():
        for each in contexts:
            instance = db.session.get_one(Instance, each.job.instance_id)
            instance.wanted_release_id = instance.recorded_release_id


def _bring_files_back(context: StepContext) -> None:
    """What its commands wrote is undone; a return brings again what it had undone itself."""
    put_files_back(context)
    update_id = (led(context) or {}).get("update_id")
    if update_id:
        bring_files_again(context, int(update_id))


def _try_all(
    work: Callable[[StepContext], Any], contexts: list[StepContext]
) -> list[SiapPakaiError | None]:
    def attempt(context: StepContext) -> SiapPakaiError | None:
        try:
            work(context)
        except SiapPakaiError as error:
            return error
        return None

    return in_threads(attempt, contexts, AT_ONCE if len(contexts) > 1 else 1)


def _serve_old(context: StepContext) -> None:
    """The container that served before runs and proves itself on its own socket."""
    old = _old_job(context)
    try:
        context.tools.engine.start(_old_name(context))
    except StepFailed:
        _make_again(context, old)
    socket = old.paths.socket_of(_old_sha256(context))
    _patiently(context, lambda: verify.wait_until_healthy(old, socket))
    _patiently(context, lambda: verify.prove_pages_inside(old, socket))


def _patiently(context: StepContext, prove: Callable[[], Any]) -> None:
    """A proof that fails while MariaDB is away says nothing of the old release: it waits for it.

    Unavailable when MariaDB is still away: then the whole way back is tried again, without end.
    """
    deadline = time.monotonic() + PATIENCE_S
    while True:
        try:
            prove()
            return
        except StepFailed:
            context.tools.databases.ping()
            if time.monotonic() > deadline:
                raise
        time.sleep(PAUSE_S)


def _make_again(context: StepContext, old: Job) -> None:
    """The old container was removed by somebody: an equal one is made, or StepErrored."""
    name, spec = run_container(replace(context, job=old))
    if spec.sha256 != _old_sha256(context):
        context.tools.engine.remove(name)
        raise StepErrored(
            f"Wadah lama {_old_name(context)} hilang dan tidak dapat dibuat sama.",
            hint="Pengaturannya berubah sejak itu. Hubungi pengelola; data desa utuh.",
        )


def _prove_outside(
    contexts: list[StepContext], errors: list[SiapPakaiError | None]
) -> list[tuple[SiapPakaiError | None, SiapPakaiError | None]]:
    def prove(context: StepContext) -> None:
        old = _old_job(context)
        _patiently(context, lambda: verify.prove_pages_outside(old))

    return list(zip(errors, _try_all(prove, contexts), strict=True))


def _tell(contexts: list[StepContext], errors: list[SiapPakaiError | None]) -> None:
    """Raise when anything is not back; Unavailable, to be tried again, when that may help."""
    stuck = [
        (context.job.place.region.name, error)
        for context, error in zip(contexts, errors, strict=True)
        if error is not None
    ]
    if not stuck:
        return
    names = ", ".join(name for name, _ in stuck[:5])
    kind = Unavailable if any(isinstance(one, Unavailable) for _, one in stuck) else StepErrored
    raise kind(
        f"{len(stuck)} dari {len(contexts)} belum kembali ({names}): {stuck[0][1].message}",
        hint="Perbaiki sebabnya, lalu tekan Coba lagi: operasi ini meneruskan jalan kembalinya.",
        log_tail=stuck[0][1].log_tail,
    )


def _old_sha256(context: StepContext) -> str:
    return str((led(context) or {})["old_spec_sha256"])


def _old_name(context: StepContext) -> str:
    return context.job.paths.container(_old_sha256(context))


def _old_job(context: StepContext) -> Job:
    """The job as the old release sees it: what its health and pages must say."""
    release = db.session.get_one(Release, int((led(context) or {})["old_release_id"]))
    old = replace(
        context.job, release=release_facts(release), release_id=release.id, digest=release.digest
    )
    db.session.rollback()
    return old
