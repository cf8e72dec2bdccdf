"""One village out of and into a combined database on real MariaDB, on a schema made by hand."""

from __future__ import annotations

import gzip
import os
import stat
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from siappakai.combined.export import export_village
from siappakai.combined.fitting import Place
from siappakai.combined.move import copy_village
from siappakai.combined.proof import other_rows_checksums, village_checksums
from siappakai.combined.removal import remove_village
from siappakai.combined.restore import restore_village
from siappakai.errors import InvalidInput, NotFound, Refused, StepFailed
from siappakai.provision.databases import Databases
from tests.integration.combined.small import RULES, add_village, execute, make_database

pytestmark = pytest.mark.system
FIRST, SECOND, THIRD = "7305012001", "7305012002", "7305012003"


class Ground:
    """Two databases: `lama` with three villages, `baru` with none; and short words for the work."""

    def __init__(self, databases: Databases, name: str, folder: Path) -> None:
        self.databases, self.folder = databases, folder
        self.old, self.new = f"{name}_lama", f"{name}_baru"
        for database in (self.old, self.new):
            make_database(databases, database)
        self.ids = {code: add_village(databases, self.old, code) for code in (FIRST, SECOND, THIRD)}

    def sql(self, database: str, *statements: Any) -> list[tuple[Any, ...]]:
        return execute(self.databases, database, *statements)

    def export(self, code: str = SECOND) -> Path:
        path = self.folder / f"{code}.desa.gz"
        export_village(self.databases, self.old, code, path, RULES)
        return path

    def restore(self, database: str, source: Path, *, replace: bool = False) -> Any:
        return restore_village(self.databases, database, source, replace=replace, rules=RULES)

    def own(self, database: str, village_id: int) -> Any:
        return village_checksums(self.databases, database, village_id, RULES)

    def others(self, database: str, village_id: int | None) -> Any:
        return other_rows_checksums(self.databases, database, village_id, RULES)

    def family_trees(self, database: str, code: str) -> list[tuple[Any, ...]]:
        """Who belongs to whom, by names only: what ids are for, without ids."""
        return self.sql(
            database,
            f"""SELECT o.nama, k.no, h.nama, a.nama, c.nama, w.pin, COUNT(p.id), COUNT(l.pesan_id)
            FROM desa d JOIN orang o ON o.desa_id = d.id
            LEFT JOIN keluarga k ON k.id = o.keluarga_id LEFT JOIN orang h ON h.id = k.kepala
            LEFT JOIN orang a ON a.id = o.ayah LEFT JOIN orang c ON c.id = o.created_by
            LEFT JOIN warga w ON w.orang_id = o.id LEFT JOIN pesan p ON p.warga_id = w.orang_id
            LEFT JOIN lampiran l ON l.pesan_id = p.id
            WHERE d.kode = '{code}' GROUP BY o.id, k.no, h.nama, a.nama, c.nama, w.pin
            ORDER BY o.nama""",
        )

    def pointed_to(self, database: str, code: str) -> list[tuple[Any, ...]]:
        """The names behind ids that no foreign key declares."""
        return self.sql(
            database,
            f"""SELECT t.jenis, a.nama, n.nama, k.no FROM desa d JOIN tautan t ON t.desa_id = d.id
            LEFT JOIN orang a ON t.alamat = CONCAT('orang/', a.id)
            LEFT JOIN orang n ON n.id = t.nilai AND t.jenis = 1
            LEFT JOIN keluarga k ON k.id = t.nilai AND t.jenis = 2
            WHERE d.kode = '{code}' ORDER BY t.id""",
        )


@pytest.fixture
def ground(
    databases: Databases, tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[Ground]:
    name = f"uji{abs(hash(request.node.name)) % 10**8}"
    made = Ground(databases, name, tmp_path)
    yield made
    for database in (made.old, made.new):
        databases.drop_unused(database)


def test_a_village_in_an_empty_database_keeps_its_ids_and_every_byte(ground: Ground) -> None:
    report = ground.restore(ground.new, ground.export())
    assert (report.place, report.moved) == (Place.EMPTY, ())
    village = ground.ids[SECOND]
    assert ground.own(ground.new, village) == ground.own(ground.old, village)
    cells = "*, f + 0e0, HEX(isi), HEX(bit_ini)"
    odd = f"SELECT {cells} FROM jenis_data WHERE desa_id = {village} ORDER BY 1"
    assert ground.sql(ground.new, odd) == ground.sql(ground.old, odd)
    assert len(ground.sql(ground.new, odd)) == 5
    for table in ("orang", "keluarga", "pesan", "tautan", "hak"):
        ids = f"SELECT COUNT(*) FROM {table}"
        assert ground.sql(ground.new, ids)[0][0] > 0


def test_beside_others_the_ids_change_and_everything_still_means_the_same(ground: Ground) -> None:
    for code in ("7306010001", "7306010002"):
        add_village(ground.databases, ground.new, code, people=11)
    before = ground.others(ground.new, None)
    report = ground.restore(ground.new, ground.export())
    assert report.place == Place.BESIDE
    assert {"orang", "keluarga", "pesan", "tautan"} <= set(report.moved)
    assert ground.others(ground.new, report.village_id) == before
    assert ground.own(ground.new, report.village_id) == ground.own(ground.old, ground.ids[SECOND])
    trees = ground.family_trees(ground.old, SECOND)
    assert trees and ground.family_trees(ground.new, SECOND) == trees
    links = ground.pointed_to(ground.old, SECOND)
    assert [row[1:] for row in links].count((None, None, None)) == 1
    assert ground.pointed_to(ground.new, SECOND) == links


def test_json_and_conditional_ids_follow_their_rows(ground: Ground) -> None:
    for code in ("7306010001", "7306010002"):
        add_village(ground.databases, ground.new, code, people=11)
    ground.restore(ground.new, ground.export())
    where = f"desa_id = (SELECT id FROM desa WHERE kode = '{SECOND}')"
    people = [str(row[0]) for row in ground.sql(ground.new, f"SELECT id FROM orang WHERE {where}")]
    text = ground.sql(ground.new, f"SELECT anggota FROM tautan WHERE {where} ORDER BY id")[0][0]
    assert text == f'["{people[0]}", "{people[2]}", "slug"]'
    rows = f"SELECT siapa, s FROM peserta JOIN program p ON p.id = program_id WHERE peserta.{where}"
    subjects = {int(kind): who for who, kind in ground.sql(ground.new, rows)}
    old = ground.sql(ground.old, f"SELECT siapa FROM peserta WHERE desa_id = {ground.ids[SECOND]}")
    families = ground.sql(ground.new, f"SELECT id FROM keluarga WHERE {where} ORDER BY id")
    assert subjects[4] == str(families[1][0]), "below a program of kind 4 it is a family"
    assert subjects[1] == old[0][0], "below any other it is plain text and stays"


def test_in_place_a_village_is_exactly_as_it_was_and_nobody_else_changes(ground: Ground) -> None:
    village, source = ground.ids[SECOND], ground.export()
    own, others = ground.own(ground.old, village), ground.others(ground.old, village)
    ids = ground.sql(ground.old, f"SELECT id, nama FROM orang WHERE desa_id = {village}")
    ground.sql(
        ground.old,
        f"DELETE FROM jenis_data WHERE desa_id = {village}",
        f"UPDATE orang SET nama = 'rusak' WHERE desa_id = {village}",
        f"INSERT INTO orang (desa_id, nama) VALUES ({village}, 'baru')",
    )
    assert ground.own(ground.old, village) != own
    report = ground.restore(ground.old, source, replace=True)
    assert (report.place, report.village_id, report.moved) == (Place.INSTEAD, village, ())
    assert ground.own(ground.old, village) == own
    assert ground.others(ground.old, village) == others
    assert ground.sql(ground.old, f"SELECT id, nama FROM orang WHERE desa_id = {village}") == ids


def test_rows_without_a_village_belong_to_all_and_stay(ground: Ground) -> None:
    ground.sql(ground.old, "INSERT INTO grup (desa_id, nama) VALUES (NULL, 'bersama')")
    source = ground.export()
    ground.restore(ground.old, source, replace=True)
    ground.restore(ground.new, source)
    count = "SELECT COUNT(*) FROM grup WHERE desa_id IS NULL"
    assert ground.sql(ground.old, count)[0][0] == 1
    assert ground.sql(ground.new, count)[0][0] == 0


def test_an_unknown_table_stops_the_export_with_its_name(ground: Ground) -> None:
    ground.sql(ground.old, "CREATE TABLE teka_teki (id INT PRIMARY KEY)")
    with pytest.raises(Refused, match="teka_teki"):
        ground.export()
    assert list(ground.folder.iterdir()) == []


def test_a_collision_in_the_middle_leaves_nothing(ground: Ground) -> None:
    source = ground.export()
    other = add_village(ground.databases, ground.new, "7306010001")
    ground.sql(ground.new, f"INSERT INTO unik (desa_id, nomor) VALUES ({other}, 'U-{SECOND}')")
    before = ground.others(ground.new, None)
    with pytest.raises(Refused, match="unik bertabrakan"):
        ground.restore(ground.new, source)
    assert ground.others(ground.new, None) == before


def test_a_trigger_that_touches_another_village_is_noticed_and_undone(ground: Ground) -> None:
    source, village = ground.export(), ground.ids[SECOND]
    ground.sql(
        ground.old,
        f"CREATE TRIGGER nakal AFTER INSERT ON unik FOR EACH ROW "
        f"UPDATE grup SET nama = 'diubah' WHERE desa_id = {ground.ids[THIRD]}",
    )
    before = ground.others(ground.old, None)
    with pytest.raises(StepFailed, match="grup"):
        ground.restore(ground.old, source, replace=True)
    assert ground.others(ground.old, None) == before
    assert (
        ground.sql(ground.old, f"SELECT COUNT(*) FROM orang WHERE desa_id = {village}")[0][0] == 7
    )


def test_a_village_that_stands_there_is_refused_unless_it_is_to_be_replaced(
    ground: Ground,
) -> None:
    source = ground.export()
    with pytest.raises(Refused, match="sudah ada"):
        ground.restore(ground.old, source)
    add_village(ground.databases, ground.new, "7306010001")
    with pytest.raises(Refused, match="tidak ada yang diganti"):
        ground.restore(ground.new, source, replace=True)
    ground.sql(ground.new, f"UPDATE desa SET kunci = 'kunci-{SECOND}'")
    with pytest.raises(Refused, match="kunci"):
        ground.restore(ground.new, source)


def test_another_schema_version_is_refused(ground: Ground) -> None:
    source = ground.export()
    ground.sql(ground.new, "INSERT INTO versi VALUES ('3')")
    with pytest.raises(Refused, match="skema 2.*skema 3"):
        ground.restore(ground.new, source)


def test_a_column_in_use_that_the_target_lacks_is_refused_by_name(ground: Ground) -> None:
    source = ground.export()
    ground.sql(ground.new, "ALTER TABLE tautan DROP COLUMN anggota")
    with pytest.raises(Refused, match="tautan.anggota"):
        ground.restore(ground.new, source)


def test_an_always_empty_column_may_lack_on_either_side(ground: Ground) -> None:
    ground.sql(ground.old, "ALTER TABLE grup ADD COLUMN lama VARCHAR(5)")
    ground.sql(ground.new, "ALTER TABLE grup ADD COLUMN baru VARCHAR(5) DEFAULT 'isi'")
    ground.restore(ground.new, ground.export())
    village = ground.ids[SECOND]
    assert ground.own(ground.new, village) == ground.own(ground.old, village)


def test_another_villages_rows_meant_by_a_foreign_key_stay_in_their_database(
    ground: Ground,
) -> None:
    family = ground.sql(
        ground.old, f"SELECT MIN(id) FROM keluarga WHERE desa_id = {ground.ids[THIRD]}"
    )[0][0]
    ground.sql(
        ground.old,
        f"UPDATE orang SET keluarga_id = {family} WHERE desa_id = {ground.ids[SECOND]} LIMIT 1",
    )
    source = ground.export()
    with pytest.raises(Refused, match="orang.keluarga_id"):
        ground.restore(ground.new, source)
    ground.restore(ground.old, source, replace=True)


def test_rights_for_another_villages_group_are_nobodys_and_are_counted(ground: Ground) -> None:
    group = ground.sql(ground.old, f"SELECT id FROM grup WHERE desa_id = {ground.ids[THIRD]}")[0][0]
    ground.sql(
        ground.old, f"INSERT INTO hak (desa_id, grup_id) VALUES ({ground.ids[SECOND]}, {group})"
    )
    source = ground.export()
    assert ground.restore(ground.new, source).torn == {"hak": 1}
    others = ground.others(ground.old, ground.ids[SECOND])
    ground.restore(ground.old, source, replace=True)
    assert ground.others(ground.old, ground.ids[SECOND]) == others
    assert ground.sql(ground.old, "SELECT COUNT(*) FROM hak")[0][0] == 4


def test_there_and_back_a_village_is_the_same_and_the_rest_never_changed(ground: Ground) -> None:
    village = ground.ids[SECOND]
    own, others = ground.own(ground.old, village), ground.others(ground.old, village)
    arguments = (SECOND, ground.folder, RULES)
    copy_village(ground.databases, ground.old, ground.new, *arguments)
    remove_village(ground.databases, ground.old, SECOND, RULES)
    assert ground.others(ground.old, None) == others
    with pytest.raises(NotFound):
        ground.export()
    moved = copy_village(ground.databases, ground.new, ground.old, *arguments).restored
    assert ground.own(ground.old, moved.village_id) == own
    assert ground.others(ground.old, moved.village_id) == others
    assert list(ground.folder.iterdir()) == [], "the file between is gone"


def test_the_last_village_and_the_one_migrations_copy_from_are_not_removed(
    ground: Ground,
) -> None:
    rules = replace(RULES, kept_root_id=ground.ids[FIRST])
    with pytest.raises(Refused, match="Desa pertama"):
        remove_village(ground.databases, ground.old, FIRST, rules)
    ground.restore(ground.new, ground.export())
    with pytest.raises(Refused, match="terakhir"):
        remove_village(ground.databases, ground.new, SECOND, RULES)


def test_the_file_is_private_and_its_header_has_no_key(ground: Ground) -> None:
    path = ground.export()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600 and path.stat().st_uid == os.getuid()
    lines = gzip.decompress(path.read_bytes()).split(b"\n")
    assert f"kunci-{SECOND}".encode() not in lines[0]
    assert any(f"kunci-{SECOND}".encode() in line for line in lines[1:]), "it is data of the row"
    others = (FIRST, THIRD)
    assert not any(code.encode() in line for line in lines for code in others)


def test_a_damaged_file_changes_nothing(ground: Ground) -> None:
    path = ground.export()
    whole = path.read_bytes()
    lines = gzip.decompress(whole)
    wrong = {
        "cut": whole[: len(whole) // 2],
        "no end": gzip.compress(lines.rsplit(b"\n", 2)[0] + b"\n"),
        "changed": gzip.compress(lines.replace(b"Orang 73", b"Orung 73", 1)),
        "other": gzip.compress(b'{"a": 1}\n'),
        "text": b"bukan gzip",
    }
    before = ground.others(ground.new, None)
    for name, content in wrong.items():
        path.write_bytes(content)
        with pytest.raises((InvalidInput, StepFailed)) as caught:
            ground.restore(ground.new, path)
        assert caught.value.hint, name
    assert ground.others(ground.new, None) == before


def test_two_exports_of_the_same_rows_hold_the_same_rows_in_the_same_order(ground: Ground) -> None:
    first = gzip.decompress(ground.export().read_bytes()).split(b"\n", 1)[1]
    second = gzip.decompress(ground.export().read_bytes()).split(b"\n", 1)[1]
    assert first == second
