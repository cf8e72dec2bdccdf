"""Villages, a regency and its districts with several products each, for tests of pages."""

from __future__ import annotations

from dataclasses import dataclass

from siappakai.models import (
    Batch,
    BatchRow,
    BatchState,
    DatabaseGroup,
    DatabaseMode,
    Instance,
    ObservedState,
    Operation,
    OperationKind,
    OperationState,
    Region,
    Release,
    Server,
    Step,
    StepState,
    Village,
    db,
)
from siappakai.regions import find_district, find_province, find_regency, villages_of_regency
from tests.integration.web import fleet_rows

ALL = villages_of_regency("7305")


@dataclass(frozen=True)
class Home:
    """A server and one release of OpenSID, kept by the caller's transaction."""

    server: Server
    release: Release


def add_home() -> Home:
    home = Home(fleet_rows.add_server(), fleet_rows.add_release())
    db.session.add_all([home.server, home.release])
    db.session.flush()
    return home


def add_village(at: int) -> Village:
    village = fleet_rows.make_village(ALL[at].code, ALL[at].name)
    db.session.add(village)
    db.session.flush()
    return village


def add_group(server: Server, label: str, name: str) -> DatabaseGroup:
    """An empty combined database of OpenSID's."""
    group = DatabaseGroup(
        product="opensid",
        mode=DatabaseMode.COMBINED,
        server_id=server.id,
        database_name=name,
        label=label,
    )
    db.session.add(group)
    db.session.flush()
    return group


def install(
    home: Village | Region,
    release: Release,
    server: Server,
    group: DatabaseGroup | None = None,
    seen: ObservedState = ObservedState.HEALTHY,
) -> Instance:
    """An installed instance of the release's product, seen in this state."""
    own = group or DatabaseGroup(
        product=release.product,
        server_id=server.id,
        database_name=f"{release.product}_{home.code}",
    )
    is_village = isinstance(home, Village)
    instance = Instance(
        product=release.product,
        scope_code=home.code,
        village_code=home.code if is_village else None,
        region_code=None if is_village else home.code,
        server=server,
        database_group=own,
        web_path="/" if release.product == "opensid" else f"/{release.product}",
        wanted_release=release,
    )
    operation = fleet_rows.make_operation(instance, release, None)
    db.session.add_all([own, instance, operation])
    db.session.flush()
    fleet_rows.finish(operation, seen)
    db.session.flush()
    return instance


def update(instance: Instance, release: Release) -> Operation:
    """The instance was moved to this release, as the worker leaves it."""
    before = instance.recorded_release_id
    operation = fleet_rows.make_operation(instance, release, None, OperationKind.UPDATE)
    db.session.add(operation)
    db.session.flush()
    fleet_rows.finish(operation)
    warm: Step = next(step for step in operation.steps if step.name == "warm")
    warm.result = {"old_release_id": before, "old_spec_sha256": "0" * 64}
    instance.wanted_release = release
    db.session.flush()
    return operation


def stop(instance: Instance, release: Release, kind: OperationKind) -> Operation:
    """A newest operation of the instance that failed."""
    operation = fleet_rows.make_operation(instance, release, None, kind)
    db.session.add(operation)
    db.session.flush()
    fleet_rows.set_step(operation, 1, StepState.FAILED)
    operation.state, operation.error_message = OperationState.FAILED, "Langkah itu gagal."
    db.session.flush()
    return operation


def add_region(code: str, domain: str) -> Region:
    found = find_regency(code) if len(code) == 4 else find_district(code)
    regency, province = find_regency(code[:4]), find_province(code[:2])
    assert found and regency and province
    region = Region(
        code=code,
        name=found.name,
        regency_code=regency.code,
        regency_name=regency.name,
        province_code=province.code,
        province_name=province.name,
        domain=domain,
    )
    db.session.add(region)
    db.session.flush()
    return region


def add_saved_batch(places: range) -> Batch:
    """A saved list of these villages of Takalar, nothing of it started."""
    batch = Batch(
        upload_id="22222222-2222-4222-8222-222222222222",
        file_name="takalar-lagi.csv",
        regency_code="7305",
        state=BatchState.SAVED,
        row_count=len(places),
        created_by="ani",
    )
    db.session.add(batch)
    for at in places:
        add_village(at)
        batch.rows.append(BatchRow(row_number=at + 2, status="baru", village_code=ALL[at].code))
    db.session.flush()
    return batch
