"""Makes the packed official list: `python -m siappakai.regions.pack SOURCE_DIR`.

SOURCE_DIR holds `provinces.csv`, `regencies.csv`, `districts.csv` and `villages.csv` (first line
a header; first column the dotted code, last column the name) and `LICENSE.md`, as the npm package
idn-area-data ships them. The packed form is one gzip file a level: a line per place, digits,
comma, name, sorted by code. Packing the same source twice gives the same bytes.
"""

from __future__ import annotations

import csv
import gzip
import sys
from pathlib import Path

from siappakai.errors import InvalidInput
from siappakai.regions.official_list import LEVELS, OFFICIAL_FOLDER

_CODE_LENGTH = dict(zip(LEVELS, (2, 4, 6, 10), strict=True))
_PARENT = dict(zip(LEVELS[1:], LEVELS[:-1], strict=True))


def pack_folder(source: Path, target: Path = OFFICIAL_FOLDER) -> dict[str, int]:
    """Writes the packed list and its licence into target; gives the count of each level.

    Raises InvalidInput, before anything is written, when a code is malformed, repeated or
    has no parent.
    """
    levels = {level: read_level(source / f"{level}.csv", _CODE_LENGTH[level]) for level in LEVELS}
    for child, parent in _PARENT.items():
        _check_parents(levels[child], levels[parent], _CODE_LENGTH[parent])
    licence = (source / "LICENSE.md").read_bytes()
    target.mkdir(parents=True, exist_ok=True)
    for level, names in levels.items():
        (target / f"{level}.csv.gz").write_bytes(pack_level(names))
    (target / "LICENSE.md").write_bytes(licence)
    return {level: len(names) for level, names in levels.items()}


def read_level(path: Path, code_length: int) -> dict[str, str]:
    """The names of one source file by their codes in digits."""
    with path.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.reader(lines))[1:]
    names: dict[str, str] = {}
    for row in rows:
        code, name = row[0].replace(".", ""), " ".join(row[-1].split())
        if not (code.isascii() and code.isdigit() and len(code) == code_length and name):
            raise InvalidInput(f"{path.name}: baris {row!r} bukan kode dan nama wilayah.")
        if code in names:
            raise InvalidInput(f"{path.name}: kode {row[0]} tertulis dua kali.")
        names[code] = name
    return names


def pack_level(names: dict[str, str]) -> bytes:
    """The gzip bytes of one level, the same for the same names."""
    text = "".join(f"{code},{names[code]}\n" for code in sorted(names))
    return gzip.compress(text.encode(), compresslevel=9, mtime=0)


def _check_parents(children: dict[str, str], parents: dict[str, str], length: int) -> None:
    orphans = [code for code in children if code[:length] not in parents]
    if orphans:
        raise InvalidInput(f"Kode tanpa induk: {', '.join(orphans[:5])}")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("Pemakaian: python -m siappakai.regions.pack FOLDER_SUMBER")
    print(pack_folder(Path(sys.argv[1])))
