"""Think: what of a product's rows and files must still be there after an update."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from fnmatch import fnmatchcase

from siappakai.models.release import version_key
from siappakai.products.balances.selects import Select

OPEN_START, OPEN_END = "0", "999999999"


class Rule(StrEnum):
    MAY_NOT_SHRINK = "may_not_shrink"
    MUST_EQUAL = "must_equal"


@dataclass(frozen=True, slots=True)
class Invariant:
    """A number with a name; `select` says how MariaDB computes it, in all or village by village."""

    key: str
    label: str
    rule: Rule
    select: Select


@dataclass(frozen=True, slots=True)
class Allowance:
    """Tables (or folders) that may lose, and why; `*` stands for any part of a name."""

    names: tuple[str, ...]
    reason: str

    def covers(self, name: str) -> bool:
        return any(fnmatchcase(name, pattern) for pattern in self.names)


@dataclass(frozen=True, slots=True)
class Together:
    """Tables between which an update moves rows: only their sum may not shrink."""

    tables: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class Link:
    """A column that holds values of `parent`.`parent_column`; what points nowhere is not counted.

    An update that empties a reference to a row long gone loses nothing.
    """

    column: str
    parent: str
    parent_column: str


@dataclass(frozen=True, slots=True)
class Filled:
    """Columns whose filled cells (not NULL, empty, 0) are counted, and links that lead there."""

    table: str
    columns: tuple[str, ...]
    links: tuple[Link, ...] = ()

    def cells(self) -> frozenset[str]:
        """What is counted of it: `table.column` and, for a link, `table.column>parent`."""
        links = (f"{self.table}.{each.column}>{each.parent}" for each in self.links)
        return frozenset({*(f"{self.table}.{name}" for name in self.columns), *links})

    def without(self, dropped: Iterable[str]) -> Filled:
        """The rest when these are dropped; `table.column` drops the links of that column too."""
        gone = set(dropped)
        columns = tuple(name for name in self.columns if f"{self.table}.{name}" not in gone)
        links = tuple(
            each
            for each in self.links
            if not gone & {cell := f"{self.table}.{each.column}", f"{cell}>{each.parent}"}
        )
        return Filled(self.table, columns, links)


@dataclass(frozen=True, slots=True)
class VillageColumn:
    """How a combined database tells villages apart: `column` holds `table`.`id`, named `code`."""

    column: str
    table: str
    id: str
    code: str


@dataclass(frozen=True, slots=True)
class Terms:
    """What a contract, or one of its release sections, says.

    `drops`: keys of invariants and cells (`table.column`) that are no longer kept.
    """

    invariants: tuple[Invariant, ...] = ()
    filled: tuple[Filled, ...] = ()
    may_shrink: tuple[Allowance, ...] = ()
    together: tuple[Together, ...] = ()
    volatile: tuple[str, ...] = ()
    files_may_shrink: tuple[Allowance, ...] = ()
    drops: tuple[str, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)

    def plus(self, other: Terms) -> Terms:
        """Both; of two invariants with the same key the later one counts."""
        newer = {each.key for each in other.invariants} | set(other.drops)
        kept = tuple(each for each in self.invariants if each.key not in newer)
        return Terms(
            (*kept, *other.invariants),
            (*(each.without(other.drops) for each in self.filled), *other.filled),
            (*self.may_shrink, *other.may_shrink),
            (*self.together, *other.together),
            (*self.volatile, *other.volatile),
            (*self.files_may_shrink, *other.files_may_shrink),
            (*self.drops, *other.drops),
            {**self.labels, **other.labels},
        )

    def label_of(self, table: str) -> str:
        if table in self.labels:
            return self.labels[table]
        patterns = (name for name in self.labels if fnmatchcase(table, name))
        found = next(patterns, None)
        return f"{self.labels[found]} ({table})" if found else f"Tabel {table}"

    def covers(self, table: str) -> bool:
        """The table may lose rows, or go."""
        return any(each.covers(table) for each in self.may_shrink)

    def covers_cells(self, table: str, column: str) -> bool:
        """The column may be emptied, or go; only a name with a dot speaks of columns."""
        patterns = (name for each in self.may_shrink for name in each.names if "." in name)
        return any(fnmatchcase(f"{table}.{column}", pattern) for pattern in patterns)

    def cells(self) -> frozenset[str]:
        """All filled cells and links that are kept."""
        return frozenset().union(*(each.cells() for each in self.filled))

    def covers_files(self, folder: str) -> bool:
        return any(each.covers(folder) for each in self.files_may_shrink)


@dataclass(frozen=True, slots=True)
class ReleaseTerms:
    """Terms that hold only for updates passing through the releases from `first` to `last`."""

    first: str
    last: str
    terms: Terms

    def applies(self, release_from: str, release_to: str) -> bool:
        """An update passes through what lies after its start up to its end.

        Migrating again, from a release to itself, passes through that one.
        """
        start, end = sorted((version_key(release_from), version_key(release_to)))
        first, last = version_key(self.first), version_key(self.last)
        if start == end:
            return first <= end <= last
        return first <= end and start < last


@dataclass(frozen=True, slots=True)
class BalanceContract:
    product: str
    village: VillageColumn | None
    always: Terms
    releases: tuple[ReleaseTerms, ...] = ()

    def between(self, release_from: str, release_to: str) -> Terms:
        """Everything that holds for an update between these two releases."""
        terms = self.always
        for each in self.releases:
            if each.applies(release_from, release_to):
                terms = terms.plus(each.terms)
        return terms

    def everything(self) -> Terms:
        """All that may be asked of a database at all: it is measured before anything is decided."""
        parts: Iterable[ReleaseTerms] = self.releases
        terms = self.always
        for each in parts:
            terms = Terms(
                invariants=_without_twins((*terms.invariants, *each.terms.invariants)),
                filled=(*terms.filled, *each.terms.filled),
                volatile=(*terms.volatile, *each.terms.volatile),
            )
        return terms

    def plus(self, other: BalanceContract) -> BalanceContract:
        """This contract and an admin's own additions to it, which have the last word."""
        always = ReleaseTerms(OPEN_START, OPEN_END, other.always)
        return BalanceContract(
            self.product, self.village, self.always, (*self.releases, always, *other.releases)
        )


def _without_twins(invariants: tuple[Invariant, ...]) -> tuple[Invariant, ...]:
    return tuple({each.key: each for each in invariants}.values())
