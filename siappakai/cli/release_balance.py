"""`siappakai rilis neraca`: what an update to a release may not lose, and what the release adds."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from siappakai.cli import with_app
from siappakai.cli.one_release import EDITION, PRODUCT, find_release
from siappakai.cli.releases import BY, releases
from siappakai.errors import InvalidInput, Refused
from siappakai.products.balance import Rule, Terms
from siappakai.provision.release_balance import (
    balance_of,
    drop_addition,
    never_found,
    rollouts_judged,
    set_addition,
)

RULES = {Rule.MUST_EQUAL: "harus sama", Rule.MAY_NOT_SHRINK: "tidak boleh berkurang"}


def register(_main: click.Group) -> None:
    releases.add_command(balance)


@click.command("neraca")
@PRODUCT
@click.argument("versi")
@click.argument(
    "berkas", required=False, type=click.Path(path_type=Path, exists=True, dir_okay=False)
)
@EDITION
@click.option("--hapus", is_flag=True, help="Buang tambahan rilis ini.")
@click.option("--ya", is_flag=True, help="Jangan bertanya lagi.")
@with_app
def balance(
    produk: str, versi: str, berkas: Path | None, edisi: str | None, hapus: bool, ya: bool
) -> None:
    """Tampilkan neraca data rilis ini, atau tulis tambahannya dari BERKAS (TOML)."""
    if berkas and hapus:
        raise Refused("Pilih satu: BERKAS atau --hapus.")
    release = find_release(produk, versi, edisi)
    release_id, version = release.id, release.version
    if hapus:
        _drop(release_id, ya)
    elif berkas:
        _keep(release_id, berkas)
    else:
        _show(release_id, version)


def _drop(release_id: int, is_sure: bool) -> None:
    if not is_sure:
        click.confirm("Tambahan neraca rilis ini dibuang. Lanjut?", abort=True)
    drop_addition(release_id, by=BY)
    click.echo("Tambahan neraca dibuang; yang berlaku kembali hanya kontrak produknya.")
    _tell_whom(release_id)


def _keep(release_id: int, path: Path) -> None:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidInput("Berkas itu bukan teks UTF-8.", hint="Simpan ulang: UTF-8.") from error
    if not set_addition(release_id, text, by=BY):
        click.echo("Tidak ada yang berubah: tambahan neraca rilis ini sudah demikian.")
        return
    click.echo("Tambahan neraca rilis ini ditulis; berlaku sejak pembaruan berikutnya.")
    for name in never_found(release_id, text):
        click.secho(f"Perhatian: {name} tidak ada di cetakan rilis ini. Salah tulis?", fg="yellow")
    _tell_whom(release_id)


def _tell_whom(release_id: int) -> None:
    for number, state in rollouts_judged(release_id):
        click.echo(f"Peluncuran {number} ({state}): berlaku bagi desa yang belum mulai.")
    click.echo("Putusan gladi bersih yang lama tidak berubah: ulangi gladinya.")


def _show(release_id: int, version: str) -> None:
    found = balance_of(release_id)
    click.echo(f"Neraca data yang berlaku bagi pembaruan ke {version}:")
    for line in _lines(found.contract.between(version, version)):
        click.echo(f"  {line}")
    click.echo("  tabel lain: tidak boleh hilang atau berkurang barisnya")
    if found.addition:
        click.echo(f"Di antaranya tambahan rilis ini:\n{found.addition.rstrip()}")
    else:
        click.echo("Rilis ini tidak punya tambahan; tulis dengan menyebut berkas TOML-nya.")


def _lines(terms: Terms) -> Iterator[str]:
    for each in terms.invariants:
        yield f"{RULES[each.rule]}: {each.label} ({each.key})"
    for cell in sorted(terms.cells()):
        yield f"tidak boleh dikosongkan: {cell}"
    for one in terms.together:
        yield f"hanya jumlahnya dijaga: {', '.join(one.tables)}. {one.reason}"
    for some in (*terms.may_shrink, *terms.files_may_shrink):
        yield f"boleh berkurang: {', '.join(some.names)}. {some.reason}"
    if terms.volatile:
        yield f"berkas yang tidak dihitung: {', '.join(terms.volatile)}"
    if terms.drops:
        yield f"tidak dijaga lagi: {', '.join(terms.drops)}"
