"""The real OpenSID 2408 → 2410: no false alarm, every lost row found, dirt found before."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from bench.village_rows import START, fill_village
from siappakai.models import Release, TemplateDump, db
from siappakai.products.balance import Measured, compare, find_contract
from siappakai.products.contract import DatabaseAccess
from siappakai.products.data_checks import Finding, Severity
from siappakai.provision.balance import BalancePlace, measure
from siappakai.provision.data_checks import CheckPlace, find_dirt, shape_of_template
from siappakai.secret import Secret
from tests.fleet import Fleet, running_fleet
from tests.integration.combined.filler import Filler
from tests.integration.combined.opensid import NAMES, QUIET, Villages, identity, must

pytestmark = [pytest.mark.system, pytest.mark.real_source, pytest.mark.timeout(1800)]

DATABASE, CODE = "uji_neraca_asli", next(iter(NAMES))
OLD, NEW = "2408.0.0", "2410.0.0"
TIDY = (  # tables of no village, and what Filler invents that a migration would throw away
    "INSERT INTO log_ekspor (tgl_ekspor, kode_ekspor) VALUES (NOW(), 'x')",
    "INSERT INTO password_resets (email, token) VALUES ('a@b.id', 'x')",
    "UPDATE kader_pemberdayaan_masyarakat SET bidang = (SELECT CONCAT('[\"', nama, '\"]') "
    "FROM ref_penduduk_bidang LIMIT 1), kursus = (SELECT CONCAT('[\"', nama, '\"]') "
    "FROM ref_penduduk_kursus LIMIT 1)",
)
PERSON = START + 1_000_000  # the first person that fill_village adds to village 1


@dataclass
class Ground:
    old: Villages
    new: Villages
    place: BalancePlace
    check: CheckPlace
    kept: Path

    def run(self, *statements: str) -> None:
        databases = self.place.databases
        with databases.connection(DATABASE) as connection, connection.cursor() as cursor:
            cursor.execute("SET SESSION foreign_key_checks = 0, sql_mode = 'ALLOW_INVALID_DATES'")
            for statement in statements:
                cursor.execute(statement)
            connection.commit()

    def restore(self) -> None:
        access = DatabaseAccess(DATABASE, DATABASE, Secret(self.old.passwords[DATABASE]))
        self.place.databases.replace_content(access, self.kept)

    def lost(self, before: Measured, start: str = OLD) -> dict[str, str]:
        found = compare(before, measure(self.place), self.place.contract, start, NEW)
        return {each.key: each.sentence for each in found}

    def dirt(self) -> dict[str, Finding]:
        return {each.code: each for each in find_dirt(self.check)}


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    """A village of release 2408 with rows in every table, 1,000 people among them."""
    source = os.environ.get("SIAPPAKAI_SUMBER_OPENSID")
    if not source:
        pytest.skip("SIAPPAKAI_SUMBER_OPENSID is not set: the real OpenSID was not tried")
    with running_fleet("ujineraca") as fleet:
        releases = [fleet.add_release(each, source) for each in ("v2408.0.0", "v2410.0.0")]
        yield _village(fleet, releases, tmp_path_factory)


def _village(fleet: Fleet, releases: list[int], tmp_path_factory: pytest.TempPathFactory) -> Ground:
    databases = fleet.tools.databases
    with fleet.app.app_context():
        images = [db.session.get_one(Release, each).digest for each in releases]
        templates = [
            db.session.scalars(db.select(TemplateDump).filter_by(release_id=each)).one().file_name
            for each in releases
        ]
    source, target = (shape_of_template(databases.paths.templates / name) for name in templates)
    old = Villages(databases, images[0])
    new = replace(old, image=images[1])
    old.build_empty(DATABASE, CODE)
    must(old.cli(CODE, DATABASE, "remigrate"))
    naming = {"adopt": True, "identity": identity(CODE), "settings": QUIET}
    must(old.cli(CODE, DATABASE, "set", naming))
    Filler(databases, DATABASE, 1, seed=3).fill(4)
    fill_village(databases, DATABASE, people=1000)
    with databases.connection(DATABASE) as connection, connection.cursor() as cursor:
        for statement in TIDY:
            cursor.execute(statement)
        connection.commit()
    kept = tmp_path_factory.mktemp("neraca") / "semula.sql"
    databases.dump(DATABASE, kept)
    home = old.home(CODE)
    folders = {"": {name: home / name for name in ("desa", "logs", "backup", "sessions")}}
    place = BalancePlace(databases, DATABASE, find_contract("opensid"), folders=folders)
    check = CheckPlace(databases, DATABASE, "opensid", OLD, NEW, target, source)
    return Ground(old, new, place, check, kept)


def test_the_real_migration_and_migrating_again_alarm_nobody(ground: Ground) -> None:
    before = measure(ground.place)
    assert [name for name, rows in before.rows.items() if not rows[""]] == []
    must(ground.new.cli(CODE, DATABASE, "migrate"))
    assert ground.lost(before) == {}
    after = measure(ground.place)
    must(ground.new.cli(CODE, DATABASE, "remigrate"))
    assert ground.lost(after, NEW) == {}


def test_one_row_less_in_every_table_is_found_in_each_of_them(ground: Ground) -> None:
    ground.restore()
    before = measure(ground.place)
    terms = ground.place.contract.between(OLD, NEW)
    together = {table for each in terms.together for table in each.tables}
    guarded = [name for name in before.rows if not terms.covers(name) and name not in together]
    assert len(guarded) > 225
    ground.run(*(f"DELETE FROM `{name}` LIMIT 1" for name in [*guarded, "komentar"]))
    lost = ground.lost(before)
    assert [name for name in guarded if f"rows.{name}" not in lost] == []
    assert "rows.komentar+pesan_mandiri" in lost
    assert lost["rows.tweb_penduduk"] == "Penduduk: 1.004 → 1.003 (berkurang 1)"


DIRT = {
    "tanggal_nol:tweb_penduduk.tanggallahir": (
        "UPDATE tweb_penduduk SET tanggallahir = '0000-00-00' LIMIT 3",
    ),
    "yatim:tweb_penduduk.id_kk": (
        f"UPDATE tweb_penduduk SET id_kk = 99999999 WHERE id = {PERSON + 1}",
    ),
    "yatim:artikel.id_kategori": (
        "ALTER TABLE artikel DROP FOREIGN KEY artikel_kategori_fk",
        "UPDATE artikel SET id_kategori = 77777, enabled = 1 ORDER BY id DESC LIMIT 3",
    ),
    "ganda:tweb_penduduk(config_id,nik)": (
        "ALTER TABLE tweb_penduduk DROP INDEX nik_config, ADD INDEX (config_id)",
        f"UPDATE tweb_penduduk p JOIN tweb_penduduk q ON q.id = {PERSON} SET p.nik = q.nik "
        f"WHERE p.id = {PERSON + 5}",
    ),
    "ganda:tweb_keluarga(config_id,no_kk)": (
        "ALTER TABLE tweb_keluarga DROP INDEX no_kk_config, ADD INDEX (config_id)",
        f"UPDATE tweb_keluarga p JOIN tweb_keluarga q ON q.id = {PERSON} SET p.no_kk = q.no_kk "
        f"WHERE p.id = {PERSON + 5}",
    ),
    "kader_bidang_tak_dikenal": (
        "INSERT INTO kader_pemberdayaan_masyarakat (config_id, penduduk_id, kursus, bidang) "
        f"VALUES (1, {PERSON}, '[]', '[\"Bidang Sendiri\"]')",
    ),
    "kosong:klasifikasi_surat.nama": (
        "ALTER TABLE klasifikasi_surat MODIFY nama varchar(250) NULL",
        "UPDATE klasifikasi_surat SET nama = NULL LIMIT 3",
    ),
    "otomatis:widget.id": ("ALTER TABLE widget MODIFY id int(11) NOT NULL",),
    "tabel_hilang:suplemen": ("DROP TABLE suplemen_terdata", "DROP TABLE suplemen"),
}
FAILS = ("kosong:klasifikasi_surat.nama", "otomatis:widget.id", "tabel_hilang:suplemen")
LOSES = {
    "yatim:artikel.id_kategori": "invariant.artikel_tampil",
    "kader_bidang_tak_dikenal": "invariant.kader_bidang",
}


@pytest.mark.parametrize("code", DIRT)
def test_each_kind_of_dirt_is_found_where_it_is_and_nowhere_else(ground: Ground, code: str) -> None:
    ground.restore()
    assert code not in ground.dirt()
    ground.run(*DIRT[code])
    before = measure(ground.place)
    found = ground.dirt()[code]
    assert ground.lost(before) == {}  # looking changed nothing
    assert found.severity is Severity.RED or code not in (*FAILS, *LOSES)
    assert found.sentence and found.remedy


@pytest.mark.parametrize("code", FAILS)
def test_what_is_said_to_make_the_migration_fail_does(ground: Ground, code: str) -> None:
    ground.restore()
    ground.run(*DIRT[code])
    assert not ground.new.cli(CODE, DATABASE, "migrate")["ok"]


@pytest.mark.parametrize("code", LOSES)
def test_what_is_said_to_be_lost_is_missed_by_the_balance_afterwards(
    ground: Ground, code: str
) -> None:
    ground.restore()
    ground.run(*DIRT[code])
    before = measure(ground.place)
    must(ground.new.cli(CODE, DATABASE, "migrate"))
    assert LOSES[code] in ground.lost(before)
