"""Think: which villages get which products installed, which stay, which can't, and why."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class PlanAction(StrEnum):
    INSTALL = "pasang"
    KEEP = "tetap"
    BLOCKED = "terhalang"


@dataclass(frozen=True, slots=True)
class VillageState:
    """What is recorded of one village for one product; `active` means an operation is under way.

    `product_label` is the product's name on a screen; `barrier` why it can't be installed at all.
    """

    code: str
    name: str
    product: str = "opensid"
    product_label: str = "OpenSID"
    is_recorded: bool = False
    recorded_version: str = ""
    is_active: bool = False
    last_error: str = ""
    barrier: str = ""


@dataclass(frozen=True, slots=True)
class PlanItem:
    village_code: str
    village_name: str
    action: PlanAction
    reason: str
    product: str = "opensid"
    product_label: str = "OpenSID"


@dataclass(frozen=True, slots=True)
class InstallPlan:
    items: tuple[PlanItem, ...]

    def count(self, action: PlanAction) -> int:
        return sum(1 for item in self.items if item.action == action)

    def codes(self, action: PlanAction, product: str) -> list[str]:
        """Codes of the villages for which the product gets this action."""
        return [
            item.village_code
            for item in self.items
            if item.action == action and item.product == product
        ]

    @property
    def install_count(self) -> int:
        return self.count(PlanAction.INSTALL)

    @property
    def keep_count(self) -> int:
        return self.count(PlanAction.KEEP)

    @property
    def blocked_count(self) -> int:
        return self.count(PlanAction.BLOCKED)


def make_install_plan(states: Iterable[VillageState]) -> InstallPlan:
    """One item a village and product, in the order of their codes; products as they come."""
    return InstallPlan(tuple(_item(state) for state in sorted(states, key=lambda each: each.code)))


def _item(state: VillageState) -> PlanItem:
    action, reason = _decide(state)
    return PlanItem(state.code, state.name, action, reason, state.product, state.product_label)


def _decide(state: VillageState) -> tuple[PlanAction, str]:
    if state.is_active:
        return PlanAction.BLOCKED, "sedang dikerjakan oleh operasi lain"
    if state.is_recorded:
        return PlanAction.KEEP, f"sudah terpasang, versi {state.recorded_version}"
    if state.barrier:
        return PlanAction.BLOCKED, state.barrier
    if state.last_error:
        return PlanAction.INSTALL, f"diulang, sebelumnya: {state.last_error}"
    return PlanAction.INSTALL, "belum terpasang"
