"""Think: which villages of a list get the product installed, which stay, which can't, and why."""

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
    """What is recorded of one village for one product; `active` means an operation is under way."""

    code: str
    name: str
    is_recorded: bool = False
    recorded_version: str = ""
    is_active: bool = False
    last_error: str = ""


@dataclass(frozen=True, slots=True)
class PlanItem:
    village_code: str
    village_name: str
    action: PlanAction
    reason: str


@dataclass(frozen=True, slots=True)
class InstallPlan:
    items: tuple[PlanItem, ...]

    def count(self, action: PlanAction) -> int:
        return sum(1 for item in self.items if item.action == action)

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
    """One item a village, in the order of their codes."""
    return InstallPlan(tuple(_item(state) for state in sorted(states, key=lambda each: each.code)))


def _item(state: VillageState) -> PlanItem:
    action, reason = _decide(state)
    return PlanItem(state.code, state.name, action, reason)


def _decide(state: VillageState) -> tuple[PlanAction, str]:
    if state.is_active:
        return PlanAction.BLOCKED, "sedang dikerjakan oleh operasi lain"
    if state.is_recorded:
        return PlanAction.KEEP, f"sudah terpasang, versi {state.recorded_version}"
    if state.last_error:
        return PlanAction.INSTALL, f"diulang, sebelumnya: {state.last_error}"
    return PlanAction.INSTALL, "belum terpasang"
