"""Think: the small part of SQL a contract may use, read into parts before MariaDB ever sees it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from siappakai.errors import InvalidInput

TOKEN = re.compile(
    r"\s+|(?P<text>'(?:[^'\\]|'')*')|(?P<number>\d+(?:\.\d+)?)|(?P<name>[A-Za-z_][A-Za-z0-9_]*)"
    r"|(?P<sign><>|<=|>=|!=|[=<>+*(),.-])"
)
SHAPE = re.compile(r"SELECT\s+((?:COUNT|SUM)\s*\(.*?\))\s+FROM\s+(.+)", re.DOTALL | re.IGNORECASE)
KEYWORDS = frozenset(
    {"SELECT", "FROM", "JOIN", "LEFT", "INNER", "ON", "WHERE", "AS", "DISTINCT", "COUNT", "SUM"}
    | {"AND", "OR", "NOT", "EXISTS", "IN", "IS", "NULL", "LIKE", "BETWEEN"}
    | {"CASE", "WHEN", "THEN", "ELSE", "END", "COALESCE", "NULLIF", "CAST", "DECIMAL", "ABS"}
    | {"CHAR_LENGTH", "TRIM", "LOWER", "LOCATE", "JSON_VALID"}
)
Columns = Mapping[str, frozenset[str]]


@dataclass(frozen=True, slots=True)
class Select:
    """`SELECT COUNT(…)|SUM(…) FROM …` in parts. `needs` are the (table, column) pairs it reads."""

    value: str
    source: str
    first_table: str
    needs: frozenset[tuple[str, str]]
    tables: frozenset[str]
    village: str  # the column it is grouped by in a combined database: `alias`.`column`, or empty
    village_at: tuple[str, str] = ("", "")  # the same as table and column

    def missing(self, columns: Columns) -> str:
        """The first table or column it reads that a database lacks; empty when it has all."""
        for table in sorted(self.tables):
            if table not in columns:
                return table
        for table, column in sorted(self.needs):
            if column not in columns[table]:
                return f"{table}.{column}"
        return ""

    def tells_villages(self, columns: Columns) -> bool:
        """Whether the database has the column that it is grouped by."""
        table, column = self.village_at
        return bool(self.village) and column in columns.get(table, frozenset())

    def whole(self) -> str:
        """The SQL of one number, over the whole database."""
        return f"SELECT {self.value} FROM {self.source}"


def read_select(sql: str, village_column: str = "", village: str = "") -> Select:
    """InvalidInput unless `sql` is one harmless aggregate whose columns all name their table.

    `village` names the column a combined database groups by, else it is the first table's own.
    """
    shape = SHAPE.fullmatch(sql.strip())
    if not shape:
        raise _refused(sql, "harus berbentuk SELECT COUNT(…) FROM … atau SELECT SUM(…) FROM …")
    words = [*_words(sql)]
    aliases, first = _aliases(sql, words)
    needs = frozenset(_columns(sql, words, aliases))
    owner, column = _group(sql, village, aliases, first, village_column)
    value, source = _split(_rendered(words))
    return Select(
        value,
        source,
        aliases[first],
        needs,
        frozenset(aliases.values()),
        f"`{owner}`.`{column}`" if owner else "",
        (aliases.get(owner, ""), column),
    )


Word = tuple[str, str]  # kind, text


def _words(sql: str) -> Iterator[Word]:
    if "--" in sql or "/*" in sql:
        raise _refused(sql, "memuat komentar")
    at = 0
    while at < len(sql):
        found = TOKEN.match(sql, at)
        if not found:
            raise _refused(sql, f"memuat tanda yang tidak diizinkan: {sql[at]!r}")
        at = found.end()
        if found.lastgroup:
            yield found.lastgroup, found.group()


def _is_word(word: Word, *texts: str) -> bool:
    return word[0] == "name" and word[1].upper() in texts


def _aliases(sql: str, words: list[Word]) -> tuple[dict[str, str], str]:
    """Alias → table (a table without one is its own alias), and the first of them."""
    found: dict[str, str] = {}
    first = ""
    for at, word in enumerate(words):
        if not _is_word(word, "FROM", "JOIN"):
            continue
        after = [*words[at + 1 : at + 4], ("", ""), ("", ""), ("", "")]
        is_table = after[0][0] == "name" and after[0][1].upper() not in KEYWORDS
        if not is_table or after[1] == ("sign", "."):
            raise _refused(sql, "FROM dan JOIN harus diikuti nama tabel")
        table = after[0][1]
        alias = after[2] if _is_word(after[1], "AS") else after[1]
        is_named = alias[0] == "name" and alias[1].upper() not in KEYWORDS
        name = alias[1] if is_named else table
        found[name] = table
        first = first or name
    return found, first


def _columns(sql: str, words: list[Word], aliases: dict[str, str]) -> Iterator[tuple[str, str]]:
    tables = set(aliases.values())
    for at, (kind, text) in enumerate(words):
        if kind != "name":
            continue
        is_after_dot = at > 1 and words[at - 1] == ("sign", ".")
        if is_after_dot:
            owner = words[at - 2][1]
            if owner not in aliases:
                raise _refused(sql, f"{owner}.{text}: tabel {owner} tidak disebut di FROM")
            yield aliases[owner], text
        elif text.upper() not in KEYWORDS and text not in aliases and text not in tables:
            raise _refused(sql, f"tulis kolom {text} lengkap dengan tabelnya: tabel.{text}")


def _group(
    sql: str, village: str, aliases: dict[str, str], first: str, village_column: str
) -> tuple[str, str]:
    """Alias and column."""
    if not village:
        return (first, village_column) if village_column else ("", "")
    owner, _, column = village.partition(".")
    if owner not in aliases or not re.fullmatch(r"\w+", column):
        raise _refused(sql, f"village = {village!r} harus berupa tabel.kolom dari SQL itu")
    return owner, column


def _rendered(words: list[Word]) -> str:
    parts = []
    for kind, text in words:
        is_keyword = kind == "name" and text.upper() in KEYWORDS
        parts.append(f"`{text}`" if kind == "name" and not is_keyword else text)
    return re.sub(r"(\bCOUNT|\bSUM|\bCOALESCE|\bCAST|\bDECIMAL) \(", r"\1(", " ".join(parts))


def _split(text: str) -> tuple[str, str]:
    """The aggregate and what follows the FROM that belongs to it, not one inside brackets."""
    depth = 0
    for found in re.finditer(r"'(?:[^']|'')*'|[()]|\bFROM\b", text, re.IGNORECASE):
        if found.group() in "()":
            depth += 1 if found.group() == "(" else -1
        elif depth == 0 and found.group().upper() == "FROM":
            return text[len("SELECT ") : found.start()].strip(), text[found.end() :].strip()
    raise _refused(text, "tidak mempunyai FROM")


def _refused(sql: str, why: str) -> InvalidInput:
    return InvalidInput(
        f"SQL neraca ini {why}.",
        hint=f"Perbaiki baris: {' '.join(sql.split())[:200]}",
    )
