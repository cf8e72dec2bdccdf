"""Layers are edited all or nothing, told in events; locks hold; bad input is refused."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from siappakai.branding.edits import (
    Temporary,
    add_temporary,
    read_layers,
    remove_temporary,
    set_adopted,
    set_lock,
    set_values,
)
from siappakai.branding.layers import Layer, resolve, values_of
from siappakai.branding.scope import Scope
from siappakai.errors import InvalidInput, NotFound, Refused
from siappakai.models import (
    BrandLayer,
    Event,
    Theme,
    ThemeState,
    ThemeVersion,
    db,
    transaction,
    utc_now,
)
from tests.cast import add_villages
from tests.integration.rows.brand_rows import ALL, DAY, DISTRICT, REGENCY, A, B, logo


@pytest.fixture(autouse=True)
def villages(app: Flask) -> None:
    add_villages()


def layer(scope: Scope) -> Layer:
    return next(each for each in read_layers() if each.scope == scope and not each.is_temporary)


def events() -> list[Event]:
    return list(db.session.scalars(select(Event).filter_by(word="brand_layer_changed")))


def worn(scope: Scope) -> dict[str, str]:
    return values_of(resolve(read_layers(), scope, utc_now()))


def test_values_are_kept_in_their_one_form_with_who_set_them(app: Flask) -> None:
    edit = set_values(REGENCY, {"app_name": " Takalar  Cerdas ", "primary_colour": "0F7"}, by="ani")
    assert len(edit.changes) == 2 and not edit.notes
    set_values(A, {"app_name": "Tamasaju"}, by="budi")
    assert worn(A) == {"app_name": "Tamasaju", "primary_colour": "#00ff77"}
    assert worn(B) == {"app_name": "Takalar Cerdas", "primary_colour": "#00ff77"}
    row = db.session.scalars(select(BrandLayer).filter_by(scope_code=REGENCY.code)).one()
    assert row.updated_by == "ani" and [each.by for each in events()] == ["ani", "budi"]
    assert events()[0].subject == "brand:kabupaten:7305"


def test_setting_the_same_again_changes_and_tells_nothing(app: Flask) -> None:
    for _ in range(2):
        edit = set_values(REGENCY, {"app_name": "Takalar"}, by="ani")
    assert edit.changes == () and len(events()) == 1
    set_values(B, {"app_name": None}, by="ani")
    assert len(events()) == 1 and len(read_layers()) == 1


def test_an_emptied_value_leaves_the_layer_and_the_wider_one_shows_again(app: Flask) -> None:
    set_values(REGENCY, {"app_name": "Takalar"}, by="ani")
    set_values(A, {"app_name": "Tamasaju", "footer_text": "Kami"}, by="ani")
    edit = set_values(A, {"app_name": "  ", "footer_text": "Kita"}, by="ani")
    assert worn(A) == {"app_name": "Takalar", "footer_text": "Kita"}
    assert any("dikosongkan, tadinya «Tamasaju»" in each for each in edit.changes)


@pytest.mark.parametrize(
    "values",
    [
        {"app_name": "Baik", "primary_colour": "hijau"},
        {"app_name": "Baik", "tak_dikenal": "x"},
        {"app_name": "Baik", "theme": "nusantara@9.9.9"},
        {"app_name": "Baik", "theme": "buruk@1.0"},
    ],
)
def test_one_bad_value_and_nothing_is_changed(app: Flask, values: dict[str, str]) -> None:
    add_theme("buruk", "1.0", ThemeState.REFUSED)
    set_values(REGENCY, {"app_name": "Semula"}, by="ani")
    with pytest.raises(InvalidInput):
        set_values(REGENCY, values, by="ani")
    assert worn(A) == {"app_name": "Semula"} and len(events()) == 1


def test_a_picture_must_have_been_uploaded_and_be_large_enough(app: Flask) -> None:
    with pytest.raises(NotFound):
        set_values(REGENCY, {"logo": "a" * 64}, by="ani")
    small, large = logo(side=64), logo("#00a")
    with pytest.raises(InvalidInput, match="terlalu kecil"):
        set_values(REGENCY, {"logo": small}, by="ani")
    set_values(REGENCY, {"favicon": small}, by="ani")
    set_values(A, {"logo": large}, by="ani")
    assert worn(A) == {"favicon": small, "logo": large} and worn(B) == {"favicon": small}


def test_a_theme_must_be_a_version_that_is_ready(app: Flask) -> None:
    add_theme("nusantara", "1.2.0", ThemeState.READY)
    for theme in ("nusantara@1.2.0", "natra", "desa/milik kami"):
        set_values(A, {"theme": theme}, by="ani")
        assert worn(A) == {"theme": theme}


def test_a_place_must_exist(app: Flask) -> None:
    for code in ("7399", "730599", "7305052999"):
        with pytest.raises(InvalidInput):
            set_values(Scope(code), {"app_name": "x"}, by="ani")
    assert read_layers() == ()


def test_what_is_locked_cannot_be_set_below_and_a_lock_wants_a_value(app: Flask) -> None:
    with pytest.raises(InvalidInput, match="belum diisi"):
        set_lock(REGENCY, "app_name", True, by="ani")
    set_values(A, {"app_name": "Tamasaju"}, by="ani")
    set_adopted(B, {"app_name": "Bontokanang"}, by="sistem")
    set_values(REGENCY, {"app_name": "Takalar"}, by="ani")
    edit = set_lock(REGENCY, "app_name", True, by="ani")
    assert edit.notes and edit.notes[0].startswith("2 kecamatan atau desa")
    assert worn(A) == worn(B) == {"app_name": "Takalar"}
    for scope in (DISTRICT, A, B):
        with pytest.raises(Refused, match="kabupaten 73.05"):
            set_values(scope, {"app_name": "Lain", "footer_text": "x"}, by="ani")
        with pytest.raises(Refused, match="sudah dikunci"):
            set_lock(scope, "app_name", False, by="ani")
    assert worn(A) == {"app_name": "Takalar"}
    set_lock(REGENCY, "app_name", None, by="ani")
    assert (worn(A), worn(B)) == ({"app_name": "Tamasaju"}, {"app_name": "Bontokanang"})


def test_an_own_choice_is_remembered_replaced_only_with_a_note_and_forgotten_on_demand(
    app: Flask,
) -> None:
    set_adopted(A, {"app_name": "Milik kami", "footer_text": "Kaki"}, by="sistem")
    set_adopted(B, {"app_name": "Milik B"}, by="sistem")
    assert worn(A)["app_name"] == "Milik kami"
    edit = set_values(A, {"app_name": "Panel"}, by="ani")
    assert edit.notes == ("Nama aplikasi menggantikan pilihan desa sendiri.",)
    assert worn(A) == {"app_name": "Panel", "footer_text": "Kaki"}
    assert any("«Milik kami»" in each for each in edit.changes)
    set_adopted(A, {"footer_text": None}, by="sistem")
    assert layer(A).adopted == {} and worn(B) == {"app_name": "Milik B"}


def test_temporary_layers_are_added_with_their_overlaps_told_and_removed(app: Flask) -> None:
    now = utc_now()
    first = Temporary("HUT RI", {"ribbon_kind": "merah_putih"}, now - DAY, now + DAY)
    second = Temporary(
        "Berkabung",
        {"ribbon_kind": "berkabung", "ribbon_text": "Duka"},
        now,
        now + 2 * DAY,
        free=frozenset({"ribbon_text"}),
    )
    assert not add_temporary(first, by="ani").notes
    (note,) = add_temporary(second, by="ani").notes
    assert "«HUT RI»" in note and "«Berkabung» yang dipakai" in note
    set_adopted(B, {"ribbon_text": "Kami"}, by="sistem")
    assert worn(A) == {"ribbon_kind": "berkabung", "ribbon_text": "Duka"}
    assert worn(B) == {"ribbon_kind": "berkabung", "ribbon_text": "Kami"}
    remove_temporary(ALL, "Berkabung", by="ani")
    assert worn(A) == {"ribbon_kind": "merah_putih"}
    with pytest.raises(NotFound):
        remove_temporary(ALL, "Berkabung", by="ani")
    with pytest.raises(Refused, match="Sudah ada"):
        add_temporary(first, by="ani")


@pytest.mark.parametrize(
    ("title", "values", "starts", "ends"),
    [
        ("", {"ribbon_kind": "netral"}, -1, 1),
        ("x" * 81, {"ribbon_kind": "netral"}, -1, 1),
        ("Kembali ke wajah 1", {"ribbon_kind": "netral"}, -1, 1),
        ("Kosong", {}, -1, 1),
        ("Salah", {"ribbon_kind": "pelangi"}, -1, 1),
        ("Terbalik", {"ribbon_kind": "netral"}, 2, 1),
        ("Lewat", {"ribbon_kind": "netral"}, -3, -2),
        ("Lama", {"ribbon_kind": "netral"}, 0, 400),
    ],
)
def test_a_wrong_temporary_layer_is_refused(
    app: Flask, title: str, values: dict[str, str], starts: int, ends: int
) -> None:
    now = utc_now()
    wrong = Temporary(title, values, now + timedelta(days=starts), now + timedelta(days=ends))
    with pytest.raises(InvalidInput):
        add_temporary(wrong, by="ani")
    assert read_layers() == ()


def test_a_district_s_temporary_layer_may_not_open_the_regency_s_lock(app: Flask) -> None:
    now = utc_now()
    set_values(REGENCY, {"primary_colour": "#0f766e"}, by="ani")
    set_lock(REGENCY, "primary_colour", True, by="ani")
    values = {"primary_colour": "#ff0000"}
    with pytest.raises(Refused, match="Warna utama"):
        add_temporary(Temporary("Kecamatan", values, now, now + DAY, DISTRICT), by="ani")
    add_temporary(Temporary("Kabupaten", values, now, now + DAY, REGENCY), by="ani")
    assert worn(A) == worn(B) == values


def add_theme(slug: str, version: str, state: ThemeState) -> None:
    with transaction():
        theme = Theme(slug=slug)
        db.session.add(theme)
        db.session.flush()
        db.session.add(ThemeVersion(theme_id=theme.id, version=version, state=state))
