"""Touch: asks a database, only reading, for the rows that a migration would trip over."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pymysql.cursors import Cursor

from siappakai.products.balance import find_contract
from siappakai.products.data_checks import (
    Finding,
    Question,
    Severity,
    Shape,
    find_checks,
    make_finding,
    plan_questions,
    read_shape,
)
from siappakai.provision.databases import Databases
from siappakai.provision.stopwatch import outside

TABLES = "SHOW FULL TABLES WHERE Table_type = 'BASE TABLE'"
SESSION = (
    "SET SESSION sql_mode = 'ALLOW_INVALID_DATES', max_statement_time = 120",
    "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY",
)
EXAMPLES = 3
BATCH = 100  # branches of one UNION ALL


@dataclass(frozen=True, slots=True)
class CheckPlace:
    """A database (better a clone) and the update it is asked for.

    `target` and `source`: what fresh databases of both releases look like, where that is known.
    """

    databases: Databases
    database: str
    product: str
    release_from: str
    release_to: str
    target: Shape | None = None
    source: Shape | None = None
    is_combined: bool = False


def shape_of_template(path: Path) -> Shape:
    """The schema that a release's own template dump holds: what a migration has to arrive at."""
    return read_shape([path.read_text(encoding="utf-8", errors="replace")])


def find_dirt(place: CheckPlace) -> list[Finding]:
    """All findings, the gravest and most frequent first; changes nothing."""
    checks = find_checks(place.product, place.release_from, place.release_to)
    contract = find_contract(place.product)
    village = contract.village
    reach = place.databases.connection(place.database)
    with outside(), reach as connection, connection.cursor() as cursor:
        for statement in SESSION:
            cursor.execute(statement)
        now = _read_shape(cursor)
        is_combined = bool(place.is_combined and village and village.table in now)
        codes: dict[int, str] = {}
        if village and is_combined:
            cursor.execute(f"SELECT `{village.id}`, `{village.code}` FROM `{village.table}`")
            codes = {int(number): str(code or "") for number, code in cursor.fetchall()}
        column = village.column if village else ""
        questions = plan_questions(
            now, place.target, checks, column, is_combined=is_combined, source=place.source
        )
        answers = _ask(cursor, questions)
    findings = [
        make_finding(questions[at], count, codes.get(village_id, ""), shown, contract.always.labels)
        for at, village_id, count, shown in answers
    ]
    return sorted(findings, key=lambda each: (each.severity != Severity.RED, -each.count))


def _read_shape(cursor: Cursor) -> Shape:
    cursor.execute(TABLES)
    texts = []
    for name, _ in cursor.fetchall():
        cursor.execute(f"SHOW CREATE TABLE `{name}`")
        row = cursor.fetchone()
        texts.append(str(row[1]) if row else "")
    return read_shape(texts)


def _ask(cursor: Cursor, questions: list[Question]) -> list[tuple[int, int, int, str]]:
    """(place of the question, village's id or 0, how many rows, examples) where rows were found."""
    found = []
    for start in range(0, len(questions), BATCH):
        branches = [
            _branch(start + at, each) for at, each in enumerate(questions[start : start + BATCH])
        ]
        cursor.execute(" UNION ALL ".join(branches))
        found += [
            (int(at), int(village or 0), int(count), str(shown or ""))
            for at, village, count, shown in cursor.fetchall()
            if count
        ]
    return found


def _branch(number: int, question: Question) -> str:
    value = question.shown or question.row_id
    examples = f"GROUP_CONCAT(DISTINCT {value} ORDER BY {value} SEPARATOR ',' LIMIT {EXAMPLES})"
    tail = f" GROUP BY {question.group}" if question.group else ""
    group = question.group or "NULL"
    return f"SELECT {number}, {group}, COUNT(*), {examples} FROM {question.source}{tail}"
