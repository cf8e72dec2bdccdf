"""One plain word and colour for how an instance is, from its work and what was seen of it."""

from __future__ import annotations

from dataclasses import dataclass

from siappakai.models import Instance, ObservedState, Operation, OperationState, WantedState


@dataclass(frozen=True, slots=True)
class Status:
    """`colour` is one of the theme's; `icon` one of components/icons.html."""

    word: str
    colour: str
    icon: str


NOT_INSTALLED = Status("Belum dipasang", "secondary", "circle-dashed")
ACTIVE_WORDS = {
    OperationState.QUEUED: Status("Menunggu giliran", "secondary", "clock"),
    OperationState.RUNNING: Status("Sedang dikerjakan", "blue", "loader-2"),
}
OPERATIONS = ACTIVE_WORDS | {
    OperationState.SUCCEEDED: Status("Berhasil", "green", "circle-check"),
    OperationState.FAILED: Status("Gagal", "red", "circle-x"),
    OperationState.ERRORED: Status("Terhalang", "orange", "alert-triangle"),
    OperationState.CANCELLED: Status("Dibatalkan", "secondary", "ban"),
}
OBSERVED = {
    ObservedState.HEALTHY: Status("Sehat", "green", "heartbeat"),
    ObservedState.UNHEALTHY: Status("Tidak sehat", "red", "alert-triangle"),
    ObservedState.STOPPED: Status("Berhenti", "red", "circle-x"),
    ObservedState.MISSING: Status("Tidak ditemukan", "red", "circle-x"),
    ObservedState.UNKNOWN: Status("Belum dilihat", "secondary", "circle-dashed"),
}
REMOVED = Status("Dilepas", "secondary", "circle-minus")
INSTALLED_UNSEEN = Status("Terpasang", "green", "circle-check")


def instance_status(instance: Instance | None, newest: Operation | None) -> Status:
    """Running work first, then one taken out of service, an unfinished one, what was seen last."""
    if instance is None:
        return NOT_INSTALLED
    if newest is not None and newest.state in ACTIVE_WORDS:
        return ACTIVE_WORDS[newest.state]
    if instance.wanted_state == WantedState.REMOVED:
        return REMOVED
    if instance.is_installed:
        seen = instance.observed_state
        return INSTALLED_UNSEEN if seen == ObservedState.UNKNOWN else OBSERVED[seen]
    if newest is not None and newest.state != OperationState.SUCCEEDED:
        return OPERATIONS[newest.state]
    return NOT_INSTALLED
