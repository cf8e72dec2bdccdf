"""Think: what has changed since a plan was made, so that it may no longer be started as it is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from siappakai.rollout.candidate import Candidate, Wanted
from siappakai.rollout.plan import Move, Plan
from siappakai.subscriptions.expiry import written_date


def outdated(
    plan: Plan,
    candidates: Sequence[Candidate],
    *,
    wanted: Wanted | None = None,
    now: datetime | None = None,
    zone: str = "Asia/Jakarta",
) -> list[str]:
    """One sentence for each thing that moved since; empty when the plan still fits.

    Only groups that move count: one that appeared since, or could move now, simply stays. What
    comes and goes (health, another operation) is left to the moment at which a group begins.
    `wanted` is the release as it is now.
    """
    found = list(_of_release(plan.wanted, wanted)) if wanted is not None else []
    by_instance = {member: each for each in candidates for member in each.member_ids}
    for move in plan.moves:
        candidate = by_instance.get(move.instance_id)
        if candidate is None:
            found.append(f"{move.label}: aplikasinya sudah tidak ada.")
            continue
        found.extend(f"{move.label}: {what}." for what in _changes(move, candidate))
        found.extend(f"{move.label}: {what}." for what in _wishes(move, candidate, now, zone))
    return found


def _of_release(planned: Wanted, wanted: Wanted) -> Iterable[str]:
    if wanted.digest != planned.digest:
        yield f"Citra rilis {planned.version} dibangun ulang sejak rencana dibuat."


def _changes(move: Move, candidate: Candidate) -> Iterable[str]:
    if candidate.is_removed:
        yield "sedang dilepas dari layanan"
        return
    if candidate.release_id != move.from_release_id:
        yield f"sekarang memakai versi {candidate.version}, bukan {move.from_version}"
    elif candidate.digest != move.from_digest:
        yield "citra yang tercatat berubah"
    if candidate.member_ids != move.members:
        yield "yang berbagi basis datanya bertambah atau berkurang"
    if candidate.group_id != move.group_id or candidate.is_combined != move.is_combined:
        yield "pindah ke basis data lain"
    if candidate.server_id != move.server_id:
        yield "dipindahkan ke server lain"


def _wishes(move: Move, candidate: Candidate, now: datetime | None, zone: str) -> Iterable[str]:
    if candidate.is_pinned:
        yield "disematkan pada versinya"
    until = candidate.held_until_on
    if until is not None and (now is None or until >= now.astimezone(ZoneInfo(zone)).date()):
        yield f"ditahan sampai {written_date(until)}"
    if candidate.token_barrier:
        yield f"rilis tidak lagi ditawarkan kepadanya: {candidate.token_barrier}"
    if candidate.verdict == "merah" and move.verdict != "merah":
        yield "gladi bersih sesudahnya merah"
