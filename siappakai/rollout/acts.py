"""Touch: what a person may do with a rollout; each act is one transaction and a line of history."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import TypeVar

from siappakai.errors import InvalidInput, NotFound, Refused
from siappakai.models import (
    ItemState,
    Rollout,
    RolloutItem,
    RolloutState,
    RolloutWave,
    append_event,
    transaction,
    utc_now,
)
from siappakai.provision.retry import retry_operation
from siappakai.rollout.drive import (
    advance,
    lock_rollout,
    move_item,
    move_rollout,
    note_ended,
)
from siappakai.rollout.freeze import refuse_outdated
from siappakai.rollout.machine import AGAIN, ENDED
from siappakai.rollout.move_checks import withdrawn_because
from siappakai.rollout.way_back import held_back, is_stuck

Answer = TypeVar("Answer")
OVER = frozenset({RolloutState.STOPPED, RolloutState.DISCARDED})
RETURNABLE = frozenset({ItemState.SUCCEEDED, ItemState.RETURN_FAILED})


class Again(StrEnum):
    """What trying again led to, as the end of a sentence about who is tried again."""

    NOW = "dicoba lagi."
    ALONE = "dicoba lagi; yang lain tetap tertahan sampai Lanjutkan ditekan."
    LATER = "akan dicoba lagi setelah peluncuran ini dijalankan atau dilanjutkan."
    BACK = "melanjutkan jalan kembalinya dahulu; sesudah itu dapat dicoba lagi."


def launch(rollout_id: int, *, by: str) -> None:
    """The approved plan begins; Refused with what changed when the fleet moved meanwhile."""
    with transaction():
        rollout = lock_rollout(rollout_id)
        refuse_outdated(rollout)
        _refuse_withdrawn(rollout)
        move_rollout(rollout, RolloutState.RUNNING, by=by)
        rollout.started_at = utc_now()
    advance(rollout_id)


def pause(rollout_id: int, *, by: str) -> None:
    """Nothing more starts; what runs is finished."""
    with transaction():
        move_rollout(lock_rollout(rollout_id), RolloutState.PAUSED, by=by)
    advance(rollout_id)


def resume(rollout_id: int, *, by: str) -> None:
    """It goes on; failures and alarms seen so far no longer hold it."""
    with transaction():
        rollout = lock_rollout(rollout_id)
        note_ended(rollout, utc_now())
        if any(item.state in AGAIN for item in rollout.items):
            _refuse_withdrawn(rollout)
        move_rollout(rollout, RolloutState.RUNNING, by=by)
        failed = [item.id for item in rollout.items if item.state == ItemState.FAILED]
        rollout.forgiven = sorted({*rollout.forgiven, *failed})
        for item in rollout.items:
            if item.state == ItemState.RETRY_WAITING:
                move_item(item, ItemState.WAITING, by=by)
        for wave in rollout.waves:
            if (wave.verdict or {}).get("alarm"):
                wave.verdict = {**wave.verdict, "alarm": "", "seen": wave.verdict["alarm"]}
    advance(rollout_id)


def stop(rollout_id: int, *, reason: str, by: str) -> None:
    """For good: what runs is finished, the rest never starts."""
    with transaction():
        rollout = lock_rollout(rollout_id)
        move_rollout(rollout, RolloutState.STOPPED, by=by, reason=_said(reason))
    advance(rollout_id)


def discard(rollout_id: int, *, by: str) -> None:
    """A plan that never began is laid aside."""
    with transaction():
        move_rollout(lock_rollout(rollout_id), RolloutState.DISCARDED, by=by)


def confirm_wave(rollout_id: int, number: int, *, by: str) -> None:
    """A wave that waits for a person may begin."""
    with transaction():
        rollout = lock_rollout(rollout_id)
        wave = _wave(rollout, number)
        wave.is_confirmed = True
        append_event("rollout_wave_confirmed", f"rollout:{rollout.id}", by=by, wave=number)
    advance(rollout_id)


def refuse_early(rollout_id: int, number: int) -> None:
    """Refused while a wave before this one has units that have not ended."""
    with transaction():
        items = lock_rollout(rollout_id).items
        is_early = any(each.wave_number < number and each.state not in ENDED for each in items)
    if is_early:
        raise Refused(
            "Gelombang sebelumnya belum selesai.", hint="Tunggu, lihat hasilnya, lalu tekan lagi."
        )


def skip(item_id: int, *, reason: str, by: str) -> None:
    """One unit is left out, for a reason that the record keeps."""

    def leave_out(_: Rollout, item: RolloutItem) -> None:
        if is_stuck(item):
            raise Refused(
                f"{item.instance.home.name} belum selesai kembali; belum dapat dilewati.",
                hint="Tekan Coba lagi di barisnya: jalan kembalinya diteruskan. Lalu lewati.",
            )
        move_item(item, ItemState.SKIPPED, by=by, reason=_said(reason))

    _with_item(item_id, leave_out)


def retry(item_id: int, *, by: str) -> Again:
    """A failed, skipped or returned unit is tried again, and only it: who is held stays held.

    One stuck on its way back goes on with that.
    """
    stuck: list[int] = []

    def again(rollout: Rollout, item: RolloutItem) -> Again:
        if item.state != ItemState.FAILED or not is_stuck(item):
            return _try_again(rollout, item, by)
        stuck.append(int(item.operation_id))
        return Again.BACK

    answer = _with_item(item_id, again)
    for operation_id in stuck:
        retry_operation(operation_id, by=by)
    return answer


def retry_failed(rollout_id: int, *, by: str) -> tuple[int, Again]:
    """All failed units that have come back are tried again; how many, and what it led to."""
    with transaction():
        rollout = lock_rollout(rollout_id)
        note_ended(rollout, utc_now())
        failed = [item for item in rollout.items if item.state == ItemState.FAILED]
        answers = [_try_again(rollout, item, by) for item in failed if not is_stuck(item)]
    advance(rollout_id)
    return len(answers), (answers or [Again.NOW])[-1]


def return_items(rollout_id: int, item_ids: Sequence[int], *, by: str) -> int:
    """These units go back to their old release and database; a running rollout is paused first.

    What was entered since their update is lost from the application; a dump of it is kept.
    """
    with transaction():
        rollout = lock_rollout(rollout_id)
        note_ended(rollout, utc_now())
        wanted = [item for item in rollout.items if item.id in set(item_ids)]
        able = _able_to_return(rollout, [item for item in wanted if item.state in RETURNABLE])
        if rollout.state == RolloutState.RUNNING:
            move_rollout(rollout, RolloutState.PAUSED, by=by, reason="mundur versi")
        for item in able:
            move_item(item, ItemState.RETURN_WAITING, by=by)
    advance(rollout_id)
    return len(able)


def _able_to_return(rollout: Rollout, items: Sequence[RolloutItem]) -> list[RolloutItem]:
    """Those that this rollout moved last; Refused, with the first reason, when there are none."""
    held = held_back(rollout.id, [item.instance_id for item in items])
    able = [item for item in items if item.instance_id not in held]
    if not able:
        told = [f"{item.instance.home.name} {held[item.instance_id]}." for item in items[:1]]
        raise Refused("Tidak ada yang dapat dimundurkan di situ.", hint="".join(told))
    return able


def return_wave(rollout_id: int, number: int, *, by: str) -> int:
    return return_items(rollout_id, _ids(rollout_id, number), by=by)


def return_all(rollout_id: int, *, by: str) -> int:
    return return_items(rollout_id, _ids(rollout_id, None), by=by)


def cancel_return(item_id: int, *, by: str) -> None:
    """A return that has not begun is taken back."""
    _with_item(item_id, lambda rollout, item: move_item(item, ItemState.SUCCEEDED, by=by))


def _try_again(rollout: Rollout, item: RolloutItem, by: str) -> Again:
    _refuse_over(rollout)
    _refuse_withdrawn(rollout)
    wave = _wave(rollout, item.wave_number)
    is_alone = rollout.state == RolloutState.HALTED and wave.started_at is not None
    move_item(item, ItemState.RETRY_WAITING if is_alone else ItemState.WAITING, by=by)
    rollout.forgiven = [each for each in rollout.forgiven if each != item.id]
    wave.finished_at = wave.bake_until_at = None
    if rollout.state == RolloutState.FINISHED:
        _run_again(rollout, by)
    if is_alone:
        return Again.ALONE
    return Again.NOW if rollout.state == RolloutState.RUNNING else Again.LATER


def _refuse_over(rollout: Rollout) -> None:
    if rollout.state in OVER:
        raise Refused(
            f"Peluncuran ini sudah {rollout.state}; tidak ada lagi yang mulai.",
            hint="Buat peluncuran baru untuk yang tertinggal.",
        )


def _refuse_withdrawn(rollout: Rollout) -> None:
    why = withdrawn_because(rollout)
    if why:
        raise Refused(
            f"Tidak ada yang dapat mulai: {why}.",
            hint="Tawarkan lagi rilisnya, atau hentikan peluncuran ini.",
        )


def _run_again(rollout: Rollout, by: str) -> None:
    """A finished rollout has nobody else waiting; the failures seen so far do not hold it."""
    move_rollout(rollout, RolloutState.RUNNING, by=by)
    failed = [each.id for each in rollout.items if each.state == ItemState.FAILED]
    rollout.forgiven = sorted({*rollout.forgiven, *failed})


def _with_item(item_id: int, act: Callable[[Rollout, RolloutItem], Answer]) -> Answer:
    """Do `act` under the rollout's lock, then go on; what `act` answered.

    The item is read after the lock: what was read before it may be of a moment ago.
    """
    with transaction() as session:
        item = session.get(RolloutItem, item_id)
        if item is None:
            raise NotFound("Bagian peluncuran itu tidak ada.")
        rollout_id = item.rollout_id
    with transaction() as session:
        rollout = lock_rollout(rollout_id)
        note_ended(rollout, utc_now())
        answer = act(rollout, session.get_one(RolloutItem, item_id))
    advance(rollout_id)
    return answer


def _ids(rollout_id: int, wave: int | None) -> list[int]:
    with transaction():
        rollout = lock_rollout(rollout_id)
        return [item.id for item in rollout.items if wave in (None, item.wave_number)]


def _wave(rollout: Rollout, number: int) -> RolloutWave:
    for wave in rollout.waves:
        if wave.number == number:
            return wave
    raise NotFound("Gelombang itu tidak ada.")


def _said(reason: str) -> str:
    """The reason a person gave; it is kept for ever, so it may not be empty."""
    kept = " ".join(reason.split())
    if not 3 <= len(kept) <= 200:
        raise InvalidInput("Tulis alasannya, 3 sampai 200 huruf.")
    return kept
