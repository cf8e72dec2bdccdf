"""A fixed cast for tests of pages: people, a server, releases and villages in known states."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from siappakai.models import (
    Batch,
    BatchState,
    DatabaseGroup,
    Edition,
    Instance,
    ObservedState,
    Operation,
    OperationKind,
    OperationState,
    Release,
    ReleaseState,
    Role,
    Server,
    ServerState,
    Step,
    StepState,
    User,
    VersionRecord,
    Village,
    append_event,
    db,
    transaction,
    utc_now,
    write_setting,
)
from siappakai.provision.lifecycle import STEPS
from siappakai.regions import find_district, find_regency, villages_of_regency
from siappakai.secret import Secret
from siappakai.vault import keep_secret

TAKALAR = "7305"
PASSWORD = "kunci-gudang-beras-7"
ADMIN_SECRET = "Sandi#Pertama77"
DIGEST = "sha256:" + "ab12" * 16


def add_people() -> None:
    """`ani` is an admin, `budi` only looks, `citra` must change her password first."""
    people = (
        User(username="ani", name="Ani Rahma", role=Role.ADMIN),
        User(username="budi", name="Budi", role=Role.VIEWER),
        User(username="citra", name="Citra", role=Role.ADMIN, must_change_password=True),
    )
    for person in people:
        person.set_password(Secret(PASSWORD))
    with transaction() as session:
        session.add_all(people)


def choose_regency(code: str = TAKALAR) -> None:
    with transaction():
        write_setting("regency_code", code, by="ani")


def add_server() -> Server:
    return Server(
        name="local",
        data_root="/srv/uji",
        fleet="uji",
        edge_address="127.0.0.1",
        http_port=80,
        https_port=443,
        state=ServerState.READY,
        prepared_at=utc_now(),
        facts={"memory_bytes": 25_000_000_000, "cores": 2},
    )


def add_release(
    version: str = "2410.0.0",
    state: ReleaseState = ReleaseState.TESTED,
    product: str = "opensid",
) -> Release:
    return Release(
        product=product,
        version=version,
        edition=Edition.GENERAL,
        state=state,
        schema_version="2024100101",
        php_version="8.2",
        origin="arsip uji",
        image_tag=f"uji/{product}:{version}",
        digest=DIGEST,
        content_sha256="cd" * 32,
        size_bytes=512_000_000,
        components='{"bomFormat": "CycloneDX"}',
        component_count=117,
        patches=[{"name": "cache-flush", "reason": "tembolok dibuang di setiap permintaan"}],
        added_by="ani",
        built_at=utc_now(),
    )


def make_village(code: str, name: str, domain: str = "") -> Village:
    district, regency = find_district(code[:6]), find_regency(code[:4])
    village = Village(
        code=code,
        name=name,
        district_code=code[:6],
        district_name=district.name if district else "",
        regency_code=code[:4],
        regency_name=regency.name if regency else "",
        province_code=code[:2],
        province_name="Sulawesi Selatan",
        domain=domain or f"d{code}.desa.test",
    )
    village.refresh_search_text()
    return village


def make_operation(
    instance: Instance,
    release: Release,
    batch: Batch | None,
    kind: OperationKind = OperationKind.INSTALL,
    **fields: Any,
) -> Operation:
    names = STEPS[kind]
    return Operation(
        kind=kind,
        instance=instance,
        release=release,
        batch=batch,
        requested_by="ani",
        steps=[Step(position=at, name=name) for at, name in enumerate(names)],
        **fields,
    )


def set_step(operation: Operation, done: int, last: StepState = StepState.RUNNING) -> None:
    """The first `done` steps are finished, the next one is in state `last`."""
    now = utc_now()
    for step in operation.steps:
        if step.position < done:
            step.state, step.duration_ms = StepState.DONE, 340 * (step.position + 1)
            step.started_at = step.finished_at = now
        elif step.position == done:
            step.state, step.started_at = last, now


def add_fleet(count: int = 6) -> int:
    """`count` villages of Takalar in one started batch; returns the batch's id.

    In order of code: installed and healthy, failed, running, then queued; the last is unhealthy
    when there are at least five.
    """
    server, release = add_server(), add_release()
    batch = Batch(
        upload_id="11111111-1111-4111-8111-111111111111",
        file_name="takalar.xlsx",
        regency_code=TAKALAR,
        state=BatchState.STARTED,
        row_count=count,
        created_by="ani",
        started_at=utc_now(),
    )
    with transaction() as session:
        session.add_all([server, release, batch])
        session.flush()
        for at, official in enumerate(villages_of_regency(TAKALAR)[:count]):
            village = make_village(official.code, official.name)
            village.batch_id = batch.id
            session.add(village)
            _add_instance(village, at, count, server, release, batch)
        append_event("batch_started", f"batch:{batch.id}", by="ani", installs=count)
        return batch.id


def _add_instance(
    village: Village, at: int, count: int, server: Server, release: Release, batch: Batch
) -> None:
    group = DatabaseGroup(
        product="opensid", server_id=server.id, database_name=f"opensid_{village.code}"
    )
    instance = Instance(
        product="opensid",
        scope_code=village.code,
        village=village,
        server=server,
        database_group=group,
        wanted_release=release,
    )
    operation = make_operation(instance, release, batch)
    db.session.add_all([group, instance, operation])
    db.session.flush()
    if at == 0 or (at == count - 1 and count > 4):
        finish(operation, ObservedState.HEALTHY if at == 0 else ObservedState.UNHEALTHY)
    elif at == 1:
        fail(operation)
    elif at == 2:
        run(operation)
    else:
        operation.active_key = instance.id
    db.session.flush()


def finish(operation: Operation, seen: ObservedState = ObservedState.HEALTHY) -> None:
    """The operation ends well: record, digest, and a look that found `seen`."""
    instance, now = operation.instance, utc_now()
    set_step(operation, len(operation.steps))
    operation.state, operation.active_key = OperationState.SUCCEEDED, None
    operation.started_at, operation.finished_at = now - timedelta(seconds=3.3), now
    instance.recorded_release, instance.recorded_digest = operation.release, DIGEST
    instance.recorded_at = instance.observed_at = now
    instance.observed_state, instance.observed_digest = seen, DIGEST
    instance.observed_answer = {"ok": True, "version": operation.release.version}
    record = VersionRecord(
        instance=instance,
        operation=operation,
        release=operation.release,
        version=operation.release.version,
        edition="umum",
        digest=DIGEST,
        schema_version="2024100101",
        proof={"health": {"ok": True}, "page": {"status": 200}},
        recorded_by="ani",
    )
    db.session.add(record)
    keep_secret(f"instance:{instance.id}", "admin_password", lambda: Secret(ADMIN_SECRET))


def fail(operation: Operation) -> None:
    now = utc_now()
    set_step(operation, 2, StepState.FAILED)
    operation.state, operation.active_key = OperationState.FAILED, None
    operation.started_at, operation.finished_at = now - timedelta(seconds=9), now
    operation.error_message = "Basis data tidak menjawab."
    operation.error_hint = "Periksa ruang disk server, lalu tekan Coba lagi."
    operation.error_log_tail = "ERROR 1114 (HY000): The table is full"


def run(operation: Operation, done: int = 3) -> None:
    set_step(operation, done)
    operation.state, operation.started_at = OperationState.RUNNING, utc_now()
    operation.active_key, operation.attempt = operation.instance_id, 1
