"""A plan as people read it: alike items in one line, with how many and which villages."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from siappakai.provision.planner import InstallPlan, PlanAction, PlanItem

SHOWN_VILLAGES = 200


@dataclass(frozen=True, slots=True)
class PlanLine:
    """All items of one product with the same reason; `shown` are the first of them."""

    product_label: str
    reason: str
    count: int
    shown: list[PlanItem]


@dataclass(frozen=True, slots=True)
class PlanPart:
    """Everything that gets one action: applications, villages, and the lines, longest first."""

    count: int
    village_count: int
    lines: list[PlanLine]


def plan_parts(plan: InstallPlan) -> dict[str, PlanPart]:
    """The plan by action: `pasang`, `tetap`, `terhalang`."""
    return {
        str(action): _part([item for item in plan.items if item.action == action])
        for action in PlanAction
    }


def _part(items: list[PlanItem]) -> PlanPart:
    return PlanPart(len(items), len({item.village_code for item in items}), _lines(items))


def _lines(items: Iterable[PlanItem]) -> list[PlanLine]:
    alike: dict[tuple[str, str], list[PlanItem]] = {}
    for item in items:
        alike.setdefault((item.product_label, item.reason), []).append(item)
    lines = [
        PlanLine(label, reason, len(found), found[:SHOWN_VILLAGES])
        for (label, reason), found in alike.items()
    ]
    return sorted(lines, key=lambda line: -line.count)
