"""The list of villages: filters that an address carries, and one fast page of it.

Made for 83,762 rows: a page reads only the codes it shows from an index, then the rest by code.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, func, or_, select
from sqlalchemy.orm import aliased, defer, selectinload
from werkzeug.datastructures import MultiDict

from siappakai.models import (
    ACTIVE,
    Instance,
    ObservedState,
    Operation,
    OperationState,
    Release,
    Village,
    WantedState,
    db,
)
from siappakai.products import RECIPES
from siappakai.products.contract import Scope
from siappakai.provision.catalogue import newest_first
from siappakai.web.formatting import product_rank
from siappakai.web.paging import Page, read_paging

SORTS: dict[str, Any] = {"nama": Village.name, "kode": Village.code, "domain": Village.domain}
TROUBLED = (ObservedState.UNHEALTHY, ObservedState.STOPPED, ObservedState.MISSING)
FAILURES = (OperationState.FAILED, OperationState.ERRORED)
STATUSES = {
    "sehat": "Sehat",
    "bermasalah": "Bermasalah",
    "proses": "Sedang dikerjakan",
    "gagal": "Ada yang gagal",
    "terpasang": "Semua yang terpasang",
    "belum": "Belum dipasang",
    "dilepas": "Ada yang dilepas",
}
COMMON_STATUSES = frozenset({"", "sehat", "terpasang", "belum"})
LONGEST_TEXT = 120
MOST_DISTRICTS = 600
FEW = 2000


@dataclass(frozen=True, slots=True)
class VillageFilter:
    """What the admin asked for; every field may be empty."""

    text: str = ""
    district: str = ""
    product: str = ""
    release: int | None = None
    status: str = ""
    sort: str = "nama"
    is_descending: bool = False

    @property
    def is_empty(self) -> bool:
        return not (self.text or self.district or self.product or self.release or self.status)


def read_filter(args: MultiDict[str, str]) -> VillageFilter:
    """The filter of an address; unknown values are left out."""
    release, district = args.get("rilis", ""), args.get("kecamatan", "")
    product = args.get("aplikasi", "")
    sort = args.get("urut", "nama")
    return VillageFilter(
        text=" ".join(args.get("cari", "").split())[:LONGEST_TEXT],
        district=district if re.fullmatch("[0-9]{6}", district) else "",
        product=product if product in RECIPES else "",
        release=int(release) if re.fullmatch("[0-9]{1,9}", release) else None,
        status=args.get("keadaan", "") if args.get("keadaan") in STATUSES else "",
        sort=sort.removeprefix("-") if sort.removeprefix("-") in SORTS else "nama",
        is_descending=sort.startswith("-"),
    )


def find_villages(wanted: VillageFilter, args: MultiDict[str, str]) -> Page:
    """One page of villages with their instances.

    A filter that few villages pass is answered by one scan; else by a count and one slice of an
    index, read from whichever end is nearer.
    """
    number, size = read_paging(args)
    few = None if wanted.is_empty else _few_codes(wanted)
    total = _count(wanted) if few is None else len(few)
    number = min(number, max(1, -(-total // size)))
    start = (number - 1) * size
    shown = _slice(wanted, start, size, total) if few is None else few[start : start + size]
    return Page(_whole_villages(shown), number, size, total)


def _few_codes(wanted: VillageFilter) -> list[str] | None:
    """All codes of the filter in order when they are few, else None."""
    column = SORTS[wanted.sort]
    query = filtered(select(column, Village.code), wanted).limit(FEW + 1)
    found = [tuple(row) for row in db.session.execute(query)]
    if len(found) > FEW:
        return None
    return [code for _, code in sorted(found, reverse=wanted.is_descending)]


def _count(wanted: VillageFilter) -> int:
    query = filtered(select(func.count()).select_from(Village), wanted, is_gathered=True)
    return db.session.scalar(query) or 0


def _slice(wanted: VillageFilter, start: int, size: int, total: int) -> list[str]:
    """The codes from `start` on; from the far end when that is the shorter way."""
    length = min(size, max(total - start, 0))
    after = total - start - length
    is_backwards = after < start
    skipped = min(start, after)
    query = filtered(select(Village.code), wanted, is_gathered=skipped > FEW)
    query = ordered(query, wanted, is_backwards).limit(length).offset(skipped)
    codes = list(db.session.scalars(query))
    return codes[::-1] if is_backwards else codes


def _whole_villages(codes: list[str]) -> list[Village]:
    query = (
        select(Village)
        .where(Village.code.in_(codes))
        .options(
            selectinload(Village.instances)
            .joinedload(Instance.recorded_release)
            .defer(Release.components)
        )
    )
    found = {village.code: village for village in db.session.scalars(query)}
    return [found[code] for code in codes]


def newest_operations(instance_ids: list[int]) -> dict[int, Operation]:
    """The newest operation of each instance, by the instance's id."""
    newest = (
        select(func.max(Operation.id))
        .where(Operation.instance_id.in_(instance_ids))
        .group_by(Operation.instance_id)
    )
    query = select(Operation).where(Operation.id.in_(newest))
    return {operation.instance_id: operation for operation in db.session.scalars(query)}


def filtered(query: Select[Any], wanted: VillageFilter, is_gathered: bool = False) -> Select[Any]:
    """The query with every condition of the filter.

    Instances are asked village by village, which is fast when the first of many are wanted; or
    gathered first, which is fast when all are counted.
    """
    for word in wanted.text.lower().split():
        query = query.where(_matches(word))
    if wanted.district:
        query = query.where(Village.district_code == wanted.district)
    for must, condition in _instances(wanted):
        gather = is_gathered or wanted.status not in COMMON_STATUSES
        has_one = _gathered(condition) if gather else _asked(condition)
        query = query.where(has_one if must else ~has_one)
    return query


def _gathered(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    codes = select(Instance.village_code).where(Instance.village_code.is_not(None), condition)
    return Village.code.in_(codes.correlate(None))


def _asked(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    found = select(Instance.id).where(Instance.village_code == Village.code, condition)
    return found.correlate(Village).exists()


def ordered(query: Select[Any], wanted: VillageFilter, is_backwards: bool = False) -> Select[Any]:
    """The query in the filter's order, or exactly the other way round."""
    column = SORTS[wanted.sort]
    columns = [column] if column is Village.code else [column, Village.code]
    is_descending = wanted.is_descending != is_backwards
    return query.order_by(*(c.desc() if is_descending else c for c in columns))


def _matches(word: str) -> ColumnElement[bool]:
    """A word anywhere in name, code, domain or district; a code with or without its dots."""
    found = Village.search_text.contains(word, autoescape=True)
    digits = word.replace(".", "")
    if digits.isascii() and digits.isdigit() and len(digits) >= 4:
        return or_(found, Village.code.startswith(digits))
    return found


Asked = tuple[bool, ColumnElement[bool]]


def _instances(wanted: VillageFilter) -> list[Asked]:
    """What the filter asks of instances: each condition, and whether one must (not) fulfil it.

    With a product, every condition is about that product's instance only.
    """
    asked: list[Asked] = []
    if wanted.release:
        asked.append((True, Instance.recorded_release_id == wanted.release))
    if wanted.status:
        asked += STATUS_RULES[wanted.status]()
    if not wanted.product:
        return asked
    is_product = Instance.product == wanted.product
    return [(must, is_product & rule) for must, rule in asked] or [(True, is_product)]


def _stopped() -> ColumnElement[bool]:
    """The instance's newest operation failed or could not run."""
    later = aliased(Operation)
    followed = exists().where(later.instance_id == Operation.instance_id, later.id > Operation.id)
    failed = select(Operation.instance_id).where(Operation.state.in_(FAILURES), ~followed)
    return Instance.id.in_(failed)


def _working() -> ColumnElement[bool]:
    return Instance.id.in_(select(Operation.instance_id).where(Operation.state.in_(ACTIVE)))


_REMOVED = Instance.is_installed & (Instance.wanted_state == WantedState.REMOVED)
STATUS_RULES: dict[str, Callable[[], list[Asked]]] = {
    "sehat": lambda: [
        (True, Instance.is_serving & (Instance.observed_state == ObservedState.HEALTHY)),
        (False, Instance.is_serving & (Instance.observed_state != ObservedState.HEALTHY)),
    ],
    "bermasalah": lambda: [(True, Instance.is_serving & Instance.observed_state.in_(TROUBLED))],
    "proses": lambda: [(True, _working())],
    "gagal": lambda: [(True, _stopped())],
    "terpasang": lambda: [(True, Instance.is_installed)],
    "belum": lambda: [(False, Instance.is_installed)],
    "dilepas": lambda: [(True, _REMOVED)],
}


def known_products() -> list[str]:
    """The products for villages, in the order people think of them."""
    names = [name for name, recipe in RECIPES.items() if recipe.scope == Scope.VILLAGE]
    return sorted(names, key=product_rank)


def districts() -> list[tuple[str, str]]:
    """Codes and names of the districts that have villages here; empty when far too many."""
    query = (
        select(Village.district_code, func.min(Village.district_name))
        .group_by(Village.district_code)
        .limit(MOST_DISTRICTS + 1)
    )
    found = [(code, name) for code, name in db.session.execute(query)]
    return sorted(found, key=lambda pair: pair[1]) if len(found) <= MOST_DISTRICTS else []


def known_releases() -> list[Release]:
    """The releases a village may run, newest first."""
    query = (
        select(Release)
        .where(Release.product.in_(known_products()), Release.digest != "")
        .options(defer(Release.components))
    )
    return newest_first(db.session.scalars(query))


def export_rows(wanted: VillageFilter) -> Iterator[Any]:
    """Plain columns of every village of the filter, one row for each of its instances."""
    query = (
        select(
            *(Village.code, Village.name, Village.district_name, Village.domain, Village.email),
            *(Village.office_address, Village.postal_code),
            *(Instance.product, Release.version, Instance.observed_state, Instance.observed_at),
        )
        .select_from(Village)
        .outerjoin(Instance, Instance.village_code == Village.code)
        .outerjoin(Release, Release.id == Instance.recorded_release_id)
    )
    yield from db.session.execute(ordered(filtered(query, wanted), wanted))
