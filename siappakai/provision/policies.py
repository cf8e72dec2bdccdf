"""Touch: how instances follow releases: their channel, pinned or not, held until a day, and why."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from flask import current_app
from sqlalchemy import or_, select

from siappakai.config import Settings
from siappakai.errors import InvalidInput, NotFound
from siappakai.models import (
    Channel,
    Instance,
    InstancePolicy,
    Village,
    append_event,
    db,
    transaction,
    utc_now,
)
from siappakai.regions import normalise_code

LONGEST_REASON = 200


@dataclass(frozen=True, slots=True)
class Following:
    """What an instance's policy says; the ordinary channel when it has none."""

    channel: Channel = Channel.ORDINARY
    is_pinned: bool = False
    held_until_on: date | None = None
    reason: str = ""


def following_of(instance_id: int) -> Following:
    """How the instance follows releases now."""
    row = db.session.get(InstancePolicy, instance_id)
    if row is None:
        return Following()
    return Following(row.channel, row.is_pinned, row.held_until_on, row.reason)


def set_channel(ids: Sequence[int], channel: Channel, *, by: str, reason: str = "") -> int:
    """The instances get new releases early, ordinarily or late. Returns how many changed."""

    def change(now: Following) -> Following:
        return Following(channel, now.is_pinned, now.held_until_on, reason or now.reason)

    return _change(ids, change, by)


def pin(ids: Sequence[int], *, by: str, reason: str) -> int:
    """No rollout moves the instances until they are released again."""
    wanted = checked_reason(reason)
    return _change(ids, lambda now: Following(now.channel, True, now.held_until_on, wanted), by)


def hold(ids: Sequence[int], until: date, *, by: str, reason: str) -> int:
    """No rollout moves the instances up to and including that day."""
    wanted = checked_reason(reason)
    if until < today():
        raise InvalidInput(
            f"Tanggal {until:%d-%m-%Y} sudah lewat.", hint="Pilih hari ini atau sesudahnya."
        )
    return _change(ids, lambda now: Following(now.channel, now.is_pinned, until, wanted), by)


def let_go(ids: Sequence[int], *, by: str) -> int:
    """The instances are neither pinned nor held; their channel stays."""
    return _change(ids, lambda now: Following(now.channel), by)


def set_following(instance_id: int, wanted: Following, *, by: str) -> int:
    """All of one instance's policy at once; what keeps it back wants a reason and a coming day."""
    before = following_of(instance_id)
    if wanted.is_pinned or wanted.held_until_on is not None:
        checked_reason(wanted.reason)
    until = wanted.held_until_on
    if until is not None and until != before.held_until_on and until < today():
        raise InvalidInput(
            f"Tanggal {until:%d-%m-%Y} sudah lewat.", hint="Pilih hari ini atau sesudahnya."
        )
    return _change([instance_id], lambda _: wanted, by)


def find_instances(
    codes: Iterable[str] = (), districts: Iterable[str] = (), product: str = ""
) -> list[int]:
    """The instances of these villages (or regions) and of all villages of these districts.

    NotFound names what matches nothing, so that no code is passed over silently.
    """
    found: dict[int, None] = {}
    for code in codes:
        found |= _matching(Instance.scope_code == _digits(code), product, code)
    for code in districts:
        digits = _digits(code)
        in_district = or_(
            Instance.scope_code == digits,
            Instance.village_code.in_(select(Village.code).filter_by(district_code=digits)),
        )
        found |= _matching(in_district, product, code)
    db.session.rollback()
    return list(found)


def _matching(condition: object, product: str, code: str) -> dict[int, None]:
    query = select(Instance.id).where(condition).order_by(Instance.id)  # type: ignore[arg-type]
    ids = db.session.scalars(query.filter_by(product=product) if product else query).all()
    if not ids:
        raise NotFound(
            f"Tidak ada aplikasi untuk {code}.",
            hint="Periksa kodenya; aplikasi itu belum terpasang di sana.",
        )
    return dict.fromkeys(ids)


def _digits(code: str) -> str:
    return normalise_code(code) or code


def checked_reason(reason: str) -> str:
    wanted = reason.strip()
    if not wanted or len(wanted) > LONGEST_REASON:
        raise InvalidInput(
            "Alasannya belum diisi." if not wanted else "Alasannya terlalu panjang.",
            hint=f"Tulis satu kalimat, paling panjang {LONGEST_REASON} huruf.",
        )
    return wanted


def today() -> date:
    """The day it is where the villages are."""
    settings: Settings = current_app.extensions["siappakai_settings"]
    return utc_now().astimezone(ZoneInfo(settings.local_time_zone)).date()


def _change(ids: Sequence[int], change: Callable[[Following], Following], by: str) -> int:
    with transaction():
        return sum(_change_one(each, change, by) for each in dict.fromkeys(ids))


def _change_one(instance_id: int, change: Callable[[Following], Following], by: str) -> bool:
    instance = db.session.get(Instance, instance_id)
    if instance is None:
        raise NotFound("Aplikasi itu tidak ada.")
    before = following_of(instance_id)
    after = change(before)
    if after == before:
        return False
    row = db.session.get(InstancePolicy, instance_id) or InstancePolicy(instance_id=instance_id)
    row.channel, row.is_pinned = after.channel, after.is_pinned
    row.held_until_on, row.reason = after.held_until_on, after.reason[:LONGEST_REASON]
    row.set_by, row.set_at = by, utc_now()
    db.session.add(row)
    append_event(
        "policy_changed",
        f"instance:{instance_id}",
        by=by,
        village=instance.scope_code,
        channel=str(after.channel),
        pinned=after.is_pinned,
        held_until=after.held_until_on.isoformat() if after.held_until_on else "",
        reason=after.reason,
    )
    return True
