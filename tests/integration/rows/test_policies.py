"""Villages follow releases as they were told: one, many, a whole district."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import select

from siappakai.cli import main
from siappakai.errors import InvalidInput, NotFound
from siappakai.models import Channel, Event, Instance, Release, db, transaction
from siappakai.provision import policies
from siappakai.provision.install_queue import queue_installs
from siappakai.provision.policies import Following, following_of
from tests.cast import BONTOKANANG, TAMASAJU, add_release, add_server, add_villages
from tests.rollout_cast import add_fleet, add_offered_release, combine

ELSEWHERE = "7305022001"


@pytest.fixture
def ids(app: Flask, tmp_path: Path) -> list[int]:
    """Instances of two villages of one district, and one of another."""
    add_server(tmp_path / "srv")
    release_id = add_release()
    add_villages(TAMASAJU, BONTOKANANG, ELSEWHERE)
    with transaction():
        release = db.session.get_one(Release, release_id)
        queue_installs([TAMASAJU, BONTOKANANG, ELSEWHERE], release, by="ani")
    return list(db.session.scalars(select(Instance.id).order_by(Instance.scope_code.desc())))[::-1]


def changes() -> list[Event]:
    return list(db.session.scalars(select(Event).filter_by(word="policy_changed")))


def test_villages_are_found_by_code_and_by_district(ids: list[int]) -> None:
    here = policies.find_instances([TAMASAJU, "73.05.05.2002"])
    assert len(here) == 2 and policies.find_instances(districts=["73.05.05"]) == here
    assert policies.find_instances([TAMASAJU], ["730505", "730502"]) == [
        *here,
        *policies.find_instances([ELSEWHERE]),
    ]
    for wrong in ({"codes": ["7305052009"]}, {"districts": ["730599"]}):
        with pytest.raises(NotFound):
            policies.find_instances(**wrong)
    with pytest.raises(NotFound):
        policies.find_instances([TAMASAJU], product="pbb")


def test_each_change_is_kept_with_who_and_why_and_only_once(ids: list[int]) -> None:
    two = policies.find_instances(districts=["730505"])
    until = policies.today() + timedelta(days=30)
    assert policies.set_channel(two, Channel.FAST, by="ani") == 2
    assert policies.pin(two[:1], by="ani", reason="pelatihan") == 1
    assert policies.hold(two[1:], until, by="ani", reason="musim panen") == 1
    assert policies.set_channel(two, Channel.FAST, by="budi") == 0
    assert following_of(two[0]) == Following(Channel.FAST, True, None, "pelatihan")
    assert following_of(two[1]) == Following(Channel.FAST, False, until, "musim panen")
    assert following_of(policies.find_instances([ELSEWHERE])[0]) == Following()
    assert policies.let_go(two, by="ani") == 2
    assert {following_of(each) for each in two} == {Following(Channel.FAST)}
    assert len(changes()) == 6 and {each.by for each in changes()} == {"ani"}
    assert changes()[3].fields["held_until"] == until.isoformat()


def test_pinning_and_holding_want_a_reason_and_a_day_to_come(ids: list[int]) -> None:
    for wrong in ("", "  ", "x" * 201):
        with pytest.raises(InvalidInput):
            policies.pin(ids, by="ani", reason=wrong)
    with pytest.raises(InvalidInput, match="sudah lewat"):
        policies.hold(ids, policies.today() - timedelta(days=1), by="ani", reason="x")
    assert policies.hold(ids, policies.today(), by="ani", reason="x") == 3
    with pytest.raises(NotFound):
        policies.pin([*ids, 99], by="ani", reason="semua atau tidak satu pun")
    assert not any(following_of(each).is_pinned for each in ids)


def test_the_command_line_says_whom_a_combined_database_binds(
    app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("siappakai.cli.create_app", lambda: app)
    fleet = add_fleet(tmp_path / "srv", 4, add_offered_release("2408.0.0"))
    combine(fleet[:3], "Takalar")
    codes = [db.session.get_one(Instance, each).scope_code for each in fleet]

    def run(*words: str) -> str:
        answer = CliRunner().invoke(main, ["desa", *words])
        db.session.rollback()
        return answer.output

    shared = "Berbagi basis data gabungan (Takalar): {} desa lain ikut {}."
    assert shared.format(2, "tertahan") in run("sematkan", codes[0], "--alasan", "panen")
    held = run("tahan", codes[1], "--sampai", "2099-12-31", "--alasan", "panen")
    assert shared.format(2, "tertahan") in held
    slow = run("kanal", "lambat", *codes[:2])
    assert shared.format(1, "mengikuti kanal paling lambat") in slow
    assert "gabungan" not in run("sematkan", codes[3], "--alasan", "panen")
    assert "gabungan" not in run("kanal", "biasa", *codes[:3])
    assert "Takalar masih tertahan oleh Desa 2." in run("lepaskan", codes[0])
    assert "masih" not in run("lepaskan", codes[1])


def test_the_command_line_changes_many_at_once(
    ids: list[int], app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("siappakai.cli.create_app", lambda: app)

    def run(*words: str) -> tuple[int, str]:
        answer = CliRunner().invoke(main, ["desa", *words])
        db.session.rollback()
        return answer.exit_code, answer.output

    assert run("kanal", "lambat", "--kecamatan", "730505") == (
        0,
        "2 aplikasi diubah, 0 sudah demikian.\n",
    )
    assert run("sematkan", TAMASAJU, "--alasan", "pelatihan")[0] == 0
    assert run("tahan", ELSEWHERE, "--sampai", "2099-12-31", "--alasan", "panen")[0] == 0
    assert run("sematkan", TAMASAJU)[0] == 2 and run("lepaskan")[0] == 1
    code, said = run("lepaskan", TAMASAJU, BONTOKANANG)
    assert (code, said) == (0, "1 aplikasi diubah, 1 sudah demikian.\n")
    held = following_of(policies.find_instances([ELSEWHERE])[0])
    assert held.held_until_on is not None and held.held_until_on.year == 2099
