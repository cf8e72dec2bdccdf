"""Rows in every table that can hold a village's: nothing is proven on empty tables."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Any
from uuid import UUID

import pymysql

from siappakai.combined.layout import read_layout
from siappakai.combined.opensid_rules import OPENSID
from siappakai.combined.ownership import Direct, Shared
from siappakai.combined.references import Link
from siappakai.combined.rules import Rules
from siappakai.combined.schema import Column, Table
from siappakai.provision.databases import Databases

TEXTS = ("Ibu Ni'mah \\ Daeng", 'kata "dalam" kutip', "é ☃ ñ %s", "baris\nkedua\ttab", "007", "")
PATTERNS = {
    r"^artikel/(\d+)$": "artikel/{}",
    r"^kategori/(\d+)$": "kategori/{}",
    r"^data-suplemen/(\d+)$": "data-suplemen/{}",
    r"^data-(?:kelompok|lembaga)/(\d+)$": "data-lembaga/{}",
    r"^statistik/50(\d+)$": "statistik/50{}",
    r'"(\d+)\\?"\s*:': '{{"{}":"-1"}}',
    r':\s*(?:\\?")?(\d+)': '{{"x":"{}"}}',
    r'"(\d+)"': '["{}"]',
    r'"(\d+)\\?"': '["{}"]',
}
JSON_WORDS = ("syarat", "input", "template", "path")


@dataclass
class Filler:
    """Adds rows to one village; equal seeds give equal rows."""

    databases: Databases
    database: str
    village_id: int
    seed: int
    rules: Rules = OPENSID
    with_doubt: bool = False  # rows whose references have two meanings, too
    known: dict[str, list[str]] = field(default_factory=dict)
    number: int = 0

    def fill(self, rows: int, only: tuple[str, ...] = ()) -> dict[str, int]:
        """Table → how many rows were added; parents first, rows that can't be are left out."""
        self.random = Random(self.seed)
        added: dict[str, int] = {}
        with self.databases.connection(self.database) as connection, connection.cursor() as cursor:
            cursor.execute("SET SESSION sql_mode = 'ALLOW_INVALID_DATES'")
            self.cursor, self.layout = cursor, read_layout(cursor, self.rules)
            for table in self._order(only):
                added[table.name] = self._fill_table(table, rows)
                self.known.pop(table.name, None)
            self._close_circles()
            connection.commit()
        return added

    def _order(self, only: tuple[str, ...]) -> Iterator[Table]:
        """Tables after those they can't do without."""
        waiting = [n for n in self.layout.ownership.village_tables if n != self.rules.root]
        done: set[str] = {self.rules.root}
        while waiting:
            ready = [name for name in waiting if self._needs(name) <= done] or waiting[:1]
            for name in ready:
                done.add(name)
                waiting.remove(name)
                if not only or name in only:
                    yield self.layout.table(name)

    def _needs(self, name: str) -> set[str]:
        table = self.layout.table(name)
        owners = self.layout.ownership.owners
        return {
            key.target
            for key in table.foreign_keys
            for column in key.columns
            if key.target != name
            and (not self._column(table, column).is_nullable or column in table.primary_key)
            and not isinstance(owners.get(key.target), Shared)
        }

    def _column(self, table: Table, name: str) -> Column:
        found = table.find(name)
        assert found is not None
        return found

    def _fill_table(self, table: Table, rows: int) -> int:
        added = 0
        for _ in range(rows):
            self.number += 1
            row = {column.name: self._value(table, column) for column in table.stored}
            row = {name: value for name, value in row.items() if value is not SKIP}
            self._bind_rules(table, row)
            names = ", ".join(f"`{name}`" for name in row)
            marks = ", ".join(["%s"] * len(row))
            try:
                sql = f"INSERT IGNORE INTO `{table.name}` ({names}) VALUES ({marks})"
                added += self.cursor.execute(sql, tuple(row.values()))
            except pymysql.err.MySQLError as error:
                raise AssertionError(f"{table.name}: {error} {row}") from error
        return added

    def _value(self, table: Table, column: Column) -> Any:
        if column.is_auto_increment:
            return SKIP
        if (table.name, column.name) in self.rules.ambiguous and not self.with_doubt:
            return None
        owner = self.layout.ownership.owners[table.name]
        if isinstance(owner, Direct) and column.name == owner.column:
            return self.village_id
        for link in self.layout.references.links[table.name]:
            if link.column == column.name and link.rule is None:
                return self._id_of(link, table, column)
        for key in table.foreign_keys:
            if column.name in key.columns:
                return self._shared_value(key.target, key.target_columns[0])
        return self._plain(table, column)

    def _ids(self, table: str) -> list[str]:
        if table not in self.known:
            column = self.layout.references.spaces[table]
            condition = self.layout.ownership.condition(table, self.village_id)
            self.cursor.execute(f"SELECT `{column}` FROM `{table}` WHERE {condition}")
            self.known[table] = [str(row[0]) for row in self.cursor.fetchall()]
        return self.known[table]

    def _id_of(self, link: Link, table: Table, column: Column) -> Any:
        if link.space == table.name and column.name in table.primary_key:
            return self.number + 1_000_000 * self.seed
        ids = self._ids(link.space)
        if not ids or (column.is_nullable and self.random.random() < 0.1):
            return None if column.is_nullable else 0
        return self.random.choice(ids)

    def _shared_value(self, table: str, column: str) -> Any:
        self.cursor.execute(f"SELECT `{column}` FROM `{table}` ORDER BY 1")
        values = [row[0] for row in self.cursor.fetchall()]
        return self.random.choice(values) if values else None

    def _plain(self, table: Table, column: Column) -> Any:
        kind, chance = column.base_type, self.random.random()
        if column.is_nullable and chance < 0.2 and column.name not in table.primary_key:
            return None
        if column.is_integer:
            # Small ones are answers to closed questions (sex, kind): pages die of unknown ones.
            return self.random.randint(1, 2 if column.base_type == "tinyint" else 5000)
        if kind in ("double", "decimal", "float"):
            return self.random.choice(("0.1", "1.005", "-3.25", "12.125"))
        if kind in ("date", "datetime", "timestamp"):
            return (
                "0000-00-00"
                if chance > 0.95
                else f"20{self.number % 20 + 10}-03-0{1 + int(chance * 8)}"
            )
        if kind in ("time", "year"):
            return "10:11:12" if kind == "time" else "2021"
        if kind == "enum":
            return 1
        if "blob" in kind or "binary" in kind:
            return bytes([0, 255, 10, self.number % 256])
        return self._text(column)

    def _text(self, column: Column) -> str:
        if column.base_type == "longtext" or any(word in column.name for word in JSON_WORDS):
            return '["a"]'
        width = int((re.findall(r"\((\d+)\)", column.type) or ["200"])[0])
        if column.name == "uuid":
            return str(UUID(int=self.random.getrandbits(128)))
        unique = f"{self.seed}.{self.number}"
        text = self.random.choice(TEXTS) if width > 40 else ""
        return (f"{unique} {text}" if width > len(unique) else unique[-width:])[:width]

    def _bind_rules(self, table: Table, row: dict[str, Any]) -> None:
        """Columns that hold ids by a rule get an id of the village in the form the rule reads."""
        rules = [x.rule for x in self.layout.references.links[table.name] if x.rule is not None]
        self.random.shuffle(rules)
        for rule in rules[:3]:
            ids = self._ids(rule.target) if rule.target in self.layout.references.spaces else []
            if not ids or (rule.when is not None and rule.when[0] == "key"):
                continue
            form = PATTERNS[rule.pattern] if rule.pattern else "{}"
            row[rule.column] = form.format(self.random.choice(ids))
            if rule.when is not None:
                row[rule.when[0]] = rule.when[1]

    def _close_circles(self) -> None:
        """Links to rows that came later: they were empty when the row was made."""
        for name, links in self.layout.references.links.items():
            table = self.layout.table(name)
            for link in links:
                column = self._column(table, link.column)
                is_open = column.is_nullable and link.rule is None and link.space != name
                is_open = is_open and (name, link.column) not in self.rules.ambiguous
                if is_open and self._ids(link.space) and link.column not in table.primary_key:
                    condition = self.layout.ownership.condition(name, self.village_id)
                    self.cursor.execute(
                        f"UPDATE IGNORE `{name}` SET `{link.column}` = %s "
                        f"WHERE {condition} AND `{link.column}` IS NULL LIMIT 3",
                        (self.random.choice(self._ids(link.space)),),
                    )


SKIP = object()
