"""Think: what a line of a product's log says: how bad it is, when, and its fingerprint.

The formats: PHP's, php-fpm's and nginx's own lines (a container's output), CodeIgniter's
`log-2026-11-22.php` (OpenSID) and Laravel's `laravel.log`. A fingerprint is shown to people and
kept, so whatever may be a person's goes: quoted values, numbers, addresses, names, and the
statement that a database refused. A single name in a sentence can't be told from another word.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby

LONGEST = 200


class LogLevel(StrEnum):
    FATAL = "fatal"
    ERROR = "galat"
    WARNING = "peringatan"


@dataclass(frozen=True, slots=True)
class LogEntry:
    """`at` is the product's local time, as it wrote it: `22-Nov-2026 17:58:10` for instance."""

    level: LogLevel
    text: str
    at: str


_WORDS = {
    "emergency": LogLevel.FATAL,
    "emerg": LogLevel.FATAL,
    "alert": LogLevel.FATAL,
    "critical": LogLevel.FATAL,
    "crit": LogLevel.FATAL,
    "php fatal error": LogLevel.FATAL,
    "php parse error": LogLevel.FATAL,
    "php recoverable fatal error": LogLevel.FATAL,
    "error": LogLevel.ERROR,
    "warning": LogLevel.WARNING,
    "php warning": LogLevel.WARNING,
}
_TIME = r"(?P<at>\d{4}[-/]\d\d[-/]\d\d[ T]\d\d:\d\d:\d\d)[^\]\s]*"
_PHP_TIME = r"(?P<at>\d\d-[A-Z][a-z]{2}-\d{4} \d\d:\d\d:\d\d)[^\]]*"
_SHAPES = (
    re.compile(rf"(?P<word>[A-Z]+) - {_TIME} --> (?P<text>.*)"),  # CodeIgniter
    re.compile(rf"\[{_TIME}\] [\w-]+\.(?P<word>[A-Z]+): (?P<text>.*)"),  # Laravel
    re.compile(rf"\[{_PHP_TIME}\] (?P<word>PHP [A-Za-z ]+):\s+(?P<text>.*)"),  # PHP
    re.compile(rf"\[{_PHP_TIME}\] (?P<word>[A-Z]+): (?P<text>.*)"),  # php-fpm
    re.compile(rf"{_TIME} \[(?P<word>[a-z]+)\] \d+#\d+: (?:\*\d+ )?(?P<text>.*)"),  # nginx
)
_CRASH = re.compile(r"exited on signal")

# What is written on any good day: a robot asks for a forbidden file, an upload is too large, or
# OpenSID does what its own README in images/opensid/ calls expected.
_NOISE = re.compile(
    r"access forbidden by rule|No such file or directory|client intended to send too large body"
    r"|directory index of .* is forbidden|updateConfigFile password|ada yang duplikat"
    r"|cURL error|Failed to connect to|Could not resolve host"
)

_CUT = re.compile(
    r"( - Invalid query:|\(Connection: |\(SQL: |, SQL: | \{\"| while reading | while connecting "
    r"|, client: |Stack trace:).*",
    re.DOTALL,
)
_HIDDEN = (
    (re.compile(r"[\w.+-]+@[\w-]+(\.[\w-]+)+"), "…"),  # an address
    (re.compile(r"https?://\S+"), "…"),
    # a value in quotes, or the beginning of one that was cut off; "doesn't" is no quote
    (re.compile(r"(?<!\w)'.*?(?:'(?!\w)|$)|\"[^\"]*(?:\"|$)|“[^”]*(?:”|$)"), "…"),
    (re.compile(r"\b(?=\w*\d)[0-9a-fA-F]{8,}\b"), "#"),
)
_NUMBER = re.compile(r"(SQLSTATE\[\w{5}\])|\d[\d.,:/-]*")
_CAPITALS = re.compile(r"\b[A-Z][\w.'’-]*(?:\s+[A-Z][\w.'’-]*)+")
_PROGRAM = re.compile(
    r".*[a-z][A-Z].*|.*[_:\\#].*|SQLSTATE|PHP|SQL|FOREIGN|KEY|CONSTRAINT|REFERENCES|Gagal|Jalankan"
    r"|Undefined|Uncaught|Allowed|Call|Class"
)


def read_entries(lines: Iterable[str]) -> Iterator[LogEntry]:
    """The warnings and errors among the lines; a stack trace belongs to the line above it."""
    for line in lines:
        if (found := read_entry(line)) is not None:
            yield found


def read_entry(line: str) -> LogEntry | None:
    """The entry that begins on this line; None for what is no warning, no error, or noise."""
    for shape in _SHAPES:
        match = shape.match(line)
        if match is None:
            continue
        level = _WORDS.get(match["word"].lower().strip())
        if level is None or _NOISE.search(match["text"]):
            return None
        if _CRASH.search(match["text"]):
            level = LogLevel.FATAL
        return LogEntry(level, match["text"], match["at"])
    return None


def fingerprint(text: str) -> str:
    """The kind of an error without anything that may be a person's; at most 200 characters."""
    text = _CUT.sub("", text)
    for pattern, instead in _HIDDEN:
        text = pattern.sub(instead, text)
    text = _NUMBER.sub(lambda match: match[1] or "#", text)
    text = _CAPITALS.sub(_without_names, text)
    return re.sub(r"\s+", " ", text).strip()[:LONGEST].strip()


def _without_names(match: re.Match[str]) -> str:
    """Two or more capitalised words in a row are taken for a name, unless they are a program's."""
    runs = groupby(match[0].split(), key=lambda word: bool(_PROGRAM.fullmatch(word)))
    kept = []
    for is_program, words in runs:
        run = list(words)
        kept += run if is_program or len(run) == 1 else ["…"]
    return " ".join(kept)
