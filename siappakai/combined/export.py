"""Touch: one village of a combined database in one file, as it was at one moment."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pymysql.connections import Connection
from pymysql.cursors import Cursor

from siappakai.combined.checksum import RowSum, Village
from siappakai.combined.layout import Layout, read_layout
from siappakai.combined.opensid_rules import OPENSID
from siappakai.combined.proof import read_village
from siappakai.combined.references import Change, Link, make_translator
from siappakai.combined.rules import Rules
from siappakai.combined.session import fetch_value, snapshot, stream_rows
from siappakai.combined.village_file import Body, Header, TableFacts, finish, writing
from siappakai.errors import NotFound
from siappakai.provision.databases import Databases


@dataclass(frozen=True)
class ExportReport:
    path: Path
    header: Header
    size_bytes: int
    seconds: float


def export_village(
    databases: Databases,
    database: str,
    village_code: str,
    target: Path,
    rules: Rules = OPENSID,
) -> ExportReport:
    """`target` holds every row of the village, whole or not at all; the database is only read.

    Refused when a table of the database is not understood, naming it. The file holds the
    village's app_key and password hashes as data: keep it like a password (it is 0600).
    """
    started = time.monotonic()
    with snapshot(databases, database) as connection:
        with connection.cursor() as cursor:
            layout = read_layout(cursor, rules)
        village_id, name = find_village(connection, layout, village_code)
        with writing(target.parent) as (body, raw):
            export = _Export(connection, layout, village_id)
            export.write(body)
            header = export.header(village_code, name)
            size = finish(raw, header, target)
    return ExportReport(target, header, size, time.monotonic() - started)


def find_village(
    connection: Connection[Cursor], layout: Layout, village_code: str
) -> tuple[int, str]:
    """The id and name of the village with this code; NotFound otherwise."""
    rules = layout.rules
    column = layout.table(rules.root).id_column
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT `{column.name if column else 'id'}`, `{rules.name_column}` "
            f"FROM `{rules.root}` WHERE `{rules.code_column}` = %s",
            (village_code,),
        )
        row = cursor.fetchone()
    if row is None:
        raise NotFound(
            f"Desa {village_code} tidak ada di basis data ini.",
            hint="Periksa kode desa dan nama basis datanya.",
        )
    return int(row[0]), str(row[1])


class _Export:
    """Streams the tables, adding up what the header must say of them."""

    def __init__(self, connection: Connection[Cursor], layout: Layout, village_id: int) -> None:
        self.connection, self.layout, self.village_id = connection, layout, village_id
        self.village: Village = read_village(connection, layout, village_id)
        self.tables: dict[str, TableFacts] = {}
        self.loose: Counter[str] = Counter()
        self.crossing: Counter[str] = Counter()
        self.largest_loose: dict[str, int] = {}

    def write(self, body: Body) -> None:
        body.village(self.village)
        for name in self.layout.ownership.village_tables:
            self._write_table(name, body)
        body.close()

    def _write_table(self, name: str, body: Body) -> None:
        table = self.layout.table(name)
        columns, links = table.column_names, self.layout.references.links[name]
        total, translator = RowSum(columns), make_translator(columns, links, self.village.chosen)
        change = self._ranking(name)
        body.table(name)
        for row in stream_rows(self.connection, self.layout, table, self.village_id):
            body.row(row)
            total.add(translator.translate(row, change))
        result = total.result()
        self.tables[name] = TableFacts(columns, result.rows, result.checksum)

    def _ranking(self, table: str) -> Change:
        """Like `Village.rank`, counting the ids that are none of the village's; 0 means none."""

        def rank(link: Link, old: int) -> str | None:
            found = self.village.rank(link, old)
            if found is None and old:
                counter = self.crossing if link.is_declared else self.loose
                counter[f"{table}.{link.column}"] += 1
                largest = max(old, self.largest_loose.get(link.space, 0))
                self.largest_loose[link.space] = largest
            return found

        return rank

    def _torn(self) -> dict[str, int]:
        found = {}
        for name in self.layout.ownership.village_tables:
            condition = self.layout.ownership.torn_condition(name, self.village_id)
            if condition:
                sql = f"SELECT COUNT(*) FROM `{name}` WHERE {condition}"
                found[name] = int(fetch_value(self.connection, sql) or 0)
        return {name: count for name, count in found.items() if count}

    def header(self, code: str, name: str) -> Header:
        return Header(
            product=self.layout.rules.product,
            schema_version=self.layout.schema_version,
            village_code=code,
            village_name=name,
            village_id=self.village_id,
            made_at=datetime.now(UTC).isoformat(timespec="seconds"),
            tables=self.tables,
            loose=dict(sorted(self.loose.items())),
            crossing=dict(sorted(self.crossing.items())),
            torn=self._torn(),
            suspects=self.layout.references.suspects,
            largest_loose=self.largest_loose,
        )
