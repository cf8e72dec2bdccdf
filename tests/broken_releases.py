"""Releases broken on purpose, each in its own way: copies of our small sample with one change.

Every variant says its version in the header `X-Contoh-Versi` and at the foot of each page, so that
a load client can tell who answered. `add_variant(fleet, "bocor")` gives a release that any village
of the samples may be updated to; the folders `tests/samples/` themselves are never changed.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import pymysql

from siappakai.models import Release, ReleaseState, db, transaction
from siappakai.provision.release_build import ReleaseOrder, add_release
from tests.fleet import SAMPLES, Fleet

BASE = SAMPLES / "v2410.0.0"
HELPER = "donjo-app/helpers/opensid_helper.php"
WEB = "app/web.php"
DOOR = "public static function answer(): void\n    {\n"
VERSION_HEADER = "X-Contoh-Versi"
FOREVER_S = 10**6
LEAK_AFTER = 12  # requests that an update's own proofs may need before the leak begins


@dataclass(frozen=True)
class Variant:
    """One way of being broken; `migration` is PHP with `$db` at hand and the 2410 schema below it.

    `fails_at` names the step of today's update that finds it; empty: the update succeeds.
    """

    version: str
    about: str
    migration: str = "$db->run('SELECT 1');"
    on_request: str = ""
    change: Callable[[Path], None] | None = None
    fails_at: str = ""

    @property
    def schema_version(self) -> str:
        """`2411.7.0` → `2024110801`: after every migration of the samples, unique a variant."""
        year, minor, _ = self.version.split(".")
        return f"20{year[:2]}{year[2:]}{int(minor) + 1:02d}01"


_FILES = """
    $desa = CONTOH_ROOT . '/desa';
    @mkdir("{$desa}/upload/dokumen/arsip-baru", 0750, true);
    file_put_contents("{$desa}/upload/dokumen/arsip-baru/dari-migrasi.txt", 'baru');
    file_put_contents("{$desa}/logo/ditulis-ulang.txt", 'isi dari migrasi');
    foreach (glob("{$desa}/upload/galeri/lama-*") as $old) { unlink($old); }
    if (is_dir("{$desa}/themes/usang")) {
        array_map('unlink', glob("{$desa}/themes/usang/*"));
        rmdir("{$desa}/themes/usang");
    }
    @rename("{$desa}/upload/dokumen/nama-lama.txt", "{$desa}/upload/dokumen/nama-baru.txt");
"""
_STRICT = "STRICT_ALL_TABLES,NO_ZERO_DATE,NO_ZERO_IN_DATE,ERROR_FOR_DIVISION_BY_ZERO"
_DIRTY = f"""
    $db->run("SET SESSION sql_mode = '{_STRICT}', foreign_key_checks = 1");
    $db->run('ALTER TABLE artikel ADD COLUMN IF NOT EXISTS tgl_terbit DATETIME');
    $db->run('UPDATE artikel SET tgl_terbit = tgl_upload');
    $db->run('ALTER TABLE artikel MODIFY isi TEXT NOT NULL');
    $db->run('ALTER TABLE penduduk ADD COLUMN IF NOT EXISTS nik_angka CHAR(16)');
    $db->run("UPDATE penduduk SET nik_angka = REGEXP_REPLACE(nik, '[^0-9]', '')");
    $db->run('ALTER TABLE penduduk ADD UNIQUE INDEX nik_tunggal (config_id, nik_angka)');
    $db->run('ALTER TABLE penduduk ADD CONSTRAINT penduduk_desa FOREIGN KEY (config_id)'
        . ' REFERENCES config (id) ON DELETE CASCADE');
"""
_LOCKED = """
    $other = new Contoh\\Database();
    $other->link->query('LOCK TABLES penduduk WRITE');
    $db->run("ALTER TABLE penduduk ADD COLUMN terkunci INT NOT NULL DEFAULT 0");
"""
# Counted in the container's memory only; every hundredth part is one in so many.
_LEAK = """
        if (PHP_SAPI !== 'cli') {
            $tally = fopen('/tmp/hitungan', 'c+');
            flock($tally, LOCK_EX);
            $count = 1 + (int) stream_get_contents($tally);
            ftruncate($tally, 0);
            rewind($tally);
            fwrite($tally, (string) $count);
            fclose($tally);
            if ($count > %(after)d && intdiv($count * %(percent)d, 100)
                > intdiv(($count - 1) * %(percent)d, 100)) {
                log_message('error', 'Contoh bocor: Undefined variable $penduduk di baris 17');
                throw new \\RuntimeException('Contoh bocor: halaman ini sengaja gagal');
            }
        }
"""
_HOME_500 = """
        if (parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH) === '/') {
            throw new \\RuntimeException('Contoh: beranda sengaja gagal');
        }
"""


def _without_theme(tree: Path) -> None:
    shutil.rmtree(tree / "vendor/themes/natra")


VARIANTS: dict[str, Variant] = {
    "migrasi-gagal": Variant(
        "2411.12.0",
        "fails half-way, after tables were altered, rows rewritten and files written and deleted",
        "$db->run(\"UPDATE penduduk SET nama = UPPER(nama), sex = IF(sex = '1', 'L', 'P')\");\n"
        "    $db->run(\"UPDATE artikel SET judul = CONCAT(judul, ' (2411)')\");\n"
        "    $db->run('ALTER TABLE artikel DROP COLUMN gambar');\n"
        "    $db->run('CREATE TABLE setengah_jalan (id INT PRIMARY KEY)');\n"
        "    $db->run('DROP TABLE IF EXISTS tabel_usang');" + _FILES + "    $db->run('INSERT INTO "
        "arsip_penduduk (nama) SELECT nama FROM penduduk');",
        fails_at="migrate",
    ),
    "beranda-500": Variant(
        "2411.1.0", "migrates, then the home page is 500", on_request=_HOME_500, fails_at="verify"
    ),
    "menghapus-baris": Variant(
        "2411.2.0",
        "migrates, every page answers, and half of the people and an article are gone",
        "$db->run('DELETE FROM penduduk WHERE id % 2 = 0');\n"
        "    $db->run('DELETE FROM artikel ORDER BY id DESC LIMIT 1');",
    ),
    "tidak-sehat": Variant(
        "2411.3.0",
        "migrates, but its container never says that it is healthy: the theme is not in the image",
        change=_without_theme,
        fails_at="start",
    ),
    "menggantung": Variant(
        "2411.4.0",
        "the program sleeps for ever after a first change",
        "$db->run('ALTER TABLE penduduk ADD COLUMN tergantung INT NOT NULL DEFAULT 0');\n"
        f"    sleep({FOREVER_S});",
        fails_at="migrate",
    ),
    "menggantung-sql": Variant(
        "2411.5.0",
        "a statement sleeps for ever and holds rows of `artikel`",
        "$db->run('ALTER TABLE penduduk ADD COLUMN tergantung INT NOT NULL DEFAULT 0');\n"
        f"    $db->run('UPDATE artikel SET isi = CONCAT(isi, SLEEP({FOREVER_S}))');",
        fails_at="migrate",
    ),
    "menggantung-kunci": Variant(
        "2411.6.0",
        "waits for ever for a table that a second connection of its own has locked",
        _LOCKED,
        fails_at="migrate",
    ),
    "lambat": Variant("2411.7.0", "works, after N seconds", "sleep(%(seconds)d);"),
    "data-kotor": Variant(
        "2411.8.0",
        "works on clean rows; trips over zero dates, nulls, twin NIK and orphans (`soil`)",
        _DIRTY,
    ),
    "bocor": Variant(
        "2411.9.0", "every page works, but x % of all requests are 500", on_request=_LEAK
    ),
    "mengubah-berkas": Variant(
        "2411.10.0", "works, and adds, rewrites, renames and deletes files below desa/", _FILES
    ),
    "baik": Variant("2411.11.0", "works"),
}


def add_variant(fleet: Fleet, name: str, *, seconds: int = 8, percent: int = 5) -> int:
    """The release is built and marked as tested, though no gate has seen it; returns its id.

    `seconds` is for "lambat", `percent` for "bocor". It has no template: villages come to it by an
    update. The same variant with another number is another revision: 2411.7.8, 2411.9.5.
    """
    variant = variant_of(name, seconds=seconds, percent=percent)
    with tempfile.TemporaryDirectory(prefix="rilis-rusak-") as folder:
        tree = make_tree(Path(folder) / "sumber", variant)
        with fleet.app.app_context():
            order = ReleaseOrder("opensid", variant.version, str(tree), by="uji")
            release_id = add_release(order, fleet.tools.engine, _say_nothing)
            with transaction():
                db.session.get_one(Release, release_id).state = ReleaseState.TESTED
            return release_id


def variant_of(name: str, *, seconds: int = 8, percent: int = 5) -> Variant:
    """The variant with its number filled in, which is then also its version's revision."""
    variant = VARIANTS[name]
    revision = {"lambat": seconds, "bocor": percent}.get(name)
    if revision is None:
        return variant
    numbers = {"seconds": seconds, "percent": percent, "after": LEAK_AFTER}
    return replace(
        variant,
        version=variant.version.removesuffix("0") + str(revision),
        migration=variant.migration % numbers if name == "lambat" else variant.migration,
        on_request=variant.on_request % numbers if name == "bocor" else variant.on_request,
    )


def make_tree(into: Path, variant: Variant) -> Path:
    """A whole release tree of this variant in the new folder `into`."""
    shutil.copytree(BASE, into)
    _replace(
        into / HELPER, "define('VERSION', '2410.0.0')", f"define('VERSION', '{variant.version}')"
    )
    _replace(into / HELPER, "2024100101", variant.schema_version)
    if variant.on_request:
        _replace(into / WEB, DOOR, DOOR + variant.on_request)
    say_version(into)
    migration = into / f"donjo-app/models/migrations/Migrasi_{variant.schema_version}.php"
    migration.write_text(
        f"<?php\n\n/** {variant.version}: {variant.about} */\n\n"
        f"return static function (Contoh\\Database $db): void {{\n    {variant.migration}\n}};\n"
    )
    if variant.change:
        variant.change(into)
    return into


def say_version(tree: Path) -> None:
    """Every answer of this tree, the failing ones too, carries its version in a header."""
    _replace(tree / WEB, DOOR, DOOR + f"        header('{VERSION_HEADER}: ' . VERSION);\n")


def add_sample(fleet: Fleet, version: str) -> int:
    """One of our plain samples (`v2408.0.0`) with its template, whose answers say their version."""
    with tempfile.TemporaryDirectory(prefix="rilis-contoh-") as folder:
        tree = Path(folder) / version
        shutil.copytree(SAMPLES / version, tree)
        say_version(tree)
        return fleet.add_release(version, str(tree))


def _replace(file: Path, old: str, new: str) -> None:
    text = file.read_text()
    assert text.count(old) == 1, f"{file.name} no longer holds {old!r} exactly once"
    file.write_text(text.replace(old, new))


def _say_nothing(line: str) -> None:
    """A build's lines, not wanted here."""


# --- what a village may hold when the release comes

SOILS: Mapping[str, tuple[str, ...]] = {
    "tanggal-nol": (
        "SET SESSION sql_mode = ''",
        "UPDATE artikel SET tgl_upload = '0000-00-00 00:00:00' ORDER BY id LIMIT 1",
    ),
    "nik-kembar": (
        "INSERT INTO penduduk (config_id, nama, nik, sex) SELECT MIN(config_id),"
        " 'Kembar Satu', '73050520-0000009', '1' FROM penduduk",
        "INSERT INTO penduduk (config_id, nama, nik, sex) SELECT MIN(config_id),"
        " 'Kembar Dua', '7305052-00000009', '2' FROM penduduk",
    ),
    "yatim": (
        "SET SESSION foreign_key_checks = 0",
        "INSERT INTO penduduk (config_id, nama, nik, sex) VALUES"
        " (999999, 'Tanpa Desa', '0000000000009999', '1')",
    ),
    "kosong": ("UPDATE artikel SET isi = NULL ORDER BY id DESC LIMIT 1",),
}


def soil(fleet: Fleet, database: str, *kinds: str) -> None:
    """The database holds these kinds of dirt (all of them when none is named)."""
    for kind in kinds or SOILS:
        with fleet.tools.databases._cursor(database) as cursor:
            for statement in SOILS[kind]:
                cursor.execute(statement)


def seed_files(desa: Path) -> None:
    """The village's folder holds every kind of file that "mengubah-berkas" changes, unchanged."""
    owner = desa.stat()
    shutil.rmtree(desa / "upload/dokumen/arsip-baru", ignore_errors=True)
    (desa / "upload/dokumen/nama-baru.txt").unlink(missing_ok=True)
    contents = {
        "upload/galeri/lama-1.png": b"\x89PNG lama",
        "upload/galeri/tetap.png": b"\x89PNG tetap",
        "upload/dokumen/nama-lama.txt": b"surat",
        "logo/ditulis-ulang.txt": b"isi semula",
        "themes/usang/tema.css": b"body{}",
    }
    for name, content in contents.items():
        file = desa / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
        for path in (file.parent, file):
            os.chown(path, owner.st_uid, owner.st_gid)
        file.chmod(0o640)


def tree_state(folder: Path) -> dict[str, tuple[int, int, int, str]]:
    """Path → mode, uid, gid, content of everything below a folder, to compare before and after."""
    found = {}
    for path in sorted(folder.rglob("*")):
        status = path.lstat()
        if path.is_symlink():
            content = os.readlink(path)
        elif path.is_file():
            content = hashlib.sha256(path.read_bytes()).hexdigest()
        else:
            content = ""
        key = str(path.relative_to(folder))
        found[key] = (status.st_mode, status.st_uid, status.st_gid, content)
    return found


def running_statements(fleet: Fleet, database: str) -> list[str]:
    """What MariaDB is still busy with in this database: statements a hung migration left behind."""
    with fleet.tools.databases._cursor() as cursor:
        cursor.execute(
            "SELECT INFO FROM information_schema.processlist WHERE DB = %s AND COMMAND <> 'Sleep'",
            (database,),
        )
        return [str(row[0]) for row in cursor.fetchall()]


def kill_statements(fleet: Fleet, database: str) -> None:
    """No connection of the database's account is left."""
    with fleet.tools.databases._cursor() as cursor:
        cursor.execute("SELECT ID FROM information_schema.processlist WHERE DB = %s", (database,))
        for (thread,) in cursor.fetchall():
            try:
                cursor.execute(f"KILL {int(thread)}")
            except pymysql.err.OperationalError as error:
                if error.args[0] != 1094:  # it ended by itself meanwhile
                    raise
