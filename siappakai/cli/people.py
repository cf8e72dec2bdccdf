"""`siappakai pengguna`: who may log in."""

from __future__ import annotations

from pathlib import Path

import click
from sqlalchemy import select

from siappakai.cli import with_app
from siappakai.errors import NotFound
from siappakai.models import Role, User, append_event, db, transaction
from siappakai.secret import Secret, random_password


def register(main: click.Group) -> None:
    main.add_command(people)


@click.group("pengguna")
def people() -> None:
    """Orang yang boleh masuk ke panel."""


@people.command("tambah")
@click.argument("username")
@click.option("--peran", type=click.Choice([str(role) for role in Role]), default=str(Role.ADMIN))
@click.option("--nama", default="", help="Nama lengkap.")
@click.option(
    "--simpan-sandi",
    type=click.Path(path_type=Path),
    help="Tulis sandi pertama ke berkas 0600 ini, bukan ke layar.",
)
@with_app
def add(username: str, peran: str, nama: str, simpan_sandi: Path | None) -> None:
    """Buat pengguna dengan sandi acak; yang sudah ada tidak diubah."""
    password = random_password(20)
    with transaction():
        if db.session.scalar(select(User).filter_by(username=username)):
            click.echo(f"Pengguna {username} sudah ada; tidak diubah.")
            return
        user = User(username=username, name=nama, role=Role(peran), must_change_password=True)
        user.set_password(password)
        db.session.add(user)
        append_event("user_added", f"user:{username}", by="baris perintah", role=peran)
    _hand_over(username, password, simpan_sandi)


@people.command("sandi")
@click.argument("username")
@click.option("--simpan-sandi", type=click.Path(path_type=Path))
@with_app
def reset(username: str, simpan_sandi: Path | None) -> None:
    """Beri sandi acak yang baru dan buka kuncinya."""
    password = random_password(20)
    with transaction():
        user = db.session.scalar(select(User).filter_by(username=username))
        if user is None:
            raise NotFound(f"Pengguna {username} tidak ada.")
        user.set_password(password)
        user.must_change_password = True
        user.failed_logins, user.locked_until_at = 0, None
        append_event("password_reset", f"user:{username}", by="baris perintah")
    _hand_over(username, password, simpan_sandi)


def _hand_over(username: str, password: Secret, target: Path | None) -> None:
    if target is None:
        click.echo(f"Pengguna: {username}\nSandi pertama (tampil sekali ini): {password.reveal()}")
        return
    target.unlink(missing_ok=True)
    target.touch(mode=0o600)
    target.write_text(password.reveal() + "\n", encoding="utf-8")
    click.echo(f"Sandi pertama {username} ditulis ke {target}.")
