"""Installs every product for N villages of one list and asks every page, as JSON.

    python -m bench.family --desa 110 --opensid GIT --pbb GIT --api GIT [--gabungan]

Without sources our sample products are used. Needs root, Docker and redis-server; makes a fleet
of its own and removes it. Memory is what the machine has less of than before the first village.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import time
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import docker
from sqlalchemy import select

from bench.markers import find_strangers
from bench.onboard import _spread
from siappakai.models import Instance, Operation, Step, db
from siappakai.products import find_recipe
from siappakai.provision.http_probe import get_through_edge
from siappakai.provision.job import release_facts, server_facts
from siappakai.provision.place import make_place
from siappakai.provision.start import StartChoice
from siappakai.provision.verify import trusted_root, wrong_answer
from tests.fleet import SAMPLES, Fleet, running_fleet
from tests.system.villages import start_list, village_list

PRODUCTS = {
    "opensid": ("v2410.0.0", SAMPLES / "v2410.0.0"),
    "pbb": ("v2607.0.0", SAMPLES.parent / "laravel" / "v1.0.0"),
    "mobile_api": ("v2606.0.0", SAMPLES.parent / "mobile_api" / "v2605.0.0"),
}


def main() -> None:
    order = argparse.ArgumentParser(description=__doc__)
    order.add_argument("--desa", type=int, default=5)
    order.add_argument("--pekerja", type=int, default=2)
    order.add_argument("--gabungan", action="store_true")
    for product in PRODUCTS:
        order.add_argument(f"--{product}", default=None)
    chosen = order.parse_args()
    with running_fleet("ukurkeluarga") as fleet:
        print(json.dumps(measure(fleet, chosen), indent=2))


def measure(fleet: Fleet, chosen: argparse.Namespace) -> dict[str, Any]:
    """Seconds, mebibytes and what every page answered."""
    releases = [_add(fleet, product, getattr(chosen, product)) for product in PRODUCTS]
    for _ in range(chosen.pekerja):
        fleet.start_worker()
    time.sleep(4)
    before = _available_mib()
    started = time.monotonic()
    group = "Gabungan Ukur" if chosen.gabungan else ""
    content = village_list("7305", 0, chosen.desa)
    ids = start_list(fleet, content, StartChoice(tuple(releases), new_group=group))
    fleet.wait_finished(ids, timeout_s=300 + 30 * len(ids))
    wall_s = time.monotonic() - started
    fleet.stop_workers()
    time.sleep(20)
    result = _installation(fleet, ids, wall_s)
    result["memory_mib_after_install"] = round(before - _available_mib())
    result["pages"] = _pages(fleet)
    if chosen.gabungan:
        result["markers"] = find_strangers(fleet)
    time.sleep(20)
    result["memory_mib_all_visited"] = round(before - _available_mib())
    result["cgroup_mib"] = _cgroups(fleet)
    result["disk_mib"] = _disk_mib(fleet)
    return result


def _add(fleet: Fleet, product: str, origin: str | None) -> int:
    version, sample = PRODUCTS[product]
    if origin:
        return fleet.add_release(version, origin, product)
    return fleet.add_release(sample.name, str(sample), product)


def _installation(fleet: Fleet, ids: list[int], wall_s: float) -> dict[str, Any]:
    with fleet.app.app_context():
        rows = [db.session.get_one(Operation, one) for one in ids]
        states = Counter(str(row.state) for row in rows)
        spans: dict[str, list[float]] = defaultdict(list)
        for row in rows:
            if row.started_at and row.finished_at:
                seconds = (row.finished_at - row.started_at).total_seconds()
                spans[row.instance.product].append(seconds)
        steps: dict[str, list[int]] = defaultdict(list)
        for step in db.session.scalars(select(Step).where(Step.operation_id.in_(ids))):
            steps[f"{step.operation.instance.product}.{step.name}"].append(step.duration_ms)
        errors = Counter(row.error_message for row in rows if row.error_message)
    return {
        "instances": len(ids),
        "states": dict(states),
        "errors": dict(errors),
        "wall_s": round(wall_s, 1),
        "wall_s_per_instance": round(wall_s / max(len(ids), 1), 2),
        "operation_s": {product: _spread(values) for product, values in spans.items()},
        "steps_ms": {name: round(statistics.median(values)) for name, values in steps.items()},
    }


def _pages(fleet: Fleet) -> dict[str, Any]:
    """Every probed page of every instance through the edge; what was wrong, and how slow."""
    seconds: dict[str, list[float]] = defaultdict(list)
    wrong: list[str] = []
    with fleet.app.app_context():
        instances = db.session.scalars(select(Instance).order_by(Instance.id)).all()
        server = server_facts(instances[0].server)
        root = trusted_root(server.paths)
        for instance in instances:
            if instance.recorded_release is None:
                continue
            recipe = find_recipe(instance.product)
            place = make_place(instance, recipe)
            for probe in recipe.page_probes(place, release_facts(instance.recorded_release)):
                answer = get_through_edge(
                    server.edge_address,
                    server.https_port,
                    place.region.domain,
                    probe.path,
                    ca_file=root,
                    timeout_s=60,
                )
                seconds[f"{instance.product} {probe.path}"].append(answer.seconds)
                if why := wrong_answer(probe, answer):
                    wrong.append(f"{instance.scope_code} {probe.path}: {why}")
        db.session.rollback()
    return {
        "asked": sum(map(len, seconds.values())),
        "wrong": wrong[:20],
        "wrong_count": len(wrong),
        "seconds": {name: _spread(values) for name, values in seconds.items()},
    }


def _available_mib() -> float:
    for line in Path("/proc/meminfo").read_text().splitlines():
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) / 1024
    raise SystemExit("no MemAvailable")


def _cgroups(fleet: Fleet) -> dict[str, Any]:
    from bench.onboard import _cgroup_bytes

    client = docker.from_env()
    used: dict[str, list[float]] = defaultdict(list)
    for row in client.containers.list(filters={"label": f"siappakai.fleet={fleet.name}"}):
        name = row.labels.get("siappakai.product") or row.name.rpartition("-")[2]
        used[name].append(_cgroup_bytes(row.id) / 1048576)
    client.close()
    return {name: {**_spread(values), "count": len(values)} for name, values in used.items()}


def _disk_mib(fleet: Fleet) -> dict[str, int]:
    def size(path: Path) -> int:
        return sum(each.lstat().st_size for each in path.rglob("*")) // 1048576

    return {name: size(fleet.root / name) for name in ("instances", "mariadb")}


if __name__ == "__main__":
    if os.geteuid() != 0:
        raise SystemExit("jalankan sebagai root")
    main()
