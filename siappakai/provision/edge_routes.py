"""Touch: the routes of one server, from rows to its edge."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import current_app
from sqlalchemy import select

from siappakai.config import Settings
from siappakai.models import Instance, Server, WantedState, db, read_setting, transaction, utc_now
from siappakai.provision.edge import EdgeClient
from siappakai.provision.edge_config import make_config, serves
from siappakai.provision.edge_rows import EdgePaths, EdgeSettings, PanelRoute, Route
from siappakai.provision.job import Job, ServerFacts
from siappakai.provision.naming import instance_key
from siappakai.provision.stopwatch import outside

EDGE_PATHS = EdgePaths(run="/run/siappakai-edge", inside="/run/siappakai-edge/inside")
PANEL_SOCKET = "/run/siappakai-instances/panel/panel.sock"


def ensure_route(job: Job) -> None:
    """The instance may be reached from outside from now on; its rows say so."""
    with transaction():
        instance = db.session.get_one(Instance, job.instance_id)
        instance.exposed_at = instance.exposed_at or utc_now()


def apply_edge(server: ServerFacts, *, needs_route: Route | None = None) -> Mapping[str, Any]:
    """The edge serves what the rows say; nothing is sent when it already does."""
    client = EdgeClient(server.paths.edge_admin_socket)
    needs = (lambda running: serves(running, [needs_route])) if needs_route else None
    with outside():
        applied = client.apply_routes(lambda: build_config(server.id), needs)
    return {"edge_sha256": applied.sha256, "changed": applied.changed}


def build_config(server_id: int) -> dict[str, Any]:
    """The edge's whole configuration as the rows of this server want it now."""
    db.session.rollback()
    server = db.session.get_one(Server, server_id)
    exposed = db.session.scalars(
        select(Instance).where(
            Instance.server_id == server_id,
            Instance.exposed_at.is_not(None),
            Instance.wanted_state == WantedState.RUNNING,
        )
    )
    config = make_config(
        _edge_settings(server), EDGE_PATHS, [route_of(each) for each in exposed], _panel(server)
    )
    db.session.rollback()
    return config


def route_of(instance: Instance) -> Route:
    return Route(
        domain=instance.home.domain,
        instance_key=instance_key(instance.product, instance.scope_code),
        village_code=instance.scope_code,
        path_prefix=instance.web_path,
    )


def job_route(job: Job) -> Route:
    return Route(
        domain=job.place.region.domain,
        instance_key=job.paths.key,
        village_code=job.place.region.code,
        path_prefix=job.web_path,
    )


def _edge_settings(server: Server) -> EdgeSettings:
    choices = read_setting("edge", {})
    return EdgeSettings(
        listen_address=server.edge_address,
        http_port=server.http_port,
        https_port=server.https_port,
        **choices,
    )


def _panel(server: Server) -> PanelRoute | None:
    """The panel is reached through the edge of the server it runs on."""
    settings: Settings = current_app.extensions["siappakai_settings"]
    if server.connection != "local" or not settings.panel_domain:
        return None
    return PanelRoute(settings.panel_domain, PANEL_SOCKET)
