"""Touch: one village's rows leave a combined database as a file, and come back into their place."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from siappakai.combined.export import export_village
from siappakai.combined.restore import restore_village
from siappakai.errors import StepErrored
from siappakai.provision import files, verify
from siappakai.provision.come_back import before
from siappakai.provision.holding import hold_own
from siappakai.provision.install_steps import switch, verify_instance, verify_outside
from siappakai.provision.refresh_steps import forget
from siappakai.provision.step_context import Result, StepContext

FILE_ENDING = ".desa.gz"


def exports_folder(context: StepContext) -> Path:
    return context.job.server.paths.root / "ekspor" / context.job.paths.key


def export_rows(context: StepContext) -> Result:
    """The village's rows as they are now, in a file that only root reads."""
    job = context.job
    if not job.group.is_combined:
        raise StepErrored(
            "Desa ini tidak berada di basis data gabungan.",
            hint="Basis data terpisah disalin seluruhnya oleh pembaruan dan pencadangan.",
        )
    folder = exports_folder(context)
    files.make_dir(folder, uid=0, gid=0, mode=0o700)
    target = folder / f"operasi-{job.operation_id}{FILE_ENDING}"
    target.unlink(missing_ok=True)
    report = export_village(
        context.tools.databases, job.place.database.name, job.place.region.code, target
    )
    return {"file": str(target), "bytes": report.size_bytes, "seconds": round(report.seconds, 2)}


def check_file(context: StepContext) -> Result:
    """The chosen file is one of this village's own exports; what serves now is remembered."""
    source = Path(str(context.job.parameters.get("file", "")))
    if source.parent != exports_folder(context) or not source.is_file():
        raise StepErrored(
            "Berkas ekspor itu tidak ada di server.", hint="Pilih berkas dari daftar ekspor desa."
        )
    return {"file": str(source), **before(context)}


def put_rows_back(context: StepContext) -> Result:
    """The village's rows are those of the file; every other row is proven unchanged."""
    source = Path(str(context.results["check_file"]["file"]))
    return _replace_rows(context, source)


def _replace_rows(context: StepContext, source: Path) -> Result:
    name = context.job.place.database.name
    report = restore_village(context.tools.databases, name, source, replace=True)
    return {"rows": report.rows, "torn": dict(report.torn), "seconds": round(report.seconds, 2)}


def find_running(context: StepContext) -> Result:
    """The container that served before still runs; nothing new is started."""
    job = context.job
    serving = str(context.results["check_file"]["old_spec_sha256"])
    name = job.paths.container(serving)
    if context.tools.engine.find_container(name) is None:
        raise StepErrored(
            "Wadah aplikasi ini bukan yang tercatat.", hint="Periksa dengan `siappakai keadaan`."
        )
    answer = verify.wait_until_healthy(job, job.paths.socket_of(serving))
    return {"container": name, "spec_sha256": serving, "health": answer}


def undo_rows(context: StepContext) -> Result:
    """The rows of before the restore, and the link, are back; proven from outside."""
    job = context.job
    taken, led = context.results.get("export"), context.results.get("check_file")
    if led is None:
        return {"changed": "tidak ada"}
    rows = _replace_rows(context, Path(str(taken["file"]))) if taken else {}
    files.switch_link(job.paths.current, job.paths.link_target(str(led["old_spec_sha256"])))
    return {"rows": dict(rows), "pages": verify.prove_pages_outside(job)}


EXPORT: dict[str, Callable[[StepContext], Result]] = {"export": export_rows}

RESTORE: dict[str, Callable[[StepContext], Result]] = {
    "check_file": check_file,
    "hold": hold_own,
    "export": export_rows,
    "rows": put_rows_back,
    "start": find_running,
    "forget": forget,
    "verify": verify_instance,
    "switch": switch,
    "outside": verify_outside,
}
