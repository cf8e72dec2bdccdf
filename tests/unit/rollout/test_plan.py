"""A plan's waves, estimates, warnings, hash, and what makes it outdated."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from siappakai.errors import InvalidInput
from siappakai.rollout.candidate import Candidate, Measured, Member, Rehearsed, Wanted
from siappakai.rollout.outdated import outdated
from siappakai.rollout.plan import Plan, canonical, from_json, make_plan, plan_sha256
from siappakai.rollout.policy import Limits, RolloutPolicy, Window

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
ZONE = "Asia/Makassar"
WANTED = Wanted(9, "2410.0.0", "umum", "opensid", NOW - timedelta(days=30), "sha256:baru")
MEASURED = Measured(dump_s=2.0, migrate_s=3.0, hold_s=8.0, total_s=20.0)


def candidate(number: int, **more: Any) -> Candidate:
    district = f"7305{number % 4:02d}"
    member = Member(number, f"{district}2{number:03d}", f"Desa {number}", district, district)
    made = Candidate(
        group_id=1000 + number,
        instance_id=number,
        members=(member,),
        product="opensid",
        label=member.name,
        release_id=1,
        version="2408.0.0",
        edition="umum",
        digest="sha256:lama",
        rehearsed=Rehearsed("hijau", NOW),
        measured=MEASURED,
    )
    return replace(made, **more)


def combined(number: int, count: int, **more: Any) -> Candidate:
    members = tuple(
        Member(number + n, f"7305992{n:03d}", f"Gabung {n}", "730599", "730599")
        for n in range(count)
    )
    return candidate(number, members=members, is_combined=True, label=f"Gabungan {number}", **more)


def plan_of(candidates: list[Candidate], policy: RolloutPolicy | None = None, **more: Any) -> Plan:
    return make_plan(WANTED, candidates, policy or RolloutPolicy(), NOW, ZONE, **more)


def wave_sizes(plan: Plan) -> list[int]:
    return [wave.villages for wave in plan.waves]


def test_canaries_by_count_then_percents_of_all_villages() -> None:
    plan = plan_of([candidate(n) for n in range(1, 101)])
    assert wave_sizes(plan) == [2, 8, 20, 70]
    assert [wave.name for wave in plan.waves] == [
        *("Kenari", "Gelombang 2", "Gelombang 3", "Gelombang 4"),
    ]


def test_a_wave_that_would_be_empty_is_left_out_and_numbers_stay_whole() -> None:
    plan = plan_of([candidate(n) for n in range(1, 4)])
    assert wave_sizes(plan) == [2, 1]
    assert [wave.number for wave in plan.waves] == [1, 2]


def test_without_canaries_the_first_wave_is_not_called_so() -> None:
    plan = plan_of([candidate(n) for n in range(1, 21)], RolloutPolicy(canary_count=0))
    assert plan.waves[0].name == "Gelombang 1"
    assert any("Tidak ada kenari" in each for each in plan.warnings)


def test_what_is_risky_comes_late() -> None:
    some = [candidate(n) for n in range(1, 31)]
    some[4] = replace(some[4], rehearsed=Rehearsed("kuning", NOW, "lambat"))
    some[7] = replace(some[7], db_bytes=10**9)
    some[9] = replace(some[9], failed_count=2)
    some[12] = replace(some[12], traffic=(500.0,) * 24)
    order = [move.instance_id for move in plan_of(some).moves]
    assert set(order[-4:]) == {5, 8, 10, 13}
    reasons = {move.instance_id: move.risk_reasons for move in plan_of(some).moves}
    assert reasons[5] == ("gladi bersih kuning",)
    assert reasons[10] == ("2 pembaruan gagal sebelumnya",)


def test_the_fast_channel_goes_before_the_slow_one() -> None:
    channels = ["lambat", "biasa", "cepat"]
    some = [candidate(n, channel=channels[n % 3]) for n in range(1, 31)]
    order = [move.channel for move in plan_of(some, RolloutPolicy(canary_count=0)).moves]
    assert order == ["cepat"] * 10 + ["biasa"] * 10 + ["lambat"] * 10


def test_only_the_windows_hours_count_as_traffic() -> None:
    busy_at_noon = tuple(900.0 if hour == 12 else 1.0 for hour in range(24))
    busy_at_night = tuple(100.0 if hour == 20 else 1.0 for hour in range(24))
    some = [candidate(1, traffic=busy_at_noon), candidate(2, traffic=busy_at_night)]
    night = RolloutPolicy(canary_count=0, windows=(Window((0, 1), "20:00", "21:00"),))
    assert [move.instance_id for move in plan_of(some, night).moves] == [1, 2]
    noon = RolloutPolicy(canary_count=0, windows=(Window((0, 1), "12:00", "13:00"),))
    assert [move.instance_id for move in plan_of(some, noon).moves] == [2, 1]


def test_canaries_stand_for_each_kind_the_commonest_first() -> None:
    some = [candidate(n) for n in range(1, 21)]
    some += [candidate(n, release_id=2, version="2407.0.0") for n in range(21, 26)]
    plan = plan_of(some)
    assert {move.from_version for move in plan.moves if move.wave == 1} == {"2408.0.0", "2407.0.0"}
    lone = plan_of(some, RolloutPolicy(canary_count=1))
    assert [move.from_version for move in lone.moves if move.wave == 1] == ["2408.0.0"]
    assert "Kenari belum mewakili: terpisah dari versi 2407.0.0." in lone.warnings


def test_a_canary_is_small_quiet_and_green() -> None:
    some = [candidate(n, db_bytes=10**8, rehearsed=None) for n in range(1, 20)]
    some.append(candidate(20, db_bytes=10**6))
    some.append(candidate(21, db_bytes=10**6, traffic=(9.0,) * 24))
    plan = plan_of(some, RolloutPolicy(canary_count=1))
    assert [move.instance_id for move in plan.moves if move.wave == 1] == [20]


def test_a_yellow_village_of_the_fast_channel_is_no_canary() -> None:
    some = [candidate(n) for n in range(1, 20)]
    some[3] = replace(some[3], channel="cepat", rehearsed=Rehearsed("kuning", NOW))
    some[6] = replace(some[6], channel="cepat")
    plan = plan_of(some, RolloutPolicy(canary_count=1))
    assert [move.instance_id for move in plan.moves if move.wave == 1] == [7]


def test_a_combined_database_is_one_unit_and_no_canary_when_it_holds_most() -> None:
    plan = plan_of([candidate(n) for n in range(1, 11)] + [combined(500, 40)])
    (group,) = [move for move in plan.moves if move.is_combined]
    assert group.members == tuple(range(500, 540))
    assert group.wave == len(plan.waves) and group.wave > 1
    assert any("Kenari belum mewakili: gabungan" in each for each in plan.warnings)


def test_when_only_a_combined_database_moves_it_is_the_canary() -> None:
    plan = plan_of([combined(500, 40)])
    assert wave_sizes(plan) == [40]
    assert plan.waves[0].name == "Kenari"


def test_by_district_no_wave_splits_one() -> None:
    some = [candidate(n) for n in range(1, 41)] + [combined(500, 6)]
    plan = plan_of(some, RolloutPolicy(order="kecamatan"))
    waves: dict[str, set[int]] = {}
    for move in plan.moves:
        for district in move.districts:
            waves.setdefault(district, set()).add(move.wave)
    assert len(waves) == 5
    assert all(len(numbers) == 1 for numbers in waves.values())
    assert len(plan.waves) > 1


def test_a_combined_database_ties_its_districts_together() -> None:
    members = (
        Member(700, "7305002700", "Satu", "730500", "730500"),
        Member(701, "7305012701", "Dua", "730501", "730501"),
    )
    group = candidate(700, members=members, is_combined=True)
    plan = plan_of([*(candidate(n) for n in range(1, 41)), group], RolloutPolicy(order="kecamatan"))
    tied = {move.wave for move in plan.moves if {"730500", "730501"} & set(move.districts)}
    assert len(tied) == 1


def test_expected_time_is_parallel_work_plus_baking() -> None:
    policy = RolloutPolicy(canary_count=2, wave_percents=(100,), bake_s=100)
    plan = plan_of([candidate(n) for n in range(1, 12)], policy)
    # canaries: 2 at once 20 s; bake 100 s; 9 in pairs: 5 × 20 s
    assert plan.estimates.expected_s == 220
    assert plan.estimates.work_s == 220
    assert plan.waves[1].starts_at == NOW + timedelta(seconds=120)
    assert plan.waves[1].ends_at == plan.estimates.ends_at == NOW + timedelta(seconds=220)


def test_closed_hours_are_part_of_the_expected_time() -> None:
    night = Window((0, 1, 2, 3, 4, 5, 6), "20:00", "20:01")
    policy = RolloutPolicy(
        canary_count=0, wave_percents=(100,), limits=Limits(parallel=1), windows=(night,)
    )
    plan = plan_of([candidate(n) for n in range(1, 5)], policy)
    # 20 s each: three fit into the minute, the fourth waits for the next evening
    first = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
    assert plan.waves[0].starts_at == first
    assert plan.estimates.ends_at == first + timedelta(days=1, seconds=20)
    later = plan_of(
        [candidate(n) for n in range(1, 5)], policy, days={date(2026, 11, 23): "Hari Uji"}
    )
    assert later.estimates.ends_at == first + timedelta(days=2, seconds=20)


def test_what_fits_no_window_has_no_end_and_is_warned_of() -> None:
    policy = RolloutPolicy(windows=(Window((0,), "20:00", "20:01"),))
    slow = candidate(2, measured=replace(MEASURED, total_s=90.0))
    plan = plan_of([candidate(1), slow], policy)
    assert plan.estimates.expected_s is None
    assert any("lebih lama daripada jendela" in each for each in plan.warnings)


def test_seconds_come_from_rehearsal_then_own_then_others_then_the_default() -> None:
    rehearsed = Rehearsed("hijau", NOW, dump_s=10.0, migrate_s=20.0)
    usual = Measured(dump_s=1.0, migrate_s=1.0, hold_s=4.0, total_s=9.0, count=30, spread=0.1)
    some = [
        candidate(1, rehearsed=rehearsed),
        candidate(2, usual=usual),
        candidate(3, measured=None, usual=usual),
        candidate(4, measured=None),
    ]
    moves = {move.instance_id: move for move in plan_of(some).moves}
    assert (moves[1].hold_s, moves[1].total_s) == (33.0, 45.0)  # 10 + 20 + 3 around, 12 outside
    assert (moves[2].hold_s, moves[2].total_s) == (8.0, 20.0)
    assert (moves[3].hold_s, moves[3].total_s) == (4.0, 9.0)
    assert [moves[n].timed_by for n in (1, 2, 3, 4)] == [
        "gladi bersih",
        "pembaruannya sendiri",
        "pembaruan aplikasi sejenis",
        "perkiraan bawaan",
    ]


def test_the_rehearsal_says_how_long_visitors_wait_and_its_figure_is_the_plans() -> None:
    rehearsed = Rehearsed("hijau", NOW, dump_s=10.0, migrate_s=20.0, hold_s=64.0)
    some = [candidate(1, rehearsed=rehearsed), combined(500, 24, measured=None)]
    some += [combined(600, 24, measured=None, rehearsed=rehearsed)]
    moves = {move.instance_id: move for move in plan_of(some).moves}
    assert (moves[1].hold_s, moves[1].total_s) == (64.0, 76.0)  # 12 outside, as it was measured
    assert moves[500].hold_s == 30.0  # 9 by default, and seven turns more of three seconds
    assert moves[600].hold_s == 64.0


def test_the_groups_hold_is_told_in_a_sentence() -> None:
    plan = plan_of([candidate(1), candidate(2), combined(500, 24)])
    (told,) = [each for each in plan.estimates.sentences if each.startswith("Gabungan 500")]
    assert "24 desa berpindah bersama" in told
    assert plan.estimates.longest_hold_label in ("Gabungan 500", "Desa 1", "Desa 2")


def test_a_plan_speaks_of_those_whom_the_product_serves() -> None:
    policy = RolloutPolicy(canary_count=0)
    plan = plan_of([candidate(1), combined(500, 24)], policy, home="kecamatan")
    reasons = [reason for move in plan.moves for reason in move.risk_reasons]
    told = "\n".join([*plan.estimates.sentences, *plan.warnings, *reasons])
    assert "Pengunjung satu kecamatan menunggu" in told
    assert "24 kecamatan berpindah bersama" in told and "banyak kecamatan" in told
    assert " desa" not in told


def test_warnings_name_what_an_admin_should_know() -> None:
    old = Rehearsed("hijau", NOW - timedelta(days=8))
    long = replace(MEASURED, migrate_s=500.0, hold_s=505.0, total_s=520.0)
    some = [
        candidate(1, rehearsed=None),
        candidate(2, rehearsed=Rehearsed("kuning", NOW)),
        candidate(3, rehearsed=old),
        candidate(4, measured=long),
        candidate(5, removed=("Desa Lepas",)),
    ]
    text = "\n".join(plan_of(some, RolloutPolicy(confirm_waves=(9,))).warnings)
    for words in (
        "1 dari 5 belum melalui gladi bersih: Desa 1.",
        "1 berpindah dengan gladi bersih kuning: Desa 2.",
        "lebih tua daripada 7 hari: Desa 3.",
        "salinan halaman disajikan: Desa 4.",
        "mendekati batas waktu 10 menit: Desa 4.",
        "baris Desa Lepas ikut pindah",
        "sebelum gelombang 9",
    ):
        assert words in text


def test_a_plan_comes_back_from_json_text_as_it_was() -> None:
    plan = plan_of(
        [*(candidate(n) for n in range(1, 9)), combined(500, 3), candidate(90, is_pinned=True)]
    )
    text = canonical(plan.to_json())
    assert from_json(json.loads(text)) == plan


@pytest.mark.parametrize("change", [{"moves": 3}, {"lain": 1}, {"made_at": "kemarin"}])
def test_json_of_another_shape_is_no_plan(change: dict[str, Any]) -> None:
    values = {**plan_of([candidate(1), candidate(2)]).to_json(), **change}
    with pytest.raises(InvalidInput):
        from_json(values)


def test_the_hash_covers_plan_policy_and_release() -> None:
    some = [candidate(1), candidate(2)]
    policy = RolloutPolicy()
    plan = plan_of(some, policy)
    hashes = {
        plan_sha256(plan, policy, WANTED),
        plan_sha256(plan, replace(policy, bake_s=901), WANTED),
        plan_sha256(plan, replace(policy, limits=Limits(failures=3)), WANTED),
        plan_sha256(plan, policy, replace(WANTED, digest="sha256:lain")),
        plan_sha256(plan_of([replace(some[0], digest="sha256:x"), some[1]]), policy, WANTED),
    }
    assert len(hashes) == 5
    assert plan_sha256(plan_of(some[::-1], policy), policy, WANTED) in hashes


def test_an_unchanged_fleet_makes_no_plan_outdated() -> None:
    some = [candidate(n) for n in range(1, 6)] + [combined(500, 3)]
    comes_and_goes = [replace(each, observed="berhenti", busy_with="token") for each in some]
    assert outdated(plan_of(some), comes_and_goes, wanted=WANTED, now=NOW) == []


MOVED: list[tuple[dict[str, Any], str]] = [
    ({"release_id": 3, "version": "2409.0.0"}, "sekarang memakai versi 2409.0.0"),
    ({"digest": "sha256:lain"}, "citra yang tercatat berubah"),
    ({"is_pinned": True}, "disematkan"),
    ({"held_until_on": date(2026, 12, 1)}, "ditahan sampai 1 Desember 2026"),
    ({"token_barrier": "token berakhir"}, "tidak lagi ditawarkan"),
    ({"is_removed": True}, "dilepas"),
    ({"server_id": 7}, "server lain"),
    ({"group_id": 77}, "basis data lain"),
    ({"rehearsed": Rehearsed("merah", NOW)}, "merah"),
]


@pytest.mark.parametrize(("what", "words"), MOVED)
def test_what_moved_since_is_told_of_that_village_alone(what: dict[str, Any], words: str) -> None:
    some = [candidate(1), candidate(2)]
    told = outdated(plan_of(some), [replace(some[0], **what), some[1]], wanted=WANTED, now=NOW)
    assert len(told) == 1
    assert told[0].startswith("Desa 1: ") and words in told[0]


def test_a_village_that_left_or_joined_a_group_makes_the_plan_outdated() -> None:
    plan = plan_of([candidate(1), combined(500, 3)])
    (told,) = outdated(plan, [candidate(1), combined(500, 4)])
    assert told == "Gabungan 500: yang berbagi basis datanya bertambah atau berkurang."
    assert outdated(plan, [candidate(1)]) == ["Gabungan 500: aplikasinya sudah tidak ada."]


def test_a_rebuilt_image_makes_the_plan_outdated() -> None:
    some = [candidate(1), candidate(2)]
    rebuilt = replace(WANTED, digest="sha256:lain")
    assert "dibangun ulang" in outdated(plan_of(some), some, wanted=rebuilt)[0]


def test_a_new_village_leaves_the_plan_as_it_is() -> None:
    some = [candidate(1), candidate(2)]
    assert outdated(plan_of(some), [*some, candidate(3)], wanted=WANTED) == []
