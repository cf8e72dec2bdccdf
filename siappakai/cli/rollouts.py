"""`siappakai peluncuran`: plan, approve, launch, drive and record a rollout."""

from __future__ import annotations

from pathlib import Path

import click
from sqlalchemy import select

from siappakai.cli import with_app
from siappakai.cli.one_release import EDITION, PRODUCT, find_release
from siappakai.errors import NotFound, Refused
from siappakai.local_words import home_word
from siappakai.models import Instance, ItemState, Rollout, RolloutItem, db
from siappakai.products import find_recipe
from siappakai.rollout import acts
from siappakai.rollout.draft import draft_plan
from siappakai.rollout.freeze import approve, freeze_plan
from siappakai.rollout.gate import has_image, missing_on_servers
from siappakai.rollout.holidays import load_file, load_shipped
from siappakai.rollout.plan_export import export_plan
from siappakai.rollout.policy import PRESETS
from siappakai.rollout.receipts import report_of
from siappakai.rollout.report_pdf import rollout_pdf
from siappakai.rollout.report_xlsx import rollout_sheets
from siappakai.rollout.way_back import held_back
from siappakai.tasks.order import order_distribution

BY = "baris perintah"
NUMBER = click.argument("nomor", type=int)


def register(main: click.Group) -> None:
    main.add_command(rollouts)


@click.group("peluncuran")
def rollouts() -> None:
    """Hari rilis: rencana, setujui, luncurkan, jeda, lanjut, mundur, laporan."""


@rollouts.command("daftar")
@with_app
def show_all() -> None:
    """Semua peluncuran, yang terbaru dahulu."""
    rows = db.session.scalars(select(Rollout).order_by(Rollout.id.desc())).all()
    for row in rows:
        label = _label(row)
        click.echo(f"{row.id}  {row.state:<12} {label:<24} {row.title}")
    if not rows:
        click.echo("Belum ada peluncuran. Buat rencana: siappakai peluncuran rencana …")


def _label(row: Rollout) -> str:
    if row.brand_version_id:
        return f"Wajah versi {row.brand_version.number}"
    return f"{find_recipe(row.product).label} {row.release.version}"


@rollouts.command("rencana")
@PRODUCT
@click.argument("versi")
@EDITION
@click.option("--aturan", type=click.Choice(sorted(PRESETS)), default="biasa", show_default=True)
@click.option("--judul", default="", help="Nama peluncuran ini.")
@click.option("--coba", is_flag=True, help="Hanya tampilkan, jangan simpan.")
@with_app
def plan(produk: str, versi: str, edisi: str | None, aturan: str, judul: str, coba: bool) -> None:
    """Siapa pindah, siapa tetap dan mengapa, dalam gelombang apa; disimpan beku."""
    release = find_release(produk, versi, edisi)
    made = draft_plan(release.id, PRESETS[aturan], has_image)
    for wave in made.waves:
        names = [move.label for move in made.moves if move.wave == wave.number]
        click.echo(f"{wave.name}: {len(names)}  ({', '.join(names[:6])}{' …' * (len(names) > 6)})")
    for stay in made.stays:
        click.echo(f"tetap: {stay.label}: {stay.sentence}")
    for warning in made.warnings:
        click.echo(f"perhatian: {warning}")
    if not coba:
        title = judul or f"{find_recipe(produk).label} {release.version}"
        number = freeze_plan(made, PRESETS[aturan], title=title, by=BY)
        kept = db.session.get_one(Rollout, number)
        click.echo(f"Rencana nomor {number} dibekukan, sidik {kept.plan_sha256[:16]}.")
        order_distribution(release.id, by=BY)
        click.echo("Citranya sedang dikirim dan dibuktikan di setiap server.")


@rollouts.command("setujui")
@NUMBER
@click.option("--oleh", required=True, help="Nama yang menyetujui.")
@with_app
def agree(nomor: int, oleh: str) -> None:
    """Setujui rencana itu persis seperti dibekukan."""
    rollout = _find(nomor)
    approve(nomor, rollout.plan_sha256, by=oleh, gate=missing_on_servers)
    click.echo("Disetujui.")


@rollouts.command("luncurkan")
@NUMBER
@with_app
def launch(nomor: int) -> None:
    """Mulai; pekerja dan penjadwal meneruskannya."""
    acts.launch(nomor, by=BY)
    _tell(nomor)


@rollouts.command("jeda")
@NUMBER
@with_app
def pause(nomor: int) -> None:
    """Tidak ada yang mulai lagi; yang berjalan diselesaikan."""
    acts.pause(nomor, by=BY)
    _tell(nomor)


@rollouts.command("lanjut")
@NUMBER
@with_app
def resume(nomor: int) -> None:
    """Teruskan setelah jeda atau tertahan."""
    acts.resume(nomor, by=BY)
    _tell(nomor)


@rollouts.command("hentikan")
@NUMBER
@click.option("--alasan", required=True)
@with_app
def stop(nomor: int, alasan: str) -> None:
    """Hentikan untuk seterusnya; yang sudah pindah tetap."""
    acts.stop(nomor, reason=alasan, by=BY)
    _tell(nomor)


@rollouts.command("batalkan")
@NUMBER
@with_app
def discard(nomor: int) -> None:
    """Buang rencana yang belum berjalan."""
    acts.discard(nomor, by=BY)
    click.echo("Rencana dibatalkan.")


@rollouts.command("lewati")
@NUMBER
@click.argument("kode")
@click.option("--alasan", required=True)
@with_app
def skip(nomor: int, kode: str, alasan: str) -> None:
    """Lewati satu desa."""
    acts.skip(_item(nomor, kode).id, reason=alasan, by=BY)
    _tell(nomor)


@rollouts.command("coba-lagi")
@NUMBER
@click.argument("kode", required=False)
@with_app
def retry(nomor: int, kode: str | None) -> None:
    """Coba lagi satu desa, atau semua yang gagal."""
    if kode:
        item = _item(nomor, kode)
        name = item.instance.home.name
        click.echo(f"{name} {acts.retry(item.id, by=BY)}")
    else:
        count, again = acts.retry_failed(nomor, by=BY)
        click.echo(f"{count} {again}")
    _tell(nomor)


@rollouts.command("mulai-gelombang")
@NUMBER
@click.argument("gelombang", type=int)
@with_app
def confirm(nomor: int, gelombang: int) -> None:
    """Izinkan gelombang yang menunggu persetujuan."""
    acts.refuse_early(nomor, gelombang)
    acts.confirm_wave(nomor, gelombang, by=BY)
    _tell(nomor)


@rollouts.command("mundur")
@NUMBER
@click.option("--desa", "kode", default="", help="Hanya desa ini.")
@click.option("--gelombang", type=int, default=None, help="Hanya gelombang ini.")
@click.confirmation_option(
    prompt="Isian sejak pembaruan hilang dari aplikasi (salinannya disimpan). Mundurkan?"
)
@with_app
def go_back(nomor: int, kode: str, gelombang: int | None) -> None:
    """Kembalikan satu desa, satu gelombang, atau semuanya ke versi dan basis data lama."""
    chosen = [_item(nomor, kode, "--desa ")] if kode else _find(nomor).items
    ids = [item.id for item in chosen if gelombang in (None, item.wave_number)]
    left = _left_where_they_are(nomor, ids)
    count = acts.return_items(nomor, ids, by=BY)
    click.echo(f"{count} dikembalikan.")
    for sentence in left:
        click.echo(sentence)
    moving = sum(1 for item in chosen if item.id in ids and item.state == ItemState.STARTED)
    if moving:
        click.echo(f"{moving} sedang berpindah dan tidak ikut: ulangi perintah ini sesudahnya.")
    _tell(nomor)


def _left_where_they_are(number: int, item_ids: list[int]) -> list[str]:
    """A sentence for each of these units that moved but can't go back by this rollout."""
    moved = [
        item
        for item in _find(number).items
        if item.id in item_ids and item.state in acts.RETURNABLE
    ]
    held = held_back(number, [item.instance_id for item in moved])
    return [
        f"Tidak dimundurkan: {item.instance.home.name} {held[item.instance_id]}."
        for item in moved
        if item.instance_id in held
    ]


@rollouts.command("lihat")
@NUMBER
@with_app
def show(nomor: int) -> None:
    """Keadaan peluncuran, gelombang demi gelombang."""
    _tell(nomor)
    rollout = _find(nomor)
    for wave in rollout.waves:
        items = [item for item in rollout.items if item.wave_number == wave.number]
        click.echo(f"{wave.name} ({len(items)})")
        for item in items:
            name = item.instance.home.name
            click.echo(f"  {item.instance.scope_code} {name:<24} {item.state:<16} {item.reason}")


@rollouts.command("ekspor")
@NUMBER
@click.argument("berkas", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--rencana", "only_plan", is_flag=True, help="Rencananya saja.")
@with_app
def export(nomor: int, berkas: Path, only_plan: bool) -> None:
    """Tulis laporan ke BERKAS: .xlsx atau .pdf menurut akhirannya."""
    rollout = _find(nomor)
    home = home_word(rollout.product)
    if only_plan:
        berkas.write_bytes(export_plan(rollout, home=home))
    elif berkas.suffix == ".pdf":
        berkas.write_bytes(rollout_pdf(report_of(nomor, made_by=BY)))
    else:
        berkas.write_bytes(rollout_sheets(report_of(nomor, made_by=BY), home))
    click.echo(f"Ditulis: {berkas}")


def _tell(number: int) -> None:
    rollout = _find(number)
    db.session.refresh(rollout)
    done = sum(1 for item in rollout.items if item.state == ItemState.SUCCEEDED)
    click.echo(f"{rollout.title}: {rollout.state}, {done} dari {len(rollout.items)} berhasil.")
    if rollout.blocked_because:
        click.echo(rollout.blocked_because)


def _find(number: int) -> Rollout:
    rollout = db.session.get(Rollout, number)
    if rollout is None:
        raise NotFound(f"Peluncuran {number} tidak ada.", hint="Lihat: siappakai peluncuran daftar")
    return rollout


def _item(number: int, code: str, option: str = "") -> RolloutItem:
    """The unit that this place leads; Refused, with its leader, for one that moves along."""
    wanted = code.replace(".", "")
    items = _find(number).items
    for item in items:
        if item.instance.scope_code == wanted:
            return item
    here = db.session.scalars(select(Instance).filter_by(scope_code=wanted)).all()
    for item in items:
        for each in here:
            if each.id in item.members:
                raise _moves_along(each.home.name, item, option)
    raise NotFound(f"Desa {code} tidak ada di peluncuran {number}.")


def _moves_along(name: str, item: RolloutItem, option: str) -> Refused:
    return Refused(
        f"{name} berpindah bersama {len(item.members) - 1} desa lain dalam satu basis data.",
        hint=f"Untuk semuanya sekaligus: {option}{item.instance.scope_code}",
    )


@rollouts.command("libur")
@click.option("--dari", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@with_app
def holidays(dari: Path | None) -> None:
    """Muat hari libur: daftar bawaan, atau berkas CSV/XLSX/ICS sendiri."""
    if dari is None:
        loaded = load_shipped(by=BY)
    else:
        loaded = load_file(dari.name, dari.read_bytes(), by=BY)
    click.echo(f"{loaded.added} hari ditambahkan, {loaded.changed} diubah.")
