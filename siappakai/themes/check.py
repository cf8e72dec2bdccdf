"""Touch: a folder that came from anywhere is read whole; what was seen, and what may be kept."""

from __future__ import annotations

import hashlib
import os
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from siappakai.themes.blade import blade_to_php
from siappakai.themes.contents import check_static
from siappakai.themes.findings import Finding, Severity, gravest_first
from siappakai.themes.foreign import find_hosts, foreign_findings
from siappakai.themes.names import Fate, Verdict, find_twins, judge_name
from siappakai.themes.nested import why_refuse_archive
from siappakai.themes.php_check import LONGEST_PHP, as_php_reads, check_php
from siappakai.themes.php_facts import functions_in
from siappakai.themes.structure import check_structure, facts_of

MIB = 1024 * 1024
MOST_NAMES = 400


@dataclass(frozen=True, slots=True)
class ThemeLimits:
    """How large a theme may be. The largest public one seen has 470 files and 11 MB."""

    total_bytes: int = 60 * MIB
    file_bytes: int = 12 * MIB
    files: int = 3000
    seen_files: int = 20_000


@dataclass(frozen=True, slots=True, order=True)
class KeptFile:
    path: str
    sha256: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Report:
    """What a check saw; `kept` in order of path, and only when nothing is refused outright."""

    findings: tuple[Finding, ...]
    kept: tuple[KeptFile, ...]
    facts: dict[str, Any]

    @property
    def refused(self) -> list[Finding]:
        return [each for each in self.findings if each.severity == Severity.REFUSED]

    @property
    def size_bytes(self) -> int:
        return sum(each.size_bytes for each in self.kept)


@dataclass(slots=True)
class _Reading:
    folder: Path
    limits: ThemeLimits
    findings: list[Finding] = field(default_factory=list)
    kept: list[KeptFile] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    called: set[str] = field(default_factory=set)
    defined: set[str] = field(default_factory=set)
    hosts: dict[str, list[tuple[str, int]]] = field(default_factory=lambda: defaultdict(list))


def check_theme(folder: Path, limits: ThemeLimits | None = None) -> Report:
    """Everything there is to say about a theme lying in `folder`; nothing of it is run."""
    reading = _Reading(folder, limits or ThemeLimits())
    verdicts = _look(reading)
    paths = frozenset(path for path, one in verdicts.items() if one.fate == Fate.KEPT)
    _find_own_names(reading, paths)
    for path, verdict in sorted(verdicts.items()):
        _read(reading, path, verdict, paths)
    _check_whole(reading, paths)
    findings = tuple(gravest_first(_condensed(reading.findings)))
    facts = {
        **facts_of(paths),
        "left_out": len(reading.left),
        "hosts": sorted(reading.hosts),
        "calls": sorted(reading.called - reading.defined)[:MOST_NAMES],
        "largest": [
            [each.path, each.size_bytes]
            for each in sorted(reading.kept, key=lambda one: -one.size_bytes)[:3]
        ],
    }
    return Report(findings, tuple(sorted(reading.kept)), facts)


def _is_own(finding: Finding, defined: set[str]) -> bool:
    """The theme itself brings what its release may lack."""
    name = finding.detail.partition(",")[0].removesuffix("()").casefold()
    return finding.code == "rilis-lain" and name in defined


def _condensed(findings: list[Finding]) -> list[Finding]:
    """Notes of one kind in one file become one, at the first line; what must be judged stays.

    Unknown functions are told once a file each.
    """
    groups: dict[tuple[str, str, str], list[Finding]] = defaultdict(list)
    many = []
    for each in findings:
        if each.severity == Severity.NOTE:
            groups[each.code, each.path, ""].append(each)
        elif each.code == "fungsi-tak-dikenal":
            groups[each.code, each.path, each.detail].append(each)
        else:
            many.append(each)
    for group in groups.values():
        first = min(group, key=lambda one: one.line)
        more = f"{first.detail}, {len(group)} kali" if len(group) > 1 else first.detail
        many.append(replace(first, detail=more))
    return many


def _look(reading: _Reading) -> dict[str, Verdict]:
    """Path → what becomes of it by its name; links are refused, never followed."""
    found: dict[str, Verdict] = {}
    for path, is_link in _paths(reading.folder, ""):
        if is_link:
            reading.findings.append(Finding("tautan", path))
            continue
        found[path] = judge_name(path)
        if len(found) > reading.limits.seen_files:
            detail = f": lebih dari {reading.limits.seen_files} berkas"
            reading.findings.append(Finding("terlalu-besar", detail=detail))
            break
    return found


def _paths(folder: Path, prefix: str) -> Iterator[tuple[str, bool]]:
    with os.scandir(folder) as entries:
        children = sorted(entries, key=lambda each: each.name)
    for child in children:
        path = prefix + child.name
        if child.is_symlink() or not (child.is_dir() or child.is_file()):
            yield path, True
        elif child.is_dir():
            yield from _paths(Path(child.path), path + "/")
        else:
            yield path, False


def _find_own_names(reading: _Reading, paths: frozenset[str]) -> None:
    """Functions and classes the theme brings: one file may use what another defines."""
    for path in paths:
        place = reading.folder / path
        if not path.endswith(".php") or place.stat().st_size > LONGEST_PHP:
            continue
        source = as_php_reads(place.read_bytes())
        if path.endswith(".blade.php"):
            source = as_php_reads(blade_to_php(source.decode("utf-8", "replace")).encode())
        reading.defined |= functions_in(source)[1]


def _read(reading: _Reading, path: str, verdict: Verdict, paths: frozenset[str]) -> None:
    place = reading.folder / path
    if verdict.finding is not None:
        reading.findings.append(verdict.finding)
        return
    if verdict.fate != Fate.KEPT:
        why = why_refuse_archive(place) if verdict.fate == Fate.ARCHIVE else ""
        if why:
            reading.findings.append(Finding("bom", path, detail=f": {why}"))
        reading.left.append(path)
        return
    if place.stat().st_size > reading.limits.file_bytes:
        detail = f": berkas di atas {reading.limits.file_bytes // MIB} MB"
        reading.findings.append(Finding("terlalu-besar", path, detail=detail))
        return
    content = place.read_bytes()
    sha256 = hashlib.sha256(content).hexdigest()
    is_php = path.endswith(".php")
    if is_php:
        reading.called |= functions_in(content)[0]
    own = frozenset(reading.defined)
    found = check_php(path, content, paths, own) if is_php else check_static(path, content)
    reading.findings += [replace(each, file_sha256=sha256) for each in found]
    reading.kept.append(KeptFile(path, sha256, len(content)))
    for host, line in find_hosts(path, content):
        reading.hosts[host].append((path, line))


def _check_whole(reading: _Reading, paths: frozenset[str]) -> None:
    limits, total = reading.limits, sum(each.size_bytes for each in reading.kept)
    if len(reading.kept) > limits.files:
        detail = f": {len(reading.kept)} berkas, paling banyak {limits.files}"
        reading.findings.append(Finding("terlalu-besar", detail=detail))
    if total > limits.total_bytes:
        detail = f": {total // MIB} MB, paling besar {limits.total_bytes // MIB} MB"
        reading.findings.append(Finding("terlalu-besar", detail=detail))
    reading.findings = [each for each in reading.findings if not _is_own(each, reading.defined)]
    reading.findings += find_twins(paths)
    reading.findings += check_structure(paths)
    reading.findings += foreign_findings(reading.hosts)
    if reading.left:
        shown = ", ".join(reading.left[:5]) + (", …" if len(reading.left) > 5 else "")
        detail = f" ({len(reading.left)} berkas: {shown})"
        reading.findings.append(Finding("ditinggal", detail=detail))
