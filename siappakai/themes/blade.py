"""Think: a blade template as the PHP it becomes, line for line, so that one check reads both.

Nothing counts as a comment here: what blade leaves out depends on an order of its own, and a trick
with it must not hide anything. Each expression is also given alone, whatever stands around it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from siappakai.themes.words import words

MARKS = re.compile(r"\{\{--|--\}\}|(?<!\w)@(?:end)?verbatim\b")
ECHO = re.compile(r"\{!!\s*(?P<raw>.+?)\s*!!\}|\{\{\{?\s*(?P<safe>.+?)\s*\}\}\}?", re.S)
BLOCK = re.compile(r"(?<![\w@])@php(?=\s)(?![ \t]*\()(.*?)@endphp\b", re.S)
DIRECTIVE = re.compile(r"(?<![\w@])@([A-Za-z]\w*)[ \t]*\(")
LOOPS = {"foreach", "for", "while", "if"}
BARE = {"forelse": "foreach", "elseif": "if", "unless": "if"}
VALUES = {"php", "isset", "empty", "switch"}
STYLE_RULES = words(
    "media supports container layer import document keyframes page charset namespace property"
    " scope font counter"
)
LONGEST_ARGUMENTS = 20_000


def blade_to_php(text: str) -> str:
    """PHP with the template's expressions on their own lines; plain HTML stays as it is."""
    text = MARKS.sub(" ", text)
    text = BLOCK.sub(lambda found: f"<?php {found[1]} ?>", text)
    return ECHO.sub(lambda found: _echo(found), _directives(text))


def blade_snippets(text: str) -> Iterator[tuple[str, bool]]:
    """Every expression of the template as a PHP file of its own, on its own line.

    And whether it looks like a comment of blade's, in which anything may stand.
    """
    for found in ECHO.finditer(text):
        is_comment = found[0].startswith("{{--") and found[0].endswith("--}}")
        yield _alone(text, found.start(), _echo(found)), is_comment
    for found in BLOCK.finditer(text):
        yield _alone(text, found.start(), f"<?php {found[1]}"), False
    for found in DIRECTIVE.finditer(text):
        end = closing(text, found.end() - 1)
        if end > 0:
            yield _alone(text, found.start(), _as_php(found[1], text[found.end() : end])), False


def _alone(text: str, position: int, php: str) -> str:
    return "\n" * text.count("\n", 0, position) + php


def _echo(found: re.Match[str]) -> str:
    body = (found["raw"] or found["safe"]).strip("- ;\r\n\t")
    return f"<?php echo {body}; ?>" if found["raw"] else f"<?php e({body}); ?>"


def _directives(text: str) -> str:
    out, position = [], 0
    while found := DIRECTIVE.search(text, position):
        end = closing(text, found.end() - 1)
        out.append(text[position : found.start()])
        is_style = found[1].casefold() in STYLE_RULES
        if end < 0 or is_style or _is_inside_php(text, found.start()):
            out.append(found[0])
            position = found.end()
            continue
        out.append(_as_php(found[1], text[found.end() : end]))
        position = end + 1
    return "".join([*out, text[position:]])


def _as_php(name: str, given: str) -> str:
    word = BARE.get(name.casefold(), name.casefold())
    if word in LOOPS:
        return f"<?php {word} ({given}); ?>"
    return f"<?php blade_{'value' if word in VALUES else word}({given}); ?>"


def _is_inside_php(text: str, position: int) -> bool:
    opened = text.rfind("<?", 0, position)
    return opened >= 0 and text.find("?>", opened, position) < 0


def closing(text: str, opening: int) -> int:
    """Where the bracket that opens at `opening` is closed; -1 when it is not."""
    depth, quote, at = 0, "", opening
    stop = min(len(text), opening + LONGEST_ARGUMENTS)
    while at < stop:
        letter = text[at]
        if quote:
            at += 1 if letter == "\\" else 0
            quote = "" if letter == quote else quote
        elif letter in "'\"":
            quote = letter
        else:
            depth += {"(": 1, ")": -1}.get(letter, 0)
            if depth == 0:
                return at
        at += 1
    return -1
