"""Think: errors of MariaDB, PHP and our own proofs that have a name and a way out.

Their wording is that of MariaDB 10.11 (https://mariadb.com/kb/en/mariadb-error-codes/), of PHP 7.4
to 8.4 and of Laravel's own exceptions.
"""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Known:
    """`pattern`'s groups, if any, name the thing: a key, a column, a table, a function."""

    kind: str
    pattern: re.Pattern[str]
    title: str
    hint: str


def _known(kind: str, pattern: str, title: str, hint: str) -> Known:
    return Known(kind, re.compile(pattern, re.IGNORECASE | re.DOTALL), title, hint)


DIRT = "Lihat temuan datanya pada gladi bersih, perbaiki datanya, lalu ulangi."
RELEASE = "Ini cacat rilis, bukan cacat data: tahan rilisnya dan laporkan kepada pengelola."
SERVER = "Periksa server dengan `siappakai keadaan`, lalu coba lagi."
QUOTED = r"[`'\"]?([\w.$-]+)[`'\"]?"
COLUMN = rf"{QUOTED}(?:\.{QUOTED}\.{QUOTED})?"  # alone, or with database and table

# The name of a thing is what makes causes differ.
SPECIFIC = (
    _known(
        "data_ganda",
        rf"Duplicate entry .{{0,300}}? for key {QUOTED}",
        "Data ganda pada kunci {0}",
        DIRT,
    ),
    _known(
        "tanggal",
        rf"Incorrect (?:date|datetime|timestamp) value.{{0,200}}?for column {COLUMN}",
        "Tanggal tidak sah pada kolom {0}",
        DIRT,
    ),
    _known(
        "isi",
        rf"Incorrect (?:integer|decimal|double|string) value.{{0,200}}?for column {COLUMN}",
        "Isi kolom {0} tidak sesuai jenisnya",
        DIRT,
    ),
    _known(
        "yatim",
        r"foreign key constraint fails.{0,200}?CONSTRAINT [`'\"]?([\w-]+)",
        "Baris menunjuk data yang tidak ada (aturan {0})",
        DIRT,
    ),
    _known(
        "kunci_asing",
        r"Can't create table (?:[`'\"][\w-]+[`'\"]\.)?[`'\"]?([\w-]+)[`'\"]?"
        r"\s*\(errno: (?:150|121)",
        "Aturan antar-tabel tidak dapat dibuat pada tabel {0}",
        DIRT,
    ),
    _known(
        "kunci_asing",
        r"Cannot add foreign key constraint(?: for [`'\"]?([\w-]+))?|errno: 150",
        "Aturan antar-tabel tidak dapat dibuat {0}",
        DIRT,
    ),
    _known("panjang", rf"Data too long for column {QUOTED}", "Isi kolom {0} terlalu panjang", DIRT),
    _known(
        "terpotong", rf"Data truncated for column {QUOTED}", "Isi kolom {0} akan terpotong", DIRT
    ),
    _known("kosong", rf"Column {QUOTED} cannot be null", "Kolom {0} kosong padahal wajib", DIRT),
    _known("kosong", r"Invalid use of NULL value", "Ada kolom kosong padahal wajib", DIRT),
    _known(
        "otomatis",
        rf"Field {QUOTED} doesn't have a default value",
        "Kolom {0} tidak lagi bernomor otomatis",
        "Jalankan perbaikan auto_increment di halaman Periksa milik OpenSID, lalu ulangi.",
    ),
    _known(
        "kolasi",
        r"Illegal mix of collations",
        "Kolasi tabel tidak seragam",
        "Jalankan perbaikan collation di halaman Periksa milik OpenSID, lalu ulangi.",
    ),
    _known("kolom", rf"Unknown column {QUOTED}", "Kolom {0} tidak ada", RELEASE),
    _known(
        "tabel",
        rf"Table {QUOTED} doesn't exist|Unknown table {QUOTED}",
        "Tabel {0} tidak ada",
        RELEASE,
    ),
    _known(
        "sudah_ada",
        rf"Duplicate (?:key|column) name {QUOTED}|Table {QUOTED} already exists",
        "{0} sudah ada: pemindahan pernah berjalan separuh",
        "Pulihkan basis data ke salinan sebelum pembaruan, lalu ulangi.",
    ),
    _known("baris", r"Row size too large", "Baris tabel melebihi batas MariaDB", RELEASE),
    _known("sql", r"You have an error in your SQL syntax", "Perintah SQL rilis ini salah", RELEASE),
    _known(
        "fungsi",
        r"Call to undefined (?:function|method) ([\w\\:]+)",
        "Fungsi {0} tidak ada",
        RELEASE,
    ),
    _known(
        "kelas",
        r"(?:Class|Interface|Trait) [`'\"]?([\w\\]+)[`'\"]? (?:does not exist|not found)",
        "Kelas {0} tidak ada",
        RELEASE,
    ),
    _known("konstanta", rf"Undefined constant {QUOTED}", "Konstanta {0} tidak ada", RELEASE),
    _known("ulang", r"Cannot redeclare ([\w\\:]+)", "Fungsi {0} ditulis dua kali", RELEASE),
    _known(
        "variabel",
        r"Undefined (?:variable|property|array key|index|offset):? ?[$\"']*([\w:$\\]+)",
        "Nilai {0} tidak ada di dalam program",
        RELEASE,
    ),
    _known(
        "tampilan", r"View \[([\w.:-]+)\] not found", "Halaman {0} tidak ada dalam rilis", RELEASE
    ),
    _known(
        "kode",
        r"syntax error, unexpected|Uncaught TypeError|Uncaught ArgumentCountError",
        "Program rilis ini salah tulis",
        RELEASE,
    ),
)
GENERAL = (
    _known(
        "disk",
        r"No space left on device|Disk full|table '[^']+' is full|errno: 28\b",
        "Ruang disk habis",
        "Kosongkan ruang disk server, lalu coba lagi.",
    ),
    _known(
        "memori",
        r"Allowed memory size of|Out of memory|Cannot allocate memory|OOM|kode 137\b",
        "Kehabisan memori",
        "Naikkan batas memori aplikasi ini atau kurangi yang berjalan bersamaan.",
    ),
    _known(
        "tunggu",
        r"Lock wait timeout exceeded|Deadlock found",
        "Basis data sedang dikunci proses lain",
        "Coba lagi; bila berulang, periksa proses yang masih berjalan.",
    ),
    _known(
        "hak",
        r"Access denied for user|command denied to user|Access denied; you need",
        "Akun basis data tidak berhak",
        SERVER,
    ),
    _known(
        "mariadb",
        r"MariaDB tidak menjawab|server has gone away|Lost connection to MySQL|Connection refused"
        r"|Can't connect to (?:local )?(?:MySQL|server)",
        "MariaDB tidak menjawab",
        SERVER,
    ),
    _known(
        "waktu",
        r"tidak selesai dalam|Maximum execution time|max_statement_time exceeded|timed out"
        r"|ETIMEDOUT|timeout",
        "Melewati batas waktu",
        "Lihat ukuran datanya; gladi bersih menunjukkan lamanya.",
    ),
    _known(
        "berkas",
        r"Permission denied|Read-only file system|Failed to open stream",
        "Berkas tidak dapat ditulis atau dibaca",
        SERVER,
    ),
    _known(
        "nyala",
        r"Rilis baru tidak menyala|tidak terbukti sehat",
        "Rilis baru tidak menyala",
        "Baca log aplikasinya: rilis ini mungkin tidak cocok dengan server atau data desa.",
    ),
    _known(
        "halaman",
        r"Halaman (\S+) (?:di dalam|di luar|lewat)?.{0,60}?\b(5\d\d)\b|menjawab (5\d\d)"
        r"|HTTP (5\d\d)",
        "Halaman {0} galat {1}",
        "Baca log aplikasi untuk sebab yang sebenarnya.",
    ),
)
