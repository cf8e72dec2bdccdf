"""XLSX, XLS, XLSB and ODS, opened in a limited process of their own; merged cells spread."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from siappakai.errors import InvalidInput
from siappakai.intake.columns import header_score
from siappakai.intake.detect import broken, locked
from siappakai.intake.table import MAX_ROWS, Table, TableRow

_CHILD = Path(__file__).with_name("workbook_child.py")
_TIMEOUT_S = 60
_HEADER_WITHIN = 60
_MAX_FILLED = 200_000


def read_workbook(content: bytes) -> Table:
    """The first visible sheet with a village list's columns, else the first with any rows."""
    sheets = [sheet for sheet in _open_apart(content) if sheet["rows"]]
    if not sheets:
        raise InvalidInput("Berkas kosong.", hint="Pilih berkas yang berisi daftar desa.")
    listed = [sheet for sheet in sheets if _best_score(sheet) > 1]
    chosen = (listed or sheets)[0]
    return _as_table(chosen, tuple(sheet["name"] for sheet in listed if sheet is not chosen))


def _open_apart(content: bytes) -> list[dict]:
    """The sheets as the child process reads them; any way it may end becomes InvalidInput."""
    try:
        done = subprocess.run(  # the child inherits no environment, so no secret either
            [sys.executable, "-I", str(_CHILD)],
            input=content,
            capture_output=True,
            timeout=_TIMEOUT_S,
            env={},
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise _too_many() from error
    if done.returncode != 0:
        raise _too_many() if b"memory allocation" in done.stderr else broken()
    answer = json.loads(done.stdout)
    if "error" in answer:
        raise {"locked": locked, "too_many": _too_many}.get(answer["error"], broken)()
    return answer["sheets"]


def _too_many() -> InvalidInput:
    return InvalidInput(
        f"Lembar kerja terlalu besar; paling banyak {MAX_ROWS:,} baris.".replace(",", "."),
        hint="Hapus baris dan kolom yang tidak perlu (tekan Ctrl+End untuk melihat ujungnya), "
        "atau salin daftarnya ke lembar kerja baru.",
    )


def _best_score(sheet: dict) -> int:
    return max((header_score(cells) for _, cells in sheet["rows"][:_HEADER_WITHIN]), default=0)


def _as_table(sheet: dict, others: tuple[str, ...]) -> Table:
    rows: dict[int, list[str]] = dict(sheet["rows"])
    filled: dict[tuple[int, int], int] = {}
    for top, left, bottom, _ in sheet["merged"]:
        _fill_down(rows, filled, (top, left, bottom))
    spanning = {top for top, left, bottom, right in sheet["merged"] if right > left}
    ordered = tuple(TableRow(number, tuple(rows[number])) for number in sorted(rows))
    return Table(sheet["name"], ordered, filled, frozenset(spanning), others)


def _fill_down(
    rows: dict[int, list[str]], filled: dict[tuple[int, int], int], span: tuple[int, int, int]
) -> None:
    """Gives each row beside a vertically merged cell that cell's value, and remembers it."""
    top, left, bottom = span
    value = rows[top][left] if top in rows and left < len(rows[top]) else ""
    for number in range(top + 1, bottom + 1) if value else ():
        if len(filled) >= _MAX_FILLED:
            raise _too_many()
        if number in rows:
            cells = rows[number]
            cells.extend([""] * (left + 1 - len(cells)))
            cells[left] = value
            filled[number, left] = top
