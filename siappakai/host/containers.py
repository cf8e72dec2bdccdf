"""Touch: the containers of this fleet are stopped and started together."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor, as_completed

import docker
import requests
from docker.errors import DockerException
from sqlalchemy import select

from siappakai.errors import NotFound, SiapPakaiError, StepFailed, Unavailable
from siappakai.models import Instance, ObservedState, Server, WantedState, db
from siappakai.provision.databases import Databases
from siappakai.provision.docker_engine import ContainerFacts, DockerEngine, connect_engine
from siappakai.provision.edge import EdgeClient
from siappakai.provision.job import server_facts
from siappakai.provision.naming import ServerPaths, instance_key
from siappakai.provision.observe import observe_server

OnLine = Callable[[str], None]
AT_ONCE = 8
SITE_STOP_S = 20
SUPPORT_STOP_S = 120
HEALTHY_WITHIN_S = 180


def find_local_server() -> Server:
    """This machine's row; NotFound before `siappakai server siapkan`."""
    server = db.session.scalars(select(Server).filter_by(name="local")).first()
    if server is None:
        raise NotFound("Server ini belum disiapkan.", hint="Jalankan: siappakai server siapkan")
    return server


def stop_fleet(docker_url: str, paths: ServerPaths, on_line: OnLine) -> int:
    """Stop sites, then the edge, then MariaDB; returns how many containers ran."""
    engine = connect_engine(docker_url, paths.fleet)
    support = (paths.edge_container, paths.mariadb_container)
    running = [each for each in engine.list_containers() if each.state not in ("exited", "created")]
    sites = [each.name for each in running if each.name not in support]
    _all_at_once(sites, lambda name: _stop(engine, name, SITE_STOP_S), "situs berhenti", on_line)
    for name in support:
        if any(each.name == name for each in running):
            on_line(f"  menghentikan {name}")
            _stop(engine, name, SUPPORT_STOP_S)
    return len(running)


def start_support(docker_url: str, paths: ServerPaths, on_line: OnLine) -> None:
    """MariaDB and the edge run and answer."""
    engine = connect_engine(docker_url, paths.fleet)
    databases = Databases(paths, engine)
    edge = EdgeClient(paths.edge_admin_socket, timeout_s=5)
    _start_one(engine, paths.mariadb_container)
    on_line(f"  MariaDB menjawab: {_wait_for(databases.ping)}")
    _start_one(engine, paths.edge_container)
    _wait_for(edge.current)
    on_line("  pintu depan menjawab")


def start_sites(server_id: int, on_line: OnLine) -> dict[ObservedState, int]:
    """Every recorded site runs and is healthy, or is counted as something else at the end."""
    server = db.session.get_one(Server, server_id)
    facts, names = server_facts(server), recorded_containers(server)
    db.session.rollback()
    engine = connect_engine(facts.docker_url, facts.paths.fleet)
    by_name = {each.name: each for each in engine.list_containers()}
    stopped = [name for name in names if name in by_name and _is_down(by_name[name])]
    _all_at_once(stopped, lambda name: _start_one(engine, name), "situs dinyalakan", on_line)
    return _wait_until_healthy(server_id, on_line)


def recorded_containers(server: Server) -> list[str]:
    """The container each site should be served by, from its recorded release."""
    paths = server_facts(server).paths
    rows = db.session.scalars(
        select(Instance).where(
            Instance.server_id == server.id,
            Instance.recorded_spec_sha256 != "",
            Instance.wanted_state == WantedState.RUNNING,
        )
    )
    return [
        paths.instance(instance_key(row.product, row.scope_code)).container(
            row.recorded_spec_sha256
        )
        for row in rows
    ]


def _wait_until_healthy(server_id: int, on_line: OnLine) -> dict[ObservedState, int]:
    deadline, told = time.monotonic() + HEALTHY_WITHIN_S, ""
    while True:
        counts = observe_server(server_id)
        healthy, total = counts.get(ObservedState.HEALTHY, 0), sum(counts.values())
        if (line := f"  {healthy} dari {total} situs sehat") != told:
            on_line(line)
            told = line
        if healthy == total or time.monotonic() > deadline:
            return counts
        time.sleep(1)


def _is_down(container: ContainerFacts) -> bool:
    return container.state in ("exited", "created", "dead")


def _start_one(engine: DockerEngine, name: str) -> None:
    try:
        engine.client.api.start(name)
    except docker.errors.NotFound as error:
        raise NotFound(
            f"Kontainer {name} tidak ada.", hint="Jalankan: siappakai server siapkan"
        ) from error
    except (DockerException, requests.exceptions.RequestException) as error:
        raise StepFailed(f"Kontainer {name} tidak mau menyala.", log_tail=str(error)) from error


def _stop(engine: DockerEngine, name: str, within_s: int) -> None:
    try:
        engine.client.api.stop(name, timeout=within_s)
    except docker.errors.NotFound:
        return
    except (DockerException, requests.exceptions.RequestException) as error:
        raise StepFailed(f"Kontainer {name} tidak mau berhenti.", log_tail=str(error)) from error


def _all_at_once(
    names: Iterable[str], act: Callable[[str], None], words: str, on_line: OnLine
) -> None:
    """Do the same to many; one that refuses is told and doesn't stop the others."""
    wanted = list(names)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for done, future in enumerate(as_completed([pool.submit(act, n) for n in wanted]), start=1):
            try:
                future.result()
            except SiapPakaiError as error:
                on_line(f"  ! {error.message}")
            if done % 20 == 0 or done == len(wanted):
                on_line(f"  {done} dari {len(wanted)} {words}")


def _wait_for(ask: Callable[[], object], within_s: int = 120) -> object:
    deadline = time.monotonic() + within_s
    while True:
        try:
            return ask()
        except Unavailable:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.5)
