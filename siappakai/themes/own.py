"""The theme that ships with the panel, taken into the catalogue like any other."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from siappakai.models import ThemeVersion, db
from siappakai.themes.findings import Severity
from siappakai.themes.keep import ThemeOrder, add_theme, allow, findings_of, permissions_of
from siappakai.themes.source import SourceOrder

SHIPPED = "nusantara"
FOLDER = Path(__file__).resolve().parent / SHIPPED
REASON = "Tema bawaan panel ini; kodenya diperiksa dan diterbitkan bersama panel."


def add_own_theme(by: str, on_line: Callable[[str], object]) -> int:
    """The id of Nusantara's version of this panel, ready; safe to repeat.

    It is checked like every package; what needs an admin's word (it reads merek.json) is allowed
    with the reason that it is ours.
    """
    version_id = add_theme(ThemeOrder(SourceOrder(str(FOLDER)), by), on_line)
    row = db.session.get_one(ThemeVersion, version_id)
    allowed = {(each.code, each.path) for each in permissions_of(row)}
    waits = {
        (each.code, each.path) for each in findings_of(row) if each.severity == Severity.EXCEPTION
    }
    db.session.rollback()
    if waits - allowed:
        allow(version_id, sorted(waits - allowed), by=by, why=REASON)
    return version_id
