"""Rehearsals of our samples: each way of being broken is found, and production never notices."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from sqlalchemy import select

from siappakai.models import Instance, Operation, OperationState, StepState, Verdict, db
from siappakai.provision.http_probe import get_through_edge
from siappakai.provision.job import server_facts
from siappakai.provision.order import order_update
from siappakai.provision.start import StartChoice
from siappakai.provision.verify import trusted_root
from siappakai.rollout.rehearsal_summary import RehearsalSummary
from tests.broken_releases import add_sample, add_variant, seed_files, soil
from tests.fleet import Fleet, running_fleet
from tests.system.rehearsed import (
    allow_any_load,
    assert_nothing_left,
    begin,
    finish,
    give_own_numbers,
    production,
    rehearse,
)
from tests.system.villages import install, start_list, village_list

pytestmark = [pytest.mark.system, pytest.mark.timeout(400)]

HANGS_AFTER_S = 8
SLEEPS_S = 8
WITHIN = 0.25


@dataclass
class Ground:
    """Three villages with a database each, and three that share one; all on 2408."""

    fleet: Fleet
    alone: list[int]
    together: list[int]
    databases: dict[int, str]
    homes: dict[int, Path]

    @property
    def everyone(self) -> list[int]:
        return [*self.alone, *self.together]


@pytest.fixture(scope="module")
def ground() -> Iterator[Ground]:
    with running_fleet("ujigladi") as fleet:
        yield _villages(fleet)


def _villages(fleet: Fleet) -> Ground:
    allow_any_load(fleet, HANGS_AFTER_S * 4)
    older = add_sample(fleet, "v2408.0.0")
    fleet.start_worker()
    _, alone = install(fleet, village_list("7305", 0, 3), older)
    choice = StartChoice((older,), new_group="Gabungan Gladi")
    together = start_list(fleet, village_list("7305", 3, 3), choice)
    fleet.wait_finished([*alone, *together], 300)
    with fleet.app.app_context():
        rows = [db.session.get_one(Operation, one).instance for one in [*alone, *together]]
        ids = [each.id for each in rows]
        databases = {each.id: each.database_group.database_name for each in rows}
        paths = server_facts(rows[0].server).paths
        homes = {each.id: paths.instance(f"opensid-{each.scope_code}").home for each in rows}
        db.session.rollback()
    give_own_numbers(fleet, databases[ids[3]])
    return Ground(fleet, ids[:3], ids[3:], databases, homes)


@contextmanager
def unchanged(ground: Ground) -> Iterator[None]:
    """No byte of any village changes, and nothing of a rehearsal is left."""
    before = production(ground.fleet, ground.everyone)
    yield
    assert production(ground.fleet, ground.everyone) == before
    assert_nothing_left(ground.fleet)


def verdicts_of(seen: RehearsalSummary) -> list[Verdict]:
    return [line.verdict for line in seen.lines]


def expect(seen: RehearsalSummary, wanted: list[Verdict]) -> None:
    told = {line.name: line.findings for line in seen.lines}
    assert verdicts_of(seen) == wanted, told


def codes_of(seen: RehearsalSummary, number: int = 0) -> list[str]:
    return [str(each["code"]) for each in seen.lines[number].findings]


@dataclass
class Visitors:
    """Asks every village's home page without pause."""

    ground: Ground
    answers: Counter[str] = field(default_factory=Counter)
    stop: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> Visitors:
        with self.ground.fleet.app.app_context():
            rows = [db.session.get_one(Instance, one) for one in self.ground.everyone]
            server = server_facts(rows[0].server)
            domains = [row.home.domain for row in rows]
            db.session.rollback()
        root = trusted_root(server.paths)

        def ask() -> None:
            while not self.stop.is_set():
                for domain in domains:
                    answer = get_through_edge(
                        server.edge_address, server.https_port, domain, "/", ca_file=root
                    )
                    version = answer.headers.get("x-contoh-versi", "?")
                    self.answers[f"{answer.status} {version}"] += 1
                self.stop.wait(0.2)

        self.thread = threading.Thread(target=ask)
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop.set()
        self.thread.join()


def test_a_good_release_is_green_for_all_and_visitors_notice_nothing(ground: Ground) -> None:
    good = add_variant(ground.fleet, "baik")
    with unchanged(ground), Visitors(ground) as visitors:
        seen = rehearse(ground.fleet, good, ground.everyone, at_once=2)
    expect(seen, [Verdict.GREEN] * 6)
    assert set(visitors.answers) == {"200 2408.0.0"} and visitors.answers.total() > 12
    assert seen.red_causes == () and "6 desa" in seen.untouched
    own = seen.lines[0].measures
    assert own["proof"]["grants"] == [
        f"GRANT ALL PRIVILEGES ON `gladi\\_{seen.lines[0].operation_id}\\_"
        f"{ground.databases[ground.alone[0]].replace('_', chr(92) + '_')}`.*"
    ]
    assert own["dump_bytes"] > 1000 and own["migrate_s"] > 0 and own["first_page_s"] > 0
    assert own["hold_s"] > own["migrate_s"] + own["dump_s"]


def test_villages_of_one_database_are_rehearsed_by_one_operation(ground: Ground) -> None:
    with unchanged(ground):
        seen = rehearse(ground.fleet, add_variant(ground.fleet, "baik"), [ground.together[1]])
    assert [line.instance_id for line in seen.lines] == ground.together
    assert len({line.operation_id for line in seen.lines}) == 1
    assert [line.measures["is_probed"] for line in seen.lines] == [True] * 3


def test_only_the_village_with_dirty_data_is_red_and_the_cause_is_named(ground: Ground) -> None:
    soil(ground.fleet, ground.databases[ground.alone[1]], "tanggal-nol")
    strict = add_variant(ground.fleet, "data-kotor")
    with unchanged(ground):
        seen = rehearse(ground.fleet, strict, ground.alone, at_once=2)
    expect(seen, [Verdict.GREEN, Verdict.RED, Verdict.GREEN])
    assert codes_of(seen, 1) == ["pemindahan", "data:tanggal_nol:artikel.tgl_upload"]
    assert seen.in_words == "2 hijau, 1 merah; 1 gagal karena 1 sebab"
    assert "Tanggal tidak sah" in seen.red_causes[0].title


def test_a_finding_in_a_combined_database_is_told_of_its_own_village(ground: Ground) -> None:
    name = ground.databases[ground.together[0]]
    soil(ground.fleet, name, "tanggal-nol")
    with unchanged(ground):
        seen = rehearse(ground.fleet, add_variant(ground.fleet, "baik"), ground.together)
    expect(seen, [Verdict.YELLOW, Verdict.GREEN, Verdict.GREEN])


@pytest.mark.parametrize("mode", ["alone", "together"])
def test_rows_that_a_migration_deletes_are_missed_village_by_village(
    ground: Ground, mode: str
) -> None:
    deleting = add_variant(ground.fleet, "menghapus-baris")
    ids = getattr(ground, mode)
    with unchanged(ground):
        seen = rehearse(ground.fleet, deleting, ids[:1])
    assert set(verdicts_of(seen)) == {Verdict.RED}
    for number in range(len(seen.lines)):
        assert "hilang" in codes_of(seen, number)
        sentence = str(seen.lines[number].findings[0]["sentence"])
        assert "berkurang" in sentence


@pytest.mark.parametrize(
    ("variant", "code"),
    [
        ("migrasi-gagal", "pemindahan"),
        ("beranda-500", "halaman"),
        ("tidak-sehat", "tidak_sehat"),
        ("menggantung", "menggantung"),
        ("menggantung-sql", "menggantung"),
    ],
)
def test_each_way_of_being_broken_is_red_by_its_own_code(
    ground: Ground, variant: str, code: str
) -> None:
    if code == "menggantung":
        allow_any_load(ground.fleet, HANGS_AFTER_S)
    seed_files(ground.homes[ground.alone[0]] / "desa")
    broken = add_variant(ground.fleet, variant)
    with unchanged(ground):
        seen = rehearse(ground.fleet, broken, ground.alone[:1])
    allow_any_load(ground.fleet, HANGS_AFTER_S * 4)
    expect(seen, [Verdict.RED])
    assert codes_of(seen)[0] == code
    assert seen.red_causes[0].count == 1 and seen.red_causes[0].hint


def test_a_migration_that_changes_files_changes_its_view_only(ground: Ground) -> None:
    for instance_id in ground.alone[:2]:
        seed_files(ground.homes[instance_id] / "desa")
    changing = add_variant(ground.fleet, "mengubah-berkas")
    with unchanged(ground):
        seen = rehearse(ground.fleet, changing, ground.alone[:1])
    assert verdicts_of(seen) == [Verdict.RED]  # it deletes pictures: the balance of files says so
    assert codes_of(seen) == ["hilang"] * len(codes_of(seen))


def test_seconds_of_a_slow_migration_are_foretold_within_a_quarter(ground: Ground) -> None:
    """The rehearsal of two villages, then the real update of the same two, one after another."""
    slow = add_variant(ground.fleet, "lambat", seconds=SLEEPS_S)
    chosen = ground.alone[::2]
    with unchanged(ground):
        seen = rehearse(ground.fleet, slow, chosen)
    expect(seen, [Verdict.GREEN] * 2)
    for line in seen.lines:
        taken = _update(ground, line.instance_id, slow)
        assert abs(line.measures["migrate_s"] / taken - 1) <= WITHIN


def _update(ground: Ground, instance_id: int, release_id: int) -> float:
    """Seconds of the real migration."""
    with ground.fleet.app.app_context():
        operation_id = order_update(instance_id, release_id, by="uji")
    ground.fleet.wait_finished([operation_id])
    with ground.fleet.app.app_context():
        operation = db.session.get_one(Operation, operation_id)
        assert operation.state is OperationState.SUCCEEDED, operation.error_message
        found = {step.name: step.duration_ms / 1000 for step in operation.steps}
        db.session.rollback()
        return found["migrate"]


def test_an_update_waits_for_a_rehearsal_and_then_goes_on(ground: Ground) -> None:
    """They share the lock of a combined database; whoever comes second waits its turn."""
    slow = add_variant(ground.fleet, "lambat", seconds=4)
    good = add_variant(ground.fleet, "baik")
    rehearsal_id = begin(ground.fleet, slow, ground.together)

    def is_migrating() -> bool:
        steps = select(Operation).filter_by(rehearsal_id=rehearsal_id)
        found = db.session.scalars(steps).one().steps
        return any(s.name == "clone" and s.state is StepState.DONE for s in found)

    ground.fleet.wait_for(is_migrating, 60, "the clone")
    ground.fleet.start_worker()
    with ground.fleet.app.app_context():
        update = order_update(ground.together[2], good, by="uji")
    seen = finish(ground.fleet, rehearsal_id)
    assert Verdict.RED not in verdicts_of(seen)
    ground.fleet.wait_finished([update])
    with ground.fleet.app.app_context():
        operation = db.session.get_one(Operation, update)
        assert operation.state is OperationState.SUCCEEDED, operation.error_message
        rehearsed = db.session.scalars(select(Operation).filter_by(rehearsal_id=rehearsal_id)).one()
        first = next(step for step in operation.steps if step.name == "check")
        assert first.started_at >= rehearsed.finished_at
        db.session.rollback()
    assert_nothing_left(ground.fleet)
