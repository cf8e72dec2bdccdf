"""Touch: a database becomes what a dump holds; the dump proves itself before anything goes away."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any

import pymysql

from siappakai.errors import StepErrored, StepFailed
from siappakai.products.contract import DatabaseAccess, DatabaseNeeds
from siappakai.provision.databases import Databases

ASIDE, BEFORE = "pulih_", "lama_"
OUR_PREFIXES = (ASIDE, BEFORE)
TABLES = (
    "SELECT table_name FROM information_schema.tables "
    "WHERE table_schema = %s AND table_type <> 'VIEW' ORDER BY table_name"  # sequences too
)
VIEWS = "SELECT table_name FROM information_schema.views WHERE table_schema = %s ORDER BY 1"
TRIGGERS = "SELECT trigger_name FROM information_schema.triggers WHERE trigger_schema = %s"
ROUTINES = """SELECT type, name, param_list, returns, body, language, sql_data_access,
is_deterministic, security_type, sql_mode, aggregate, comment
FROM mysql.proc WHERE db = %s ORDER BY type, name"""
EVENTS = """SELECT name, body, execute_at, interval_value, interval_field, starts, ends, status,
on_completion, sql_mode, time_zone, comment FROM mysql.event WHERE db = %s ORDER BY name"""


def restore_database(
    databases: Databases,
    access: DatabaseAccess,
    needs: DatabaseNeeds,
    source: Path,
    tables: int | None,
) -> None:
    """The database holds exactly what the dump does: `tables` of them (None: not known).

    The dump is loaded beside the database first. Only when it is whole there do its tables take
    the place of the present ones: in one atomic RENAME, or where more than tables and views has to
    change, by emptying the database and loading anew. Safe to run again after a crash anywhere.
    """
    _end_connections(databases, access.name)
    aside = DatabaseAccess(ASIDE + access.name, access.user, access.password)
    _load_aside(databases, aside, needs, source, tables)
    _drop(databases, BEFORE + access.name)
    _end_connections(databases, access.name)
    if _can_take_place(databases, aside.name, access.name):
        _take_place(databases, aside, access)
    else:
        databases.replace_content(access, source)
    for prefix in OUR_PREFIXES:
        _drop(databases, prefix + access.name)
    databases.revoke(access.user, aside.name)


def _end_connections(databases: Databases, database: str) -> None:
    """Whatever still works on the database (a hanging migration) is ended first."""
    query = "SELECT id FROM information_schema.processlist WHERE db = %s"
    with databases.connection("information_schema") as connection, connection.cursor() as cursor:
        for (number,) in _rows(databases, database, query):
            with suppress(pymysql.MySQLError):  # it may have ended by itself meanwhile
                cursor.execute(f"KILL HARD {int(number)}")


def _load_aside(
    databases: Databases,
    aside: DatabaseAccess,
    needs: DatabaseNeeds,
    source: Path,
    tables: int | None,
) -> None:
    _drop(databases, aside.name)
    databases.create(aside.name, needs.charset, needs.collation)
    databases.grant(aside.user, aside.name, ("ALL PRIVILEGES",))
    databases.load(aside, source)
    found = databases.table_count(aside.name)
    if not found or found != (tables or found):
        raise StepErrored(
            f"Salinan {source.name} hanya berisi {found} dari {tables} tabel; tidak dipakai.",
            hint="Basis data belum disentuh. Cari salinan lain, atau laporkan kepada pengelola.",
        )


def _can_take_place(databases: Databases, aside: str, present: str) -> bool:
    """Whether exchanging tables and views is all there is to do.

    A table with triggers can't be renamed into another database (error 1435), and routines and
    events stay where they are.
    """
    if any(_rows(databases, name, TRIGGERS) for name in (aside, present)):
        return False
    return all(
        _rows(databases, aside, query) == _rows(databases, present, query)
        for query in (ROUTINES, EVENTS)
    )


def _take_place(databases: Databases, aside: DatabaseAccess, access: DatabaseAccess) -> None:
    """The tables beside the database become its own; what was there goes to another name."""
    old = BEFORE + access.name
    present, coming = (_names(databases, name, TABLES) for name in (access.name, aside.name))
    views = _view_texts(databases, aside)
    with databases.connection(access.name) as connection, connection.cursor() as cursor:
        cursor.execute("SET SESSION foreign_key_checks = 0")
        cursor.execute(f"CREATE DATABASE {quoted(old)}")
        for name in _names(databases, access.name, VIEWS):
            cursor.execute(f"DROP VIEW {quoted(name)}")
        for name in _names(databases, aside.name, VIEWS):
            cursor.execute(f"DROP VIEW {quoted(aside.name)}.{quoted(name)}")
        moves = [(access.name, old, name) for name in present]
        moves += [(aside.name, access.name, name) for name in coming]
        if moves:
            cursor.execute("RENAME TABLE " + ", ".join(_rename(*move) for move in moves))
        connection.commit()
    _make_views(databases, access, views)


def _rename(source: str, target: str, name: str) -> str:
    return f"{quoted(source)}.{quoted(name)} TO {quoted(target)}.{quoted(name)}"


def _view_texts(databases: Databases, aside: DatabaseAccess) -> list[str]:
    """How each view is made, with the names of its tables left to the database it is made in."""
    texts = []
    with databases.connection(aside.name) as connection, connection.cursor() as cursor:
        for name in _names(databases, aside.name, VIEWS):
            cursor.execute(f"SHOW CREATE VIEW {quoted(name)}")
            texts.append(str(cursor.fetchone()[1]).replace(f"{quoted(aside.name)}.", ""))
    return texts


def _make_views(databases: Databases, access: DatabaseAccess, texts: list[str]) -> None:
    """Views may need each other: those that can't be made yet wait for the next round."""
    while texts:
        waiting = [text for text in texts if not _is_made(databases, access.name, text)]
        if len(waiting) == len(texts):
            raise StepErrored("Tampilan (view) basis data tidak dapat dibuat kembali.")
        texts = waiting


def _is_made(databases: Databases, database: str, text: str) -> bool:
    try:
        with databases.connection(database) as connection, connection.cursor() as cursor:
            cursor.execute(text)
    except StepFailed:
        return False
    return True


def _names(databases: Databases, database: str, query: str) -> list[str]:
    return [str(row[0]) for row in _rows(databases, database, query)]


def _rows(databases: Databases, database: str, query: str) -> list[tuple[Any, ...]]:
    with databases.connection("information_schema") as connection, connection.cursor() as cursor:
        cursor.execute(query, (database,))
        return list(cursor.fetchall())


def _drop(databases: Databases, name: str) -> None:
    """Only what this file made: its prefixes are no product's."""
    if not name.startswith(OUR_PREFIXES):
        raise ValueError(f"not a database of a restoration: {name!r}")
    with databases.connection("information_schema") as connection, connection.cursor() as cursor:
        cursor.execute("SET SESSION foreign_key_checks = 0")
        cursor.execute(f"DROP DATABASE IF EXISTS {quoted(name)}")


def quoted(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"
