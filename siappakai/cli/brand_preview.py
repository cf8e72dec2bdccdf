"""`siappakai merek pratinjau minta | lihat | contoh | buang`."""

from __future__ import annotations

import click
from flask import current_app
from sqlalchemy import select

from siappakai.branding.preview import (
    drop_preview,
    order_preview,
    preview_matrix,
    proposed_samples,
    recent_previews,
)
from siappakai.branding.preview_matrix import PreviewRow
from siappakai.branding.versions import find_number
from siappakai.cli import with_app
from siappakai.config import Settings
from siappakai.errors import InvalidInput
from siappakai.models import Instance, db
from siappakai.provision.policies import find_instances
from siappakai.provision.preview_files import preview_folder
from siappakai.provision.preview_pages import PAGES

BY = "baris perintah"


def register(brand: click.Group) -> None:
    brand.add_command(previews)


@click.group("pratinjau")
def previews() -> None:
    """Lihat wajah baru pada salinan beberapa desa sebelum diterapkan."""


@previews.command("minta")
@click.argument("nomor", type=int)
@click.argument("codes", metavar="[KODE]...", nargs=-1)
@click.option("--utuh", is_flag=True, help="Potret seluruh halaman, bukan layar pertama saja.")
@with_app
def order(nomor: int, codes: tuple[str, ...], utuh: bool) -> None:
    """Potret desa-desa ini sebelum dan sesudah wajah NOMOR; tanpa KODE: desa contoh."""
    number = order_preview(find_number(nomor).id, _chosen(codes), by=BY, is_whole=utuh)
    click.echo(f"Pratinjau nomor {number} diminta. Lihat: siappakai merek pratinjau lihat {number}")


def _chosen(codes: tuple[str, ...]) -> list[int]:
    if not codes:
        found = [each for one in proposed_samples() for each in one.candidate.instance_ids]
        if not found:
            raise InvalidInput("Belum ada desa yang dapat dipratinjau.")
        return found
    query = select(Instance.id).where(
        Instance.id.in_(find_instances(codes)), Instance.product.in_(PAGES)
    )
    return list(db.session.scalars(query))


@previews.command("contoh")
@with_app
def samples() -> None:
    """Desa yang diusulkan untuk mewakili yang lain."""
    for each in proposed_samples():
        click.echo(f"{each.candidate.code} {each.candidate.name}: {each.reason}")


@previews.command("lihat")
@click.argument("nomor", type=int, required=False)
@with_app
def show(nomor: int | None) -> None:
    """Semua pratinjau, atau satu: tiap halaman, berapa persen yang berubah, dan gambarnya."""
    if nomor is None:
        for one in recent_previews():
            state = "selesai" if one.is_finished else "berjalan"
            click.echo(f"{one.preview_id} wajah nomor {one.version_number}: {state}")
        return
    matrix = preview_matrix(nomor)
    for row in matrix.rows:
        _show_row(row)
    settings: Settings = current_app.extensions["siappakai_settings"]
    click.echo(f"Gambar: {preview_folder(settings.home, nomor)}")


def _show_row(row: PreviewRow) -> None:
    click.echo(f"{row.name} {row.product_label}: {row.state}. {row.note}".rstrip())
    for cell in row.cells:
        click.echo(f"    {cell.page_label}, {cell.screen_label}: {cell.sentence}")


@previews.command("buang")
@click.argument("nomor", type=int)
@with_app
def drop(nomor: int) -> None:
    """Buang satu pratinjau beserta gambarnya."""
    drop_preview(nomor, by=BY)
    click.echo(f"Pratinjau nomor {nomor} dibuang.")
