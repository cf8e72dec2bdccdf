"""Touch: one pass over a village's file, before anything is touched for it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from operator import itemgetter

from siappakai.combined.checksum import RowSum, TableSum
from siappakai.combined.layout import Layout
from siappakai.combined.references import Cell, make_translator
from siappakai.combined.village_file import VillageFile


@dataclass
class Contents:
    """What the rows say: their checksums, the village's app_key, and what makes them hard to move.

    `ambiguous`: columns in use whose references have two meanings. `homeless`: columns (or whole
    tables) in use that the database at hand lacks.
    """

    sums: dict[str, TableSum] = field(default_factory=dict)
    app_key: Cell = None
    ambiguous: set[str] = field(default_factory=set)
    homeless: set[str] = field(default_factory=set)


def tables_of(file: VillageFile) -> Iterator[tuple[str, Iterator[list[Cell]]]]:
    """(table, its rows), table after table as they stand in the file."""
    for name, pairs in groupby(file.rows(), key=itemgetter(0)):
        yield name, (row for _, row in pairs)


def read_contents(file: VillageFile, layout: Layout) -> Contents:
    contents, rules = Contents(), layout.rules
    for name, rows in tables_of(file):
        columns = file.header.tables[name].columns
        here = layout.schema.tables.get(name)
        missing = [each for each in columns if here is None or here.find(each) is None]
        doubtful = [column for table, column in rules.ambiguous if table == name]
        total = RowSum(columns)
        translator = make_translator(
            columns, layout.references.links.get(name, ()), file.village.chosen
        )
        for row in rows:
            total.add(file.village.without_ids(translator, row))
            contents.homeless.update(_in_use(name, columns, row, missing))
            contents.ambiguous.update(_in_use(name, columns, row, doubtful))
            if name == rules.root:
                contents.app_key = row[columns.index(rules.app_key_column)]
        contents.sums[name] = total.result()
    return contents


def _in_use(
    table: str, columns: Sequence[str], row: Sequence[Cell], wanted: Sequence[str]
) -> list[str]:
    return [
        f"{table}.{each}"
        for each in wanted
        if each in columns and row[columns.index(each)] is not None
    ]
