"""Rules of lists uploaded again, picked villages, large lists and arbitrary text."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from siappakai.errors import InvalidInput
from siappakai.intake import (
    CheckContext,
    CheckResult,
    ExistingVillage,
    RowStatus,
    Table,
    TableRow,
    check_rows,
    pick_districts,
    pick_regency,
    read_table,
)
from siappakai.regions import VillageKind, village_sheet

TITLES = ("Kode Desa", "Nama Desa", "Kecamatan", "Domain", "Email", "Alamat Kantor", "Kode Pos")


PATANI = ("73.05.01.2003", "Patani", "Mappakasunggu", "patani.desa.id")


SOREANG = ("73.05.01.2009", "Soreang", "Mappakasunggu", "soreang.desa.id")


TAKALAR = CheckContext("7305", "takalarkab.go.id")


def table(*rows: tuple[str, ...], titles: tuple[str, ...] = TITLES) -> Table:
    numbered = enumerate((titles, *rows), start=1)
    return Table("Desa", tuple(TableRow(number, tuple(row)) for number, row in numbered))


def saved(result: CheckResult) -> dict[str, ExistingVillage]:
    return {
        row.values.code: ExistingVillage(
            row.values.name,
            row.values.domain,
            row.values.email,
            row.values.address,
            row.values.postcode,
        )
        for row in result.rows
        if row.values
    }


@pytest.mark.parametrize("regency", ["7305", "1108", "7317"])
def test_the_same_list_after_saving_is_nothing_to_do(regency: str) -> None:
    context = CheckContext(regency, "kab.go.id")
    content = village_sheet(regency, "kab.go.id")
    first = check_rows(read_table("a.xlsx", content), context)
    again = CheckContext(regency, "kab.go.id", existing=saved(first))
    second = check_rows(read_table("a.xlsx", content), again)
    assert first.counts[RowStatus.NEW] == len(first.rows)
    assert second.counts[RowStatus.SAME] == len(second.rows)
    assert second.has_nothing_to_do
    assert second.rows_to_save == ()


def test_a_picked_regency_after_saving_is_nothing_to_do() -> None:
    first = check_rows(pick_regency("73.05"), TAKALAR)
    again = CheckContext("7305", "takalarkab.go.id", existing=saved(first))
    assert first.counts[RowStatus.NEW] == 110
    assert check_rows(pick_regency("73.05"), again).has_nothing_to_do


def test_picking_takes_districts_and_kinds() -> None:
    picked = check_rows(pick_districts(["73.05.01", "730502"]), TAKALAR)
    desa = check_rows(pick_districts(["730501"], frozenset({VillageKind.DESA})), TAKALAR)
    assert {r.values.district_code for r in picked.rows} == {"730501", "730502"}
    assert {r.values.kind for r in desa.rows} == {VillageKind.DESA}
    with pytest.raises(InvalidInput, match="73.05.99"):
        pick_districts(["73.05.99"])
    with pytest.raises(InvalidInput, match="Tidak ada desa"):
        pick_districts([])


def test_changes_name_what_was_and_what_will_be() -> None:
    existing = {
        "7305012003": ExistingVillage("Patani", "lama.desa.id", email="lama@desa.id"),
        "7305012009": ExistingVillage("Soreang", "soreang.desa.id", email="a@desa.id"),
    }
    context = CheckContext("7305", "x.id", existing=existing)
    changed, same = check_rows(table((*PATANI, "baru@desa.id"), (*SOREANG[:3], "")), context).rows
    assert (changed.status, same.status) == (RowStatus.CHANGED, RowStatus.SAME)
    assert [(c.column, c.before, c.after) for c in changed.changes] == [
        ("Domain", "lama.desa.id", "patani.desa.id"),
        ("Email", "lama@desa.id", "baru@desa.id"),
    ]
    assert same.values.domain == "soreang.desa.id"


@pytest.mark.parametrize(("regency", "count"), [("7305", 110), ("1108", 852)])
def test_a_whole_regency_is_read_and_checked_in_under_two_seconds(regency, count) -> None:
    content = village_sheet(regency, "kab.go.id")
    started = time.perf_counter()
    result = check_rows(read_table("a.xlsx", content), CheckContext(regency, "kab.go.id"))
    assert time.perf_counter() - started < 2.0
    assert len(result.rows) == count


@pytest.mark.parametrize("code", ["99.99.99.9999", "73.05.01.2999", ""])
def test_fifty_thousand_wrong_rows_are_checked_in_reasonable_time(code: str) -> None:
    rows = ((code if code else "", f"Desa {n} Patanni", "", f"d{n}.id") for n in range(50_000))
    sheet = table(*rows)
    started = time.perf_counter()
    result = check_rows(sheet, TAKALAR)
    assert time.perf_counter() - started < 30
    assert result.counts[RowStatus.WRONG] == 50_000


def test_more_than_fifty_thousand_villages_are_refused() -> None:
    with pytest.raises(InvalidInput, match=r"50\.000"):
        check_rows(table(*([PATANI] * 50_001)), TAKALAR)


NASTY = st.one_of(
    st.text(max_size=40),
    st.sampled_from(
        ["73.05.01.2003", "7305012009", "patani.desa.id", "#N/A", "Patani", "=1+1", "Kec. X"]
    ),
)


@settings(max_examples=200)
@given(st.lists(st.lists(NASTY, min_size=7, max_size=7), min_size=1, max_size=6))
def test_no_text_in_any_cell_breaks_the_check(rows: list[list[str]]) -> None:
    sheet = table(*(tuple(row) for row in rows), PATANI)
    result = check_rows(sheet, TAKALAR)
    assert sum(result.counts.values()) == len(result.rows)
    for row in result.rows:
        assert (row.status is RowStatus.WRONG) == bool(row.problems)
        assert all(p.column and p.message for p in row.problems)
    again = CheckContext("7305", "takalarkab.go.id", existing=saved_right(result))
    second = {row.row_number: row.status for row in check_rows(sheet, again).rows}
    for row in result.rows:
        if row.status is RowStatus.NEW:
            assert second[row.row_number] is RowStatus.SAME


def saved_right(result: CheckResult) -> dict[str, ExistingVillage]:
    right = tuple(row for row in result.rows if row.status is RowStatus.NEW)
    return saved(CheckResult(right, result.columns))
