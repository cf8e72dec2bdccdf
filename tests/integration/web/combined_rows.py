"""Villages in and beside a combined database, and their exports, for tests of pages."""

from __future__ import annotations

from siappakai.models import Instance, Operation, OperationKind, OperationState, Step, db
from tests.integration.web import family_rows, fleet_rows

LABEL = "Gabungan Takalar"


def add_combined() -> dict[str, int]:
    """`first` and `second` in one combined database, `alone` with its own and a tax beside it.

    `group` is that database's id, `empty` that of one without a village.
    """
    home = family_rows.add_home()
    group = family_rows.add_group(home.server, LABEL, "sid_gabungan_7305")
    empty = family_rows.add_group(home.server, "Gabungan Kosong", "sid_gabungan_kosong")
    made = {
        name: family_rows.install(family_rows.add_village(at), home.release, home.server, own)
        for at, (name, own) in enumerate((("first", group), ("second", group), ("alone", None)))
    }
    made["first"].config_id, made["second"].config_id = 1, 2
    release = fleet_rows.add_release("2603.0.0", product="uji_pajak")
    db.session.add(release)
    db.session.flush()
    made["tax"] = family_rows.install(made["alone"].village, release, home.server)
    ids = {name: instance.id for name, instance in made.items()}
    return ids | {"group": group.id, "empty": empty.id}


def add_companion(instance: Instance) -> Instance:
    """Another product of the village that works on the same database."""
    release = fleet_rows.add_release("2605.0.0", product="uji_pajak")
    db.session.add(release)
    db.session.flush()
    return family_rows.install(
        instance.village, release, instance.server, group=instance.database_group
    )


def do(instance: Instance, kind: OperationKind, **results: dict[str, object]) -> Operation:
    """An operation that succeeded, each of its steps with this result."""
    operation = fleet_rows.make_operation(instance, instance.recorded_release, None, kind)
    db.session.add(operation)
    db.session.flush()
    fleet_rows.set_step(operation, len(operation.steps))
    operation.state = OperationState.SUCCEEDED
    steps: dict[str, Step] = {step.name: step for step in operation.steps}
    for name, result in results.items():
        steps[name].result = result
    db.session.flush()
    return operation


def export(instance: Instance, kind: OperationKind = OperationKind.EXPORT) -> Operation:
    """A finished export of the village, as its worker leaves it."""
    operation = do(instance, kind)
    step = next(step for step in operation.steps if step.name == "export")
    step.result = {"file": file_of(instance, operation.id), "bytes": 3_400_000, "seconds": 1.2}
    db.session.flush()
    return operation


def file_of(instance: Instance, operation_id: int) -> str:
    root = f"{instance.server.data_root}/ekspor/opensid-{instance.scope_code}"
    return f"{root}/operasi-{operation_id}.desa.gz"
