"""The conservation check on a real MariaDB: what is counted, told apart and found."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from siappakai.models import Server, db
from siappakai.products.balance import Measured, compare, find_contract, merge_contract
from siappakai.provision.balance import BalancePlace, measure, place_of_job
from siappakai.provision.databases import Databases
from siappakai.provision.job import load_job, server_facts
from siappakai.provision.tools import tools_for
from tests.fleet import SAMPLES, Fleet
from tests.system.villages import install, village_list

pytestmark = [pytest.mark.system, pytest.mark.timeout(300)]

DATABASE = "uji_neraca"
SCHEMA = SAMPLES / "v2408.0.0/donjo-app/models/seeders/tabel.sql"
CONTRACT = find_contract("opensid")
CODES = ("7305012001", "7305012002")


@pytest.fixture
def databases(fleet: Fleet) -> Iterator[Databases]:
    """Two villages of three people each in one database of our sample's schema."""
    with fleet.app.app_context():
        tools = tools_for(server_facts(db.session.get_one(Server, fleet.server_id)))
    found = tools.databases
    found.create(DATABASE, "utf8", "utf8_general_ci")
    run(found, *SCHEMA.read_text().split(";"))
    for number, code in enumerate(CODES, start=1):
        run(
            found,
            f"INSERT INTO config (id, app_key, nama_desa, kode_desa) "
            f"VALUES ({number}, 'k{number}', 'Desa', '{code}')",
            f"INSERT INTO user (config_id, username, password) VALUES ({number}, 'admin', 'x')",
            f"INSERT INTO setting_aplikasi (config_id, `key`, value) VALUES ({number}, 'a', 'b')",
            f"INSERT INTO artikel (config_id, judul, isi) VALUES ({number}, 'Kabar', 'isi')",
            f"INSERT INTO media_sosial (config_id, nama) VALUES ({number}, 'Facebook')",
            *(
                f"INSERT INTO penduduk (config_id, nama, nik, sex) "
                f"VALUES ({number}, 'Warga', '73050{number}000000000{person}', '1')"
                for person in range(3)
            ),
        )
    run(found, "INSERT INTO migrasi (versi_database) VALUES ('2024080101')")
    yield found
    found.drop_unused(DATABASE)


def run(databases: Databases, *statements: str) -> None:
    with databases.connection(DATABASE) as connection, connection.cursor() as cursor:
        cursor.execute("SET SESSION foreign_key_checks = 0")
        for statement in statements:
            if statement.strip():
                cursor.execute(statement)
        connection.commit()


def look(databases: Databases, *, is_combined: bool = True) -> Measured:
    return measure(BalancePlace(databases, DATABASE, CONTRACT, is_combined))


def told(before: Measured, after: Measured) -> set[tuple[str, str]]:
    found = compare(before, after, CONTRACT, "2408.0.0", "2410.0.0")
    return {(each.key, each.village_code) for each in found}


def test_a_combined_database_is_counted_village_by_village(databases: Databases) -> None:
    seen = look(databases)
    assert seen.rows["penduduk"] == dict.fromkeys(CODES, 3)
    assert seen.rows["config"] == {"": 2} and seen.filled["penduduk.nik"] == dict.fromkeys(CODES, 3)
    assert "penduduk_hidup" not in seen.values  # the sample has no tweb_penduduk
    assert look(databases, is_combined=False).rows["penduduk"] == {"": 6}


def test_what_is_kept_in_a_step_s_result_is_what_was_measured(databases: Databases) -> None:
    seen = look(databases)
    assert Measured.from_json(json.loads(json.dumps(seen.to_json()))) == seen


@pytest.mark.parametrize("village", [1, 2])
def test_one_row_less_in_any_table_is_found_and_the_village_named(
    databases: Databases, village: int
) -> None:
    before = look(databases)
    for table in sorted(before.rows):
        is_told = table not in ("config", "migrasi")
        column = "config_id" if is_told else "id"
        sample = f"CREATE TEMPORARY TABLE kembali AS SELECT * FROM `{table}`"
        with databases.connection(DATABASE) as connection, connection.cursor() as cursor:
            cursor.execute("SET SESSION foreign_key_checks = 0")
            cursor.execute(sample)
            cursor.execute(
                f"DELETE FROM `{table}` WHERE `{column}` = %s LIMIT 1",
                (village if table != "migrasi" else 1,),
            )
            connection.commit()
            found = told(before, look(databases))
            cursor.execute(f"REPLACE INTO `{table}` SELECT * FROM kembali")
            connection.commit()
        assert (f"rows.{table}", CODES[village - 1] if is_told else "") in found, table
    assert told(before, look(databases)) == set()


def test_a_dropped_table_and_an_emptied_column_are_found(databases: Databases) -> None:
    before = look(databases)
    run(
        databases, "UPDATE penduduk SET nama = '' WHERE config_id = 2 LIMIT 1", "DROP TABLE artikel"
    )
    assert told(before, look(databases)) == {
        ("rows.artikel", ""),
        ("filled.penduduk.nama", CODES[1]),
    }


def test_a_release_that_adds_tables_columns_and_rows_alarms_nobody(databases: Databases) -> None:
    before = look(databases)
    run(
        databases,
        "ALTER TABLE artikel ADD COLUMN hit INT NOT NULL DEFAULT 0",
        "CREATE TABLE baru (id INT PRIMARY KEY)",
        "INSERT INTO setting_aplikasi (config_id, `key`, value) VALUES (1, 'c', 'd')",
    )
    assert told(before, look(databases)) == set()


def test_an_admin_s_own_invariant_is_measured_like_the_shipped_ones(databases: Databases) -> None:
    text = """[[invariant]]
key = "pengguna"
label = "Pengguna"
rule = "must_equal"
sql = "SELECT COUNT(*) FROM user"
"""
    place = BalancePlace(databases, DATABASE, merge_contract(CONTRACT, text), True)
    assert measure(place).values["pengguna"] == dict.fromkeys(CODES, 1)


def test_files_are_counted_by_folder_without_the_volatile_ones(
    databases: Databases, tmp_path: Path
) -> None:
    for name in ("desa/upload/dokumen/2024/a.pdf", "desa/upload/dokumen/b.pdf", "desa/cache/c"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"12345")
    (tmp_path / "desa/upload/jauh").symlink_to("/")
    folders = {CODES[0]: {"desa": tmp_path / "desa", "hilang": tmp_path / "hilang"}}
    place = BalancePlace(databases, "", CONTRACT, True, folders)
    seen = measure(place)
    dokumen = seen.files[CODES[0]]["desa/upload/dokumen"]
    assert (dokumen.count, dokumen.size_bytes) == (2, 10) and seen.rows == {}
    assert set(seen.files[CODES[0]]) == {"desa/upload/dokumen", "desa/upload"}
    (tmp_path / "desa/upload/dokumen/2024/a.pdf").unlink()
    assert told(seen, measure(place)) == {("files.desa/upload/dokumen", CODES[0])}


def test_the_place_of_an_installed_village_is_made_from_its_job(fleet: Fleet, release: int) -> None:
    fleet.start_worker()
    _, ids = install(fleet, village_list("7305", 66, 2), release)
    fleet.wait_finished(ids)
    fleet.stop_workers()
    for operation_id in ids:
        with fleet.app.app_context():
            job = load_job(operation_id)
            place = place_of_job(job, fleet.tools.databases, CONTRACT)
            seen = measure(place)
        assert seen.rows["config"] == {"": 1} and seen.rows["user"][""] >= 1
        assert set(place.folders) == {""} and "desa" in place.folders[""]
        assert "config" not in place.folders[""]  # rendered by us, not the village's own
        assert compare(seen, seen, place.contract, "2410.0.0", "2410.0.0") == []
