"""`siappakai gladi mulai | daftar | lihat | jeda | lanjut | hentikan | ulangi | batas`."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import click
from flask import current_app
from sqlalchemy import select

from siappakai.cli import with_app
from siappakai.cli.one_release import EDITION, find_release
from siappakai.models import Rehearsal, Verdict, db
from siappakai.products import RECIPES
from siappakai.provision.policies import find_instances
from siappakai.rollout import rehearsal_acts as acts
from siappakai.rollout.fingerprint import Cause
from siappakai.rollout.machine_share import MachineShare, read_share, set_share
from siappakai.rollout.rehearsal_summary import RehearsalSummary, VillageLine, summarise
from siappakai.rollout.rehearse import order_rehearsal

BY = "baris perintah"
COLOURS = {Verdict.GREEN: "green", Verdict.YELLOW: "yellow", Verdict.RED: "red"}
FINDINGS_SHOWN = 3


def register(main: click.Group) -> None:
    main.add_command(rehearsals)


@click.group("gladi")
def rehearsals() -> None:
    """Gladi bersih: coba rilis baru pada salinan data tiap desa."""


@rehearsals.command("mulai")
@click.argument("versi")
@click.argument("codes", metavar="[KODE]...", nargs=-1)
@click.option("--produk", type=click.Choice(sorted(RECIPES)), default="opensid")
@EDITION
@click.option("--kecamatan", "districts", multiple=True, help="Semua desanya.")
@click.option("--bersamaan", type=int, default=1, help="Berapa salinan dikerjakan bersamaan.")
@click.option("--mulai-pukul", type=click.DateTime(["%Y-%m-%d %H:%M", "%d-%m-%Y %H:%M"]))
@with_app
def begin(
    versi: str,
    codes: tuple[str, ...],
    produk: str,
    edisi: str | None,
    districts: tuple[str, ...],
    bersamaan: int,
    mulai_pukul: datetime | None,
) -> None:
    """Mulai gladi bersih rilis VERSI; tanpa KODE: semua desa yang dapat diperbarui."""
    ids = find_instances(codes, districts, produk) if codes or districts else None
    release_id = find_release(produk, versi, edisi).id
    db.session.rollback()
    number = order_rehearsal(
        produk, release_id, ids, at_once=bersamaan, not_before_at=_aware(mulai_pukul), by=BY
    )
    click.echo(f"Gladi bersih nomor {number} dimulai. Lihat: siappakai gladi lihat {number}")


def _aware(when: datetime | None) -> datetime | None:
    zone = current_app.extensions["siappakai_settings"].local_time_zone
    return None if when is None else when.replace(tzinfo=ZoneInfo(zone))


@rehearsals.command("daftar")
@with_app
def show_all() -> None:
    """Semua gladi bersih, yang terbaru dahulu."""
    ids = db.session.scalars(select(Rehearsal.id).order_by(Rehearsal.id.desc()).limit(20)).all()
    if not ids:
        click.echo("Belum ada gladi bersih.")
    for rehearsal_id in ids:
        seen = summarise(rehearsal_id)
        click.echo(
            f"{seen.rehearsal_id:>4}  {seen.product} {seen.version:<12} {seen.state:<11} "
            f"{seen.done}/{seen.total}  {seen.in_words}"
        )


@rehearsals.command("lihat")
@click.argument("nomor", type=int)
@with_app
def show(nomor: int) -> None:
    """Keadaan, sebab-sebab, dan temuan tiap desa."""
    seen = summarise(nomor)
    _show_head(seen)
    for title, found in (
        ("Merah", seen.red_causes),
        ("Kuning", seen.yellow_causes),
        ("Tidak berjalan", seen.unknown_causes),
    ):
        for cause in found:
            _show_cause(title, cause, seen.home)
    for line in seen.lines:
        _show_village(line)
    for told in (seen.opened, seen.untouched):
        if told:
            click.echo(told)


def _show_head(seen: RehearsalSummary) -> None:
    click.echo(f"Gladi bersih {seen.rehearsal_id}: {seen.product} {seen.version}, {seen.state}")
    click.echo(f"{seen.done} dari {seen.total} selesai, {seen.running} berjalan. {seen.in_words}")
    if seen.outdated:
        click.secho(f"{seen.outdated} Putusan di bawah tidak dipakai lagi.", fg="yellow")
    if seen.left_s:
        click.echo(f"Kira-kira selesai {seen.left_s / 60:.0f} menit lagi.")
    if seen.blocked_because:
        click.secho(seen.blocked_because, fg="yellow")
    if seen.longest_hold_s:
        longest = f"{seen.longest_hold_s:.0f} detik"
        click.echo(f"Pengunjung menunggu paling lama saat pembaruan: {longest}.")


def _show_cause(title: str, cause: Cause, home: str) -> None:
    click.echo(f"\n{title}: {cause.title} ({cause.count} {home})")
    names = ", ".join(cause.subjects[:5]) + (" …" if cause.count > 5 else "")
    click.echo(f"  {names}")
    if cause.hint:
        click.echo(f"  Cara memperbaiki: {cause.hint}")


def _show_village(line: VillageLine) -> None:
    word = "berjalan" if line.is_running else str(line.verdict)
    seconds = line.measures.get("migrate_s")
    took = f", pindah {seconds:.1f} detik" if seconds else ""
    again = f" (putusan sebelumnya tetap berlaku: {line.verdict})" if line.is_retried else ""
    click.secho(f"\n{line.code} {line.name}: {word}{again}{took}", fg=COLOURS.get(line.verdict))
    if line.is_unopened:
        click.echo("  Halamannya tidak dibuka.")
    for finding in line.findings[:FINDINGS_SHOWN]:
        click.echo(f"  - {finding['sentence']}")
    if len(line.findings) > FINDINGS_SHOWN:
        click.echo(f"  … dan {len(line.findings) - FINDINGS_SHOWN} lagi")


@rehearsals.command("jeda")
@click.argument("nomor", type=int)
@with_app
def pause(nomor: int) -> None:
    """Tidak memulai desa berikutnya; yang berjalan diselesaikan."""
    acts.pause(nomor, by=BY)
    click.echo("Dijeda.")


@rehearsals.command("lanjut")
@click.argument("nomor", type=int)
@with_app
def resume(nomor: int) -> None:
    """Lanjutkan yang dijeda atau dihentikan."""
    acts.resume(nomor, by=BY)
    click.echo("Dilanjutkan.")


@rehearsals.command("hentikan")
@click.argument("nomor", type=int)
@with_app
def stop(nomor: int) -> None:
    """Berhenti: yang berjalan diselesaikan, sisanya tidak dimulai."""
    acts.stop(nomor, by=BY)
    click.echo("Dihentikan.")


@rehearsals.command("ulangi")
@click.argument("nomor", type=int)
@click.argument("codes", metavar="[KODE]...", nargs=-1)
@with_app
def retry(nomor: int, codes: tuple[str, ...]) -> None:
    """Ulangi desa-desa ini; tanpa KODE: semua yang merah atau tidak berjalan."""
    ids = find_instances(codes, (), summarise(nomor).product) if codes else None
    count = acts.retry(nomor, ids, by=BY)
    seen = summarise(nomor)
    click.echo(f"{count} {seen.home} diulangi. {acts.STAYS.get(seen.state, '')}".strip())


@rehearsals.command("batas")
@click.option("--beban", type=float, help="Beban per inti yang masih boleh.")
@click.option("--memori", type=int, help="MB yang harus masih bebas.")
@click.option("--disk", type=int, help="MB yang harus masih bebas.")
@click.option("--pindah", type=int, help="Detik sebelum pemindahan dianggap menggantung.")
@with_app
def share(beban: float | None, memori: int | None, disk: int | None, pindah: int | None) -> None:
    """Lihat atau ubah berapa dari server yang boleh dipakai gladi bersih."""
    now = read_share()
    db.session.rollback()
    wanted = MachineShare(
        now.load_per_core if beban is None else beban,
        now.memory_mb if memori is None else memori,
        now.disk_mb if disk is None else disk,
        now.migrate_limit_s if pindah is None else pindah,
    )
    if wanted != now:
        set_share(wanted, by=BY)
    click.echo(
        f"Tidak memulai bila beban per inti di atas {wanted.load_per_core:g}, memori bebas di "
        f"bawah {wanted.memory_mb} MB, atau disk bebas di bawah {wanted.disk_mb} MB. Pemindahan "
        f"yang melewati {wanted.migrate_limit_s} detik dianggap menggantung."
    )
