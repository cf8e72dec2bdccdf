"""Think: a checksum of rows that does not depend on their order nor on the ids they carry."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from siappakai.combined.ids import IdSet
from siappakai.combined.references import Cell, Link, Translator

MODULUS = 2**256


@dataclass(frozen=True, slots=True)
class TableSum:
    """How many rows, and the sum over their SHA-256 as 64 hexadecimal digits."""

    rows: int = 0
    checksum: str = "0" * 64


class RowSum:
    """Adds up rows; equal multisets of rows have equal sums, whatever their order.

    NULL counts as absent, so that a database whose table lacks an always empty column is equal:
    releases that were migrated and freshly installed ones differ in such columns.
    """

    def __init__(self, columns: Sequence[str]) -> None:
        self.columns = columns
        self.rows = 0
        self._sum = 0

    def add(self, row: Sequence[Cell]) -> None:
        self.rows += 1
        named = sorted(pair for pair in zip(self.columns, row, strict=True) if pair[1] is not None)
        line = encode_row([each for pair in named for each in pair])
        digest = hashlib.sha256(line).digest()
        self._sum = (self._sum + int.from_bytes(digest, "big")) % MODULUS

    def result(self) -> TableSum:
        return TableSum(self.rows, f"{self._sum:064x}")


def encode_row(row: Sequence[Cell]) -> bytes:
    """One line of JSON: text, null, or {"b": base64} for what is not text."""
    cells = [_encode_cell(cell) if isinstance(cell, bytes) else cell for cell in row]
    return json.dumps(cells, ensure_ascii=False, separators=(",", ":")).encode()


def decode_row(line: bytes | str) -> list[Cell]:
    return [_decode_cell(cell) for cell in json.loads(line)]


def _encode_cell(cell: bytes) -> dict[str, str]:
    return {"b": base64.b64encode(cell).decode()}


def _decode_cell(cell: str | dict[str, str] | None) -> Cell:
    return base64.b64decode(cell["b"]) if isinstance(cell, dict) else cell


@dataclass(frozen=True)
class Village:
    """The ids of one village's rows by table, and the parents that conditional rules need."""

    ids: Mapping[str, IdSet]
    chosen: Mapping[str, IdSet]

    def rank(self, link: Link, old: int) -> str | None:
        """Which of the village's rows an id means, in a form that is no number."""
        rank = self.ids[link.space].rank(old) if link.space in self.ids else None
        return None if rank is None else f"#{rank}"

    def without_ids(self, translator: Translator, row: Sequence[Cell]) -> list[Cell]:
        """The row as it would be in any other database: ids are places among the village's own."""
        return translator.translate(row, self.rank)
