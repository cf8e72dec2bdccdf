"""Rows of an installed fleet for release day: villages, groups, past updates, rehearsals."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

from siappakai.models import (
    DatabaseGroup,
    DatabaseMode,
    Edition,
    Instance,
    ObservedState,
    Operation,
    OperationKind,
    OperationState,
    Rehearsal,
    RehearsalItem,
    Release,
    ReleaseState,
    Step,
    StepState,
    Verdict,
    Village,
    db,
    transaction,
    utc_now,
)
from siappakai.provision.lifecycle import STEPS
from tests.cast import add_server

DIGEST = "sha256:" + "b" * 64


def add_offered_release(version: str, *, days_ago: int = 30, product: str = "opensid") -> int:
    """A release that every channel may have."""
    with transaction():
        release = Release(
            product=product,
            version=version,
            edition=Edition.GENERAL,
            state=ReleaseState.OFFERED,
            digest=DIGEST,
            offered_at=utc_now() - timedelta(days=days_ago),
        )
        db.session.add(release)
        db.session.flush()
        return release.id


def add_fleet(root: Path, count: int, release_id: int) -> list[int]:
    """That many villages with OpenSID of this release, each with its own database; instance ids."""
    server_id = add_server(root)
    with transaction():
        villages = [_village(number) for number in range(1, count + 1)]
        groups = [
            DatabaseGroup(product="opensid", server_id=server_id, database_name=f"d{each.code}")
            for each in villages
        ]
        db.session.add_all([*villages, *groups])
        db.session.flush()
        made = [
            _instance(each.code, group.id, server_id, release_id)
            for each, group in zip(villages, groups, strict=True)
        ]
        db.session.add_all(made)
        db.session.flush()
        return [each.id for each in made]


def combine(instance_ids: list[int], label: str) -> int:
    """These instances share one combined database from now on; its group's id."""
    with transaction():
        first = db.session.get_one(Instance, instance_ids[0])
        group = DatabaseGroup(
            product="opensid",
            mode=DatabaseMode.COMBINED,
            server_id=first.server_id,
            database_name=f"gabungan_{first.id}",
            label=label,
        )
        db.session.add(group)
        db.session.flush()
        for instance_id in instance_ids:
            db.session.get_one(Instance, instance_id).database_group_id = group.id
        return group.id


def add_update(
    instance_id: int,
    release_id: int,
    *,
    seconds: dict[str, float] | None = None,
    state: OperationState = OperationState.SUCCEEDED,
) -> int:
    """A past update with one second a step but those named; returns the operation's id."""
    times = seconds or {}
    with transaction():
        operation = Operation(
            kind=OperationKind.UPDATE,
            instance_id=instance_id,
            release_id=release_id,
            state=state,
            requested_by="admin",
            finished_at=utc_now(),
            steps=[_step(at, name, times) for at, name in enumerate(STEPS[OperationKind.UPDATE])],
        )
        db.session.add(operation)
        db.session.flush()
        if state == OperationState.QUEUED:
            operation.active_key = instance_id
            operation.finished_at = None
        return operation.id


def add_rehearsal(release_id: int, verdicts: dict[int, Verdict], **measures: Any) -> int:
    """A finished rehearsal of these instances from their recorded releases."""
    with transaction():
        digest = db.session.get_one(Release, release_id).digest
        rehearsal = Rehearsal(
            product="opensid", release_id=release_id, digest=digest, created_by="admin"
        )
        db.session.add(rehearsal)
        db.session.flush()
        for instance_id, verdict in verdicts.items():
            instance = db.session.get_one(Instance, instance_id)
            db.session.add(
                RehearsalItem(
                    rehearsal_id=rehearsal.id,
                    instance_id=instance_id,
                    group_id=instance.database_group_id,
                    from_release_id=instance.recorded_release_id,
                    verdict=verdict,
                    findings=[{"sentence": "NIK ganda."}] if verdict != Verdict.GREEN else [],
                    measures=measures,
                    judged_at=utc_now(),
                    finished_at=utc_now(),
                )
            )
        return rehearsal.id


def _village(number: int) -> Village:
    district = f"7305{number % 17 + 1:02d}"
    code = f"{district}2{number:03d}"
    return Village(
        code=code,
        name=f"Desa {number}",
        district_code=district,
        district_name=f"Kecamatan {district[-2:]}",
        regency_code="7305",
        regency_name="Takalar",
        province_code="73",
        province_name="Sulawesi Selatan",
        domain=f"desa{number}.takalar.test",
    )


def _instance(code: str, group_id: int, server_id: int, release_id: int) -> Instance:
    return Instance(
        product="opensid",
        scope_code=code,
        village_code=code,
        server_id=server_id,
        database_group_id=group_id,
        wanted_release_id=release_id,
        recorded_release_id=release_id,
        recorded_digest="sha256:" + "a" * 64,
        recorded_at=utc_now(),
        observed_state=ObservedState.HEALTHY,
    )


def _step(position: int, name: str, seconds: dict[str, float]) -> Step:
    return Step(
        position=position,
        name=name,
        state=StepState.DONE,
        duration_ms=round(seconds.get(name, 1.0) * 1000),
        result={"bytes": 5_000_000} if name == "snapshot" else {},
    )
