"""Which theme packages should lie on every server, and which of them no task has brought there.

A withdrawn one too: nobody may choose it any more, but who wears it goes on, and may go back to it.
"""

from __future__ import annotations

from sqlalchemy import Select, select

from siappakai.models import OperationState, Server, ServerState, Task, TaskKind, ThemeVersion, db
from siappakai.models.theme import ThemeState


def ready_themes() -> Select[tuple[str]]:
    """The sums of all packages that may be worn."""
    return select(ThemeVersion.sha256).where(
        ThemeVersion.state != ThemeState.REFUSED, ThemeVersion.sha256 != ""
    )


def unsent_themes() -> set[str]:
    """Packages, or all of them for a new server, that the newest finished sending did not bring."""
    ready = set(db.session.scalars(ready_themes()))
    servers = set(db.session.scalars(select(Server.name).filter_by(state=ServerState.READY)))
    newest = db.session.scalars(
        select(Task)
        .filter_by(kind=TaskKind.DISTRIBUTE_THEMES, state=OperationState.SUCCEEDED)
        .order_by(Task.id.desc())
        .limit(1)
    ).first()
    result = newest.result if newest is not None else {}
    if not servers <= set(result.get("servers", ())):
        return ready
    return ready - set(result.get("themes", ()))
