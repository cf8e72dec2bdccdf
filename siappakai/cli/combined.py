"""`siappakai gabungan`: combined databases, and one village out of and into them."""

from __future__ import annotations

import click
from sqlalchemy import select

from siappakai.cli import with_app
from siappakai.cli.instances import find_instance, follow_steps
from siappakai.cli.start_choice import get_group
from siappakai.errors import NotFound
from siappakai.models import DatabaseGroup, DatabaseMode, Instance, db
from siappakai.provision.order import (
    exports_of,
    order_export,
    order_group_snapshot,
    order_joining,
    order_restore,
    order_separation,
)

BY = "baris perintah"
PRODUCT = "opensid"


def register(main: click.Group) -> None:
    main.add_command(combined)


@click.group("gabungan")
def combined() -> None:
    """Basis data gabungan OpenSID: daftar, dan satu desa keluar atau masuk."""


@combined.command("daftar")
@with_app
def show() -> None:
    """Semua basis data gabungan dengan jumlah desanya."""
    rows = db.session.scalars(select(DatabaseGroup).filter_by(mode=DatabaseMode.COMBINED)).all()
    if not rows:
        click.echo("Belum ada. Dibuat saat memasang: siappakai desa unggah … --gabungan NAMA")
    for row in rows:
        villages = [each for each in row.instances if each.product == row.product]
        click.echo(f"{row.label}: {row.database_name}, {len(villages)} desa")


@combined.command("salin")
@click.argument("nama")
@with_app
def snapshot(nama: str) -> None:
    """Salin seluruh basis data gabungan NAMA ke berkas di server; situsnya tetap melayani."""
    follow_steps(order_group_snapshot(get_group(nama).id, by=BY))


@combined.command("ekspor")
@click.argument("kode")
@with_app
def export(kode: str) -> None:
    """Salin baris satu desa ke berkas di server; situsnya tetap melayani."""
    instance_id = find_instance(PRODUCT, kode)
    follow_steps(order_export(instance_id, by=BY))
    click.echo(f"Berkas: {exports_of(db.session.get_one(Instance, instance_id))[0]}")


@combined.command("pulihkan")
@click.argument("kode")
@click.option("--berkas", default=None, help="Berkas ekspor desa ini; baku: yang terbaru.")
@click.confirmation_option(prompt="Baris desa ini diganti isi berkas. Lanjut?")
@with_app
def restore(kode: str, berkas: str | None) -> None:
    """Kembalikan baris satu desa dari ekspornya, tanpa menyentuh desa lain."""
    instance_id = find_instance(PRODUCT, kode)
    known = exports_of(db.session.get_one(Instance, instance_id))
    if not known:
        raise NotFound("Desa ini belum pernah diekspor.", hint="siappakai gabungan ekspor KODE")
    follow_steps(order_restore(instance_id, berkas or known[0], by=BY))


@combined.command("pisahkan")
@click.argument("kode")
@with_app
def separate(kode: str) -> None:
    """Pindahkan satu desa dari basis data gabungan ke basis datanya sendiri."""
    follow_steps(order_separation(find_instance(PRODUCT, kode), by=BY))


@combined.command("masukkan")
@click.argument("kode")
@click.argument("nama")
@with_app
def join(kode: str, nama: str) -> None:
    """Pindahkan satu desa dari basis datanya sendiri ke basis data gabungan NAMA."""
    follow_steps(order_joining(find_instance(PRODUCT, kode), get_group(nama).id, by=BY))
