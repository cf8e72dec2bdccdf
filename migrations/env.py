"""Alembic's environment: the database address comes from the caller, never from a file."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context
from sqlalchemy import Connection

from siappakai.models import Base
from siappakai.models.base import UtcDateTime, Word


def render_plain_type(kind: str, item: Any, _context: Any) -> str | Literal[False]:
    """A migration is frozen: it names the database's types, never today's classes."""
    if kind == "type" and isinstance(item, Word):
        return "sa.String(length=32)"
    if kind == "type" and isinstance(item, UtcDateTime):
        return 'sa.DateTime().with_variant(DATETIME(fsp=6), "mysql", "mariadb")'
    return False


def run_migrations(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=connection.dialect.name == "sqlite",
        render_item=render_plain_type,
    )
    with context.begin_transaction():
        context.run_migrations()


run_migrations(context.config.attributes["connection"])
