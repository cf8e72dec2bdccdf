"""Think: what CREATE TABLE statements say of a database: columns, unique keys, foreign keys."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

TABLE = re.compile(r"^CREATE TABLE `([^`]+)` \(\n(.*?)^\)", re.DOTALL | re.MULTILINE)
COLUMN = re.compile(r"`([^`]+)` ([a-z]+(?:\([^)]*\))?)(.*)")
UNIQUE = re.compile(r"(?:PRIMARY KEY|UNIQUE KEY `[^`]+`) \(([^)]+)\)")
FOREIGN = re.compile(r"CONSTRAINT `[^`]+` FOREIGN KEY \(([^)]+)\) REFERENCES `([^`]+)` \(([^)]+)\)")
JSON = re.compile(r"CHECK \(json_valid\(`([^`]+)`\)\)", re.IGNORECASE)
LENGTH = re.compile(r"(?:var)?char\((\d+)\)")


@dataclass(frozen=True, slots=True)
class Column:
    name: str
    type: str
    is_nullable: bool
    is_numbered: bool = False  # AUTO_INCREMENT

    @property
    def is_date(self) -> bool:
        return self.type.startswith(("date", "timestamp"))

    @property
    def length(self) -> int | None:
        """How many characters fit; None where the type sets no such limit."""
        found = LENGTH.fullmatch(self.type)
        return int(found[1]) if found else None


@dataclass(frozen=True, slots=True, order=True)
class Foreign:
    column: str
    parent: str
    parent_column: str


@dataclass(frozen=True, slots=True)
class Table:
    """`primary` is empty when the table has no primary key; foreign keys of one column only."""

    columns: Mapping[str, Column] = field(default_factory=dict)
    primary: tuple[str, ...] = ()
    uniques: frozenset[tuple[str, ...]] = frozenset()
    foreigns: frozenset[Foreign] = frozenset()
    json_columns: frozenset[str] = frozenset()


Shape = Mapping[str, Table]


def read_shape(texts: Iterable[str]) -> Shape:
    """Tables of SHOW CREATE TABLE answers, or of whole dumps; views and rows are passed over."""
    return {
        name: _read_table(body.splitlines()) for text in texts for name, body in TABLE.findall(text)
    }


def _read_table(lines: list[str]) -> Table:
    columns: dict[str, Column] = {}
    uniques: set[tuple[str, ...]] = set()
    foreigns: set[Foreign] = set()
    json_columns: set[str] = set()
    primary: tuple[str, ...] = ()
    for line in (line.strip().removesuffix(",") for line in lines):
        json_columns |= set(JSON.findall(line))
        if found := COLUMN.match(line):
            rest = found[3].partition(" COMMENT '")[0]
            columns[found[1]] = Column(
                found[1], found[2], "NOT NULL" not in rest, "AUTO_INCREMENT" in rest
            )
        elif found := UNIQUE.match(line):
            names = _names(found[1])
            uniques.add(names)
            primary = names if line.startswith("PRIMARY") else primary
        elif found := FOREIGN.match(line):
            own, theirs = _names(found[1]), _names(found[3])
            if len(own) == 1:
                foreigns.add(Foreign(own[0], found[2], theirs[0]))
    return Table(columns, primary, frozenset(uniques), frozenset(foreigns), frozenset(json_columns))


def _names(text: str) -> tuple[str, ...]:
    return tuple(re.findall(r"`([^`]+)`", text))
