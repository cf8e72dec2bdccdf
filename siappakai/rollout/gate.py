"""Touch: whether a release's image was proven on every server that a plan will need it on.

A brand's packages and pictures are proven on its server by each operation itself.

The panel's own process may not ask Docker: what counts is the proof that a distribution wrote down
(`siappakai.provision.distribute`). Each operation proves the image once more before it begins.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from siappakai.models import Event, Instance, Release, Rollout, RolloutItem, Server, db

PROVEN, MISSING = "release_distributed", "release_not_distributed"


def has_image(server: Server, digest: str) -> bool:
    """Whether the image was built on, or brought to and proven on, this server."""
    return server.connection == "local" or _is_proven(server, digest)


def missing_on_servers(rollout: Rollout) -> Sequence[str]:
    """A sentence for each server of the plan without proof of the image; empty when all have it."""
    if rollout.release_id is None:
        return []
    release = db.session.get_one(Release, rollout.release_id)
    servers = db.session.scalars(
        select(Server)
        .join(Instance, Instance.server_id == Server.id)
        .join(RolloutItem, RolloutItem.instance_id == Instance.id)
        .where(RolloutItem.rollout_id == rollout.id)
        .distinct()
    )
    return [
        f"Server {server.name}: citra {release.version} belum dibuktikan ada."
        for server in servers
        if not _is_proven(server, release.digest)
    ]


def _is_proven(server: Server, digest: str) -> bool:
    """What the newest look at this image on this server found."""
    rows = db.session.scalars(
        select(Event)
        .where(Event.word.in_((PROVEN, MISSING)), Event.subject == f"server:{server.name}")
        .order_by(Event.id.desc())
    )
    newest = next((row for row in rows if row.fields.get("digest") == digest), None)
    return newest is not None and newest.word == PROVEN
