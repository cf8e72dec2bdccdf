"""A rollout of small villages in rows, with operations that end as a test says."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import select

from siappakai.models import (
    DatabaseGroup,
    Edition,
    Instance,
    Operation,
    OperationKind,
    OperationState,
    Release,
    ReleaseState,
    Rollout,
    RolloutItem,
    RolloutState,
    RolloutWave,
    Step,
    StepState,
    db,
    transaction,
    utc_now,
)
from siappakai.provision.lifecycle import STEPS
from siappakai.provision.run import move
from siappakai.rollout.drive import advance, lock_rollout, move_rollout
from siappakai.rollout.policy import RolloutPolicy, to_json
from tests.cast import add_server, add_villages

OLD, NEW = "2408.0.0", "2410.0.0"
WORKER = "pekerja-uji"


def add_sample_release(version: str) -> int:
    with transaction():
        release = Release(
            product="opensid",
            version=version,
            edition=Edition.SAMPLE,
            state=ReleaseState.OFFERED,
            schema_version=version,
            php_version="8.2",
            digest="sha256:" + version.replace(".", "").ljust(64, "0"),
        )
        db.session.add(release)
        db.session.flush()
        return release.id


def add_running_villages(count: int, release_id: int, server_id: int) -> list[int]:
    """Instances that were installed with this release, each in its own database."""
    codes = [f"730505{2001 + number}" for number in range(count)]
    add_villages(*codes)
    with transaction():
        made = []
        for code in codes:
            group = DatabaseGroup(
                product="opensid", server_id=server_id, database_name=f"sid_{code}"
            )
            instance = Instance(
                product="opensid",
                scope_code=code,
                village_code=code,
                server_id=server_id,
                database_group=group,
                wanted_release_id=release_id,
                recorded_release_id=release_id,
                recorded_spec_sha256="a" * 64,
            )
            db.session.add(instance)
            made.append(instance)
        db.session.flush()
        return [each.id for each in made]


def add_rollout(
    instance_ids: list[int], wave_sizes: list[int], policy: RolloutPolicy, target: int, old: int
) -> int:
    """An approved rollout of these instances, in waves of these sizes."""
    with transaction():
        rollout = Rollout(
            title="Uji",
            product="opensid",
            release_id=target,
            state=RolloutState.APPROVED,
            policy=to_json(policy),
            plan={"moves": []},
            plan_sha256="0" * 64,
            created_by="ani",
            approved_by="budi",
        )
        db.session.add(rollout)
        db.session.flush()
        left = list(instance_ids)
        for number, size in enumerate(wave_sizes, start=1):
            db.session.add(
                RolloutWave(
                    rollout_id=rollout.id,
                    number=number,
                    name=f"Gelombang {number}",
                    bake_s=policy.bake_s,
                    waits_for_person=number in policy.confirm_waves,
                )
            )
            for position, instance_id in enumerate(left[:size]):
                _add_item(rollout.id, number, position, instance_id, old)
            left = left[size:]
        return rollout.id


def _add_item(rollout_id: int, wave: int, position: int, instance_id: int, old: int) -> None:
    instance = db.session.get_one(Instance, instance_id)
    db.session.add(
        RolloutItem(
            rollout_id=rollout_id,
            wave_number=wave,
            position=position,
            group_id=instance.database_group_id,
            instance_id=instance_id,
            members=[instance_id],
            from_release_id=old,
        )
    )


def make_ground(
    root: Path, count: int, wave_sizes: list[int], policy: RolloutPolicy
) -> tuple[int, list[int]]:
    """The rollout's id and its instances' ids."""
    server_id = add_server(root)
    old, new = add_sample_release(OLD), add_sample_release(NEW)
    instances = add_running_villages(count, old, server_id)
    return add_rollout(instances, wave_sizes, policy, new, old), instances


def active_operations() -> list[Operation]:
    wanted = [OperationState.QUEUED, OperationState.RUNNING]
    return list(
        db.session.scalars(
            select(Operation).where(Operation.state.in_(wanted)).order_by(Operation.id)
        )
    )


def end_operation(operation_id: int, *, well: bool, at: str = "verify") -> None:
    """What a worker writes when an operation has ended, and nothing else; `at`: where it failed."""
    with transaction():
        operation = db.session.get_one(Operation, operation_id)
        if operation.state == OperationState.QUEUED:
            move(operation, OperationState.RUNNING, by=WORKER)
        if well:
            instance = operation.instance
            operation.steps += _warm_step(operation, instance)
            instance.recorded_release_id = operation.release_id
            move(operation, OperationState.SUCCEEDED, by=WORKER)
        else:
            _fail_at(operation, at)
            operation.error_message = "Halaman / di dalam: menjawab 500, seharusnya 200."
            move(operation, OperationState.FAILED, by=WORKER)


def _fail_at(operation: Operation, at: str) -> None:
    """An update that failed at this step; once it was warm, it came back."""
    names = STEPS[operation.kind]
    if operation.kind != OperationKind.UPDATE or at not in names:
        return
    done = names[: names.index(at)]
    for step in operation.steps:
        if step.name in done:
            step.state = StepState.DONE
        if step.name == at:
            step.state = StepState.FAILED
    if "warm" in done:
        back = Step(name="return", position=99, state=StepState.DONE, finished_at=utc_now())
        operation.steps.append(back)


def _warm_step(operation: Operation, instance: Instance) -> list[Step]:
    """An update remembers what it led away from: the way back reads it."""
    if operation.kind != OperationKind.UPDATE:
        return []
    led = {"old_release_id": instance.recorded_release_id, "old_spec_sha256": "a" * 64}
    for step in operation.steps:
        if step.name == "warm":
            step.state, step.result, step.finished_at = StepState.DONE, led, utc_now()
            return []
    return [Step(name="warm", position=90, state=StepState.DONE, result=led)]


def begin(rollout_id: int) -> None:
    """Launched; these rows have no plan that could be outdated."""
    with transaction():
        move_rollout(lock_rollout(rollout_id), RolloutState.RUNNING, by="ani")
    advance(rollout_id)
