"""Think: what an admin should read before approving a plan, one sentence each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta

from siappakai.rollout import words
from siappakai.rollout.calendar import opening
from siappakai.rollout.candidate import Candidate
from siappakai.rollout.stay import Rules
from siappakai.rollout.timing import Timing
from siappakai.rollout.wave_order import Waves, uncovered_kinds

OLD_REHEARSAL_DAYS = 7
NEAR_TIMEOUT = 0.8
_NAMES_SHOWN = 3


def warnings_of(
    moving: Sequence[Candidate],
    made: Waves,
    timings: Mapping[int, Timing],
    rules: Rules,
    days: Mapping[date, str],
) -> tuple[str, ...]:
    """Warnings in a fixed order; none when there is nothing to say."""
    if not moving:
        return ("Tidak ada yang berpindah dengan rencana ini.",)
    return (
        *_on_rehearsals(moving, rules),
        *_on_canaries(moving, made, rules.home),
        *_on_time(moving, timings, rules, days),
        *_on_removed(moving),
        *_on_waves(made, rules),
    )


def _on_rehearsals(moving: Sequence[Candidate], rules: Rules) -> Iterable[str]:
    missing = [each for each in moving if each.verdict == "belum"]
    if missing:
        yield f"{len(missing)} dari {len(moving)} belum melalui gladi bersih: {_some(missing)}."
    yellow = [each for each in moving if each.verdict == "kuning"]
    if yellow:
        yield f"{len(yellow)} berpindah dengan gladi bersih kuning: {_some(yellow)}."
    before = rules.now - timedelta(days=OLD_REHEARSAL_DAYS)
    old = [
        each
        for each in moving
        if each.rehearsed and each.rehearsed.finished_at and each.rehearsed.finished_at < before
    ]
    if old:
        yield (
            f"Gladi bersih {len(old)} di antaranya lebih tua daripada "
            f"{OLD_REHEARSAL_DAYS} hari: {_some(old)}."
        )


def _on_canaries(moving: Sequence[Candidate], made: Waves, home: str) -> Iterable[str]:
    if not made.has_canaries:
        yield f"Tidak ada kenari: gelombang pertama langsung berisi banyak {home}."
        return
    missed = uncovered_kinds(moving, made.waves[0])
    if missed:
        parts = [
            f"{'gabungan' if is_combined else 'terpisah'} dari versi {version}"
            for is_combined, version in missed
        ]
        yield f"Kenari belum mewakili: {', '.join(parts)}."


def _on_time(
    moving: Sequence[Candidate],
    timings: Mapping[int, Timing],
    rules: Rules,
    days: Mapping[date, str],
) -> Iterable[str]:
    policy = rules.policy
    copied = [each for each in moving if timings[each.instance_id].hold_s > policy.copies_after_s]
    if copied:
        yield (
            f"{len(copied)} diperkirakan menahan pengunjung lebih dari "
            f"{words.seconds(policy.copies_after_s)}, jadi salinan halaman disajikan: "
            f"{_some(copied)}."
        )
    most = NEAR_TIMEOUT * policy.migrate_timeout_s
    slow = [each for each in moving if timings[each.instance_id].migrate_s > most]
    if slow:
        yield (
            f"Pemindahan basis data {len(slow)} mendekati batas waktu "
            f"{words.seconds(policy.migrate_timeout_s)}: {_some(slow)}."
        )
    longest = max(moving, key=lambda each: (timings[each.instance_id].total_s, each.key))
    needed_s = timings[longest.instance_id].total_s
    found = opening(policy, days, rules.now, rules.zone, needed_s)
    if not found.is_open and found.next_at is None:
        yield f"{longest.label}: {found.sentence}"


def _on_removed(moving: Sequence[Candidate]) -> Iterable[str]:
    for each in moving:
        if each.removed:
            yield (
                f"{each.label}: baris {words.listed(each.removed)} ikut pindah, "
                "padahal aplikasinya sedang dilepas dari layanan."
            )


def _on_waves(made: Waves, rules: Rules) -> Iterable[str]:
    beyond = [number for number in rules.policy.confirm_waves if number > len(made.waves)]
    if beyond:
        yield (
            f"Persetujuan diminta sebelum gelombang {beyond[0]}, padahal hanya ada "
            f"{len(made.waves)} gelombang."
        )


def _some(candidates: Sequence[Candidate]) -> str:
    names = [each.label for each in candidates[:_NAMES_SHOWN]]
    more = len(candidates) - len(names)
    return f"{', '.join(names)}, dan {more} lagi" if more else words.listed(names)
