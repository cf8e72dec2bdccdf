"""Think: how likely an update of each group is to fail, and a whole release to be bad.

Two things are kept apart. **One village fails** for its own reasons (its data, its room): the
product's history with a prior of one failure in a hundred updates that weighs as much as fifty of
them, times a factor for what the rehearsal said and for earlier failures. **The release is bad**
for all: rare, but then nearly every village fails, and that is what canaries and limits are for.
Green rehearsals of most villages make a bad release less likely, never impossible.
"""

from __future__ import annotations

from dataclasses import dataclass

from siappakai.rollout import words
from siappakai.rollout.plan import Plan

PRIOR_ODDS = 0.01
PRIOR_WEIGHT = 50
VERDICT_FACTOR = {"hijau": 0.4, "belum": 1.0, "kuning": 3.0, "merah": 20.0}
FAILED_BEFORE_FACTOR = 2.0
MOST_FAILURES = 3
MOST_ODDS = 0.6
BAD_RELEASE_ODDS = 0.02
BAD_RELEASE_REHEARSED = 0.25
FAILS_WHEN_BAD = 0.9


@dataclass(frozen=True, slots=True)
class History:
    """Finished updates of the product so far."""

    succeeded: int = 0
    failed: int = 0


@dataclass(frozen=True, slots=True)
class Odds:
    """`own` by leading instance; `bad_release` for all together; `sentence` explains them."""

    own: dict[int, float]
    bad_release: float
    sentence: str


def odds_of(plan: Plan, history: History, home: str = "desa") -> Odds:
    """The odds of every move of the plan."""
    done = history.succeeded + history.failed
    base = (history.failed + PRIOR_ODDS * PRIOR_WEIGHT) / (done + PRIOR_WEIGHT)
    own = {move.instance_id: _own(base, move.verdict, move.failed_count) for move in plan.moves}
    green = sum(move.verdict == "hijau" for move in plan.moves)
    share = green / len(plan.moves) if plan.moves else 0.0
    bad = BAD_RELEASE_ODDS * (1 - (1 - BAD_RELEASE_REHEARSED) * share)
    return Odds(own, bad, _sentence(base, history, share, bad, home))


def _own(base: float, verdict: str, failed_count: int) -> float:
    factor = VERDICT_FACTOR.get(verdict, 1.0)
    again = FAILED_BEFORE_FACTOR ** min(failed_count, MOST_FAILURES)
    return min(base * factor * again, MOST_ODDS)


def _sentence(base: float, history: History, green_share: float, bad: float, home: str) -> str:
    done = history.succeeded + history.failed
    return (
        f"Peluang gagal satu {home} {words.number(base * 100)} % dari {words.number(done)} "
        f"pembaruan sebelumnya, lalu disesuaikan dengan gladi bersihnya "
        f"({round(green_share * 100)} % hijau); peluang rilisnya sendiri buruk "
        f"{words.number(bad * 100)} %."
    )
