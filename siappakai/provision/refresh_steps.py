"""Touch: a running instance gets changed files and settings; visitors notice nothing."""

from __future__ import annotations

from collections.abc import Callable

from siappakai.errors import StepFailed
from siappakai.models import Subscription, db, transaction
from siappakai.provision.containers import remove_others
from siappakai.provision.install_steps import prepare_files, start_instance, switch
from siappakai.provision.step_context import Result, StepContext, last_object
from siappakai.subscriptions.push import note_pushed
from siappakai.subscriptions.token import fingerprint_of


def write_token(context: StepContext) -> Result:
    """The application's own database holds the region's token, where it keeps one there."""
    job = context.job
    statements = job.recipe.token_statements(job.place)
    if statements:
        context.tools.databases.run(job.place.database.name, statements)
    return {"statements": len(statements)}


def forget(context: StepContext) -> Result:
    """What the application had cached of its settings is gone."""
    name = str(context.results["start"]["container"])
    commands = context.job.recipe.forget_commands()
    for command in commands:
        result = context.tools.engine.run_inside(name, command)
        if result.exit_code or not last_object(result.output).get("ok"):
            raise StepFailed(
                f"{context.job.recipe.label} belum membaca ulang pengaturannya.",
                hint="Baca keterangan di bawah, lalu tekan Coba lagi.",
                log_tail=(result.output + "\n" + result.errors)[-4000:],
            )
    return {"commands": len(commands)}


def note_token(context: StepContext) -> Result:
    """The rows say which token the instance has now, and by which container it serves."""
    job = context.job
    token = job.place.premium_token
    fingerprint = fingerprint_of(token.reveal()) if token is not None else ""
    with transaction():
        job.instance().recorded_spec_sha256 = str(context.results["start"]["spec_sha256"])
        if db.session.get(Subscription, job.place.region.code) is not None:
            note_pushed(job.instance_id, fingerprint, job.operation_id)
    return {"fingerprint": fingerprint}


def retire_old(context: StepContext) -> Result:
    """Only the container that serves now is left."""
    return {"removed": remove_others(context, keep=str(context.results["start"]["container"]))}


PUSH_TOKEN: dict[str, Callable[[StepContext], Result]] = {
    "files": prepare_files,
    "token": write_token,
    "start": start_instance,
    "switch": switch,
    "forget": forget,
    "pushed": note_token,
    "retire": retire_old,
}
