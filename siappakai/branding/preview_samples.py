"""Which villages stand for all the others in a preview, and why each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

MOST_VILLAGES = 10


@dataclass(frozen=True, slots=True)
class Candidate:
    """A village whose applications can be pictured; `size_bytes` 0: not known."""

    code: str
    name: str
    district_code: str
    district_name: str
    instance_ids: tuple[int, ...]
    size_bytes: int = 0
    is_combined: bool = False
    has_own_look: bool = False


@dataclass(frozen=True, slots=True)
class Sample:
    """A village proposed, and the sentence that says what it stands for."""

    candidate: Candidate
    reason: str


def choose_samples(
    candidates: Iterable[Candidate], at_most: int = MOST_VILLAGES
) -> tuple[Sample, ...]:
    """Largest, smallest, one of a combined database, one with a look of its own, one a district."""
    everyone = sorted(candidates, key=lambda each: each.code)
    found: dict[str, str] = {}
    for candidate, reason in (*_special(everyone), *_districts(everyone)):
        if reason.startswith("kecamatan") and any(
            each.code in found and each.district_code == candidate.district_code
            for each in everyone
        ):
            continue
        found.setdefault(candidate.code, reason)
    by_code = {each.code: each for each in everyone}
    samples = [Sample(by_code[code], reason) for code, reason in found.items()]
    return tuple(samples[:at_most])


def _special(everyone: Sequence[Candidate]) -> list[tuple[Candidate, str]]:
    alone = [each for each in everyone if each.size_bytes and not each.is_combined]
    combined = [each for each in everyone if each.is_combined]
    own = [each for each in everyone if each.has_own_look]
    found = []
    if alone:
        found.append((max(alone, key=lambda each: each.size_bytes), "data terbesar"))
        found.append((min(alone, key=lambda each: each.size_bytes), "data terkecil"))
    if combined:
        found.append((combined[0], "di basis data gabungan"))
    if own:
        found.append((own[0], "punya wajah pilihan sendiri"))
    return found


def _districts(everyone: Sequence[Candidate]) -> list[tuple[Candidate, str]]:
    first: dict[str, Candidate] = {}
    for each in everyone:
        first.setdefault(each.district_code, each)
    return [(each, f"kecamatan {each.district_name}") for each in first.values()]
