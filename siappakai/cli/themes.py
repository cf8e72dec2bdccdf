"""`siappakai tema`: theme packages come in, are checked, allowed, listed and sent to servers."""

from __future__ import annotations

import sys
from pathlib import Path

import click
from sqlalchemy import select

from siappakai.cli import with_app
from siappakai.cli.distribution import find_servers
from siappakai.models import Theme, ThemeState, ThemeVersion, db
from siappakai.models.release import version_key
from siappakai.themes.findings import Finding, Severity
from siappakai.themes.keep import (
    ThemeOrder,
    add_theme,
    allow,
    find_version,
    findings_of,
    reference_of,
    restore,
    withdraw,
)
from siappakai.themes.own import add_own_theme
from siappakai.themes.source import SourceOrder

BY = "baris perintah"
COLOURS = {Severity.REFUSED: "red", Severity.EXCEPTION: "yellow", Severity.NOTE: None}


def register(main: click.Group) -> None:
    main.add_command(themes)


@click.group("tema")
def themes() -> None:
    """Tema OpenSID: tambah, periksa, izinkan, daftar, tarik, kirim."""


@themes.command("tambah")
@click.argument("asal")
@click.option("--nama", "slug", default="", help="Nama folder tema; bawaan: dari temanya.")
@click.option("--versi", default="", help="Nomor versi; bawaan: dari tag atau temanya.")
@click.option("--judul", default="", help="Nama yang tampil di layar.")
@click.option("--tag", default="", help="Tag atau cabang git; bawaan: versi tertinggi.")
@click.option("--folder", default="", help="Folder di dalam sumber yang memuat template.php.")
@click.option(
    "--berkas-token",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Berkas 0600 berisi token untuk git tertutup.",
)
@with_app
def add(
    asal: str,
    slug: str,
    versi: str,
    judul: str,
    tag: str,
    folder: str,
    berkas_token: Path | None,
) -> None:
    """Ambil tema dari .zip, alamat git, folder git, atau folder; periksa; simpan."""
    source = SourceOrder(asal, tag, folder, berkas_token)
    version_id = add_theme(ThemeOrder(source, BY, slug, versi, judul), click.echo)
    row = db.session.get_one(ThemeVersion, version_id)
    _show_findings(findings_of(row))
    _show(row)
    if row.state != ThemeState.READY:
        sys.exit(1)


@themes.command("bawaan")
@with_app
def add_shipped() -> None:
    """Masukkan Nusantara, tema yang ikut dengan panel ini; aman diulang."""
    _show(db.session.get_one(ThemeVersion, add_own_theme(BY, click.echo)))


@themes.command("temuan")
@click.argument("tema")
@with_app
def findings(tema: str) -> None:
    """Apa yang ditemukan pada NAMA@VERSI."""
    row = find_version(tema)
    _show_findings(findings_of(row))
    for each in row.exceptions:
        click.echo(
            f"Izin: {each['code']} {each['path']}, {each['by']}, {each['at']}: {each['why']}"
        )
    _show(row)


@themes.command("izinkan")
@click.argument("tema")
@click.option("--temuan", "found", multiple=True, required=True, help="KODE atau KODE:BERKAS.")
@click.option("--alasan", required=True, help="Mengapa temuan itu aman.")
@with_app
def permit(tema: str, found: tuple[str, ...], alasan: str) -> None:
    """Beri izin untuk temuan bertanda “perlu izin” pada NAMA@VERSI."""
    wanted = [(code, path) for code, _, path in (each.partition(":") for each in found)]
    _show(allow(find_version(tema).id, wanted, by=BY, why=alasan))


@themes.command("daftar")
@with_app
def show() -> None:
    """Semua tema dan versinya."""
    rows = db.session.scalars(select(ThemeVersion).join(Theme)).all()
    if not rows:
        click.echo("Belum ada tema. Tambahkan dengan: siappakai tema tambah berkas.zip")
    for row in sorted(rows, key=lambda each: (each.theme.slug, version_key(each.version))):
        _show(row)


@themes.command("tarik")
@click.argument("tema")
@click.option("--alasan", required=True)
@with_app
def take_back(tema: str, alasan: str) -> None:
    """Tarik NAMA@VERSI: tidak dapat dipilih lagi, tetap tampil di tempat yang memakainya."""
    withdraw(find_version(tema).id, by=BY, reason=alasan)


@themes.command("pulihkan")
@click.argument("tema")
@with_app
def bring_back(tema: str) -> None:
    """Izinkan lagi NAMA@VERSI yang pernah ditarik."""
    restore(find_version(tema).id, by=BY)


@themes.command("kirim")
@click.argument("tema", nargs=-1)
@click.option("--server", "servers", multiple=True, help="Nama server; boleh berulang.")
@with_app
def send(tema: tuple[str, ...], servers: tuple[str, ...]) -> None:
    """Kirim tema (bawaan: semua yang siap) ke server (bawaan: semua yang siap)."""
    from siappakai.branding.distribute import distribute_brand

    if tema:
        rows = [find_version(each) for each in tema]
    else:
        rows = [*db.session.scalars(select(ThemeVersion).filter_by(state=ThemeState.READY))]
    packages = [each.sha256 for each in rows if each.sha256]
    results = distribute_brand(find_servers(servers), packages, (), click.echo, by=BY)
    for each in results:
        click.echo(each.sentence) if each.is_present else click.secho(each.sentence, fg="red")
    if not all(each.is_present for each in results):
        sys.exit(1)


def _show(row: ThemeVersion) -> None:
    size = f"{row.file_count} berkas, {row.size_bytes / 1_000_000:.1f} MB"
    licence = row.facts.get("licence") or "lisensi tidak disebut"
    click.echo(f"{reference_of(row)}: {row.state}, {size}, {licence}, {row.sha256[:12] or '-'}")
    if row.state_reason:
        click.echo(f"  {row.state_reason}")


def _show_findings(found: list[Finding]) -> None:
    for each in found:
        words = f"{each.severity}: {each.code} {each.place}".rstrip()
        click.secho(
            f"{words}\n    {each.sentence} {each.advice}".rstrip(), fg=COLOURS[each.severity]
        )
