"""Think: which other servers a theme's pages fetch files from: missing without internet."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from siappakai.themes.contents import line_of
from siappakai.themes.findings import Finding
from siappakai.themes.words import words

READ = words("php css html htm scss less js")
TAG = re.compile(
    rb"<(?:script|link|img|iframe|source|video|audio|embed|object)\b[^>]{0,2000}>", re.I
)
ADDRESS = re.compile(
    rb"(?:src|href|data|poster)\s*=\s*[\"']?\s*(?:https?:)?//([a-z0-9.-]+\.[a-z]{2,})", re.I
)
STYLE = re.compile(rb"(?:url\(\s*|@import\s+)[\"']?\s*(?:https?:)?//([a-z0-9.-]+\.[a-z]{2,})", re.I)
ONLY_NAMED = re.compile(
    rb"rel\s*=\s*[\"']?(?:canonical|profile|alternate|author|license|pingback)", re.I
)


def find_hosts(path: str, content: bytes) -> Iterator[tuple[str, int]]:
    """(host, line) of every file fetched from elsewhere."""
    ending = path.rpartition(".")[2]
    if ending not in READ or b"//" not in content:
        return
    if ending != "js":
        for tag in TAG.finditer(content):
            found = ADDRESS.search(tag[0])
            if found and not ONLY_NAMED.search(tag[0]):
                yield found[1].decode().casefold(), line_of(content, tag.start())
    if ending != "js":
        for found in STYLE.finditer(content):
            yield found[1].decode().casefold(), line_of(content, found.start())


def foreign_findings(places: Mapping[str, list[tuple[str, int]]]) -> list[Finding]:
    """One note a host, at its first place; `places` is host → (path, line)."""
    return [
        Finding("server-luar", path=where[0][0], line=where[0][1], detail=_told(host, len(where)))
        for host, where in sorted(places.items())
    ]


def _told(host: str, count: int) -> str:
    return host if count == 1 else f"{host} ({count} tempat)"
