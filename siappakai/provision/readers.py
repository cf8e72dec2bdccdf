"""Touch: products that may look into a combined database see its new tables too."""

from __future__ import annotations

from sqlalchemy import select

from siappakai.models import Instance, db
from siappakai.products import find_recipe
from siappakai.provision.job import Job
from siappakai.provision.naming import database_name
from siappakai.provision.tools import tools_for


def let_readers_read(job: Job) -> int:
    """Grant anew, table by table, what each reader of the group's database may see."""
    rows = db.session.scalars(select(Instance).where(Instance.reads_group_id == job.group.id))
    wanted = [(find_recipe(row.product).database, row.scope_code) for row in rows]
    db.session.rollback()
    databases = tools_for(job.server).databases
    for needs, scope_code in wanted:
        user = database_name(needs.prefix, scope_code)
        databases.grant_reading(user, job.place.database.name, needs.hidden)
    return len(wanted)
