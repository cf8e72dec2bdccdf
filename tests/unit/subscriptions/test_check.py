"""Rules of a pasted or uploaded list of tokens: every line judged, none of them echoed."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from siappakai.errors import InvalidInput
from siappakai.intake.read import read_table
from siappakai.intake.table import Table, TableRow
from siappakai.subscriptions.check import (
    CheckContext,
    CheckedLine,
    KnownVillage,
    LineOutcome,
    check_lines,
)
from siappakai.subscriptions.lines import MOST_LINES, lines_of_table, lines_of_text
from siappakai.subscriptions.token import fingerprint_of
from tests.unit.subscriptions.tokens import BONTOKANANG, TAMASAJU, make_token

NOW = datetime(2026, 6, 1, 3, 0, tzinfo=UTC)
FIRST, SECOND = (make_token(code, "2026-12-31") for code in (TAMASAJU, BONTOKANANG))
VILLAGES = {TAMASAJU: KnownVillage("Tamasaju"), BONTOKANANG: KnownVillage("Bontokanang")}


def check(text: str, only_code: str = "", **changed: KnownVillage) -> list[CheckedLine]:
    villages = VILLAGES | {code.removeprefix("v"): known for code, known in changed.items()}
    return check_lines(lines_of_text(text), CheckContext(villages, NOW, only_code, "desa"))


def outcomes(lines: list[CheckedLine]) -> list[tuple[int, str]]:
    return [(line.number, str(line.outcome)) for line in lines]


@pytest.mark.parametrize("between", ["\t", ";", ",", " ", "; "])
@pytest.mark.parametrize("code", ["7305052001", "73.05.05.2001"])
def test_a_code_may_stand_before_or_after_the_token(between: str, code: str) -> None:
    text = f"\n{code}{between}{FIRST}\n\n{SECOND}{between}73.05.05.2002\nBearer {SECOND}\n"
    lines = lines_of_text(text)
    assert [(line.number, line.code) for line in lines] == [
        (2, TAMASAJU),
        (4, BONTOKANANG),
        (5, ""),
    ]
    assert [line.token.reveal() for line in lines if line.token] == [FIRST, SECOND, SECOND]


def test_a_line_says_what_it_would_do() -> None:
    held = KnownVillage("Tamasaju", date(2026, 7, 31), "x" * 12)
    longer = KnownVillage("Bontokanang", date(2027, 7, 31), "y" * 12)
    same = KnownVillage("Tamasaju", date(2026, 12, 31), fingerprint_of(FIRST))
    other = KnownVillage("Tamasaju", date(2026, 12, 31), "z" * 12)
    assert outcomes(check(f"{FIRST}\n{SECOND}")) == [(1, "baru"), (2, "baru")]
    both = check(f"{FIRST}\n{SECOND}", v7305052001=held, v7305052002=longer)
    assert outcomes(both) == [(1, "memperpanjang"), (2, "lebih pendek")]
    assert "31 Juli 2027" in both[1].message
    assert outcomes(check(FIRST, v7305052001=same)) == [(1, "sama")]
    assert outcomes(check(FIRST, v7305052001=other)) == [(1, "mengganti")]


def test_a_token_of_another_village_is_refused_with_both_names() -> None:
    for line in (check(f"{TAMASAJU}\t{SECOND}")[0], check(SECOND, only_code=TAMASAJU)[0]):
        assert line.outcome is LineOutcome.WRONG and line.token is None
        assert "Bontokanang (73.05.05.2002)" in line.message
        assert "Tamasaju (73.05.05.2001)" in line.message


def test_a_village_not_on_the_panel_is_told_by_its_official_name_with_a_way_out() -> None:
    elsewhere, nowhere = check(
        f"{make_token('7305012003', '2026-12-31')}\n{make_token('7305992001', '2026-12-31')}"
    )
    assert "Patani" in elsewhere.message and "Unggah dahulu" in elsewhere.hint
    assert "73.05.99.2001" in nowhere.message and "daftar resmi" in nowhere.message


def test_a_wrong_line_never_stops_the_others() -> None:
    lines = check(f"{FIRST}\nini.bukan.token-{'x' * 60}\nhalo\n{SECOND[:-200]}\n{SECOND}")
    assert outcomes(lines) == [(1, "baru"), (2, "salah"), (3, "salah"), (4, "salah"), (5, "baru")]
    assert all(line.message and line.hint for line in lines if line.outcome == "salah")


def test_the_same_token_twice_counts_once_and_two_different_ones_are_both_refused() -> None:
    again = check(f"{FIRST}\n{SECOND}\n{FIRST}")
    assert outcomes(again) == [(1, "baru"), (2, "baru"), (3, "sama")]
    assert "baris 1" in again[2].message
    renewed = make_token(TAMASAJU, "2027-12-31")
    twins = check(f"{FIRST}\n{SECOND}\n{renewed}")
    assert outcomes(twins) == [(1, "salah"), (2, "baru"), (3, "salah")]
    assert "baris 3" in twins[0].message and "baris 1" in twins[2].message


def test_a_token_that_ended_or_has_not_begun_is_right_but_remarked() -> None:
    ended = make_token(TAMASAJU, "2026-05-31")
    later = make_token(BONTOKANANG, "2027-12-31", masa={"mulai": "2026-07-01"})
    lines = check(f"{ended}\n{later}")
    assert outcomes(lines) == [(1, "baru"), (2, "baru")]
    assert "Sudah berakhir" in lines[0].message and "1 Juli 2026" in lines[1].message


def test_a_sheet_is_read_by_its_titles_and_keeps_the_spreadsheets_row_numbers() -> None:
    rows = (
        ("DAFTAR TOKEN PREMIUM KABUPATEN TAKALAR",),
        ("No", "Nama Desa", "Kode Desa", "HP", "Token Premium"),
        ("1", "Tamasaju", "73.05.05.2001", "8123456789", FIRST),
        ("2", "Bontokanang", "73.05.05.2002", "8123456780", SECOND),
        ("3", "Belum berlangganan", "73.05.05.2003", "8123456781", ""),
    )
    table = Table("Desa", tuple(TableRow(at, row) for at, row in enumerate(rows, start=3)))
    lines = lines_of_table(table)
    assert [(line.number, line.code) for line in lines] == [(5, TAMASAJU), (6, BONTOKANANG)]
    assert [line.token.reveal() for line in lines if line.token] == [FIRST, SECOND]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_csv_without_titles_is_understood_too(delimiter: str) -> None:
    text = f"73.05.05.2001{delimiter}{FIRST}\r\n73.05.05.2002{delimiter}{SECOND}\r\n"
    lines = lines_of_table(read_table("token.csv", text.encode()))
    assert [(line.number, line.code) for line in lines] == [(1, TAMASAJU), (2, BONTOKANANG)]
    assert all(line.token for line in lines)


@pytest.mark.parametrize("text", ["", "\n \n", "Kode Desa\tToken\n"])
def test_nothing_to_read_is_told(text: str) -> None:
    with pytest.raises(InvalidInput, match="Belum ada token"):
        lines_of_text(text)


def test_more_lines_than_a_check_may_hold_are_refused() -> None:
    with pytest.raises(InvalidInput, match="Terlalu banyak"):
        lines_of_text("7305052001\n" * (MOST_LINES + 1))


@given(st.text(max_size=300))
def test_any_text_is_judged_line_by_line_without_an_echo(text: str) -> None:
    try:
        lines = lines_of_text(f"{FIRST}\n{text}")
    except InvalidInput:
        return
    for line in check_lines(lines, CheckContext(VILLAGES, NOW)):
        shown = repr(line)
        assert FIRST not in shown
        assert all(len(word) < 30 or word not in shown for word in text.split())
