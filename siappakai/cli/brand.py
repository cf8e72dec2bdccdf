"""`siappakai merek`: the brand kit: values, locks, pictures, versions, undo, the Android kit."""

from __future__ import annotations

from pathlib import Path

import click
from sqlalchemy import select

from siappakai.branding.assets import keep_asset
from siappakai.branding.colours import advise, nearest_admin_skin
from siappakai.branding.edits import Edit, read_layers, set_lock, set_values
from siappakai.branding.layers import Layer, Resolved
from siappakai.branding.mobile_kit import KitWish, make_kit
from siappakai.branding.scope import read_scope
from siappakai.branding.values import VALUES, ValueKind, label_of, shown
from siappakai.branding.versions import (
    all_versions,
    compare,
    draft_changes,
    draft_worn,
    find_number,
    freeze_now,
    resolve_version,
    undo_to,
)
from siappakai.cli import with_app
from siappakai.errors import InvalidInput
from siappakai.models import BrandAsset, db

BY = "baris perintah"
WHERE = click.option(
    "--wilayah",
    default="",
    help="Kode kabupaten, kecamatan, atau desa; baku: semua wilayah.",
)
KEY = click.argument("kunci", type=click.Choice(list(VALUES)), metavar="ISIAN")


def register(main: click.Group) -> None:
    from siappakai.cli import brand_schedule

    brand_schedule.register(brand)
    main.add_command(brand)


@click.group("merek")
def brand() -> None:
    """Wajah kabupaten: nama, warna, gambar, kunci, lapisan, dan versinya."""


@brand.command("isian")
@with_app
def catalogue() -> None:
    """Semua isian yang ada, dengan keterangannya."""
    for key, value in VALUES.items():
        click.echo(f"{key}: {value.label} ({value.kind}). {value.help}")
        if value.choices:
            click.echo(f"    pilihan: {', '.join(value.choices)}")


@brand.command("lihat")
@click.argument("kode", default="")
@click.option("--nomor", type=int, help="Wajah versi ini; baku: rancangan sekarang.")
@with_app
def show(kode: str, nomor: int | None) -> None:
    """Apa yang dipakai suatu wilayah, dan dari lapisan mana asalnya."""
    scope = read_scope(kode)
    worn = resolve_version(find_number(nomor), scope) if nomor else draft_worn(scope)
    if not worn:
        click.echo(f"Belum ada isian untuk {scope.label}.")
    for key, each in worn.items():
        click.echo(_line(key, each))


@brand.command("isi")
@KEY
@click.argument("nilai")
@WHERE
@with_app
def fill(kunci: str, nilai: str, wilayah: str) -> None:
    """Isi satu nilai di lapisan wilayah; gambar: nama berkas atau sidiknya."""
    scope = read_scope(wilayah)
    if VALUES[kunci].kind == ValueKind.IMAGE and Path(nilai).is_file():
        nilai = _keep(Path(nilai)).sha256
    tell_edit(set_values(scope, {kunci: nilai}, by=BY))
    if VALUES[kunci].kind == ValueKind.COLOUR:
        click.echo(advise(nilai).sentence)


@brand.command("kosongkan")
@KEY
@WHERE
@with_app
def clear(kunci: str, wilayah: str) -> None:
    """Keluarkan satu nilai dari lapisan wilayah; yang lebih luas terlihat lagi."""
    tell_edit(set_values(read_scope(wilayah), {kunci: None}, by=BY))


@brand.command("kunci")
@KEY
@WHERE
@with_app
def lock(kunci: str, wilayah: str) -> None:
    """Kunci: wilayah di bawahnya dan desa sendiri tidak dapat mengubahnya."""
    tell_edit(set_lock(read_scope(wilayah), kunci, True, by=BY))


@brand.command("bebaskan")
@KEY
@WHERE
@with_app
def unlock(kunci: str, wilayah: str) -> None:
    """Lepaskan kunci; pilihan desa sendiri terlihat lagi."""
    tell_edit(set_lock(read_scope(wilayah), kunci, None, by=BY))


@brand.command("gambar")
@click.argument("berkas", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@with_app
def picture(berkas: Path) -> None:
    """Unggah satu gambar: diperiksa, dibersihkan, disimpan menurut sidiknya."""
    kept = _keep(berkas)
    click.echo(f"{kept.sha256} {kept.media_type} {kept.width}×{kept.height}")


@brand.command("gambar-daftar")
@with_app
def pictures() -> None:
    """Semua gambar yang pernah diunggah."""
    for row in db.session.scalars(select(BrandAsset).order_by(BrandAsset.created_at)):
        click.echo(
            f"{row.sha256[:12]} {row.media_type} {row.width}×{row.height} {row.original_name}"
        )


@brand.command("warna")
@click.argument("warna")
@with_app
def colour(warna: str) -> None:
    """Ukur kontras suatu warna, dan tawarkan tetangganya yang terbaca."""
    click.echo(advise(warna).sentence)
    click.echo(f"Warna halaman admin terdekat: {nearest_admin_skin(warna)}")


@brand.command("lapisan")
@with_app
def layers() -> None:
    """Semua lapisan dengan isinya."""
    rows = sorted(read_layers(), key=lambda each: each.key)
    if not rows:
        click.echo("Belum ada lapisan. Mulai dengan: siappakai merek isi app_name …")
    for row in rows:
        click.echo(f"{row.label}:")
        for line in _contents(row):
            click.echo(f"    {line}")


@brand.command("bekukan")
@click.argument("judul")
@click.option("--catatan", default="")
@with_app
def freeze(judul: str, catatan: str) -> None:
    """Bekukan semua lapisan menjadi satu wajah bernomor, siap diterapkan."""
    if not judul.strip():
        raise InvalidInput("Judulnya belum diisi.", hint="Misalnya: Logo baru 2026.")
    version = freeze_now(judul.strip(), by=BY, note=catatan)
    click.echo(f"Wajah versi {version.number}, «{version.title}», sidik {version.sha256[:12]}.")


@brand.command("versi")
@with_app
def versions() -> None:
    """Wajah yang pernah dibekukan, terbaru dahulu; lalu yang belum dibekukan."""
    for row in all_versions():
        click.echo(f"{row.number} {row.created_at:%d-%m-%Y %H:%M} {row.origin}: {row.title}")
    changes = draft_changes()
    click.echo(f"Belum dibekukan: {len(changes)} perubahan.")
    for sentence in changes:
        click.echo(f"    {sentence}")


@brand.command("beda")
@click.argument("lama", type=int)
@click.argument("baru", type=int)
@with_app
def difference(lama: int, baru: int) -> None:
    """Perbedaan dua wajah, kalimat demi kalimat."""
    told = compare(find_number(lama), find_number(baru))
    for sentence in told or ["Tidak ada bedanya."]:
        click.echo(sentence)


@brand.command("kembali")
@click.argument("nomor")
@WHERE
@click.confirmation_option(prompt="Rancangan yang belum dibekukan ikut disimpan dahulu. Lanjut?")
@with_app
def undo(nomor: str, wilayah: str) -> None:
    """Kembali ke wajah NOMOR, atau `awal`: sebelum ada wajah. Belum diterapkan ke desa."""
    if nomor != "awal" and not nomor.isdecimal():
        raise InvalidInput("Tulis nomor wajah, atau awal.", hint="Lihat: siappakai merek versi")
    target = None if nomor == "awal" else find_number(int(nomor)).id
    version = undo_to(target, read_scope(wilayah), by=BY)
    click.echo(f"Wajah versi {version.number}: {version.title}.")


@brand.command("kit-android")
@click.argument("paket")
@click.option("--keluar", type=click.Path(path_type=Path), required=True, help="Berkas zip.")
@WHERE
@click.option("--nama", default="", help="Nama aplikasi; baku: dari wajah.")
@click.option("--latar", default="#ffffff", help="Warna latar ikon.")
@with_app
def android_kit(paket: str, keluar: Path, wilayah: str, nama: str, latar: str) -> None:
    """Bahan untuk membangun aplikasi Android sendiri, misalnya id.go.takalarkab.layanan."""
    content = make_kit(KitWish(paket, read_scope(wilayah), nama, latar))
    keluar.write_bytes(content)
    click.echo(f"{keluar}: {len(content) / 1e6:.1f} MB. Petunjuknya di BACA.md.")


def tell_edit(edit: Edit) -> None:
    """What an edit changed and what should be known of it."""
    for sentence in edit.changes or ("Tidak ada yang berubah.",):
        click.echo(sentence)
    for sentence in edit.notes:
        click.secho(f"Catatan: {sentence}", fg="yellow")
    if edit.changes:
        click.echo("Ini rancangan; bekukan dengan: siappakai merek bekukan JUDUL")


def _keep(path: Path) -> BrandAsset:
    return keep_asset(path.read_bytes(), path.name, BY)


def _line(key: str, each: Resolved) -> str:
    lock = f", dikunci {each.locked_by}" if each.is_locked else ""
    own = f"; pilihan sendiri «{shown(key, each.overridden)}»" if each.overridden else ""
    return f"{label_of(key)}: {shown(key, each.value)} (dari {each.layer}{lock}{own})"


def _contents(layer: Layer) -> list[str]:
    locks = {True: " [dikunci]", False: " [bebas]", None: ""}
    lines = [
        f"{label_of(key)}: {shown(key, text) if text else 'asal'}{locks[layer.locks.get(key)]}"
        for key, text in layer.values.items()
    ]
    lines += [
        f"{label_of(key)}{locks[locked]}"
        for key, locked in layer.locks.items()
        if key not in layer.values
    ]
    return lines + [
        f"{label_of(key)}: {shown(key, text)} [pilihan desa sendiri]"
        for key, text in layer.adopted.items()
    ]
