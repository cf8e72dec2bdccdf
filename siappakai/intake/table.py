"""What came in: the rows of one sheet as text, each with the number the spreadsheet shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

MAX_BYTES = 20 * 1024 * 1024
MAX_ROWS = 50_000
MAX_COLUMNS = 200
FORMULA_WITHOUT_VALUE = "#RUMUS!"


@dataclass(frozen=True, slots=True)
class TableRow:
    """One row that is not empty; `number` counts from 1 as the spreadsheet does."""

    number: int
    cells: tuple[str, ...]

    def cell(self, at: int | None) -> str:
        """The text of a cell by its column position; empty when there is none."""
        return self.cells[at] if at is not None and at < len(self.cells) else ""


@dataclass(frozen=True, slots=True)
class Table:
    """The non-empty rows of one sheet.

    `filled` names the cells that took their value from a merged cell above: (row number, column
    position) to the row number it starts in. `spanning` are rows with a cell merged across
    columns. `other_sheets` are sheets that were not read although they hold rows.
    """

    sheet: str
    rows: tuple[TableRow, ...]
    filled: Mapping[tuple[int, int], int] = field(default_factory=dict)
    spanning: frozenset[int] = frozenset()
    other_sheets: tuple[str, ...] = ()
