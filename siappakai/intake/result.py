"""What a check of a village list says: every row, its status, its problems, what would fix them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from siappakai.intake.columns import Columns
from siappakai.regions import LocalWords, VillageKind


class RowStatus(StrEnum):
    """What saving would do with a row."""

    NEW = "new"
    SAME = "same"
    CHANGED = "changed"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong in which column (the sheet's own title), and what would fix it."""

    column: str
    message: str
    fix: str = ""


@dataclass(frozen=True, slots=True)
class ExistingVillage:
    """A village already saved; a detail that is None is not compared."""

    name: str
    domain: str
    email: str | None = None
    address: str | None = None
    postcode: str | None = None


@dataclass(frozen=True, slots=True)
class CheckContext:
    """What a list is checked against.

    `existing` is keyed by the 10-digit code; `taken_domains` tells for every domain that is in use
    elsewhere by whom (a village code, or words for the screen).
    """

    regency_code: str
    domain_suffix: str = ""
    words: LocalWords = field(default_factory=LocalWords)
    existing: Mapping[str, ExistingVillage] = field(default_factory=dict)
    taken_domains: Mapping[str, str] = field(default_factory=dict)
    allow_other_regency: bool = False


@dataclass(frozen=True, slots=True)
class VillageValues:
    """The cleaned values of a row; name and district are the official ones."""

    code: str
    name: str
    kind: VillageKind
    district_code: str
    district: str
    regency_code: str
    domain: str = ""
    domain_is_suggested: bool = False
    email: str = ""
    address: str = ""
    postcode: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """One value of a saved village that the list changes."""

    column: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class CheckedRow:
    """One row of the list; `values` is None only when its village can't be told."""

    row_number: int
    status: RowStatus
    values: VillageValues | None
    problems: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True, slots=True)
class CheckResult:
    """The whole check; `notes` are sentences about the sheet, not about one village."""

    rows: tuple[CheckedRow, ...]
    columns: Columns
    notes: tuple[str, ...] = ()

    @property
    def counts(self) -> dict[RowStatus, int]:
        """The number of rows of every status, zero included."""
        counted = Counter(row.status for row in self.rows)
        return {status: counted[status] for status in RowStatus}

    @property
    def wrong_rows(self) -> tuple[CheckedRow, ...]:
        """The rows that must be mended first."""
        return tuple(row for row in self.rows if row.status is RowStatus.WRONG)

    @property
    def rows_to_save(self) -> tuple[CheckedRow, ...]:
        """The new and the changed rows."""
        return tuple(r for r in self.rows if r.status in (RowStatus.NEW, RowStatus.CHANGED))

    @property
    def has_nothing_to_do(self) -> bool:
        """Is every row already saved just so?"""
        return all(row.status is RowStatus.SAME for row in self.rows)
