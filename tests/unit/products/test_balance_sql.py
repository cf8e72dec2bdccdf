"""A contract's SQL is read into parts: what it needs is known, what could harm is refused."""

from __future__ import annotations

import pytest

from siappakai.errors import InvalidInput
from siappakai.products.balances.selects import read_select

COLUMNS = {"orang": frozenset({"id", "id_kk", "config_id"}), "keluarga": frozenset({"id"})}
JOINED = "SELECT COUNT(*) FROM orang o JOIN keluarga AS k ON k.id = o.id_kk WHERE o.id > 0"


def test_tables_columns_and_the_village_s_column_are_known() -> None:
    found = read_select(JOINED, "config_id")
    assert found.tables == {"orang", "keluarga"} and found.first_table == "orang"
    assert found.needs == {("orang", "id"), ("orang", "id_kk"), ("keluarga", "id")}
    assert found.village == "`o`.`config_id`"
    assert found.whole().startswith("SELECT COUNT( * ) FROM `orang` `o` JOIN `keluarga` AS `k`")


def test_the_village_s_column_may_be_another_table_s() -> None:
    assert read_select(JOINED, "config_id", "k.config_id").village == "`k`.`config_id`"
    assert read_select(JOINED).village == ""


def test_a_database_whose_named_table_has_no_village_s_column_is_counted_as_one() -> None:
    found = read_select(JOINED, "config_id", "k.config_id")
    assert not found.tells_villages(COLUMNS)  # keluarga has none yet, orang has
    assert read_select(JOINED, "config_id").tells_villages(COLUMNS)
    assert not read_select(JOINED).tells_villages(COLUMNS)


def test_a_database_without_a_table_or_column_is_told() -> None:
    found = read_select(JOINED)
    assert found.missing(COLUMNS) == ""
    assert found.missing({**COLUMNS, "keluarga": frozenset()}) == "keluarga.id"
    assert found.missing({"orang": COLUMNS["orang"]}) == "keluarga"


def test_the_from_inside_an_aggregate_is_not_the_statement_s() -> None:
    sql = (
        "SELECT SUM(CASE WHEN EXISTS (SELECT k.id FROM keluarga k WHERE k.id = o.id_kk) "
        "THEN 1 ELSE 0 END) FROM orang o"
    )
    found = read_select(sql, "config_id")
    assert found.source == "`orang` `o`" and found.value.startswith("SUM(")


@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM orang",
        "SELECT COUNT(*) FROM orang; DROP TABLE orang",
        "SELECT COUNT(*) FROM orang -- semua",
        "SELECT COUNT(*) FROM orang /* semua */",
        "SELECT COUNT(*) FROM orang WHERE id = 1",
        "SELECT COUNT(*) FROM mysql.user",
        "SELECT SUM(LOAD_FILE('x')) FROM orang",
        "SELECT COUNT(*) FROM orang INTO OUTFILE 'x'",
        "SELECT COUNT(*) FROM orang o WHERE p.id = 1",
        "SELECT COUNT(*) FROM orang GROUP BY orang.id",
        "SELECT COUNT(*), 1 FROM orang UNION SELECT 1",
        "SELECT COUNT(*) FROM orang WHERE orang.id = @x",
        'SELECT COUNT(*) FROM orang WHERE orang.nama = "x"',
        "SELECT COUNT(*) FROM (SELECT 1)",
        "SELECT SLEEP(9) FROM orang",
        "SELECT MAX(orang.id) FROM orang",
    ],
)
def test_anything_but_one_harmless_aggregate_is_refused(sql: str) -> None:
    with pytest.raises(InvalidInput):
        read_select(sql)
