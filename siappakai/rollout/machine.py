"""Think: what a rollout does next: which units start or return, whether it halts, and why.

One pure function, `decide`, sees the rows as they are and the time; the driver writes down what it
says in the same transaction. So no order of pauses, failures and crashes can start a unit twice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from siappakai.models.operation import OperationState
from siappakai.models.rollout import ItemState, RolloutState
from siappakai.rollout import words
from siappakai.rollout.calendar import opening
from siappakai.rollout.halt import Tally, limit_reached
from siappakai.rollout.policy import RolloutPolicy

WORKING = frozenset({ItemState.STARTED, ItemState.RETURNING})
ENDED = frozenset(
    {
        ItemState.SUCCEEDED,
        ItemState.FAILED,
        ItemState.SKIPPED,
        ItemState.RETURNED,
        ItemState.RETURN_FAILED,
        ItemState.RETURN_WAITING,
        ItemState.RETURNING,
    }
)
AGAIN = frozenset({ItemState.WAITING, ItemState.RETRY_WAITING})
GUARD_GRACE_S = 30
TRIED = frozenset({ItemState.SUCCEEDED, ItemState.FAILED})
CLOSED = frozenset({RolloutState.PLANNED, RolloutState.APPROVED, RolloutState.DISCARDED})

MOVES: Mapping[RolloutState, frozenset[RolloutState]] = {
    RolloutState.PLANNED: frozenset({RolloutState.APPROVED, RolloutState.DISCARDED}),
    RolloutState.APPROVED: frozenset({RolloutState.RUNNING, RolloutState.DISCARDED}),
    RolloutState.RUNNING: frozenset(
        {RolloutState.PAUSED, RolloutState.HALTED, RolloutState.STOPPED, RolloutState.FINISHED}
    ),
    RolloutState.PAUSED: frozenset({RolloutState.RUNNING, RolloutState.STOPPED}),
    RolloutState.HALTED: frozenset(
        {RolloutState.RUNNING, RolloutState.PAUSED, RolloutState.STOPPED}
    ),
    RolloutState.STOPPED: frozenset(),
    RolloutState.FINISHED: frozenset({RolloutState.RUNNING, RolloutState.STOPPED}),
    RolloutState.DISCARDED: frozenset(),
}

ITEM_MOVES: Mapping[ItemState, frozenset[ItemState]] = {
    ItemState.WAITING: frozenset({ItemState.STARTED, ItemState.SKIPPED, ItemState.FAILED}),
    ItemState.RETRY_WAITING: frozenset(
        {ItemState.STARTED, ItemState.SKIPPED, ItemState.FAILED, ItemState.WAITING}
    ),
    ItemState.STARTED: frozenset({ItemState.SUCCEEDED, ItemState.FAILED}),
    ItemState.SUCCEEDED: frozenset({ItemState.RETURN_WAITING}),
    ItemState.FAILED: frozenset({*AGAIN, ItemState.SKIPPED}),
    ItemState.SKIPPED: AGAIN,
    ItemState.RETURN_WAITING: frozenset(
        {ItemState.RETURNING, ItemState.SUCCEEDED, ItemState.RETURN_FAILED}
    ),
    ItemState.RETURNING: frozenset({ItemState.RETURNED, ItemState.RETURN_FAILED}),
    ItemState.RETURN_FAILED: frozenset({ItemState.RETURN_WAITING}),
    ItemState.RETURNED: AGAIN,
}

AFTER_OPERATION: Mapping[ItemState, tuple[ItemState, ItemState]] = {
    ItemState.STARTED: (ItemState.SUCCEEDED, ItemState.FAILED),
    ItemState.RETURNING: (ItemState.RETURNED, ItemState.RETURN_FAILED),
}


@dataclass(frozen=True, slots=True)
class ItemView:
    """One unit as the rows have it; `expected_s` is how long it should take."""

    id: int
    wave: int
    position: int
    state: ItemState
    finished_at: datetime | None = None
    expected_s: float = 0.0


@dataclass(frozen=True, slots=True)
class WaveView:
    """One wave; `alarm` is the guard's sentence when it saw a clear rise.

    `is_judged` is false while the guard has not had its last look at it.
    """

    number: int
    name: str
    bake_s: int = 0
    waits_for_person: bool = False
    is_confirmed: bool = False
    bake_until_at: datetime | None = None
    is_finished: bool = False
    alarm: str = ""
    is_judged: bool = True

    def watched_until(self, until: datetime | None, now: datetime) -> datetime | None:
        """Until when the next must wait: its bake time, and then shortly for the guard's word."""
        if until is None or self.is_judged or not self.bake_s or until > now:
            return until
        return until + timedelta(seconds=GUARD_GRACE_S)


@dataclass(frozen=True, slots=True)
class RolloutView:
    """`withdrawn` says why nobody may get the release any more; empty while it may be brought."""

    state: RolloutState
    policy: RolloutPolicy
    waves: Sequence[WaveView]
    items: Sequence[ItemView]
    forgiven: frozenset[int] = frozenset()
    days: Mapping[date, str] = field(default_factory=dict)
    zone: str = "Asia/Jakarta"
    withdrawn: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """`starts` and `returns` are item ids; `sentence` says what keeps the rest waiting, if so.

    `finished_waves` have just ended: number → when their bake time is over.
    """

    state: RolloutState
    starts: tuple[int, ...] = ()
    returns: tuple[int, ...] = ()
    sentence: str = ""
    started_wave: int | None = None
    finished_waves: Mapping[int, datetime] = field(default_factory=dict)


def state_after(item: ItemState, operation: OperationState) -> ItemState:
    """What a unit becomes when its operation has come to this state."""
    if item not in AFTER_OPERATION:
        return item
    good, bad = AFTER_OPERATION[item]
    if operation == OperationState.SUCCEEDED:
        return good
    is_over = operation in (
        OperationState.FAILED,
        OperationState.ERRORED,
        OperationState.CANCELLED,
    )
    return bad if is_over else item


def decide(view: RolloutView, now: datetime) -> Decision:
    """What happens next. Calling it again with what it led to starts nothing more."""
    free = max(0, view.policy.limits.parallel - _count(view, WORKING))
    returns = _next_returns(view, free)
    if view.state == RolloutState.HALTED:
        return Decision(view.state, _retried(view, now, free - len(returns)), returns)
    if view.state != RolloutState.RUNNING:
        return Decision(view.state, returns=returns, sentence=_resting_sentence(view))
    finished = _ending_waves(view, now)
    halt = _halt_sentence(view)
    if halt:
        return Decision(
            RolloutState.HALTED, returns=returns, sentence=halt, finished_waves=finished
        )
    return _go_on(view, now, free - len(returns), returns, finished)


def _retried(view: RolloutView, now: datetime, free: int) -> tuple[int, ...]:
    """While the rest is held: only those that a person wants again, in the hours of the policy."""
    if view.withdrawn:
        return ()
    waiting = [item for item in view.items if item.state == ItemState.RETRY_WAITING]
    waiting.sort(key=lambda item: (item.wave, item.position))
    return _fitting(view, waiting, free, now)[0]


def _go_on(
    view: RolloutView,
    now: datetime,
    free: int,
    returns: tuple[int, ...],
    finished: Mapping[int, datetime],
) -> Decision:
    wave = _current_wave(view)
    if wave is None:
        return _at_the_end(view, now, returns, finished)
    gate = _gate_sentence(view, wave, now, finished)
    if gate:
        return Decision(view.state, (), returns, gate, None, finished)
    waiting = _waiting(view, wave.number)
    starts, sentence = _fitting(view, waiting, free, now)
    started = wave.number if starts else None
    return Decision(view.state, starts, returns, sentence, started, finished)


def _count(view: RolloutView, states: frozenset[ItemState]) -> int:
    return sum(1 for item in view.items if item.state in states)


def _next_returns(view: RolloutView, free: int) -> tuple[int, ...]:
    """The last that moved returns first."""
    if view.state in CLOSED:
        return ()
    waiting = [item for item in view.items if item.state == ItemState.RETURN_WAITING]
    waiting.sort(key=lambda item: (-item.wave, -item.position))
    return tuple(item.id for item in waiting[:free])


def _waiting(view: RolloutView, number: int) -> list[ItemView]:
    found = [item for item in view.items if item.wave == number and item.state == ItemState.WAITING]
    return sorted(found, key=lambda item: item.position)


def _current_wave(view: RolloutView) -> WaveView | None:
    """The first wave that has not wholly ended."""
    for wave in sorted(view.waves, key=lambda each: each.number):
        if not _has_ended(view, wave.number):
            return wave
    return None


def _has_ended(view: RolloutView, number: int) -> bool:
    return all(item.state in ENDED for item in view.items if item.wave == number)


def _ending_waves(view: RolloutView, now: datetime) -> dict[int, datetime]:
    """Waves whose last unit has just ended, and until when they are watched."""
    return {
        wave.number: now + timedelta(seconds=wave.bake_s)
        for wave in view.waves
        if not wave.is_finished and _has_ended(view, wave.number)
    }


def failures(view: RolloutView) -> list[ItemView]:
    """Units that failed and that no person has let pass, oldest first."""
    failed = [
        item
        for item in view.items
        if item.state == ItemState.FAILED and item.id not in view.forgiven
    ]
    return sorted(failed, key=_when)


def _when(item: ItemView) -> tuple[float, int]:
    return (item.finished_at.timestamp() if item.finished_at else 0.0, item.id)


def consecutive_failures(view: RolloutView) -> int:
    """How many of the units that ended last failed one after another."""
    tried = sorted((item for item in view.items if item.state in TRIED), key=_when, reverse=True)
    count = 0
    for item in tried:
        if item.state != ItemState.FAILED or item.id in view.forgiven:
            return count
        count += 1
    return count


def _halt_sentence(view: RolloutView) -> str:
    """Why it must stop by itself now; empty when nothing speaks against going on."""
    if view.withdrawn and _count(view, AGAIN):
        return (
            f"Tertahan: {view.withdrawn}. Tawarkan lagi rilisnya lalu tekan Lanjutkan, "
            "atau hentikan peluncuran ini."
        )
    alarm = next((wave.alarm for wave in view.waves if wave.alarm), "")
    if alarm:
        return alarm
    tally = Tally(_count(view, TRIED), len(failures(view)), consecutive_failures(view))
    reached = limit_reached(view.policy.limits, tally)
    return f"Tertahan: {reached}" if reached else ""


def _gate_sentence(
    view: RolloutView, wave: WaveView, now: datetime, finished: Mapping[int, datetime]
) -> str:
    """Why this wave may not begin yet; empty when it may, or has begun."""
    before = [each for each in view.waves if each.number < wave.number]
    for each in before:
        until = each.watched_until(finished.get(each.number) or each.bake_until_at, now)
        if until is not None and until > now and not _is_empty(view, each.number):
            left = words.seconds((until - now).total_seconds())
            return f"{each.name} selesai dan sedang diamati; {wave.name} mulai {left} lagi."
    if wave.waits_for_person and not wave.is_confirmed:
        return f"{wave.name} menunggu persetujuan Anda untuk mulai."
    return ""


def _is_empty(view: RolloutView, number: int) -> bool:
    """Whether nothing in the wave really moved: then there is nothing to watch."""
    return not any(item.wave == number and item.state in TRIED for item in view.items)


def _fitting(
    view: RolloutView, waiting: Sequence[ItemView], free: int, now: datetime
) -> tuple[tuple[int, ...], str]:
    """Which of the waiting ones start, and what keeps the next one, if time does."""
    starts: list[int] = []
    for item in waiting[: max(free, 0)]:
        gate = opening(view.policy, view.days, now, view.zone, item.expected_s)
        if not gate.is_open:
            return tuple(starts), gate.sentence
        starts.append(item.id)
    if not starts and not free and waiting and not _count(view, WORKING):
        return (), "Tidak ada tempat kosong untuk memulai."
    return tuple(starts), ""


def _at_the_end(
    view: RolloutView,
    now: datetime,
    returns: tuple[int, ...],
    finished: Mapping[int, datetime],
) -> Decision:
    """All waves have ended: the last is watched, then the rollout is finished."""
    for wave in view.waves:
        until = wave.watched_until(finished.get(wave.number) or wave.bake_until_at, now)
        if until is not None and until > now and not _is_empty(view, wave.number):
            left = words.seconds((until - now).total_seconds())
            sentence = f"{wave.name} selesai dan sedang diamati {left} lagi."
            return Decision(view.state, (), returns, sentence, None, finished)
    if returns or _count(view, WORKING | {ItemState.RETURN_WAITING}):
        return Decision(view.state, (), returns, "", None, finished)
    return Decision(RolloutState.FINISHED, (), (), "", None, finished)


def _resting_sentence(view: RolloutView) -> str:
    """What a rollout that doesn't run waits for."""
    running = _count(view, WORKING)
    still = f" {running} yang sudah mulai diselesaikan dahulu." if running else ""
    return {
        RolloutState.PLANNED: "Menunggu persetujuan rencana.",
        RolloutState.APPROVED: "Disetujui; menunggu tombol Luncurkan.",
        RolloutState.PAUSED: f"Dijeda.{still}",
        RolloutState.STOPPED: f"Dihentikan.{still}",
    }.get(view.state, "")
