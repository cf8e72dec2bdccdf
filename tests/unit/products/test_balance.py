"""The conservation check: what counts as a loss, what a contract explains, what is kept as JSON."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from siappakai.errors import InvalidInput
from siappakai.products import RECIPES
from siappakai.products.balance import (
    BalanceContract,
    Files,
    Loss,
    Measured,
    compare,
    find_contract,
    merge_contract,
    read_contract,
)

FIRST, SECOND = "7305012001", "7305012002"
CONTRACT = read_contract(
    """
product = "contoh"
drops = []
[village]
column = "config_id"
table = "config"
id = "id"
code = "kode_desa"
[labels]
orang = "Penduduk"
"kas_*" = "Kas"
[[may_shrink]]
tables = ["cache", "log_*"]
reason = "sementara"
[[together]]
tables = ["komentar", "pesan"]
reason = "dipindah"
[[filled]]
table = "orang"
columns = ["nik"]
links = { id_kk = "keluarga.id" }
[[invariant]]
key = "hidup"
label = "Penduduk hidup"
rule = "must_equal"
sql = "SELECT COUNT(*) FROM orang o WHERE o.status = 1"
[[invariant]]
key = "uang"
label = "Uang"
rule = "may_not_shrink"
sql = "SELECT SUM(k.nilai) FROM kas k"
[files]
volatile = ["desa/cache"]
[[files.may_shrink]]
folders = ["desa/tmp*"]
reason = "sementara"
[[release."2410.0.0".may_shrink]]
tables = ["menu"]
reason = "menu rilis"
[release."2409.0.0 .. 2410.0.0"]
drops = ["uang"]
""",
    "contoh",
)
WHOLE = Measured(
    rows={name: {"": 5} for name in ("orang", "keluarga", "cache", "menu", "kas_masuk")},
    values={"hidup": {"": Decimal(4)}, "uang": {"": Decimal("10.5")}},
    filled={"orang.nik": {"": 5}, "orang.id_kk>keluarga": {"": 4}},
    files={"": {"desa/upload/dokumen": Files(3, 300), "desa/tmp": Files(9, 9)}},
)


def losses(
    after: Measured, before: Measured = WHOLE, start: str = "2407.0.0", end: str = "2408.0.0"
) -> list[Loss]:
    return compare(before, after, CONTRACT, start, end)


def rows(**changed: int) -> Measured:
    return replace(WHOLE, rows={**WHOLE.rows, **{name: {"": n} for name, n in changed.items()}})


def test_what_is_equal_or_has_grown_is_no_loss() -> None:
    assert losses(WHOLE) == []
    grown = replace(rows(orang=9, baru=1), files={"": {"desa/upload/dokumen": Files(4, 301)}})
    assert losses(grown) == []


def test_a_table_that_shrank_is_told_with_its_label_and_indonesian_numbers() -> None:
    many = replace(WHOLE, rows={**WHOLE.rows, "orang": {"": 5006}})
    (loss,) = losses(rows(orang=4998), many)
    assert loss.sentence == "Penduduk: 5.006 → 4.998 (berkurang 8)"
    assert (loss.key, loss.before, loss.after) == ("rows.orang", 5006, 4998)


def test_a_table_of_a_pattern_is_told_with_its_own_name_too() -> None:
    (loss,) = losses(rows(kas_masuk=4))
    assert loss.sentence == "Kas (kas_masuk): 5 → 4 (berkurang 1)"


def test_a_vanished_table_is_a_loss_even_without_rows() -> None:
    rest = {name: each for name, each in WHOLE.rows.items() if name != "keluarga"}
    (loss,) = losses(replace(WHOLE, rows=rest))
    assert loss.sentence == "Tabel keluarga: 5 → tidak ada lagi" and loss.after is None
    empty = replace(WHOLE, rows={**WHOLE.rows, "keluarga": {"": 0}})
    assert len(losses(replace(WHOLE, rows=rest), empty)) == 1


def test_caches_may_shrink_and_vanish() -> None:
    rest = {name: each for name, each in WHOLE.rows.items() if name != "cache"}
    assert losses(rows(cache=0)) == [] == losses(replace(WHOLE, rows=rest))


@pytest.mark.parametrize(
    ("start", "end", "is_explained"),
    [
        ("2408.0.0", "2410.0.0", True),
        ("2409.0.0", "2411.0.0", True),
        ("2410.0.0", "2410.0.0", True),  # migrated again
        ("2410.0.0", "2411.0.0", False),
        ("2407.0.0", "2409.0.0", False),
        ("2411.0.0", "2409.0.0", True),
    ],
)
def test_a_release_section_explains_updates_that_pass_through_it(
    start: str, end: str, is_explained: bool
) -> None:
    assert (losses(rows(menu=0), start=start, end=end) == []) is is_explained


def test_versions_of_a_section_are_compared_as_versions() -> None:
    section = '[[release."2602.2.0 .. 2602.10.0".may_shrink]]\ntables = ["orang"]\nreason = "x"'
    contract = merge_contract(CONTRACT, section)
    shrunk = rows(orang=1)
    assert compare(WHOLE, shrunk, contract, "2602.8.0", "2602.9.0") == []
    assert compare(WHOLE, shrunk, contract, "2602.10.0", "2602.11.0") != []


def test_an_invariant_that_must_be_equal_may_not_grow_either() -> None:
    (loss,) = losses(replace(WHOLE, values={**WHOLE.values, "hidup": {"": Decimal(6)}}))
    assert loss.sentence == "Penduduk hidup: 4 → 6 (bertambah 2, seharusnya sama)"


def test_an_invariant_that_can_no_longer_be_counted_is_a_loss_unless_its_release_drops_it() -> None:
    gone = replace(WHOLE, values={"hidup": {"": Decimal(4)}})
    (loss,) = losses(gone)
    assert loss.sentence == "Uang: 10,5 → tidak ada lagi"
    assert losses(gone, start="2408.0.0", end="2410.0.0") == []


def test_an_invariant_that_neither_state_has_is_not_applicable() -> None:
    bare = Measured(rows=WHOLE.rows)
    assert losses(bare, bare) == []


def test_rows_may_move_between_tables_that_count_together_but_not_get_lost() -> None:
    before = Measured(rows={"komentar": {"": 10}})
    moved = Measured(rows={"komentar": {"": 6}, "pesan": {"": 4}})
    lost = Measured(rows={"komentar": {"": 6}, "pesan": {"": 3}})
    assert losses(moved, before) == []
    assert [each.key for each in losses(lost, before)] == ["rows.komentar+pesan"]
    assert len(losses(Measured(), before)) == 1


def test_emptied_cells_are_a_loss_and_those_that_went_with_their_row_are_told_once() -> None:
    (loss,) = losses(replace(WHOLE, filled={**WHOLE.filled, "orang.nik": {"": 3}}))
    assert loss.sentence == "Penduduk, kolom nik yang terisi: 5 → 3 (berkurang 2)"
    deleted = replace(rows(orang=4), filled={"orang.nik": {"": 4}, "orang.id_kk>keluarga": {"": 3}})
    assert [each.key for each in losses(deleted)] == ["rows.orang"]
    gone = replace(WHOLE, filled={"orang.nik": {"": 5}})
    assert [each.key for each in losses(gone)] == ["filled.orang.id_kk>keluarga"]


@pytest.mark.parametrize(
    "text",
    [
        'drops = ["orang.id_kk", "orang.nik"]',
        'drops = ["orang.id_kk>keluarga", "orang.nik"]',
        '[[may_shrink]]\ntables = ["orang.nik", "orang.id_*"]\nreason = "dipindah"',
    ],
)
def test_columns_that_a_release_lets_go_are_no_loss_their_rows_still_are(text: str) -> None:
    contract = merge_contract(CONTRACT, text)
    bare = replace(WHOLE, filled={})
    assert len(losses(bare)) == 2 and compare(WHOLE, bare, contract, "1", "2") == []
    fewer = replace(bare, rows={**WHOLE.rows, "orang": {"": 4}})
    assert [each.key for each in compare(WHOLE, fewer, contract, "1", "2")] == ["rows.orang"]


def test_a_table_that_may_shrink_does_not_let_its_columns_be_emptied() -> None:
    contract = merge_contract(CONTRACT, '[[may_shrink]]\ntables = ["or*"]\nreason = "x"')
    emptied = replace(WHOLE, filled={**WHOLE.filled, "orang.nik": {"": 3}})
    assert [each.key for each in compare(WHOLE, emptied, contract, "1", "2")] == [
        "filled.orang.nik"
    ]


def test_an_admins_text_has_the_last_word_over_the_product_s_own_release_sections() -> None:
    own = read_contract(
        '[[release."2409.0.0".invariant]]\nkey = "k"\nlabel = "K"\nrule = "must_equal"\n'
        'sql = "SELECT COUNT(*) FROM kas"',
        "contoh",
    )
    told = merge_contract(own, 'drops = ["k"]').between("2408.0.0", "2410.0.0")
    assert own.between("2408.0.0", "2410.0.0").invariants and not told.invariants


def test_missing_files_and_truncated_files_are_losses_temporary_ones_are_not() -> None:
    def files(count: int, size: int) -> Measured:
        return replace(WHOLE, files={"": {"desa/upload/dokumen": Files(count, size)}})

    assert losses(files(2, 900))[0].sentence == (
        "Berkas di desa/upload/dokumen: 3 → 2 (berkurang 1)"
    )
    assert losses(files(3, 120))[0].label == "Isi berkas di desa/upload/dokumen (bita)"
    assert [each.key for each in losses(replace(WHOLE, files={}))] == ["files.desa/upload/dokumen"]


def combined(**changed: dict[str, int]) -> Measured:
    whole = {"orang": {FIRST: 3, SECOND: 4}, "config": {"": 2}}
    return Measured(rows={**whole, **changed})


def test_in_a_combined_database_the_village_that_lost_is_named() -> None:
    swapped = combined(orang={FIRST: 4, SECOND: 3})  # the sum alone would hide it
    (loss,) = losses(swapped, combined())
    assert (loss.village_code, loss.sentence) == (SECOND, "Penduduk: 4 → 3 (berkurang 1)")


def test_rows_of_nobody_that_found_their_village_are_not_lost_but_the_reverse_is() -> None:
    with_nobody = combined(orang={FIRST: 3, SECOND: 4, "": 2})
    assert losses(combined(orang={FIRST: 5, SECOND: 4}), with_nobody) == []
    assert losses(combined(orang={FIRST: 3, SECOND: 4}), with_nobody)[0].village_code == ""
    assert losses(combined(orang={FIRST: 3, SECOND: 0, "": 4}), combined()) != []


def test_a_release_that_ceases_to_tell_villages_apart_is_compared_as_one_sum() -> None:
    assert losses(combined(orang={"": 7}), combined()) == []
    assert losses(combined(orang={"": 6}), combined())[0].before == 7


COUNTS = st.dictionaries(
    st.sampled_from(["", FIRST, SECOND, "7305012003"]), st.integers(0, 10**9), max_size=4
)
SUMS = st.dictionaries(
    st.sampled_from(["", FIRST, SECOND]),
    st.decimals(
        allow_nan=False, allow_infinity=False, places=4, min_value=-(10**12), max_value=10**12
    ),
    max_size=3,
)
NAMES = st.sampled_from(["orang", "kas", "orang.nik", "menu"])
MEASURED = st.builds(
    Measured,
    rows=st.dictionaries(NAMES, COUNTS),
    values=st.dictionaries(NAMES, SUMS),
    filled=st.dictionaries(NAMES, COUNTS),
    files=st.dictionaries(
        st.sampled_from(["", FIRST]),
        st.dictionaries(NAMES, st.builds(Files, st.integers(0, 99), st.integers(0, 10**12))),
    ),
)


@given(MEASURED)
def test_json_gives_the_same_measurement_back(measured: Measured) -> None:
    assert Measured.from_json(json.loads(json.dumps(measured.to_json()))) == measured


@given(MEASURED)
def test_nothing_compared_with_itself_is_lost(measured: Measured) -> None:
    assert losses(measured, measured) == []


def test_110_villages_with_equal_counts_fit_in_a_step_s_result() -> None:
    codes = [str(7305012001 + n) for n in range(110)]
    rows = {f"tabel_{n}": dict.fromkeys(codes, 45) for n in range(200)}
    rows |= {f"lain_{n}": {code: at for at, code in enumerate(codes)} for n in range(20)}
    assert len(json.dumps(Measured(rows=rows).to_json())) < 20_000


@pytest.mark.parametrize("product", sorted(RECIPES))
def test_every_shipped_contract_can_be_read_and_its_invariants_have_keys_of_their_own(
    product: str,
) -> None:
    contract = find_contract(product)
    assert contract.product == product
    keys = [each.key for each in contract.always.invariants]
    assert len(keys) == len(set(keys))


def test_a_product_without_a_file_keeps_the_general_rule() -> None:
    contract = find_contract("belum_ada")
    assert compare(rows(orang=5), rows(orang=4), contract, "1", "2")[0].key == "rows.orang"


def test_an_admins_own_text_adds_to_the_contract_and_leaves_the_rest() -> None:
    text = '[[may_shrink]]\ntables = ["orang"]\nreason = "dibersihkan bersama desa"'
    contract = merge_contract(CONTRACT, text)
    assert compare(WHOLE, rows(orang=0, cache=0), contract, "1", "2") == []
    assert compare(WHOLE, rows(kas_masuk=0), contract, "1", "2") != []


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("[[", "bukan TOML yang sah"),
        ('product = "pbb"', "untuk produk 'pbb'"),
        ("acak = 1", "acak tidak dikenal"),
        ('[[may_shrink]]\ntables = ["*"]\nreason = "x"', "meniadakan neraca"),
        ('[[may_shrink]]\ntables = ["*.*"]\nreason = "x"', "meniadakan neraca"),
        ('[[may_shrink]]\ntables = ["a.b.c"]\nreason = "x"', "[[may_shrink]] ke-1: tables"),
        ('[[may_shrink]]\ntables = ["a"]', "reason belum diisi"),
        ('[[may_shrink]]\ntables = ["a; b"]\nreason = "x"', "harus berisi nama"),
        ('[[together]]\ntables = ["a"]\nreason = "x"', "sedikitnya dua tabel"),
        ('[release."terbaru"]', "bukan versi atau rentang"),
        ('[[invariant]]\nkey = "a"\nlabel = "A"\nrule = "boleh"\nsql = "x"', "rule harus"),
        ('[[filled]]\ntable = "a"', "harus berisi nama kolom"),
        ('[[filled]]\ntable = "a"\nlinks = { b = "c" }', "tabel.kolom induknya"),
    ],
)
def test_a_wrong_text_is_refused_with_the_place_and_the_reason(text: str, why: str) -> None:
    with pytest.raises(InvalidInput, match="Neraca data tidak dapat dibaca") as caught:
        merge_contract(CONTRACT, text)
    assert why in caught.value.message and caught.value.hint


def test_between_and_everything_agree_on_what_is_measured() -> None:
    assert isinstance(CONTRACT, BalanceContract)
    measured = {each.key for each in CONTRACT.everything().invariants}
    compared = {each.key for each in CONTRACT.between("2408.0.0", "2410.0.0").invariants}
    assert compared < measured == {"hidup", "uang"}
