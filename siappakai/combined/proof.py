"""Touch: checksums of one village's rows, and of all rows that are not that village's."""

from __future__ import annotations

from collections.abc import Mapping

from pymysql.connections import Connection
from pymysql.cursors import Cursor, SSCursor

from siappakai.combined.checksum import RowSum, TableSum, Village
from siappakai.combined.ids import IdSet
from siappakai.combined.layout import Layout, read_layout
from siappakai.combined.opensid_rules import OPENSID
from siappakai.combined.ownership import Shared
from siappakai.combined.references import make_translator
from siappakai.combined.rules import Rules
from siappakai.combined.schema import Column, Table
from siappakai.combined.session import fetch_value, selected, snapshot, stream_rows
from siappakai.provision.databases import Databases

PLAIN = ("date", "datetime", "timestamp", "time", "year", "decimal", "double", "float")
Sums = Mapping[str, TableSum]


def village_checksums(
    databases: Databases, database: str, village_id: int, rules: Rules = OPENSID
) -> Sums:
    """Table → rows and checksum of one village; equal wherever the village stands, whatever ids."""
    with snapshot(databases, database) as connection:
        with connection.cursor() as cursor:
            layout = read_layout(cursor, rules)
        return sum_village(connection, layout, village_id)


def other_rows_checksums(
    databases: Databases, database: str, village_id: int | None, rules: Rules = OPENSID
) -> Mapping[str, str]:
    """Table → count and checksum of every row that is not this village's, computed by MariaDB."""
    with snapshot(databases, database) as connection:
        with connection.cursor() as cursor:
            layout = read_layout(cursor, rules)
        return sum_other_rows(connection, layout, village_id)


def sum_village(connection: Connection[Cursor], layout: Layout, village_id: int) -> Sums:
    village = read_village(connection, layout, village_id)
    sums = {}
    for name in layout.ownership.village_tables:
        table = layout.table(name)
        total = RowSum(table.column_names)
        links = layout.references.links[name]
        translator = make_translator(table.column_names, links, village.chosen)
        for row in stream_rows(connection, layout, table, village_id):
            total.add(village.without_ids(translator, row))
        sums[name] = total.result()
    return sums


def read_village(connection: Connection[Cursor], layout: Layout, village_id: int) -> Village:
    """The ids of all rows of the village: eight bytes a row are held in memory."""
    ids = {
        table: _fetch_ids(connection, layout, table, column, village_id)
        for table, column in layout.references.spaces.items()
    }
    chosen = {}
    for rule in layout.references.chosen_rules():
        parent = rule.parent
        if parent is not None and (column := layout.references.spaces.get(parent.table)):
            extra = (f" AND `{parent.field}` = %s", parent.value)
            args = (connection, layout, parent.table, column, village_id, extra)
            chosen[rule.name] = _fetch_ids(*args)
    return Village(ids, chosen)


def _fetch_ids(
    connection: Connection[Cursor],
    layout: Layout,
    table: str,
    column: str,
    village_id: int,
    extra: tuple[str, str] | None = None,
) -> IdSet:
    condition = layout.ownership.condition(table, village_id)
    sql = f"SELECT `{column}` FROM `{table}` WHERE {condition}{extra[0] if extra else ''}"
    with connection.cursor(SSCursor) as cursor:
        cursor.execute(sql, (extra[1],) if extra else None)
        return IdSet(int(row[0]) for row in cursor)


def sum_other_rows(
    connection: Connection[Cursor], layout: Layout, village_id: int | None
) -> dict[str, str]:
    """Inside one transaction: what others write meanwhile is not seen, what we write is."""
    sums = {}
    for name, table in layout.schema.tables.items():
        where = ""
        is_shared = isinstance(layout.ownership.owners[name], Shared)
        if not is_shared and village_id is not None:
            where = f" WHERE NOT COALESCE({layout.ownership.condition(name, village_id)}, FALSE)"
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {_sum_of_rows(table)} FROM `{name}`{where}")
            sums[name] = "-".join(str(part) for part in cursor.fetchone() or ())
    return sums


def _sum_of_rows(table: Table) -> str:
    """Count and the sum of 64 bits of each row's MD5, which no order changes.

    Texts are hashed before they are joined, so that long ones fit and none can look like two.
    """
    cells = ", ".join(_cell_of_sum(column) for column in table.stored)
    row = f"SUBSTRING(MD5(CONCAT_WS(',', {cells})), 1, 16)"
    return f"COUNT(*), COALESCE(SUM(CAST(CONV({row}, 16, 10) AS DECIMAL(20))), 0)"


def _cell_of_sum(column: Column) -> str:
    is_short = column.is_integer or column.base_type in PLAIN
    value = selected(column) if is_short else f"MD5({selected(column)})"
    return value if not column.is_nullable else f"COALESCE({value}, '-')"


def count_orphans(connection: Connection[Cursor], layout: Layout) -> dict[str, int]:
    """Foreign key → rows of the whole database whose parent is not there."""
    found = {}
    for name, table in layout.schema.tables.items():
        for key in table.foreign_keys:
            if key.target not in layout.schema.tables:
                continue
            joined = " AND ".join(f"c.`{own}` = p.`{theirs}`" for own, theirs in key.pairs)
            filled = " AND ".join(f"c.`{own}` IS NOT NULL" for own in key.columns)
            sql = (
                f"SELECT COUNT(*) FROM `{name}` c LEFT JOIN `{key.target}` p ON {joined} "
                f"WHERE {filled} AND p.`{key.target_columns[0]}` IS NULL"
            )
            found[f"{name}.{','.join(key.columns)}"] = int(fetch_value(connection, sql) or 0)
    return found
