"""Think: to whom the rows of every table belong: a village (how), all of them, or nobody knows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from siappakai.combined.rules import Rules
from siappakai.combined.schema import Schema, Table
from siappakai.errors import Refused


@dataclass(frozen=True, slots=True)
class Direct:
    """A row belongs to the village whose id stands in `column`; NULL: to all villages.

    `must_agree` are parents that must be the same village's; a row whose parents are not
    belongs to no village alone.
    """

    column: str
    must_agree: tuple[Through, ...] = ()


@dataclass(frozen=True, slots=True)
class Through:
    """A row belongs to whom the row of `parent` belongs that `column` points to.

    Where the column is empty, `otherwise` decides.
    """

    column: str
    parent: str
    parent_column: str
    otherwise: Through | None = None

    @property
    def parents(self) -> tuple[str, ...]:
        return (self.parent, *(self.otherwise.parents if self.otherwise else ()))


@dataclass(frozen=True, slots=True)
class Shared:
    """All rows belong to all villages; they are never taken out, put in or changed."""

    reason: str


Owner = Direct | Through | Shared


@dataclass(frozen=True, slots=True)
class Ownership:
    owners: Mapping[str, Owner]

    @property
    def village_tables(self) -> tuple[str, ...]:
        """Tables with rows of villages, by name."""
        return tuple(sorted(n for n, own in self.owners.items() if not isinstance(own, Shared)))

    def condition(self, table: str, village_id: int) -> str:
        """SQL that is true for the rows of one village."""
        match self.owners[table]:
            case Direct(column, must_agree):
                own = f"`{column}` = {village_id:d}"
                return " AND ".join((own, *(self._below(each, village_id) for each in must_agree)))
            case Through() as link:
                return self._below(link, village_id)
            case Shared():
                raise ValueError(f"{table} is shared")

    def _below(self, link: Through, village_id: int) -> str:
        below = (
            f"`{link.column}` IN (SELECT `{link.parent_column}` FROM `{link.parent}` "
            f"WHERE {self.condition(link.parent, village_id)})"
        )
        if link.otherwise is None:
            return below
        otherwise = self._below(link.otherwise, village_id)
        return f"({below} OR (`{link.column}` IS NULL AND {otherwise}))"

    def torn_condition(self, table: str, village_id: int) -> str | None:
        """SQL for the rows that carry the village's id but have another village's parents."""
        owner = self.owners[table]
        if not isinstance(owner, Direct) or not owner.must_agree:
            return None
        whole = self.condition(table, village_id)
        return f"`{owner.column}` = {village_id:d} AND NOT COALESCE({whole}, FALSE)"

    def touching_condition(self, table: str, village_id: int) -> str:
        """SQL for the rows that carry the village's id or have a parent of that village."""
        owner = self.owners[table]
        if not isinstance(owner, Direct):
            return self.condition(table, village_id)
        below = (self._below(each, village_id) for each in owner.must_agree)
        return " OR ".join((f"`{owner.column}` = {village_id:d}", *below))

    def depth(self, table: str) -> int:
        """How many parents must still be there to say whose the rows of this table are."""
        owner = self.owners[table]
        links = [owner] if isinstance(owner, Through) else []
        if isinstance(owner, Direct):
            links = list(owner.must_agree)
        return max((1 + self.depth(parent) for link in links for parent in link.parents), default=0)

    def removal_order(self, root: str) -> tuple[str, ...]:
        """Children before the parents that say whose they are; the village's own row last."""
        others = [name for name in self.village_tables if name != root]
        return (*sorted(others, key=lambda name: (-self.depth(name), name)), root)


def derive_ownership(schema: Schema, rules: Rules) -> Ownership:
    """Every table's owner; Refused with the names of all tables that nothing explains."""
    if rules.root not in schema.tables:
        raise Refused(
            f"Basis data ini bukan milik {rules.product}: tabel {rules.root} tidak ada.",
            hint="Periksa nama basis datanya.",
        )
    _refuse_other_engines(schema)
    found: dict[str, Owner] = {}
    waiting = dict(schema.tables)
    while settled := _settle(waiting, found, rules):
        found.update(settled)
        waiting = {name: table for name, table in waiting.items() if name not in settled}
    if waiting:
        raise Refused(
            "Ada tabel yang tidak dikenali pemiliknya: " + ", ".join(sorted(waiting)) + ".",
            hint="Tidak ada yang diubah. Laporkan nama tabel ini kepada pengelola dasbor; "
            "tabel baru harus dikenali dahulu agar tidak ada baris yang tertinggal.",
        )
    return Ownership(found)


def _refuse_other_engines(schema: Schema) -> None:
    wrong = sorted(each.name for each in schema.tables.values() if each.engine != "InnoDB")
    if wrong:
        raise Refused(
            "Tabel berikut bukan InnoDB sehingga tidak dapat dipulihkan utuh: "
            + ", ".join(wrong)
            + ".",
            hint="Ubah mesin tabelnya menjadi InnoDB, lalu coba lagi.",
        )


def _settle(
    waiting: Mapping[str, Table], found: Mapping[str, Owner], rules: Rules
) -> dict[str, Owner]:
    """What can be said now of the tables that wait, knowing those found before."""
    settled = {}
    for name, table in waiting.items():
        owner = _plain_owner(table, waiting, rules) or _parent_owner(table, waiting, found, rules)
        if owner is not None:
            settled[name] = owner
    return settled


def _plain_owner(table: Table, waiting: Mapping[str, Table], rules: Rules) -> Owner | None:
    if table.name == rules.root and table.id_column is not None:
        return Direct(table.id_column.name)
    if table.find(rules.key) is not None and table.name not in rules.torn:
        return Direct(rules.key)
    if table.find(rules.key) is not None:
        links = tuple(each for each in _links(table) if each.column != rules.key)
        ready = not any(link.parent in waiting for link in links)
        return Direct(rules.key, links) if ready else None
    if table.name in rules.shared:
        return Shared(rules.shared[table.name])
    return None


def _links(table: Table) -> list[Through]:
    return [
        Through(key.columns[0], key.target, key.target_columns[0])
        for key in table.foreign_keys
        if len(key.columns) == 1 and key.target != table.name
    ]


def _parent_owner(
    table: Table, waiting: Mapping[str, Table], found: Mapping[str, Owner], rules: Rules
) -> Through | None:
    """The one parent that decides; several need a rule, or the table stays unknown."""
    links = _links(table)
    if any(link.parent in waiting for link in links):
        return None
    links = [each for each in links if not isinstance(found.get(each.parent, Shared("")), Shared)]
    decisive = rules.owners.get(table.name)
    if decisive is None:
        return links[0] if len(links) == 1 else None
    chosen: Through | None = None
    for column in reversed(decisive):
        for link in links:
            if link.column == column:
                chosen = replace(link, otherwise=chosen)
    return chosen
