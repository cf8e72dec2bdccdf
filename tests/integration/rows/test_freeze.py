"""A plan is frozen whole, approved only as it was shown, and refused once the fleet moved."""

from __future__ import annotations

import hashlib
import json
import time
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import python_calamine
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from siappakai.errors import InvalidInput, NotFound, Refused
from siappakai.models import (
    Event,
    Instance,
    InstancePolicy,
    ItemState,
    Release,
    ReleaseState,
    Rollout,
    RolloutItem,
    RolloutState,
    RolloutWave,
    Verdict,
    db,
    transaction,
    write_setting,
)
from siappakai.rollout.draft import draft_plan
from siappakai.rollout.freeze import approve, freeze_plan, read_plan, refuse_outdated
from siappakai.rollout.plan import Plan, canonical, plan_sha256
from siappakai.rollout.plan_export import export_plan, export_plan_json
from siappakai.rollout.policy import PRESETS, RolloutPolicy
from tests.rollout_cast import add_fleet, add_offered_release, add_rehearsal, combine

POLICY = RolloutPolicy(canary_count=1, wave_percents=(50, 100), confirm_waves=(2,), bake_s=60)


def everywhere(_server: object, _digest: str) -> bool:
    return True


def all_there(_rollout: Rollout) -> list[str]:
    return []


@pytest.fixture
def releases(app: Flask) -> tuple[int, int]:
    return add_offered_release("2408.0.0"), add_offered_release("2410.0.0")


@pytest.fixture
def fleet(releases: tuple[int, int], tmp_path: Path) -> list[int]:
    """Six villages, the last three in one combined database."""
    ids = add_fleet(tmp_path / "srv", 6, releases[0])
    combine(ids[3:], "Takalar")
    return ids


@pytest.fixture
def rollout(releases: tuple[int, int], fleet: list[int]) -> Rollout:
    """A frozen plan that waits for approval."""
    plan = draft_plan(releases[1], POLICY, everywhere)
    return db.session.get_one(Rollout, freeze_plan(plan, POLICY, title="November", by="ani"))


def events(word: str) -> list[Event]:
    return list(db.session.scalars(select(Event).filter_by(word=word)))


def test_waves_and_items_are_written_as_planned(rollout: Rollout, fleet: list[int]) -> None:
    plan, policy = read_plan(rollout)
    assert policy == POLICY
    assert (rollout.state, rollout.title, rollout.created_by) == ("rencana", "November", "ani")
    assert [(w.number, w.name, w.bake_s, w.waits_for_person) for w in rollout.waves] == [
        (1, "Kenari", 60, False),
        (2, "Gelombang 2", 60, True),
        (3, "Gelombang 3", 60, False),
    ]
    assert [(i.wave_number, i.position, i.instance_id) for i in rollout.items] == [
        (move.wave, move.position, move.instance_id) for move in plan.moves
    ]
    group = next(each for each in rollout.items if each.instance_id == fleet[3])
    assert group.members == fleet[3:]
    assert {each.state for each in rollout.items} == {ItemState.WAITING}
    (told,) = events("rollout_planned")
    assert (told.subject, told.fields["sha256"]) == (f"rollout:{rollout.id}", rollout.plan_sha256)


def test_only_what_is_on_offer_is_frozen_and_approved(
    releases: tuple[int, int], fleet: list[int]
) -> None:
    plan = draft_plan(releases[1], POLICY, everywhere)
    number = freeze_plan(plan, POLICY, title="November", by="ani")
    with transaction():
        db.session.get_one(Release, releases[1]).state = ReleaseState.TESTED
    for act in (
        lambda: freeze_plan(plan, POLICY, title="Sekali lagi", by="ani"),
        lambda: approve(number, plan_sha256(plan, POLICY, plan.wanted), by="budi", gate=all_there),
    ):
        with pytest.raises(Refused, match="sekarang teruji; hanya yang ditawarkan") as told:
            act()
        assert "Tawarkan" in told.value.hint
    assert db.session.scalar(select(func.count(Rollout.id))) == 1


def test_a_plan_that_moves_nobody_is_not_frozen(
    releases: tuple[int, int], fleet: list[int]
) -> None:
    plan = draft_plan(releases[0], POLICY, everywhere)
    with pytest.raises(Refused, match="Tidak ada yang berpindah"):
        freeze_plan(plan, POLICY, title="Kosong", by="ani")
    assert db.session.scalar(select(func.count(Rollout.id))) == 0


@pytest.mark.parametrize("title", ["", "  ", "x" * 121])
def test_a_rollout_has_a_title(releases: tuple[int, int], fleet: list[int], title: str) -> None:
    plan = draft_plan(releases[1], POLICY, everywhere)
    with pytest.raises(InvalidInput, match="Judul"):
        freeze_plan(plan, POLICY, title=title, by="ani")


def test_a_failure_while_freezing_leaves_nothing_behind(
    releases: tuple[int, int], fleet: list[int]
) -> None:
    plan = draft_plan(releases[1], POLICY, everywhere)
    twice = Plan(
        plan.wanted,
        plan.made_at,
        (plan.moves[0], plan.moves[0]),
        plan.stays,
        plan.waves,
        plan.estimates,
        plan.warnings,
    )
    with pytest.raises(IntegrityError):
        freeze_plan(twice, POLICY, title="Dua kali", by="ani")
    for table in (Rollout, RolloutWave, RolloutItem):
        assert db.session.scalar(select(func.count()).select_from(table)) == 0


def test_an_approved_plan_says_by_whom(rollout: Rollout) -> None:
    approve(rollout.id, rollout.plan_sha256, by="budi", gate=all_there)
    db.session.refresh(rollout)
    assert (rollout.state, rollout.approved_by) == (RolloutState.APPROVED, "budi")
    assert rollout.approved_at is not None
    assert [each.by for each in events("rollout_approved")] == ["budi"]
    with pytest.raises(Refused, match="sudah disetujui"):
        approve(rollout.id, rollout.plan_sha256, by="cici", gate=all_there)


def still_planned(rollout: Rollout) -> bool:
    db.session.refresh(rollout)
    return rollout.state == RolloutState.PLANNED and not events("rollout_approved")


def test_another_hash_than_shown_is_refused(rollout: Rollout) -> None:
    with pytest.raises(Refused, match="bukan yang tadi ditampilkan"):
        approve(rollout.id, "0" * 64, by="budi", gate=all_there)
    assert still_planned(rollout)


def test_an_unknown_rollout_is_told(app: Flask) -> None:
    with pytest.raises(NotFound):
        approve(99, "0" * 64, by="budi", gate=all_there)


def test_a_second_person_approves_when_the_setting_asks(rollout: Rollout) -> None:
    with transaction():
        write_setting("rollout.second_approver", True, by="admin")
    with pytest.raises(Refused, match="orang lain"):
        approve(rollout.id, rollout.plan_sha256, by="ani", gate=all_there)
    assert still_planned(rollout)
    approve(rollout.id, rollout.plan_sha256, by="budi", gate=all_there)


def test_without_that_setting_the_maker_approves_alone(rollout: Rollout) -> None:
    approve(rollout.id, rollout.plan_sha256, by="ani", gate=all_there)


def test_a_missing_image_is_named_and_refused(rollout: Rollout) -> None:
    with pytest.raises(Refused, match="Server dua belum punya citra 2410.0.0."):
        approve(
            rollout.id,
            rollout.plan_sha256,
            by="budi",
            gate=lambda _rollout: ["Server dua belum punya citra 2410.0.0."],
        )
    assert still_planned(rollout)


@pytest.mark.parametrize("what", ["plan", "policy"])
def test_a_plan_that_was_tampered_with_is_refused(rollout: Rollout, what: str) -> None:
    with transaction():
        row = db.session.get_one(Rollout, rollout.id)
        if what == "plan":
            moves = [{**each, "wave": 1} for each in row.plan["moves"]]
            row.plan = {**row.plan, "moves": moves}
        else:
            row.policy = {**row.policy, "use_guard": False}
    with pytest.raises(Refused, match="tidak sama dengan yang dibekukan"):
        approve(rollout.id, rollout.plan_sha256, by="budi", gate=all_there)
    assert still_planned(rollout)


def test_a_fleet_that_moved_refuses_the_plan_and_says_what(
    rollout: Rollout, fleet: list[int], releases: tuple[int, int]
) -> None:
    refuse_outdated(rollout)
    with transaction():
        db.session.get_one(Instance, fleet[0]).recorded_release_id = releases[1]
        db.session.add(InstancePolicy(instance_id=fleet[4], is_pinned=True, set_by="admin"))
    with pytest.raises(Refused) as told:
        approve(rollout.id, rollout.plan_sha256, by="budi", gate=all_there)
    assert "Desa 1: sekarang memakai versi 2410.0.0, bukan 2408.0.0." in told.value.message
    assert "Gabungan Takalar: disematkan pada versinya." in told.value.message
    assert still_planned(rollout)


def test_a_rehearsal_that_turned_red_refuses_the_plan(
    rollout: Rollout, fleet: list[int], releases: tuple[int, int]
) -> None:
    add_rehearsal(releases[1], {fleet[1]: Verdict.RED})
    with pytest.raises(Refused, match="Desa 2: gladi bersih sesudahnya merah"):
        refuse_outdated(rollout)


def test_a_rebuilt_or_withdrawn_release_refuses_the_plan(
    rollout: Rollout, releases: tuple[int, int]
) -> None:
    with transaction():
        release = db.session.get_one(Release, releases[1])
        release.state, release.state_reason = ReleaseState.WITHDRAWN, "menghapus surat"
    with pytest.raises(Refused, match="sekarang ditarik \\(menghapus surat\\)"):
        approve(rollout.id, rollout.plan_sha256, by="budi", gate=all_there)
    with transaction():
        release = db.session.get_one(Release, releases[1])
        release.state, release.digest = ReleaseState.OFFERED, "sha256:" + "c" * 64
    with pytest.raises(Refused, match="dibangun ulang"):
        approve(rollout.id, rollout.plan_sha256, by="budi", gate=all_there)


def test_the_exported_sheets_hold_every_move_and_stay(
    rollout: Rollout, releases: tuple[int, int]
) -> None:
    book = python_calamine.load_workbook(BytesIO(export_plan(rollout, ZoneInfo("Asia/Makassar"))))
    assert book.sheet_names == ["Ringkasan", "Gelombang", "Pindah", "Tetap"]
    moves = book.get_sheet_by_name("Pindah").to_python()
    plan, _ = read_plan(rollout)
    assert [row[2] for row in moves[1:]] == [move.label for move in plan.moves]
    summary = dict(row[:2] for row in book.get_sheet_by_name("Ringkasan").to_python()[1:])
    assert summary["Sidik rencana"] == rollout.plan_sha256
    assert "WITA" in summary["Rencana dibuat"]


def test_plan_and_export_speak_in_the_regencys_own_words(
    releases: tuple[int, int], fleet: list[int]
) -> None:
    with transaction():
        write_setting("local_words", {"village": "nagari"}, by="ani")
    plan = draft_plan(releases[1], POLICY, everywhere)
    assert any("satu nagari menunggu" in each for each in plan.estimates.sentences)
    made = db.session.get_one(Rollout, freeze_plan(plan, POLICY, title="Uji", by="ani"))
    book = python_calamine.load_workbook(BytesIO(export_plan(made, home="nagari")))
    for sheet in ("Gelombang", "Pindah"):
        assert "Jumlah nagari" in book.get_sheet_by_name(sheet).to_python()[0]


def test_a_name_that_looks_like_a_formula_stays_text(
    releases: tuple[int, int], fleet: list[int]
) -> None:
    with transaction():
        db.session.get_one(Instance, fleet[0]).village.name = '=HYPERLINK("x")'
    plan = draft_plan(releases[1], POLICY, everywhere)
    made = db.session.get_one(Rollout, freeze_plan(plan, POLICY, title="=1+1", by="ani"))
    book = python_calamine.load_workbook(BytesIO(export_plan(made)))
    names = [row[2] for row in book.get_sheet_by_name("Pindah").to_python()]
    assert '=HYPERLINK("x")' in names


def test_the_hash_can_be_computed_from_the_exported_json(rollout: Rollout) -> None:
    told = json.loads(export_plan_json(rollout))
    parts = {"plan": told["plan"], "policy": told["policy"], "wanted": told["plan"]["wanted"]}
    assert hashlib.sha256(canonical(parts)).hexdigest() == rollout.plan_sha256


def test_850_villages_are_planned_frozen_and_approved(
    releases: tuple[int, int], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    add_fleet(tmp_path / "srv", 850, releases[0])
    policy, marks = PRESETS["cepat"], [time.perf_counter()]
    now = datetime.now(UTC)
    plan = draft_plan(releases[1], policy, everywhere, now=now)
    marks.append(time.perf_counter())
    rollout_id = freeze_plan(plan, policy, title="Semua", by="ani")
    marks.append(time.perf_counter())
    made = db.session.get_one(Rollout, rollout_id)
    approve(rollout_id, made.plan_sha256, by="budi", gate=all_there)
    marks.append(time.perf_counter())
    drafted, frozen, approved = (b - a for a, b in zip(marks, marks[1:], strict=False))
    with capsys.disabled():
        print(
            f"\n850 villages: drafted {drafted:.2f} s, frozen {frozen:.2f} s, "
            f"approved {approved:.2f} s; {(drafted + frozen + approved) / 3:.2f} of 3 s"
        )
    assert len(made.items) == 850
    assert sum(len(each.members) for each in made.items) == 850
    db.session.refresh(made)
    assert made.state == RolloutState.APPROVED
