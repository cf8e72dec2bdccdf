"""Think: the makers' release notes among a source's files, cut to what concerns one release."""

from __future__ import annotations

import re
from collections.abc import Iterable

NAMES = ("catatan_rilis.md", "changelog.md")
LONGEST = 40_000
_HEADING = re.compile(r"^(#{1,6})\s+(.*)$", re.MULTILINE)


def notes_file(names: Iterable[str]) -> str | None:
    """Which of a source's top files holds its release notes."""
    by_name = {name.lower(): name for name in sorted(names, reverse=True)}
    return next((by_name[each] for each in NAMES if each in by_name), None)


def notes_of(text: str, version: str) -> str:
    """The part of a changelog under the version's heading; all of it when none names it."""
    plain = text.replace("\r\n", "\n").replace("\x00", "").strip()
    number = re.compile(rf"(?<![0-9.]){re.escape(version)}(?![0-9.]*[0-9])")
    headings = list(_HEADING.finditer(plain))
    for at, heading in enumerate(headings):
        if number.search(heading[2]):
            later = (e for e in headings[at + 1 :] if len(e[1]) <= len(heading[1]))
            end = next((e.start() for e in later), len(plain))
            return plain[heading.start() : end].strip()[:LONGEST]
    return plain[:LONGEST]
