"""Think: a set of words, written as one text so that it stays readable."""

from __future__ import annotations


def words(text: str) -> frozenset[str]:
    """The words between the spaces and line ends."""
    return frozenset(text.split())
