"""The servers: what each is, whether it is ready, how much runs on it."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from sqlalchemy import func, select

from siappakai.errors import NotFound
from siappakai.models import Instance, Server, WantedState, db

pages = Blueprint("servers", __name__)


@pages.get("/server")
def show_servers() -> ResponseReturnValue:
    servers = list(db.session.scalars(select(Server).order_by(Server.id)))
    return render_template("pages/servers.html", servers=servers, counts=instance_counts())


@pages.get("/server/<int:server_id>")
def show_server(server_id: int) -> ResponseReturnValue:
    server = db.session.get(Server, server_id)
    if server is None:
        raise NotFound("Server itu tidak ada.", hint="Pilih dari daftar server.")
    count = instance_counts().get(server_id, 0)
    return render_template("pages/server.html", server=server, count=count)


def instance_counts() -> dict[int, int]:
    """How many instances each server should run, by the server's id."""
    query = (
        select(Instance.server_id, func.count())
        .where(Instance.wanted_state == WantedState.RUNNING)
        .group_by(Instance.server_id)
    )
    return dict(db.session.execute(query).all())
