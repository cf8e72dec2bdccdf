"""Each release that is broken on purpose does what its name says, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from siappakai.errors import Unavailable
from siappakai.models import db
from siappakai.products.contract import RegionFacts
from siappakai.products.opensid import OpenSid
from siappakai.provision.instance_logs import LogPlace, read_instance_logs
from siappakai.provision.log_lines import LogLevel
from tests.broken_releases import (
    SOILS,
    VARIANTS,
    VERSION_HEADER,
    add_sample,
    add_variant,
    kill_statements,
    running_statements,
    seed_files,
    soil,
    tree_state,
    variant_of,
)
from tests.fleet import Fleet, running_fleet
from tests.system.lone_instance import LoneInstance, lone_instances
from tests.system.villages import table_checksums

pytestmark = [pytest.mark.system, pytest.mark.timeout(300)]

HANGS_FOR_S = 6


@dataclass
class Yard:
    """Two villages on 2408, and what is needed to move the first one."""

    fleet: Fleet
    first: LoneInstance
    second: LoneInstance

    def take(self, name: str, **numbers: int) -> None:
        """The first village's next container is of this variant."""
        release_id = add_variant(self.fleet, name, **numbers)
        self.first.stop()
        with self.fleet.app.app_context():
            self.first.image = self.fleet.release_facts(release_id).digest
            db.session.rollback()

    def tables(self, instance: LoneInstance) -> dict[str, int]:
        return table_checksums(self.fleet, instance.place.database.name)


def region(code: str, name: str) -> RegionFacts:
    return RegionFacts(
        code=code,
        name=name,
        regency_code="7305",
        regency_name="Kabupaten Takalar",
        province_code="73",
        province_name="Sulawesi Selatan",
        domain=f"d{code}.desa.localhost",
        district_code="730505",
        district_name="Galesong",
    )


REGIONS = [region("7305052001", "Tamasaju"), region("7305052002", "Bontokanang")]


@pytest.fixture(scope="module")
def fleet() -> Iterator[Fleet]:
    with running_fleet("ujirusak") as made:
        yield made


@pytest.fixture(scope="module")
def older(fleet: Fleet) -> str:
    release_id = add_sample(fleet, "v2408.0.0")
    with fleet.app.app_context():
        return fleet.release_facts(release_id).digest


@pytest.fixture(scope="module")
def two(fleet: Fleet, older: str) -> Iterator[Yard]:
    with lone_instances(fleet, OpenSid(), REGIONS, older) as (first, second):
        for each in (first, second):
            assert each.install()[0] == 0
            each.write_identity()
            assert each.serve()["ok"]
            assert each.get("/").headers[VERSION_HEADER.lower()] == "2408.0.0"
        yield Yard(fleet, first, second)


@pytest.fixture(scope="module")
def kept(two: Yard) -> Path:
    """A dump of the first village as it was on 2408."""
    target = two.fleet.home / "semula.sql"
    two.first.tools.databases.dump(two.first.place.database.name, target)
    return target


@pytest.fixture
def yard(two: Yard, kept: Path) -> Iterator[Yard]:
    """The first village is on 2408 again for each test; the second is never touched by any."""
    untouched = two.tables(two.second)
    two.first.tools.databases.replace_content(two.first.place.database, kept)
    yield two
    two.first.stop()
    assert two.tables(two.second) == untouched
    assert two.second.get("/").status == 200


def test_a_good_variant_moves_and_says_its_version_in_header_and_page(yard: Yard) -> None:
    yard.take("baik")
    code, answer = yard.first.upgrade()
    assert (code, answer["version"], answer["migrated"]) == (0, "2411.11.0", True)
    assert yard.first.serve()["ok"]
    page = yard.first.get("/")
    assert (page.status, page.headers[VERSION_HEADER.lower()]) == (200, "2411.11.0")
    assert "OpenSID</a> 2411.11.0" in page.text


def test_the_failing_migration_leaves_half_of_its_work_behind(yard: Yard) -> None:
    before, files = yard.tables(yard.first), yard.first.paths.home / "desa"
    seed_files(files)
    state = tree_state(files)
    yard.take("migrasi-gagal")
    code, answer = yard.first.upgrade()
    assert (code, answer["migrated"]) == (1, False)
    assert "arsip_penduduk" in answer["failed_steps"][0]
    after = yard.tables(yard.first)
    name = yard.first.place.database.name
    assert {each for each in before if after[each] != before[each]} >= {
        f"{name}.penduduk",
        f"{name}.artikel",
    }
    assert set(after) - set(before) == {f"{name}.setengah_jalan"}
    gone = set(state) - set(tree_state(files))
    assert {"upload/galeri/lama-1.png", "themes/usang", "upload/dokumen/nama-lama.txt"} <= gone
    assert not yard.first.serve()["ok"]


def test_the_home_page_fails_though_health_is_well(yard: Yard) -> None:
    yard.take("beranda-500")
    assert yard.first.upgrade()[0] == 0
    assert yard.first.serve()["ok"]
    assert yard.first.get("/").status == 500
    assert yard.first.get("/siteman").status == 200


def test_rows_go_silently_and_everything_looks_well(yard: Yard) -> None:
    rows = "SELECT COUNT(*) FROM penduduk"
    before = yard.first.query(rows)
    yard.take("menghapus-baris")
    assert yard.first.upgrade()[0] == 0
    assert yard.first.serve()["ok"]
    assert {yard.first.get(path).status for path in ("/", "/siteman", "/feed")} == {200}
    assert yard.first.query(rows) < before
    assert yard.first.query("SELECT COUNT(*) FROM artikel") == 2


def test_the_container_never_says_that_it_is_healthy(yard: Yard) -> None:
    yard.take("tidak-sehat")
    assert yard.first.upgrade()[0] == 0
    assert yard.first.serve()["error"] == "theme_missing"
    assert yard.first.health()["ok"] is False


@pytest.mark.parametrize("name", [name for name in VARIANTS if name.startswith("menggantung")])
def test_the_migration_hangs_until_its_container_is_removed(yard: Yard, name: str) -> None:
    yard.take(name)
    command = yard.first.recipe.upgrade_command()
    container = f"{yard.fleet.name}-sekali-{yard.first.paths.key}"
    with pytest.raises(Unavailable):
        yard.first.tools.engine.run_once(
            container, yard.first.spec(), command, timeout_s=HANGS_FOR_S
        )
    assert yard.first.tools.engine.find_container(container) is None
    database = yard.first.place.database.name
    left = running_statements(yard.fleet, database)
    assert name != "menggantung-sql" or "SLEEP" in left[0]
    kill_statements(yard.fleet, database)
    assert yard.first.query("SELECT COUNT(*) FROM migrasi WHERE versi_database > '2024100101'") == 0


def test_the_slow_migration_takes_its_seconds_and_works(yard: Yard) -> None:
    yard.take("lambat", seconds=3)
    code, answer = yard.first.upgrade()
    assert (code, answer["version"]) == (0, "2411.7.3")
    assert 3 <= answer["seconds"] < 30
    assert yard.first.serve()["ok"]


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("", ""),
        ("tanggal-nol", "0000-00-00"),
        ("nik-kembar", "Duplicate entry"),
        ("yatim", "foreign key constraint"),
        ("kosong", "isi"),
    ],
)
def test_the_strict_migration_trips_over_dirty_rows_only(yard: Yard, kind: str, words: str) -> None:
    if kind:
        soil(yard.fleet, yard.first.place.database.name, kind)
    yard.take("data-kotor")
    code, answer = yard.first.upgrade()
    assert code == (1 if kind else 0), answer
    assert words in " ".join(answer["failed_steps"])
    assert set(SOILS) == {"tanggal-nol", "nik-kembar", "yatim", "kosong"}


@pytest.mark.parametrize("percent", [2, 20])
def test_the_leak_lets_the_proofs_pass_and_then_fails_its_share(yard: Yard, percent: int) -> None:
    began_at = datetime.now(UTC)
    yard.take("bocor", percent=percent)
    assert yard.first.upgrade()[0] == 0
    assert yard.first.serve()["version"] == variant_of("bocor", percent=percent).version
    asked = [yard.first.get("/siteman").status for _ in range(112)]
    assert set(asked[:12]) == {200}
    assert abs(asked[12:].count(500) - percent) <= 1
    assert asked.count(200) + asked.count(500) == 112
    place = LogPlace(yard.first.serving, yard.first.paths.home / "logs", "Asia/Jakarta")
    seen = read_instance_logs(yard.first.tools.engine, place, began_at)
    assert seen.levels[LogLevel.FATAL] == seen.levels[LogLevel.ERROR] == asked.count(500)
    assert "Contoh bocor: Undefined variable $penduduk di baris #" in seen.most_frequent


def test_files_are_added_rewritten_renamed_and_deleted(yard: Yard) -> None:
    files = yard.first.paths.home / "desa"
    seed_files(files)
    before = tree_state(files)
    yard.take("mengubah-berkas")
    assert yard.first.upgrade()[0] == 0
    after = tree_state(files)
    assert set(before) - set(after) == {
        "themes/usang",
        "themes/usang/tema.css",
        "upload/dokumen/nama-lama.txt",
        "upload/galeri/lama-1.png",
    }
    assert set(after) - set(before) == {
        "upload/dokumen/arsip-baru",
        "upload/dokumen/arsip-baru/dari-migrasi.txt",
        "upload/dokumen/nama-baru.txt",
    }
    changed = {name for name in set(before) & set(after) if before[name] != after[name]}
    assert changed == {"logo/ditulis-ulang.txt"}
    assert yard.first.serve()["ok"]


def test_variants_never_share_a_version() -> None:
    made = [variant_of(name).version for name in VARIANTS]
    assert len(set(made)) == len(VARIANTS)
    assert len({variant_of(name).schema_version for name in VARIANTS}) == len(VARIANTS)
