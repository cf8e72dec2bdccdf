"""Touch: the release an operation works with: the one it was told, or what its database has."""

from __future__ import annotations

from siappakai.errors import Unavailable
from siappakai.models import ACTIVE, Instance, Operation, OperationKind, Release, db
from siappakai.provision.group import moves_together

# These are about the very release they were told; all others work with the one that serves.
TOLD = frozenset(
    {
        OperationKind.INSTALL,
        OperationKind.UPDATE,
        OperationKind.RETURN,
        OperationKind.REHEARSE,
        OperationKind.PREVIEW,  # checks by itself that its instance has not moved
    }
)


def follow_release(operation: Operation) -> Release:
    """The release to work with now; the row of an active operation names it from now on.

    Part of the caller's transaction. Between the order and the lock on the database, others may
    have moved it to another release.
    """
    release = release_of(operation)
    if operation.state in ACTIVE and operation.release_id != release.id:
        operation.release = release
    return release


def release_of(operation: Operation) -> Release:
    if operation.kind in TOLD:
        return operation.release
    if operation.kind == OperationKind.REVIVE:
        return release_to_revive(operation.instance)
    return operation.instance.recorded_release or operation.release


def release_to_revive(instance: Instance) -> Release:
    """Its own, or in a combined database the one that the others have moved to meanwhile."""
    others = [each for each in moves_together(instance) if each.id != instance.id]
    return others[0].recorded_release if others else instance.recorded_release


def refuse_overtaken(operation_id: int, release_id: int) -> None:
    """Unavailable when the database moved on between reading the job and locking it."""
    now = release_of(db.session.get_one(Operation, operation_id)).id
    db.session.rollback()
    if now != release_id:
        raise Unavailable("Basis data ini baru saja berpindah versi; sebentar lagi dicoba lagi.")
