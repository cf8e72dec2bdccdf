"""Which units of a rollout a page asks for: read from its address, kept in it, and as rules."""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, or_, select

from siappakai.models import Instance, Region, RolloutItem, Village
from siappakai.regions import normalise_code
from siappakai.web.paging import Page
from siappakai.web.rollout_words import ITEM_FILTERS


@dataclass(frozen=True, slots=True)
class ItemFilter:
    """Which units are asked for: by wave, by state, by words; all may be empty.

    `by_instance`: words find only whom they name, not all that share a database with those.
    """

    wave: int = 0
    state: str = ""
    text: str = ""
    by_instance: bool = False

    def rules(self) -> list[ColumnElement[bool]]:
        rules: list[ColumnElement[bool]] = []
        if self.wave:
            rules.append(RolloutItem.wave_number == self.wave)
        if self.state:
            rules.append(RolloutItem.state.in_(ITEM_FILTERS[self.state][1]))
        if self.text:
            rules.append(_speaks_of(self.text, self.by_instance))
        return rules


def _speaks_of(text: str, by_instance: bool) -> ColumnElement[bool]:
    """By name, code or district: the leading instance, or any that shares its database."""
    like = f"%{text.lower().replace('%', '').replace('_', '')}%"
    plain = text.replace(".", "").strip()
    digits = normalise_code(text) or (plain if plain.isascii() and plain.isdigit() else "")
    named = or_(
        func.lower(Village.name).like(like),
        func.lower(Village.district_name).like(like),
        func.lower(Region.name).like(like),
        Instance.scope_code.like(f"{digits}%") if digits else Instance.id == 0,
    )
    found = (
        select(Instance.id if by_instance else Instance.database_group_id)
        .outerjoin(Village, Village.code == Instance.village_code)
        .outerjoin(Region, Region.code == Instance.region_code)
        .where(named)
    )
    return (RolloutItem.instance_id if by_instance else RolloutItem.group_id).in_(found)


def read_item_filter(
    args: Mapping[str, str], waves: Container[int], *, by_instance: bool = False
) -> ItemFilter:
    """What an address asks for; a wave or state that is not there is left out."""
    wave, state = args.get("gelombang", ""), args.get("hanya", "")
    number = int(wave) if wave.isascii() and wave.isdigit() and len(wave) < 5 else 0
    return ItemFilter(
        number if number in waves else 0,
        state if state in ITEM_FILTERS else "",
        args.get("cari", "").strip()[:60],
        by_instance,
    )


def kept_args(wanted: ItemFilter, page: Page, args: Mapping[str, str]) -> dict[str, str]:
    """The parts of an address that show the same page of units again."""
    kept = {
        "gelombang": str(wanted.wave or ""),
        "hanya": wanted.state,
        "cari": wanted.text,
        "hal": str(page.number) if page.number > 1 else "",
        "ukuran": str(page.size) if "ukuran" in args else "",
    }
    return {name: value for name, value in kept.items() if value}
