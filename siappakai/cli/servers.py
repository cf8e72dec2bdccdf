"""`siappakai server`: prepare this machine, and see what it is."""

from __future__ import annotations

import click
from sqlalchemy import select

from siappakai.cli import with_app
from siappakai.models import Server, db
from siappakai.provision.observe import observe_server
from siappakai.provision.server_setup import ensure_local_server, prepare_server

BY = "baris perintah"


def register(main: click.Group) -> None:
    main.add_command(servers)


@click.group("server")
def servers() -> None:
    """Server tempat aplikasi desa berjalan."""


@servers.command("siapkan")
@with_app
def prepare() -> None:
    """Siapkan mesin ini sebagai server; aman diulang."""
    result = prepare_server(ensure_local_server(), by=BY, on_line=click.echo)
    click.echo(f"Server siap. Tugas yang mengubah sesuatu: {result.changed}.")


@servers.command("daftar")
@with_app
def show() -> None:
    """Semua server dan keadaannya."""
    for server in db.session.scalars(select(Server).order_by(Server.id)):
        click.echo(f"{server.name}: {server.state}, {server.data_root}, {server.edge_address}")


@servers.command("lihat")
@with_app
def look() -> None:
    """Lihat semua aplikasi sekarang dan catat keadaannya."""
    for server in list(db.session.scalars(select(Server))):
        counts = observe_server(server.id)
        seen = ", ".join(f"{count} {state}" for state, count in counts.items() if count)
        click.echo(f"{server.name}: {seen or 'belum ada aplikasi'}")
