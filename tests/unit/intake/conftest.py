"""Real spreadsheet files, made on the spot."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Sequence
from xml.sax.saxutils import escape

import pytest
import xlsxwriter

Rows = Sequence[Sequence[object]]


def _xlsx(rows: Rows, prepare: Callable | None = None, sheets: dict[str, Rows] | None = None):
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True, "strings_to_urls": False}) as book:
        for name, content in {"Desa": rows, **(sheets or {})}.items():
            sheet = book.add_worksheet(name)
            for at, cells in enumerate(content):
                for column, cell in enumerate(cells):
                    if isinstance(cell, str):
                        sheet.write_string(at, column, cell)
                    elif cell is not None:
                        sheet.write_number(at, column, cell)
            if prepare and name == "Desa":
                prepare(book, sheet)
    return target.getvalue()


def _ods(rows: Rows, extra_manifest: str = "") -> bytes:
    lines = "".join(
        "<table:table-row>"
        + "".join(
            f'<table:table-cell office:value-type="float" office:value="{cell}"/>'
            if isinstance(cell, int | float)
            else '<table:table-cell office:value-type="string">'
            f"<text:p>{escape(str(cell))}</text:p></table:table-cell>"
            if cell not in ("", None)
            else "<table:table-cell/>"
            for cell in cells
        )
        + "</table:table-row>"
        for cells in rows
    )
    names = "urn:oasis:names:tc:opendocument:xmlns"
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content '
        f'xmlns:office="{names}:office:1.0" xmlns:table="{names}:table:1.0" '
        f'xmlns:text="{names}:text:1.0" office:version="1.2"><office:body><office:spreadsheet>'
        f'<table:table table:name="Desa">{lines}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    manifest = f'<m:manifest xmlns:m="{names}:manifest:1.0">{extra_manifest}</m:manifest>'
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", content)
        archive.writestr("META-INF/manifest.xml", manifest)
    return target.getvalue()


@pytest.fixture(scope="session")
def make_xlsx() -> Callable[..., bytes]:
    return _xlsx


@pytest.fixture(scope="session")
def make_ods() -> Callable[..., bytes]:
    return _ods
