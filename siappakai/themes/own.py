"""The theme that ships with the panel, taken into the catalogue like any other."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

from siappakai.errors import Refused
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
    with the reason that it is ours. Where another content already has its number (a panel between
    two releases), the number is followed by the start of the content's sum.
    """
    try:
        version_id = add_theme(_order(by), on_line)
    except Refused:
        version_id = add_theme(_order(by, f"{_number()}+{content_sum(FOLDER)[:8]}"), on_line)
    row = db.session.get_one(ThemeVersion, version_id)
    allowed = {(each.code, each.path) for each in permissions_of(row)}
    waits = {
        (each.code, each.path) for each in findings_of(row) if each.severity == Severity.EXCEPTION
    }
    db.session.rollback()
    if waits - allowed:
        allow(version_id, sorted(waits - allowed), by=by, why=REASON)
    return version_id


def content_sum(folder: Path) -> str:
    """SHA-256 over every file's path and bytes."""
    digest = hashlib.sha256()
    for path in sorted(each for each in folder.rglob("*") if each.is_file()):
        content = path.read_bytes()
        digest.update(f"{path.relative_to(folder).as_posix()}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()


def _order(by: str, version: str = "") -> ThemeOrder:
    return ThemeOrder(SourceOrder(str(FOLDER)), by, version=version)


def _number() -> str:
    return str(json.loads((FOLDER / "theme.json").read_text(encoding="utf-8"))["version"])
