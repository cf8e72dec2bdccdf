"""`siappakai jalan-keluar`: what applications may reach outside, and closing all of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click
from sqlalchemy import select

from siappakai.cli import with_app
from siappakai.errors import InvalidInput
from siappakai.models import (
    Server,
    ServerState,
    append_event,
    db,
    read_setting,
    transaction,
    write_setting,
)
from siappakai.products import RECIPES
from siappakai.provision.egress_check import check_reachable
from siappakai.provision.egress_config import EgressPaths, set_name
from siappakai.provision.egress_settings import read_egress
from siappakai.provision.job import server_facts
from siappakai.provision.way_out import apply_server_egress, egress_settings, hosts_of_product

BY = "baris perintah"
Change = Callable[[dict[str, Any]], None]


def register(main: click.Group) -> None:
    main.add_command(way_out)


@click.group("jalan-keluar")
def way_out() -> None:
    """Alamat luar yang boleh dijangkau aplikasi; bakunya hanya server lisensi."""


@way_out.command("lihat")
@with_app
def show() -> None:
    """Alamat tiap produk, dan apakah sekarang terjangkau."""
    settings = egress_settings()
    click.echo("TERTUTUP: tidak ada aplikasi yang dapat keluar." if settings.closed else "Terbuka.")
    servers = _servers()
    for product in sorted(RECIPES):
        wanted = hosts_of_product(product, settings)
        for host in wanted:
            for server in servers:
                paths = EgressPaths(server_facts(server).paths.root)
                seen = check_reachable(paths, set_name(wanted), host, settings)
                click.echo(f"  {RECIPES[product].label}: {seen.sentence}")


@way_out.command("tutup")
@with_app
def close() -> None:
    """Tutup semuanya, untuk jaringan tertutup. Aplikasi tetap melayani yang bisa."""
    _change(lambda raw: raw.update(closed=True))


@way_out.command("buka")
@with_app
def reopen() -> None:
    """Buka lagi alamat yang terdaftar."""
    _change(lambda raw: raw.update(closed=False))


@way_out.command("blokir")
@click.argument("nama")
@with_app
def block(nama: str) -> None:
    """Tutup satu alamat untuk semua produk."""
    _change(lambda raw: raw.update(blocked=sorted({*raw.get("blocked", []), nama})))


@way_out.command("lepas-blokir")
@click.argument("nama")
@with_app
def unblock(nama: str) -> None:
    """Buka lagi satu alamat yang diblokir."""
    _change(lambda raw: raw.update(blocked=sorted({*raw.get("blocked", [])} - {nama})))


@way_out.command("izinkan")
@click.argument("produk", type=click.Choice(sorted(RECIPES)))
@click.argument("alamat")
@with_app
def allow(produk: str, alamat: str) -> None:
    """Tambahkan satu alamat nama:port untuk satu produk, misalnya server surat."""

    def add(raw: dict[str, Any]) -> None:
        extra = dict(raw.get("extra", {}))
        extra[produk] = sorted({*extra.get(produk, []), alamat})
        raw["extra"] = extra

    _change(add)
    click.echo("Aplikasi yang sudah berjalan memakainya setelah token dikirim atau diperbarui.")


@way_out.command("lisensi")
@click.argument("url")
@with_app
def licence(url: str) -> None:
    """Ganti alamat server lisensi; bakunya https://layanan.opendesa.id."""
    if not url.startswith("https://"):
        raise InvalidInput("Alamat server lisensi harus diawali https://.")
    with transaction():
        write_setting("licence_url", url.rstrip("/"), by=BY)
        append_event("licence_url_changed", "settings:licence_url", by=BY, url=url)
    _apply()


def _change(change: Change) -> None:
    """Keep the changed setting when it is right, and make every server follow it."""
    with transaction():
        raw = dict(read_setting("egress", {}))
        change(raw)
        read_egress(raw)
        write_setting("egress", raw, by=BY)
        append_event("egress_changed", "settings:egress", by=BY, closed=raw.get("closed", False))
    _apply()


def _apply() -> None:
    for server in _servers():
        facts = server_facts(server)
        changed = apply_server_egress(server.id, facts.paths).changed
        click.echo(f"{server.name}: {'jalan keluar diperbarui' if changed else 'tidak berubah'}.")


def _servers() -> list[Server]:
    return list(db.session.scalars(select(Server).filter_by(state=ServerState.READY)))
