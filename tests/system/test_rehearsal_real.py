"""The real OpenSID 2408 → 2410, rehearsed over villages with the dirt that real villages hold."""

from __future__ import annotations

import os
import statistics
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from bench.village_rows import START, fill_village
from siappakai.models import Operation, OperationState, Verdict, db
from siappakai.provision.order import order_update
from siappakai.rollout.rehearsal_summary import VillageLine
from tests.fleet import Fleet, running_fleet
from tests.system.rehearsed import allow_any_load, assert_nothing_left, production, rehearse
from tests.system.villages import install, village_list

pytestmark = [pytest.mark.system, pytest.mark.real_source, pytest.mark.timeout(1800)]

PERSON = START + 1_000_000
WITHIN = 0.25


@dataclass(frozen=True)
class Village:
    """`statements` make it dirty, `codes` must be found, `verdict` is what must come of it."""

    people: int
    verdict: Verdict
    statements: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()


VILLAGES = (
    Village(400, Verdict.GREEN),
    Village(
        5000,
        Verdict.YELLOW,
        (
            "UPDATE tweb_penduduk SET tanggallahir = '0000-00-00' LIMIT 3",
            "ALTER TABLE tweb_penduduk MODIFY id_cluster int(11) NULL",
            "UPDATE tweb_penduduk SET id_cluster = NULL WHERE status_dasar = 1 LIMIT 2",
        ),
        ("data:tanggal_nol:tweb_penduduk.tanggallahir", "data:penduduk_tanpa_wilayah"),
    ),
    Village(
        2000,
        Verdict.YELLOW,
        (
            "ALTER TABLE tweb_penduduk DROP INDEX nik_config, ADD INDEX (config_id)",
            f"UPDATE tweb_penduduk p JOIN tweb_penduduk q ON q.id = {PERSON} SET p.nik = q.nik "
            f"WHERE p.id = {PERSON + 5}",
        ),
        ("data:ganda:tweb_penduduk(config_id,nik)",),
    ),
    Village(
        2000,
        Verdict.RED,
        (
            "ALTER TABLE artikel DROP FOREIGN KEY artikel_kategori_fk",
            "UPDATE artikel SET id_kategori = 77777, enabled = 1 ORDER BY id DESC LIMIT 3",
        ),
        ("hilang", "data:yatim:artikel.id_kategori"),
    ),
    Village(
        1000,
        Verdict.RED,
        (
            "ALTER TABLE klasifikasi_surat MODIFY nama varchar(250) NULL",
            "UPDATE klasifikasi_surat SET nama = NULL LIMIT 3",
        ),
        ("pemindahan", "data:kosong:klasifikasi_surat.nama"),
    ),
    Village(
        1000,
        Verdict.RED,
        ("DROP TABLE suplemen_terdata", "DROP TABLE suplemen"),
        ("pemindahan", "data:tabel_hilang:suplemen"),
    ),
    Village(
        1000,
        Verdict.RED,
        (f"UPDATE tweb_penduduk SET id_kk = 99999999 WHERE id = {PERSON + 1}",),
        ("data:yatim:tweb_penduduk.id_kk",),
    ),
)


# What every village of 2408 is born with, and what a busy test machine alone brings about.
NO_FAULT_OF_THEIRS = {"data:ganda:klasifikasi_surat(config_id,kode)", "lambat"}


@dataclass
class Ground:
    """`errors`: by how much the foretold seconds of the migration differ from those it took."""

    fleet: Fleet
    target: int
    ids: list[int]
    errors: dict[int, float] = field(default_factory=dict)


@pytest.fixture(scope="module")
def ground() -> Iterator[Ground]:
    """Villages of the real 2408 with people, families, letters, finance, and their own dirt."""
    if not os.environ.get("SIAPPAKAI_SUMBER_OPENSID"):
        pytest.skip("SIAPPAKAI_SUMBER_OPENSID is not set: the real OpenSID was not tried")
    with running_fleet("ujigladiasli") as fleet:
        yield _villages(fleet, os.environ["SIAPPAKAI_SUMBER_OPENSID"])


def _villages(fleet: Fleet, source: str) -> Ground:
    allow_any_load(fleet)
    older, newer = (fleet.add_release(each, source) for each in ("v2408.0.0", "v2410.0.0"))
    fleet.start_worker()
    _, ids = install(fleet, village_list("7305", 0, len(VILLAGES)), older)
    fleet.wait_finished(ids, 600)
    with fleet.app.app_context():
        instances = [db.session.get_one(Operation, one).instance for one in ids]
        known = [(each.id, each.database_group.database_name) for each in instances]
        db.session.rollback()
    databases = fleet.tools.databases
    for (_, name), village in zip(known, VILLAGES, strict=True):
        fill_village(databases, name, people=village.people)
        with databases._cursor(name) as cursor:
            cursor.execute("SET SESSION foreign_key_checks = 0, sql_mode = ''")
            for statement in village.statements:
                cursor.execute(statement)
    return Ground(fleet, newer, [instance_id for instance_id, _ in known])


def own_findings(line: VillageLine) -> list[Mapping[str, Any]]:
    return [each for each in line.findings if each["code"] not in NO_FAULT_OF_THEIRS]


@pytest.mark.parametrize("number", range(len(VILLAGES)))
def test_dirt_is_found_and_the_update_ends_as_the_rehearsal_said(
    ground: Ground, number: int
) -> None:
    """Red by what was seen to happen means that the update fails; all else that it succeeds."""
    village, instance_id = VILLAGES[number], ground.ids[number]
    before = production(ground.fleet, ground.ids)
    (line,) = rehearse(ground.fleet, ground.target, [instance_id]).lines
    assert production(ground.fleet, ground.ids) == before
    assert_nothing_left(ground.fleet)
    found = own_findings(line)
    print(line.name, line.verdict, line.measures, [each["code"] for each in line.findings])
    assert set(village.codes) <= {str(each["code"]) for each in found}
    verdicts = {Verdict(each["severity"]) for each in found} or {Verdict.GREEN}
    assert (Verdict.RED if Verdict.RED in verdicts else verdicts.pop()) is village.verdict, found
    took_s, state = update(ground, instance_id)
    happened = {"pemindahan", "hilang"} & {str(each["code"]) for each in found}
    assert (state is OperationState.FAILED) == bool(happened)
    if took_s is not None:
        ground.errors[number] = line.measures["migrate_s"] / took_s - 1
        print(f"{line.name}: {line.measures['migrate_s']:.2f} s foretold, {took_s:.2f} s taken")


def test_the_migrations_seconds_were_foretold_within_a_quarter(ground: Ground) -> None:
    """The median; where much else runs the same migration takes 3 seconds, then 14: not tried."""
    assert len(ground.errors) >= 5
    told = {number: f"{error:+.0%}" for number, error in ground.errors.items()}
    if os.getloadavg()[0] > (os.cpu_count() or 1):
        pytest.skip(f"this machine is too busy to compare seconds: {told}")
    assert statistics.median(map(abs, ground.errors.values())) <= WITHIN, ground.errors


def update(ground: Ground, instance_id: int) -> tuple[float | None, OperationState]:
    """Seconds of the real migration (None when it failed), and how the update ended."""
    with ground.fleet.app.app_context():
        operation_id = order_update(instance_id, ground.target, by="uji")
    ground.fleet.wait_finished([operation_id], 300)
    with ground.fleet.app.app_context():
        operation = db.session.get_one(Operation, operation_id)
        steps = {step.name: step for step in operation.steps}
        print({name: step.duration_ms for name, step in steps.items()}, operation.error_message)
        is_done = bool(steps["migrate"].result)
        took_s = steps["migrate"].duration_ms / 1000 if is_done else None
        state = operation.state
        db.session.rollback()
        return took_s, state
