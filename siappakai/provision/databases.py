"""Touch: databases, their accounts, dumps and clones on one server's MariaDB."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pymysql
from pymysql.connections import Connection
from pymysql.constants import CLIENT
from pymysql.cursors import Cursor

from siappakai.errors import StepFailed, Unavailable
from siappakai.products.contract import DatabaseAccess, Limits, Statement
from siappakai.provision.base_images import SUPPORT_TAGS
from siappakai.provision.docker_engine import DockerEngine
from siappakai.provision.dump_text import pieces, without_account
from siappakai.provision.file_view_tree import settle
from siappakai.provision.naming import ServerPaths
from siappakai.provision.stopwatch import outside
from siappakai.provision.wanted import BindMount, ContainerSpec

ADMIN_FILE_IN_CONTAINER = "/run/siappakai-admin.cnf"
NAME = re.compile(r"[a-z][a-z0-9_]{1,59}")
RIGHT = re.compile(r"[A-Z]+( [A-Z]+)*")
# All that a database holds, each with the word that drops it; triggers go with their tables.
CONTENT = """SELECT IF(table_type IN ('VIEW', 'SEQUENCE'), table_type, 'TABLE'), table_name
  FROM information_schema.tables WHERE table_schema = %(name)s
UNION ALL SELECT routine_type, routine_name
  FROM information_schema.routines WHERE routine_schema = %(name)s
UNION ALL SELECT 'EVENT', event_name
  FROM information_schema.events WHERE event_schema = %(name)s"""
IMPORT_SESSION = "SET SESSION foreign_key_checks=0, unique_checks=0, autocommit=0"


@dataclass(frozen=True, slots=True)
class DumpFacts:
    file_name: str
    sha256: str
    size_bytes: int
    table_count: int


class Databases:
    """All work on MariaDB goes over its unix socket as our own account, never as root."""

    def __init__(self, paths: ServerPaths, engine: DockerEngine) -> None:
        self.paths = paths
        self.engine = engine

    def _cursor(
        self, database: str | None = None, **options: Any
    ) -> AbstractContextManager[Cursor]:
        return self._connected(
            read_default_file=str(self.paths.mariadb_admin_file),
            read_default_group="client",
            database=database,
            client_flag=CLIENT.FOUND_ROWS,
            **options,
        )

    @contextmanager
    def _connected(self, **options: Any) -> Iterator[Cursor]:
        try:
            with outside():
                connection = pymysql.connect(
                    unix_socket=str(self.paths.mariadb_socket),
                    ssl_disabled=True,  # our own socket; TLS would read all root certificates
                    charset="utf8mb4",
                    connect_timeout=10,
                    **options,
                )
                try:
                    with connection.cursor() as cursor:
                        yield cursor
                    connection.commit()
                finally:
                    connection.close()
        except pymysql.err.OperationalError as error:
            if error.args and error.args[0] in (2002, 2003, 2006, 2013, 1040, 1205, 1213):
                raise Unavailable(
                    "MariaDB tidak menjawab.",
                    hint="Periksa dengan `siappakai keadaan`; bila padam, `siappakai jalankan`.",
                ) from error
            raise _failed(error) from error
        except pymysql.err.InterfaceError as error:  # used after it was lost
            raise Unavailable("Sambungan ke MariaDB terputus.", hint="Coba lagi.") from error
        except pymysql.MySQLError as error:
            raise _failed(error) from error

    @contextmanager
    def connection(self, database: str, **options: Any) -> Iterator[Connection[Any]]:
        """A connection of our own account for work that holds its transaction itself.

        `options` are PyMySQL's. What the caller did not commit is rolled back.
        """
        with self._cursor(database, **options) as cursor:
            yield cursor.connection
            cursor.connection.rollback()

    def ping(self) -> str:
        """MariaDB's version, which proves that it answers our account."""
        with self._cursor() as cursor:
            cursor.execute("SELECT VERSION()")
            return str(cursor.fetchone()[0])

    def table_count(self, database: str) -> int | None:
        """How many tables and views the database has; None when there is no such database."""
        with self._cursor() as cursor:
            cursor.execute(
                "SELECT 1 FROM information_schema.schemata WHERE schema_name = %s", (database,)
            )
            if cursor.fetchone() is None:
                return None
            cursor.execute(
                "SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = %s",
                (database,),
            )
            return int(cursor.fetchone()[0])

    def size_bytes(self, database: str) -> int:
        """What the database's tables and their indexes take, by MariaDB's own estimate."""
        sql = """SELECT COALESCE(SUM(data_length + index_length), 0)
            FROM information_schema.tables WHERE table_schema = %s"""
        return int(self.query_one("information_schema", sql, (database,)) or 0)

    def names(self) -> list[str]:
        """Every database on the server, its own ones included."""
        with self._cursor() as cursor:
            cursor.execute("SELECT schema_name FROM information_schema.schemata ORDER BY 1")
            return [str(row[0]) for row in cursor.fetchall()]

    def charset_of(self, database: str) -> tuple[str, str]:
        """Character set and collation that new tables of this database get."""
        with self._cursor() as cursor:
            cursor.execute(
                "SELECT default_character_set_name, default_collation_name "
                "FROM information_schema.schemata WHERE schema_name = %s",
                (database,),
            )
            charset, collation = cursor.fetchone() or ("", "")
        if not charset:
            raise StepFailed(f"Basis data {database} tidak ada.")
        return str(charset), str(collation)

    def create(self, database: str, charset: str, collation: str) -> None:
        with self._cursor() as cursor:
            cursor.execute(
                f"CREATE DATABASE IF NOT EXISTS {_quoted(database)} "
                f"CHARACTER SET {charset} COLLATE {collation}"
            )

    def ensure_account(
        self, access: DatabaseAccess, rights: Sequence[str] = ("ALL PRIVILEGES",)
    ) -> None:
        """The account exists with this password and these rights on its database only."""
        with self._cursor() as cursor:
            account = (access.user, access.password.reveal())
            cursor.execute("CREATE USER IF NOT EXISTS %s@localhost IDENTIFIED BY %s", account)
            cursor.execute("ALTER USER %s@localhost IDENTIFIED BY %s", account)
        self.grant(access.user, access.name, rights)

    def grant(self, user: str, database: str, rights: Sequence[str]) -> None:
        """The account may do just this on the database; rights in SQL's own words."""
        if not rights or not all(RIGHT.fullmatch(right) for right in rights):
            raise ValueError(f"not rights: {rights!r}")
        with self._cursor() as cursor:
            cursor.execute(
                f"GRANT {', '.join(rights)} ON {_grant_pattern(database)}.* TO %s@localhost",
                (user,),
            )

    def grant_reading(self, user: str, database: str, hidden: Sequence[str]) -> int:
        """The account may read every table and view but the hidden ones; returns how many.

        A table that comes later is not among them until this is done again.
        """
        self.revoke(user, database)
        with self._cursor() as cursor:
            cursor.execute(
                "SELECT table_name FROM information_schema.tables WHERE table_schema = %s",
                (database,),
            )
            names = [row[0] for row in cursor.fetchall() if row[0] not in hidden]
            for name in names:
                table = f"{_quoted(database)}.`{name.replace('`', '``')}`"
                cursor.execute(f"GRANT SELECT ON {table} TO %s@localhost", (user,))
            return len(names)

    def revoke(self, user: str, database: str) -> None:
        """The account may do nothing more on the database; no error when it had no right there."""
        with self._cursor() as cursor:
            cursor.execute(
                "SELECT 1 FROM mysql.db WHERE User = %s AND Db = %s",
                (user, _grant_pattern(database).strip("`")),
            )
            if cursor.fetchone() is not None:
                pattern = _grant_pattern(database)
                cursor.execute(f"REVOKE ALL PRIVILEGES ON {pattern}.* FROM %s@localhost", (user,))

    def lock_account(self, user: str, *, locked: bool) -> None:
        """The account may no longer (or may again) log in; its rights and data stay as they are."""
        word = "LOCK" if locked else "UNLOCK"
        with self._cursor() as cursor:
            cursor.execute(f"ALTER USER %s@localhost ACCOUNT {word}", (user,))

    def kill_connections(self, user: str) -> int:
        """What the account's connections were doing is cut off and undone; how many there were."""
        with self._cursor() as cursor:
            return int(cursor.execute("KILL HARD USER %s@localhost", (user,)))

    def replace_content(self, access: DatabaseAccess, source: Path) -> None:
        """The database holds exactly what the dump does; the caller has proven the dump.

        Everything in it goes one by one, the database and its account stay.
        """
        with self._cursor(access.name) as cursor:
            cursor.execute("SET SESSION foreign_key_checks = 0")
            cursor.execute(CONTENT, {"name": access.name})
            for kind, name in cursor.fetchall():
                cursor.execute(f"DROP {kind} IF EXISTS `{name.replace('`', '``')}`")
        self.load(access, source)

    def drop_unused(self, access_name: str) -> None:
        """Drop a database that no recorded instance has ever used; the caller proves that."""
        with self._cursor() as cursor:
            cursor.execute(f"DROP DATABASE IF EXISTS {_quoted(access_name)}")
            cursor.execute("DROP USER IF EXISTS %s@localhost", (access_name,))

    def run(self, database: str, statements: Sequence[Statement]) -> None:
        """All statements in one transaction; one that must hit a row and doesn't fails it."""
        with self._cursor(database) as cursor:
            for statement in statements:
                matched = cursor.execute(statement.sql, statement.values)
                if statement.expects_one and not matched:
                    raise StepFailed(
                        f"Basis data {database} tidak memuat {statement.expects_one}.",
                        hint="Cetakan rilis rusak: buat ulang dengan `siappakai rilis cetak`.",
                    )

    def query_one(self, database: str, sql: str, values: tuple[Any, ...] = ()) -> Any:
        with self._cursor(database) as cursor:
            cursor.execute(sql, values)
            row = cursor.fetchone()
            return row[0] if row else None

    def dump(self, database: str, target: Path) -> DumpFacts:
        """A consistent dump in `target`, on the disk whole or not at all, free of account names."""
        temporary = target.with_name(f".{target.name}.baru")
        spec = self._client_container(target.parent)
        command = (
            "mariadb-dump",
            f"--defaults-file={ADMIN_FILE_IN_CONTAINER}",
            "--socket=/run/mysqld/mysqld.sock",
            "--single-transaction",
            "--routines",
            "--triggers",
            "--events",
            "--hex-blob",  # a dump is read as text: raw bytes of a BLOB would break it
            "--skip-comments",
            "--default-character-set=utf8mb4",
            "--no-tablespaces",
            f"--result-file=/keluar/{temporary.name}",
            database,
        )
        mark = hashlib.sha256(str(target).encode()).hexdigest()[:6]  # another dump goes on beside
        name = f"{self.paths.fleet}-salin-{database.replace('_', '-')}-{mark}"
        result = self.engine.run_once(name, spec, command)
        if result.exit_code:
            raise StepFailed(f"Salinan {database} gagal dibuat.", log_tail=result.errors[-2000:])
        sha256 = _write_without_accounts(temporary, target)
        count = self.table_count(database) or 0
        return DumpFacts(target.name, sha256, target.stat().st_size, count)

    def _client_container(self, output: Path) -> ContainerSpec:
        """A throw-away container with MariaDB's own client programs and our account's file."""
        return ContainerSpec(
            image=SUPPORT_TAGS["mariadb"],
            uid=0,
            mounts=(
                BindMount(str(self.paths.mariadb_socket.parent), "/run/mysqld", True),
                BindMount(str(self.paths.mariadb_admin_file), ADMIN_FILE_IN_CONTAINER, True),
                BindMount(str(output), "/keluar", False),
            ),
            tmpfs={"/tmp": "size=16m"},
            limits=Limits(),
            labels={},
            files_sha256="",
        )

    def load(self, access: DatabaseAccess, source: Path) -> None:
        """Fill an empty database from one of our own dumps of any size, piece by piece.

        As the database's own account: it can reach nothing else, and owns the views it makes.
        """
        login = {"user": access.user, "password": access.password.reveal()}
        flags = CLIENT.MULTI_STATEMENTS
        with (
            source.open("rb") as stream,
            self._connected(**login, database=access.name, client_flag=flags) as cursor,
        ):
            cursor.execute(IMPORT_SESSION)
            for piece in pieces(stream):
                cursor.execute(piece)
                while cursor.nextset():
                    pass


def _quoted(name: str) -> str:
    if not NAME.fullmatch(name):
        raise ValueError(f"not a database name of ours: {name!r}")
    return f"`{name}`"


def _write_without_accounts(temporary: Path, target: Path) -> str:
    """The dump under its name, free of account names, the raw one gone; returns its sha256."""
    digest, cleaned = hashlib.sha256(), temporary.with_name(temporary.name + "2")
    with temporary.open("rb") as source, cleaned.open("wb") as stream:
        for line in map(without_account, source):
            digest.update(line)
            stream.write(line)
    cleaned.chmod(0o640)
    settle(target.parent, cleaned.name)  # the one thing a migration can be taken back with
    cleaned.replace(target)
    temporary.unlink()
    settle(target.parent, "")
    return digest.hexdigest()


def _grant_pattern(name: str) -> str:
    """In GRANT an underscore is a wildcard: escaped, or `sid_1` would also open `sidx1`."""
    return _quoted(name).replace("_", "\\_")


def _failed(error: pymysql.MySQLError) -> StepFailed:
    code, *rest = error.args or ("?",)
    return StepFailed(
        f"MariaDB menolak perintah (galat {code}).",
        hint="Baca keterangan di bawah; bila tidak jelas, kirimkan kepada pengelola.",
        log_tail=" ".join(str(part) for part in rest)[:2000],
    )
