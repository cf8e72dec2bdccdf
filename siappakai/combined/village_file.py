"""Touch: the file one village is kept in: gzip, lines of JSON, readable without this program.

Line 1 is the header: format and version, product, schema version, village code, and for each
table its columns, count and checksum (siappakai.combined.checksum). Then, as needed:
`{"ids": table, "ranges": [[first, last], …]}` the ids of its rows, `{"chosen": rule, "ranges": …}`
the parents a conditional reference counts for, `{"table": name}` followed by its rows as arrays in
the order of the header's columns, and last `{"end": true}`.

The rows include the village's app_key and its users' password hashes: the file is 0600 and to be
kept like a password. The header holds none of them and may be shown.
"""

from __future__ import annotations

import gzip
import json
import os
import shutil
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, BinaryIO

from siappakai.combined.checksum import TableSum, Village, decode_row, encode_row
from siappakai.combined.ids import IdSet
from siappakai.combined.references import Cell
from siappakai.errors import InvalidInput

FORMAT = "siappakai-desa"
VERSION = 1
LEVEL = 6


@dataclass(frozen=True)
class TableFacts:
    columns: tuple[str, ...]
    rows: int
    checksum: str

    @property
    def sum(self) -> TableSum:
        return TableSum(self.rows, self.checksum)


@dataclass(frozen=True)
class Header:
    """`loose`: `table.column` → how many of its values mean no row of this village, where no
    foreign key forbids it; `crossing`: where one stands, so that they mean another village's.
    `torn`: table → rows with the village's id and another village's parents; not in the file.
    """

    product: str
    schema_version: str
    village_code: str
    village_name: str
    village_id: int
    made_at: str
    tables: Mapping[str, TableFacts]
    loose: Mapping[str, int]
    crossing: Mapping[str, int]
    torn: Mapping[str, int]
    suspects: tuple[str, ...]
    largest_loose: Mapping[str, int]

    @property
    def row_count(self) -> int:
        return sum(each.rows for each in self.tables.values())


class Body:
    """Writes what follows the header."""

    def __init__(self, stream: gzip.GzipFile) -> None:
        self._stream = stream

    def village(self, village: Village) -> None:
        for kind, sets in (("ids", village.ids), ("chosen", village.chosen)):
            for name, ids in sorted(sets.items()):
                self._object({kind: name, "ranges": ids.ranges()})

    def table(self, name: str) -> None:
        self._object({"table": name})

    def row(self, row: Sequence[Cell]) -> None:
        self._stream.write(encode_row(row) + b"\n")

    def close(self) -> None:
        self._object({"end": True})
        self._stream.close()

    def _object(self, value: Mapping[str, Any]) -> None:
        self._stream.write(json.dumps(value, separators=(",", ":")).encode() + b"\n")


@contextmanager
def writing(folder: Path) -> Iterator[tuple[Body, BinaryIO]]:
    """A body in an unnamed 0600 file of `folder`'s disk; `finish` puts the header before it."""
    path = folder / f".isi-{os.getpid()}-{os.urandom(4).hex()}"
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    path.unlink()
    with (
        os.fdopen(descriptor, "w+b") as raw,
        gzip.GzipFile(fileobj=raw, mode="wb", compresslevel=LEVEL, mtime=0) as stream,
    ):
        yield Body(stream), raw


def finish(raw: BinaryIO, header: Header, target: Path) -> int:
    """Header and body stand in `target`, whole or not at all; returns the size in bytes."""
    line = json.dumps({"format": FORMAT, "version": VERSION, **asdict(header)}) + "\n"
    temporary = target.with_name(f".{target.name}.{os.urandom(4).hex()}.baru")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(gzip.compress(line.encode(), LEVEL, mtime=0))
            raw.seek(0)
            shutil.copyfileobj(raw, stream)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(temporary, target)
    finally:
        with suppress(FileNotFoundError):
            temporary.unlink()
    return target.stat().st_size


class VillageFile:
    """Reads a file of `export_village`; damage of any kind is an InvalidInput."""

    def __init__(self, path: Path) -> None:
        self.path = path
        with self._lines() as lines:
            self.header = _parse_header(next(lines, b""))
            self.village = self._read_village(lines)

    def rows(self) -> Iterator[tuple[str, list[Cell]]]:
        """(table, row) of every row, as they were written; the file is read anew."""
        with self._lines() as lines:
            next(lines, None)
            table = ""
            for line in lines:
                if line.startswith(b"["):
                    yield table, decode_row(line)
                    continue
                words = json.loads(line)
                if "end" in words:
                    return
                table = words.get("table", table)
        raise _damaged("berkas terpotong")

    def _read_village(self, lines: Iterator[bytes]) -> Village:
        sets: dict[str, dict[str, IdSet]] = {"ids": {}, "chosen": {}}
        for line in lines:
            words = json.loads(line)
            kind = next((each for each in sets if each in words), None)
            if kind is None:
                break
            sets[kind][words[kind]] = IdSet.from_ranges(words["ranges"])
        return Village(sets["ids"], sets["chosen"])

    @contextmanager
    def _lines(self) -> Iterator[Iterator[bytes]]:
        try:
            with gzip.open(self.path, "rb") as stream:
                yield iter(stream)
        except FileNotFoundError as error:
            raise InvalidInput(f"Berkas {self.path.name} tidak ada.") from error
        except (gzip.BadGzipFile, EOFError, zlib.error, ValueError, KeyError, TypeError) as error:
            raise _damaged(type(error).__name__) from error


def _parse_header(line: bytes) -> Header:
    words = json.loads(line)
    if not isinstance(words, dict) or words.pop("format", None) != FORMAT:
        raise _damaged("bukan berkas desa dari dasbor ini")
    version = words.pop("version", None)
    if version != VERSION:
        raise InvalidInput(
            f"Berkas desa ini berformat {version}, yang dikenal hanya {VERSION}.",
            hint="Perbarui dasbor, lalu coba lagi.",
        )
    tables = {
        name: TableFacts(tuple(each["columns"]), each["rows"], each["checksum"])
        for name, each in words.pop("tables").items()
    }
    return Header(**{**words, "tables": tables, "suspects": tuple(words["suspects"])})


def _damaged(reason: str) -> InvalidInput:
    return InvalidInput(
        f"Berkas desa rusak atau bukan berkas yang dimaksud ({reason}).",
        hint="Pakai salinan lain dari cadangan. Tidak ada yang diubah.",
    )
