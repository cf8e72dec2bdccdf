"""The guard looks at a wave through the edge's log: it halts for a rise, once, and for no other."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from siappakai.models import Event, RolloutState, Server, db, transaction
from siappakai.rollout import acts
from siappakai.rollout.drive import advance
from siappakai.rollout.watch import watch_all
from siappakai.rollout.watch_rows import WaveSeen
from siappakai.rollout.watch_samples import _wants_visit
from siappakai.rollout.watch_sides import Move
from siappakai.rollout.watch_state import SAMPLES, Samples
from tests.integration.rows.watched import Day, at


@pytest.fixture
def day(app: Flask, tmp_path: Path) -> Day:
    return Day.begin(tmp_path / "srv")


def counts(verdict: dict[str, Any], group: str = "new") -> tuple[int, int]:
    return verdict["numbers"][group]["requests"], verdict["numbers"][group]["errors"]


def test_a_rise_halts_with_the_numbers_and_the_rest_stays_untouched(day: Day) -> None:
    day.visitors(day.keys, -60, 10)
    day.move_wave()
    day.visitors(day.keys[:2], 14, 60, fails=10)
    day.visitors(day.keys[2:], 14, 60)
    day.look(60)
    verdict = day.verdict()
    assert verdict["kind"] == "naik"
    assert counts(verdict) == (92, 9)
    assert counts(verdict, "before") == (120, 0)
    assert day.state() == RolloutState.HALTED
    told = day.rollout().blocked_because
    assert told == verdict["alarm"]
    assert told.startswith("Tertahan oleh penjaga: Gelombang 1. Galat naik: 9,8 % dari 92 ")
    assert day.untouched() == 4
    words = [each.word for each in db.session.query(Event).filter_by(by="penjaga")]
    assert words == ["rollout_wave_alarm"]


def test_a_calm_wave_lets_the_next_one_begin(day: Day) -> None:
    day.visitors(day.keys, -60, 10)
    day.move_wave()
    day.visitors(day.keys, 14, 140)
    for until in (40, 100, 140):
        day.look(until)
    verdict = day.verdict()
    assert (verdict["kind"], verdict["is_final"], verdict["alarm"]) == ("tenang", True, "")
    assert counts(verdict) == (252, 0)
    advance(day.rollout_id)
    assert day.state() == RolloutState.RUNNING
    assert day.untouched() == 2


def test_without_visitors_it_says_so_and_holds_nobody(day: Day) -> None:
    day.move_wave()
    day.look(60)
    assert day.verdict()["sentence"].startswith("Belum cukup data: Baru 0 kunjungan")
    day.look(140)
    verdict = day.verdict()
    assert verdict["kind"] == "belum cukup data"
    assert verdict["sentence"].endswith("Masa amatan selesai tanpa kesimpulan.")
    assert verdict["alarm"] == ""
    advance(day.rollout_id)
    assert (day.state(), day.untouched()) == (RolloutState.RUNNING, 2)


def test_errors_before_and_during_the_update_are_not_the_new_releases(day: Day) -> None:
    day.visitors(day.keys, -60, 10, fails=7)
    day.visitors(day.keys[:2], 10, 13, each=20, fails=1, seconds=2.5)
    day.move_wave()
    day.visitors(day.keys, 14, 60)
    day.look(60)
    assert counts(day.verdict()) == (92, 0)
    assert day.state() == RolloutState.RUNNING


def test_one_village_that_only_fails_is_called_by_its_name(day: Day) -> None:
    day.move_wave()
    day.visitors(day.keys[:1], 14, 30, fails=1)
    day.visitors(day.keys[1:], 14, 30)
    day.look(40)
    assert "Gelombang 1. Desa 2001 menjawab galat 16 dari 16" in day.verdict()["alarm"]


def test_every_request_is_counted_once_however_often_one_looks(day: Day) -> None:
    day.move_wave()
    for begin in range(14, 74, 10):
        day.visitors(day.keys, begin, begin + 10)
        day.look(begin + 8)
        day.look(begin + 8)
    day.look(90)
    assert counts(day.verdict()) == (120, 0)
    assert counts(day.verdict(), "old") == (240, 0)


def test_a_look_that_died_before_it_was_written_is_made_again(day: Day) -> None:
    day.move_wave()
    day.visitors(day.keys, 14, 40)
    day.look(30)
    kept = dict(day.rollout().guard)
    day.look(50)
    first = day.verdict()
    with transaction():
        day.rollout().guard = kept
    day.look(50)
    assert day.verdict() == first
    assert counts(first) == (52, 0)


def test_a_late_writer_finds_that_somebody_else_has_looked(day: Day) -> None:
    day.move_wave()
    day.visitors(day.keys, 14, 40)
    day.look(30)
    looks = day.rollout().guard["looks"]
    watch_all()
    watch_all()
    assert day.rollout().guard["looks"] == looks + 1
    assert counts(day.verdict()) == (52, 0)


def test_after_a_person_went_on_only_something_worse_halts_again(day: Day) -> None:
    day.move_wave()
    day.visitors(day.keys[:2], 14, 50, fails=10)
    day.visitors(day.keys[2:], 14, 110)
    day.look(50)
    assert day.state() == RolloutState.HALTED
    acts.resume(day.rollout_id, by="ani")
    day.visitors(day.keys[:2], 50, 80, fails=10)
    day.look(80)
    assert day.state() == RolloutState.RUNNING
    assert day.verdict()["seen"].startswith("Tertahan oleh penjaga")
    day.visitors(day.keys[:2], 80, 110, each=3, fails=2)
    day.look(110)
    assert day.state() == RolloutState.HALTED


def test_an_alarm_while_a_person_has_paused_waits_for_them(day: Day) -> None:
    day.move_wave()
    acts.pause(day.rollout_id, by="ani")
    day.visitors(day.keys[:2], 14, 50, fails=5)
    day.visitors(day.keys[2:], 14, 50)
    day.look(50)
    assert day.state() == RolloutState.PAUSED
    assert day.verdict()["alarm"]


def test_a_village_that_went_back_is_among_the_old_ones_again(day: Day) -> None:
    day.move_wave()
    day.visitors(day.keys[:2], 14, 60)
    day.look(40)
    acts.return_wave(day.rollout_id, 1, by="ani")
    day.move_wave(held=60, switched=63, ends=133)
    day.visitors(day.keys[:2], 64, 84, fails=4)
    day.look(100)
    verdict = day.verdict()
    assert counts(verdict) == (92, 0)
    assert counts(verdict, "old") == (40, 10)


def test_a_log_that_was_removed_is_told(day: Day) -> None:
    day.move_wave()
    day.visitors(day.keys, 14, 40)
    day.look(40)
    (day.logs / "sites.log").unlink()
    day.visitors(day.keys, 41, 60, seconds=0.2)
    day.look(60)
    verdict = day.verdict()
    assert "Sebagian log pintu masuk sudah tidak ada" in verdict["sentence"]
    assert counts(verdict) == (52 + 38, 0)


def test_a_server_elsewhere_is_named_instead_of_guessed_at(day: Day) -> None:
    with transaction():
        db.session.query(Server).one().connection = "ssh"
    day.move_wave()
    day.visitors(day.keys, 14, 40)
    day.look(60)
    verdict = day.verdict()
    assert verdict["kind"] == "belum cukup data"
    assert verdict["sentence"].endswith("Log server local belum dapat dibaca dari panel.")


def test_the_last_wave_has_its_last_word_after_the_rollout_has_finished(
    app: Flask, tmp_path: Path
) -> None:
    day = Day.begin(tmp_path / "srv", waves=(2,), bake_s=60)
    day.visitors(day.keys, -60, 10)
    day.move_wave()
    day.visitors(day.keys, 14, 80)
    day.look(60)
    advance(day.rollout_id)
    assert day.state() == RolloutState.FINISHED
    day.look(80)
    assert day.verdict()["is_final"]
    guard = day.rollout().guard
    assert (guard["waves"], guard["cursors"], guard["until_s"]) == ({}, {}, None)


def test_without_the_guard_nothing_is_looked_at(app: Flask, tmp_path: Path) -> None:
    day = Day.begin(tmp_path / "srv", use_guard=False)
    day.move_wave()
    day.visitors(day.keys[:2], 14, 50, fails=2)
    day.look(60)
    assert (day.verdict(), day.rollout().guard) == ({}, {})
    assert day.state() == RolloutState.RUNNING


def test_errors_in_the_logs_of_the_new_ones_halt_when_visitors_notice_nothing(
    app: Flask, tmp_path: Path
) -> None:
    day = Day.begin(tmp_path / "srv", waves=(4, 12))
    day.move_wave()
    day.visitors(day.keys, 14, 40)
    day.look(30)
    found = Samples(
        new={key: {"Undefined variable $penduduk": 3} for key in day.keys[:4]},
        old={key: {} for key in day.keys[4:]},
        paid={day.keys[0]: 2},
    )
    with transaction():
        rollout = day.rollout()
        rollout.guard = {**rollout.guard, SAMPLES: {"1": found.as_json()}}
    day.look(40)
    verdict = day.verdict()
    assert verdict["numbers"]["logs"] == [4, 4, 0, 12]
    assert verdict["numbers"]["visits"] == 2
    assert "Galat di log: 4 dari 4 aplikasi pada rilis baru, 0 dari 12" in verdict["alarm"]
    assert day.state() == RolloutState.HALTED
    acts.resume(day.rollout_id, by="ani")
    day.look(140)
    assert (day.state(), day.rollout().guard[SAMPLES]) == (RolloutState.RUNNING, {})


@pytest.mark.parametrize(("ago_s", "paid", "wants"), [(1, 0, True), (1, 1, False), (31, 3, True)])
def test_our_own_visits_are_spread_over_the_bake(
    day: Day, ago_s: int, paid: int, wants: bool
) -> None:
    key, other = day.keys[:2]
    moves = {key: [Move(time.time() - ago_s - 3, time.time() - ago_s, 1, 2)]}
    wave = WaveSeen(1, "Gelombang 1", at(0), 120, None, frozenset(day.instances[:2]), "")
    found = Samples(paid={key: paid})
    assert _wants_visit(key, wave, moves, found, {}) is wants
    assert not _wants_visit(key, wave, moves, found, {key: 12})
    assert not _wants_visit(other, wave, moves, found, {})
