"""The rules written for OpenSID, on the tables of our own sample release of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from siappakai.combined.export import export_village
from siappakai.combined.proof import other_rows_checksums, village_checksums
from siappakai.combined.restore import restore_village
from siappakai.provision.databases import Databases
from tests.integration.combined.filler import Filler
from tests.integration.combined.small import execute

pytestmark = pytest.mark.system
SAMPLE = Path(__file__).parents[2] / "samples/opensid/v2408.0.0/donjo-app/models/seeders/tabel.sql"
CODES = ("7305012001", "7305012002", "7305012003")
TABLES = {"artikel", "config", "media_sosial", "penduduk", "setting_aplikasi", "user"}


@pytest.fixture
def combined(databases: Databases) -> Iterator[tuple[str, str]]:
    """A database of three villages with rows, and an empty one with a nameless village."""
    names = ("uji_contoh_gabungan", "uji_contoh_kosong")
    for name in names:
        databases.create(name, "utf8", "utf8_general_ci")
        tables = [each for each in SAMPLE.read_text().split(";") if each.strip()]
        execute(databases, name, *tables, "INSERT INTO migrasi VALUES (1, '2024080101')")
    for code in CODES:
        row = (f"kunci-{code}", f"Desa {code}", code)
        new = ("INSERT INTO config (app_key, nama_desa, kode_desa) VALUES (%s, %s, %s)", row)
        village = int(execute(databases, names[0], new, "SELECT LAST_INSERT_ID()")[0][0])
        Filler(databases, names[0], village, seed=village).fill(20)
    execute(databases, names[1], "INSERT INTO config (app_key, nama_desa) VALUES ('k', '')")
    yield names
    for name in names:
        databases.drop_unused(name)


def test_a_village_of_the_sample_goes_out_in_and_back(
    databases: Databases, combined: tuple[str, str], tmp_path: Path
) -> None:
    full, empty = combined
    path = tmp_path / "desa.gz"
    header = export_village(databases, full, CODES[1], path).header
    assert set(header.tables) == TABLES
    assert header.tables["penduduk"].rows == 20 and header.tables["config"].rows == 1
    others = other_rows_checksums(databases, full, header.village_id)
    own = village_checksums(databases, full, header.village_id)

    placed = restore_village(databases, empty, path)
    assert placed.village_id == 1, "it takes the place of the nameless one"
    assert village_checksums(databases, empty, 1) == own
    execute(databases, full, f"DELETE FROM penduduk WHERE config_id = {header.village_id}")
    restore_village(databases, full, path, replace=True)
    assert village_checksums(databases, full, header.village_id) == own
    assert other_rows_checksums(databases, full, header.village_id) == others


def test_every_village_of_the_sample_fits_beside_the_others(
    databases: Databases, combined: tuple[str, str], tmp_path: Path
) -> None:
    full, empty = combined
    for number, code in enumerate(CODES):
        path = tmp_path / f"{code}.gz"
        source = export_village(databases, full, code, path).header.village_id
        before = other_rows_checksums(databases, empty, None if number else 1)
        placed = restore_village(databases, empty, path)
        assert other_rows_checksums(databases, empty, placed.village_id) == before
        own = village_checksums(databases, full, source)
        assert village_checksums(databases, empty, placed.village_id) == own
