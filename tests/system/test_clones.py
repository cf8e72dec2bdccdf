"""A rehearsal's database is a true clone; production goes on, untouched and unreached."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import pymysql
import pytest

from siappakai.errors import Refused, StepFailed
from siappakai.products.contract import DatabaseAccess, Statement
from siappakai.provision.clones import clone_access, clone_database, drop_clone, left_clones
from siappakai.provision.databases import Databases
from siappakai.secret import random_token
from tests.fleet import Fleet

pytestmark = [pytest.mark.system, pytest.mark.timeout(600)]

TEXTS = (
    "biasa",
    "baris;\nDELIMITER ;;\n;\n",
    "kutip ' \" ` \\ %s",
    "DEFINER=`siappakai`@`localhost` tertulis dalam surat",
    "🏡 bangunan",
    "x" * 3_000_000,
)
SCHEMA = (
    "CREATE TABLE surat (id INT PRIMARY KEY AUTO_INCREMENT, isi LONGTEXT, cap BLOB, aktif BIT(1))",
    "CREATE TABLE kas (id INT PRIMARY KEY, jumlah INT NOT NULL)",
    "CREATE TABLE catatan (id INT PRIMARY KEY AUTO_INCREMENT, surat_id INT, "
    "FOREIGN KEY (surat_id) REFERENCES surat (id))",
    "CREATE VIEW surat_aktif AS SELECT id FROM surat WHERE aktif = 1",
    "CREATE TRIGGER dicatat AFTER INSERT ON surat FOR EACH ROW "
    "BEGIN SET @lalu = 1; INSERT INTO catatan (surat_id) VALUES (NEW.id); END",
    "CREATE FUNCTION dua_kali(n INT) RETURNS INT DETERMINISTIC BEGIN SET @a = n; RETURN 2 * n; END",
    "INSERT INTO kas VALUES (1, 500), (2, 500)",
)


@dataclass
class Production:
    databases: Databases
    access: DatabaseAccess

    def checksums(self, name: str = "") -> dict[str, int]:
        found = {}
        with self.databases.connection(name or self.access.name) as link, link.cursor() as cursor:
            for table in ("surat", "kas", "catatan"):
                cursor.execute(f"CHECKSUM TABLE {table}")
                found[table] = cursor.fetchone()[1]
        return found


@pytest.fixture
def villages(fleet: Fleet) -> Iterator[list[Production]]:
    databases, mark = fleet.tools.databases, secrets.token_hex(3)
    made = []
    for code in ("7305012001", "7305042007"):
        name = f"uji{mark}_{code}"
        access = DatabaseAccess(name, name, random_token())
        databases.create(name, "utf8mb4", "utf8mb4_unicode_ci")
        databases.ensure_account(access)
        databases.run(name, [Statement(sql) for sql in SCHEMA])
        row = "INSERT INTO surat (isi, cap, aktif) VALUES (%s, %s, b'1')"
        rows = [Statement(row, (text, bytes(range(256)))) for text in TEXTS]
        databases.run(name, rows)
        made.append(Production(databases, access))
    yield made
    for one in made:
        databases.kill_connections(one.access.user)
        databases.drop_unused(one.access.name)


@pytest.fixture
def target(villages: list[Production]) -> Iterator[DatabaseAccess]:
    made = clone_access(villages[0].access.name, "7")
    yield made
    drop_clone(villages[0].databases, made.name)


def log_in(databases: Databases, access: DatabaseAccess, database: str) -> pymysql.Connection:
    return pymysql.connect(
        unix_socket=str(databases.paths.mariadb_socket),
        user=access.user,
        password=access.password.reveal(),
        database=database,
    )


def test_a_clone_holds_all_that_production_holds_and_its_triggers_and_routines_work(
    villages: list[Production], target: DatabaseAccess
) -> None:
    one = villages[0]
    before = one.checksums()
    facts = clone_database(one.databases, one.access.name, target)
    assert one.checksums(target.name) == before == one.checksums()
    assert facts.table_count == 4
    assert facts.size_bytes > 3_000_000
    assert facts.dump_s > 0 and facts.load_s > 0
    assert one.databases.charset_of(target.name) == ("utf8mb4", "utf8mb4_unicode_ci")
    with log_in(one.databases, target, target.name) as link, link.cursor() as cursor:
        cursor.execute("SELECT isi FROM surat ORDER BY id")
        assert tuple(row[0] for row in cursor.fetchall()) == TEXTS
        cursor.execute("SELECT COUNT(*), dua_kali(4) FROM surat_aktif")
        assert cursor.fetchone() == (len(TEXTS), 8)
        cursor.execute("INSERT INTO surat (isi) VALUES ('baru')")
        cursor.execute("SELECT COUNT(*) FROM catatan")
        assert cursor.fetchone() == (len(TEXTS) + 1,)
        link.commit()
    assert one.checksums() == before


def test_the_dump_of_a_clone_does_not_stay_on_the_disk(
    villages: list[Production], target: DatabaseAccess
) -> None:
    clone_database(villages[0].databases, villages[0].access.name, target)
    assert not (villages[0].databases.paths.root / "kerja" / target.name).exists()


def test_the_clones_account_reaches_no_other_database(
    villages: list[Production], target: DatabaseAccess
) -> None:
    databases = villages[0].databases
    clone_database(databases, villages[0].access.name, target)
    for other in (*(one.access.name for one in villages), "mysql"):
        with pytest.raises(pymysql.err.OperationalError, match="denied"):
            log_in(databases, target, other)
    for village in villages:
        with pytest.raises(pymysql.err.OperationalError, match="denied"):
            log_in(databases, village.access, target.name)


def test_a_clone_made_again_begins_anew(villages: list[Production], target: DatabaseAccess) -> None:
    one = villages[0]
    clone_database(one.databases, one.access.name, target)
    one.databases.run(
        target.name, [Statement("DELETE FROM kas"), Statement("DROP VIEW surat_aktif")]
    )
    clone_database(one.databases, one.access.name, target)
    assert one.checksums(target.name) == one.checksums()


@dataclass
class Writer:
    """A village at work: money goes from one row to the other, the sum stays."""

    access: DatabaseAccess
    databases: Databases
    waits: list[float] = field(default_factory=list)
    stopped: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        with log_in(self.databases, self.access, self.access.name) as link, link.cursor() as cursor:
            while not self.stopped.is_set():
                started = time.monotonic()
                cursor.execute("UPDATE kas SET jumlah = jumlah - 1 WHERE id = 1")
                cursor.execute("UPDATE kas SET jumlah = jumlah + 1 WHERE id = 2")
                cursor.execute("INSERT INTO surat (isi) VALUES ('masuk')")
                link.commit()
                self.waits.append(time.monotonic() - started)
                self.stopped.wait(0.005)


def test_production_is_written_to_meanwhile_and_the_clone_shows_one_moment(
    villages: list[Production], target: DatabaseAccess
) -> None:
    one = villages[0]
    writer = Writer(one.access, one.databases)
    thread = threading.Thread(target=writer.run)
    thread.start()
    try:
        clone_database(one.databases, one.access.name, target)
    finally:
        writer.stopped.set()
        thread.join()
    query = one.databases.query_one
    assert query(target.name, "SELECT SUM(jumlah) FROM kas") == 1000
    letters = query(target.name, "SELECT COUNT(*) FROM surat")
    paid = query(target.name, "SELECT jumlah FROM kas WHERE id = 2") - 500
    assert letters == len(TEXTS) + paid
    assert letters < query(one.access.name, "SELECT COUNT(*) FROM surat")
    assert len(writer.waits) > 20
    assert max(writer.waits) < 1


def test_only_clones_can_be_made_and_dropped_here(villages: list[Production]) -> None:
    databases, name = villages[0].databases, villages[0].access.name
    for wrong in (name, "mysql", f"x_gladi_{name}"):
        with pytest.raises(Refused):
            drop_clone(databases, wrong)
    other = villages[1].access
    for access in (other, DatabaseAccess("gladi_a", other.user, other.password)):
        with pytest.raises(Refused):
            clone_database(databases, name, access)
    with pytest.raises(Refused):
        clone_database(databases, "gladi_7_x", clone_access("x", "8"))
    assert all(village.checksums() for village in villages)


def test_a_clone_in_use_is_dropped_and_found_no_more(
    villages: list[Production], target: DatabaseAccess
) -> None:
    databases = villages[0].databases
    clone_database(databases, villages[0].access.name, target)
    assert target.name in left_clones(databases, "7")
    assert target.name not in left_clones(databases, "8")
    log_in(databases, target, target.name)
    drop_clone(databases, target.name)
    drop_clone(databases, target.name)
    assert target.name not in left_clones(databases)
    with pytest.raises(pymysql.err.OperationalError, match="denied"):
        log_in(databases, target, target.name)


def test_a_hanging_statement_of_one_account_ends_and_its_neighbours_goes_on(
    villages: list[Production],
) -> None:
    first, second = villages
    links = [log_in(one.databases, one.access, one.access.name) for one in villages]
    ends: dict[int, str] = {}

    def hang(number: int) -> None:
        try:
            with links[number].cursor() as cursor:
                cursor.execute("UPDATE kas SET jumlah = 0 WHERE id = 1")
                cursor.execute("SELECT SLEEP(3)")
                ends[number] = "selesai"
        except pymysql.MySQLError as error:
            ends[number] = type(error).__name__

    threads = [threading.Thread(target=hang, args=(number,)) for number in (0, 1)]
    for thread in threads:
        thread.start()
    time.sleep(0.5)
    started = time.monotonic()
    assert first.databases.kill_connections(first.access.user) == 1
    threads[0].join()
    assert time.monotonic() - started < 1
    assert (
        first.databases.query_one(first.access.name, "SELECT jumlah FROM kas WHERE id = 1") == 500
    )
    threads[1].join()
    assert ends[1] == "selesai" and ends[0] != "selesai"
    assert first.databases.kill_connections(first.access.user) == 0
    for link in links:
        if link.open:
            link.close()


def test_a_dump_that_breaks_off_fails_and_says_why(
    villages: list[Production], target: DatabaseAccess, fleet: Fleet
) -> None:
    databases = villages[0].databases
    databases.create(target.name, "utf8mb4", "utf8mb4_general_ci")
    databases.ensure_account(target)
    broken = fleet.home / "putus.sql"
    broken.write_bytes(b"CREATE TABLE a (id INT);\nINSERT INTO a VALUES (1),\n(2")
    with pytest.raises(StepFailed):
        databases.load(target, broken)
