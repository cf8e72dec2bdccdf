"""What a migration writes into rows that were there before it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from alembic import command
from sqlalchemy import Connection, text

from siappakai import create_app
from siappakai.models import db
from siappakai.schema import _config
from tests.conftest import make_settings

AT = "2026-11-01 10:00:00.000000"


def put(connection: Connection, table: str, **values: Any) -> None:
    """A row of the schema as it is now; columns that must be filled and aren't named are empty."""
    for column in connection.execute(text(f"PRAGMA table_info({table})")).mappings():
        if column["notnull"] and column["dflt_value"] is None and not column["pk"]:
            is_number = column["type"] in ("INTEGER", "BOOLEAN")
            values.setdefault(column["name"], 0 if is_number else AT if _is_time(column) else "")
    names = ", ".join(values)
    marks = ", ".join(f":{name}" for name in values)
    connection.execute(text(f"INSERT INTO {table} ({names}) VALUES ({marks})"), values)  # noqa: S608


def _is_time(column: Any) -> bool:
    return str(column["name"]).endswith("_at")


def test_rehearsals_of_before_count_for_the_image_that_their_release_has(tmp_path: Path) -> None:
    app = create_app(make_settings(tmp_path))
    config = _config()
    with app.app_context(), db.engine.connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0006")
        connection.execute(text("PRAGMA defer_foreign_keys = ON"))  # and nothing is committed
        put(connection, "releases", id=1, version="2410.0.0", digest="sha256:a")
        put(connection, "rehearsals", id=1, release_id=1, state="selesai")
        for number, verdict in enumerate(("merah", "belum"), start=1):
            put(
                connection,
                "rehearsal_items",
                id=number,
                rehearsal_id=1,
                instance_id=number,
                verdict=verdict,
                finished_at=AT,
            )
        command.upgrade(config, "0007")
        (digest,) = connection.execute(text("SELECT digest FROM rehearsals")).scalars()
        items = connection.execute(
            text("SELECT judged_at, is_again FROM rehearsal_items ORDER BY id")
        ).all()
    assert digest == "sha256:a"
    assert items == [(AT, 0), (None, 0)]
