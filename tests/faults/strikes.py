"""What is killed at which moment of a rollout, and what must hold afterwards."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from siappakai.errors import Unavailable
from siappakai.host.containers import find_local_server, recorded_containers, start_support
from siappakai.models import (
    ItemState,
    Rollout,
    RolloutState,
    db,
)
from siappakai.provision.job import server_facts
from siappakai.provision.kept_files import WORDS
from siappakai.rollout import acts
from siappakai.rollout.machine import WORKING
from siappakai.rollout.policy import Limits, RolloutPolicy
from tests.faults.ground import SLEEP_S, Ground
from tests.rollouts import act, plan_and_approve

NOBODYS = 0  # a moment of no instance's own: whoever comes there first
DOWN_S = 1.2
UP_WITHIN_S = 90
LIMITS = Limits(parallel=1, failures=99, failure_percent=100.0, consecutive=99)
POLICY = RolloutPolicy(
    canary_count=1, wave_percents=(100,), limits=LIMITS, bake_s=0, use_guard=False
)


@dataclass(frozen=True)
class Strike:
    """One kill: what, and when."""

    what: str
    moment: str

    def __str__(self) -> str:
        return f"{self.what}@{self.moment}"


Strikes = Sequence[Strike] | Mapping[int, Strike]


@dataclass
class Course:
    """What happened in one part of a rollout: its operations, and when something was away."""

    strikes: dict[int, Strike]
    operations: dict[int, int] = field(default_factory=dict)
    away: list[tuple[float, float]] = field(default_factory=list)
    struck_at: dict[int, float] = field(default_factory=dict)


# --- killing


def strike(ground: Ground, what: str, stood: int, go_on: Callable[[], None]) -> None:
    """The part is killed, whoever stood still goes on, and the part comes again."""
    if what.startswith("worker"):
        if what == "worker-frozen":  # its migration sleeps on until somebody ends it
            engine = ground.fleet.tools.engine
            engine.client.api.pause(_command_containers(ground)[0])
        ground.kill_process(stood)
        go_on()
    elif what == "nothing":
        assert not _command_containers(ground)
        go_on()
    elif what == "ticker":
        assert ground.ticker is not None
        ground.wants_ticker = False
        ground.kill_process(ground.ticker.pid)
        go_on()
        time.sleep(DOWN_S)
        ground.wants_ticker = True
    elif what == "redis":
        ground.redis.kill()
        ground.redis.wait()
        go_on()
        time.sleep(DOWN_S)
        ground.start_redis()
    elif what.startswith("mariadb"):
        _strike_mariadb(ground, what, go_on)
    else:
        _strike_docker(ground, what, go_on)


def _command_containers(ground: Ground) -> list[str]:
    """Migrations and the like that have not been removed."""
    return [name for name in ground.containers() if name.rpartition("-")[2] in WORDS]


def _strike_mariadb(ground: Ground, what: str, go_on: Callable[[], None]) -> None:
    """Its process: Docker starts it again. Its container: a person does, by `jalankan`."""
    engine, name = ground.fleet.tools.engine, f"{ground.fleet.name}-mariadb"
    if what == "mariadb-process":
        os.kill(engine.client.api.inspect_container(name)["State"]["Pid"], signal.SIGKILL)
    else:
        engine.client.api.kill(name, signal="SIGKILL")
    go_on()
    time.sleep(DOWN_S)
    if what == "mariadb":
        assert ground.containers()[name] == "exited"
        engine.start(name)
    _wait_for_mariadb(ground)


def _wait_for_mariadb(ground: Ground) -> None:
    deadline = time.monotonic() + UP_WITHIN_S
    while True:
        try:
            ground.fleet.tools.databases.ping()
            return
        except Unavailable:
            assert time.monotonic() < deadline, "MariaDB did not come back"
            time.sleep(0.1)


def _strike_docker(ground: Ground, what: str, go_on: Callable[[], None]) -> None:
    assert ground.engine is not None
    ground.engine.kill()
    go_on()
    time.sleep(DOWN_S)
    ground.engine.start(keeps_containers=what == "docker")
    if what == "docker-hard":
        _start_all(ground)
    _wait_for_mariadb(ground)


def _start_all(ground: Ground) -> None:
    """What `siappakai jalankan` does: an engine without live-restore leaves everything stopped."""
    with ground.fleet.app.app_context():
        server = find_local_server()
        facts, names = server_facts(server), recorded_containers(server)
        db.session.rollback()
        start_support(facts.docker_url, facts.paths, lambda _line: None)
        for name in names:
            ground.fleet.tools.engine.start(name)


# --- one course


def update_all(ground: Ground, word: str, strikes: Strikes) -> tuple[int, Course]:
    """All villages move to the release, each struck once in its own operation; the rollout's id."""
    course = _course(ground, strikes)
    rollout_id = plan_and_approve(ground.fleet, ground.releases[word], POLICY)
    act(ground.fleet, acts.launch, rollout_id)
    _follow(ground, rollout_id, course)
    return rollout_id, course


def return_all(ground: Ground, rollout_id: int, strikes: Strikes) -> Course:
    """All that moved return, each struck once."""
    moved = _moved(ground, rollout_id)
    course = _course(ground, strikes, moved)
    if not moved:
        return course
    act(ground.fleet, acts.return_all, rollout_id)
    _follow(ground, rollout_id, course)
    return course


def _course(ground: Ground, strikes: Strikes, instances: Sequence[int] | None = None) -> Course:
    """A strike for each in turn, or for those that are named."""
    ids = [each.instance_id for each in ground.villages] if instances is None else instances
    named = isinstance(strikes, Mapping)
    course = Course(dict(strikes if named else zip(ids, strikes, strict=False)))
    ground.stand_still({one: each.moment for one, each in course.strikes.items()})
    return course


def _follow(ground: Ground, rollout_id: int, course: Course) -> None:
    """Strike whenever somebody stands still, until nothing moves any more."""
    waiting = dict(course.strikes)

    def look() -> bool:
        for instance_id, one in list(waiting.items()):
            if stood := ground.standing(instance_id):
                del waiting[instance_id]
                _strike_now(ground, course, instance_id, one, stood)
        return _is_quiet(rollout_id)

    ground.wait(look, f"{[str(one) for one in course.strikes.values()]}", 240)
    assert not waiting, f"never came to {[str(one) for one in waiting.values()]}"
    with ground.fleet.app.app_context():
        for item in db.session.get_one(Rollout, rollout_id).items:
            if item.operation_id is not None:
                course.operations[item.instance_id] = item.operation_id
        db.session.rollback()


def _strike_now(ground: Ground, course: Course, instance_id: int, one: Strike, stood: int) -> None:
    if one.moment.startswith("inside."):
        time.sleep(SLEEP_S / 2)  # its program is in the middle
        word = one.moment.rpartition(".")[2]
        running = [name for name, state in ground.containers().items() if state == "running"]
        assert any(name.endswith(f"-{word}") for name in running), running
    began = course.struck_at[instance_id] = time.time()
    strike(ground, one.what, stood, lambda: ground.go_on(instance_id))
    course.away.append((began, time.time()))


def _is_quiet(rollout_id: int) -> bool:
    rollout = db.session.get_one(Rollout, rollout_id, populate_existing=True)
    states = {item.state for item in rollout.items}
    return rollout.state != RolloutState.RUNNING and not states & {
        *WORKING,
        ItemState.RETURN_WAITING,
    }


def _moved(ground: Ground, rollout_id: int) -> list[int]:
    """Instances that are on the new release and may return, in the order of the plan."""
    may = (ItemState.SUCCEEDED, ItemState.RETURN_FAILED)
    with ground.fleet.app.app_context():
        items = db.session.get_one(Rollout, rollout_id).items
        return [item.instance_id for item in items if item.state in may]
