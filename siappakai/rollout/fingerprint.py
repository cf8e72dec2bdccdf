"""Think: failures with the same cause get the same key, so that 37 failures read as 3 causes."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass

from siappakai.products.data_checks import Finding
from siappakai.rollout.known_errors import GENERAL, SPECIFIC, Known

TITLE = 120
# Order matters: what is long and particular goes before what would eat a part of it.
VARIABLE = (
    (
        re.compile(
            r"\b([Dd]esa|[Kk]elurahan|[Nn]agari|[Gg]ampong|[Kk]ampung|[Kk]ecamatan|[Kk]abupaten|[Kk]ota)"
            r"(?: [A-Z][\w'’-]*)+"  # before quotes: a name may hold one, as Ni'mah does
        ),
        r"\1 …",
    ),
    (re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b", re.I), "…"),
    (re.compile(r"\b(?:sha256:)?[0-9a-f]{12,64}\b", re.I), "…"),
    (re.compile(r"\bbase64:[\w+/=]+"), "…"),
    (re.compile(r"\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d)?(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?"), "…"),
    (re.compile(r"\b\d{4}-\d\d-\d\d\b|\b\d\d:\d\d:\d\d\b"), "…"),
    (re.compile(r"[\w.+-]+@[\w.-]+\w"), "…"),
    (re.compile(r"https?://[^\s/'\"]+"), "https://…"),
    (re.compile(r"\b[\w-]+(?:\.[\w-]+)*\.(?:desa\.id|go\.id|id|test|invalid)\b"), "…"),
    (re.compile(r"(?:/[\w.@-]+)+/([\w.@-]+)"), r"/\1"),
    (re.compile(r"'[^'\n]*'|\"[^\"\n]*\"|`[^`\n]*`"), "…"),
    (re.compile(r"\b[a-z]+[_-]\d{4,10}\b"), "…"),
    (re.compile(r"\b(?:0x)?[0-9a-f]*\d[0-9a-f]*\b|\d+", re.I), "N"),
    (re.compile(r"\s+"), " "),
)
TELLING = re.compile(r"error|galat|fatal|exception|sqlstate|gagal|failed|menolak", re.I)


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """`key` is equal for equal causes and stays so between versions of the panel."""

    key: str
    title: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Trouble:
    """One failure or finding of one subject (a village, say), with what it looks like."""

    subject: str
    fingerprint: Fingerprint
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Cause:
    key: str
    title: str
    hint: str
    subjects: tuple[str, ...]
    example: str

    @property
    def count(self) -> int:
        return len(self.subjects)


def fingerprint(message: str, log_tail: str = "") -> Fingerprint:
    """The cause behind an error: a known one by its name, any other by its words without values.

    The log says more than our own message, and an error of MariaDB or PHP more than its symptom.
    """
    for text in (message, log_tail):
        found = _first_of(SPECIFIC, text)
        if found:
            return found
    text = f"{message}\n{log_tail}"
    for known in GENERAL:
        match = known.pattern.search(text)
        if match:
            return _named(known, match)
    return _unknown(message, log_tail)


def _first_of(known_errors: tuple[Known, ...], text: str) -> Fingerprint | None:
    """The error that comes first: what follows it is often its consequence."""
    best: tuple[int, Known, re.Match[str]] | None = None
    for known in known_errors:
        match = known.pattern.search(text)
        if match and (best is None or match.start() < best[0]):
            best = (match.start(), known, match)
    return _named(best[1], best[2]) if best else None


def _named(known: Known, match: re.Match[str]) -> Fingerprint:
    names = [_bare(group) for group in match.groups() if group]
    if len(names) > 2:  # database.table.column: the database is the village's own
        names = names[1:]
    name = ".".join(names) if known.kind in ("tanggal", "isi") else (names or [""])[0]
    title = known.title.format(name or "…", names[-1] if names else "").strip()
    second = f" {names[-1]}" if known.kind == "halaman" and len(names) > 1 else ""
    return Fingerprint(f"{known.kind}:{name.lower()}{second}".rstrip(":"), title, known.hint)


def _bare(name: str) -> str:
    """Without the database before a table, and without numbers that belong to one village."""
    parts = name.split(".")
    if len(parts) > 1 and re.fullmatch(r"[a-z]+_\d+\w*", parts[0]):
        parts = parts[1:]
    return re.sub(r"\d{4,}", "N", ".".join(parts))


def normalised(text: str) -> str:
    """The text without what differs from village to village and from hour to hour."""
    for pattern, instead in VARIABLE:
        text = pattern.sub(instead, text)
    return text.strip()


def _unknown(message: str, log_tail: str) -> Fingerprint:
    """The message and the first line of the log that speaks of an error."""
    lines = [line for line in log_tail.splitlines() if TELLING.search(line)]
    line = normalised(lines[0]) if lines else ""
    head = normalised(message.strip().split("\n")[0])
    digest = hashlib.sha256(f"{head}|{line}".encode()).hexdigest()[:12]
    title = (head or line or "Galat tanpa keterangan")[:TITLE]
    return Fingerprint(f"lain:{digest}", title)


def trouble(subject: str, message: str, log_tail: str = "") -> Trouble:
    """An error of an operation or a rehearsal."""
    return Trouble(subject, fingerprint(message, log_tail), message)


def dirt(subject: str, finding: Finding) -> Trouble:
    """A finding of the data checks: its code is the cause."""
    words = re.sub(r" \(misalnya [^)]*\)", "", finding.sentence)
    title = re.sub(r"^\S+ ", "", words).rstrip(".")
    mark = Fingerprint(f"data:{finding.code}", title[:1].upper() + title[1:], finding.remedy)
    return Trouble(subject, mark, finding.sentence)


def group(findings: Iterable[Trouble]) -> list[Cause]:
    """Causes, the one that hits most first; a subject counts once a cause."""
    causes: dict[str, list[Trouble]] = {}
    for each in findings:
        causes.setdefault(each.fingerprint.key, []).append(each)
    made = [_cause(key, troubles) for key, troubles in causes.items()]
    return sorted(made, key=lambda each: (-each.count, each.key))


def _cause(key: str, troubles: list[Trouble]) -> Cause:
    first = troubles[0]
    subjects = tuple(dict.fromkeys(each.subject for each in troubles))
    return Cause(key, first.fingerprint.title, first.fingerprint.hint, subjects, first.detail)
