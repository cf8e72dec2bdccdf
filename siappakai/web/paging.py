"""One page of a long list, and the page numbers to show under it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from werkzeug.datastructures import MultiDict

SIZES = (25, 50, 100)
LARGEST_PAGE = 1_000_000


@dataclass(frozen=True, slots=True)
class Page:
    """`rows` of page `number` (from 1) of `total` rows in all."""

    rows: list[Any]
    number: int
    size: int
    total: int

    @property
    def last(self) -> int:
        return max(1, -(-self.total // self.size))

    @property
    def first_row(self) -> int:
        return (self.number - 1) * self.size + 1 if self.total else 0

    @property
    def last_row(self) -> int:
        return min(self.number * self.size, self.total)

    @property
    def near(self) -> list[int]:
        """The page numbers to offer: the first, the last and those around this one; 0 is a gap."""
        wanted = {1, self.last, self.number - 1, self.number, self.number + 1}
        numbers = sorted(n for n in wanted if 1 <= n <= self.last)
        shown: list[int] = []
        for at in numbers:
            if shown and at - shown[-1] > 1:
                shown.append(0)
            shown.append(at)
        return shown


def read_paging(args: MultiDict[str, str], default_size: int = SIZES[0]) -> tuple[int, int]:
    """Page number and size from an address; anything odd becomes the nearest allowed."""
    number = args.get("hal", "1")
    size = args.get("ukuran", "")
    wanted = int(number) if number.isascii() and number.isdigit() and len(number) < 8 else 1
    sizes = {str(s): s for s in SIZES}
    return min(max(wanted, 1), LARGEST_PAGE), sizes.get(size, default_size)
