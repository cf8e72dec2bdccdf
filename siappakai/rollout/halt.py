"""Think: when failures stop a rollout: too many, too large a share, or too many in a row."""

from __future__ import annotations

from dataclasses import dataclass

from siappakai.rollout.policy import Limits

LEAST_ENDED = 10


@dataclass(slots=True)
class Tally:
    """What ended so far, in the order in which it ended."""

    ended: int = 0
    failed: int = 0
    in_a_row: int = 0

    def count(self, failed: bool) -> None:
        """Count one unit that ended."""
        self.ended += 1
        self.failed += failed
        self.in_a_row = self.in_a_row + 1 if failed else 0


def limit_reached(limits: Limits, tally: Tally) -> str:
    """Which limit is reached, as a sentence; empty while none is.

    The same rules as the engine's (`machine.decide`), counted as units end: the share counts from
    `LEAST_ENDED` on, for one failure of the first two says little.
    """
    if tally.failed >= limits.failures:
        return f"{tally.failed} gagal; batasnya {limits.failures}."
    if tally.in_a_row >= limits.consecutive:
        return f"{tally.in_a_row} gagal berturut-turut; batasnya {limits.consecutive}."
    if tally.ended >= LEAST_ENDED and tally.failed * 100 > limits.failure_percent * tally.ended:
        return f"{tally.failed} dari {tally.ended} gagal; batasnya {limits.failure_percent:g} %."
    return ""
