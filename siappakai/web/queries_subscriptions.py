"""What the screens of Langganan show: the list by how long tokens last, counts, one village."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Date, Select, and_, case, func, literal, select
from sqlalchemy.orm import InstrumentedAttribute
from werkzeug.datastructures import MultiDict

from siappakai.models import (
    Instance,
    Subscription,
    SubscriptionCheck,
    SubscriptionLine,
    SubscriptionPush,
    Village,
    db,
    utc_now,
)
from siappakai.subscriptions.check import LineOutcome
from siappakai.subscriptions.expiry import (
    STAGES,
    ZONES,
    SubscriptionState,
    local_date,
    subscription_state,
    written_rest,
)
from siappakai.subscriptions.keep import has_previous
from siappakai.subscriptions.push import instances_to_push, is_waiting, takers
from siappakai.web.formatting import number
from siappakai.web.paging import Page, read_paging
from siappakai.web.queries_villages import LONGEST_TEXT, VillageFilter, filtered
from siappakai.web.status import Status

STATES = {
    "berlaku": "Masih berlaku",
    "segera": "Berakhir dalam 30 hari",
    "segera-14": "Berakhir dalam 14 hari",
    "segera-7": "Berakhir dalam 7 hari",
    "berakhir": "Sudah berakhir",
    "belum": "Belum ada token",
    "kirim": "Belum terkirim ke semua aplikasi",
}
WITHIN = {"segera": 30, "segera-14": 14, "segera-7": 7}
SORTS = ("nama", "kode", "akhir")
BADGES = {
    SubscriptionState.VALID: Status("Berlaku", "green", "circle-check"),
    SubscriptionState.SOON: Status("Segera berakhir", "orange", "clock"),
    SubscriptionState.ENDED: Status("Berakhir", "red", "alert-triangle"),
    SubscriptionState.MISSING: Status("Belum ada", "secondary", "circle-dashed"),
}
OUTCOMES = {
    LineOutcome.WRONG: ("Salah", "red"),
    LineOutcome.SHORTER: ("Lebih pendek", "orange"),
    LineOutcome.NEW: ("Baru", "green"),
    LineOutcome.RENEWS: ("Memperpanjang", "green"),
    LineOutcome.REPLACES: ("Mengganti", "blue"),
    LineOutcome.SAME: ("Sama", "secondary"),
}


@dataclass(frozen=True, slots=True)
class SubscriptionFilter:
    """What the admin asked for; every field may be empty."""

    text: str = ""
    state: str = ""
    sort: str = "nama"
    is_descending: bool = False

    @property
    def is_empty(self) -> bool:
        return not (self.text or self.state)


@dataclass(frozen=True, slots=True)
class SubscriptionView:
    """A village with its token; `rest` says how long it lasts, `waiting` of `installed` lack it."""

    village: Village
    subscription: Subscription | None
    badge: Status
    rest: str
    installed: int = 0
    waiting: int = 0
    has_previous: bool = False


@dataclass(frozen=True, slots=True)
class Notice:
    """One line of the banner on Beranda, and the filter of the list it leads to."""

    words: str
    state: str
    colour: str


def read_filter(args: MultiDict[str, str]) -> SubscriptionFilter:
    """The filter of an address; unknown values are left out."""
    sort = args.get("urut", "nama")
    return SubscriptionFilter(
        text=" ".join(args.get("cari", "").split())[:LONGEST_TEXT],
        state=args.get("keadaan", "") if args.get("keadaan") in STATES else "",
        sort=sort.removeprefix("-") if sort.removeprefix("-") in SORTS else "nama",
        is_descending=sort.startswith("-"),
    )


def find_subscriptions(wanted: SubscriptionFilter, args: MultiDict[str, str]) -> Page:
    """One page of villages with how their tokens stand."""
    now = utc_now()
    at, size = read_paging(args)
    total = db.session.scalar(_filtered(select(func.count()), wanted, now)) or 0
    at = min(at, max(1, -(-total // size)))
    query = _filtered(select(Village, Subscription), wanted, now).order_by(*_order(wanted))
    found = [(v, s) for v, s in db.session.execute(query.limit(size).offset((at - 1) * size))]
    apps = _applications([village.code for village, _ in found])
    rows = [_view(village, row, now, apps) for village, row in found]
    return Page(rows, at, size, total)


def subscription_of(village: Village) -> SubscriptionView:
    """What the village's own page shows of its token."""
    row = db.session.get(Subscription, village.code)
    apps = _applications([village.code])
    return _view(village, row, utc_now(), apps, has_previous(village.code))


def expiry_notices(now: datetime | None = None) -> list[Notice]:
    """The banner's lines, most urgent first; a wider span that adds nothing is left out."""
    at = now or utc_now()
    spans = [func.sum(case((_within(days, at), 1), else_=0)) for days in sorted(STAGES)]
    ended = func.sum(case((Subscription.ends_on < _day_there(at), 1), else_=0))
    query = select(ended, *spans).select_from(Subscription).join(Subscription.village)
    gone, *soon = (int(count or 0) for count in db.session.execute(query).one())
    notices = (
        [Notice(f"{number(gone)} token langganan sudah berakhir", "berakhir", "red")]
        if gone
        else []
    )
    before = 0
    for days, count in zip(sorted(STAGES), soon, strict=True):
        if count > before:
            state = next(key for key, span in WITHIN.items() if span == days)
            notices.append(
                Notice(f"{number(count)} token berakhir dalam {days} hari", state, "orange")
            )
        before = count
    return notices


def to_push_count() -> int:
    """How many applications still wait for their village's token."""
    return len(instances_to_push())


def outcome_counts(check_id: str) -> dict[str, int]:
    """How many lines of a check have each outcome; outcomes without lines are left out."""
    query = (
        select(SubscriptionLine.outcome, func.count())
        .where(SubscriptionLine.check_id == check_id)
        .group_by(SubscriptionLine.outcome)
    )
    found: dict[str, int] = dict(db.session.execute(query).all())
    return {str(each): found[each] for each in OUTCOMES if each in found}


def checked_lines(check: SubscriptionCheck, outcome: str, args: MultiDict[str, str]) -> Page:
    """One page of a check's lines, or of those with one outcome."""
    at, size = read_paging(args, 50)
    query = select(SubscriptionLine).where(SubscriptionLine.check_id == check.id)
    if outcome:
        query = query.where(SubscriptionLine.outcome == outcome)
    total = db.session.scalar(select(func.count()).select_from(query.subquery())) or 0
    at = min(at, max(1, -(-total // size)))
    shown = query.order_by(SubscriptionLine.number).limit(size).offset((at - 1) * size)
    return Page(list(db.session.scalars(shown)), at, size, total)


def shorter_lines(check: SubscriptionCheck) -> list[SubscriptionLine]:
    """The lines that would shorten what a village has: each wants a tick of its own."""
    query = (
        select(SubscriptionLine)
        .where(
            SubscriptionLine.check_id == check.id, SubscriptionLine.outcome == LineOutcome.SHORTER
        )
        .order_by(SubscriptionLine.number)
    )
    return list(db.session.scalars(query))


def _filtered(query: Select[Any], wanted: SubscriptionFilter, now: datetime) -> Select[Any]:
    query = query.select_from(Village).outerjoin(
        Subscription, Subscription.village_code == Village.code
    )
    query = filtered(query, VillageFilter(text=wanted.text))
    return query.where(_state_rule(wanted.state, now)) if wanted.state else query


def _state_rule(state: str, now: datetime) -> ColumnElement[bool]:
    if state in WITHIN:
        return _within(WITHIN[state], now)
    if state == "belum":
        return Subscription.village_code.is_(None)
    if state == "kirim":
        return Village.code.in_(_waiting_villages())
    today = _day_there(now)
    return Subscription.ends_on < today if state == "berakhir" else Subscription.ends_on >= today


def _within(days: int, now: datetime) -> ColumnElement[bool]:
    ends_on = Subscription.ends_on
    return and_(ends_on >= _day_there(now), ends_on <= _day_there(now, days))


def _day_there(now: datetime, days: int = 0) -> ColumnElement[date]:
    """The day it is where each village lies, some days on."""
    days_by_zone = [
        (Village.province_code.in_(sorted(provinces)), _literal(sorted(provinces)[0], now, days))
        for provinces in ZONES.values()
        if provinces
    ]
    return case(*days_by_zone, else_=_literal("", now, days))


def _literal(code: str, now: datetime, days: int) -> ColumnElement[date]:
    return literal(local_date(code, now) + timedelta(days=days), Date)


def _waiting_villages() -> Select[Any]:
    return (
        select(Instance.village_code)
        .join(Subscription, Subscription.village_code == Instance.village_code)
        .outerjoin(SubscriptionPush, SubscriptionPush.instance_id == Instance.id)
        .where(is_waiting())
        .correlate(None)
    )


def _order(wanted: SubscriptionFilter) -> list[ColumnElement[Any]]:
    columns: dict[str, InstrumentedAttribute[Any]] = {
        "nama": Village.name,
        "kode": Village.code,
        "akhir": Subscription.ends_on,
    }
    column = columns[wanted.sort]
    towards = column.desc() if wanted.is_descending else column.asc()
    without = [Subscription.ends_on.is_(None)] if wanted.sort == "akhir" else []
    return [*without, towards, Village.code.asc()]


def _applications(codes: list[str]) -> dict[str, tuple[int, int]]:
    """How many applications of each village are given the token, and how many of them wait."""
    waiting = func.sum(
        case((and_(Subscription.village_code.is_not(None), is_waiting()), 1), else_=0)
    )
    query = (
        select(Instance.village_code, func.count(), waiting)
        .outerjoin(Subscription, Subscription.village_code == Instance.village_code)
        .outerjoin(SubscriptionPush, SubscriptionPush.instance_id == Instance.id)
        .where(
            Instance.village_code.in_(codes),
            Instance.product.in_(takers()),
            Instance.is_installed,
        )
        .group_by(Instance.village_code)
    )
    return {code: (total, int(left or 0)) for code, total, left in db.session.execute(query)}


def _view(
    village: Village,
    row: Subscription | None,
    now: datetime,
    apps: Mapping[str, tuple[int, int]],
    has_one_before: bool = False,
) -> SubscriptionView:
    today = local_date(village.code, now)
    installed, waiting = apps.get(village.code, (0, 0))
    return SubscriptionView(
        village=village,
        subscription=row,
        badge=BADGES[subscription_state(row.ends_on if row else None, today)],
        rest=written_rest(row.ends_on, today) if row else "",
        installed=installed,
        waiting=waiting,
        has_previous=has_one_before,
    )
