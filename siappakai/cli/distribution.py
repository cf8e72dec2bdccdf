"""`siappakai rilis kirim`: a release's image is brought to the servers and proven there."""

from __future__ import annotations

import sys

import click
from sqlalchemy import select

from siappakai.cli import with_app
from siappakai.cli.one_release import find_release
from siappakai.errors import NotFound, Refused
from siappakai.models import Edition, Server, ServerState, db
from siappakai.products import RECIPES
from siappakai.provision.distribute import Presence, distribute_release

BY = "baris perintah"


@click.command("kirim")
@click.argument("produk", type=click.Choice(sorted(RECIPES)))
@click.argument("versi")
@click.option("--server", "servers", multiple=True, help="Nama server; boleh berulang.")
@click.option("--edisi", type=click.Choice([str(each) for each in Edition]), default=None)
@with_app
def send(produk: str, versi: str, servers: tuple[str, ...], edisi: str | None) -> None:
    """Kirim citra rilis ke server yang akan memakainya (bawaan: semua yang siap)."""
    release_id, server_ids = find_release(produk, versi, edisi).id, find_servers(servers)
    results = distribute_release(release_id, server_ids, by=BY, on_line=click.echo)
    for each in results:
        _show(each)
    if not all(each.is_present for each in results):
        sys.exit(1)


def _show(found: Presence) -> None:
    if found.is_present:
        how = "dikirim" if found.was_brought else "sudah ada"
        click.echo(
            f"{found.server}: {how}, terbukti {found.digest[:19]}, {found.seconds:.0f} detik"
        )
        return
    click.secho(f"{found.server}: {found.error}", fg="red", err=True)
    if found.hint:
        click.echo(f"Langkah berikutnya: {found.hint}", err=True)


def find_servers(names: tuple[str, ...]) -> list[int]:
    """The ids of these servers; of all that are ready when none is named."""
    rows = db.session.scalars(select(Server).order_by(Server.id)).all()
    known = {each.name: each for each in rows}
    unknown = [name for name in names if name not in known]
    if unknown:
        raise NotFound(
            f"Server {', '.join(unknown)} tidak dikenal.",
            hint=f"Yang ada: {', '.join(known) or 'belum ada'}.",
        )
    chosen = [known[name] for name in dict.fromkeys(names)]
    ready = chosen or [each for each in rows if each.state == ServerState.READY]
    if not ready:
        raise Refused("Belum ada server yang siap.", hint="Jalankan: siappakai server siapkan")
    return [each.id for each in ready]
