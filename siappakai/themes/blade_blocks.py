"""Think: from where to where of a blade template something set on one line is sure to be set."""

from __future__ import annotations

import re
from collections.abc import Iterator

from siappakai.themes.blade import BLOCK, closing
from siappakai.themes.words import words

MAYBE = words(
    "if unless isset empty foreach forelse for while switch auth guest can cannot canany env"
    " production hassection sectionmissing session error once pushonce pushif component slot"
)
WORD = re.compile(r"(?<![\w@])@(end)?([A-Za-z]\w*)[ \t]*(\(?)")
COMMENT = re.compile(r"\{\{--.*?(?:--\}\}|\Z)", re.S)
VERBATIM = re.compile(r"@verbatim\b.*?(?:@endverbatim\b|\Z)", re.S)
Span = tuple[int, int]
Turn = tuple[int, bool, bool]  # line, closes a block, opens one


def sure_until(text: str) -> dict[int, int]:
    """Line, from 0 → the line up to which what it sets is set; empty when in doubt.

    Lines that hold a condition themselves are left out.
    """
    read = None if "<?" in text else _read(text)
    if read is None:
        return {}
    plain, dead_lines = read
    sure: dict[int, int] = {}
    blocks: list[list[int]] = [[]]
    start = 0
    for line, closes, opens in _turns(plain):
        blocks[-1] += range(start, line)
        start = line + 1
        if closes:
            sure |= dict.fromkeys(blocks.pop(), line)
        if opens:
            blocks.append([])
        if not blocks:
            return {}
    last = text.count("\n") + 1
    blocks[0] += range(start, last) if len(blocks) == 1 else []
    sure |= dict.fromkeys(blocks[0], last)
    return {line: end for line, end in sure.items() if line not in dead_lines}


def _read(text: str) -> tuple[str, set[int]] | None:
    """(the template with comments, verbatim text and @php blocks as empty lines, lines of the
    first two); None when one of them lies across another.
    """
    blocks = [found.span() for found in BLOCK.finditer(text)]
    dead = [found.span() for pattern in (VERBATIM, COMMENT) for found in pattern.finditer(text)]
    if any(_lies_across(one, other) for one in dead for other in [*blocks, *dead]):
        return None
    if any(_is_inside(found.span(), one) for found in VERBATIM.finditer(text) for one in blocks):
        return None
    dead = [one for one in dead if not any(_is_inside(one, other) for other in blocks)]
    lines = {line for one in dead for line in _lines(text, one)}
    for start, end in [*blocks, *dead]:
        text = text[:start] + re.sub(r"[^\n]", " ", text[start:end]) + text[end:]
    return text, lines


def _lines(text: str, span: Span) -> range:
    return range(text.count("\n", 0, span[0]), text.count("\n", 0, span[1]) + 1)


def _is_inside(one: Span, other: Span) -> bool:
    return other[0] <= one[0] and one[1] <= other[1]


def _lies_across(one: Span, other: Span) -> bool:
    if one[1] <= other[0] or other[1] <= one[0]:
        return False
    return not _is_inside(one, other) and not _is_inside(other, one)


def _turns(text: str) -> Iterator[Turn]:
    """Where a block that may not run begins, ends, or gives way to its other half."""
    position = 0
    while found := WORD.search(text, position):
        position, word = found.end(), found[2].casefold()
        line = text.count("\n", 0, found.start())
        if found[3]:
            end = closing(text, found.end() - 1)
            position = end + 1 if end > 0 else position
        is_half = word.startswith("else") or word in {"case", "default"}
        if not found[1] and (is_half or (word == "empty" and not found[3])):
            yield line, True, True
        elif word in MAYBE:
            yield line, bool(found[1]), not found[1]
