"""`siappakai desa kanal | sematkan | tahan | lepaskan`: how villages follow releases."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import click

from siappakai.cli import with_app
from siappakai.cli.villages import villages
from siappakai.errors import InvalidInput
from siappakai.local_words import home_word
from siappakai.models import Channel
from siappakai.products import RECIPES
from siappakai.provision import policies
from siappakai.provision.shared_policies import bound_with

BY = "baris perintah"


def register(main: click.Group) -> None:
    for command in (channel, pin, hold, let_go):
        villages.add_command(command)


def _of_many(command: click.decorators.FC) -> click.decorators.FC:
    """Codes as arguments, districts and one product as options."""
    product = click.Choice(sorted(RECIPES))
    command = click.option("--produk", "product", type=product, default="opensid")(command)
    command = click.option("--kecamatan", "districts", multiple=True, help="Semua desanya.")(
        command
    )
    return click.argument("codes", metavar="KODE", nargs=-1)(command)


def _ids(given: dict[str, Any]) -> list[int]:
    if not given["codes"] and not given["districts"]:
        raise InvalidInput("Sebutkan kode desanya.", hint="Atau seluruh kecamatan: --kecamatan")
    return policies.find_instances(given["codes"], given["districts"], given["product"])


@click.command("kanal")
@click.argument("kanal", type=click.Choice([str(each) for each in Channel]))
@_of_many
@with_app
def channel(kanal: str, **given: Any) -> None:
    """Kapan desa mendapat rilis baru: cepat, biasa, atau lambat."""
    ids = _ids(given)
    _tell(policies.set_channel(ids, Channel(kanal), by=BY), len(ids))
    _tell_bound(ids, given["product"], "mengikuti kanal paling lambat")


@click.command("sematkan")
@_of_many
@click.option("--alasan", required=True)
@with_app
def pin(alasan: str, **given: Any) -> None:
    """Sematkan pada versinya sekarang sampai dilepaskan; peluncuran melewatinya."""
    ids = _ids(given)
    _tell(policies.pin(ids, by=BY, reason=alasan), len(ids))
    _tell_bound(ids, given["product"], "tertahan")


@click.command("tahan")
@_of_many
@click.option("--sampai", required=True, type=click.DateTime(["%Y-%m-%d", "%d-%m-%Y"]))
@click.option("--alasan", required=True)
@with_app
def hold(sampai: datetime, alasan: str, **given: Any) -> None:
    """Tahan sampai dan termasuk suatu hari; sesudahnya ikut rilis lagi."""
    ids = _ids(given)
    _tell(policies.hold(ids, sampai.date(), by=BY, reason=alasan), len(ids))
    _tell_bound(ids, given["product"], "tertahan")


@click.command("lepaskan")
@_of_many
@with_app
def let_go(**given: Any) -> None:
    """Tidak disematkan dan tidak ditahan lagi; kanalnya tetap."""
    ids = _ids(given)
    _tell(policies.let_go(ids, by=BY), len(ids))
    for each in bound_with(ids):
        if each.kept_by:
            click.echo(f"{each.name} masih tertahan oleh {', '.join(each.kept_by)}.")


def _tell(changed: int, total: int) -> None:
    click.echo(f"{changed} aplikasi diubah, {total - changed} sudah demikian.")


def _tell_bound(ids: list[int], product: str, how: str) -> None:
    word = home_word(product)
    for each in bound_with(ids):
        others = f"{each.others} {word} lain ikut {how}"
        click.echo(f"Berbagi basis data gabungan ({each.name}): {others}.")
