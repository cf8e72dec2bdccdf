"""Reads a workbook from stdin and writes its sheets as JSON to stdout; run as its own process.

A few crafted kilobytes can make any workbook reader ask for more memory than there is and abort
(one cell in the last corner of a sheet is enough), so this process limits itself and a failure
of it is only a failed reading. Imports nothing of the project.

Out: {"sheets": [{"name", "rows": [[number, [text, ...]], ...], "merged": [[r1, c1, r2, c2], ...]}]}
(row numbers from 1, columns from 0) or {"error": "locked" | "broken" | "too_many"}.
"""

from __future__ import annotations

import datetime
import io
import json
import re
import resource
import sys
import zipfile
from xml.etree import ElementTree

import python_calamine as calamine

MEMORY_BYTES = 1024 * 1024 * 1024
CPU_SECONDS = 40
MAX_ROWS = 52_000
MAX_COLUMNS = 200
MAX_SHEETS = 40
MAX_CHARACTERS = 60_000_000
FORMULA_WITHOUT_VALUE = "#RUMUS!"

_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_ERROR_CELL = re.compile(
    rb'<c r="([A-Z]{1,3})([0-9]{1,7})"[^<>]*?\bt="e"[^<>]*>(?:<f[^<>]*/>|<f[^<>]*>[^<>]*</f>)?'
    rb"<v>([^<>]{1,20})</v>"
)
_EMPTY_FORMULA = re.compile(
    rb'<c r="([A-Z]{1,3})([0-9]{1,7})"[^<>]*>(?:<f[^<>]*/>|<f[^<>]*>[^<>]*</f>)'
    rb"(?:<v\s*/>|<v></v>)?</c>"
)


class TooMany(Exception):
    """The workbook holds more than a village list can."""


def main() -> None:
    """Writes the answer for the workbook on stdin."""
    limit_self()
    content = sys.stdin.buffer.read()
    try:
        answer: dict[str, object] = {"sheets": read_sheets(content)}
    except calamine.PasswordError:
        answer = {"error": "locked"}
    except (TooMany, MemoryError):
        answer = {"error": "too_many"}
    except (calamine.CalamineError, OSError, ValueError):
        answer = {"error": "broken"}
    json.dump(answer, sys.stdout, ensure_ascii=True, separators=(",", ":"))


def limit_self() -> None:
    """Caps this process' memory and CPU time and forbids core dumps."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS + 5))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def read_sheets(content: bytes) -> list[dict[str, object]]:
    """The visible worksheets, in the workbook's order."""
    book = calamine.load_workbook(io.BytesIO(content))
    shown = [
        sheet.name
        for sheet in book.sheets_metadata
        if sheet.typ == calamine.SheetTypeEnum.WorkSheet
        and sheet.visible == calamine.SheetVisibleEnum.Visible
    ]
    silent = silent_cells(content)
    return [read_sheet(book, name, silent.get(name, {})) for name in shown[:MAX_SHEETS]]


def read_sheet(
    book: calamine.CalamineWorkbook, name: str, silent: dict[tuple[int, int], str]
) -> dict[str, object]:
    """One sheet's rows that are not empty, and its merged ranges."""
    sheet = book.get_sheet_by_name(name)
    rows: list[tuple[int, list[str]]] = []
    characters = 0
    for number, cells in enumerate(sheet.to_python(skip_empty_area=False), start=1):
        texts = [as_text(cell) for cell in cells[:MAX_COLUMNS]]
        put_silent(texts, number, silent)
        while texts and not texts[-1].strip():
            texts.pop()
        characters += sum(map(len, texts))
        if texts:
            rows.append((number, texts))
        if len(rows) > MAX_ROWS or characters > MAX_CHARACTERS:
            raise TooMany
    merged = [[r1 + 1, c1, r2 + 1, c2] for (r1, c1), (r2, c2) in (sheet.merged_cell_ranges or [])]
    return {"name": name, "rows": rows, "merged": merged}


def put_silent(texts: list[str], number: int, silent: dict[tuple[int, int], str]) -> None:
    """Writes what the reader leaves empty (error values, formulas without a value) into the row."""
    for at in range(min(len(texts), MAX_COLUMNS)) if silent else ():
        if not texts[at] and (number, at) in silent:
            texts[at] = silent[number, at]


def as_text(cell: object) -> str:
    """A cell as the text a person would copy from it; whole numbers without a decimal point."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, datetime.date | datetime.time):
        return cell.isoformat()
    return str(cell)


def silent_cells(content: bytes) -> dict[str, dict[tuple[int, int], str]]:
    """By sheet, the cells of an .xlsx that hold an error value or a formula never calculated."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = sheet_parts(archive)
            return {name: scan_part(archive.read(part)) for name, part in parts.items()}
    except (zipfile.BadZipFile, KeyError, ElementTree.ParseError):
        return {}


def sheet_parts(archive: zipfile.ZipFile) -> dict[str, str]:
    """The path of each sheet's XML in the archive, by sheet name."""
    relations = ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))
    target = {r.get("Id"): str(r.get("Target")).removeprefix("/xl/") for r in relations}
    sheets = ElementTree.fromstring(archive.read("xl/workbook.xml")).iter()
    found = [node for node in sheets if node.tag.endswith("}sheet")]
    return {str(s.get("name")): f"xl/{target.get(s.get(_RELATION))}" for s in found}


def scan_part(xml: bytes) -> dict[tuple[int, int], str]:
    """The silent cells of one sheet's XML by (row number, column position)."""
    found: dict[tuple[int, int], str] = {}
    if b't="e"' in xml:
        for letters, row, value in _ERROR_CELL.findall(xml):
            found[int(row), column_position(letters)] = value.decode("ascii", "replace")
    if b"<f" in xml:
        for letters, row in _EMPTY_FORMULA.findall(xml):
            found[int(row), column_position(letters)] = FORMULA_WITHOUT_VALUE
    return found


def column_position(letters: bytes) -> int:
    """0 for A, 25 for Z, 26 for AA."""
    position = 0
    for letter in letters:
        position = position * 26 + letter - 64
    return position - 1


if __name__ == "__main__":
    main()
