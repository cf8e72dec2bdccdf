"""Touch: a plan becomes rows, frozen and hashed; it is approved, or refused with the reason."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sqlalchemy import CursorResult, update

from siappakai.errors import InvalidInput, NotFound, Refused
from siappakai.models import (
    Release,
    ReleaseState,
    Rollout,
    RolloutItem,
    RolloutState,
    RolloutWave,
    append_event,
    db,
    read_setting,
    transaction,
    utc_now,
)
from siappakai.rollout.brand_freeze import refuse_outdated_brand
from siappakai.rollout.candidates import candidates_for, wanted_of
from siappakai.rollout.draft import zone_name
from siappakai.rollout.outdated import outdated
from siappakai.rollout.plan import Move, Plan, PlannedWave, from_json, plan_sha256
from siappakai.rollout.policy import RolloutPolicy, check, to_json
from siappakai.rollout.policy import from_json as policy_from_json

Gate = Callable[[Rollout], Sequence[str]]
SECOND_APPROVER = "rollout.second_approver"
_SHOWN = 5
_TITLE_LENGTH = 120


def freeze_plan(plan: Plan, policy: RolloutPolicy, *, title: str, by: str) -> int:
    """Write the rollout with its waves and items in one transaction; returns its id.

    Nothing starts: it waits for `approve`. Refused when nothing moves, or when the release is not
    on offer.
    """
    check(policy)
    refuse_unoffered(plan.wanted.release_id)
    if not plan.moves:
        raise Refused("Tidak ada yang berpindah dengan rencana ini.")
    if not title.strip() or len(title.strip()) > _TITLE_LENGTH:
        raise InvalidInput(f"Judul peluncuran harus diisi, paling banyak {_TITLE_LENGTH} huruf.")
    rollout = Rollout(
        title=title.strip(),
        product=plan.wanted.product,
        release_id=plan.wanted.release_id,
        policy=to_json(policy),
        plan=plan.to_json(),
        plan_sha256=plan_sha256(plan, policy, plan.wanted),
        created_by=by,
    )
    with transaction():
        db.session.add(rollout)
        db.session.flush()
        rollout_id = rollout.id
        db.session.add_all([_wave(rollout_id, wave) for wave in plan.waves])
        db.session.add_all([_item(rollout_id, move) for move in plan.moves])
        append_event(
            "rollout_planned",
            f"rollout:{rollout_id}",
            by=by,
            version=plan.wanted.version,
            moves=len(plan.moves),
            stays=len(plan.stays),
            sha256=rollout.plan_sha256,
        )
    return rollout_id


def _wave(rollout_id: int, wave: PlannedWave) -> RolloutWave:
    return RolloutWave(
        rollout_id=rollout_id,
        number=wave.number,
        name=wave.name,
        bake_s=wave.bake_s,
        waits_for_person=wave.waits_for_person,
    )


def _item(rollout_id: int, move: Move) -> RolloutItem:
    return RolloutItem(
        rollout_id=rollout_id,
        wave_number=move.wave,
        position=move.position,
        group_id=move.group_id,
        instance_id=move.instance_id,
        members=list(move.members),
        from_release_id=move.from_release_id,
    )


def read_plan(rollout: Rollout) -> tuple[Plan, RolloutPolicy]:
    """The frozen plan and policy; Refused when the stored ones are not what was hashed."""
    plan, policy = from_json(rollout.plan), policy_from_json(rollout.policy)
    if plan_sha256(plan, policy, plan.wanted) != rollout.plan_sha256:
        raise Refused(
            "Rencana yang tersimpan tidak sama dengan yang dibekukan.",
            hint="Batalkan peluncuran ini dan buat rencana baru.",
        )
    return plan, policy


def approve(rollout_id: int, sha256: str, *, by: str, gate: Gate) -> None:
    """Approve the plan whose hash the person has seen.

    Refused when it is another plan than was shown, was decided on already, needs a second person,
    no longer fits the fleet, or when `gate` (images on every server) names what is missing.
    """
    rollout = _found(rollout_id)
    _refuse_decided(rollout)
    if sha256 != rollout.plan_sha256:
        raise Refused(
            "Rencana ini bukan yang tadi ditampilkan.",
            hint="Muat ulang halaman, periksa rencananya, lalu setujui.",
        )
    if read_setting(SECOND_APPROVER, False) and by == rollout.created_by:
        raise Refused(
            "Rencana harus disetujui oleh orang lain daripada yang membuatnya.",
            hint="Minta admin lain membuka halaman ini dan menyetujuinya.",
        )
    refuse_outdated(rollout)
    if rollout.release_id is not None:
        refuse_unoffered(rollout.release_id)
    _refuse_missing(gate(rollout))
    _write_approval(rollout_id, sha256, by)


def refuse_outdated(rollout: Rollout) -> None:
    """Nothing while the fleet is as the plan knew it; else Refused with what changed."""
    if rollout.brand_version_id is not None:
        refuse_outdated_brand(rollout)
        return
    plan, _ = read_plan(rollout)
    candidates = candidates_for(rollout.release_id, lambda _server, _digest: True)
    wanted = wanted_of(rollout.release_id)
    changes = outdated(plan, candidates, wanted=wanted, now=utc_now(), zone=zone_name())
    if changes:
        raise Refused(
            f"Keadaan berubah sejak rencana dibuat. {_joined(changes)}",
            hint="Batalkan rencana ini dan buat yang baru.",
        )


def _found(rollout_id: int) -> Rollout:
    rollout = db.session.get(Rollout, rollout_id)
    if rollout is None:
        raise NotFound("Peluncuran itu tidak ada.")
    return rollout


def _refuse_decided(rollout: Rollout) -> None:
    if rollout.state != RolloutState.PLANNED:
        raise Refused(f"Rencana ini sudah {rollout.state}.", hint="Muat ulang halaman.")


def refuse_unoffered(release_id: int) -> None:
    """Only what is offered is brought to many; Refused with where the release stands instead."""
    release = db.session.get_one(Release, release_id)
    if release.state != ReleaseState.OFFERED:
        because = f" ({release.state_reason})" if release.state_reason else ""
        raise Refused(
            f"Rilis {release.version} sekarang {release.state}{because}; "
            "hanya yang ditawarkan dapat diluncurkan.",
            hint="Tekan Tawarkan di halaman rilis itu, atau pilih rilis lain.",
        )


def _refuse_missing(missing: Sequence[str]) -> None:
    if missing:
        raise Refused(
            f"Citra rilis belum siap di semua server. {_joined(missing)}",
            hint="Kirim rilis ke server itu dahulu, lalu setujui lagi.",
        )


def _joined(sentences: Sequence[str]) -> str:
    more = len(sentences) - _SHOWN
    tail = f" Dan {more} lagi." if more > 0 else ""
    return " ".join(sentences[:_SHOWN]) + tail


def _write_approval(rollout_id: int, sha256: str, by: str) -> None:
    with transaction():
        done: CursorResult[tuple[()]] = db.session.execute(
            update(Rollout)
            .where(
                Rollout.id == rollout_id,
                Rollout.state == RolloutState.PLANNED,
                Rollout.plan_sha256 == sha256,
            )
            .values(state=RolloutState.APPROVED, approved_by=by, approved_at=utc_now())
        )
        if done.rowcount != 1:
            raise Refused(
                "Rencana ini baru saja diputuskan orang lain.", hint="Muat ulang halaman."
            )
        append_event("rollout_approved", f"rollout:{rollout_id}", by=by, sha256=sha256)
