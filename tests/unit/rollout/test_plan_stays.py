"""Why a group stays: one reason each, the most lasting first, in one Indonesian sentence."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from siappakai.rollout.candidate import Candidate, Member, Rehearsed, Wanted
from siappakai.rollout.plan import Plan, make_plan
from siappakai.rollout.policy import RolloutPolicy

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
ZONE = "Asia/Makassar"
WANTED = Wanted(9, "2410.0.0", "umum", "opensid", NOW - timedelta(days=30), "sha256:baru")


def candidate(number: int, **more: Any) -> Candidate:
    member = Member(number, f"73050520{number:02d}", f"Desa {number}", "730505", "Galesong")
    return replace(
        Candidate(
            group_id=100 + number,
            instance_id=number,
            members=(member,),
            product="opensid",
            label=member.name,
            release_id=1,
            version="2408.0.0",
            edition="umum",
            digest="sha256:lama",
            rehearsed=Rehearsed("hijau", NOW),
        ),
        **more,
    )


def plan_of(*candidates: Candidate, policy: RolloutPolicy | None = None, **more: Any) -> Plan:
    more.setdefault("channel_days", {"cepat": 0, "biasa": 3, "lambat": 14})
    return make_plan(
        more.pop("wanted", WANTED), candidates, policy or RolloutPolicy(), NOW, ZONE, **more
    )


STAYING: list[tuple[dict[str, Any], str, str]] = [
    ({"is_removed": True}, "dilepas", "Sedang dilepas"),
    ({"release_id": None, "version": ""}, "belum terpasang", "Belum pernah terpasang"),
    ({"trouble": "Versi desa-desanya tidak sama: 1, 2."}, "tidak seragam", "tidak sama"),
    ({"edition": "premium"}, "edisi lain", "edisi premium; rencana ini untuk edisi umum"),
    ({"release_id": 9, "version": "2410.0.0"}, "sudah di sana", "Sudah memakai versi 2410.0.0"),
    ({"release_id": 12, "version": "2411.0.0"}, "lebih baru", "lebih baru, 2411.0.0"),
    (
        {"is_pinned": True, "pin_reason": "ujian"},
        "disematkan",
        "Disematkan pada versi 2408.0.0 (ujian)",
    ),
    ({"held_until_on": date(2026, 11, 22)}, "ditahan", "Ditahan sampai 22 November 2026"),
    ({"token_barrier": "token berakhir"}, "langganan", "tidak ditawarkan kepadanya: token"),
    ({"has_image": False}, "citra belum ada", "belum ada di servernya"),
    ({"rehearsed": Rehearsed("merah", NOW, "NIK ganda.")}, "gladi merah", "merah: NIK ganda."),
    ({"locked_because": "perbarui PBB"}, "terkunci", "terkunci: perbarui PBB"),
    ({"busy_with": "token"}, "sedang dikerjakan", "operasi lain: token"),
    ({"observed": "berhenti"}, "tidak sehat", "Tidak sehat sekarang: berhenti"),
]


@pytest.mark.parametrize(("what", "reason", "words"), STAYING)
def test_a_group_stays_for_its_reason_while_its_neighbour_moves(
    what: dict[str, Any], reason: str, words: str
) -> None:
    plan = plan_of(candidate(1, **what), candidate(2))
    assert [move.instance_id for move in plan.moves] == [2]
    (stay,) = plan.stays
    assert (stay.instance_id, stay.reason) == (1, reason)
    assert words in stay.sentence
    assert stay.sentence[0].isupper() and stay.sentence.endswith(".")


def test_the_most_lasting_reason_is_told() -> None:
    plan = plan_of(candidate(1, is_pinned=True, observed="berhenti", busy_with="token"))
    assert [stay.reason for stay in plan.stays] == ["disematkan"]


def test_a_hold_ends_the_day_after() -> None:
    plan = plan_of(candidate(1, held_until_on=date(2026, 11, 21)), candidate(2))
    assert len(plan.moves) == 2


def test_versions_are_compared_as_versions() -> None:
    wanted = replace(WANTED, version="2602.10.0")
    plan = plan_of(
        candidate(1, release_id=2, version="2602.2.0"),
        candidate(2, release_id=3, version="2602.10.0-rev1"),
        wanted=wanted,
    )
    assert [move.from_version for move in plan.moves] == ["2602.2.0"]
    assert [stay.reason for stay in plan.stays] == ["lebih baru"]


@pytest.mark.parametrize(
    ("days_ago", "moving"),
    [(0, ["cepat"]), (2, ["cepat"]), (3, ["biasa", "cepat"]), (14, ["biasa", "cepat", "lambat"])],
)
def test_each_channel_gets_the_release_after_its_days(days_ago: int, moving: list[str]) -> None:
    wanted = replace(WANTED, offered_at=NOW - timedelta(days=days_ago))
    some = [candidate(n, channel=c) for n, c in enumerate(("cepat", "biasa", "lambat"), start=1)]
    plan = plan_of(*some, wanted=wanted)
    assert sorted(move.channel for move in plan.moves) == moving
    assert {stay.reason for stay in plan.stays} <= {"kanal"}


def test_the_day_of_a_channel_is_told_and_can_be_chosen() -> None:
    wanted = replace(WANTED, offered_at=NOW)
    plan = plan_of(candidate(1), candidate(2, channel="lambat"), wanted=wanted)
    told = {stay.instance_id: stay.sentence for stay in plan.stays}
    assert told[1] == "Kanal biasa mendapat rilis ini mulai 25 November 2026."
    assert told[2] == "Kanal lambat mendapat rilis ini mulai 6 Desember 2026."
    chosen = plan_of(
        candidate(1),
        candidate(2, channel="lambat"),
        wanted=wanted,
        channel_days={"cepat": 0, "biasa": 0, "lambat": 1},
    )
    assert [move.instance_id for move in chosen.moves] == [1]


def test_a_release_that_was_never_offered_goes_to_the_fast_channel_only() -> None:
    wanted = replace(WANTED, offered_at=None)
    plan = plan_of(candidate(1), candidate(2, channel="cepat"), wanted=wanted)
    assert [move.instance_id for move in plan.moves] == [2]
    assert "belum terjadi" in plan.stays[0].sentence


def test_a_missing_rehearsal_holds_back_only_when_the_policy_needs_one() -> None:
    some = (candidate(1, rehearsed=None), candidate(2))
    assert len(plan_of(*some).moves) == 2
    plan = plan_of(*some, policy=RolloutPolicy(needs_rehearsal=True))
    assert [stay.reason for stay in plan.stays] == ["belum gladi"]


def test_one_member_of_a_combined_database_holds_all_of_it_back() -> None:
    members = tuple(Member(n, f"73050520{n:02d}", f"Desa {n}") for n in (3, 4, 5))
    group = candidate(
        3,
        members=members,
        is_combined=True,
        label="Gabungan Takalar",
        is_pinned=True,
        pin_reason="Desa 4: ujian",
    )
    plan = plan_of(group, candidate(1))
    (stay,) = plan.stays
    assert stay.members == (3, 4, 5)
    assert "Desa 4: ujian" in stay.sentence
