"""What the steps of a rehearsal saw becomes rows: of all villages, opened or not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from siappakai.models import Operation, OperationKind, RehearsalItem, Verdict, db, transaction
from siappakai.products.data_checks import Finding, Severity
from siappakai.provision.job import load_job
from siappakai.provision.members import load_members
from siappakai.provision.rehearsal_verdict import write_verdicts
from siappakai.provision.step_context import StepContext
from siappakai.provision.tools import Tools
from siappakai.rollout.candidates import candidates_for
from siappakai.rollout.rehearsal_summary import summarise
from siappakai.rollout.timing import timing_of
from tests.rollout_cast import add_fleet, add_offered_release, add_rehearsal, combine

FORETOLD = Finding("kosong:surat.nama", Severity.RED, 3, "", "3 baris kosong.", "Isi namanya.")


@pytest.fixture
def releases(app: Flask) -> tuple[int, int]:
    return add_offered_release("2408.0.0"), add_offered_release("2410.0.0")


def rehearse(
    releases: tuple[int, int], ids: list[int], opened: int, **told: Any
) -> list[RehearsalItem]:
    """These villages' items after a rehearsal that opened so many of them."""
    rehearsal_id = add_rehearsal(releases[1], dict.fromkeys(ids, Verdict.UNKNOWN))
    with transaction():
        operation = Operation(
            kind=OperationKind.REHEARSE,
            instance_id=ids[0],
            release_id=releases[1],
            rehearsal_id=rehearsal_id,
            requested_by="ani",
        )
        db.session.add(operation)
        db.session.flush()
        operation_id = operation.id
    job = load_job(operation_id)
    results = _results(releases, ids, opened) | told
    tools = Tools(engine=None, databases=None)  # type: ignore[arg-type]
    write_verdicts(StepContext(job, tools, results, load_members(job)))
    return list(
        db.session.scalars(
            db.select(RehearsalItem).filter_by(rehearsal_id=rehearsal_id).order_by(RehearsalItem.id)
        )
    )


def _results(releases: tuple[int, int], ids: list[int], opened: int) -> dict[str, Any]:
    seen = {"prepare_s": 0.5, "proof_s": 2.5, "first_page_s": 0.4, "pages": {}}
    return {
        "check_rehearsal": {"from_version": "2408.0.0", "from_release_id": releases[0]},
        "clone": {"dump_s": 4.0, "load_s": 9.0, "size_bytes": 1000},
        "inspect": {"findings": []},
        "count": {"count_s": 6.0, "measured": {}},
        "try_migration": {"ok": True, "migrate_s": 10.0, "proof": {"grants": []}},
        "probe": {"seen": {str(each): seen for each in ids[:opened]}, "of": len(ids)},
        "compare": {"losses": []},
    }


def test_only_pages_that_were_opened_prove_a_foretold_danger_wrong(
    releases: tuple[int, int], tmp_path: Path
) -> None:
    ids = add_fleet(tmp_path / "srv", 5, releases[0])
    combine(ids, "Takalar")
    items = rehearse(releases, ids, 2, inspect={"findings": [FORETOLD.to_json()]})
    assert [each.verdict for each in items] == [Verdict.YELLOW] * 2 + [Verdict.RED] * 3
    seen = summarise(items[0].rehearsal_id)
    assert seen.opened.startswith("Halaman dibuka 2 dari 5 desa")
    assert [each.is_unopened for each in seen.lines] == [False, False, True, True, True]


def test_nothing_is_said_of_opened_pages_where_all_were(
    releases: tuple[int, int], tmp_path: Path
) -> None:
    ids = add_fleet(tmp_path / "srv", 3, releases[0])
    combine(ids, "Takalar")
    items = rehearse(releases, ids, 3)
    assert summarise(items[0].rehearsal_id).opened == ""
    failed = {"ok": False, "is_hanging": True, "migrate_s": 60.0, "log_tail": "", "proof": {}}
    items = rehearse(releases, ids, 0, try_migration=failed, probe={"skipped": "gagal"})
    assert summarise(items[0].rehearsal_id).opened == ""  # red for all: nothing was there to open


@pytest.mark.parametrize(
    ("count", "hold_s"),
    # dump beside count (6), migration 10, 3 seconds for every three villages, count 6, around 1
    [(1, 26.0), (3, 26.0), (4, 29.0), (30, 53.0)],
)
def test_visitors_of_a_combined_database_wait_for_all_of_its_villages(
    releases: tuple[int, int], tmp_path: Path, count: int, hold_s: float
) -> None:
    ids = add_fleet(tmp_path / "srv", count, releases[0])
    if count > 1:
        combine(ids, "Takalar")
    items = rehearse(releases, ids, min(count, 12))
    assert {each.measures["hold_s"] for each in items} == {hold_s}
    (group,) = candidates_for(releases[1], lambda *_: True)
    assert timing_of(group).hold_s == hold_s  # the plan says what the rehearsal says


def test_a_rehearsal_that_did_not_count_all_its_villages_is_no_measure_of_the_hold(
    releases: tuple[int, int], tmp_path: Path
) -> None:
    ids = add_fleet(tmp_path / "srv", 9, releases[0])
    combine(ids, "Takalar")
    add_rehearsal(releases[1], dict.fromkeys(ids, Verdict.GREEN), hold_s=5.0, migrate_s=3.0)
    (group,) = candidates_for(releases[1], lambda *_: True)
    assert timing_of(group).hold_s == 15.0  # by default 9 for one, and two turns more
