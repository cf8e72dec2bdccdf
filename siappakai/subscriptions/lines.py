"""Think: pasted text or a sheet becomes lines, each with its number, a token and maybe a code."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from siappakai.errors import InvalidInput
from siappakai.intake.columns import Field, field_of_title
from siappakai.intake.table import Table, TableRow
from siappakai.regions.places import normalise_code
from siappakai.secret import Secret

MOST_LINES = 2_000
SHORTEST_TOKEN = 40
HEADER_WITHIN = 20
_BETWEEN = re.compile(r"[\s;,|\u00a0\u200b\ufeff]+")
_QUOTES = "\"'`“”‘’"
_TOKEN_LIKE = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*")


@dataclass(frozen=True, slots=True)
class Line:
    """One line that is not empty; `token` is None when none was found in it.

    `code` has 10 digits, or is empty when the line names no village.
    """

    number: int
    code: str
    token: Secret | None


def lines_of_text(text: str) -> list[Line]:
    """The lines of a pasted text: a token each, with a village code before or after it."""
    cut = ((number, _words(line)) for number, line in enumerate(text.splitlines(), start=1))
    return _counted(_line(number, words) for number, words in cut if words and not _is_title(words))


def lines_of_table(table: Table) -> list[Line]:
    """The rows of a sheet; its columns are found by their titles, else by what they hold."""
    header, code_at, token_at = _find_titles(table)
    rows = (row for row in table.rows if row.number > header)
    lines = (_line_of_row(row, code_at, token_at) for row in rows)
    return _counted(line for line in lines if line is not None)


def _counted(lines: Iterable[Line]) -> list[Line]:
    found: list[Line] = []
    for line in lines:
        if len(found) == MOST_LINES:
            raise InvalidInput(
                f"Terlalu banyak baris; paling banyak {MOST_LINES} sekali periksa.",
                hint="Bagi menjadi beberapa kali.",
            )
        found.append(line)
    if not found:
        raise InvalidInput("Belum ada token.", hint="Isi satu token dalam satu baris.")
    return found


def _line(number: int, words: list[str]) -> Line:
    return Line(number, _code_among(words), _token_among(words))


def _line_of_row(row: TableRow, code_at: int | None, token_at: int | None) -> Line | None:
    """The row as a line; None for layout and for a village whose token cell is empty."""
    words = [word for cell in row.cells for word in _words(cell)]
    told = _words(row.cell(token_at)) if token_at is not None else words
    if not told or (token_at is None and _is_title(words)):
        return None
    codes = [row.cell(code_at)] if code_at is not None else list(row.cells)
    return Line(row.number, _code_among(cell.strip() for cell in codes), _token_among(told))


def _find_titles(table: Table) -> tuple[int, int | None, int | None]:
    """The number of the row with the titles (0 for none), and where code and token stand."""
    for row in table.rows[:HEADER_WITHIN]:
        names = [" ".join(cell.split()).casefold() for cell in row.cells]
        if sum(map(bool, names)) < 2:
            continue
        token_at = next((at for at, name in enumerate(names) if _names_token(name)), None)
        if token_at is not None:
            codes = (at for at, cell in enumerate(row.cells) if field_of_title(cell) is Field.CODE)
            return row.number, next(codes, None), token_at
    return 0, None, None


def _names_token(title: str) -> bool:
    return len(title) < SHORTEST_TOKEN and "token" in title


def _is_title(words: list[str]) -> bool:
    """Titles copied along with the columns: `Kode Desa    Token`."""
    is_short = all(len(word) < SHORTEST_TOKEN for word in words)
    return is_short and any("token" in word.casefold() for word in words) and not _code_among(words)


def _words(text: str) -> list[str]:
    return [word for part in _BETWEEN.split(text) if (word := part.strip(_QUOTES))]


def _code_among(words: Iterable[str]) -> str:
    return next(_codes(words), "")


def _codes(words: Iterable[str]) -> Iterator[str]:
    for word in words:
        code = normalise_code(word) if len(word) < SHORTEST_TOKEN else None
        if code and len(code) == 10 and code[0] != "0":
            yield code


def _token_among(words: list[str]) -> Secret | None:
    """The longest word with the look of a token, else the longest long word at all."""
    long = [word for word in words if len(word) >= SHORTEST_TOKEN]
    likely = [word for word in long if _TOKEN_LIKE.fullmatch(word)] or long
    return Secret(max(likely, key=len)) if likely else None
