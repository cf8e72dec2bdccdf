"""A database is changed only when nobody works on it; the way back waits for nobody."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import Any

import pymysql
import pytest
from pymysql.connections import Connection
from pymysql.cursors import Cursor

from siappakai.errors import StepFailed, Unavailable
from siappakai.models import OperationKind
from siappakai.products import find_recipe
from siappakai.provision import holding
from siappakai.provision.snapshots import bring_back, mark_changed, snapshot
from siappakai.provision.update_steps import RETURN, UPDATE
from siappakai.provision.work import work_on
from tests.integration.way_back.moving import Moving

pytestmark = pytest.mark.timeout(300)

IMPORT = "INSERT INTO penduduk (nama) VALUES ('setengah impor')"
HOLDS = [(OperationKind.UPDATE, UPDATE["hold"]), (OperationKind.RETURN, RETURN["hold"])]


@pytest.fixture(autouse=True)
def little_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(holding, "QUIET_WITHIN_S", 2.5)


@contextmanager
def resident_import(village: Moving) -> Iterator[Cursor]:
    """A request of the application's that has begun to write and isn't done."""
    with village.connect() as connection, connection.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute(IMPORT)
        yield cursor


@contextmanager
def long_statement(village: Moving) -> Iterator[None]:
    """A request that waits for MariaDB's answer."""

    def run() -> None:
        with suppress(pymysql.MySQLError), village.connect() as connection:
            connection.cursor().execute("SELECT SLEEP(60)")

    thread = threading.Thread(target=run)
    thread.start()
    while not work_on(village.databases, village.name):
        time.sleep(0.05)
    yield
    village.databases.kill_connections(village.access.user)
    thread.join()


@pytest.mark.parametrize(("kind", "hold"), HOLDS)
@pytest.mark.parametrize("work", [resident_import, long_statement])
def test_what_goes_on_working_ends_the_operation_before_anything_is_changed(
    village: Moving, kind: OperationKind, hold: Any, work: Any
) -> None:
    context = village.context_of(kind)
    with work(village):
        with pytest.raises(StepFailed) as refused:
            hold(context)
        assert refused.value.message.startswith("Masih ada pekerjaan panjang di basis data ini")
        assert re.search("sudah berjalan sedikitnya [2-9] detik", refused.value.message)
        assert "coba lagi di jam sepi" in refused.value.hint
        assert village.access.user in refused.value.log_tail
    assert not village.salinan.exists()
    assert hold(context)["was_quiet"]


@pytest.mark.parametrize("check", [UPDATE["check"], RETURN["check_return"]])
def test_work_that_is_long_already_is_left_to_end_before_anybody_is_held(
    village: Moving, check: Any
) -> None:
    with resident_import(village):
        time.sleep(3.2)
        with pytest.raises(Unavailable, match="Masih ada pekerjaan panjang"):
            check(village.context)


def end(connection: Connection[Any]) -> None:
    connection.commit()
    connection.close()


def test_a_request_that_ends_in_time_is_waited_for(village: Moving) -> None:
    with resident_import(village) as cursor:
        ending = threading.Timer(0.7, end, [cursor.connection])
        ending.start()
        assert UPDATE["hold"](village.context)["was_quiet"]
        ending.join()
        cursor.connection.connect()  # the block closes it
    assert "setengah impor" in village.content()


def test_only_who_sleeps_long_and_outside_a_transaction_is_no_work(village: Moving) -> None:
    databases, name = village.databases, village.name
    with village.connect() as persistent, persistent.cursor() as cursor:
        cursor.execute("SELECT COUNT(*) FROM penduduk")
        persistent.commit()
        time.sleep(0.5)
        assert [work.command for work in work_on(databases, name)] == ["Sleep"]  # may go on
        assert work_on(databases, name, idle_s=0.3) == []
        cursor.execute("BEGIN")
        cursor.execute(IMPORT)
        time.sleep(0.5)
        assert len(work_on(databases, name, idle_s=0.3)) == 1
        assert work_on(databases, "sid_7305052002", idle_s=0.3) == []
        persistent.rollback()
    assert work_on(databases, name) == []


def test_a_product_on_anothers_database_is_not_refused_for_the_others_work(
    village: Moving,
) -> None:
    mobile = replace(village.context.job, recipe=find_recipe("mobile_api"))
    context = replace(village.context, job=mobile, members=(mobile,))
    with resident_import(village):
        assert not UPDATE["hold"](context)["was_quiet"]


def test_the_way_back_ends_the_work_that_is_left_and_is_not_refused(village: Moving) -> None:
    context, before = village.context, village.content()
    context.results["snapshot"] = snapshot(context)
    mark_changed(context)
    with resident_import(village) as cursor:
        started = time.monotonic()
        assert bring_back(context)
        assert time.monotonic() - started < 30
        with pytest.raises(pymysql.OperationalError):
            cursor.execute(IMPORT)
        cursor.connection.connect()
    assert village.content() == before
