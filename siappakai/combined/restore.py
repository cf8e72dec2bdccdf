"""Touch: a village's file goes into a combined database, all of it or nothing of it."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import replace as with_fields
from itertools import islice
from pathlib import Path

import pymysql
from pymysql.connections import Connection
from pymysql.cursors import Cursor, SSCursor

from siappakai.combined.contents import read_contents, tables_of
from siappakai.combined.fitting import (
    Place,
    find_place,
    refuse_homeless,
    refuse_other_release,
    refuse_unmovable,
    refuse_wrong_sums,
)
from siappakai.combined.ids import IdMap, IdSet, place_ids
from siappakai.combined.layout import Layout, read_layout
from siappakai.combined.opensid_rules import OPENSID
from siappakai.combined.proof import count_orphans, sum_other_rows, sum_village
from siappakai.combined.references import Cell, Link, make_translator
from siappakai.combined.removal import delete_rows, refuse_changed, refuse_new_orphans
from siappakai.combined.rules import Rules
from siappakai.combined.session import fetch_value, snapshot
from siappakai.combined.village_file import VillageFile
from siappakai.errors import Refused
from siappakai.provision.databases import Databases

ROWS_AT_ONCE = 500


@dataclass(frozen=True)
class RestoreReport:
    """`moved`: tables whose rows got new ids, since the old ones were taken."""

    village_code: str
    village_id: int
    place: Place
    rows: int
    moved: tuple[str, ...]
    torn: Mapping[str, int]
    seconds: float = 0.0


def restore_village(
    databases: Databases,
    database: str,
    source: Path,
    *,
    replace: bool = False,
    rules: Rules = OPENSID,
) -> RestoreReport:
    """The village of the file stands in the database, in one transaction.

    Into a fresh installation it takes the place of the nameless village there; beside other
    villages it is added, with new ids where the old ones are taken; with `replace` its own rows
    there are exchanged. Afterwards, before anything is kept: its rows have the checksums of the
    file, all other rows have theirs of before, and no reference points to nothing. The village's
    instance must not write meanwhile; the others may.
    """
    started = time.monotonic()
    file = VillageFile(source)
    with snapshot(databases, database) as connection:
        with connection.cursor() as cursor:
            layout = read_layout(cursor, rules)
        report = _Restore(connection, layout, file).run(replace=replace)
        connection.commit()
    return with_fields(report, seconds=time.monotonic() - started)


class _Restore:
    def __init__(self, connection: Connection[Cursor], layout: Layout, file: VillageFile) -> None:
        self.connection, self.layout, self.file = connection, layout, file
        self.header = file.header

    def run(self, *, replace: bool) -> RestoreReport:
        """All but the commit; raises when anything is not as it must be."""
        refuse_other_release(self.layout, self.header)
        contents = read_contents(self.file, self.layout)
        refuse_homeless(self.layout, self.header, contents)
        refuse_wrong_sums(contents.sums, self.header)
        place, standing = find_place(
            self.connection, self.layout, self.header, contents.app_key, replace=replace
        )
        orphans = count_orphans(self.connection, self.layout)
        before = sum_other_rows(self.connection, self.layout, standing)
        if standing is not None:
            delete_rows(self.connection, self.layout, standing)
        maps = self.place_all_ids(standing)
        moved = tuple(
            name for name, each in maps.items() if each.is_moved and name != self.layout.rules.root
        )
        refuse_unmovable(self.header, contents, place, moved)
        rows = self.insert_all(maps)
        village_id = maps[self.layout.rules.root].new_ids().first
        self.prove(village_id, before, orphans)
        code, torn = self.header.village_code, self.header.torn
        return RestoreReport(code, village_id, place, rows, moved, torn)

    def place_all_ids(self, standing: int | None) -> dict[str, IdMap]:
        maps = {}
        for table, column in sorted(self.layout.references.spaces.items()):
            ids = self.file.village.ids.get(table, IdSet())
            if table == self.layout.rules.root and standing is not None:
                same = ids.first == standing
                maps[table] = IdMap(ids, None if same else standing - 1)
            else:
                maps[table] = self._place(table, column, ids)
        return maps

    def _place(self, table: str, column: str, ids: IdSet) -> IdMap:
        if not len(ids) or self._are_free(table, column, ids):
            return IdMap(ids)
        facts = self.layout.table(table).find(column)
        largest = facts.largest if facts else 0
        loose = self.header.largest_loose.get(table, 0)
        taken = max(self._last_given(table, column), loose if loose <= largest else 0)
        if taken + len(ids) > largest:
            raise Refused(
                f"Nomor baris tabel {table} tidak muat lagi (paling besar {largest}).",
                hint="Desa ini hanya dapat dipulihkan ke basis data sendiri.",
            )
        return place_ids(ids, are_free=False, taken_up_to=taken)

    def _are_free(self, table: str, column: str, ids: IdSet) -> bool:
        sql = f"SELECT `{column}` FROM `{table}` WHERE `{column}` BETWEEN %s AND %s"
        with self.connection.cursor(SSCursor) as cursor:
            cursor.execute(sql, (ids.first, ids.last))
            return not any(int(row[0]) in ids for row in cursor)

    def _last_given(self, table: str, column: str) -> int:
        """The last id ever given out, also to rows that are gone or not committed yet."""
        counter = fetch_value(
            self.connection,
            "SELECT auto_increment FROM information_schema.tables "
            "WHERE table_schema = DATABASE() AND table_name = %s",
            (table,),
        )
        largest = fetch_value(self.connection, f"SELECT MAX(`{column}`) FROM `{table}`")
        return max(int(counter or 1) - 1, int(largest or 0))

    def insert_all(self, maps: Mapping[str, IdMap]) -> int:
        def change(link: Link, old: int) -> str | None:
            new = maps[link.space].new_id(old) if link.space in maps else None
            return None if new is None else str(new)

        count = 0
        for name, rows in tables_of(self.file):
            columns = self.header.tables[name].columns
            links = self.layout.references.links.get(name, ())
            translator = make_translator(columns, links, self.file.village.chosen)
            count += self._insert(name, (translator.translate(row, change) for row in rows))
        return count

    def _insert(self, name: str, rows: Iterable[list[Cell]]) -> int:
        columns = self.header.tables[name].columns
        kept, absent = self._columns_here(name, columns)
        names = ", ".join(f"`{column}`" for column in (*kept.values(), *absent))
        marks = ", ".join(["%s"] * (len(kept) + len(absent)))
        sql = f"INSERT INTO `{name}` ({names}) VALUES ({marks})"
        empty = [None] * len(absent)
        count, waiting = 0, ([*(row[place] for place in kept), *empty] for row in rows)
        try:
            with self.connection.cursor() as cursor:
                while batch := list(islice(waiting, ROWS_AT_ONCE)):
                    cursor.executemany(sql, batch)
                    count += len(batch)
        except pymysql.err.IntegrityError as error:
            raise Refused(
                f"Sebuah baris tabel {name} bertabrakan dengan baris yang sudah ada.",
                hint="Tidak ada yang berubah. Bila desa lain sedang menulis, coba lagi; bila "
                "tetap sama, desa ini hanya dapat dipulihkan ke basis data sendiri.",
                log_tail=str(error.args[-1])[:500] if error.args else "",
            ) from error
        return count

    def _columns_here(
        self, name: str, columns: Sequence[str]
    ) -> tuple[dict[int, str], tuple[str, ...]]:
        """Place in the file's rows → column, for those there are here; and those only here."""
        here = self.layout.table(name).column_names
        kept = {place: each for place, each in enumerate(columns) if each in here}
        return kept, tuple(each for each in here if each not in columns)

    def prove(self, village_id: int, before: Mapping[str, str], orphans: Mapping[str, int]) -> None:
        found = sum_village(self.connection, self.layout, village_id)
        refuse_wrong_sums(found, self.header)
        refuse_changed(before, sum_other_rows(self.connection, self.layout, village_id))
        refuse_new_orphans(orphans, count_orphans(self.connection, self.layout))
