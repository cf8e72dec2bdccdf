"""The simulator and the engine's `decide` agree, unit by unit and second by second."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from siappakai.models.rollout import ItemState, RolloutState
from siappakai.rollout.calendar import open_spans, opening
from siappakai.rollout.machine import ItemView, RolloutView, WaveView, decide
from siappakai.rollout.policy import Limits, RolloutPolicy, Window
from siappakai.rollout.simulate import Fate, Unit, play
from siappakai.rollout.timing import Hours

ZONE = "Asia/Jakarta"
START = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)  # Monday, nine in the morning in Jakarta
POLICIES = st.builds(
    RolloutPolicy,
    limits=st.builds(
        Limits,
        parallel=st.integers(1, 4),
        failures=st.integers(1, 5),
        failure_percent=st.sampled_from([5.0, 10.0, 40.0, 100.0]),
        consecutive=st.integers(1, 4),
    ),
    bake_s=st.sampled_from([0, 60, 900]),
    windows=st.sampled_from(
        [
            (),
            (Window((0, 1, 2, 3, 4, 5, 6), "09:00", "09:03"),),
            (Window((0, 2), "23:58", "00:02"), Window((1,), "12:00", "12:01")),
        ]
    ),
)
DAYS = st.sampled_from([{}, {date(2026, 11, 24): "Hari Uji"}])


@st.composite
def fleets(draw: st.DrawFn) -> list[list[tuple[Unit, Fate]]]:
    """Waves of units with what becomes of them; no two ever end at the same moment."""
    waves, number = [], 0
    for _ in range(draw(st.integers(1, 4))):
        wave = []
        for _ in range(draw(st.integers(1, 8))):
            number += 1
            unit = Unit(number, 1, float(draw(st.sampled_from([20, 45, 60, 70]))), 0.5, 0.0, 0.0)
            fails = draw(st.sampled_from([False, False, False, True]))
            total_s = draw(st.integers(5, 120)) + number / 1024
            wave.append((unit, Fate(fails, total_s, total_s / 2)))
        waves.append(wave)
    return waves


class ByDecide:
    """A rollout driven by `decide` alone, its clock jumping from one event to the next."""

    def __init__(
        self, waves: list[list[tuple[Unit, Fate]]], policy: RolloutPolicy, days: dict[date, str]
    ) -> None:
        self.fates = {unit.instance_id: fate for wave in waves for unit, fate in wave}
        self.ends: dict[int, datetime] = {}
        self.order: list[int] = []
        self.now, self.is_stuck = START, False
        self.view = RolloutView(
            state=RolloutState.RUNNING,
            policy=policy,
            waves=[
                WaveView(number, f"G{number}", bake_s=policy.bake_s)
                for number, _ in enumerate(waves, start=1)
            ],
            items=[
                ItemView(unit.instance_id, number, at, ItemState.WAITING, None, unit.expected_s)
                for number, wave in enumerate(waves, start=1)
                for at, (unit, _) in enumerate(wave, start=1)
            ],
            days=days,
            zone=ZONE,
        )

    def run(self) -> None:
        while self.step():
            pass

    def step(self) -> bool:
        decision = decide(self.view, self.now)
        for number, until in decision.finished_waves.items():
            self.change_wave(number, until)
        for item_id in decision.starts:
            self.order.append(item_id)
            self.ends[item_id] = self.now + timedelta(seconds=self.fates[item_id].total_s)
            self.change(item_id, ItemState.STARTED, None)
        self.view = replace(self.view, state=decision.state)
        if decision.starts or decision.finished_waves:
            return True
        following = self.next_moment()
        if following is None:
            return False
        self.now = following
        for item_id in [each for each, ends in self.ends.items() if ends <= self.now]:
            fails, ended = self.fates[item_id].fails, self.ends.pop(item_id)
            self.change(item_id, ItemState.FAILED if fails else ItemState.SUCCEEDED, ended)
        return True

    def next_moment(self) -> datetime | None:
        """When anything can change: a unit ends, baking is over, a window opens."""
        moments = list(self.ends.values())
        if self.view.state == RolloutState.RUNNING:
            moments += [each.bake_until_at for each in self.view.waves if each.bake_until_at]
            waiting = [each for each in self.view.items if each.state == ItemState.WAITING]
            if waiting:
                head = min(waiting, key=lambda each: (each.wave, each.position))
                policy, days = self.view.policy, self.view.days
                found = opening(policy, days, self.now, ZONE, head.expected_s)
                self.is_stuck = found.fits_nowhere and not self.ends
                moments += [found.next_at] if found.next_at else []
        return min((each for each in moments if each > self.now), default=None)

    def change(self, item_id: int, state: ItemState, finished_at: datetime | None) -> None:
        items = [
            replace(each, state=state, finished_at=finished_at) if each.id == item_id else each
            for each in self.view.items
        ]
        self.view = replace(self.view, items=items)

    def change_wave(self, number: int, until: datetime) -> None:
        waves = [
            replace(each, is_finished=True, bake_until_at=until) if each.number == number else each
            for each in self.view.waves
        ]
        self.view = replace(self.view, waves=waves)

    @property
    def last_end_s(self) -> float:
        ended = [each.finished_at for each in self.view.items if each.finished_at]
        return max(ended).timestamp() if ended else START.timestamp()


@settings(max_examples=100)
@given(fleets(), POLICIES, DAYS)
def test_simulator_and_engine_begin_the_same_units_and_end_at_the_same_moment(
    waves: list[list[tuple[Unit, Fate]]], policy: RolloutPolicy, days: dict[date, str]
) -> None:
    engine = ByDecide(waves, policy, days)
    engine.run()
    hours = Hours(open_spans(policy, days, START, ZONE))
    units = [[unit for unit, _ in wave] for wave in waves]
    run = play(units, policy, hours, START.timestamp(), lambda unit: engine.fates[unit.instance_id])
    assert run.order == engine.order
    halted = engine.view.state == RolloutState.HALTED
    assert (run.stopped_in is not None) == halted
    assert run.is_stuck == (engine.is_stuck and not halted)
    if halted or run.is_stuck:
        return
    assert engine.view.state == RolloutState.FINISHED
    assert abs(run.at_s - engine.last_end_s) < 0.01
