"""A village with a real database, whose update is only rows: its steps are called by hand."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pymysql
from pymysql.connections import Connection
from pymysql.constants import CLIENT

from siappakai.models import (
    Instance,
    Operation,
    OperationKind,
    OperationState,
    Release,
    db,
    transaction,
)
from siappakai.products.contract import DatabaseAccess
from siappakai.provision.databases import Databases
from siappakai.provision.install_queue import queue_installs
from siappakai.provision.job import load_job
from siappakai.provision.step_context import StepContext
from siappakai.provision.tools import Tools
from tests.cast import BONTOKANANG, TAMASAJU, add_release, add_server, add_villages

PEOPLE = """CREATE TABLE keluarga (id INT PRIMARY KEY AUTO_INCREMENT, no_kk VARCHAR(20));
CREATE TABLE penduduk (id INT PRIMARY KEY AUTO_INCREMENT, nama VARCHAR(60), id_kk INT NULL,
  foto BLOB, FOREIGN KEY (id_kk) REFERENCES keluarga (id));
CREATE TABLE log_penduduk (id INT PRIMARY KEY AUTO_INCREMENT, catatan TEXT);
INSERT INTO keluarga (no_kk) VALUES ('7305052001000001'), ('7305052001000002');
INSERT INTO penduduk (nama, id_kk, foto) VALUES
  ('Daeng Ngalle', 1, x'00ff27'), ('O''Brien; x', 2, NULL);"""


@dataclass
class Moving:
    """The village, its update's context, and its application's own way to the database."""

    databases: Databases
    context: StepContext
    access: DatabaseAccess

    @property
    def name(self) -> str:
        return self.access.name

    @property
    def salinan(self) -> Path:
        return self.databases.paths.root / "salinan"

    def connect(self) -> Connection[Any]:
        """As the application does it: its own account, its own database."""
        return pymysql.connect(
            unix_socket=str(self.databases.paths.mariadb_socket),
            user=self.access.user,
            password=self.access.password.reveal(),
            database=self.name,
            charset="utf8mb4",
            client_flag=CLIENT.MULTI_STATEMENTS,
        )

    def run(self, *statements: str) -> None:
        with self.connect() as connection, connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
                while cursor.nextset():
                    pass
            connection.commit()

    def content(self) -> str:
        """All of the database as the text of a dump."""
        target = self.salinan.parent / "isi.sql"
        self.databases.dump(self.name, target)
        return target.read_text()

    def context_of(self, kind: OperationKind) -> StepContext:
        """The context of another operation of the same village."""
        with transaction():
            current = db.session.scalars(db.select(Operation).where(Operation.active_key > 0))
            for each in current:
                each.state, each.active_key = OperationState.SUCCEEDED, None
            db.session.flush()
            operation = _operation(self.context.job.instance_id, kind)
        return StepContext(load_job(operation.id), self.context.tools)


@contextmanager
def moving_village(databases: Databases) -> Iterator[Moving]:
    """One of two villages is about to be updated; its database and dumps are gone afterwards."""
    add_server(databases.paths.root, databases.paths.fleet)
    old, _ = add_release("2408.0.0"), add_release("2410.0.0")
    add_villages(TAMASAJU, BONTOKANANG)
    with transaction():
        release = db.session.get_one(Release, old)
        ids = queue_installs([TAMASAJU, BONTOKANANG], release, by="ani")
        for each in ids:
            installed = db.session.get_one(Operation, each)
            installed.state, installed.active_key = OperationState.SUCCEEDED, None
            installed.instance.recorded_release_id = old
            installed.instance.recorded_spec_sha256 = "a" * 64
        db.session.flush()
        operation = _operation(
            db.session.get_one(Operation, ids[0]).instance_id, OperationKind.UPDATE
        )
    job = load_job(operation.id)
    access, needs = job.place.database, job.recipe.database
    databases.create(access.name, needs.charset, needs.collation)
    databases.ensure_account(access)
    made = Moving(databases, StepContext(job, Tools(databases.engine, databases)), access)
    try:
        made.run(PEOPLE)
        yield made
    finally:
        databases.drop_unused(access.name)
        shutil.rmtree(made.salinan, ignore_errors=True)


def _operation(instance_id: int, kind: OperationKind) -> Operation:
    instance = db.session.get_one(Instance, instance_id)
    operation = Operation(
        kind=kind,
        instance_id=instance_id,
        release_id=instance.recorded_release_id,
        state=OperationState.RUNNING,
        requested_by="ani",
        active_key=instance_id,
    )
    db.session.add(operation)
    db.session.flush()
    return operation
