"""Touch: who works on a database just now, by MariaDB's own lists."""

from __future__ import annotations

from dataclasses import dataclass

from siappakai.provision.databases import Databases

LONGEST_REQUEST_S = 320  # images/base: request_terminate_timeout of php-fpm.conf
# Idle is who sleeps outside a transaction for longer than any request lives: a persistent
# connection. One that sleeps shorter may be an import between two of its statements.
WORK = """SELECT p.id, p.user, p.command, COALESCE(
    GREATEST(p.time, TIMESTAMPDIFF(SECOND, t.trx_started, NOW())), p.time, 0)
FROM information_schema.processlist p
LEFT JOIN information_schema.innodb_trx t ON t.trx_mysql_thread_id = p.id
WHERE p.db = %s
  AND NOT (p.command = 'Sleep' AND t.trx_id IS NULL AND p.time_ms >= %s)
ORDER BY 4 DESC"""


@dataclass(frozen=True, slots=True)
class Work:
    """A connection at work; `ran_s` at least: its transaction's age, or its command's."""

    connection: int
    user: str
    command: str
    ran_s: int

    def __str__(self) -> str:
        return f"sambungan {self.connection} ({self.user}, {self.command}): {self.ran_s} detik"


def work_on(databases: Databases, database: str, idle_s: float = LONGEST_REQUEST_S) -> list[Work]:
    """Every connection that may be in the middle of something there, the longest first."""
    with databases.connection("information_schema") as connection, connection.cursor() as cursor:
        cursor.execute(WORK, (database, round(idle_s * 1000)))
        return [Work(int(row[0]), str(row[1]), str(row[2]), int(row[3])) for row in cursor]
