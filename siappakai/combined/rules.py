"""Think: what the schema alone can't say of a product's combined database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Parent:
    """Counts only where `column` points to a row of `table` whose `field` is `value`."""

    column: str
    table: str
    field: str
    value: str


@dataclass(frozen=True, slots=True)
class Reference:
    """A column that holds ids of `target` although no foreign key says so.

    Without `pattern` the whole value is an id; with one, what its first group matches, each time.
    `when` is a column of the same row and the value it must have. `source` says who reads it so.
    """

    table: str
    column: str
    target: str
    source: str
    pattern: str = ""
    when: tuple[str, str] | None = None
    parent: Parent | None = None

    @property
    def name(self) -> str:
        return f"{self.table}.{self.column}>{self.target}"


@dataclass(frozen=True, slots=True)
class Rules:
    """`root` holds a row a village; `key` is the column by which other tables point to it.

    `shared`: table → why it belongs to all villages. `owners`: table → the parent columns that
    decide, the first that is not empty, where several could. `torn`: table → why it may hold rows
    whose parents are another village's, which are then nobody's: they stay where they are.
    `author_columns`: a column that holds ids of one table wherever it stands. `ambiguous`: columns
    whose foreign key and meaning disagree. `harmless`: columns that look like a reference and are
    none.
    """

    product: str
    root: str
    key: str
    code_column: str
    name_column: str
    app_key_column: str
    schema_version_sql: str
    shared: Mapping[str, str] = field(default_factory=dict)
    owners: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    torn: Mapping[str, str] = field(default_factory=dict)
    references: tuple[Reference, ...] = ()
    author_columns: Mapping[str, str] = field(default_factory=dict)
    ambiguous: frozenset[tuple[str, str]] = frozenset()
    harmless: frozenset[tuple[str, str]] = frozenset()
    kept_root_id: int | None = None  # the row a later migration copies from: never removed
