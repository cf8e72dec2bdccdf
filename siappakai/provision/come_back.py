"""Touch: what served before serves again: database, files, containers, route, each proven."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any

from siappakai.errors import SiapPakaiError, StepErrored, StepFailed, Unavailable
from siappakai.models import Instance, Release, db, transaction
from siappakai.provision import verify
from siappakai.provision.containers import remove_others
from siappakai.provision.held_time import AT_ONCE
from siappakai.provision.holding import hold_all, lead_to, let_bystanders_on
from siappakai.provision.install_steps import run_container
from siappakai.provision.job import Job, release_facts
from siappakai.provision.kept_files import bring_files_again, end_commands, put_files_back
from siappakai.provision.members import in_threads, load_bystanders, member_contexts
from siappakai.provision.snapshots import bring_back, is_changed
from siappakai.provision.step_context import Result, StepContext

PATIENCE_S = 30
PAGES_PATIENCE_S = 5
PAUSE_S = 1


def before(context: StepContext) -> dict[str, Any]:
    """What serves now, to be come back to: its release, the hash of its container, its health."""
    instance = db.session.get_one(Instance, context.job.instance_id)
    release_id, sha256 = instance.recorded_release_id, instance.recorded_spec_sha256
    db.session.rollback()
    if not sha256 or release_id is None:
        raise StepErrored("Belum ada versi yang terbukti berjalan di sini.")
    wrong = _wrong_health(_job_of(context, release_id), sha256)
    return {"old_release_id": release_id, "old_spec_sha256": sha256, "was_ill": wrong}


def _wrong_health(job: Job, spec_sha256: str) -> str:
    answer = verify.ask_health(job.recipe, job.place, job.paths.socket_of(spec_sha256))
    if answer is None:
        return "tidak menjawab"
    return job.recipe.wrong_health(answer, job.place, job.release)


def refuse_hopeless(context: StepContext) -> None:
    """StepFailed when what visitors get now lacks a text that the new release must show too.

    A page that answers with another status is no reason: the new release may mend it. Unavailable
    when nobody can look from outside (no answer, a bad certificate): nothing is changed then.
    """
    instance = db.session.get_one(Instance, context.job.instance_id)
    release_id = instance.recorded_release_id
    db.session.rollback()
    if release_id is None:
        return
    for probe, answer in verify.ask_outside(_job_of(context, release_id)):
        if answer.status == probe.status and (wrong := verify.wrong_answer(probe, answer)):
            raise StepFailed(
                f"Halaman {probe.path} yang melayani sekarang {wrong}; versi baru akan ditolak "
                "karena hal yang sama.",
                hint="Samakan nama di aplikasi itu dengan nama di panel, lalu Coba lagi. "
                "Belum ada yang diubah.",
            )


def led(context: StepContext) -> Result | None:
    """What `before` said of this instance when the operation began, if it came so far."""
    return context.results.get("warm") or context.results.get("check_return") or None


def come_back(context: StepContext) -> Result:
    """Everything serves what it served before, proven again; visitors wait, they see no error.

    Needs nothing of the release that failed. One instance that can't come back doesn't keep the
    others waiting: they serve, and the error names it. Visitors are led to what is healthy again
    even when a page of it isn't as it should be: so it was before, and `complaint` tells it.
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
    _tell(contexts, errors)
    complaint = _first_complaint(contexts, _try_all(_prove_pages, contexts))
    _want_old_again(contexts)
    removed = [name for each in contexts for name in remove_others(each, keep=_old_name(each))]
    names = [_old_name(each) for each in contexts]
    return {"containers": names, "removed": removed, "complaint": complaint}


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
    """The container that served before runs and is as healthy as it was, its pages compiled."""
    old = _old_job(context)
    try:
        context.tools.engine.start(_old_name(context))
    except StepFailed:
        _make_again(context, old)
    if (led(context) or {}).get("was_ill"):
        return
    socket = old.paths.socket_of(_old_sha256(context))
    _patiently(context, lambda: verify.wait_until_healthy(old, socket), PATIENCE_S)
    with suppress(StepFailed):
        _patiently(context, lambda: verify.prove_pages_inside(old, socket), PAGES_PATIENCE_S)


def _prove_pages(context: StepContext) -> None:
    """Its pages are what they should be, for a visitor; StepFailed says what they are instead."""
    old = _old_job(context)
    _patiently(context, lambda: verify.prove_pages_outside(old), PAGES_PATIENCE_S)


def _patiently(context: StepContext, prove: Callable[[], Any], patience_s: float) -> None:
    """A proof that fails while MariaDB is away says nothing of the old release: it waits for it.

    Unavailable only when MariaDB is still away: then the whole way back is tried again, without
    end. Whatever else keeps failing is StepFailed: waiting doesn't mend a name or a certificate.
    """
    deadline = time.monotonic() + patience_s
    while True:
        try:
            prove()
            return
        except (StepFailed, Unavailable) as error:
            context.tools.databases.ping()
            if time.monotonic() > deadline:
                raise StepFailed(error.message, hint=error.hint, log_tail=error.log_tail) from error
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


def _first_complaint(contexts: list[StepContext], errors: list[SiapPakaiError | None]) -> str:
    """What isn't right although everybody serves as before; Unavailable when nobody could look."""
    for each, error in zip(contexts, errors, strict=True):
        if isinstance(error, Unavailable):
            raise error
        if error is not None:
            return f"{each.job.place.region.name}: {error.message}"
    return ""


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
    return _job_of(context, int((led(context) or {})["old_release_id"]))


def _job_of(context: StepContext, release_id: int) -> Job:
    release = db.session.get_one(Release, release_id)
    found = replace(
        context.job, release=release_facts(release), release_id=release.id, digest=release.digest
    )
    db.session.rollback()
    return found
