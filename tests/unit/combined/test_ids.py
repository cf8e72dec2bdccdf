"""New ids for a village's rows: every reference keeps its meaning, whatever the numbers."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from siappakai.combined.checksum import RowSum, Village, decode_row, encode_row
from siappakai.combined.ids import IdMap, IdSet, place_ids
from siappakai.combined.references import Link, make_translator
from siappakai.combined.rules import Parent, Reference

IDS = st.sets(st.integers(1, 10**9), min_size=1, max_size=50)
LINKS = (
    Link("id", "orang"),
    Link("ayah", "orang"),
    Link("keluarga", "keluarga"),
    Link("tautan", "orang", Reference("orang", "tautan", "orang", "uji", r"^orang/(\d+)$")),
    Link("anggota", "orang", Reference("orang", "anggota", "orang", "uji", r'"(\d+)"')),
)
COLUMNS = ("id", "ayah", "keluarga", "tautan", "anggota", "nama")


@given(IDS)
def test_ranges_hold_exactly_the_ids(ids: set[int]) -> None:
    made = IdSet(ids)
    assert IdSet.from_ranges(made.ranges()) == made
    assert [made.rank(each) for each in sorted(ids)] == list(range(1, len(ids) + 1))
    assert all(one not in made for one in {0, max(ids) + 1, -1} - ids)


@given(IDS, st.integers(0, 10**9))
def test_new_ids_are_free_distinct_and_in_the_old_order(ids: set[int], taken: int) -> None:
    moved = place_ids(IdSet(ids), are_free=False, taken_up_to=taken)
    new = [moved.new_id(each) for each in sorted(ids)]
    assert new == list(range(taken + 1, taken + 1 + len(ids)))
    assert list(moved.new_ids()) == new
    kept = place_ids(IdSet(ids), are_free=True, taken_up_to=taken)
    assert [kept.new_id(each) for each in ids] == list(ids) and not kept.is_moved


@st.composite
def villages(draw: st.DrawFn) -> tuple[IdSet, IdSet, list[list[str | None]]]:
    """People and families, and rows that point to them, to nothing, and to nobody's ids."""
    people, families = sorted(draw(IDS)), sorted(draw(IDS))
    stranger = st.integers(2 * 10**9, 3 * 10**9)
    anyone = st.one_of(st.sampled_from(people), stranger, st.just(0))
    rows: list[list[str | None]] = []
    for person in people:
        father = draw(st.one_of(st.none(), anyone))
        members = draw(st.lists(anyone, max_size=3))
        rows.append(
            [
                str(person),
                None if father is None else str(father),
                str(draw(st.sampled_from(families))),
                draw(st.sampled_from([f"orang/{draw(anyone)}", "orang/slug", "", "orang/007"])),
                "[" + ", ".join(f'"{each}"' for each in members) + "]",
                draw(st.text(max_size=20)),
            ]
        )
    return IdSet(people), IdSet(families), rows


@given(villages(), st.integers(0, 10**9), st.integers(0, 10**9), st.randoms())
def test_a_moved_village_has_the_same_checksum_in_any_order_of_rows(
    made: tuple[IdSet, IdSet, list[list[str | None]]], base: int, other: int, random: object
) -> None:
    people, families, rows = made
    maps = {"orang": IdMap(people, base), "keluarga": IdMap(families, other)}
    translator = make_translator(COLUMNS, LINKS, {})

    def change(link: Link, old: int) -> str | None:
        new = maps[link.space].new_id(old)
        return None if new is None else str(new)

    moved = [translator.translate(row, change) for row in rows]
    random.shuffle(moved)  # type: ignore[attr-defined]
    here = Village({"orang": people, "keluarga": families}, {})
    there = Village({name: each.new_ids() for name, each in maps.items()}, {})
    before, after = RowSum(COLUMNS), RowSum(COLUMNS)
    for row in rows:
        before.add(here.without_ids(translator, row))
    for row in moved:
        after.add(there.without_ids(translator, row))
    assert before.result() == after.result()


@given(st.lists(st.one_of(st.none(), st.text(), st.binary())))
def test_a_written_row_is_read_back_the_same(row: list[str | bytes | None]) -> None:
    line = encode_row(row)
    assert b"\n" not in line
    assert decode_row(line) == row


def test_a_changed_missing_or_doubled_row_changes_the_sum() -> None:
    def total(*rows: tuple[str | None, ...]) -> object:
        made = RowSum(("a", "b"))
        for row in rows:
            made.add(row)
        return made.result()

    whole = total(("1", "x"), ("2", "y"))
    assert whole == total(("2", "y"), ("1", "x"))
    wrong = [
        total(("1", "x")),
        total(("1", "x"), ("2", "y"), ("2", "y")),
        total(("1", "y"), ("2", "x")),
        total(("1", None), ("2", "y")),
        total(("1", ""), ("2", "y")),
    ]
    assert whole not in wrong and len(set(map(str, wrong))) == len(wrong)


def test_a_condition_decides_whose_id_a_value_is() -> None:
    parent = Parent("program", "program", "sasaran", "4")
    rule = Reference("peserta", "siapa", "kelompok", "uji", parent=parent)
    when = Reference("peserta", "siapa", "orang", "uji", when=("jenis", "1"))
    links = (Link("siapa", "kelompok", rule), Link("siapa", "orang", when))
    columns = ("siapa", "program", "jenis")
    translator = make_translator(columns, links, {rule.name: IdSet([9])})
    change = lambda link, old: f"{link.space}{old}"  # noqa: E731
    assert translator.translate(["5", "9", "0"], change)[0] == "kelompok5"
    assert translator.translate(["5", "8", "1"], change)[0] == "orang5"
    assert translator.translate(["5", "8", "0"], change)[0] == "5"
    assert translator.translate(["5", None, None], change)[0] == "5"


def test_a_link_needing_a_column_that_the_rows_lack_is_left_out() -> None:
    when = Reference("peserta", "siapa", "orang", "uji", when=("jenis", "1"))
    assert make_translator(("siapa",), (Link("siapa", "orang", when),), {}).links == ()
