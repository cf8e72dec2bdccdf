"""Each request belongs to the release that answered it, whatever moved in between."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from siappakai.provision.access_logs import Window
from siappakai.provision.traffic import Moments, Sides, Traffic
from siappakai.rollout.guard import GuardKind, GuardVerdict, begin, look
from siappakai.rollout.watch_access import AccessLogs
from siappakai.rollout.watch_sides import Move, Stay, by_release, stay, stay_before_all
from siappakai.rollout.watch_state import (
    GuardState,
    Samples,
    WaveState,
    logs_are_due,
    take_as_usual,
)
from siappakai.rollout.watch_words import Saying, alarm_sentence, sentence
from tests.unit.provision.test_access_logs import BEGIN, line, write

TAMASAJU, BONTOKANANG = "opensid-7305052001", "opensid-7305052002"
OLD, NEW = 1, 2
UPDATE = Move(100.0, 105.0, OLD, NEW)
RETURN = Move(200.0, 204.0, NEW, OLD)
FAILED = Move(100.0, 109.0, OLD, OLD)


def traffic(requests: int, errors: int = 0) -> Traffic:
    seen = Traffic()
    for number in range(requests):
        seen.count(500 if number < errors else 200, 0.1)
    return seen


def test_who_did_not_move_is_on_its_recorded_release() -> None:
    assert stay([], OLD, 90, 100) == Stay(Moments(), OLD)


def test_an_update_inside_has_two_sides() -> None:
    assert stay([UPDATE], NEW, 95, 110) == Stay(Moments(100.0, 105.0), OLD, NEW)


def test_a_move_that_came_after_has_changed_nothing_yet() -> None:
    assert stay([UPDATE], NEW, 80, 100) == Stay(Moments(), OLD)


def test_who_is_held_has_no_second_side_yet() -> None:
    held = Move(100.0, None, OLD, NEW)
    assert stay([held], OLD, 95, 110).moments == Moments(100.0, None)


def test_a_failed_update_was_never_on_the_new_release() -> None:
    stayed = stay([FAILED], OLD, 95, 120)
    assert (stayed.before, stayed.after) == (OLD, OLD)


def test_two_moves_in_one_interval_leave_only_what_follows_them() -> None:
    assert stay([UPDATE, RETURN], OLD, 90, 220) == Stay(Moments(200.0, 204.0), None, OLD)


def test_a_switch_of_the_interval_before_confuses_nobody() -> None:
    assert stay([UPDATE, RETURN], OLD, 150, 220) == Stay(Moments(200.0, 204.0), NEW, OLD)


def test_the_past_ends_with_the_first_move() -> None:
    assert stay_before_all([UPDATE, RETURN], OLD) == Stay(Moments(100.0, None), OLD)
    assert stay_before_all([], NEW) == Stay(Moments(), NEW)


@given(
    st.lists(st.tuples(st.integers(1, 400), st.integers(1, 20)), max_size=4),
    st.integers(0, 400),
    st.integers(1, 200),
)
def test_no_request_is_given_to_a_release_that_did_not_answer(
    pauses: list[tuple[int, int]], from_s: int, length: int
) -> None:
    """Moves to and fro at any times; an instant request a second, compared with the truth."""
    moves, second, release = [], 0, OLD
    for pause, held in pauses:
        other = NEW if release == OLD else OLD
        moves.append(Move(second + pause, second + pause + held, release, other))
        second, release = second + pause + held, other

    def truth(at: float) -> int | None:
        current: int | None = OLD
        for move in moves:
            if at >= move.held_at_s:
                current = move.after if at >= move.served_at_s else None  # type: ignore[operator]
        return current

    stayed = stay(moves, release, from_s, from_s + length)
    for at in range(from_s, from_s + length):
        sides = Sides()
        part = sides.side_of(stayed.moments, at, 0.0)
        told = stayed.before if part is sides.before else stayed.after
        if part is not sides.during and told is not None:
            assert told == truth(at)


def test_traffic_is_grouped_by_what_answered_and_the_unclear_is_left_out() -> None:
    sides = {
        TAMASAJU: Sides(traffic(3), traffic(9), traffic(5)),
        BONTOKANANG: Sides(traffic(7), traffic(0), traffic(0)),
    }
    stays = {TAMASAJU: Stay(Moments(1.0, 2.0), None, NEW), BONTOKANANG: Stay(Moments(), OLD)}
    new, old = by_release(sides, stays, sides, NEW)
    assert {key: each.requests for key, each in new.items()} == {TAMASAJU: 5}
    assert {key: each.requests for key, each in old.items()} == {BONTOKANANG: 7}


def test_one_piece_of_a_log_is_read_once_for_all_rollouts(tmp_path: Path) -> None:
    write(tmp_path, line(1), line(2))
    logs, window = AccessLogs(), Window(0, BEGIN + 100)
    first = logs.read(tmp_path, None, window, {})
    write(tmp_path, line(3))
    assert logs.read(tmp_path, None, window, {}) is first
    assert AccessLogs().read(tmp_path, None, window, {}).lines == 3


# --- what is kept


def test_the_state_survives_json() -> None:
    watch = look(begin({TAMASAJU: traffic(40)}), {TAMASAJU: traffic(50, 2)}, traffic(60, 1))
    state = GuardState(3, 1_790_000_000, {"1": {"offset": 9}}, {2: WaveState(watch)}, {1: "x"})
    kept = GuardState.from_json(state.as_json())
    assert kept.as_json() == state.as_json()
    assert kept.waves[2].watch.errors == watch.errors


def test_the_logs_are_judged_ever_more_seldom() -> None:
    begun = [WaveState(begin(), log_checks=checks, logs_since_s=1000) for checks in range(4)]
    assert [logs_are_due(each, 1059) for each in begun] == [True, True, False, False]
    assert [logs_are_due(each, 1140) for each in begun] == [True, True, True, True]


def test_what_a_person_went_on_with_is_usual_afterwards() -> None:
    watch = look(begin(), {TAMASAJU: traffic(50, 5)}, traffic(60))
    samples = Samples(new={TAMASAJU: {"galat lama": 3}}, old={BONTOKANANG: {}})
    kept = take_as_usual(WaveState(watch, is_raised=True, accepted=("lebih lama",)), samples)
    assert kept.watch.before[TAMASAJU].errors == 5
    assert (kept.is_raised, kept.watch.new) == (False, {})
    assert kept.accepted == ("galat lama", "lebih lama")
    sight = samples.sight(frozenset({TAMASAJU}), kept.accepted)
    assert (sight.new, sight.new_with_errors, sight.old) == (1, 0, 1)


def test_logs_of_a_village_that_went_back_say_nothing_more() -> None:
    samples = Samples(new={TAMASAJU: {"x": 1}, BONTOKANANG: {"x": 1}}, old={"opensid-3": {}})
    assert samples.sight(frozenset({TAMASAJU})).new_with_errors == 1


def test_a_wave_without_enough_to_go_by_ends_with_saying_so() -> None:
    verdict = GuardVerdict(GuardKind.UNKNOWN, "Baru 4 kunjungan ke rilis baru; perlu 30.", {})
    told = [sentence(verdict, Saying("Kenari", {}, "", is_final)) for is_final in (False, True)]
    assert told[0] == "Belum cukup data: Baru 4 kunjungan ke rilis baru; perlu 30."
    assert told[1] == told[0] + " Masa amatan selesai tanpa kesimpulan."


def test_people_read_a_villages_name_and_not_its_key() -> None:
    verdict = GuardVerdict(GuardKind.RISE, f"{TAMASAJU} menjawab galat 9 dari 10 permintaan.", {})
    told = alarm_sentence(verdict, Saying("Kenari", {TAMASAJU: "Tamasaju"}, ""))
    assert told.endswith("Kenari. Tamasaju menjawab galat 9 dari 10 permintaan.")
    assert Counter(told)["–"] == 0
