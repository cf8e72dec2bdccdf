"""Touch: what information_schema says of a database, and what follows from it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from pymysql.cursors import Cursor

from siappakai.combined.ownership import Ownership, derive_ownership
from siappakai.combined.references import References, derive_references
from siappakai.combined.rules import Rules
from siappakai.combined.schema import Column, ForeignKey, Schema, Table
from siappakai.errors import Refused

TABLES = """SELECT table_name, table_type, COALESCE(engine, '') FROM information_schema.tables
WHERE table_schema = DATABASE() AND table_type <> 'VIEW' ORDER BY table_name"""
COLUMNS = """SELECT table_name, column_name, column_type, is_nullable, extra
FROM information_schema.columns WHERE table_schema = DATABASE()"""
KEYS = """SELECT table_name, constraint_name, column_name, referenced_table_name,
referenced_column_name, constraint_name = 'PRIMARY', referenced_table_schema = DATABASE()
FROM information_schema.key_column_usage WHERE table_schema = DATABASE()
ORDER BY table_name, constraint_name, ordinal_position"""


@dataclass(frozen=True)
class Layout:
    """One database: its schema, whose rows are whose, where ids stand, its schema version."""

    rules: Rules
    schema: Schema
    ownership: Ownership
    references: References
    schema_version: str

    def table(self, name: str) -> Table:
        return self.schema.table(name)


def read_layout(cursor: Cursor, rules: Rules) -> Layout:
    """Refused when a table of the database is not understood."""
    schema = read_schema(cursor)
    ownership = derive_ownership(schema, rules)
    references = derive_references(schema, ownership, rules)
    cursor.execute(rules.schema_version_sql)
    row = cursor.fetchone()
    return Layout(rules, schema, ownership, references, str(row[0]) if row and row[0] else "")


def read_schema(cursor: Cursor) -> Schema:
    """Tables, columns and keys of the current database; views are no data."""
    cursor.execute(TABLES)
    tables = cursor.fetchall()
    strange = sorted(name for name, kind, _ in tables if kind != "BASE TABLE")
    if strange:
        raise Refused(
            "Basis data memuat tabel jenis khusus yang belum didukung: " + ", ".join(strange) + ".",
            hint="Laporkan nama tabel ini kepada pengelola dasbor.",
        )
    columns = _read_columns(cursor)
    primary, foreign = _read_keys(cursor)
    return Schema(
        {
            name: Table(
                name,
                tuple(sorted(columns[name], key=lambda each: each.name)),
                tuple(primary[name]),
                tuple(
                    ForeignKey(tuple(own), target, tuple(theirs))
                    for _, (target, own, theirs) in sorted(foreign[name].items())
                ),
                engine,
            )
            for name, _, engine in tables
        }
    )


def _read_columns(cursor: Cursor) -> dict[str, list[Column]]:
    found: dict[str, list[Column]] = defaultdict(list)
    cursor.execute(COLUMNS)
    for table, name, kind, nullable, extra in cursor.fetchall():
        words = str(extra).upper()
        is_generated = "VIRTUAL" in words or "STORED" in words or "PERSISTENT" in words
        column = Column(
            name, str(kind).lower(), nullable == "YES", is_generated, "AUTO_INCREMENT" in words
        )
        found[table].append(column)
    return found


Foreign = dict[str, tuple[str, list[str], list[str]]]


def _read_keys(cursor: Cursor) -> tuple[dict[str, list[str]], dict[str, Foreign]]:
    primary: dict[str, list[str]] = defaultdict(list)
    foreign: dict[str, Foreign] = defaultdict(dict)
    cursor.execute(KEYS)
    for table, name, column, target, target_column, is_primary, is_here in cursor.fetchall():
        if str(is_primary) == "1":
            primary[table].append(column)
        elif target is not None and str(is_here) == "1":
            _, own, theirs = foreign[table].setdefault(name, (target, [], []))
            own.append(column)
            theirs.append(target_column)
    return primary, foreign
