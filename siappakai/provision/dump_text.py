"""Think: the text of one of our dumps, cut into pieces that the database takes at once.

mariadb-dump writes a newline inside a value as a backslash and an n, so a line that ends in the
delimiter ends its statement; rows of a table stand on lines of their own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

PIECE_BYTES = 1024 * 1024
DEFINER = re.compile(rb"DEFINER=`[^`]*`@`[^`]*` ?")
ROW_BEGINNINGS = (b"INSERT INTO", b"(")


def pieces(lines: Iterable[bytes], piece_bytes: int = PIECE_BYTES) -> Iterator[bytes]:
    """Whole statements, of about this size together; one longer than that comes by itself.

    What stands between the client's own DELIMITER lines (triggers, routines) comes one by one,
    without the other delimiter, for the server knows none.
    """
    delimiter, waiting, size = b";", [], 0
    for line in lines:
        if line.startswith(b"DELIMITER "):
            delimiter = line.split()[1]
            continue
        waiting.append(line)
        size += len(line)
        if not line.rstrip().endswith(delimiter):
            continue
        if delimiter != b";":
            waiting[-1] = line.rstrip()[: -len(delimiter)]
        if delimiter != b";" or size >= piece_bytes:
            yield b"".join(waiting)
            waiting, size = [], 0
    if b"".join(waiting).strip():
        yield b"".join(waiting)


def without_account(line: bytes) -> bytes:
    """The line free of who defined a view or routine; a row of a table is left as it is."""
    return line if line.startswith(ROW_BEGINNINGS) else DEFINER.sub(b"", line)
