"""What may be done with one village's rows: out of a combined database, back, and into one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from siappakai.combined.opensid_rules import OPENSID
from siappakai.models import (
    DatabaseGroup,
    DatabaseMode,
    Instance,
    Operation,
    OperationKind,
    OperationState,
    Release,
    Step,
    StepState,
    WantedState,
    db,
)
from siappakai.provision.naming import instance_key
from siappakai.provision.order import exports_of
from siappakai.web.formatting import product
from siappakai.web.start_choice import COMBINABLE

NEVER_EXPORTED = "Belum ada ekspornya. Tekan Ekspor dahulu."
NO_GROUP = "Belum ada basis data gabungan di server ini."
LEFT_ROWS = "masih menyimpan baris lama desa ini, dari sebelum dipisahkan"
IS_COMBINED = "Desa ini sudah berada di basis data gabungan."
IS_SEPARATE = "Desa ini memakai basis data sendiri, bukan basis data gabungan."


@dataclass(frozen=True, slots=True)
class ExportOffer:
    """One export of the village; `reason` says why it can't be put back now."""

    operation_id: int
    taken_at: datetime
    size_bytes: int
    file: str
    version: str
    is_before_restore: bool
    reason: str = ""


@dataclass(frozen=True, slots=True)
class GroupOffer:
    """A combined database the village could enter; `reason` says why not this one."""

    group: DatabaseGroup
    village_count: int
    reason: str = ""


def is_held_together(instance: Instance) -> bool:
    """Does it share one schema with other villages, so that only all of them can move?"""
    group = instance.database_group
    return group.is_combined and group.product == instance.product


def row_reasons(instance: Instance) -> dict[str, str]:
    """The deeds that fit the instance's product and database, each with why it rests now."""
    if instance.product != COMBINABLE:
        return {}
    if is_held_together(instance):
        exported = "" if exports_of(instance) else NEVER_EXPORTED
        return {"ekspor": "", "pulihkan": exported, "pisahkan": companions_reason(instance)}
    offers = group_offers(instance)
    return {"gabungkan": companions_reason(instance) or _no_group(offers)} if offers else {}


def unfitting_reason(instance: Instance, deed: str) -> str:
    """Why the deed is not for a village whose database is like this; empty when it is."""
    if (deed == "gabungkan") != is_held_together(instance):
        return "" if deed != "gabungkan" or group_offers(instance) else NO_GROUP
    return IS_COMBINED if deed == "gabungkan" else IS_SEPARATE


def companions_reason(instance: Instance) -> str:
    """Other products in service on the village's database would go on writing into it."""
    query = select(Instance.product).where(
        Instance.database_group_id == instance.database_group_id,
        Instance.scope_code == instance.scope_code,
        Instance.id != instance.id,
        Instance.wanted_state == WantedState.RUNNING,
    )
    names = sorted(product(name) for name in db.session.scalars(query))
    if not names:
        return ""
    return (
        f"{' dan '.join(names)} desa ini memakai basis data yang sama. "
        "Lepas dahulu, lalu hidupkan lagi sesudah pindah."
    )


def export_offers(instance: Instance) -> list[ExportOffer]:
    """The village's own exports, newest first; only files that `exports_of` tells."""
    known = set(exports_of(instance))
    query = (
        select(Step, Operation)
        .join(Operation, Operation.id == Step.operation_id)
        .where(
            Operation.instance_id == instance.id,
            Step.name == "export",
            Step.state == StepState.DONE,
        )
        .options(joinedload(Operation.release).defer(Release.components))
        .order_by(Step.id.desc())
    )
    return [
        _export(instance, step, operation)
        for step, operation in db.session.execute(query)
        if step.result.get("file") in known
    ]


def exports_folder(instance: Instance) -> Path:
    """Where the village's exports lie on its server."""
    key = instance_key(instance.product, instance.scope_code)
    return Path(instance.server.data_root) / "ekspor" / key


def is_kept_root(instance: Instance) -> bool:
    """Is it the village that a combined database can't give away?"""
    return instance.config_id == OPENSID.kept_root_id


def group_offers(instance: Instance) -> list[GroupOffer]:
    """The combined databases on the village's server, oldest first."""
    groups = db.session.scalars(
        select(DatabaseGroup)
        .filter_by(
            mode=DatabaseMode.COMBINED, product=instance.product, server_id=instance.server_id
        )
        .order_by(DatabaseGroup.id)
    )
    left = _left_behind(instance)
    return [_group(instance, group, group.id in left) for group in groups]


def _export(instance: Instance, step: Step, operation: Operation) -> ExportOffer:
    then, now = operation.release, instance.recorded_release
    is_other = then.schema_version != now.schema_version
    return ExportOffer(
        operation_id=operation.id,
        taken_at=step.finished_at or operation.created_at,
        size_bytes=int(step.result.get("bytes") or 0),
        file=str(step.result["file"]),
        version=then.version,
        is_before_restore=operation.kind == OperationKind.RESTORE,
        reason=f"dari versi {then.version}, sekarang {now.version}" if is_other else "",
    )


def _group(instance: Instance, group: DatabaseGroup, has_left_rows: bool) -> GroupOffer:
    villages = _villages_in(group)
    installed = {version for version in villages if version}
    wanted = instance.recorded_release.version
    if has_left_rows:
        return GroupOffer(group, len(villages), LEFT_ROWS)
    if not installed:
        return GroupOffer(group, len(villages), "belum ada desa yang terpasang di dalamnya")
    if installed != {wanted}:
        told = ", ".join(sorted(installed))
        return GroupOffer(group, len(villages), f"memakai versi {told}, desa ini {wanted}")
    return GroupOffer(group, len(villages))


def _villages_in(group: DatabaseGroup) -> list[str | None]:
    """One entry a village: the version on record."""
    query = (
        select(Release.version)
        .select_from(Instance)
        .outerjoin(Release, Release.id == Instance.recorded_release_id)
        .where(Instance.database_group_id == group.id, Instance.product == group.product)
    )
    return list(db.session.scalars(query))


def _no_group(offers: list[GroupOffer]) -> str:
    if any(not each.reason for each in offers):
        return ""
    first = offers[0]
    return f"“{first.group.label or first.group.database_name}” {first.reason}."


def _left_behind(instance: Instance) -> set[int]:
    """The combined databases that kept the village's rows when it was separated from them."""
    query = select(Operation).filter_by(
        instance_id=instance.id, kind=OperationKind.SEPARATE, state=OperationState.SUCCEEDED
    )
    groups = set()
    for operation in db.session.scalars(query):
        results = {step.name: step.result for step in operation.steps}
        if results.get("clear", {}).get("kept"):
            groups.add(int(results["check_separation"]["old_group_id"]))
    return groups
