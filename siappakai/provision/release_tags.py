"""Think: which tags and lines of a list name releases, and which of them are worth telling."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from siappakai.errors import InvalidInput
from siappakai.models.release import Edition, version_key

NEWEST = 12
LONGEST_VERSION = 32
_TAG = re.compile(
    r"v?(?P<numbers>[0-9]{1,4}(?:\.[0-9]{1,4}){1,3})"
    r"(?P<rest>(?:[-._+]?(?:dev|alpha|beta|pre|rc|rev|premium|umum)[-._]?[0-9]{0,4})*)"
)
_EDITION = re.compile(r"[-._+]?(premium|umum)")
_LIST_HINT = (
    "Tulis satu rilis sebaris: versi, tag, edisi (dua yang terakhir boleh kosong); "
    "atau JSON berisi daftar versi."
)


@dataclass(frozen=True, slots=True)
class NamedRelease:
    """A release as its origin names it; `edition` is None where the name doesn't tell."""

    version: str
    tag: str
    edition: Edition | None = None


@dataclass(frozen=True, slots=True)
class Sorted:
    """`found` newest first; `strange` are no releases; `older` were left out for their age."""

    found: tuple[NamedRelease, ...]
    strange: tuple[str, ...]
    older: tuple[str, ...]


def read_tag(tag: str) -> NamedRelease | None:
    """The release a tag names, or None: `v2410.0.0-rev01`, `v2507.0.0-premium`, `v22.09`."""
    match = _TAG.fullmatch(tag)
    if match is None:
        return None
    told = _EDITION.search(match["rest"])
    version = match["numbers"] + _EDITION.sub("", match["rest"])
    if len(version) > LONGEST_VERSION:
        return None
    return NamedRelease(version, tag, Edition(told[1]) if told else None)


def sort_tags(tags: Iterable[str], oldest_used: str = "") -> Sorted:
    """The newest releases among the tags, and all that are as new as the oldest one in use."""
    read = {tag: read_tag(tag) for tag in sorted(set(tags))}
    named = sorted(
        (each for each in read.values() if each is not None),
        key=lambda each: (version_key(each.version), each.tag),
        reverse=True,
    )
    named = _one_each(named)
    floor = version_key(oldest_used) if oldest_used else None
    found = [
        each
        for at, each in enumerate(named)
        if at < NEWEST or (floor is not None and version_key(each.version) >= floor)
    ]
    older = tuple(each.tag for each in named[len(found) :])
    return Sorted(tuple(found), tuple(tag for tag, each in read.items() if each is None), older)


def _one_each(named: list[NamedRelease]) -> list[NamedRelease]:
    """`v2410.0.0` and `2410.0.0` are one release."""
    first: dict[tuple[object, Edition | None], NamedRelease] = {}
    for each in named:
        first.setdefault((version_key(each.version), each.edition), each)
    return list(first.values())


def read_list(text: str) -> list[NamedRelease]:
    """The releases of a list that a person wrote: lines, CSV or JSON. InvalidInput tells the row.

    JSON: `["2410.0.0"]` or `[{"versi": …, "tag": …, "edisi": …}]`.
    """
    rows = _json_rows(text) if text.lstrip().startswith(("[", "{")) else _line_rows(text)
    named = [_named(number, row) for number, row in enumerate(rows, start=1)]
    if not named:
        raise InvalidInput("Daftar rilis itu kosong.", hint=_LIST_HINT)
    return named


def _line_rows(text: str) -> list[Mapping[str, str]]:
    separator = ";" if ";" in text.partition("\n")[0] else ","
    lines = text.replace("\0", "").splitlines()
    try:
        read = [[cell.strip() for cell in row] for row in csv.reader(lines, delimiter=separator)]
    except csv.Error as error:
        raise InvalidInput("Daftar rilis itu tidak terbaca.", hint=_LIST_HINT) from error
    rows = [row for row in read if any(row) and not row[0].startswith("#")]
    if rows and rows[0][0].lower() in ("versi", "version"):
        names, rows = [name.lower() for name in rows[0]], rows[1:]
    else:
        names = ["versi", "tag", "edisi"]
    return [dict(zip(names, row, strict=False)) for row in rows]


def _json_rows(text: str) -> list[Mapping[str, str]]:
    try:
        content = json.loads(text)
    except ValueError as error:
        raise InvalidInput("Daftar rilis itu bukan JSON yang sah.", hint=_LIST_HINT) from error
    if not isinstance(content, list):
        raise InvalidInput("Daftar rilis itu bukan sebuah daftar.", hint=_LIST_HINT)
    rows = [each if isinstance(each, dict) else {"versi": each} for each in content]
    return [{str(name): str(value or "") for name, value in row.items()} for row in rows]


def _named(number: int, row: Mapping[str, str]) -> NamedRelease:
    given = row.get("versi") or row.get("version") or row.get("tag") or ""
    read = read_tag(given)
    if read is None:
        raise InvalidInput(
            f"Baris {number}: “{given[:40]}” bukan nomor rilis.", hint="Contoh: v2410.0.0"
        )
    edition = (row.get("edisi") or row.get("edition") or "").strip().lower()
    if edition and edition not in set(Edition):
        raise InvalidInput(
            f"Baris {number}: edisi “{edition[:20]}” tidak dikenal.", hint="umum atau premium"
        )
    chosen = Edition(edition) if edition else read.edition
    return NamedRelease(read.version, row.get("tag") or read.tag, chosen)
