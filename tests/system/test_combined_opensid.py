"""One village out of and into a combined database of the real OpenSID, made by its own code."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from siappakai.combined.export import export_village
from siappakai.combined.fitting import Place
from siappakai.combined.layout import read_layout
from siappakai.combined.move import copy_village
from siappakai.combined.opensid_rules import OPENSID
from siappakai.combined.proof import other_rows_checksums, village_checksums
from siappakai.combined.removal import remove_village
from siappakai.combined.restore import restore_village
from siappakai.errors import Refused
from siappakai.models import Release, db
from siappakai.provision.databases import Databases
from tests.fleet import Fleet
from tests.integration.combined.filler import Filler
from tests.integration.combined.opensid import NAMES, Villages, identity, must
from tests.integration.combined.small import execute

pytestmark = [pytest.mark.system, pytest.mark.real_source, pytest.mark.timeout(900)]
CODES = list(NAMES)
FULL, OTHER = "uji_gab_penuh", "uji_gab_lain"


@dataclass
class Ground:
    villages: Villages
    folder: Path

    @property
    def databases(self) -> Databases:
        return self.villages.databases

    def own(self, database: str, village_id: int) -> Any:
        return village_checksums(self.databases, database, village_id)

    def others(self, database: str, village_id: int | None) -> Any:
        return other_rows_checksums(self.databases, database, village_id)

    def export(self, code: str) -> Path:
        path = self.folder / f"{code}.desa.gz"
        export_village(self.databases, FULL, code, path)
        return path

    def empty(self, database: str, code: str) -> str:
        """A fresh installation, migrated once more as every combined database has been."""
        self.villages.build_empty(database, code)
        must(self.villages.cli(code, database, "remigrate"))
        return database


@pytest.fixture(scope="module")
def ground(
    fleet: Fleet, real_release: int, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Ground]:
    """Four villages in one database, each with rows in every table that can hold a village's."""
    with fleet.app.app_context():
        image = db.session.get_one(Release, real_release).digest
    villages = Villages(fleet.tools.databases, image)
    villages.build_combined(FULL, CODES)
    for village_id in (1, 2, 3, 4):
        added = Filler(villages.databases, FULL, village_id, seed=village_id).fill(5)
        assert [name for name, rows in added.items() if not rows] == []
    made = Ground(villages, tmp_path_factory.mktemp("desa"))
    yield made
    for database in villages.passwords:
        villages.databases.drop_unused(database)


@pytest.mark.parametrize("village_id", [1, 2, 3, 4])
def test_every_table_of_the_release_is_understood_and_none_is_empty(
    ground: Ground, village_id: int
) -> None:
    with ground.databases.connection(FULL) as connection, connection.cursor() as cursor:
        layout = read_layout(cursor, OPENSID)
    assert layout.references.suspects == ()
    own = ground.own(FULL, village_id)
    assert len(own) > 190 and [name for name, each in own.items() if not each.rows] == []


def test_an_empty_database_gets_the_same_rows_with_the_same_ids(ground: Ground) -> None:
    empty = ground.empty("uji_gab_kosong", CODES[1])
    report = restore_village(ground.databases, empty, ground.export(CODES[1]))
    assert (report.place, report.village_id, report.moved) == (Place.EMPTY, 1, ())
    assert ground.own(empty, 1) == ground.own(FULL, 2)


def test_in_place_the_village_returns_and_no_other_row_changes(ground: Ground) -> None:
    source = ground.export(CODES[2])
    own, others = ground.own(FULL, 3), ground.others(FULL, 3)
    execute(
        ground.databases,
        FULL,
        "UPDATE tweb_penduduk SET nama = 'rusak' WHERE config_id = 3",
        "DELETE FROM artikel WHERE config_id = 3",
    )
    assert ground.own(FULL, 3) != own
    report = restore_village(ground.databases, FULL, source, replace=True)
    assert (report.place, report.village_id, report.moved) == (Place.INSTEAD, 3, ())
    assert ground.own(FULL, 3) == own and ground.others(FULL, 3) == others


def test_beside_others_ids_change_meaning_does_not_and_both_villages_answer(
    ground: Ground,
) -> None:
    villages, newcomer, resident = ground.villages, CODES[1], CODES[3]
    ground.empty(OTHER, resident)
    must(villages.cli(resident, OTHER, "set", {"adopt": True, "identity": identity(resident)}))
    # `install` rewrites the key; the row must have the one on disk to answer.
    key = ("UPDATE config SET app_key = %s", (villages.key_of(resident),))
    execute(ground.databases, OTHER, key)
    Filler(ground.databases, OTHER, 1, seed=11).fill(15)
    before = ground.others(OTHER, None)
    report = restore_village(ground.databases, OTHER, ground.export(newcomer))
    assert report.place == Place.BESIDE and len(report.moved) > 150
    assert ground.others(OTHER, report.village_id) == before
    assert ground.own(OTHER, report.village_id) == ground.own(FULL, 2)
    for code in (newcomer, resident):
        with villages.serving(code, OTHER) as visitor:
            page = visitor.get("/siteman")
            assert page.status_code == 200 and NAMES[code] in page.text
    remove_village(ground.databases, OTHER, newcomer)
    assert ground.others(OTHER, None) == before


def test_a_village_moved_to_a_database_of_its_own_answers_there(ground: Ground) -> None:
    code, villages = CODES[3], ground.villages
    separate = ground.empty("uji_gab_pisah", code)
    moved = copy_village(ground.databases, FULL, separate, code, ground.folder)
    assert ground.own(separate, moved.restored.village_id) == ground.own(FULL, 4)
    status = must(villages.cli(code, separate, "status"))
    assert (status["village_code"], status["villages"]) == (code, 1)
    with villages.serving(code, separate) as visitor:
        health = visitor.get("/.siappakai/health")
        assert health.status_code == 200 and health.json()["village_code"] == code
        page = visitor.get("/")
        assert page.status_code == 200 and NAMES[code] in page.text
        assert not [name for name in NAMES.values() if name != NAMES[code] and name in page.text]


def test_and_back_into_the_combined_one_it_is_the_same(ground: Ground) -> None:
    code, separate = CODES[2], ground.empty("uji_gab_pulang", CODES[2])
    own = ground.own(FULL, 3)
    copy_village(ground.databases, FULL, separate, code, ground.folder)
    remove_village(ground.databases, FULL, code)
    others = ground.others(FULL, None)
    moved = copy_village(ground.databases, separate, FULL, code, ground.folder).restored
    assert ground.own(FULL, moved.village_id) == own
    assert ground.others(FULL, moved.village_id) == others


def test_references_with_two_meanings_are_not_renumbered(ground: Ground) -> None:
    villages, code, resident = ground.villages, CODES[0], CODES[3]
    target = ground.empty("uji_gab_ganda", resident)
    must(villages.cli(resident, target, "set", {"adopt": True, "identity": identity(resident)}))
    Filler(ground.databases, FULL, 1, seed=77, with_doubt=True).fill(2, only=("analisis_respon",))
    with pytest.raises(Refused, match="analisis_respon.id_subjek"):
        restore_village(ground.databases, target, ground.export(code))
