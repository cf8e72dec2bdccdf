"""Think: a balance as lines that a person reads: what was counted, before and after."""

from __future__ import annotations

from decimal import Decimal

from siappakai.products.balance import BalanceContract, Measured
from siappakai.rollout.receipt import BalanceLine
from siappakai.rollout.receipt import Verdict as LineVerdict


def balance_lines(
    contract: BalanceContract, before: Measured, after: Measured | None, code: str
) -> tuple[BalanceLine, ...]:
    """The contract's own invariants of one village ("" when it is alone in its database)."""
    lines = []
    for each in contract.everything().invariants:
        counted = before.values.get(each.key)
        if counted is None:
            continue
        was = counted.get(code, counted.get("", Decimal(0)))
        found = after.values.get(each.key) if after is not None else None
        is_now = None if found is None else found.get(code, found.get("", Decimal(0)))
        lines.append(BalanceLine(each.label, was, is_now, _verdict(was, is_now)))
    return tuple(lines)


def _verdict(was: Decimal, is_now: Decimal | None) -> LineVerdict:
    if is_now is None:
        return LineVerdict.UNCHECKED
    if is_now == was:
        return LineVerdict.SAME
    return LineVerdict.GREW if is_now > was else LineVerdict.LOST
