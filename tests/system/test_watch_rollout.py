"""On a real fleet the ticker's guard halts a leaking release in its first wave, and no good one."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import select

from siappakai.models import Instance, ItemState, Rollout, RolloutState, db
from siappakai.rollout import acts
from siappakai.rollout.policy import Limits, RolloutPolicy
from tests.broken_releases import add_sample, add_variant
from tests.fleet import Fleet, running_fleet
from tests.load import constant_load
from tests.rollouts import act, plan_and_approve, wait_until_quiet
from tests.system.villages import install, village_list

pytestmark = [pytest.mark.system, pytest.mark.timeout(900)]

COUNT, CANARIES = 6, 2
TICKER = (
    "import threading; from siappakai import create_app; from siappakai.ticker import tick_forever;"
    " tick_forever(create_app(), threading.Event())"
)


def careful(bake_s: int) -> RolloutPolicy:
    return RolloutPolicy(
        canary_count=CANARIES,
        wave_percents=(100,),
        limits=Limits(parallel=2),
        bake_s=bake_s,
        skip_calendar_days=False,
        pictures=False,
    )


@dataclass
class Regency:
    """Six villages on 2408, two workers and a ticker as in production."""

    fleet: Fleet
    old: int
    domains: list[str]
    ticker: subprocess.Popen[bytes]

    def kill_ticker(self) -> None:
        """`kill -9`, and another one takes over."""
        self.ticker.send_signal(signal.SIGKILL)
        self.ticker.wait()
        self.ticker = self.fleet.start_worker("-c", TICKER)

    def launch(self, release_id: int, bake_s: int) -> int:
        rollout_id = plan_and_approve(self.fleet, release_id, careful(bake_s))
        act(self.fleet, acts.launch, rollout_id)
        return rollout_id

    def seen(self, rollout_id: int) -> tuple[RolloutState, str, list[dict[str, Any]]]:
        with self.fleet.app.app_context():
            rollout = db.session.get_one(Rollout, rollout_id)
            verdicts = [dict(wave.verdict or {}) for wave in rollout.waves]
            found = rollout.state, rollout.blocked_because, verdicts
            db.session.rollback()
            return found

    def wait_for_state(self, rollout_id: int, *wanted: RolloutState, timeout_s: float) -> float:
        """Nobody advances it here: that is the ticker's and the workers' work."""
        begun = time.monotonic()
        while time.monotonic() - begun < timeout_s:
            if self.seen(rollout_id)[0] in wanted:
                return time.monotonic() - begun
            time.sleep(0.5)
        raise AssertionError(self.seen(rollout_id))

    def wait_for_verdicts(self, rollout_id: int) -> list[dict[str, Any]]:
        """Every wave's last word; it comes within a look or two of the end."""
        for _ in range(60):
            verdicts = self.seen(rollout_id)[2]
            if all(each.get("is_final") for each in verdicts):
                return verdicts
            time.sleep(1)
        raise AssertionError(self.seen(rollout_id))

    def go_back(self, rollout_id: int) -> None:
        """All that moved is on 2408 again, and the rollout is over."""
        act(self.fleet, acts.return_all, rollout_id)
        counted = wait_until_quiet(self.fleet, rollout_id, timeout_s=400)
        assert counted[ItemState.SUCCEEDED] == counted[ItemState.RETURN_FAILED] == 0, counted
        if self.seen(rollout_id)[0] not in (RolloutState.FINISHED, RolloutState.STOPPED):
            act(self.fleet, acts.stop, rollout_id, reason="selesai diuji")

    def releases(self) -> list[int | None]:
        with self.fleet.app.app_context():
            rows = db.session.scalars(select(Instance).order_by(Instance.id))
            return sorted(each.recorded_release_id or 0 for each in rows)


@pytest.fixture(scope="module")
def regency() -> Iterator[Regency]:
    with running_fleet("ujiamat") as fleet:
        older = add_sample(fleet, "v2408.0.0")
        fleet.start_worker()
        fleet.start_worker()
        _, operations = install(fleet, village_list("7305", 0, COUNT), older)
        fleet.wait_finished(operations, timeout_s=400)
        with fleet.app.app_context():
            domains = [each.home.domain for each in db.session.scalars(select(Instance))]
        yield Regency(fleet, older, domains, fleet.start_worker("-c", TICKER))
        fleet.stop_workers()


def test_a_leaking_release_halts_in_the_first_bake_and_the_rest_is_untouched(
    regency: Regency,
) -> None:
    leaking = add_variant(regency.fleet, "bocor", percent=15)
    with constant_load(regency.fleet, regency.domains, pause_s=0.3):
        time.sleep(12)
        rollout_id = regency.launch(leaking, bake_s=300)
        time.sleep(9)
        regency.kill_ticker()
        regency.wait_for_state(rollout_id, RolloutState.HALTED, timeout_s=240)
        time.sleep(12)  # whatever would still start has started now
    state, told, verdicts = regency.seen(rollout_id)
    assert state == RolloutState.HALTED
    assert told == verdicts[0]["alarm"] and told.startswith("Tertahan oleh penjaga: ")
    numbers = verdicts[0]["numbers"]
    assert verdicts[0]["kind"] == "naik"
    assert numbers["old"]["errors"] == numbers["before"]["errors"] == 0
    assert numbers["before"]["requests"] >= 30
    share = numbers["new"]["errors"] / numbers["new"]["requests"]
    assert 0.08 <= share <= 0.2, numbers
    assert verdicts[1] == {}
    assert regency.releases() == sorted([regency.old] * (COUNT - CANARIES) + [leaking] * CANARIES)
    regency.go_back(rollout_id)
    assert regency.releases() == [regency.old] * COUNT


def test_without_visitors_the_bake_ends_without_a_verdict_and_it_goes_on(
    regency: Regency,
) -> None:
    good = add_variant(regency.fleet, "baik")
    rollout_id = regency.launch(good, bake_s=30)  # our own visits come in rounds of some seconds
    regency.wait_for_state(rollout_id, RolloutState.FINISHED, timeout_s=300)
    verdicts = regency.wait_for_verdicts(rollout_id)
    assert [each["kind"] for each in verdicts] == ["belum cukup data"] * 2
    assert all("selesai tanpa kesimpulan" in each["sentence"] for each in verdicts)
    paid = [each["numbers"]["visits"] for each in verdicts]
    assert 1 <= paid[0] <= 12 * CANARIES and paid[1] <= 12 * COUNT
    assert verdicts[0]["numbers"]["new"]["errors"] == 0
    assert regency.releases() == [good] * COUNT
    regency.go_back(rollout_id)


@pytest.mark.slow
def test_a_good_release_goes_through_under_load_and_is_called_calm(regency: Regency) -> None:
    good = add_variant(regency.fleet, "baik")
    with constant_load(regency.fleet, regency.domains, pause_s=0.3) as load:
        time.sleep(12)
        rollout_id = regency.launch(good, bake_s=30)
        regency.wait_for_state(
            rollout_id, RolloutState.FINISHED, RolloutState.HALTED, timeout_s=400
        )
        verdicts = regency.wait_for_verdicts(rollout_id)
    state, told, _ = regency.seen(rollout_id)
    assert (state, told) == (RolloutState.FINISHED, "")
    assert [each["kind"] for each in verdicts] == ["tenang", "tenang"], verdicts
    assert all(each["numbers"]["new"]["requests"] >= 30 for each in verdicts)
    failing, read, failing_old, read_old = verdicts[0]["numbers"]["logs"]
    assert (failing, read, failing_old) == (0, CANARIES, 0) and read_old >= 1
    assert load.failed == []
    assert regency.releases() == [good] * COUNT
