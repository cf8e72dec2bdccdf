"""`siappakai merek sementara | hut-ri | berkabung | pemilu | hapus-sementara | jadwal`."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

import click

from siappakai.branding.edits import Temporary, add_temporary, read_layers, remove_temporary
from siappakai.branding.frozen import local_time
from siappakai.branding.schedule import election, independence_day, mourning, next_change
from siappakai.branding.scope import read_scope
from siappakai.branding.values import VALUES
from siappakai.branding.versions import local_zone
from siappakai.cli import with_app
from siappakai.cli.brand import BY, WHERE, tell_edit
from siappakai.errors import InvalidInput
from siappakai.models import utc_now

DAY = click.DateTime(["%Y-%m-%d", "%d-%m-%Y"])
MOMENT = click.DateTime(["%Y-%m-%d %H:%M", "%d-%m-%Y %H:%M", "%Y-%m-%d", "%d-%m-%Y"])


def register(brand: click.Group) -> None:
    for command in (temporary, independence, sorrow, vote, remove, upcoming):
        brand.add_command(command)


@click.command("sementara")
@click.argument("nama")
@click.option("--mulai", type=MOMENT, required=True, help="Waktu setempat.")
@click.option("--sampai", type=MOMENT, required=True, help="Waktu setempat; saat itu berakhir.")
@click.option("--isi", "given", multiple=True, required=True, help="ISIAN=NILAI, boleh berulang.")
@click.option("--bebas", "free", multiple=True, type=click.Choice(list(VALUES)))
@WHERE
@with_app
def temporary(
    nama: str,
    mulai: datetime,
    sampai: datetime,
    given: tuple[str, ...],
    free: tuple[str, ...],
    wilayah: str,
) -> None:
    """Lapisan di atas semua, dari saat mulai sampai saat berakhir; datang dan pergi sendiri."""
    zone = local_zone()
    values = dict(_pair(each) for each in given)
    starts, ends = mulai.replace(tzinfo=zone), sampai.replace(tzinfo=zone)
    _add(Temporary(nama, values, starts, ends, free=frozenset(free)), wilayah)


@click.command("hut-ri")
@click.argument("tahun", type=click.IntRange(2020, 2100))
@WHERE
@with_app
def independence(tahun: int, wilayah: str) -> None:
    """Pita merah putih, 1 sampai 31 Agustus."""
    _add(independence_day(tahun, local_zone()), wilayah)


@click.command("berkabung")
@click.argument("mulai", type=DAY)
@click.option("--hari", type=click.IntRange(1, 40), default=3)
@WHERE
@with_app
def sorrow(mulai: datetime, hari: int, wilayah: str) -> None:
    """Pita hitam selama beberapa hari."""
    _add(mourning(mulai.date(), hari, local_zone()), wilayah)


@click.command("pemilu")
@click.argument("mulai", type=DAY)
@click.argument("sampai", type=DAY)
@WHERE
@with_app
def vote(mulai: datetime, sampai: datetime, wilayah: str) -> None:
    """Pita netralitas dari hari pertama sampai dan termasuk hari terakhir."""
    first, last = _day(mulai), _day(sampai)
    _add(election(first, last, local_zone()), wilayah)


@click.command("hapus-sementara")
@click.argument("nama")
@WHERE
@with_app
def remove(nama: str, wilayah: str) -> None:
    """Hapus lapisan sementara, atau lapisan kembali, dari rancangan."""
    tell_edit(remove_temporary(read_scope(wilayah), nama, by=BY))


@click.command("jadwal")
@with_app
def upcoming() -> None:
    """Kapan lapisan sementara berikutnya mulai atau berakhir."""
    moment = next_change(read_layers(), utc_now())
    click.echo(local_time(moment, local_zone()) if moment else "Tidak ada yang dijadwalkan.")


def _add(wanted: Temporary, where: str) -> None:
    tell_edit(add_temporary(replace(wanted, scope=read_scope(where)), by=BY))


def _pair(text: str) -> tuple[str, str]:
    key, found, value = text.partition("=")
    if not found:
        raise InvalidInput(f"{text!r} bukan ISIAN=NILAI.", hint="Misalnya ribbon_kind=netral")
    return key.strip(), value


def _day(moment: datetime) -> date:
    return moment.date()
