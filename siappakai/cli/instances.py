"""`siappakai aplikasi`: one installed application is updated, returned, released or revived."""

from __future__ import annotations

import time
from collections.abc import Callable

import click
from sqlalchemy import select

from siappakai.cli import with_app
from siappakai.cli.start_choice import choose_start, get_group
from siappakai.errors import NotFound
from siappakai.models import Instance, Operation, OperationState, Release, WantedState, db
from siappakai.products import RECIPES
from siappakai.provision.lifecycle import STEP_LABELS
from siappakai.provision.order import order_removal, order_return, order_revival, order_update
from siappakai.provision.region_start import RegionOrder, install_for_region
from siappakai.regions import normalise_code

BY = "baris perintah"


def register(main: click.Group) -> None:
    main.add_command(applications)


@click.group("aplikasi")
def applications() -> None:
    """Aplikasi terpasang: daftar, perbarui, mundur, lepas, hidupkan."""


def _on_one(command: click.decorators.FC) -> click.decorators.FC:
    command = click.argument("kode")(command)
    return click.argument("produk", type=click.Choice(sorted(RECIPES)))(command)


@applications.command("daftar")
@click.argument("kode", required=False)
@with_app
def show(kode: str | None) -> None:
    """Semua aplikasi, atau hanya milik satu desa, kecamatan, atau kabupaten."""
    query = select(Instance).order_by(Instance.scope_code, Instance.product)
    if kode:
        query = query.where(Instance.scope_code == normalise_code(kode))
    rows = db.session.scalars(query).all()
    if not rows:
        click.echo("Belum ada aplikasi terpasang.")
    for row in rows:
        version = row.recorded_release.version if row.recorded_release else "belum terpasang"
        state = "dilepas" if row.wanted_state == WantedState.REMOVED else str(row.observed_state)
        click.echo(f"{row.scope_code} {row.product} {version}, {state}, {row.home.domain}")


@applications.command("pasang")
@click.argument("kode")
@click.option("--domain", required=True, help="Alamat web kabupaten atau kecamatan itu.")
@click.option("--rilis", multiple=True, required=True, help="Misalnya openkab:2509.0.0.")
@click.option("--gabungan", default="", help="Nama basis data gabungan yang dibaca OpenKab.")
@with_app
def install(kode: str, domain: str, rilis: tuple[str, ...], gabungan: str) -> None:
    """Pasang aplikasi kabupaten (kode 4 angka) atau kecamatan (6 angka)."""
    choice = choose_start(rilis, "")
    group = get_group(gabungan) if gabungan else None
    code = normalise_code(kode) or kode
    order = RegionOrder(code, domain, choice.release_ids, group.id if group else None)
    ids = install_for_region(order, by=BY)
    click.echo(f"{len(ids)} aplikasi dipasang di https://{domain}/ …")
    follow(ids)


@applications.command("perbarui")
@_on_one
@click.option("--rilis", required=True, help="Nomor versi tujuan, misalnya 2410.0.0.")
@with_app
def update(produk: str, kode: str, rilis: str) -> None:
    """Pindahkan satu aplikasi ke rilis lain; bila gagal, kembali sendiri."""
    wanted = select(Release).filter_by(product=produk, version=rilis.removeprefix("v"))
    release = db.session.scalars(wanted).first()
    if release is None:
        raise NotFound(f"Rilis {produk} {rilis} belum ada.", hint="Lihat: siappakai rilis daftar")
    follow_steps(order_update(find_instance(produk, kode), release.id, by=BY))


@applications.command("mundur")
@_on_one
@click.confirmation_option(
    prompt="Isian sejak pembaruan terakhir akan ditinggalkan (salinannya disimpan). Lanjut?"
)
@with_app
def back(produk: str, kode: str) -> None:
    """Kembali ke versi dan basis data sebelum pembaruan terakhir."""
    follow_steps(order_return(find_instance(produk, kode), by=BY))


@applications.command("lepas")
@_on_one
@click.confirmation_option(prompt="Alamatnya akan ditutup; semua datanya tetap disimpan. Lanjut?")
@with_app
def remove(produk: str, kode: str) -> None:
    """Hentikan satu aplikasi; tidak ada data yang dihapus."""
    follow_steps(order_removal(find_instance(produk, kode), by=BY))


@applications.command("hidupkan")
@_on_one
@with_app
def revive(produk: str, kode: str) -> None:
    """Hidupkan lagi aplikasi yang dilepas, seperti semula."""
    follow_steps(order_revival(find_instance(produk, kode), by=BY))


def find_instance(product: str, code: str) -> int:
    """The id of the product's instance for this region."""
    digits = normalise_code(code)
    found = db.session.scalar(
        select(Instance.id).filter_by(product=product, scope_code=digits or code)
    )
    if found is None:
        raise NotFound(
            f"{RECIPES[product].label} belum terpasang untuk {code}.",
            hint="Lihat: siappakai aplikasi daftar",
        )
    return found


def follow_steps(operation_id: int) -> None:
    """Tell the steps as they finish; exit code 1 when the operation did not succeed."""
    told: set[str] = set()

    def tell(operation: Operation) -> None:
        for step in operation.steps:
            if step.finished_at is not None and step.name not in told:
                told.add(step.name)
                seconds = step.duration_ms / 1000
                click.echo(f"  {STEP_LABELS[step.name]}: {step.state} ({seconds:.1f} s)")

    follow([operation_id], tell)


def follow(operation_ids: list[int], tell: Callable[[Operation], None] = lambda _: None) -> None:
    """Wait for all of them; exit code 1, with what to do next, when any did not succeed."""
    while True:
        db.session.rollback()
        rows = [db.session.get_one(Operation, each) for each in operation_ids]
        for row in rows:
            tell(row)
        if all(row.is_finished for row in rows):
            break
        time.sleep(0.5)
    stopped = [row for row in rows if row.state != OperationState.SUCCEEDED]
    for row in stopped:
        tail = f"\n    {row.error_log_tail[-800:]}" if row.error_log_tail else ""
        click.echo(f"  {row.error_message}{tail}\n    {row.error_hint}", err=True)
    if stopped:
        raise click.exceptions.Exit(1)
    click.echo(f"Selesai: {len(rows)} operasi.")
