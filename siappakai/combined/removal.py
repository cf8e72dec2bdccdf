"""Touch: a village's rows are taken out of a combined database, and nothing else."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass

from pymysql.connections import Connection
from pymysql.cursors import Cursor

from siappakai.combined.export import find_village
from siappakai.combined.layout import Layout, read_layout
from siappakai.combined.opensid_rules import OPENSID
from siappakai.combined.ownership import Direct
from siappakai.combined.proof import count_orphans, sum_other_rows
from siappakai.combined.rules import Rules
from siappakai.combined.session import fetch_value, snapshot
from siappakai.errors import Refused, StepFailed
from siappakai.provision.databases import Databases


@dataclass(frozen=True)
class RemovalReport:
    village_id: int
    rows: int
    torn: int
    seconds: float


def remove_village(
    databases: Databases, database: str, village_code: str, rules: Rules = OPENSID
) -> RemovalReport:
    """The village is gone and every other row unchanged, or nothing happened.

    For a village that was moved: export it, prove the copy, then call this. Refused for the last
    village, and for the first as long as others stand (later migrations copy from it).
    """
    started = time.monotonic()
    with snapshot(databases, database) as connection:
        with connection.cursor() as cursor:
            layout = read_layout(cursor, rules)
        village_id, _ = find_village(connection, layout, village_code)
        _refuse_needed(connection, layout, village_id)
        orphans = count_orphans(connection, layout)
        torn = _delete_torn(connection, layout, village_id)
        before = sum_other_rows(connection, layout, village_id)
        rows = delete_rows(connection, layout, village_id)
        refuse_changed(before, sum_other_rows(connection, layout, village_id))
        refuse_new_orphans(orphans, count_orphans(connection, layout))
        connection.commit()
    return RemovalReport(village_id, rows, torn, time.monotonic() - started)


def _refuse_needed(connection: Connection[Cursor], layout: Layout, village_id: int) -> None:
    rules = layout.rules
    count = int(fetch_value(connection, f"SELECT COUNT(*) FROM `{rules.root}`") or 0)
    if count == 1:
        raise Refused(
            "Ini desa terakhir di basis data ini; basis data tanpa desa tidak dapat dipakai.",
            hint="Hapus basis datanya, bukan desanya.",
        )
    if village_id == rules.kept_root_id:
        raise Refused(
            f"Desa pertama (nomor {village_id}) tidak dapat dikeluarkan selama ada desa lain.",
            hint=f"{rules.product} menyalin modul baru dari desa pertama. Biarkan barisnya.",
        )


def _delete_torn(connection: Connection[Cursor], layout: Layout, village_id: int) -> int:
    """Rows between this village and another would point to nothing once it is gone."""
    deleted = 0
    for name, owner in layout.ownership.owners.items():
        if isinstance(owner, Direct) and owner.must_agree:
            whole = layout.ownership.condition(name, village_id)
            touching = layout.ownership.touching_condition(name, village_id)
            with connection.cursor() as cursor:
                sql = f"DELETE FROM `{name}` WHERE ({touching}) AND NOT COALESCE({whole}, FALSE)"
                deleted += cursor.execute(sql)
    return deleted


def delete_rows(connection: Connection[Cursor], layout: Layout, village_id: int) -> int:
    """How many rows went; foreign keys are not followed, every table is named by itself."""
    deleted = 0
    for name in layout.ownership.removal_order(layout.rules.root):
        condition = layout.ownership.condition(name, village_id)
        with connection.cursor() as cursor:
            deleted += cursor.execute(f"DELETE FROM `{name}` WHERE {condition}")
    return deleted


def refuse_changed(before: Mapping[str, str], after: Mapping[str, str]) -> None:
    """Raises, so that the transaction is rolled back, when a row of somebody else changed."""
    changed = sorted(name for name in before if before[name] != after.get(name))
    if changed:
        raise StepFailed(
            "Baris desa lain ikut berubah di tabel " + ", ".join(changed) + "; semua dibatalkan.",
            hint="Tidak ada yang berubah. Laporkan nama tabel ini kepada pengelola dasbor.",
        )


def refuse_new_orphans(before: Mapping[str, int], after: Mapping[str, int]) -> None:
    """Raises when rows now point to a row that isn't there and didn't before."""
    grown = sorted(name for name, count in after.items() if count > before.get(name, 0))
    if grown:
        raise StepFailed(
            "Ada rujukan yang akan menunjuk baris yang tidak ada: "
            + ", ".join(grown)
            + "; semua dibatalkan.",
            hint="Tidak ada yang berubah. Baris itu merujuk data desa lain atau data bersama "
            "yang tidak ada di sini; laporkan nama kolomnya kepada pengelola dasbor.",
        )
