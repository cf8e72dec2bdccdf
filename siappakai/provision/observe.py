"""Touch: see what runs now: containers and health of every instance on a server."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import select

from siappakai.errors import Unavailable
from siappakai.models import Instance, ObservedState, Server, db, transaction, utc_now
from siappakai.products import find_recipe
from siappakai.provision.docker_engine import ContainerFacts, connect_engine
from siappakai.provision.http_probe import get_over_socket
from siappakai.provision.job import server_facts
from siappakai.provision.naming import instance_key
from siappakai.provision.verify import read_object

AT_ONCE = 4
HEALTH_TIMEOUT_S = 5


@dataclass(frozen=True, slots=True)
class Sight:
    """One instance as seen just now."""

    instance_id: int
    state: ObservedState
    digest: str
    answer: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Target:
    instance_id: int
    code: str
    host: str
    health_path: str
    spec_sha256: str
    socket: Path


def observe_server(server_id: int) -> dict[ObservedState, int]:
    """Look at every recorded instance of the server; returns how many are in which state."""
    server = server_facts(db.session.get_one(Server, server_id))
    targets = _targets(server_id)
    db.session.rollback()
    engine = connect_engine(server.docker_url, server.paths.fleet)
    by_spec = {
        row.labels.get("siappakai.config_sha256", ""): row for row in engine.list_containers()
    }
    with ThreadPoolExecutor(AT_ONCE) as pool:
        sights = list(pool.map(lambda each: _look(each, by_spec.get(each.spec_sha256)), targets))
    _keep(sights)
    return {state: sum(1 for one in sights if one.state == state) for state in ObservedState}


def _targets(server_id: int) -> list[_Target]:
    root = server_facts(db.session.get_one(Server, server_id)).paths
    rows = db.session.scalars(
        select(Instance).where(
            Instance.server_id == server_id,
            Instance.is_serving,
        )
    )
    return [
        _Target(
            row.id,
            row.scope_code,
            row.home.domain,
            find_recipe(row.product).health_path,
            row.recorded_spec_sha256,
            root.instance(instance_key(row.product, row.scope_code)).current,
        )
        for row in rows
    ]


def _look(target: _Target, container: ContainerFacts | None) -> Sight:
    if container is None:
        return Sight(target.instance_id, ObservedState.MISSING, "", {})
    if container.state != "running":
        return Sight(target.instance_id, ObservedState.STOPPED, container.image_digest, {})
    answer = _ask(target)
    is_right = bool(answer.get("ok")) and _code_in(answer) == target.code
    state = ObservedState.HEALTHY if is_right else ObservedState.UNHEALTHY
    return Sight(target.instance_id, state, container.image_digest, answer)


def _code_in(answer: Mapping[str, Any]) -> object:
    """The code of the village, district or regency that the application says it serves."""
    names = ("village_code", "district_code", "regency_code")
    return next((answer[name] for name in names if name in answer), None)


def _ask(target: _Target) -> Mapping[str, Any]:
    try:
        answer = get_over_socket(
            target.socket, target.health_path, host=target.host, timeout_s=HEALTH_TIMEOUT_S
        )
    except Unavailable as error:
        return {"ok": False, "error": error.message}
    return read_object(answer) or {"ok": False, "error": f"jawaban {answer.status}"}


def _keep(sights: list[Sight]) -> None:
    with transaction():
        now = utc_now()
        for sight in sights:
            instance = db.session.get(Instance, sight.instance_id)
            if instance is None:
                continue
            instance.observed_state = sight.state
            instance.observed_digest = sight.digest
            instance.observed_answer = dict(sight.answer)
            instance.observed_at = now
