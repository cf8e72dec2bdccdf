"""The combined databases: who lives in each, who reads it, and what holds it now."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import defer, joinedload

from siappakai.errors import NotFound
from siappakai.models import (
    DatabaseGroup,
    DatabaseMode,
    Instance,
    Operation,
    Release,
    Server,
    db,
)
from siappakai.models.release import version_key
from siappakai.web.paging import Page


@dataclass(frozen=True, slots=True)
class GroupView:
    """A combined database, its server, the villages in it, and what they have recorded."""

    group: DatabaseGroup
    server: Server
    village_count: int
    versions: list[str]
    holder: Operation | None


def combined_groups() -> list[DatabaseGroup]:
    """The combined databases, oldest first."""
    query = select(DatabaseGroup).filter_by(mode=DatabaseMode.COMBINED)
    return list(db.session.scalars(query.order_by(DatabaseGroup.id)))


def village_counts() -> dict[int, int]:
    """How many villages are in each combined database, by its id."""
    query = (
        select(Instance.database_group_id, func.count())
        .join(DatabaseGroup, DatabaseGroup.id == Instance.database_group_id)
        .where(
            DatabaseGroup.mode == DatabaseMode.COMBINED, Instance.product == DatabaseGroup.product
        )
        .group_by(Instance.database_group_id)
    )
    return dict(db.session.execute(query).all())


def find_groups(number: int, size: int) -> Page:
    """One page of combined databases, oldest first."""
    total = db.session.scalar(
        select(func.count(DatabaseGroup.id)).filter_by(mode=DatabaseMode.COMBINED)
    )
    number = min(number, max(1, -(-(total or 0) // size)))
    query = select(DatabaseGroup).filter_by(mode=DatabaseMode.COMBINED).order_by(DatabaseGroup.id)
    counts = village_counts()
    found = db.session.scalars(query.limit(size).offset((number - 1) * size))
    return Page([_view(each, counts.get(each.id, 0)) for each in found], number, size, total or 0)


def get_group(group_id: int) -> GroupView:
    """The combined database; NotFound when there is none or it is one village's own."""
    group = db.session.get(DatabaseGroup, group_id)
    if group is None or not group.is_combined:
        raise NotFound("Basis data gabungan itu tidak ada.", hint="Pilih dari daftarnya.")
    return _view(group, village_counts().get(group.id, 0))


def villages_of(group: DatabaseGroup, number: int, size: int, total: int) -> Page:
    """One page of the instances whose villages live in the database, by the villages' codes."""
    number = min(number, max(1, -(-total // size)))
    query = (
        select(Instance)
        .where(Instance.database_group_id == group.id, Instance.product == group.product)
        .options(
            joinedload(Instance.village),
            joinedload(Instance.recorded_release).options(defer(Release.components)),
        )
        .order_by(Instance.scope_code)
        .limit(size)
        .offset((number - 1) * size)
    )
    return Page(list(db.session.scalars(query)), number, size, total)


def readers_of(group: DatabaseGroup) -> list[Instance]:
    """The regency's applications that look into the database."""
    query = select(Instance).where(Instance.reads_group_id == group.id)
    return list(db.session.scalars(query.order_by(Instance.id)))


def _view(group: DatabaseGroup, village_count: int) -> GroupView:
    versions = db.session.scalars(
        select(Release.version)
        .join(Instance, Instance.recorded_release_id == Release.id)
        .where(Instance.database_group_id == group.id, Instance.product == group.product)
        .distinct()
    )
    held_by = group.lock_operation_id
    return GroupView(
        group=group,
        server=db.session.get_one(Server, group.server_id),
        village_count=village_count,
        versions=sorted(versions, key=version_key),
        holder=db.session.get(Operation, held_by) if held_by else None,
    )
