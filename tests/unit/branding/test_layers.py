"""Layers: the nearer one decides unless locked; temporary ones come and go; all is traceable."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from siappakai.branding.layers import (
    Layer,
    lock_of,
    overlaps,
    refuse_locked,
    resolve,
    values_of,
    with_runs,
)
from siappakai.branding.scope import Scope, read_scope
from siappakai.errors import InvalidInput, Refused
from siappakai.models import LayerKind

NOW = datetime(2026, 8, 17, 3, tzinfo=UTC)
DAY = timedelta(days=1)
A, B = Scope("7305052001"), Scope("7305052002")
ELSEWHERE = Scope("7305022001")
REGENCY, DISTRICT = Scope("7305"), Scope("730505")


def regency(**more: object) -> Layer:
    return Layer(LayerKind.REGENCY, REGENCY, **more)  # type: ignore[arg-type]


def district(**more: object) -> Layer:
    return Layer(LayerKind.DISTRICT, DISTRICT, **more)  # type: ignore[arg-type]


def village(scope: Scope = A, **more: object) -> Layer:
    return Layer(LayerKind.VILLAGE, scope, **more)  # type: ignore[arg-type]


def temporary(title: str, scope: Scope = REGENCY, **more: object) -> Layer:
    times = {"starts_at": NOW - DAY, "ends_at": NOW + DAY} | more
    return Layer(LayerKind.TEMPORARY, scope, title, **times)  # type: ignore[arg-type]


def worn(layers: list[Layer], scope: Scope = A, **more: object) -> dict[str, str]:
    return values_of(resolve(layers, scope, NOW, **more))  # type: ignore[arg-type]


def test_the_nearest_layer_decides_and_each_value_tells_where_it_came_from() -> None:
    layers = [
        village(values={"app_name": "Desa A"}),
        regency(values={"app_name": "Kabupaten", "logo": "k", "ribbon_text": "x"}),
        district(values={"logo": "kec"}),
    ]
    here = resolve(layers, A, NOW)
    assert (here["app_name"].value, here["app_name"].layer) == ("Desa A", "desa 73.05.05.2001")
    assert (here["logo"].value, here["logo"].layer) == ("kec", "kecamatan 73.05.05")
    assert here["ribbon_text"].layer == "kabupaten 73.05" and not here["ribbon_text"].is_locked
    assert worn(layers, B) == {"app_name": "Kabupaten", "logo": "kec", "ribbon_text": "x"}
    assert worn(layers, ELSEWHERE) == {"app_name": "Kabupaten", "logo": "k", "ribbon_text": "x"}
    assert worn(layers, Scope("7371012001")) == {}


def test_what_a_further_layer_locks_no_nearer_one_changes() -> None:
    layers = [
        regency(values={"app_name": "Kabupaten"}, locks={"app_name": True}),
        district(values={"app_name": "Kecamatan"}, locks={"app_name": False}),
        village(values={"app_name": "Desa A"}, adopted={"app_name": "Pilihan A"}),
    ]
    name = resolve(layers, A, NOW)["app_name"]
    assert (name.value, name.is_locked, name.locked_by) == ("Kabupaten", True, "kabupaten 73.05")
    assert name.overridden == "Pilihan A" and not name.is_own
    assert resolve(layers, B, NOW)["app_name"].overridden == ""


def test_a_lock_without_a_value_locks_nothing() -> None:
    layers = [regency(locks={"logo": True}), village(values={"logo": "a"})]
    assert resolve(layers, A, NOW)["logo"].value == "a"
    assert lock_of(layers, A, "logo") is None
    own = resolve([village(locks={"logo": True}, adopted={"logo": "sendiri"})], A, NOW)["logo"]
    assert own.value == "sendiri" and own.is_own and not own.is_locked


def test_a_lock_may_stand_nearer_than_the_value_it_locks() -> None:
    layers = [regency(values={"logo": "k"}), district(locks={"logo": True})]
    logo = resolve([*layers, village(values={"logo": "a"})], A, NOW)["logo"]
    assert (logo.value, logo.layer, logo.locked_by) == (
        "k",
        "kabupaten 73.05",
        "kecamatan 73.05.05",
    )
    assert worn([*layers, village(ELSEWHERE, values={"logo": "e"})], ELSEWHERE) == {"logo": "e"}


def test_a_village_s_own_choice_is_kept_where_free_and_shown_as_its_own() -> None:
    layers = [regency(values={"primary_colour": "#111111"}), village(adopted={"logo": "sendiri"})]
    logo = resolve(layers, A, NOW)["logo"]
    assert logo.is_own and logo.layer == "pilihan desa sendiri" and not logo.overridden
    chosen = resolve(layers, B, NOW, {"primary_colour": "#222222"})["primary_colour"]
    assert chosen.value == "#222222" and chosen.is_own
    assert "logo" not in resolve(layers, A, NOW, {})


def test_a_panel_value_locked_for_the_village_itself_wins_over_its_own_choice() -> None:
    layer = village(values={"logo": "panel"}, locks={"logo": True}, adopted={"logo": "sendiri"})
    logo = resolve([layer], A, NOW)["logo"]
    assert (logo.value, logo.overridden, logo.is_locked) == ("panel", "sendiri", True)


def test_a_temporary_layer_wins_and_locks_while_it_runs_and_no_longer() -> None:
    layers = [
        regency(values={"ribbon_kind": "none"}),
        village(values={"ribbon_kind": "netral"}, adopted={"ribbon_text": "punya kami"}),
        temporary("HUT RI", values={"ribbon_kind": "merah_putih", "ribbon_text": "Merdeka"}),
    ]
    ribbon = resolve(layers, A, NOW)["ribbon_kind"]
    assert (ribbon.value, ribbon.layer, ribbon.is_locked) == (
        "merah_putih",
        "sementara «HUT RI»",
        True,
    )
    assert ribbon.overridden == "netral"
    assert values_of(resolve(layers, A, NOW + DAY))["ribbon_kind"] == "netral"
    assert values_of(resolve(layers, A, NOW - DAY))["ribbon_kind"] == "merah_putih"
    assert values_of(resolve(layers, A, NOW - DAY * 1.001))["ribbon_kind"] == "netral"


def test_a_free_temporary_value_gives_way_to_what_the_village_itself_chose() -> None:
    free = temporary("HUT RI", values={"ribbon_text": "Merdeka"}, locks={"ribbon_text": False})
    layers = [free, village(A, adopted={"ribbon_text": "kami"}), village(B)]
    assert worn(layers, A) == {"ribbon_text": "kami"}
    text = resolve(layers, B, NOW)["ribbon_text"]
    assert text.value == "Merdeka" and not text.is_locked


def test_of_two_temporary_layers_the_wider_lock_holds_and_then_the_rank_decides() -> None:
    wide = temporary("Kabupaten", values={"ribbon_kind": "berkabung"})
    near = temporary("Kecamatan", DISTRICT, values={"ribbon_kind": "merah_putih"}, rank=9)
    assert worn([near, wide]) == {"ribbon_kind": "berkabung"}
    free = temporary("Kabupaten", values={"ribbon_kind": "berkabung"}, locks={"ribbon_kind": False})
    assert worn([near, free]) == {"ribbon_kind": "merah_putih"}
    later = temporary("Lain", values={"ribbon_kind": "netral"}, rank=1)
    assert worn([later, wide]) == worn([wide, later]) == {"ribbon_kind": "netral"}
    assert worn([temporary("Desa B", B, values={"ribbon_kind": "netral"})], A) == {}


def test_a_near_temporary_layer_does_not_open_what_the_regency_locked_but_its_own_does() -> None:
    locked = regency(values={"primary_colour": "#111111"}, locks={"primary_colour": True})
    near = temporary("Kecamatan", DISTRICT, values={"primary_colour": "#222222"})
    wide = temporary("Kabupaten", values={"primary_colour": "#333333"})
    assert worn([locked, near]) == {"primary_colour": "#111111"}
    assert worn([locked, near, wide]) == {"primary_colour": "#333333"}


def test_a_return_lies_over_everything_and_may_bring_back_the_original() -> None:
    back = Layer(
        LayerKind.TEMPORARY,
        A,
        "Kembali ke wajah 2",
        {"primary_colour": "#000001", "logo": "", "app_name": "dulu"},
        {"app_name": False},
        rank=2,
    )
    layers = [
        regency(values={"primary_colour": "#111111", "logo": "k"}, locks={"primary_colour": True}),
        village(adopted={"app_name": "sendiri"}),
        temporary("HUT RI", values={"primary_colour": "#333333"}),
        back,
    ]
    here = resolve(layers, A, NOW)
    assert values_of(here) == {"primary_colour": "#000001", "app_name": "sendiri"}
    assert here["primary_colour"].layer == "kembali ke wajah 2" and back.is_return
    assert worn(layers, B) == {"primary_colour": "#333333", "logo": "k"}


def test_frozen_layers_do_not_ask_the_clock() -> None:
    layers = with_runs([temporary("HUT RI", values={"ribbon_kind": "merah_putih"})], NOW)
    assert values_of(resolve(layers, A)) == {"ribbon_kind": "merah_putih"}
    assert values_of(resolve(layers, A, NOW + DAY * 30)) == {"ribbon_kind": "merah_putih"}
    assert resolve(with_runs(layers, NOW + DAY * 30), A) == {}


def test_setting_what_a_wider_layer_locked_is_refused_naming_it() -> None:
    layers = [regency(values={"logo": "k"}, locks={"logo": True})]
    for wanted in (
        district(values={"logo": "x"}),
        village(values={"logo": "x"}),
        temporary("Kecamatan", DISTRICT, values={"logo": "x"}),
    ):
        with pytest.raises(Refused) as caught:
            refuse_locked(layers, wanted)
        assert "Logo" in caught.value.message and "kabupaten 73.05" in caught.value.message
        assert caught.value.hint
    refuse_locked(layers, regency(values={"logo": "x"}))
    refuse_locked(layers, temporary("HUT RI", values={"logo": "x"}))
    refuse_locked(layers, village(Scope("7371012001"), values={"logo": "x"}))
    refuse_locked(layers, village(values={"app_name": "x"}))


def test_overlapping_temporary_layers_are_told_with_the_one_that_wins() -> None:
    one = temporary("HUT RI", values={"ribbon_kind": "merah_putih"}, rank=1)
    two = temporary("Berkabung", values={"ribbon_kind": "berkabung"}, rank=5)
    (sentence,) = overlaps([one, two], two)
    assert "«HUT RI»" in sentence and "«Berkabung» yang dipakai" in sentence
    after = temporary("Nanti", values={"ribbon_kind": "netral"}, starts_at=NOW + DAY)
    after = Layer(**{name: getattr(after, name) for name in after.__slots__} | {"ends_at": None})
    assert overlaps([one], after) == []
    assert overlaps([temporary("Lain", values={"logo": "x"})], one) == []
    assert overlaps([temporary("Desa B", B, values={"ribbon_kind": "netral"})], one) == []


def test_scopes_are_read_as_people_write_them() -> None:
    assert read_scope("73.05.05.2001") == A and read_scope(" ") == Scope("")
    assert A.district_code == "730505" and A.regency_code == "7305" and REGENCY.holds(A)
    assert not A.holds(B) and Scope("").holds(REGENCY)
    for wrong in ("73", "73050", "abc", "73.05.05.20012"):
        with pytest.raises(InvalidInput):
            read_scope(wrong)


KEYS = st.sampled_from(["logo", "app_name", "ribbon_kind"])
SCOPES = st.sampled_from([Scope(""), REGENCY, DISTRICT, A, B, ELSEWHERE])
MAPS = st.dictionaries(KEYS, st.sampled_from("pqrs"), max_size=3)
LOCKS = st.dictionaries(KEYS, st.booleans(), max_size=3)


@st.composite
def some_layers(draw: st.DrawFn) -> list[Layer]:
    kinds = {0: LayerKind.REGENCY, 4: LayerKind.REGENCY, 6: LayerKind.DISTRICT}
    layers = {}
    for _ in range(draw(st.integers(0, 8))):
        scope = draw(SCOPES)
        adopted = draw(MAPS) if scope.village_code else {}
        kind = kinds.get(len(scope.code), LayerKind.VILLAGE)
        made = Layer(kind, scope, "", draw(MAPS), draw(LOCKS), adopted)
        if draw(st.integers(0, 2)) == 0:
            start = NOW + timedelta(hours=draw(st.integers(-3, 3)))
            title, end = draw(st.sampled_from("TU")), start + timedelta(hours=2)
            made = Layer(LayerKind.TEMPORARY, scope, title, draw(MAPS), draw(LOCKS), {}, start, end)
        layers[made.key] = made
    return list(layers.values())


@given(some_layers(), st.randoms())
@settings(max_examples=300)
def test_order_never_matters_locks_always_hold_and_every_value_has_a_source(
    layers: list[Layer], random: object
) -> None:
    shuffled = list(layers)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    for scope in (A, B, ELSEWHERE, DISTRICT):
        here = resolve(layers, scope, NOW)
        assert here == resolve(shuffled, scope, NOW) == resolve(with_runs(layers, NOW), scope)
        by_key = {each.key: each for each in layers}
        for key, each in here.items():
            assert each.value and each.layer and each.is_locked == bool(each.locked_by)
            if each.is_own:
                assert by_key[each.layer_key].adopted[key] == each.value
            else:
                assert by_key[each.layer_key].values[key] == each.value
            locker = lock_of(layers, scope, key)
            if locker is not None:
                assert each.is_locked and not each.is_own
                over = by_key[each.layer_key]
                assert over.is_temporary or over.scope.holds(locker.scope)
