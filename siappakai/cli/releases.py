"""`siappakai rilis`: releases come in, are listed, and get their template."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
from sqlalchemy import select

from siappakai.cli import with_app
from siappakai.cli.one_release import EDITION, find_release
from siappakai.models import Edition, Release, db
from siappakai.products import RECIPES
from siappakai.provision.catalogue import is_pruned, newest_first
from siappakai.provision.composer_build import ComposerOptions
from siappakai.provision.job import server_facts
from siappakai.provision.release_build import ReleaseOrder, add_release
from siappakai.provision.template_dump import ensure_template
from siappakai.provision.tools import tools_for
from siappakai.tasks.work import ready_local_server

BY = "baris perintah"


def register(main: click.Group) -> None:
    main.add_command(releases)


@click.group("rilis")
def releases() -> None:
    """Rilis produk: cari, bangun, tawarkan, tarik, daftar, pangkas."""


@releases.command("tambah")
@click.argument("produk", type=click.Choice(sorted(RECIPES)))
@click.argument("versi")
@click.option("--dari", "origin", required=True, help="URL git, folder git, .zip, atau .tar.gz.")
@click.option(
    "--berkas-token",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Berkas 0600 berisi token untuk sumber tertutup.",
)
@click.option(
    "--tag", default="", help="Tag atau cabang git, bila namanya bukan nomor versi kodenya."
)
@click.option("--edisi", type=click.Choice([str(each) for each in Edition]), default=None)
@click.option(
    "--paket-composer",
    envvar="SIAPPAKAI_PAKET_COMPOSER",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Folder paket composer (.zip) untuk server tanpa internet.",
)
@click.option(
    "--berkas-auth-composer",
    envvar="SIAPPAKAI_AUTH_COMPOSER",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Berkas auth.json 0600 untuk paket tertutup atau batas GitHub.",
)
@with_app
def add(produk: str, versi: str, **given: Any) -> None:
    """Ambil sumber, susun vendor/, bangun citra, dan buat cetakan basis datanya."""
    order = _order(produk, versi, given)
    server = ready_local_server()
    engine = tools_for(server_facts(server)).engine
    release_id = add_release(order, engine, click.echo)
    ensure_template(release_id, server.id, by=BY, on_line=click.echo)
    release = db.session.get_one(Release, release_id)
    click.echo(f"Rilis {release.product} {release.version} ({release.edition}): {release.state}.")


def _order(product: str, version: str, given: Mapping[str, Any]) -> ReleaseOrder:
    return ReleaseOrder(
        product,
        version,
        given["origin"],
        BY,
        token_file=given["berkas_token"],
        edition=Edition(given["edisi"]) if given["edisi"] else None,
        tag=given["tag"],
        composer=ComposerOptions(given["paket_composer"], given["berkas_auth_composer"]),
    )


@releases.command("cetak")
@click.argument("produk", type=click.Choice(sorted(RECIPES)))
@click.argument("versi")
@EDITION
@with_app
def template(produk: str, versi: str, edisi: str | None) -> None:
    """Pastikan cetakan basis data rilis ini ada di server."""
    release_id = find_release(produk, versi, edisi).id
    kept = ensure_template(release_id, ready_local_server().id, by=BY, on_line=click.echo)
    if kept is None:
        click.echo("Produk ini tidak punya basis data sendiri; citranya sudah dicoba.")
    else:
        click.echo(f"Cetakan: {kept.file_name}, {kept.table_count} tabel.")


@releases.command("daftar")
@with_app
def show() -> None:
    """Semua rilis yang dikenal."""
    known = newest_first(db.session.scalars(select(Release)))
    rows = sorted(known, key=lambda each: each.product)
    if not rows:
        click.echo("Belum ada rilis. Tambahkan dengan: siappakai rilis tambah opensid v2410.0.0 …")
    for row in rows:
        click.echo(f"{row.product} {row.version} ({row.edition}) {row.state}{_made_of(row)}")


def _made_of(row: Release) -> str:
    if not row.digest:
        return ", belum dibangun"
    made = f", PHP {row.php_version}, {row.digest[:19]}, {row.component_count} komponen"
    return made + (", citra sudah dipangkas" if is_pruned(row) else "")
