"""Installs N villages from an empty fleet and prints what it cost, as JSON.

    python -m bench.onboard --desa 12 --sumber /path/or/url/of/opensid --versi v2410.0.0

Without --sumber our sample product is used. Needs root, Docker and redis-server; makes a fleet
of its own and removes it. Wall time counts from pressing *Pasang* to the last version record;
image and template exist before, as on any day but the first.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

import docker
from sqlalchemy import select

from siappakai.models import Operation, OperationState, Step, VersionRecord, db
from siappakai.provision.http_probe import get_over_socket
from siappakai.provision.naming import instance_key
from tests.fleet import Fleet, running_fleet
from tests.system.villages import install, village_list


def main() -> None:
    order = argparse.ArgumentParser(description=__doc__)
    order.add_argument("--desa", type=int, default=12)
    order.add_argument("--pekerja", type=int, default=2)
    order.add_argument("--sumber", default=None)
    order.add_argument("--versi", default="v2410.0.0")
    chosen = order.parse_args()
    with running_fleet("ukurpasang") as fleet:
        print(json.dumps(measure(fleet, chosen), indent=2))


def measure(fleet: Fleet, chosen: argparse.Namespace) -> dict[str, Any]:
    """Everything the bars of onboarding ask for; seconds and mebibytes."""
    release_id = fleet.add_release(chosen.versi, chosen.sumber)
    for _ in range(chosen.pekerja):
        fleet.start_worker()
    time.sleep(4)  # the workers' own start is not what is measured
    started = time.monotonic()
    _, ids = install(fleet, village_list("7305", 0, chosen.desa), release_id)
    fleet.wait_finished(ids, timeout_s=120 + 30 * chosen.desa)
    wall_s = time.monotonic() - started
    fleet.stop_workers()
    with fleet.app.app_context():
        result = _times(ids, wall_s)
    result["source"] = "real" if chosen.sumber else "sample"
    result["workers"] = chosen.pekerja
    result["memory"] = _memory(fleet)
    return result


def _times(ids: list[int], wall_s: float) -> dict[str, Any]:
    states = [db.session.get_one(Operation, one).state for one in ids]
    steps = db.session.scalars(select(Step).where(Step.operation_id.in_(ids))).all()
    by_name: dict[str, list[int]] = defaultdict(list)
    own_ms: dict[int, int] = defaultdict(int)
    for step in steps:
        by_name[step.name].append(step.duration_ms)
        own_ms[step.operation_id] += step.duration_ms - step.outside_ms
    spans = [
        (row.finished_at - row.started_at).total_seconds()
        for row in (db.session.get_one(Operation, one) for one in ids)
        if row.finished_at and row.started_at
    ]
    step_sums = defaultdict(int)
    for step in steps:
        step_sums[step.operation_id] += step.duration_ms
    between_ms = [span * 1000 - step_sums[one] for one, span in zip(ids, spans, strict=True)]
    overhead = [(own_ms[one] + gap) / 1000 for one, gap in zip(ids, between_ms, strict=True)]
    return {
        "villages": len(ids),
        "succeeded": states.count(OperationState.SUCCEEDED),
        "version_records": db.session.query(VersionRecord).count(),
        "wall_s": round(wall_s, 2),
        "wall_s_per_village": round(wall_s / len(ids), 2),
        "villages_per_minute": round(60 * len(ids) / wall_s, 1),
        "operation_s": _spread(list(spans)),
        "control_plane_overhead_s": _spread(overhead),
        "steps_ms": {name: _spread(times) for name, times in by_name.items()},
    }


def _spread(values: list[float] | list[int]) -> dict[str, float]:
    ordered = sorted(values)
    p95 = ordered[min(len(ordered) - 1, round(0.95 * (len(ordered) - 1)))]
    return {"median": round(statistics.median(ordered), 3), "p95": round(p95, 3)}


def _memory(fleet: Fleet) -> dict[str, Any]:
    """Mebibytes per instance: as installed, after visits and again idle, never visited."""
    time.sleep(20)  # idle FPM workers end after their timeout
    result = {"idle_after_install": _footprints(fleet)}
    client = docker.from_env()
    rows = client.containers.list(filters={"label": f"siappakai.fleet={fleet.name}"})
    for row in rows:
        row.restart()
    time.sleep(25)
    result["idle_never_visited"] = _footprints(fleet)
    for row in rows:
        code = row.labels.get("siappakai.village")
        if code:
            _visit(fleet, code)
    time.sleep(25)
    result["visited_and_idle_again"] = _footprints(fleet)
    client.close()
    return result


def _visit(fleet: Fleet, code: str) -> None:
    socket = fleet.root / "run" / instance_key("opensid", code) / "current"
    for path in ("/", "/siteman", "/"):
        get_over_socket(socket, path, host=f"d{code}.desa.localhost", timeout_s=30)


def _footprints(fleet: Fleet) -> dict[str, Any]:
    client = docker.from_env()
    rows = client.containers.list(filters={"label": f"siappakai.fleet={fleet.name}"})
    used, shims = [], []
    for row in rows:
        if "siappakai.village" in row.labels:
            used.append(_cgroup_bytes(row.id) / 1048576)
            shims.append(_shim_pss_bytes(row.id) / 1048576)
    client.close()
    total = [one + two for one, two in zip(used, shims, strict=True)]
    return {
        "cgroup_mib": _spread(used),
        "shim_pss_mib": _spread(shims),
        "cgroup_plus_shim_mib": _spread(total),
    }


def _cgroup_bytes(container_id: str) -> int:
    """Memory of the container's own processes and caches, without file pages it could give back."""
    for usage, stat, key in (
        (
            f"/sys/fs/cgroup/memory/docker/{container_id}/memory.usage_in_bytes",
            "memory.stat",
            "total_inactive_file",
        ),
        (
            f"/sys/fs/cgroup/system.slice/docker-{container_id}.scope/memory.current",
            "memory.stat",
            "inactive_file",
        ),
        (f"/sys/fs/cgroup/docker/{container_id}/memory.current", "memory.stat", "inactive_file"),
    ):
        path = Path(usage)
        if path.exists():
            stats = dict(line.split() for line in (path.parent / stat).read_text().splitlines())
            return int(path.read_text()) - int(stats[key])
    raise SystemExit("no memory cgroup found for a container")


def _shim_pss_bytes(container_id: str) -> int:
    for process in Path("/proc").glob("[0-9]*"):
        try:
            line = (process / "cmdline").read_bytes().split(b"\0")
            if b"shim" in line[0] and container_id.encode() in line:
                rollup = (process / "smaps_rollup").read_text()
                return (
                    int(
                        next(
                            row.split()[1] for row in rollup.splitlines() if row.startswith("Pss:")
                        )
                    )
                    * 1024
                )
        except (OSError, StopIteration):
            continue
    return 0


if __name__ == "__main__":
    if os.geteuid() != 0:
        raise SystemExit("jalankan sebagai root")
    main()
