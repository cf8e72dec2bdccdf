"""Updates N villages in waves under constant load and tells what visitors noticed, as JSON.

    python -m bench.rollout --desa 20 [--sumber GIT] [--gabungan] [--bersamaan 2] [--mundur]

The load comes from a client of its own process that shares no code with the panel. Without a
source our samples are used. Needs root, Docker and redis-server; makes a fleet and removes it.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections import Counter, defaultdict
from typing import Any

from sqlalchemy import select

from siappakai.models import Instance, Operation, Rollout, Step, db
from siappakai.provision.start import StartChoice
from siappakai.rollout import acts
from siappakai.rollout.policy import Limits, RolloutPolicy
from tests.broken_releases import add_sample
from tests.fleet import Fleet, running_fleet
from tests.load import Load, constant_load
from tests.rollouts import plan_and_approve, wait_until_quiet
from tests.system.villages import start_list, village_list

OLD, NEW = "v2408.0.0", "v2410.0.0"


def main() -> None:
    order = argparse.ArgumentParser(description=__doc__)
    order.add_argument("--desa", type=int, default=20)
    order.add_argument("--sumber", default=None)
    order.add_argument("--gabungan", action="store_true")
    order.add_argument("--bersamaan", type=int, default=2)
    order.add_argument("--pekerja", type=int, default=2)
    order.add_argument("--jeda", type=float, default=0.3, help="detik antar permintaan tiap desa")
    order.add_argument("--mundur", action="store_true", help="ukur juga waktu mundur semuanya")
    chosen = order.parse_args()
    with running_fleet("ukurrilis") as fleet:
        print(json.dumps(measure(fleet, chosen), indent=2))


def measure(fleet: Fleet, chosen: argparse.Namespace) -> dict[str, Any]:
    old, new = (_add(fleet, version, chosen.sumber) for version in (OLD, NEW))
    for _ in range(chosen.pekerja):
        fleet.start_worker()
    group = "Gabungan Ukur" if chosen.gabungan else ""
    ids = start_list(fleet, village_list("7305", 0, chosen.desa), StartChoice((old,), None, group))
    fleet.wait_finished(ids, timeout_s=300 + 30 * len(ids))
    domains = _domains(fleet)
    policy = RolloutPolicy(
        limits=Limits(parallel=chosen.bersamaan), bake_s=0, use_guard=False, pictures=False
    )
    rollout_id = plan_and_approve(fleet, new, policy)
    with constant_load(fleet, domains, pause_s=chosen.jeda) as load:
        time.sleep(6)
        began = time.time()
        wall_s = _run(fleet, rollout_id, acts.launch)
        time.sleep(3)
    result = _told(fleet, rollout_id, wall_s, load, began)
    if chosen.mundur:
        result["return"] = _return(fleet, rollout_id, domains, chosen.jeda)
    return result


def _add(fleet: Fleet, version: str, source: str | None) -> int:
    return fleet.add_release(version, source) if source else add_sample(fleet, version)


def _domains(fleet: Fleet) -> list[str]:
    with fleet.app.app_context():
        return [each.home.domain for each in db.session.scalars(select(Instance))]


def _run(fleet: Fleet, rollout_id: int, act: Any) -> float:
    """Seconds from the button to the last operation's end."""
    with fleet.app.app_context():
        act(rollout_id, by="ukur")

    started = time.monotonic()
    wait_until_quiet(fleet, rollout_id, 1800)
    return time.monotonic() - started


def _told(fleet: Fleet, rollout_id: int, wall_s: float, load: Load, began: float) -> dict[str, Any]:
    with fleet.app.app_context():
        rollout = db.session.get_one(Rollout, rollout_id)
        operations = [each.operation for each in rollout.items if each.operation]
        states = Counter(str(each.state) for each in rollout.items)
        errors = Counter(each.reason for each in rollout.items if each.reason)
        steps, overheads, holds, floors = _times(operations)
        moved = sum(len(each.members) for each in rollout.items)
    quiet = [each.seconds for each in load.replies if each.begun_at < began - 1]
    base = statistics.median(quiet) if quiet else 0.0
    waits = sorted(longest - base for longest in load.longest_s().values())
    return {
        "units": dict(states),
        "errors": dict(errors),
        "villages_per_minute": round(60 * moved / wall_s, 1),
        "wall_s": round(wall_s, 1),
        "requests": len(load.replies),
        "failed_requests": len(load.failed),
        "failed": [vars(each) for each in load.failed[:10]],
        "quiet_median_s": round(base, 4),
        "added_latency_s": {
            "p50": _at(waits, 0.5),
            "p95": _at(waits, 0.95),
            "longest": _at(waits, 1.0),
        },
        "hold_s": {"p50": _at(holds, 0.5), "p95": _at(holds, 0.95), "longest": _at(holds, 1.0)},
        "dump_plus_migration_s": {"p50": _at(floors, 0.5), "p95": _at(floors, 0.95)},
        "hold_beyond_s": _at(sorted(h - f for h, f in zip(holds, floors, strict=True)), 0.95),
        "overhead_s": {"p50": _at(overheads, 0.5), "p95": _at(overheads, 0.95)},
        "steps_ms": steps,
    }


def _times(
    operations: list[Operation],
) -> tuple[dict[str, int], list[float], list[float], list[float]]:
    """Median step times; per operation: our own time, the hold, dump and migration together."""
    overheads, holds, floors = [], [], []
    for operation in operations:
        done: dict[str, Step] = {step.name: step for step in operation.steps}
        spent = sum(step.duration_ms - step.outside_ms for step in done.values()) / 1000
        overheads.append(max(spent, 0.0))
        if "switch" in done and done["switch"].result:
            holds.append(float(done["switch"].result["held_s"]))
            floors.append((done["snapshot"].duration_ms + done["migrate"].duration_ms) / 1000)
    return _medians(operations), sorted(overheads), sorted(holds), sorted(floors)


def _return(fleet: Fleet, rollout_id: int, domains: list[str], pause_s: float) -> dict[str, Any]:
    with constant_load(fleet, domains, pause_s=pause_s) as load:
        time.sleep(2)
        wall_s = _run(fleet, rollout_id, acts.return_all)
        time.sleep(2)
    with fleet.app.app_context():
        rollout = db.session.get_one(Rollout, rollout_id)
        operations = [each.operation for each in rollout.items if each.operation]
        spent = sorted(
            (each.finished_at - each.started_at).total_seconds()
            for each in operations
            if each.finished_at and each.started_at
        )
        states = Counter(str(each.state) for each in rollout.items)
        steps = _medians(operations)
    return {
        "units": dict(states),
        "wall_s": round(wall_s, 1),
        "steps_ms": steps,
        "operation_s": {"p50": _at(spent, 0.5), "longest": _at(spent, 1.0)},
        "requests": len(load.replies),
        "failed_requests": len(load.failed),
        "longest_wait_s": round(max(load.longest_s().values(), default=0.0), 2),
    }


def _medians(operations: list[Operation]) -> dict[str, int]:
    """The median of each step's time, in milliseconds."""
    steps: dict[str, list[int]] = defaultdict(list)
    for operation in operations:
        for step in operation.steps:
            steps[step.name].append(step.duration_ms)
    return {name: round(statistics.median(values)) for name, values in steps.items()}


def _at(values: list[float], share: float) -> float | None:
    return round(values[min(int(share * len(values)), len(values) - 1)], 3) if values else None


if __name__ == "__main__":
    main()
