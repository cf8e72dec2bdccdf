"""Touch: the hands of a step: Docker, MariaDB and the edge of the server it works on."""

from __future__ import annotations

from dataclasses import dataclass

from siappakai.provision.databases import Databases
from siappakai.provision.docker_engine import DockerEngine, connect_engine
from siappakai.provision.job import ServerFacts


@dataclass(frozen=True, slots=True)
class Tools:
    engine: DockerEngine
    databases: Databases


def tools_for(server: ServerFacts) -> Tools:
    engine = connect_engine(server.docker_url, server.paths.fleet)
    return Tools(engine, Databases(server.paths, engine))
