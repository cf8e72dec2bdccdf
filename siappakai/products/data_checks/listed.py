"""Think: what one product's TOML says of its data beyond what a schema can say."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Any

from siappakai.models.release import version_key
from siappakai.products.balances.selects import Select, read_select

FOLDER = Path(__file__).parent


class Severity(StrEnum):
    RED = "merah"  # the migration fails, or something is lost by it
    YELLOW = "kuning"
    NOTE = "hijau"  # told, and no more: a fresh installation has it too


@dataclass(frozen=True, slots=True)
class Listed:
    """A question of the product's own; `row_id` and `shown` are columns told as examples."""

    code: str
    severity: Severity
    label: str
    remedy: str
    select: Select
    row_id: str
    shown: str = ""


@dataclass(frozen=True, slots=True)
class Relation:
    """`child`.`column` holds values of `parent`.`parent_column`, foreign key or not."""

    child: str
    column: str
    parent: str
    parent_column: str
    severity: Severity
    effect: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Effect:
    """What a finding, or a kind of them (`ganda`), means for this product, as it was tried."""

    code: str
    severity: Severity
    effect: str
    remedy: str


@dataclass(frozen=True, slots=True)
class ProductChecks:
    """`zero_is_none`: the product writes 0 for no reference; nothing is missed there."""

    zero_is_none: bool = False
    listed: tuple[Listed, ...] = ()
    relations: tuple[Relation, ...] = ()
    effects: Mapping[str, Effect] = field(default_factory=dict)


@lru_cache
def find_checks(product: str, release_from: str, release_to: str) -> ProductChecks:
    """The product's checks that matter for an update between these releases."""
    path = FOLDER / f"{product}.toml"
    if not path.is_file():
        return ProductChecks()
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    span = (release_from, release_to)
    return ProductChecks(
        bool(table.get("zero_is_none")),
        tuple(_listed(each, table) for each in _for(table, "check", span)),
        tuple(_relation(each) for each in _for(table, "relation", span)),
        {each["code"]: _effect(each) for each in _for(table, "effect", span)},
    )


def _for(table: Mapping[str, Any], key: str, span: tuple[str, str]) -> Sequence[Mapping[str, Any]]:
    """Those without `releases`, and those whose range the update reaches."""
    start, end = sorted(map(version_key, span))
    found = []
    for each in table.get(key, ()):
        first, _, last = (part.strip() for part in each.get("releases", "..").partition(".."))
        is_after = not last or start <= version_key(last)
        if is_after and (not first or version_key(first) <= end):
            found.append(each)
    return found


def _listed(part: Mapping[str, Any], table: Mapping[str, Any]) -> Listed:
    select = read_select(part["sql"], table.get("village_column", ""), part.get("village", ""))
    return Listed(
        part["code"],
        Severity(part["severity"]),
        part["label"],
        part["remedy"],
        select,
        part["id"],
        part.get("shown", ""),
    )


def _relation(part: Mapping[str, Any]) -> Relation:
    child, _, column = part["child"].partition(".")
    parent, _, parent_column = part["parent"].partition(".")
    severity = Severity(part["severity"])
    return Relation(child, column, parent, parent_column, severity, part["effect"], part["remedy"])


def _effect(part: Mapping[str, Any]) -> Effect:
    severity = Severity(part["severity"])
    return Effect(part["code"], severity, part.get("effect", ""), part.get("remedy", ""))
