"""Think: which columns hold ids of which table, by primary key, foreign key or rule."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from siappakai.combined.ids import IdSet
from siappakai.combined.ownership import Ownership
from siappakai.combined.rules import Reference, Rules
from siappakai.combined.schema import Schema, Table

Cell = str | bytes | None
LOOKS_LIKE_REFERENCE = re.compile(r"^id_|_id$|^parr?ent|_by$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Link:
    """A column of a table that holds ids of `space`: the table that gives them out."""

    column: str
    space: str
    rule: Reference | None = None
    is_declared: bool = False

    @property
    def needed(self) -> tuple[str, ...]:
        """The columns of the row that must be known to read this one."""
        when = self.rule.when[:1] if self.rule and self.rule.when else ()
        parent = (self.rule.parent.column,) if self.rule and self.rule.parent else ()
        return (self.column, *when, *parent)


Change = Callable[[Link, int], str | None]


@dataclass(frozen=True, slots=True)
class References:
    """`links`: table → its id columns. `spaces`: table → its id column, where it gives out ids.

    `suspects`: columns that look like references which nothing explains.
    """

    links: Mapping[str, tuple[Link, ...]]
    spaces: Mapping[str, str]
    suspects: tuple[str, ...]

    def chosen_rules(self) -> list[Reference]:
        """Rules that count only below certain parents, so that those must be known."""
        rules = [link.rule for links in self.links.values() for link in links if link.rule]
        return [rule for rule in rules if rule.parent is not None]


def derive_references(schema: Schema, ownership: Ownership, rules: Rules) -> References:
    """All id columns of all tables with rows of villages."""
    homes = _id_homes(schema, ownership)
    links = {
        name: tuple(_links(schema.table(name), homes, ownership, rules))
        for name in ownership.village_tables
    }
    spaces = {table: column for (table, column), home in homes.items() if home == table}
    suspects = [
        f"{name}.{column.name}"
        for name in ownership.village_tables
        for column in schema.table(name).stored
        if _is_suspect(schema.table(name), column.name, links[name], rules)
    ]
    return References(links, spaces, tuple(sorted(suspects)))


def _id_homes(schema: Schema, ownership: Ownership) -> dict[tuple[str, str], str]:
    """(table, id column) → the table that gives this id out.

    A primary key that is itself a foreign key (one row more about the same person) has the
    person's id, so what points to it points to the person's.
    """
    ids = {
        name: column.name
        for name in ownership.village_tables
        if (column := schema.table(name).id_column) is not None
    }

    def home(name: str, seen: tuple[str, ...] = ()) -> str:
        for key in schema.table(name).foreign_keys:
            is_own_id = key.columns == (ids[name],) and key.target not in (name, *seen)
            if is_own_id and ids.get(key.target) == key.target_columns[0]:
                return home(key.target, (*seen, name))
        return name

    return {(name, column): home(name) for name, column in ids.items()}


def _links(
    table: Table,
    homes: Mapping[tuple[str, str], str],
    ownership: Ownership,
    rules: Rules,
) -> Iterator[Link]:
    found: dict[str, str] = {}
    declared = {column for key in table.foreign_keys for column in key.columns}
    if table.id_column is not None:
        found[table.id_column.name] = homes[table.name, table.id_column.name]
    for key in table.foreign_keys:
        for column, target_column in key.pairs:
            if (key.target, target_column) in homes:
                found.setdefault(column, homes[key.target, target_column])
    if table.name != rules.root and table.find(rules.key) is not None:
        found[rules.key] = rules.root
    for column, target in rules.author_columns.items():
        if table.find(column) is not None and target in ownership.owners:
            found.setdefault(column, target)
    for column, space in sorted(found.items()):
        yield Link(column, space, is_declared=column in declared)
    for rule in rules.references:
        if rule.table == table.name and _is_usable(rule, table, ownership, found):
            yield Link(rule.column, rule.target, rule)


def _is_usable(
    rule: Reference, table: Table, ownership: Ownership, found: Mapping[str, str]
) -> bool:
    """Releases differ: a rule about a table or column that this one lacks says nothing."""
    needed = Link(rule.column, rule.target, rule).needed
    there = all(table.find(column) is not None for column in needed)
    return there and rule.target in ownership.owners and rule.column not in found


def _is_suspect(table: Table, column: str, links: Sequence[Link], rules: Rules) -> bool:
    known = {link.column for link in links}
    known.update(name for key in table.foreign_keys for name in key.columns)
    known.update(name for owner, name in rules.harmless if owner == table.name)
    found = table.find(column)
    is_number = found is not None and found.is_integer
    return is_number and column not in known and bool(LOOKS_LIKE_REFERENCE.search(column))


@dataclass(frozen=True)
class Translator:
    """Rewrites the ids in rows of one table; `chosen` holds the parents each such rule needs."""

    links: tuple[Link, ...]
    places: Mapping[str, int]
    chosen: Mapping[str, IdSet]

    def translate(self, row: Sequence[Cell], change: Change) -> list[Cell]:
        """The row with every id replaced by `change(link, id)`; None leaves it as it is."""
        cells = list(row)
        for link in self.links:
            place = self.places[link.column]
            cell = cells[place]
            if isinstance(cell, str) and (link.rule is None or self._applies(link.rule, row)):
                cells[place] = _replace(cell, link, change)
        return cells

    def _applies(self, rule: Reference, row: Sequence[Cell]) -> bool:
        if rule.when is not None and row[self.places[rule.when[0]]] != rule.when[1]:
            return False
        if rule.parent is None:
            return True
        parent = row[self.places[rule.parent.column]]
        return isinstance(parent, str) and int(parent) in self.chosen[rule.name]


def _replace(text: str, link: Link, change: Change) -> str:
    if link.rule is None or not link.rule.pattern:
        return (change(link, int(text)) or text) if _is_id(text) else text

    def replace_one(match: re.Match[str]) -> str:
        whole, (start, end) = match.group(), match.span(1)
        if not _is_id(match.group(1)):
            return whole
        new = change(link, int(match.group(1))) or match.group(1)
        return whole[: start - match.start()] + new + whole[end - match.start() :]

    return re.sub(link.rule.pattern, replace_one, text)


def _is_id(text: str) -> bool:
    """Written as a number that fits 63 bits; `007` or `12.5` is somebody's text, not an id."""
    return text.isascii() and text.isdigit() and len(text) < 19 and str(int(text)) == text


def make_translator(
    columns: Sequence[str], links: Sequence[Link], chosen: Mapping[str, IdSet]
) -> Translator:
    """For rows with these columns; a link that needs a column they lack says nothing."""
    places = {name: place for place, name in enumerate(columns)}
    usable = tuple(link for link in links if all(name in places for name in link.needed))
    return Translator(usable, places, chosen)
