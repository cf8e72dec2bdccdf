"""Think: which instances write errors that they did not write before."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass

Errors = Mapping[str, int]  # fingerprint of an error → how often it was written


@dataclass(frozen=True, slots=True)
class LogSight:
    """How many instances of each group have written errors since they serve what they serve."""

    new: int = 0
    new_with_errors: int = 0
    old: int = 0
    old_with_errors: int = 0
    most_frequent: str = ""


def compare_logs(
    new: Mapping[str, Errors],
    old: Mapping[str, Errors],
    known: Mapping[str, Collection[str]] | None = None,
) -> LogSight:
    """Count the instances with errors; what an instance already wrote before is not counted.

    `known`: per instance, the fingerprints of before the interval, on either release.
    """
    known = known or {}
    fresh_new = [_fresh(errors, known.get(key, ())) for key, errors in sorted(new.items())]
    fresh_old = [_fresh(errors, known.get(key, ())) for key, errors in sorted(old.items())]
    in_how_many = Counter(text for errors in fresh_new for text in errors)
    most = min(in_how_many, key=lambda text: (-in_how_many[text], text), default="")
    with_new, with_old = sum(map(bool, fresh_new)), sum(map(bool, fresh_old))
    return LogSight(len(new), with_new, len(old), with_old, most)


def _fresh(errors: Errors, known: Collection[str]) -> list[str]:
    return [text for text in errors if text not in known]
