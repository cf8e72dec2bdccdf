"""Think: which release answered each request, from the moments at which instances moved."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from siappakai.provision.traffic import Moments, Sides, Traffic

HANGOVER_S = 120  # so long after a switch a request may end that began before it


@dataclass(frozen=True, slots=True)
class Move:
    """An operation held the instance's visitors at `held_at_s`; they went on at `served_at_s`.

    Releases by id: what answered before and what answers after. `served_at_s` is None while they
    wait; `old_spec_sha256` names the container that served before.
    """

    held_at_s: float
    served_at_s: float | None
    before: int | None
    after: int | None
    old_spec_sha256: str = ""


@dataclass(frozen=True, slots=True)
class Stay:
    """What served an instance in an interval, before and after the moments; None: can't be told."""

    moments: Moments
    before: int | None
    after: int | None = None


def stay(moves: Sequence[Move], recorded: int | None, from_s: float, until_s: float) -> Stay:
    """Who answered between the two; `moves` in order, at least those that ended since `from_s`."""
    later = [each for each in moves if each.held_at_s >= until_s]
    inside = [
        each
        for each in moves
        if each.held_at_s < until_s and _ends_after(each, from_s - HANGOVER_S)
    ]
    if not inside:
        return Stay(Moments(), later[0].before if later else recorded)
    last = inside[-1]
    is_plain = sum(_ends_after(each, from_s) for each in inside) <= 1
    moments = Moments(last.held_at_s, last.served_at_s)
    return Stay(moments, last.before if is_plain else None, last.after)


def _ends_after(move: Move, second: float) -> bool:
    return move.served_at_s is None or move.served_at_s > second


def stay_before_all(moves: Sequence[Move], recorded: int | None) -> Stay:
    """The same for what came before the first of these moves; the rest is left out."""
    if not moves:
        return Stay(Moments(), recorded)
    return Stay(Moments(moves[0].held_at_s, None), moves[0].before)


def by_release(
    sides: Mapping[str, Sides], stays: Mapping[str, Stay], keys: Iterable[str], target: int
) -> tuple[dict[str, Traffic], dict[str, Traffic]]:
    """The traffic of these instances on the target release, and on any other."""
    new: dict[str, Traffic] = {}
    old: dict[str, Traffic] = {}
    for key in keys:
        if key not in sides:
            continue
        stayed, seen = stays[key], sides[key]
        for release, part in ((stayed.before, seen.before), (stayed.after, seen.after)):
            if release is not None and part.requests:
                group = new if release == target else old
                group[key] = group.get(key, Traffic()).plus(part)
    return new, old
