"""Think: which PHP base satisfies the version constraint of a composer.json.

The syntax is composer's (https://getcomposer.org/doc/articles/versions.md). A base such as `8.2`
stands for the newest 8.2 there is, so `>=8.2.5` accepts it and `8.2.0` alone does not.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from siappakai.errors import InvalidInput

Version = tuple[int, int, int]
Range = tuple[Version, Version]  # from (included) to (excluded)

AVAILABLE = ("7.4", "8.2", "8.4")
LOWEST: Version = (0, 0, 0)
HIGHEST: Version = (10**9, 0, 0)
NEWEST_PATCH = 9999
NUMBER = (
    r"v?(\d+)(?:\.(\d+|[*xX]))?(?:\.(\d+|[*xX]))?(?:\.(?:\d+|[*xX]))?(?:[-@+][0-9A-Za-z.@+-]+)?"
)
HYPHEN = re.compile(rf"({NUMBER})\s+-\s+({NUMBER})")
SIMPLE = re.compile(rf"(\^|~|>=|<=|!=|<>|==|=|>|<|)\s*{NUMBER}")
TERM = re.compile(rf"(?:\^|~|>=|<=|!=|<>|==|=|>|<|)\s*(?:{NUMBER}|\*)(?=\s|,|$)")


def choose_php(
    requirement: str | None,
    available: Sequence[str] = AVAILABLE,
    preferred: Sequence[str] = (),
) -> str:
    """The base to build on: the first of `preferred` that fits, else the newest that fits.

    `preferred` is a recipe's word on what was tried. Raises InvalidInput when none fits.
    """
    newest_first = sorted(available, key=_base, reverse=True)
    order = [*(base for base in preferred if base in available), *newest_first]
    for base in order:
        if requirement is None or accepts(requirement, base):
            return base
    raise InvalidInput(
        f'Rilis ini meminta PHP "{requirement}", yang tidak tersedia.',
        hint=f"PHP yang tersedia: {', '.join(sorted(available, key=_base))}.",
    )


def accepts(requirement: str, base: str) -> bool:
    """Whether the newest patch release of `base` satisfies the constraint."""
    version = _base(base)
    choices = re.split(r"\s*\|\|?\s*", requirement.strip())
    # All are read first: a constraint that is only half readable must not be half believed.
    answers = [_accepts_all(choice, version) for choice in choices]
    return any(answers)


def _base(base: str) -> Version:
    major, minor = base.split(".")
    return int(major), int(minor), NEWEST_PATCH


def _accepts_all(choice: str, version: Version) -> bool:
    if match := HYPHEN.fullmatch(choice):
        low, high = _parts(match.groups()[1:4]), _parts(match.groups()[5:8])
        return _bottom(low) <= version < _next(high)
    terms = _terms(choice)
    if not terms:
        raise _unreadable(choice)
    answers = [_accepts_one(term, version) for term in terms]
    return all(answers)


def _terms(choice: str) -> list[str]:
    terms, rest = [], choice.strip()
    while rest:
        match = TERM.match(rest)
        if not match:
            raise _unreadable(choice)
        terms.append(match[0])
        rest = rest[match.end() :].lstrip(", \t")
    return terms


def _accepts_one(term: str, version: Version) -> bool:
    if term in ("*", ">=*"):
        return True
    match = SIMPLE.fullmatch(term)
    if not match:
        raise _unreadable(term)
    sign, parts = match[1], _parts(match.groups()[1:4])
    if sign in ("!=", "<>"):
        low, high = _exact(parts, term)
        return not low <= version < high
    low, high = _range(sign, parts, term)
    return low <= version < high


def _range(sign: str, parts: tuple[int, ...], term: str) -> Range:
    bottom = _bottom(parts)
    just_after = (bottom[0], bottom[1], bottom[2] + 1)
    if sign == "^":
        return bottom, _next(
            parts[: next((i for i, n in enumerate(parts) if n), len(parts) - 1) + 1]
        )
    if sign == "~":
        return bottom, _next(parts[: max(1, len(parts) - 1)])
    if sign == ">=":
        return bottom, HIGHEST
    if sign == ">":
        return (_next(parts) if _is_wild(term) else just_after), HIGHEST
    if sign == "<":
        return LOWEST, bottom
    if sign == "<=":
        return LOWEST, (_next(parts) if _is_wild(term) else just_after)
    return _exact(parts, term)


def _exact(parts: tuple[int, ...], term: str) -> Range:
    bottom = _bottom(parts)
    # A bare `8.2` is 8.2.0 and nothing else; `8.2.*` is all of 8.2.
    return bottom, _next(parts if _is_wild(term) else bottom)


def _is_wild(term: str) -> bool:
    return re.search(r"\.[*xX]", term) is not None


def _parts(groups: Sequence[str | None]) -> tuple[int, ...]:
    numbers: list[int] = []
    for group in groups:
        if group is None or not group.isdigit():
            break
        numbers.append(int(group))
    return tuple(numbers)


def _bottom(parts: tuple[int, ...]) -> Version:
    major, minor, patch = (*parts, 0, 0)[:3]
    return major, minor, patch


def _next(parts: tuple[int, ...]) -> Version:
    return _bottom((*parts[:-1], parts[-1] + 1))


def _unreadable(text: str) -> InvalidInput:
    return InvalidInput(
        f'Syarat PHP "{text[:80]}" di composer.json tidak dapat dibaca.',
        hint="Pilih versi PHP sendiri saat menambahkan rilis ini.",
    )
