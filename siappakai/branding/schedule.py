"""Temporary layers come and go by themselves: when the next one does, and what then happens.

What counts is the version an instance was given, never a draft: at the moment a temporary layer of
it begins or ends, a new version is made of the same layers, and only who looks different is told.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import contains_eager

from siappakai.branding.edits import Temporary
from siappakai.branding.frozen import DEFAULT_ZONE, digest_of, freeze_layers, thaw_layers
from siappakai.branding.layers import Layer
from siappakai.branding.scope import Scope
from siappakai.branding.versions import NewVersion, keep_version, who_changes
from siappakai.errors import InvalidInput
from siappakai.models import (
    BrandVersion,
    Instance,
    InstanceBrand,
    VersionOrigin,
    append_event,
    db,
    transaction,
)

BY = "jadwal"
INDEPENDENCE_YEAR = 1945


@dataclass(frozen=True, slots=True)
class Due:
    """A version made by the clock, and the instances that look different in it."""

    version_id: int
    instance_ids: tuple[int, ...]


def next_change(layers: Iterable[Layer], now: datetime) -> datetime | None:
    """When the next temporary layer begins or ends; None when none will."""
    moments = [
        moment
        for layer in layers
        if layer.is_temporary
        for moment in (layer.starts_at, layer.ends_at)
        if moment is not None and moment > now
    ]
    return min(moments, default=None)


def apply_due(now: datetime) -> tuple[Due, ...]:
    """Instances want the version that is right at `now`; returns those that look different.

    Their operations follow (`brand_tend.catch_up`). Who looks the same in it wears it at once, and
    no operation is needed. A second call changes nothing.
    """
    if not _waits(now):
        return ()
    with transaction():
        return tuple(due for group in _groups() if (due := _advance(group, now)))


def is_due(version: BrandVersion, now: datetime) -> bool:
    """Whether a temporary layer of the version should run and doesn't, or does and shouldn't."""
    frozen = freeze_layers(thaw_layers(version.layers), now)
    return digest_of(frozen) != version.sha256


def _waits(now: datetime) -> bool:
    """A short look, without a writing transaction, at whether anything is due."""
    given = (
        select(InstanceBrand.wanted_version_id).join(Instance).where(Instance.is_serving).distinct()
    )
    wanted = select(BrandVersion).where(BrandVersion.id.in_(given))
    found = any(is_due(version, now) for version in db.session.scalars(wanted))
    db.session.rollback()
    return found


def _groups() -> list[list[InstanceBrand]]:
    """What serving instances wear, by the version they want; oldest version first.

    What was taken away waits: once it is back, what is due then reaches it.
    """
    rows = db.session.scalars(
        select(InstanceBrand)
        .join(Instance)
        .where(InstanceBrand.wanted_version_id.is_not(None), Instance.is_serving)
        .options(contains_eager(InstanceBrand.instance))
        .order_by(InstanceBrand.wanted_version_id, InstanceBrand.instance_id)
    )
    groups: dict[int, list[InstanceBrand]] = {}
    for row in rows:
        groups.setdefault(row.wanted_version_id or 0, []).append(row)
    return list(groups.values())


def _advance(group: list[InstanceBrand], now: datetime) -> Due | None:
    """The group wants its version as it is right now; None when it already is."""
    version = group[0].wanted_version
    if not is_due(version, now):
        return None
    old = thaw_layers(version.layers)
    frozen = freeze_layers(old, now)
    new = thaw_layers(frozen)
    made = keep_version(new, NewVersion(_title(old, new), BY, VersionOrigin.SCHEDULE), now)
    changed = tuple(who_changes(old, new, [each.instance for each in group]))
    for each in group:
        if each.applied_version_id == version.id and each.instance_id not in changed:
            each.applied_version_id = made.id
        each.wanted_version_id = made.id
    append_event(
        "brand_schedule_due",
        f"brand_version:{made.number}",
        by=BY,
        from_number=version.number,
        instances=len(changed),
    )
    return Due(made.id, changed)


def _title(old: Iterable[Layer], new: Iterable[Layer]) -> str:
    ran = {each.key: bool(each.runs) for each in old}
    told = [
        f"«{each.title}» {'mulai berlaku' if each.runs else 'berakhir'}"
        for each in new
        if each.is_temporary and bool(each.runs) != ran.get(each.key, False)
    ]
    return ", ".join(told)


# --- ready-made temporary layers


def independence_day(year: int, zone: ZoneInfo = DEFAULT_ZONE) -> Temporary:
    """1 to 31 August: the red and white ribbon."""
    values = {
        "ribbon_kind": "merah_putih",
        "ribbon_text": f"Dirgahayu Republik Indonesia ke-{year - INDEPENDENCE_YEAR}",
    }
    first, last = date(year, 8, 1), date(year, 8, 31)
    return _template(f"HUT RI {year}", values, first, last, zone)


def mourning(first: date, days: int = 3, zone: ZoneInfo = DEFAULT_ZONE) -> Temporary:
    """National mourning: the black ribbon, for so many days."""
    values = {"ribbon_kind": "berkabung", "ribbon_text": "Turut berdukacita"}
    last = first + timedelta(days=days - 1)
    return _template(f"Berkabung {first:%d-%m-%Y}", values, first, last, zone)


def election(first: date, last: date, zone: ZoneInfo = DEFAULT_ZONE) -> Temporary:
    """From the campaign to the election: officials are neutral, and say so."""
    values = {"ribbon_kind": "netral", "ribbon_text": "Pemerintah desa netral dalam pemilu"}
    return _template(f"Netralitas pemilu {last.year}", values, first, last, zone)


def _template(
    title: str, values: dict[str, str], first: date, last: date, zone: ZoneInfo
) -> Temporary:
    """From the beginning of the first day to the end of the last, where the villages are."""
    if last < first:
        raise InvalidInput("Hari terakhir mendahului hari pertama.", hint="Periksa tanggalnya.")
    starts_at = datetime.combine(first, time.min, zone)
    ends_at = datetime.combine(last + timedelta(days=1), time.min, zone)
    return Temporary(title, values, starts_at, ends_at, Scope())
