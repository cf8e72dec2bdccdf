"""Touch: counts everything a balance contract speaks of, in one short pass over a database."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from pymysql.cursors import Cursor

from siappakai.models import Instance, db
from siappakai.products.balance import NOBODY, Measured
from siappakai.products.balances.contract import BalanceContract, Terms, VillageColumn
from siappakai.provision.databases import Databases
from siappakai.provision.file_counts import count_files
from siappakai.provision.job import Job
from siappakai.provision.naming import instance_key
from siappakai.provision.stopwatch import outside

# Two quick questions: joined by MariaDB they take ten times as long.
TABLES = "SHOW FULL TABLES WHERE Table_type = 'BASE TABLE'"
COLUMNS = """SELECT table_name, column_name FROM information_schema.columns
WHERE table_schema = DATABASE()"""
# Everything is seen at one moment, and nothing can be written, whatever a contract says.
SESSION = (
    "SET SESSION max_statement_time = 60",
    "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY",
)
BATCH = 400  # branches of one UNION ALL
Columns = dict[str, frozenset[str]]


@dataclass(frozen=True, slots=True)
class BalancePlace:
    """What is measured: a database (none when it is another product's) and folders of files.

    `folders`: village code (or "" for an instance alone in its database) → name → place on disk.
    """

    databases: Databases
    database: str
    contract: BalanceContract
    is_combined: bool = False
    folders: Mapping[str, Mapping[str, Path]] = field(default_factory=dict)


def place_of_job(job: Job, databases: Databases, contract: BalanceContract) -> BalancePlace:
    """The job's own database and files; in a combined database those of the whole group.

    `contract` is the one that both measurements are compared by: what it asks is what is counted.
    """
    is_shared = bool(job.recipe.database.shared_with)
    return BalancePlace(
        databases,
        "" if is_shared else job.place.database.name,
        contract,
        job.group.is_combined,
        _group_folders(job) if job.group.is_combined else {NOBODY: folders_of(job, job.paths.home)},
    )


def folders_of(job: Job, home: Path) -> dict[str, Path]:
    """The writable folders of an instance of the job's product; what we render ourselves is not."""
    mounts = [
        each
        for each in job.recipe.mounts()
        if not (each.read_only or each.is_file or each.of_product)
    ]
    names = {each.source for each in mounts}
    outer = [name for name in names if not any(name.startswith(f"{each}/") for each in names)]
    return {name: home / name for name in sorted(outer)}


def _group_folders(job: Job) -> dict[str, dict[str, Path]]:
    codes = db.session.scalars(
        db.select(Instance.scope_code).filter_by(
            database_group_id=job.group.id, product=job.recipe.product
        )
    ).all()
    db.session.rollback()
    server, product = job.server.paths, job.recipe.product
    return {
        code: folders_of(job, server.instance(instance_key(product, code)).home) for code in codes
    }


def measure(place: BalancePlace) -> Measured:
    """Rows, invariants, filled cells and files as they are now; changes nothing."""
    terms = place.contract.everything()
    files = {code: count_files(folders, terms.volatile) for code, folders in place.folders.items()}
    if not place.database:
        return Measured(files=files)
    reach = place.databases.connection(place.database)
    with outside(), reach as connection, connection.cursor() as cursor:
        for statement in SESSION:
            cursor.execute(statement)
        columns = _read_columns(cursor, () if place.is_combined else _named_tables(terms))
        village = _village_of(place, columns)
        codes = _village_codes(cursor, village) if village else {}
        rows, filled = _count_tables(cursor, terms, columns, village, codes)
        values = _count_invariants(cursor, terms, columns, village, codes)
    return Measured(rows, values, filled, files)


def _named_tables(terms: Terms) -> tuple[str, ...]:
    names = {table for each in terms.invariants for table in each.select.tables}
    names |= {each.table for each in terms.filled}
    names |= {link.parent for each in terms.filled for link in each.links}
    return tuple(sorted(names))


def _read_columns(cursor: Cursor, wanted: tuple[str, ...] = ()) -> Columns:
    """All tables, with the columns of those wanted only, or of all."""
    cursor.execute(TABLES)
    found: dict[str, set[str]] = {name: set() for name, _ in sorted(cursor.fetchall())}
    some = f" AND table_name IN ({', '.join(['%s'] * len(wanted))})" if wanted else ""
    cursor.execute(COLUMNS + some, wanted or None)
    for table, column in cursor.fetchall():
        if table in found:  # else it is a view
            found[table].add(column)
    return {table: frozenset(names) for table, names in found.items()}


def _village_of(place: BalancePlace, columns: Columns) -> VillageColumn | None:
    village = place.contract.village
    return village if place.is_combined and village and village.table in columns else None


def _village_codes(cursor: Cursor, village: VillageColumn) -> dict[int, str]:
    cursor.execute(f"SELECT `{village.id}`, `{village.code}` FROM `{village.table}`")
    return {int(number): str(code or f"#{number}") for number, code in cursor.fetchall()}


def _count_tables(
    cursor: Cursor,
    terms: Terms,
    columns: Columns,
    village: VillageColumn | None,
    codes: Mapping[int, str],
) -> tuple[dict[str, dict[str, int]], dict[str, dict[str, int]]]:
    """Rows of every table, and filled cells of the contract's columns, in one scan a table."""
    counted = _filled_counts(terms, columns)
    branches, grouped = [], []
    for number, table in enumerate(columns):
        value = f"CONCAT_WS(',', {', '.join(['COUNT(*)', *counted.get(table, {}).values()])})"
        is_told = village is not None and village.column in columns[table]
        group = f"`{table}`.`{village.column}`" if village and is_told else ""
        branches.append(_branch(number, value, f"`{table}`", group, by_index=table not in counted))
        grouped.append(is_told)
    rows: dict[str, dict[str, int]] = {}
    filled: dict[str, dict[str, int]] = {}
    for table, answers in zip(columns, _ask(cursor, branches, codes, grouped), strict=True):
        names = [*counted.get(table, {})]
        cells = {
            code: [int(part) for part in text.split(",") if part] for code, text in answers.items()
        }
        rows[table] = {code: numbers[0] if numbers else 0 for code, numbers in cells.items()}
        for place, name in enumerate(names, start=1):
            filled[f"{table}.{name}"] = {
                code: numbers[place] if numbers else 0 for code, numbers in cells.items()
            }
    return rows, filled


def _filled_counts(terms: Terms, columns: Columns) -> dict[str, dict[str, str]]:
    """Table → column, or column>parent → the SQL that counts it; only what the database has."""
    found: dict[str, dict[str, str]] = {}
    for each in terms.filled:
        present = columns.get(each.table, frozenset())
        counts = found.setdefault(each.table, {})
        for name in each.columns:
            if name in present:
                counts[name] = f"COUNT(NULLIF(`{name}`, ''))"
        for link in each.links:
            if link.column in present and link.parent_column in columns.get(link.parent, ()):
                counts[f"{link.column}>{link.parent}"] = (
                    f"COALESCE(SUM(EXISTS(SELECT 1 FROM `{link.parent}` AS induk WHERE "
                    f"induk.`{link.parent_column}` = `{each.table}`.`{link.column}`)), 0)"
                )
    return found


def _count_invariants(
    cursor: Cursor,
    terms: Terms,
    columns: Columns,
    village: VillageColumn | None,
    codes: Mapping[int, str],
) -> dict[str, dict[str, Decimal]]:
    """Only those whose tables and columns the database has."""
    asked = [each for each in terms.invariants if not each.select.missing(columns)]
    branches, grouped = [], []
    for number, each in enumerate(asked):
        value = f"CAST(COALESCE({each.select.value}, 0) AS DECIMAL(40, 4))"
        is_told = village is not None and each.select.tells_villages(columns)
        group = each.select.village if is_told else ""
        branches.append(_branch(number, value, each.select.source, group))
        grouped.append(is_told)
    found = _ask(cursor, branches, codes, grouped)
    return {
        each.key: {code: Decimal(text or 0).normalize() + 0 for code, text in answers.items()}
        for each, answers in zip(asked, found, strict=True)
    }


def _branch(number: int, value: str, source: str, group: str, *, by_index: bool = False) -> str:
    """`+ 0` keeps MariaDB from fetching every row by the village's index, one and a half times as
    slow as one scan; a bare count is quicker by the index."""
    group = f"{group} + 0" if group and not by_index else group
    tail = f" GROUP BY {group}" if group else ""
    return f"SELECT {number}, {group or 'NULL'}, {value} FROM {source}{tail}"


def _ask(
    cursor: Cursor, branches: list[str], codes: Mapping[int, str], grouped: Iterable[bool]
) -> list[dict[str, str]]:
    """One answer a branch: village code → text; a village without rows has an empty text."""
    found = [dict.fromkeys(codes.values(), "") if told else {} for told in grouped]
    for part in _batches(branches):
        cursor.execute(" UNION ALL ".join(part))
        for number, village_id, text in cursor.fetchall():
            code = NOBODY if village_id is None else codes.get(int(village_id), f"#{village_id}")
            found[int(number)][code] = str(text)
    return found


def _batches(branches: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(branches), BATCH):
        yield branches[start : start + BATCH]
