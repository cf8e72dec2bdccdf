"""A small combined database by hand: every kind of column, link and owner in few tables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pymysql.cursors import Cursor

from siappakai.combined.rules import Parent, Reference, Rules
from siappakai.provision.databases import Databases

RULES = Rules(
    product="Contoh",
    root="desa",
    key="desa_id",
    code_column="kode",
    name_column="nama",
    app_key_column="kunci",
    schema_version_sql="SELECT MAX(versi) FROM versi",
    shared={"versi": "catatan migrasi", "agama": "daftar pilihan"},
    torn={"hak": "hak untuk grup desa lain"},
    references=(
        Reference("orang", "ayah", "orang", "uji"),
        Reference("tautan", "alamat", "orang", "uji", r"^orang/(\d+)$"),
        Reference("tautan", "anggota", "orang", "uji", r'"(\d+)"'),
        Reference("tautan", "nilai", "orang", "uji", when=("jenis", "1")),
        Reference("tautan", "nilai", "keluarga", "uji", when=("jenis", "2")),
        Reference(
            "peserta", "siapa", "keluarga", "uji", parent=Parent("program_id", "program", "s", "4")
        ),
    ),
    author_columns={"created_by": "orang"},
)

SCHEMA = """
CREATE TABLE versi (versi VARCHAR(10) PRIMARY KEY);
CREATE TABLE agama (id INT PRIMARY KEY, nama VARCHAR(20));
CREATE TABLE desa (id INT AUTO_INCREMENT PRIMARY KEY, kode VARCHAR(10) UNIQUE, nama VARCHAR(50),
  kunci VARCHAR(100) NOT NULL UNIQUE);
CREATE TABLE keluarga (id INT AUTO_INCREMENT PRIMARY KEY, desa_id INT, no VARCHAR(20),
  kepala INT, UNIQUE (desa_id, no), FOREIGN KEY (desa_id) REFERENCES desa (id) ON DELETE CASCADE);
CREATE TABLE orang (id INT AUTO_INCREMENT PRIMARY KEY, desa_id INT, nama VARCHAR(50) NOT NULL,
  keluarga_id INT, ayah INT DEFAULT 0, agama_id INT, created_by INT,
  FOREIGN KEY (desa_id) REFERENCES desa (id) ON DELETE CASCADE,
  FOREIGN KEY (keluarga_id) REFERENCES keluarga (id), FOREIGN KEY (agama_id) REFERENCES agama (id));
ALTER TABLE keluarga ADD FOREIGN KEY (kepala) REFERENCES orang (id);
CREATE TABLE warga (orang_id INT PRIMARY KEY, desa_id INT, pin VARCHAR(10),
  FOREIGN KEY (orang_id) REFERENCES orang (id) ON DELETE CASCADE);
CREATE TABLE pesan (id INT AUTO_INCREMENT PRIMARY KEY, warga_id INT,
  FOREIGN KEY (warga_id) REFERENCES warga (orang_id) ON DELETE CASCADE);
CREATE TABLE lampiran (pesan_id INT, berkas VARCHAR(50),
  FOREIGN KEY (pesan_id) REFERENCES pesan (id) ON DELETE CASCADE);
CREATE TABLE grup (id INT AUTO_INCREMENT PRIMARY KEY, desa_id INT, nama VARCHAR(20));
CREATE TABLE hak (id INT AUTO_INCREMENT PRIMARY KEY, desa_id INT, grup_id INT NOT NULL,
  FOREIGN KEY (grup_id) REFERENCES grup (id) ON DELETE CASCADE);
CREATE TABLE program (id INT AUTO_INCREMENT PRIMARY KEY, desa_id INT, s INT);
CREATE TABLE peserta (id INT AUTO_INCREMENT PRIMARY KEY, desa_id INT, siapa VARCHAR(30),
  program_id INT, FOREIGN KEY (program_id) REFERENCES program (id));
CREATE TABLE tautan (id INT AUTO_INCREMENT PRIMARY KEY, desa_id INT, alamat VARCHAR(50),
  anggota TEXT, jenis INT, nilai VARCHAR(20));
CREATE TABLE jenis_data (kunci VARCHAR(30) PRIMARY KEY, desa_id INT, f FLOAT, d DOUBLE,
  uang DECIMAL(20,4), tgl DATE, waktu DATETIME(3), cap TIMESTAMP NULL, jam TIME, thn YEAR,
  isi LONGBLOB, bit_ini BIT(9), pilih ENUM('a','b'), besar BIGINT UNSIGNED, teks LONGTEXT,
  dua INT AS (besar DIV 2) VIRTUAL,
  diubah TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP);
CREATE TABLE unik (id INT AUTO_INCREMENT PRIMARY KEY, desa_id INT, nomor VARCHAR(20) UNIQUE);
CREATE VIEW semua AS SELECT nama FROM orang;
INSERT INTO versi VALUES ('1'), ('2');
INSERT INTO agama VALUES (1, 'Islam'), (2, 'Hindu');
"""
ODD = (0.1, 16777217.0, 3.4e38, None)


def execute(databases: Databases, database: str, *statements: Any) -> list[tuple[Any, ...]]:
    """Runs statements as `Run` does and keeps what they did."""
    with databases.connection(database) as connection, connection.cursor() as cursor:
        rows = Run(cursor)(*statements)
        connection.commit()
    return rows


def make_database(databases: Databases, database: str) -> None:
    """The tables and the shared rows, no village."""
    databases.create(database, "utf8mb4", "utf8mb4_general_ci")
    statements = [each for each in SCHEMA.split(";") if each.strip()]
    execute(databases, database, "SET foreign_key_checks = 0", *statements)


def add_village(databases: Databases, database: str, code: str, people: int = 7) -> int:
    """A village with rows in every table; its id."""
    with databases.connection(database) as connection, connection.cursor() as cursor:
        village = _add_rows(Run(cursor), code, people)
        connection.commit()
    return village


@dataclass
class Run:
    """Runs SQL texts or (text, values) pairs; the last one's rows."""

    cursor: Cursor

    def __call__(self, *statements: Any) -> list[tuple[Any, ...]]:
        for each in ("SET SESSION sql_mode = 'ALLOW_INVALID_DATES'", *statements):
            self.cursor.execute(*([each] if isinstance(each, str) else each))
        return list(self.cursor.fetchall())


def _add_rows(run: Run, code: str, people: int) -> int:
    new = (code, f"Desa {code}", f"kunci-{code}")
    v = _add(run, "desa", [new], "kode, nama, kunci")[0]
    families = _add(run, "keluarga", [(v, f"KK-{code}-{n}") for n in range(3)], "desa_id, no")
    persons: list[int] = []
    for n in range(people):
        father = persons[-1] if n % 3 == 2 else 0
        row = (
            v,
            f"Orang {code}-{n} 'é\\☃",
            families[n % 3],
            father,
            1 + n % 2,
            (persons or [None])[0],
        )
        columns = "desa_id, nama, keluarga_id, ayah, agama_id, created_by"
        persons += _add(run, "orang", [row], columns)
    run(("UPDATE keluarga SET kepala = %s WHERE id = %s", (persons[-1], families[0])))
    run(*(("INSERT INTO warga VALUES (%s, %s, %s)", (p, v, f"pin{p}")) for p in persons[:4]))
    messages = _add(run, "pesan", [(each,) for each in persons[:4]], "warga_id")
    run(*(("INSERT INTO lampiran VALUES (%s, %s)", (m, f"{code}.pdf")) for m in messages))
    run(("INSERT INTO lampiran VALUES (%s, %s)", (messages[0], f"{code}.pdf")))  # an equal row
    group = _add(run, "grup", [(v, "admin")], "desa_id, nama")[0]
    _add(run, "hak", [(v, group)], "desa_id, grup_id")
    programs = _add(run, "program", [(v, 4), (v, 1)], "desa_id, s")
    subjects = [(v, str(families[1]), each) for each in programs]
    _add(run, "peserta", subjects, "desa_id, siapa, program_id")
    _add_links(run, v, persons, families)
    _add_odd_values(run, v, code)
    _add(run, "unik", [(v, f"U-{code}")], "desa_id, nomor")
    return v


def _add(run: Run, table: str, rows: list[tuple[Any, ...]], columns: str) -> list[int]:
    ids = []
    for row in rows:
        marks = ", ".join(["%s"] * len(row))
        insert = (f"INSERT INTO {table} ({columns}) VALUES ({marks})", row)
        ids.append(int(run(insert, "SELECT LAST_INSERT_ID()")[0][0]))
    return ids


def _add_links(run: Run, village: int, persons: list[int], families: list[int]) -> None:
    text = f'["{persons[0]}", "{persons[2]}", "slug"]'
    rows = [
        (village, f"orang/{persons[1]}", text, 1, str(persons[3])),
        (village, "orang/nama-orang", "[]", 2, str(families[2])),
        (village, "orang/007", None, 3, str(persons[3])),
    ]
    _add(run, "tautan", rows, "desa_id, alamat, anggota, jenis, nilai")


def _add_odd_values(run: Run, village: int, code: str) -> None:
    columns = (
        "kunci, desa_id, f, d, uang, tgl, waktu, cap, jam, thn, isi, bit_ini, pilih, besar, teks"
    )
    blob = bytes(range(256)) * 3
    rows = [
        (f"{code}-{n}", village, number, number, "12345678901234.5678", "0000-00-00",
         "2021-02-03 04:05:06.789", "2024-07-01 00:00:01", "-12:30:00", "0000", blob, b"\x01\xff",
         "", 2**64 - 1, "baris\n\"kutip\" \\ %s '☃😀 \x00 akhir")
        for n, number in enumerate(ODD)
    ]  # fmt: skip
    rows.append((f"{code}-kosong", village, *[None] * 13))
    _add(run, "jenis_data", rows, columns)
