"""`siappakai rilis …`: releases are looked for, built, offered, withdrawn, and pruned."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from siappakai.cli import with_app
from siappakai.cli.distribution import send
from siappakai.cli.one_release import EDITION, PRODUCT, find_release
from siappakai.cli.releases import releases
from siappakai.cli.tasks import follow_task
from siappakai.provision.catalogue import offer_release, withdraw_release
from siappakai.provision.discovery import Discovered, add_named, discover
from siappakai.provision.prune import plan_pruning, prune_images
from siappakai.provision.prune_plan import Pruning
from siappakai.provision.release_settings import (
    PARTS,
    changed_source,
    files_of,
    set_source,
    source_of,
)
from siappakai.provision.release_tags import read_list
from siappakai.tasks.order import order_build
from siappakai.tasks.work import ready_local_server

BY = "baris perintah"
GIVEN = {"token": "berkas_token", "packages": "paket_composer", "auth": "auth_composer"}
DROPPED = {"token": "tanpa_token", "packages": "tanpa_paket", "auth": "tanpa_auth"}


def register(main: click.Group) -> None:
    commands = (search, build, offer, withdraw, notes, prune, source, send)
    for command in commands:
        releases.add_command(command)


@click.command("cari")
@PRODUCT
@click.option("--dari", "origin", default="", help="Alamat atau folder git; baku: yang diatur.")
@click.option(
    "--daftar",
    "listed",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Berkas teks, CSV, atau JSON berisi versi; tidak ada yang dihubungi.",
)
@with_app
def search(produk: str, origin: str, listed: Path | None) -> None:
    """Cari rilis di sumber git, atau baca daftarnya dari berkas; belum membangun apa pun."""
    if listed is not None:
        named = read_list(listed.read_text(encoding="utf-8", errors="replace"))
        _tell(add_named(produk, origin, named, by=BY))
        return
    _tell(discover(produk, origin, by=BY, on_line=click.echo).found)


def _tell(found: tuple[Discovered, ...]) -> None:
    for each in found:
        mark = "baru " if each.is_new else "sudah"
        click.echo(f"  {mark} {each.version} ({each.edition}) dari {each.tag}")


@click.command("bangun")
@PRODUCT
@click.argument("versi")
@EDITION
@with_app
def build(produk: str, versi: str, edisi: str | None) -> None:
    """Bangun rilis yang sudah ada di katalog; dikerjakan pekerja, kemajuannya ditampilkan."""
    follow_task(order_build(find_release(produk, versi, edisi).id, by=BY))


@click.command("tawarkan")
@PRODUCT
@click.argument("versi")
@EDITION
@click.option("--alasan", default="", help="Wajib bila rilis itu pernah ditarik.")
@with_app
def offer(produk: str, versi: str, edisi: str | None, alasan: str) -> None:
    """Tawarkan rilis yang sudah teruji: sejak itu boleh diluncurkan."""
    release_id = find_release(produk, versi, edisi).id
    offer_release(release_id, by=BY, reason=alasan)
    click.echo(f"Rilis {produk} {versi} ditawarkan.")


@click.command("tarik")
@PRODUCT
@click.argument("versi")
@EDITION
@click.option("--alasan", required=True, help="Satu kalimat; tampil di halaman rilis.")
@with_app
def withdraw(produk: str, versi: str, edisi: str | None, alasan: str) -> None:
    """Tarik rilis: tidak dipasang atau diluncurkan lagi; yang memakainya tetap berjalan."""
    release_id = find_release(produk, versi, edisi).id
    withdraw_release(release_id, by=BY, reason=alasan)
    click.echo(f"Rilis {produk} {versi} ditarik.")


@click.command("catatan")
@PRODUCT
@click.argument("versi")
@EDITION
@with_app
def notes(produk: str, versi: str, edisi: str | None) -> None:
    """Catatan rilis dari pembuatnya."""
    release = find_release(produk, versi, edisi)
    click.echo(release.notes or "Rilis ini tidak membawa catatan rilis.")


@click.command("sumber")
@PRODUCT
@click.argument("alamat", required=False)
@click.option("--berkas-token", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--paket-composer", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--auth-composer", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--tanpa-token", is_flag=True, help="Buang token yang pernah diatur.")
@click.option("--tanpa-paket", is_flag=True, help="Buang folder paket yang pernah diatur.")
@click.option("--tanpa-auth", is_flag=True, help="Buang auth composer yang pernah diatur.")
@with_app
def source(produk: str, alamat: str | None, **given: Any) -> None:
    """Lihat atau atur dari mana rilis produk ini diambil; berkasnya dibaca pekerja.

    Yang tidak disebut tetap seperti sebelumnya, kecuali alamatnya berganti.
    """
    before = files_of(produk)
    if alamat or any(given.values()):
        files = {name: given[option] for name, option in GIVEN.items()}
        dropped = [name for name, option in DROPPED.items() if given[option]]
        set_source(produk, changed_source(produk, alamat or "", files, dropped), by=BY)
    now = source_of(produk)
    click.echo(f"Sumber rilis {produk}: {now.origin}")
    for name, path in now.files().items():
        _tell_file(PARTS[name], before[name], path)


def _tell_file(label: str, before: Path | None, now: Path | None) -> None:
    if now:
        click.echo(f"  {label}: {now}" + (" (tetap)" if before == now else " (baru)"))
    elif before:
        click.echo(f"  {label}: dibuang, semula {before}")
    else:
        click.echo(f"  {label}: tidak ada")


@click.command("pangkas")
@click.option("--simpan", type=click.IntRange(0, 100), default=None, help="Citra lama per produk.")
@click.option("--hapus", is_flag=True, help="Tanpa ini hanya ditampilkan.")
@with_app
def prune(simpan: int | None, hapus: bool) -> None:
    """Tampilkan, lalu dengan --hapus buang, citra dan salinan yang tidak diperlukan lagi."""
    server_id = ready_local_server().id
    plan = plan_pruning(server_id, simpan)
    show_pruning(plan)
    if hapus and (plan.images or plan.files):
        prune_images(server_id, plan, by=BY, on_line=click.echo, keep_n=simpan)
    elif plan.images or plan.files:
        click.echo("Belum ada yang dihapus. Hapus dengan: siappakai rilis pangkas --hapus")


def show_pruning(plan: Pruning) -> None:
    for kept in plan.kept:
        click.echo(f"  tetap {kept.image.product} {kept.image.version}: {kept.reason}")
    for image in plan.images:
        click.echo(f"  buang {image.product} {image.version}, {image.size_bytes / 1e6:.0f} MB")
    for file in plan.files:
        click.echo(f"  buang {file.path}, {file.size_bytes / 1e6:.1f} MB: {file.reason}")
    click.echo(f"{len(plan.images)} citra dan {len(plan.files)} berkas tidak diperlukan lagi.")
