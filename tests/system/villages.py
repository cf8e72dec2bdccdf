"""Steps many system tests share: a list in, installed, and what the fleet then looks like."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

import docker
from sqlalchemy import select

from siappakai.intake.save import check_upload, save_batch
from siappakai.models import Instance, Operation, db
from siappakai.provision.start import StartChoice, StartResult, start_batch
from siappakai.regions import villages_of_regency
from tests.fleet import Fleet


def village_list(regency: str, first: int, count: int) -> bytes:
    """A CSV of official villages, as an admin would fill it."""
    rows = ["Kode Desa;Nama Desa;Domain"]
    for village in villages_of_regency(regency)[first : first + count]:
        rows.append(f"{village.dotted};{village.name};d{village.code}.desa.localhost")
    return "\n".join(rows).encode()


def start_list(fleet: Fleet, content: bytes, choice: StartChoice) -> list[int]:
    """Upload, save, press Pasang; returns the operations it queued."""
    return _start(fleet, content, choice)[1]


def install(fleet: Fleet, content: bytes, release_id: int) -> tuple[StartResult, list[int]]:
    """The same with one release; returns the result and the operations it queued."""
    return _start(fleet, content, StartChoice((release_id,)))


def _start(fleet: Fleet, content: bytes, choice: StartChoice) -> tuple[StartResult, list[int]]:
    with fleet.app.app_context():
        batch = check_upload(str(uuid.uuid4()), "desa.csv", content, "7305", by="uji")
        save_batch(batch.id, by="uji")
        started = start_batch(batch.id, choice=choice, by="uji")
        ids = list(db.session.scalars(select(Operation.id).filter_by(batch_id=batch.id)))
        db.session.rollback()
        return started, ids


def table_checksums(fleet: Fleet, database: str) -> dict[str, int]:
    """CHECKSUM TABLE of every table of a database."""
    with fleet.tools.databases._cursor(database) as cursor:
        cursor.execute("SHOW FULL TABLES WHERE Table_type = 'BASE TABLE'")
        tables = [row[0] for row in cursor.fetchall()]
        cursor.execute("CHECKSUM TABLE " + ", ".join(f"`{table}`" for table in tables))
        return dict(cursor.fetchall())


@dataclass(frozen=True)
class Footprint:
    """Everything an installation leaves on a server, to compare before and after."""

    containers: frozenset[tuple[str, str]]
    databases: frozenset[str]
    accounts: frozenset[str]
    rows: tuple[int, ...]


def footprint(fleet: Fleet) -> Footprint:
    client = docker.from_env()
    label = f"siappakai.fleet={fleet.name}"
    containers = frozenset(
        (each.name, each.id) for each in client.containers.list(all=True, filters={"label": label})
    )
    client.close()
    databases = fleet.tools.databases
    with databases._cursor() as cursor:
        cursor.execute("SELECT schema_name FROM information_schema.schemata")
        names = frozenset(row[0] for row in cursor.fetchall())
        cursor.execute("SELECT user FROM mysql.user")
        users = frozenset(row[0] for row in cursor.fetchall())
    with fleet.app.app_context():
        counts = tuple(db.session.query(table).count() for table in (Instance, Operation))
    return Footprint(containers, names, users, counts)
