"""`siappakai desa` and `siappakai wilayah`: a list comes in and is installed, without a browser."""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
from sqlalchemy import select

from siappakai.cli import with_app
from siappakai.cli.start_choice import choose_start
from siappakai.errors import InvalidInput, NotFound
from siappakai.intake.save import check_picked, check_upload, save_batch
from siappakai.models import (
    Batch,
    BatchRow,
    Operation,
    OperationState,
    append_event,
    db,
    read_setting,
    transaction,
    write_setting,
)
from siappakai.provision.progress import batch_progress
from siappakai.provision.start import plan_batch, start_batch
from siappakai.regions import find_regency

BY = "baris perintah"


def register(main: click.Group) -> None:
    main.add_command(villages)
    main.add_command(regions)


@click.group("wilayah")
def regions() -> None:
    """Kabupaten/kota yang dikelola panel ini."""


@regions.command("pilih")
@click.argument("kode")
@with_app
def choose_regency(kode: str) -> None:
    """Pilih kabupaten/kota yang dikelola, misalnya 73.05."""
    regency = find_regency(kode)
    if regency is None:
        raise NotFound(f"Kode kabupaten/kota {kode} tidak ada dalam daftar resmi.")
    with transaction():
        write_setting("regency_code", regency.code, by=BY)
        append_event("regency_chosen", f"regency:{regency.code}", by=BY)
    click.echo(f"Wilayah: {regency.name} ({regency.dotted}).")


@click.group("desa")
def villages() -> None:
    """Daftar desa: periksa, simpan, pasang."""


@dataclass(frozen=True, slots=True)
class InstallOptions:
    """What to install, named as on the command line."""

    rilis: tuple[str, ...]
    gabungan: str
    pasang: bool
    tunggu: bool


def _install_options(command: click.decorators.FC) -> click.decorators.FC:
    for option in (
        click.option(
            "--rilis",
            multiple=True,
            help="Misalnya opensid:2410.0.0; boleh berulang. Baku: terbaru tiap aplikasi desa.",
        ),
        click.option(
            "--gabungan", default="", help="Nama basis data gabungan OpenSID; dibuat bila baru."
        ),
        click.option("--pasang", is_flag=True, help="Langsung pasang setelah disimpan."),
        click.option("--tunggu", is_flag=True, help="Tunggu sampai semua selesai."),
    ):
        command = option(command)
    return command


@villages.command("unggah")
@click.argument("berkas", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--kabupaten", default=None, help="Kode kabupaten/kota; baku: yang dipilih.")
@_install_options
@with_app
def upload(
    berkas: Path,
    kabupaten: str | None,
    **options: Any,
) -> None:
    """Periksa dan simpan daftar desa dari CSV, XLSX, atau ODS."""
    content = berkas.read_bytes()
    batch = check_upload(str(uuid.uuid4()), berkas.name, content, _regency(kabupaten), by=BY)
    _save_and_install(batch.id, InstallOptions(**options))


@villages.command("pilih")
@click.option("--kecamatan", "districts", multiple=True, required=True, help="Boleh berulang.")
@click.option("--kabupaten", default=None)
@click.option("--jumlah", type=int, default=None, help="Hanya sekian desa pertama.")
@_install_options
@with_app
def pick(
    districts: tuple[str, ...],
    kabupaten: str | None,
    jumlah: int | None,
    **options: Any,
) -> None:
    """Ambil desa satu kecamatan dari daftar resmi, tanpa berkas."""
    batch = check_picked(str(uuid.uuid4()), _regency(kabupaten), districts, by=BY)
    if jumlah is not None:
        _keep_first(batch.id, jumlah)
    _save_and_install(batch.id, InstallOptions(**options))


def _keep_first(batch_id: int, count: int) -> None:
    with transaction():
        batch = db.session.get_one(Batch, batch_id)
        rows = list(
            db.session.scalars(
                select(BatchRow).filter_by(batch_id=batch_id).order_by(BatchRow.row_number)
            )
        )
        for row in rows[count:]:
            db.session.delete(row)
        batch.row_count = min(len(rows), count)


def _save_and_install(batch_id: int, options: InstallOptions) -> None:
    _tell_wrong_rows(batch_id)
    saved = save_batch(batch_id, by=BY)
    click.echo(
        f"Daftar {batch_id}: {saved.added} baru, {saved.changed} berubah, "
        f"{saved.same} sama, {saved.wrong} salah."
    )
    choice = choose_start(options.rilis, options.gabungan)
    if not options.pasang:
        plan = plan_batch(batch_id, choice)
        click.echo(f"Rencana: {plan.install_count} dipasang, {plan.keep_count} tetap.")
        return
    started = start_batch(batch_id, choice=choice, by=BY)
    click.echo(
        f"Rencana: {started.started} dipasang, {started.kept} tetap, {started.blocked} terhalang."
    )
    if options.tunggu:
        _wait(batch_id)


def _tell_wrong_rows(batch_id: int) -> None:
    rows = db.session.scalars(
        select(BatchRow).filter_by(batch_id=batch_id, status="salah").order_by(BatchRow.row_number)
    ).all()
    for row in rows[:50]:
        for problem in row.problems:
            click.echo(f"  baris {row.row_number}: {problem['message']} {problem['fix']}", err=True)
    if len(rows) > 50:
        click.echo(f"  … dan {len(rows) - 50} baris salah lainnya", err=True)


def _wait(batch_id: int) -> None:
    """Show progress until every operation has finished; exit code 1 if any did not succeed."""
    shown = ""
    while True:
        db.session.rollback()
        progress = batch_progress(batch_id)
        left = f", sisa ±{progress.eta_s:.0f} detik" if progress.eta_s else ""
        line = f"  {progress.succeeded}/{progress.total} selesai, {progress.failed} gagal{left}"
        if line != shown:
            click.echo(line)
            shown = line
        if progress.finished >= progress.total:
            break
        time.sleep(1)
    _tell_failures(batch_id)


def _tell_failures(batch_id: int) -> None:
    stopped = db.session.scalars(
        select(Operation).where(
            Operation.batch_id == batch_id, Operation.state != OperationState.SUCCEEDED
        )
    ).all()
    for operation in stopped:
        click.echo(
            f"  {operation.instance.scope_code}: {operation.error_message}\n"
            f"    {operation.error_log_tail[-800:]}\n    {operation.error_hint}",
            err=True,
        )
    if stopped:
        raise click.exceptions.Exit(1)


def _regency(given: str | None) -> str:
    code = (given or read_setting("regency_code", "")).replace(".", "")
    if find_regency(code) is None:
        raise InvalidInput(
            "Kabupaten/kota belum dipilih.", hint="Jalankan: siappakai wilayah pilih 73.05"
        )
    return code
