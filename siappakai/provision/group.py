"""Touch: what is known of a database group before an operation touches its database."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from siappakai.models import Instance, Operation, Release, Step, db


@dataclass(frozen=True, slots=True)
class GroupFacts:
    """`made_here`: an installation of ours made the database. `has_schema`: one filled it.

    `in_use`: an instance on it was recorded or exposed. `versions`: what the other instances of
    the same product on it have recorded.
    """

    id: int
    is_combined: bool
    made_here: bool
    has_schema: bool
    in_use: bool
    versions: tuple[str, ...]


def group_facts(instance: Instance) -> GroupFacts:
    group = instance.database_group
    return GroupFacts(
        id=group.id,
        is_combined=group.is_combined,
        made_here=_made_here(group.id, group.database_name),
        has_schema=_has_schema(group.id),
        in_use=any(
            each.is_installed or each.exposed_at is not None
            for each in group.instances
            if each.product == group.product
        ),
        versions=_versions(instance),
    )


def moves_together(instance: Instance) -> list[Instance]:
    """Every instance that must change release with this one: itself, or its whole database."""
    group = instance.database_group
    if not group.is_combined or instance.product != group.product:
        return [instance]
    return [each for each in group.instances if each.product == group.product and each.is_serving]


def _steps(group_id: int, name: str) -> list[Step]:
    return list(
        db.session.scalars(
            select(Step)
            .join(Operation)
            .join(Instance, Instance.id == Operation.instance_id)
            .where(
                Instance.database_group_id == group_id,
                Step.name == name,
            )
        )
    )


def _made_here(group_id: int, database: str) -> bool:
    return any(step.result.get("database") == database for step in _steps(group_id, "database"))


def _has_schema(group_id: int) -> bool:
    return any("tables" in step.result for step in _steps(group_id, "schema"))


def _versions(instance: Instance) -> tuple[str, ...]:
    rows = db.session.scalars(
        select(Release.version)
        .join(Instance, Instance.recorded_release_id == Release.id)
        .where(
            Instance.database_group_id == instance.database_group_id,
            Instance.product == instance.product,
            Instance.id != instance.id,
        )
        .distinct()
    )
    return tuple(sorted(rows))
