"""`siappakai alamat`: what to open in a browser, and the certificate to trust."""

from __future__ import annotations

from pathlib import Path

import click
from flask import current_app
from sqlalchemy import select

from siappakai.cli import with_app
from siappakai.config import Settings
from siappakai.models import Instance, Village, db
from siappakai.provision.edge import EdgeClient
from siappakai.provision.naming import ServerPaths


@click.command("alamat")
@click.option("--jumlah", type=click.IntRange(0, 1000), default=10, help="Banyaknya situs desa.")
@click.option(
    "--simpan-sertifikat",
    type=click.Path(path_type=Path),
    help="Tulis sertifikat akar internal (PEM) ke berkas ini.",
)
@with_app
def addresses(jumlah: int, simpan_sertifikat: Path | None) -> None:
    """Alamat panel dan situs desa."""
    settings: Settings = current_app.extensions["siappakai_settings"]
    if simpan_sertifikat is not None:
        paths = ServerPaths(settings.data_root, settings.fleet)
        certificate = EdgeClient(paths.edge_admin_socket).internal_root_certificate()
        simpan_sertifikat.write_bytes(certificate)
    port = "" if settings.https_port == 443 else f":{settings.https_port}"
    click.echo(f"panel\thttps://{settings.panel_domain}{port}/")
    rows = db.session.execute(
        select(Village.name, Village.domain, Instance.web_path)
        .join(Instance, Instance.village_code == Village.code)
        .where(Instance.exposed_at.is_not(None))
        .order_by(Village.code)
        .limit(jumlah)
    )
    for name, domain, path in rows:
        click.echo(f"{name}\thttps://{domain}{port}{path}")
