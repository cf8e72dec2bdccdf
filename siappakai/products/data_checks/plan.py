"""Think: the questions to ask a database before it is migrated, from two schemas and the list."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from siappakai.products.data_checks.listed import ProductChecks, Relation, Severity
from siappakai.products.data_checks.shape import Column, Foreign, Shape, Table

NUMBERED = ("nik", "no_kk", "nik_kepala")  # shown masked; other values are never shown


@dataclass(frozen=True, slots=True)
class Question:
    """`SELECT COUNT(*) FROM source` finds dirty rows. `group`: the column that names the village.

    `row_id` and `shown` are SQL expressions of an example; `words` go into the finding's sentence.
    """

    code: str
    severity: Severity
    words: str
    remedy: str
    source: str
    row_id: str
    group: str = ""
    shown: str = ""
    table: str = ""


def plan_questions(
    now: Shape,
    target: Shape | None,
    checks: ProductChecks,
    village_column: str,
    *,
    is_combined: bool = False,
    source: Shape | None = None,
) -> list[Question]:
    """All questions whose tables exist; without a target those that need none.

    `source`: what a fresh database of the present release has, to find tables that got lost.
    """
    plan = _Plan(now, target or {}, checks, village_column, is_combined)
    found = [*plan.zero_dates(), *plan.orphans(), *plan.listed()]
    if target:
        found += [*plan.duplicates(), *plan.nulls(), *plan.too_long(), *plan.not_json()]
        found += [*plan.unnumbered(), *plan.lost_tables(source or {})]
    return [plan.told(each) for each in found]


@dataclass(frozen=True)
class _Plan:
    now: Shape
    target: Shape
    checks: ProductChecks
    village_column: str
    is_combined: bool

    def told(self, question: Question) -> Question:
        """With what the product's own list knows of this finding."""
        effects = self.checks.effects
        kind = question.code.partition(":")[0]
        effect = effects.get(question.code) or effects.get(kind)
        if effect is None:
            return question
        return replace(
            question,
            severity=effect.severity,
            words=f"{question.words}; {effect.effect}" if effect.effect else question.words,
            remedy=effect.remedy or question.remedy,
        )

    def zero_dates(self) -> Iterator[Question]:
        for name, table in self.now.items():
            for column in table.columns.values():
                if column.is_date:
                    yield self._question(
                        f"tanggal_nol:{name}.{column.name}",
                        Severity.YELLOW,
                        name,
                        f"`{name}` AS t WHERE CAST(t.`{column.name}` AS CHAR) LIKE '%-00%'",
                        f"berisi tanggal yang tidak ada (0000-00-00) pada kolom {column.name}",
                        "Isi tanggal yang benar, atau kosongkan, pada baris tersebut.",
                    )

    def orphans(self) -> Iterator[Question]:
        listed = {(each.child, each.column): each for each in self.checks.relations}
        for name, table in self.now.items():
            known = {(each.child, each.column) for each in listed.values()}
            wanted = self.target.get(name, Table()).foreigns
            for key in sorted(table.foreigns | wanted):
                if (name, key.column) not in known:
                    yield from self._orphan(name, key, _severity_of(key, table))
        for relation in listed.values():
            key = Foreign(relation.column, relation.parent, relation.parent_column)
            yield from self._orphan(relation.child, key, relation.severity, relation)

    def _orphan(
        self, name: str, key: Foreign, severity: Severity, relation: Relation | None = None
    ) -> Iterator[Question]:
        table, parent = self.now.get(name), self.now.get(key.parent)
        if not table or not parent or key.column not in table.columns:
            return
        if key.parent_column not in parent.columns:
            return
        filled = f"t.`{key.column}` IS NOT NULL"
        if self.checks.zero_is_none:
            filled += f" AND t.`{key.column}` <> 0"
        words = f"menunjuk {key.parent} yang tidak ada lewat kolom {key.column}"
        yield self._question(
            f"yatim:{name}.{key.column}",
            severity,
            name,
            f"`{name}` AS t LEFT JOIN `{key.parent}` AS p ON p.`{key.parent_column}` = "
            f"t.`{key.column}` WHERE {filled} AND p.`{key.parent_column}` IS NULL",
            f"{words}; {relation.effect}" if relation else words,
            relation.remedy
            if relation
            else f"Pulihkan baris {key.parent} yang hilang, atau ganti isi kolom {key.column}.",
        )

    def duplicates(self) -> Iterator[Question]:
        for name, table in self.now.items():
            wanted = self.target.get(name, Table()).uniques
            for columns in sorted(wanted - table.uniques):
                if all(column in table.columns for column in columns):
                    yield self._duplicate(name, columns)

    def _duplicate(self, name: str, columns: tuple[str, ...]) -> Question:
        names = ", ".join(f"`{column}`" for column in columns)
        same = " AND ".join(f"g.`{column}` = t.`{column}`" for column in columns)
        personal = [column for column in columns if column in NUMBERED]
        own = [column for column in columns if column != self.village_column]
        return self._question(
            f"ganda:{name}({','.join(columns)})",
            Severity.RED,
            name,
            f"`{name}` AS t JOIN (SELECT {names} FROM `{name}` GROUP BY {names} "
            f"HAVING COUNT(*) > 1) AS g ON {same}",
            f"berisi {' + '.join(own)} yang sama, padahal harus berbeda",
            "Ubah atau hapus yang ganda sehingga tinggal satu.",
            shown=f"t.`{personal[0]}`" if personal else "",
        )

    def nulls(self) -> Iterator[Question]:
        for name, column, wanted in self._common_columns():
            if column.is_nullable and not wanted.is_nullable:
                yield self._question(
                    f"kosong:{name}.{column.name}",
                    Severity.RED,
                    name,
                    f"`{name}` AS t WHERE t.`{column.name}` IS NULL",
                    f"kosong pada kolom {column.name}, padahal rilis baru mewajibkannya",
                    f"Isi kolom {column.name} pada baris tersebut.",
                )

    def too_long(self) -> Iterator[Question]:
        for name, column, wanted in self._common_columns():
            room = wanted.length
            if room is not None and (column.length is None or column.length > room):
                yield self._question(
                    f"panjang:{name}.{column.name}",
                    Severity.RED,
                    name,
                    f"`{name}` AS t WHERE CHAR_LENGTH(t.`{column.name}`) > {room}",
                    f"lebih panjang dari {room} huruf pada kolom {column.name}",
                    f"Persingkat isi kolom {column.name} sampai {room} huruf.",
                )

    def not_json(self) -> Iterator[Question]:
        for name, table in self.now.items():
            wanted = self.target.get(name, Table()).json_columns & set(table.columns)
            for column in sorted(wanted - table.json_columns):
                yield self._question(
                    f"bukan_json:{name}.{column}",
                    Severity.RED,
                    name,
                    f"`{name}` AS t WHERE NOT JSON_VALID(t.`{column}`)",
                    f"berisi teks yang bukan JSON pada kolom {column}",
                    f"Perbaiki isi kolom {column}, atau kosongkan.",
                )

    def unnumbered(self) -> Iterator[Question]:
        """A restored table may have lost its AUTO_INCREMENT: the next row can't be added."""
        for name, column, wanted in self._common_columns():
            if wanted.is_numbered and not column.is_numbered:
                yield _fact(
                    f"otomatis:{name}.{column.name}",
                    f"tabel {name} tidak lagi menomori barisnya sendiri (kolom {column.name})",
                    f"Kembalikan AUTO_INCREMENT pada kolom {column.name}.",
                )

    def lost_tables(self, source: Shape) -> Iterator[Question]:
        """Tables of both releases that this database lacks, as half-restored ones do."""
        for name in sorted(set(source) & set(self.target) - set(self.now)):
            yield _fact(
                f"tabel_hilang:{name}",
                f"tabel {name} tidak ada, padahal rilis sekarang dan rilis baru memakainya",
                "Pulihkan tabel itu dari cadangan desa sebelum memperbarui.",
            )

    def listed(self) -> Iterator[Question]:
        columns = {name: frozenset(table.columns) for name, table in self.now.items()}
        for each in self.checks.listed:
            if each.select.missing(columns):
                continue
            first = self.now[each.select.first_table].columns
            is_told = self.is_combined and self.village_column in first
            group = each.select.village if is_told else ""
            yield Question(
                each.code,
                each.severity,
                each.label,
                each.remedy,
                each.select.source,
                each.row_id,
                group,
                each.shown,
            )

    def _common_columns(self) -> Iterator[tuple[str, Column, Column]]:
        for name, table in self.now.items():
            wanted = self.target.get(name, Table()).columns
            for column in table.columns.values():
                if column.name in wanted:
                    yield name, column, wanted[column.name]

    def _question(
        self,
        code: str,
        severity: Severity,
        table: str,
        source: str,
        words: str,
        remedy: str,
        shown: str = "",
    ) -> Question:
        shape = self.now[table]
        row_id = f"t.`{shape.primary[0]}`" if shape.primary else "NULL"
        is_told = self.is_combined and self.village_column in shape.columns
        group = f"t.`{self.village_column}`" if is_told else ""
        return Question(code, severity, words, remedy, source, row_id, group, shown, table)


def _fact(code: str, words: str, remedy: str) -> Question:
    """A question whose answer the schemas have given already: it counts as one."""
    return Question(code, Severity.RED, words, remedy, "(SELECT 1) AS t", "NULL")


def _severity_of(key: Foreign, table: Table) -> Severity:
    """A rule that stands already was broken before; one that is to come will be refused."""
    return Severity.YELLOW if key in table.foreigns else Severity.RED
