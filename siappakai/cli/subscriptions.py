"""`siappakai langganan`: tokens come in from a file, are listed, and go one step back."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

import click
from sqlalchemy import select

from siappakai.cli import with_app
from siappakai.cli.instances import follow
from siappakai.errors import InvalidInput, NotFound
from siappakai.intake.read import read_table
from siappakai.models import Subscription, SubscriptionCheck, Village, db, utc_now
from siappakai.provision.order import push_tokens
from siappakai.regions import normalise_code
from siappakai.subscriptions.check import LineOutcome
from siappakai.subscriptions.checks import discard_check, save_check, start_check
from siappakai.subscriptions.expiry import (
    SubscriptionState,
    local_date,
    subscription_state,
    written_date,
    written_rest,
)
from siappakai.subscriptions.keep import return_token
from siappakai.subscriptions.lines import lines_of_table

BY = "baris perintah"
STATES = {str(state).replace(" ", "-"): state for state in SubscriptionState}


def register(main: click.Group) -> None:
    main.add_command(subscriptions)


@click.group("langganan")
def subscriptions() -> None:
    """Token langganan: masukkan, daftar, kembalikan."""


@subscriptions.command("masukkan")
@click.argument("berkas", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--simpan", is_flag=True, help="Simpan yang benar; tanpa ini hanya diperiksa.")
@click.option("--boleh-lebih-pendek", is_flag=True, help="Ganti juga yang masanya lebih lama.")
@with_app
def take(berkas: Path, simpan: bool, boleh_lebih_pendek: bool) -> None:
    """Periksa token dari CSV, XLSX, atau ODS; token tidak pernah ditulis ke layar."""
    lines = lines_of_table(read_table("", berkas.read_bytes()))
    check = start_check(str(uuid4()), lines, by=BY)
    _tell_lines(check)
    if not simpan:
        discard_check(check.id, by=BY)
        click.echo("Baru diperiksa; tambahkan --simpan untuk menyimpan yang benar.")
        return
    shorter = {line.number for line in check.lines} if boleh_lebih_pendek else set()
    done = save_check(check.id, by=BY, shorter=shorter)
    click.echo(
        f"{done.kept} disimpan, {done.same} sama, {done.shorter_left} lebih pendek dibiarkan, "
        f"{done.outdated} berubah sejak diperiksa, {done.wrong} salah."
    )


def _tell_lines(check: SubscriptionCheck) -> None:
    for line in check.lines:
        until = f", sampai {written_date(line.ends_on)}" if line.ends_on else ""
        name = f" {line.village_name} ({line.village_code})" if line.village_code else ""
        words = f"{line.message} {line.hint}".strip()
        click.echo(
            f"  baris {line.number}: {line.outcome}{name}{until}" + (f". {words}" if words else ""),
            err=line.outcome == LineOutcome.WRONG,
        )


@subscriptions.command("daftar")
@click.option("--keadaan", type=click.Choice(sorted(STATES)), default=None)
@with_app
def show(keadaan: str | None) -> None:
    """Semua desa dengan masa token langganannya."""
    now = utc_now()
    query = (
        select(Village, Subscription)
        .outerjoin(Subscription, Subscription.village_code == Village.code)
        .order_by(Subscription.ends_on.is_(None), Subscription.ends_on, Village.code)
    )
    for village, row in db.session.execute(query):
        today = local_date(village.code, now)
        state = subscription_state(row.ends_on if row else None, today)
        if keadaan and state != STATES[keadaan]:
            continue
        until = (
            f" sampai {written_date(row.ends_on)}, {written_rest(row.ends_on, today)}"
            if row
            else ""
        )
        click.echo(f"{village.dotted_code} {village.name}: {state}{until}")


@subscriptions.command("kembalikan")
@click.argument("kode")
@with_app
def bring_back(kode: str) -> None:
    """Pakai lagi token sebelum penggantian terakhir."""
    code = normalise_code(kode)
    if code is None or len(code) != 10:
        raise InvalidInput("Kode itu bukan kode desa.", hint="Misalnya 73.05.01.2001")
    if db.session.get(Village, code) is None:
        raise NotFound("Wilayah itu belum ada di panel ini.")
    facts = return_token(code, by=BY)
    click.echo(f"Token sebelumnya dipakai lagi, berlaku sampai {written_date(facts.ends_on)}.")


@subscriptions.command("kirim")
@click.argument("kode", required=False)
@with_app
def push(kode: str | None) -> None:
    """Berikan token yang baru ke semua aplikasi desa yang menunggunya, atau hanya satu desa."""
    ids = push_tokens(normalise_code(kode) or kode if kode else "", by=BY)
    if not ids:
        click.echo("Tidak ada aplikasi yang menunggu token.")
        return
    click.echo(f"{len(ids)} aplikasi menerima token …")
    follow(ids)
