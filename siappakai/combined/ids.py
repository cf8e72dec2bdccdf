"""Think: the ids of a village's rows, and the new ids they get where the old ones are taken."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass


class IdSet:
    """Sorted ids, eight bytes each; an id's rank (from 1) is its place among them."""

    __slots__ = ("_sorted",)

    def __init__(self, ids: Iterable[int] = ()) -> None:
        self._sorted = array("q", sorted(set(ids)))

    @classmethod
    def from_ranges(cls, ranges: Iterable[tuple[int, int]]) -> IdSet:
        made = cls()
        for first, last in ranges:
            made._sorted.extend(range(first, last + 1))
        return made

    def ranges(self) -> list[tuple[int, int]]:
        """Runs of consecutive ids, first and last of each: how they are written in a file."""
        runs: list[tuple[int, int]] = []
        for each in self._sorted:
            if runs and runs[-1][1] == each - 1:
                runs[-1] = (runs[-1][0], each)
            else:
                runs.append((each, each))
        return runs

    def rank(self, wanted: int) -> int | None:
        place = bisect_left(self._sorted, wanted)
        found = place < len(self._sorted) and self._sorted[place] == wanted
        return place + 1 if found else None

    @property
    def first(self) -> int:
        return self._sorted[0]

    @property
    def last(self) -> int:
        return self._sorted[-1]

    def __contains__(self, wanted: int) -> bool:
        return self.rank(wanted) is not None

    def __iter__(self) -> Iterator[int]:
        return iter(self._sorted)

    def __len__(self) -> int:
        return len(self._sorted)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, IdSet) and self._sorted == other._sorted

    __hash__ = None  # type: ignore[assignment]


@dataclass(frozen=True)
class IdMap:
    """Old id → new id. `base` None keeps every id; else the new one is `base` + its rank.

    So order is kept, no two ids meet, and no table of pairs is needed.
    """

    ids: IdSet
    base: int | None = None

    def new_id(self, old: int) -> int | None:
        """None for an id that is not one of these rows'."""
        rank = self.ids.rank(old)
        if rank is None or self.base is None:
            return None if rank is None else old
        return self.base + rank

    @property
    def is_moved(self) -> bool:
        return self.base is not None

    def new_ids(self) -> IdSet:
        base = self.base
        if base is None or not len(self.ids):
            return self.ids
        return IdSet.from_ranges([(base + 1, base + len(self.ids))])


def place_ids(ids: IdSet, *, are_free: bool, taken_up_to: int) -> IdMap:
    """Ids stay as they are where they are free, else they follow the last that was ever given."""
    return IdMap(ids) if are_free else IdMap(ids, taken_up_to)
