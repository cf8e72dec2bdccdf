"""An uploaded file becomes a table: kind told by content, limits kept, every error explained."""

from __future__ import annotations

from siappakai.errors import InvalidInput
from siappakai.intake.delimited import read_delimited
from siappakai.intake.detect import FileKind, detect_kind
from siappakai.intake.table import MAX_BYTES, Table
from siappakai.intake.workbook import read_workbook


def read_table(filename: str, content: bytes) -> Table:
    """The rows of an uploaded CSV, XLSX, XLS or ODS file as text with their row numbers.

    `filename` only names the sheet of a CSV. Raises InvalidInput for a file that is empty, too
    large, locked, broken or something else than a list.
    """
    if len(content) > MAX_BYTES:
        raise InvalidInput(
            f"Berkas terlalu besar; paling besar {MAX_BYTES // 1024 // 1024} MB.",
            hint="Salin kolom yang perlu saja ke lembar kerja baru, lalu unggah itu.",
        )
    if detect_kind(content) is FileKind.WORKBOOK:
        return read_workbook(content)
    table = read_delimited(content)
    if not table.rows:
        raise InvalidInput("Berkas kosong.", hint="Pilih berkas yang berisi daftar desa.")
    return Table(sheet=_last_part(filename), rows=table.rows)


def _last_part(filename: str) -> str:
    return filename.replace("\\", "/").rpartition("/")[2]
