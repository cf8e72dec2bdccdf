"""Think: how strongly counts speak against "both groups fail alike", however often one looks.

Why not an ordinary test at every look: 100 looks at 5 % each would pause four of ten harmless
rollouts. What is kept instead is a wager: it starts at 1 and, while both groups fail alike, grows
on average not at all, however often one looks; so it reaches 20 in at most one of twenty rollouts
(Ville's inequality; Grünwald, de Heide, Koolen, "Safe testing", arXiv 1906.07801; for two samples:
Turner, Ly, Grünwald, arXiv 2106.02693). Each look's table is taken given its margins, as Fisher's
test does: with `failed` failures among all requests of one interval, the number that fell on the
new group is hypergeometric whatever the common share is. So a share that changes from hour to hour,
for both groups alike (a slow disk, a scan by robots), is no evidence, and nothing is approximated.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

ODDS = (2.0, 4.0, 12.0, 60.0)  # the rises that the wager is spread over, a quarter each
NOTHING = (0.0,) * len(ODDS)


@dataclass(frozen=True, slots=True)
class Table:
    """One interval: requests and failures of the new group and of the one it is compared with."""

    new: int
    new_failed: int
    old: int
    old_failed: int


def add_look(kept: Sequence[float], table: Table) -> tuple[float, ...]:
    """The wager's logarithm for each of ODDS after one more interval.

    An interval in which one group had no request, or nothing failed, says nothing.
    """
    failed = table.new_failed + table.old_failed
    if not (table.new and table.old and failed):
        return tuple(kept)
    return tuple(
        before + table.new_failed * math.log(odds) - _log_mean(table.new, table.old, failed, odds)
        for before, odds in zip(kept, ODDS, strict=True)
    )


def add_look_alone(
    kept: Sequence[float], requests: int, failed: int, most: float
) -> tuple[float, ...]:
    """The same without a second group: against "the share is at most `most`".

    Grows on average not at all for every share up to `most`, because each wager is on more.
    """
    gains = []
    for before, odds in zip(kept, ODDS, strict=True):
        share = odds * most / (1 + (odds - 1) * most)
        won = failed * math.log(share / most)
        lost = (requests - failed) * math.log((1 - share) / (1 - most))
        gains.append(before + won + lost)
    return tuple(gains)


def strength(kept: Sequence[float]) -> float:
    """What the wager has become: 20 or more happens by chance in at most one of twenty."""
    highest = max(kept)
    mean = sum(math.exp(each - highest) for each in kept) / len(kept)
    return math.exp(min(highest + math.log(mean), 700.0))


def fisher_greater(table: Table) -> float:
    """Fisher's exact probability, one-sided: at least so many failures in the new group."""
    failed = table.new_failed + table.old_failed
    logs = _log_chances(table.new, table.old, failed)
    first = max(0, failed - table.old)
    return min(1.0, math.fsum(math.exp(each) for each in logs[table.new_failed - first :]))


def highest_likely_share(requests: int, failed: int, doubt: float) -> float:
    """The share above which so few failures would be seen with a chance below `doubt`.

    Clopper and Pearson's upper limit; 1 without any request.
    """
    if failed >= requests:
        return 1.0
    low, high = failed / requests, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if _at_most(requests, failed, middle) > doubt else (low, middle)
    return high


def _log_mean(new: int, old: int, failed: int, odds: float) -> float:
    """log of the mean of odds^X, X hypergeometric: what makes the wager fair."""
    first = max(0, failed - old)
    logs = _log_chances(new, old, failed)
    return _log_sum([each + (first + j) * math.log(odds) for j, each in enumerate(logs)])


def _log_chances(new: int, old: int, failed: int) -> list[float]:
    """log P(X = first), log P(X = first + 1), … of how many of all failures are the new group's."""
    first, last = max(0, failed - old), min(failed, new)
    every = _log_choose(new + old, failed)
    logs = [_log_choose(new, first) + _log_choose(old, failed - first) - every]
    for j in range(first, last):
        step = (new - j) * (failed - j) / ((j + 1) * (old - failed + j + 1))
        logs.append(logs[-1] + math.log(step))
    return logs


def _at_most(requests: int, failed: int, share: float) -> float:
    logs = [
        _log_choose(requests, j) + j * math.log(share) + (requests - j) * math.log1p(-share)
        for j in range(failed + 1)
    ]
    return math.exp(min(0.0, _log_sum(logs)))


def _log_sum(logs: Sequence[float]) -> float:
    highest = max(logs)
    return highest + math.log(math.fsum(math.exp(each - highest) for each in logs))


def _log_choose(n: int, k: int) -> float:
    return math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)
