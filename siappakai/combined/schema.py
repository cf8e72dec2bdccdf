"""Think: a database's tables, columns, keys and foreign keys as plain facts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

INTEGER_BITS = {"tinyint": 8, "smallint": 16, "mediumint": 24, "int": 32, "bigint": 64}


@dataclass(frozen=True, slots=True)
class Column:
    name: str
    type: str  # as information_schema says: `int(10) unsigned`, `varchar(100)`
    is_nullable: bool = True
    is_generated: bool = False
    is_auto_increment: bool = False

    @property
    def base_type(self) -> str:
        return self.type.split("(")[0].split(" ")[0]

    @property
    def is_integer(self) -> bool:
        return self.base_type in INTEGER_BITS

    @property
    def largest(self) -> int:
        """The largest value of an integer column."""
        bits = INTEGER_BITS[self.base_type]
        return 2**bits - 1 if "unsigned" in self.type else 2 ** (bits - 1) - 1


@dataclass(frozen=True, slots=True)
class ForeignKey:
    columns: tuple[str, ...]
    target: str
    target_columns: tuple[str, ...]

    @property
    def pairs(self) -> tuple[tuple[str, str], ...]:
        return tuple(zip(self.columns, self.target_columns, strict=True))


@dataclass(frozen=True, slots=True)
class Table:
    """Columns in the order of their names, so that two databases compare equal."""

    name: str
    columns: tuple[Column, ...]
    primary_key: tuple[str, ...] = ()
    foreign_keys: tuple[ForeignKey, ...] = ()
    engine: str = "InnoDB"

    def find(self, column: str) -> Column | None:
        return next((each for each in self.columns if each.name == column), None)

    @property
    def stored(self) -> tuple[Column, ...]:
        """The columns whose values are written; MariaDB computes the others."""
        return tuple(each for each in self.columns if not each.is_generated)

    @property
    def column_names(self) -> tuple[str, ...]:
        return tuple(each.name for each in self.stored)

    @property
    def id_column(self) -> Column | None:
        """The primary key when it is one integer column: a row's id."""
        column = self.find(self.primary_key[0]) if len(self.primary_key) == 1 else None
        return column if column is not None and column.is_integer else None


@dataclass(frozen=True, slots=True)
class Schema:
    tables: Mapping[str, Table] = field(default_factory=dict)

    def table(self, name: str) -> Table:
        return self.tables[name]
