"""Think: the conservation check (neraca data): what was there before an update is there after it.

`siappakai.provision.balance` measures; this compares two measurements under a contract.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from siappakai.products.balances.contract import BalanceContract, Rule, Terms, Together
from siappakai.products.balances.read import (
    find_contract,
    merge_contract,
    read_addition,
    read_contract,
)

__all__ = [
    "BalanceContract",
    "Files",
    "Loss",
    "Measured",
    "Rule",
    "Terms",
    "command_for",
    "compare",
    "find_contract",
    "merge_contract",
    "read_addition",
    "read_contract",
]

NOBODY = ""  # rows of no village, and all rows of a database that holds one village only
Counts = Mapping[str, Mapping[str, int]]  # name → village code → number


@dataclass(frozen=True, slots=True)
class Files:
    """What lies below one folder of an instance."""

    count: int
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Measured:
    """One moment of a database and its instances' files.

    `rows`: table → village code → rows, a zero where a village has none; all of a table that does
    not tell villages apart are nobody's (""). `values`: invariant → village code → number.
    `filled`: `table.column` or `table.column>parent` → village code → filled cells, or links that
    lead there. `files`: village code → folder → Files.
    """

    rows: Counts = field(default_factory=dict)
    values: Mapping[str, Mapping[str, Decimal]] = field(default_factory=dict)
    filled: Counts = field(default_factory=dict)
    files: Mapping[str, Mapping[str, Files]] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """A compact object: what is the same for every village is written once."""
        groups = (self.rows, self.values, self.filled)
        codes = sorted({code for group in groups for each in group.values() for code in each})
        return {
            "codes": codes,
            "rows": _packed(self.rows, codes),
            "values": _packed(self.values, codes),
            "filled": _packed(self.filled, codes),
            "files": {
                code: {name: [each.count, each.size_bytes] for name, each in folders.items()}
                for code, folders in self.files.items()
            },
        }

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Measured:
        codes = kept["codes"]
        return cls(
            {name: _unpacked(part, codes, int) for name, part in kept["rows"].items()},
            {name: _unpacked(part, codes, Decimal) for name, part in kept["values"].items()},
            {name: _unpacked(part, codes, int) for name, part in kept["filled"].items()},
            {
                code: {name: Files(*each) for name, each in folders.items()}
                for code, folders in kept["files"].items()
            },
        )


@dataclass(frozen=True, slots=True)
class Loss:
    """Something that was there and is not; `after` is None when it can't be counted any more."""

    key: str
    label: str
    before: Decimal
    after: Decimal | None
    village_code: str
    sentence: str


def command_for(product: str, version: str, edition: str) -> str:
    """The command that keeps what such a release adds to the contract."""
    return f"siappakai rilis neraca {product} {version} --edisi {edition} BERKAS.toml"


def compare(
    before: Measured,
    after: Measured,
    contract: BalanceContract,
    release_from: str,
    release_to: str,
) -> list[Loss]:
    """Every loss that the contract does not explain, what people know best first."""
    terms = contract.between(release_from, release_to)
    return [
        *_invariant_losses(before, after, terms),
        *_row_losses(before, after, terms),
        *_filled_losses(before, after, terms),
        *_file_losses(before, after, terms),
    ]


def _invariant_losses(before: Measured, after: Measured, terms: Terms) -> Iterator[Loss]:
    for each in terms.invariants:
        must_equal = each.rule is Rule.MUST_EQUAL
        pairs = _pairs(before.values.get(each.key), after.values.get(each.key))
        for code, was, is_now in pairs:
            key = f"invariant.{each.key}"
            if is_now is None and was:
                yield _loss(key, each.label, was, None, code)
            elif is_now is not None and (is_now < was or (must_equal and is_now != was)):
                yield _loss(key, each.label, was, is_now, code, must_equal)


def _row_losses(before: Measured, after: Measured, terms: Terms) -> Iterator[Loss]:
    moved = {table for each in terms.together for table in each.tables}
    for table, was_rows in before.rows.items():
        if table in moved or terms.covers(table):
            continue
        label = terms.label_of(table)
        if table not in after.rows:
            yield _loss(f"rows.{table}", label, Decimal(sum(was_rows.values())), None, NOBODY)
            continue
        for code, was, is_now in _pairs(was_rows, after.rows[table]):
            if is_now is not None and is_now < was:
                yield _loss(f"rows.{table}", label, was, is_now, code)
    for each in terms.together:
        yield from _together_losses(before, after, terms, each)


def _together_losses(
    before: Measured, after: Measured, terms: Terms, group: Together
) -> Iterator[Loss]:
    was = _summed(before.rows, group.tables)
    is_now = _summed(after.rows, group.tables)
    label = " + ".join(terms.label_of(table) for table in group.tables)
    for code, was_rows, now_rows in _pairs(was, is_now):
        if now_rows is None or now_rows < was_rows:
            yield _loss(f"rows.{'+'.join(group.tables)}", label, was_rows, now_rows, code)


def _filled_losses(before: Measured, after: Measured, terms: Terms) -> Iterator[Loss]:
    """Cells that were emptied; those that went with their row are told of as rows already."""
    kept = terms.cells()
    for name, was_filled in before.filled.items():
        table, _, column = name.partition(".")
        is_kept = name in kept and not terms.covers_cells(table, column.partition(">")[0])
        if table not in after.rows or not is_kept:
            continue
        lost_rows = {
            code: was - (is_now or 0)
            for code, was, is_now in _pairs(before.rows[table], after.rows[table])
        }
        label = _filled_label(terms, table, column)
        for code, was, is_now in _pairs(was_filled, after.filled.get(name)):
            if is_now is None and was:
                yield _loss(f"filled.{name}", label, was, None, code)
            elif is_now is not None and was - is_now > max(lost_rows.get(code, Decimal(0)), 0):
                yield _loss(f"filled.{name}", label, was, is_now, code)


def _filled_label(terms: Terms, table: str, column: str) -> str:
    column, _, parent = column.partition(">")
    if not parent:
        return f"{terms.label_of(table)}, kolom {column} yang terisi"
    return f"{terms.label_of(table)} yang terhubung ke {terms.label_of(parent)} ({column})"


def _file_losses(before: Measured, after: Measured, terms: Terms) -> Iterator[Loss]:
    for code, folders in before.files.items():
        for folder, was in folders.items():
            if terms.covers_files(folder):
                continue
            is_now = after.files.get(code, {}).get(folder, Files(0, 0))
            key, label = f"files.{folder}", f"Berkas di {folder}"
            if is_now.count < was.count:
                yield _loss(key, label, Decimal(was.count), Decimal(is_now.count), code)
            elif is_now.size_bytes < was.size_bytes:
                sizes = Decimal(was.size_bytes), Decimal(is_now.size_bytes)
                yield _loss(key, f"Isi berkas di {folder} (bita)", *sizes, code)


def _pairs(
    before: Mapping[str, Any] | None, after: Mapping[str, Any] | None
) -> Iterator[tuple[str, Decimal, Decimal | None]]:
    """Village by village; as one sum where the release began or ceased to tell villages apart."""
    if before is None:
        return
    if after is None:
        yield from ((code, Decimal(number), None) for code, number in before.items())
        return
    if _tells_villages(before) != _tells_villages(after) and before and after:
        yield NOBODY, Decimal(sum(before.values())), Decimal(sum(after.values()))
        return
    found_one = _tells_villages(before) and sum(after.values()) >= sum(before.values())
    for code, number in before.items():
        if code != NOBODY or not found_one:  # what found its village meanwhile is not lost
            yield code, Decimal(number), Decimal(after.get(code, 0))


def _tells_villages(counts: Mapping[str, Any]) -> bool:
    return any(code != NOBODY for code in counts)


def _summed(rows: Counts, tables: tuple[str, ...]) -> dict[str, int] | None:
    """None when no such table is there."""
    present = [rows[table] for table in tables if table in rows]
    if not present:
        return None
    codes = {code for each in present for code in each}
    return {code: sum(each.get(code, 0) for each in present) for code in sorted(codes)}


def _loss(
    key: str,
    label: str,
    before: Decimal,
    after: Decimal | None,
    code: str,
    must_equal: bool = False,
) -> Loss:
    sentence = f"{label}: {spoken(before)} → "
    if after is None:
        sentence += "tidak ada lagi"
    elif after < before:
        sentence += f"{spoken(after)} (berkurang {spoken(before - after)})"
    else:
        sentence += f"{spoken(after)} (bertambah {spoken(after - before)}, seharusnya sama)"
    return Loss(key, label, before, after, code, sentence)


def spoken(number: Decimal) -> str:
    """`5006` → `5.006`, `-1234.5` → `-1.234,5`."""
    text = f"{number:,f}"
    whole, _, part = text.partition(".")
    part = part.rstrip("0")
    return whole.replace(",", ".") + (f",{part}" if part else "")


def _packed(group: Mapping[str, Mapping[str, Any]], codes: list[str]) -> dict[str, Any]:
    return {name: _pack(counts, codes) for name, counts in group.items()}


def _pack(counts: Mapping[str, Any], codes: list[str]) -> Any:
    """`7`: nobody's only; `[7]`: the same for all; `[7, null, 9]`: in the order of the codes."""
    cells = [_cell(counts[code]) if code in counts else None for code in codes]
    if set(counts) == {NOBODY}:
        return _cell(counts[NOBODY])
    return cells[:1] if len(cells) > 1 and len(set(map(str, cells))) == 1 else cells


def _cell(number: Any) -> int | str:
    return int(number) if number == int(number) else str(number)


def _unpacked(part: Any, codes: list[str], make: Any) -> dict[str, Any]:
    if not isinstance(part, list):
        return {NOBODY: make(part)}
    cells = part * len(codes) if len(part) == 1 and len(codes) > 1 else part
    return {code: make(cell) for code, cell in zip(codes, cells, strict=True) if cell is not None}
