"""`/sehat`: does the panel itself answer, and can it read its database?"""

from __future__ import annotations

from flask import Blueprint
from flask.typing import ResponseReturnValue
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from siappakai.models import db
from siappakai.schema import is_schema_current

pages = Blueprint("alive", __name__)


@pages.get("/sehat")
def show_alive() -> ResponseReturnValue:
    """200 when the control database answers with the right schema, else 503; no log-in."""
    try:
        db.session.execute(text("SELECT 1"))
        current = is_schema_current()
    except SQLAlchemyError:
        return {"ok": False, "database": False, "schema": False}, 503
    return {"ok": current, "database": True, "schema": current}, 200 if current else 503
