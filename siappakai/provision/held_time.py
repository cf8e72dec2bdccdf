"""Think: how long an update lets visitors wait, from what its parts take.

Inside the hold (`update_steps.UPDATE`, from `hold` to `switch`): the dump with the count beside
it, the migration, once for all of a combined database; then every member is prepared, started and
proven, AT_ONCE together; then the count again.
"""

from __future__ import annotations

from dataclasses import dataclass

AT_ONCE = 3  # members of a combined database whose containers and pages are worked on together
AROUND_HOLD_S = 1.0  # requests in flight, links, and what lies between the steps


@dataclass(frozen=True, slots=True)
class HeldParts:
    """Seconds; `member_s` is what preparing and proving one member takes."""

    dump_s: float
    count_s: float
    migrate_s: float
    member_s: float
    members: int


def turns(members: int) -> int:
    """How many times AT_ONCE members are worked on until all are done."""
    return -(-members // AT_ONCE)


def hold_seconds(parts: HeldParts) -> float:
    """How long visitors wait."""
    beside_s = max(parts.dump_s, parts.count_s)
    members_s = parts.member_s * turns(parts.members)
    return beside_s + parts.migrate_s + members_s + parts.count_s + AROUND_HOLD_S
