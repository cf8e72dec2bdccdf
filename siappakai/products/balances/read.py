"""Think: a contract's TOML becomes a BalanceContract, or one clear sentence says why not."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from siappakai.errors import InvalidInput
from siappakai.products.balances.contract import (
    OPEN_END,
    OPEN_START,
    Allowance,
    BalanceContract,
    Filled,
    Invariant,
    Link,
    ReleaseTerms,
    Rule,
    Terms,
    Together,
    VillageColumn,
)
from siappakai.products.balances.selects import read_select

FOLDER = Path(__file__).parent
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
PATTERN = re.compile(r"[A-Za-z0-9_*]+(?:\.[A-Za-z0-9_*]+)?")
TOML_PLACE = re.compile(r"\(at line (\d+), column (\d+)\)")
VERSION = re.compile(r"\d+(?:\.\d+)*(?:-[a-z0-9.]+)?")
TERMS = {"invariant", "filled", "may_shrink", "together", "files", "labels", "drops"}


@lru_cache
def find_contract(product: str) -> BalanceContract:
    """The contract shipped with a product; one that names nothing keeps the general rule only."""
    path = FOLDER / f"{product}.toml"
    if not path.is_file():
        return BalanceContract(product, None, Terms())
    return read_contract(path.read_text(encoding="utf-8"), product)


def merge_contract(contract: BalanceContract, text: str) -> BalanceContract:
    """The contract with what an admin's own TOML adds; `product` may be left out there."""
    return contract.plus(read_contract(text, contract.product, contract.village))


def read_contract(text: str, product: str, village: VillageColumn | None = None) -> BalanceContract:
    """InvalidInput, saying where, when the text is no contract of this product."""
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _wrong(f"bukan TOML yang sah {_place_of(error, text)}") from error
    if table.get("product", product) != product:
        raise _wrong(f"untuk produk {table['product']!r}, bukan {product!r}")
    _only(table, TERMS | {"product", "village", "release"}, "berkas")
    if "village" in table:
        village = _village(table["village"])
    releases = _mapping(table.get("release", {}), "release")
    return BalanceContract(
        product,
        village,
        _terms(table, "berkas", village),
        tuple(_release(name, part, village) for name, part in releases.items()),
    )


def read_addition(text: str, contract: BalanceContract) -> BalanceContract:
    """What an admin's own text adds to a contract, before it is kept.

    InvalidInput also where it would be read and yet say nothing: no rule in it, a village column of
    its own, a `drops` of what nobody asks.
    """
    added = read_contract(text, contract.product, contract.village)
    if added.village != contract.village:
        raise _wrong("bagian [village] hanya ada di kontrak produk, hapus dari berkas ini")
    if not any(each != Terms() for each in (added.always, *(one.terms for one in added.releases))):
        raise _wrong("tidak memuat satu aturan pun")
    known = contract.plus(added).everything()
    asked = {each.key for each in known.invariants} | known.cells()
    asked |= {name.partition(">")[0] for name in known.cells()}
    for terms in (added.always, *(each.terms for each in added.releases)):
        if unknown := sorted(set(terms.drops) - asked):
            raise _wrong(f"drops: {', '.join(unknown)} tidak ada di kontrak produk ini")
    return added


def _place_of(error: tomllib.TOMLDecodeError, text: str) -> str:
    """`pada baris 3, kolom 5: tables = [`, or the end of the text."""
    found = TOML_PLACE.search(str(error))
    if not found:
        return "pada akhir berkas: ada yang belum ditutup"
    line = text.splitlines()[int(found[1]) - 1 : int(found[1])]
    return f"pada baris {found[1]}, kolom {found[2]}: {''.join(line).strip()[:120]}"


def _village(part: Any) -> VillageColumn:
    values = _mapping(part, "village")
    _only(values, {"column", "table", "id", "code"}, "village")
    return VillageColumn(
        *(_name(values, key, "village") for key in ("column", "table", "id", "code"))
    )


def _release(name: str, part: Any, village: VillageColumn | None) -> ReleaseTerms:
    """`"2410.0.0"` or a range `"2408.0.0 .. 2410.0.0"`, open where a side is empty."""
    first, dots, last = (side.strip() for side in name.partition(".."))
    first, last = first or (OPEN_START if dots else ""), last or (OPEN_END if dots else first)
    if not VERSION.fullmatch(first) or not VERSION.fullmatch(last):
        raise _wrong(f'release."{name}" bukan versi atau rentang "2408.0.0 .. 2410.0.0"')
    where = f'release."{name}"'
    values = _mapping(part, where)
    _only(values, TERMS, where)
    return ReleaseTerms(first, last, _terms(values, where, village))


def _terms(table: Mapping[str, Any], where: str, village: VillageColumn | None) -> Terms:
    outer = f"{where} files"
    files = _mapping(table.get("files", {}), outer)
    _only(files, {"volatile", "may_shrink"}, outer)
    return Terms(
        tuple(_invariant(each, at, village) for at, each in _rows(table, "invariant", where)),
        tuple(_filled(each, at) for at, each in _rows(table, "filled", where)),
        tuple(_allowance(each, "tables", at) for at, each in _rows(table, "may_shrink", where)),
        tuple(_together(each, at) for at, each in _rows(table, "together", where)),
        _texts(files.get("volatile", []), f"{where} files.volatile"),
        tuple(_allowance(each, "folders", at) for at, each in _rows(files, "may_shrink", outer)),
        _texts(table.get("drops", []), f"{where} drops"),
        _labels(table.get("labels", {}), where),
    )


def _invariant(part: Mapping[str, Any], where: str, village: VillageColumn | None) -> Invariant:
    _only(part, {"key", "label", "rule", "sql", "village"}, where)
    key = _name(part, "key", where)
    where = f"{where} ({key})"
    try:
        rule = Rule(_text(part, "rule", where))
    except ValueError as error:
        words = " atau ".join(Rule)
        raise _wrong(f"{where}: rule harus {words}") from error
    column = village.column if village else ""
    try:
        select = read_select(_text(part, "sql", where), column, str(part.get("village", "")))
    except InvalidInput as error:
        raise InvalidInput(f"Neraca, {where}: {error.message}", hint=error.hint) from error
    return Invariant(key, _text(part, "label", where), rule, select)


def _filled(part: Mapping[str, Any], where: str) -> Filled:
    _only(part, {"table", "columns", "links"}, where)
    columns = _texts(part.get("columns", []), f"{where} columns")
    links = _mapping(part.get("links", {}), f"{where} links")
    if not (columns or links) or not all(NAME.fullmatch(name) for name in (*columns, *links)):
        raise _wrong(f"{where}: columns dan links harus berisi nama kolom")
    table = _name(part, "table", where)
    return Filled(table, columns, tuple(_link(name, links, where) for name in links))


def _link(column: str, links: Mapping[str, Any], where: str) -> Link:
    parent, _, parent_column = _text(links, column, f"{where} links").partition(".")
    if not (NAME.fullmatch(parent) and NAME.fullmatch(parent_column)):
        raise _wrong(f"{where} links: {column} harus berisi tabel.kolom induknya")
    return Link(column, parent, parent_column)


def _allowance(part: Mapping[str, Any], names: str, where: str) -> Allowance:
    _only(part, {names, "reason"}, where)
    found = _texts(part.get(names, []), f"{where} {names}")
    if not found or (names == "tables" and not all(PATTERN.fullmatch(one) for one in found)):
        raise _wrong(f"{where}: {names} harus berisi nama")
    if not all(one.strip("*.") for one in found):
        raise _wrong(f"{where}: '*' saja akan meniadakan neraca")
    return Allowance(found, _text(part, "reason", where))


def _together(part: Mapping[str, Any], where: str) -> Together:
    _only(part, {"tables", "reason"}, where)
    tables = _texts(part.get("tables", []), f"{where} tables")
    if len(tables) < 2:
        raise _wrong(f"{where}: tables harus berisi sedikitnya dua tabel")
    return Together(tables, _text(part, "reason", where))


def _labels(part: Any, where: str) -> Mapping[str, str]:
    labels = _mapping(part, f"{where} labels")
    if not all(isinstance(label, str) and label for label in labels.values()):
        raise _wrong(f"{where} labels: setiap tabel harus bernama")
    return dict(labels)


def _rows(
    table: Mapping[str, Any], key: str, where: str
) -> Sequence[tuple[str, Mapping[str, Any]]]:
    """Each [[key]] with the words that say which one it is."""
    rows = table.get(key, [])
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise _wrong(f"{where}: {key} ditulis sebagai [[{key}]]")
    return [(f"{where} [[{key}]] ke-{number}", row) for number, row in enumerate(rows, start=1)]


def _mapping(part: Any, where: str) -> Mapping[str, Any]:
    if not isinstance(part, dict):
        raise _wrong(f"{where} harus berupa bagian [{where}]")
    return part


def _texts(part: Any, where: str) -> tuple[str, ...]:
    if not isinstance(part, list) or not all(isinstance(each, str) and each for each in part):
        raise _wrong(f"{where} harus berupa daftar teks")
    return tuple(part)


def _text(part: Mapping[str, Any], key: str, where: str) -> str:
    value = part.get(key)
    if not isinstance(value, str) or not value.strip():
        raise _wrong(f"{where}: {key} belum diisi")
    return value.strip()


def _name(part: Mapping[str, Any], key: str, where: str) -> str:
    value = _text(part, key, where)
    if not NAME.fullmatch(value):
        raise _wrong(f"{where}: {key} = {value!r} bukan nama")
    return value


def _only(part: Mapping[str, Any], known: set[str], where: str) -> None:
    unknown = sorted(set(part) - known)
    if unknown:
        raise _wrong(f"{where}: {', '.join(unknown)} tidak dikenal")


def _wrong(why: str) -> InvalidInput:
    return InvalidInput(
        f"Neraca data tidak dapat dibaca: {why}.",
        hint="Perbaiki berkasnya, lalu ulangi; aturan neraca yang sudah ada tidak berubah.",
    )
