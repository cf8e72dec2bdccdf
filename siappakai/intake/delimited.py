"""CSV in the forms spreadsheets in Indonesia write: comma, semicolon or tab; several encodings."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator
from io import StringIO
from itertools import islice

from siappakai.errors import InvalidInput
from siappakai.intake.columns import header_score
from siappakai.intake.table import MAX_COLUMNS, Table, TableRow

_DELIMITERS = ",;\t"
_SAMPLE_ROWS = 60
_NOT_TEXT = frozenset(range(9)) | {11, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25}


def read_delimited(content: bytes) -> Table:
    """The rows of a CSV file; its encoding and delimiter are found out."""
    text = decode_text(content)
    named = text[:6].lower().startswith("sep=") and text[4:5] in (",", ";", "\t")
    delimiter = text[4] if named else find_delimiter(text)
    body = text.split("\n", 1)[1] if named and "\n" in text else text
    numbered = enumerate(_records(body, delimiter), start=1)
    rows = [TableRow(at, tuple(_trim(cells))) for at, cells in numbered if _trim(cells)]
    return Table(sheet="", rows=tuple(rows))


def decode_text(content: bytes) -> str:
    """The text of the bytes: UTF-8 or UTF-16 (BOM or not), else Windows-1252."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return _decode(content, "utf-16")
    if (wide := _bomless_utf16(content[:4096])) is not None:
        return _decode(content, wide)
    if _NOT_TEXT & set(content):
        raise not_text()
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return _decode(content, "cp1252")


def find_delimiter(text: str) -> str:
    """The delimiter under which the first rows look most like a table with known columns."""
    samples = {d: list(islice(_records(text, d), _SAMPLE_ROWS)) for d in _DELIMITERS}
    return max(_DELIMITERS, key=lambda d: (_best_score(samples[d]), _usual_width(samples[d])))


def not_text() -> InvalidInput:
    """The error for bytes that are no text in any encoding we read."""
    return InvalidInput(
        "Isi berkas bukan lembar kerja dan bukan teks CSV.",
        hint="Simpan daftar desa sebagai .xlsx, .ods, atau .csv, lalu unggah lagi.",
    )


def _records(text: str, delimiter: str) -> Iterator[list[str]]:
    try:
        yield from csv.reader(StringIO(text, newline=""), delimiter=delimiter)
    except csv.Error as error:
        raise InvalidInput(
            "Berkas CSV tidak dapat dibaca: ada tanda kutip yang tidak ditutup.",
            hint="Periksa tanda kutip ganda di berkas, atau unggah sebagai .xlsx.",
        ) from error


def _decode(content: bytes, encoding: str) -> str:
    try:
        return content.decode(encoding).removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        raise not_text() from error


def _bomless_utf16(head: bytes) -> str | None:
    """UTF-16 shows in plain text as a NUL in every second byte."""
    half = len(head) // 2
    if half and head[1::2].count(0) > half * 0.7 and head[::2].count(0) == 0:
        return "utf-16-le"
    if half and head[::2].count(0) > half * 0.7 and head[1::2].count(0) == 0:
        return "utf-16-be"
    return None


def _best_score(sample: list[list[str]]) -> int:
    return max((header_score(cells) for cells in sample), default=0)


def _usual_width(sample: list[list[str]]) -> int:
    widths = Counter(len(cells) for cells in sample if cells)
    return widths.most_common(1)[0][0] if widths else 0


def _trim(cells: list[str]) -> list[str]:
    """The cells without the empty ones at the end, at most MAX_COLUMNS."""
    kept = cells[:MAX_COLUMNS]
    while kept and not kept[-1].strip():
        kept.pop()
    return kept
