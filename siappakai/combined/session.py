"""Touch: one transaction over a database, in which every value arrives as MariaDB's own text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from pymysql.connections import Connection
from pymysql.converters import encoders
from pymysql.cursors import Cursor, SSCursor

from siappakai.combined.layout import Layout
from siappakai.combined.references import Cell
from siappakai.combined.schema import Column, Table
from siappakai.provision.databases import Databases

# Zero dates and old values pass as they are: what was written is read back and compared, so a
# silent change by MariaDB can't stay unseen. UTC, because timestamps are shown in the session's.
PACKET = 64 * 1024**2
SESSION = (
    "SET SESSION sql_mode = 'NO_AUTO_VALUE_ON_ZERO,ALLOW_INVALID_DATES', time_zone = '+00:00', "
    "foreign_key_checks = 0, net_write_timeout = 600, lock_wait_timeout = 60",
    "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ",
    "START TRANSACTION WITH CONSISTENT SNAPSHOT",
)


@contextmanager
def snapshot(databases: Databases, database: str) -> Iterator[Connection[Cursor]]:
    """A transaction that sees one moment; only what the caller commits stays.

    No decoders: numbers and dates stay text, binary stays bytes, NULL is None.
    """
    with databases.connection(
        database, conv=dict(encoders), max_allowed_packet=PACKET
    ) as connection:
        with connection.cursor() as cursor:
            for statement in SESSION:
                cursor.execute(statement)
        yield connection


def stream_rows(
    connection: Connection[Cursor], layout: Layout, table: Table, village_id: int
) -> Iterator[Sequence[Cell]]:
    """A village's rows of one table, the highest id first, never more than one in memory.

    Highest first, so that putting them in moves the table's counter past all of them at once.
    """
    columns = ", ".join(selected(column) for column in table.stored)
    condition = layout.ownership.condition(table.name, village_id)
    order = ", ".join(f"`{name}` DESC" for name in table.primary_key)
    sql = f"SELECT {columns} FROM `{table.name}` WHERE {condition}"
    with connection.cursor(SSCursor) as cursor:
        cursor.execute(sql + (f" ORDER BY {order}" if order else ""))
        yield from cursor


def selected(column: Column) -> str:
    """A FLOAT is shown with six digits only; as DOUBLE it is exact, and comes back the same."""
    name = f"`{column.name}`"
    return f"CAST({name} AS DOUBLE)" if column.base_type == "float" else name


def fetch_value(
    connection: Connection[Cursor], sql: str, values: tuple[object, ...] = ()
) -> str | None:
    """The first column of the first row, as text."""
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        row = cursor.fetchone()
    return None if row is None or row[0] is None else str(row[0])
