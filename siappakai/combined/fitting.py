"""Touch: whether a village's file fits a database, and the place it takes there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum

from pymysql.connections import Connection
from pymysql.cursors import Cursor

from siappakai.combined.checksum import TableSum
from siappakai.combined.contents import Contents
from siappakai.combined.layout import Layout
from siappakai.combined.references import Cell
from siappakai.combined.village_file import Header
from siappakai.errors import Refused, StepFailed


class Place(StrEnum):
    EMPTY = "basis data kosong"
    BESIDE = "di samping desa lain"
    INSTEAD = "menggantikan barisnya sendiri"


def refuse_other_release(layout: Layout, header: Header) -> None:
    if header.product != layout.rules.product or header.schema_version != layout.schema_version:
        raise Refused(
            f"Berkas ini dari {header.product} skema {header.schema_version}, basis data ini "
            f"{layout.rules.product} skema {layout.schema_version or 'kosong'}.",
            hint="Pakai basis data dengan rilis yang sama, lalu perbarui keduanya bersama.",
        )


def refuse_homeless(layout: Layout, header: Header, contents: Contents) -> None:
    """Every value must have its column here, and every column only here must allow to be empty."""
    demanding = {
        f"{name}.{column.name}"
        for name, facts in header.tables.items()
        if facts.rows and name in layout.schema.tables
        for column in layout.table(name).stored
        if column.name not in facts.columns and not column.is_nullable
    }
    if wrong := sorted(contents.homeless | demanding):
        raise Refused(
            "Kolom berikut hanya ada di salah satu pihak: " + ", ".join(wrong) + ".",
            hint="Jalankan ulang migrasi basis data tujuan (remigrate), lalu coba lagi. "
            "Tidak ada yang diubah.",
        )


def refuse_wrong_sums(sums: Mapping[str, TableSum], header: Header) -> None:
    """What was read must be what the file's header says, table by table."""
    stated = {name: facts.sum for name, facts in header.tables.items()}
    none = TableSum()
    wrong = sorted(
        name for name in {*sums, *stated} if sums.get(name, none) != stated.get(name, none)
    )
    if wrong:
        raise StepFailed(
            "Isi tabel " + ", ".join(wrong) + " tidak sama dengan catatan berkasnya.",
            hint="Tidak ada yang berubah. Pakai salinan lain dari cadangan; bila tetap sama, "
            "laporkan nama tabel ini kepada pengelola dasbor.",
        )


def find_place(
    connection: Connection[Cursor], layout: Layout, header: Header, app_key: Cell, *, replace: bool
) -> tuple[Place, int | None]:
    """The place, and the id of the village whose rows must make way for it."""
    rules = layout.rules
    column = layout.table(rules.root).id_column
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT `{column.name if column else 'id'}`, COALESCE(`{rules.code_column}`, ''), "
            f"`{rules.app_key_column}` FROM `{rules.root}`"
        )
        villages = [(int(one), str(code), key) for one, code, key in cursor.fetchall()]
    standing = [each for each in villages if each[1] == header.village_code]
    if replace:
        return Place.INSTEAD, _own_place(standing, header, app_key)
    if len(villages) == 1 and not villages[0][1]:
        return Place.EMPTY, villages[0][0]
    if standing or any(key == app_key for _, _, key in villages):
        raise Refused(
            f"Desa {header.village_code} (atau kunci aplikasinya) sudah ada di basis data ini.",
            hint="Untuk mengganti barisnya dengan isi berkas, pilih ganti.",
        )
    return (Place.BESIDE if villages else Place.EMPTY), None


def _own_place(standing: Sequence[tuple[int, str, Cell]], header: Header, app_key: Cell) -> int:
    if not standing:
        raise Refused(
            f"Desa {header.village_code} tidak ada di basis data ini, jadi tidak ada yang diganti.",
            hint="Periksa nama basis datanya, atau pulihkan sebagai desa baru.",
        )
    village_id, _, key = standing[0]
    if key != app_key:
        raise Refused(
            "Kunci aplikasi desa di basis data ini berbeda dari yang di dalam berkas.",
            hint="Berkas ini dari pemasangan lain; pulihkan sebagai desa baru di tempat lain.",
        )
    return village_id


def refuse_unmovable(
    header: Header, contents: Contents, place: Place, moved: Sequence[str]
) -> None:
    """What only its old place, or its old ids, can hold."""
    if header.crossing and (moved or place is not Place.INSTEAD):
        raise Refused(
            "Desa ini merujuk baris desa lain di kolom " + ", ".join(header.crossing) + ".",
            hint="Berkas ini hanya dapat menggantikan baris desa itu di basis data asalnya.",
        )
    doubtful = sorted(contents.ambiguous) + list(header.suspects)
    if moved and doubtful:
        raise Refused(
            "Nomor baris harus diganti, tetapi arti rujukan berikut tidak pasti: "
            + ", ".join(doubtful)
            + ".",
            hint="Pulihkan ke basis data kosong atau ke tempat semula; di sana nomornya tetap.",
        )
