"""`siappakai basisdata`: the control database's own schema."""

from __future__ import annotations

import click

from siappakai.cli import with_app
from siappakai.schema import is_schema_current, upgrade_schema


def register(main: click.Group) -> None:
    main.add_command(database)


@click.group("basisdata")
def database() -> None:
    """Basis data kendali (catatan panel ini sendiri)."""


@database.command("naik")
@with_app
def upgrade() -> None:
    """Naikkan skema ke yang terbaru; aman diulang."""
    click.echo(f"Skema basis data kendali: {upgrade_schema()}")


@database.command("periksa")
@with_app
def check() -> None:
    """Katakan apakah skema sudah yang terbaru."""
    if not is_schema_current():
        raise click.ClickException("Skema belum terbaru. Jalankan: siappakai basisdata naik")
    click.echo("Skema sudah yang terbaru.")
