"""Touch: a village that came after its neighbours were dressed is dressed like most of them.

Who was there before a version was first worn is left alone: it is a person who decides when the
rest of a fleet follows, by a rollout or one by one.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, func, or_, select

from siappakai.errors import NotFound, Refused
from siappakai.models import (
    BrandRecord,
    BrandVersion,
    Instance,
    InstanceBrand,
    Rollout,
    RolloutItem,
    RolloutState,
    VersionOrigin,
    db,
)
from siappakai.provision.brand_who import is_free, tried_version
from siappakai.provision.order_brand import WEARERS, order_brands


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A serving instance; `was_told` says that somebody gave it a look already."""

    product: str
    code: str
    created_at: datetime
    version_id: int | None
    was_told: bool


@dataclass(frozen=True, slots=True)
class Custom:
    """The version that is worn most in an area, since when, and whether most there wear it."""

    version_id: int
    since: datetime
    is_of_most: bool


def dress_new_instances(*, by: str = "sistem", limit: int = 20) -> list[int]:
    """Operations for new instances that wear nothing of the regency's yet."""
    found = list(instances_to_wear().items())[:limit]
    db.session.rollback()
    ids = []
    for instance_id, version_id in found:
        with suppress(Refused, NotFound):
            ids += order_brands([instance_id], version_id, by=by)
    return ids


def instances_to_wear() -> dict[int, int]:
    """Instance → version, for newcomers among those that wear it.

    It is the version of most serving instances of its product in its district, or in its regency
    while it is alone there; one that wears nothing counts against it.
    """
    newcomers = list(db.session.execute(_never_told()))
    customs = _customs(_fleet()) if newcomers else {}
    found = {}
    for row, tried in newcomers:
        areas = ((row.product, row.scope_code[:6]), (row.product, row.scope_code[:4]))
        custom = next((customs[area] for area in areas if area in customs), None)
        if custom is None or not custom.is_of_most or custom.version_id == tried:
            continue
        if row.created_at > custom.since:
            found[row.id] = custom.version_id
    return found


def _never_told() -> Select[tuple[Instance, int | None]]:
    """Instances that nobody ever gave a look, with the version that failed on them, if any.

    Only those that came after the very first brand: all others can't be newcomers.
    """
    named = (
        select(RolloutItem.id)
        .join(Rollout)
        .where(
            RolloutItem.instance_id == Instance.id,
            Rollout.brand_version_id.is_not(None),
            Rollout.state != RolloutState.DISCARDED,
        )
    )
    return (
        select(Instance, tried_version())
        .outerjoin(InstanceBrand, InstanceBrand.instance_id == Instance.id)
        .where(
            Instance.product.in_(WEARERS),
            Instance.is_serving,
            InstanceBrand.wanted_version_id.is_(None),
            InstanceBrand.applied_at.is_(None),
            Instance.created_at > select(func.min(BrandRecord.created_at)).scalar_subquery(),
            ~named.correlate(Instance).exists(),
            is_free(),
        )
        .order_by(Instance.id)
    )


def _fleet() -> list[Neighbour]:
    """Every serving instance that could wear a brand."""
    was_told = or_(
        InstanceBrand.applied_at.is_not(None), InstanceBrand.wanted_version_id.is_not(None)
    )
    rows = db.session.execute(
        select(
            Instance.product,
            Instance.scope_code,
            Instance.created_at,
            InstanceBrand.applied_version_id,
            was_told,
        )
        .outerjoin(InstanceBrand, InstanceBrand.instance_id == Instance.id)
        .where(Instance.product.in_(WEARERS), Instance.is_serving)
    )
    return [Neighbour(*row) for row in rows]


def _customs(fleet: Sequence[Neighbour]) -> dict[tuple[str, str], Custom]:
    """(product, district or regency) → what is worn there; none where all came just now."""
    areas: dict[tuple[str, str], list[Neighbour]] = defaultdict(list)
    for each in fleet:
        for code in {each.code[:6], each.code[:4]}:
            areas[each.product, code].append(each)
    first_worn = _FirstWorn()
    found = {}
    for (product, code), near in areas.items():
        version_id = _most_common(near) or _most_common(areas[product, code[:4]])
        since = first_worn.at(version_id)
        voters = [each for each in near if each.was_told or not since or each.created_at <= since]
        if version_id is not None and since is not None and voters:
            wearers = sum(each.version_id == version_id for each in voters)
            found[product, code] = Custom(version_id, since, wearers * 2 > len(voters))
    return found


def _most_common(near: Sequence[Neighbour]) -> int | None:
    """The version that most of them wear, of equally common ones the newest."""
    worn = Counter(each.version_id for each in near if each.version_id is not None)
    return max(worn, key=lambda version_id: (worn[version_id], version_id), default=None)


class _FirstWorn:
    """When a version was first worn; one that the clock made is as old as what it goes on from."""

    def __init__(self) -> None:
        self._known: dict[int, datetime | None] = {}

    def at(self, version_id: int | None) -> datetime | None:
        if version_id is not None and version_id not in self._known:
            self._known[version_id] = self._find(version_id)
        return self._known.get(version_id) if version_id is not None else None

    def _find(self, version_id: int) -> datetime | None:
        same = _same_layers(db.session.get_one(BrandVersion, version_id))
        return db.session.scalar(
            select(BrandRecord.created_at)
            .where(BrandRecord.version_id.in_(same))
            .order_by(BrandRecord.created_at)
            .limit(1)
        )


def _same_layers(version: BrandVersion) -> list[int]:
    """The version, and for one that the clock made those with the same layers before it."""
    if version.origin != VersionOrigin.SCHEDULE:
        return [version.id]
    older = db.session.scalars(select(BrandVersion).where(BrandVersion.number <= version.number))
    layers = _timeless(version)
    return [each.id for each in older if _timeless(each) == layers]


def _timeless(version: BrandVersion) -> list[dict[str, object]]:
    return [{**each, "runs": None} for each in version.layers]
