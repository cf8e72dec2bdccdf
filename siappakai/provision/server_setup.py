"""Touch: a machine becomes a server of the fleet, and its row says what was found."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from flask import current_app
from sqlalchemy import select

from siappakai.config import Settings
from siappakai.errors import SiapPakaiError, StepFailed
from siappakai.models import Server, ServerState, append_event, db, transaction, utc_now
from siappakai.provision.ansible import PlayEvent, PlayResult, ServerAddress, run_play
from siappakai.provision.base_images import SUPPORT_TAGS, ensure_support_image
from siappakai.provision.docker_engine import connect_engine
from siappakai.provision.edge_routes import apply_edge
from siappakai.provision.job import server_facts
from siappakai.provision.tools import tools_for

LOCAL = "local"
PLAYBOOK = "prepare_server.yml"
TIMEOUT_S = 1800
OnLine = Callable[[str], None]


def ensure_local_server() -> int:
    """The row of this machine exists with the settings' addresses; returns its id."""
    settings: Settings = current_app.extensions["siappakai_settings"]
    with transaction():
        server = db.session.scalars(select(Server).filter_by(name=LOCAL)).first()
        if server is None:
            server = Server(name=LOCAL, data_root=str(settings.data_root), fleet=settings.fleet)
            db.session.add(server)
        server.edge_address = settings.listen_address
        server.http_port, server.https_port = settings.http_port, settings.https_port
        db.session.flush()
        return server.id


def prepare_server(server_id: int, *, by: str, on_line: OnLine) -> PlayResult:
    """Run `prepare_server.yml` on the server and record what it became; safe to repeat."""
    server = db.session.get_one(Server, server_id)
    address = ServerAddress(name=server.name, connection="local")
    facts, variables = server_facts(server), _variables(server)
    db.session.rollback()
    try:
        _ensure_images(facts.docker_url, facts.paths.fleet, on_line)
        result = _play(address, variables, on_line)
        record_prepared(server_id, by=by)
    except SiapPakaiError as error:
        _keep(server_id, ServerState.FAILED, {"error": error.message}, by)
        raise
    return result


def record_prepared(server_id: int, *, by: str) -> None:
    """What a prepared server is found to have stands in its row, and its edge has its routes.

    Raises the SiapPakaiError of what does not answer, then nothing is recorded.
    """
    found = _look_around(server_id)
    _keep(server_id, ServerState.READY, found, by)
    apply_edge(server_facts(db.session.get_one(Server, server_id)))


def _ensure_images(docker_url: str, fleet: str, on_line: OnLine) -> None:
    settings: Settings = current_app.extensions["siappakai_settings"]
    engine = connect_engine(docker_url, fleet)
    for name in SUPPORT_TAGS:
        ensure_support_image(engine.client, name, settings.images_dir, on_line)


def _play(address: ServerAddress, variables: dict[str, Any], on_line: OnLine) -> PlayResult:
    settings: Settings = current_app.extensions["siappakai_settings"]

    def tell(event: PlayEvent) -> None:
        if event.kind in ("changed", "failed"):
            on_line(f"  {event.task}")

    result = run_play(
        settings.playbooks_dir / PLAYBOOK,
        address,
        variables,
        {},
        on_event=tell,
        timeout_s=TIMEOUT_S,
    )
    if not result.ok:
        raise StepFailed(
            "Server belum siap: " + "; ".join(each.task for each in result.failures),
            hint="Perbaiki penyebabnya, lalu jalankan lagi `siappakai server siapkan`.",
            log_tail="\n".join(each.message for each in result.failures)[-4000:],
        )
    return result


def _variables(server: Server) -> dict[str, Any]:
    settings: Settings = current_app.extensions["siappakai_settings"]
    is_own = server.docker_url.startswith("unix://")  # else: where the panel finds it from here
    return {
        "fleet": server.fleet,
        "data_root": server.data_root,
        "time_zone": settings.local_time_zone,
        **({"docker_url": server.docker_url} if is_own else {}),
    }


def _look_around(server_id: int) -> dict[str, Any]:
    """What the server has, seen and not assumed."""
    server = server_facts(db.session.get_one(Server, server_id))
    db.session.rollback()
    tools = tools_for(server)
    engine = tools.engine.client.version()
    disk = shutil.disk_usage(server.paths.root)
    return {
        "mariadb": tools.databases.ping(),
        "docker": engine.get("Version", ""),
        "kernel": engine.get("KernelVersion", ""),
        "cores": os.cpu_count() or 0,
        "memory_bytes": _memory_bytes(),
        "disk_bytes": disk.total,
        "disk_free_bytes": disk.free,
    }


def _memory_bytes() -> int:
    first = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()[0]
    return int(first.split()[1]) * 1024


def _keep(server_id: int, state: ServerState, facts: dict[str, Any], by: str) -> None:
    with transaction():
        server = db.session.get_one(Server, server_id)
        server.state, server.facts = state, facts
        if state == ServerState.READY:
            server.prepared_at = utc_now()
        append_event("server_prepared", f"server:{server.name}", by=by, state=str(state))
