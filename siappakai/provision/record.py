"""Touch: write what was proven: the version record, and the instance's recorded columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select

from siappakai.models import (
    Instance,
    ObservedState,
    VersionRecord,
    append_event,
    db,
    transaction,
    utc_now,
)
from siappakai.provision.job import Job
from siappakai.subscriptions.push import note_pushed
from siappakai.subscriptions.token import fingerprint_of

PROVING_STEPS = ("start", "verify", "outside")


def record_version(job: Job, results: Mapping[str, Mapping[str, Any]]) -> Mapping[str, Any]:
    """Append the version record of this operation; a second call finds it and adds none."""
    return {"version_record": record_versions([(job, results)])[0]}


def record_versions(
    proven: Sequence[tuple[Job, Mapping[str, Mapping[str, Any]]]],
) -> list[int]:
    """A record for each job, all or none; those that this operation wrote before are found."""
    with transaction():
        return [(_kept(job) or _append(job, results)).id for job, results in proven]


def _kept(job: Job) -> VersionRecord | None:
    return db.session.scalar(
        select(VersionRecord).filter_by(operation_id=job.operation_id, instance_id=job.instance_id)
    )


def _append(job: Job, results: Mapping[str, Mapping[str, Any]]) -> VersionRecord:
    now = utc_now()
    record = VersionRecord(
        instance_id=job.instance_id,
        operation_id=job.operation_id,
        release_id=job.release_id,
        version=job.release.version,
        edition=str(job.release.edition),
        digest=job.digest,
        schema_version=job.release.schema_version,
        proof={name: dict(results[name]) for name in PROVING_STEPS},
        recorded_by=job.requested_by,
        recorded_at=now,
    )
    db.session.add(record)
    instance = db.session.get_one(Instance, job.instance_id)
    instance.recorded_release_id = job.release_id
    instance.recorded_digest = job.digest
    instance.recorded_spec_sha256 = str(results["start"]["spec_sha256"])
    instance.recorded_at = now
    if "identity" in results:
        instance.config_id = results["identity"].get("config_id")
    instance.observed_state = ObservedState.HEALTHY
    instance.observed_digest = job.digest
    instance.observed_answer = dict(results["start"].get("health", {}))
    instance.observed_at = now
    if job.place.premium_token is not None:
        given = fingerprint_of(job.place.premium_token.reveal())
        note_pushed(instance.id, given, job.operation_id)
    append_event(
        "version_recorded",
        job.subject,
        by=job.requested_by,
        version=job.release.version,
        operation=job.operation_id,
    )
    db.session.flush()
    return record
